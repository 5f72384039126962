"""
What the HTTP reader refuses and what it accepts (RELIABILITY), on the wire: after a refusal nothing that follows
is taken for a request. `http_target` is whatever speaks our HTTP: a port and a path that answers 200.
"""

import json

import pytest

from support.echo_server import EchoServer
from support.raw_http import RawConnection, get, post, post_chunked

HOST = b"Host: example.org\r\n"
GET = b"GET / HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.org\r\n\r\n"

LINE, TARGET, HEADER, HOSTS = "bad_request_line", "bad_target", "bad_header", "bad_host"
LENGTH, ENCODING, CHUNK = "bad_content_length", "bad_transfer_encoding", "bad_chunk"

REFUSED = [
    ("a method that is no token", b"G@T / HTTP/1.1\r\n" + HOST + b"\r\n", 400, LINE),
    ("no method", b" / HTTP/1.1\r\n" + HOST + b"\r\n", 400, LINE),
    ("an unknown method", b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501, "unknown_method"),
    ("a method in small letters", b"get / HTTP/1.1\r\n" + HOST + b"\r\n", 501, "unknown_method"),
    ("CONNECT", b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n", 501, "unknown_method"),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, LINE),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 501, "unknown_method"),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505, "http_version"),
    ("HTTP/1.2", b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 505, "http_version"),
    ("HTTP/0.9", b"GET / HTTP/0.9\r\n" + HOST + b"\r\n", 505, "http_version"),
    ("HTTP/1.10", b"GET / HTTP/1.10\r\n" + HOST + b"\r\n", 400, LINE),
    ("http/1.1", b"GET / http/1.1\r\n" + HOST + b"\r\n", 400, LINE),
    ("no version", b"GET /\r\n" + HOST + b"\r\n", 400, LINE),
    ("a tab for a space", b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n", 400, LINE),
    ("two spaces", b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n", 400, LINE),
    ("a space behind the version", b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400, LINE),
    ("a line with LF only", b"GET / HTTP/1.1\n" + HOST + b"\r\n", 400, LINE),
    ("a line with CR only", b"GET / HTTP/1.1\r" + HOST + b"\r\n", 400, LINE),
    ("a bare LF before the line", b"\n" + GET + HOST + b"\r\n", 400, LINE),
    ("a target without a slash", b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", 400, TARGET),
    ("* with GET", b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400, TARGET),
    ("NUL in the target", b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400, TARGET),
    ("DEL in the target", b"GET /\x7f HTTP/1.1\r\n" + HOST + b"\r\n", 400, TARGET),
    ("UTF-8 in the target", "GET /ä HTTP/1.1\r\n".encode() + HOST + b"\r\n", 400, TARGET),
    ("another scheme", b"GET ftp://example.org/ HTTP/1.1\r\n" + HOST + b"\r\n", 400, TARGET),
    ("a folded line", GET + HOST + b"A: b\r\n c: d\r\n\r\n", 400, HEADER),
    ("a folded Content-Length", POST + b"Content-Length:\r\n 5\r\n\r\nhello", 400, HEADER),
    ("a space before the first field", GET + b" " + HOST + b"\r\n", 400, HEADER),
    ("a space before the colon", POST + b"Content-Length : 5\r\n\r\nhello", 400, HEADER),
    ("a tab before the colon", POST + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400, HEADER),
    ("no colon", GET + HOST + b"Accept\r\n\r\n", 400, HEADER),
    ("an empty name", GET + HOST + b": a\r\n\r\n", 400, HEADER),
    ("a name that is no token", GET + HOST + b"A(b): c\r\n\r\n", 400, HEADER),
    ("NUL in a name", GET + HOST + b"A\0: c\r\n\r\n", 400, HEADER),
    ("NUL in a value", GET + HOST + b"A: \0\r\n\r\n", 400, HEADER),
    ("a control byte in a value", GET + HOST + b"A: \x0b\r\n\r\n", 400, HEADER),
    ("CR in a value", POST + b"A: b\rContent-Length: 5\r\n\r\nhello", 400, HEADER),
    ("LF in a value", POST + b"A: b\nContent-Length: 5\r\n\r\nhello", 400, HEADER),
    ("a head that ends with LF", GET + HOST + b"\n", 400, HEADER),
    ("a head that ends with LF LF", b"GET / HTTP/1.1\r\n" + HOST + b"A: b\n\n", 400, HEADER),
    ("no Host", GET + b"\r\n", 400, HOSTS),
    ("two Hosts", GET + HOST + HOST + b"\r\n", 400, HOSTS),
    ("an empty Host", GET + b"Host: \r\n\r\n", 400, HOSTS),
    ("a Host with a path", GET + b"Host: a/b\r\n\r\n", 400, HOSTS),
    ("a Host with a space", GET + b"Host: a b\r\n\r\n", 400, HOSTS),
    ("a Host with a user", GET + b"Host: a@b\r\n\r\n", 400, HOSTS),
    ("a Host with a wrong port", GET + b"Host: a:99999\r\n\r\n", 400, HOSTS),
    ("Content-Length twice", POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400, LENGTH),
    ("the same Content-Length twice", POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, LENGTH),
    ("a list of Content-Lengths", POST + b"Content-Length: 5, 5\r\n\r\nhello", 400, LENGTH),
    ("an empty Content-Length", POST + b"Content-Length: \r\n\r\nhello", 400, LENGTH),
    ("Content-Length with plus", POST + b"Content-Length: +5\r\n\r\nhello", 400, LENGTH),
    ("Content-Length with minus", POST + b"Content-Length: -5\r\n\r\nhello", 400, LENGTH),
    ("Content-Length in hex", POST + b"Content-Length: 0x5\r\n\r\nhello", 400, LENGTH),
    ("Content-Length 5 5", POST + b"Content-Length: 5 5\r\n\r\nhello", 400, LENGTH),
    ("Content-Length 2^63", POST + b"Content-Length: 9223372036854775808\r\n\r\n", 400, LENGTH),
    ("Content-Length 2^64 + 5", POST + b"Content-Length: 18446744073709551621\r\n\r\nhello", 400, LENGTH),
    ("chunked and Content-Length", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("Content-Length and chunked", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("chunked twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("chunked, then another", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("gzip, chunked", POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("chunked, identity", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("identity", POST + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", 400, ENCODING),
    ("xchunked", POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("cHUNKED", POST + b"Transfer-Encoding: cHUNKED\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("chunked with a vertical tab", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400, HEADER),
    ("an empty Transfer-Encoding", POST + b"Transfer-Encoding: \r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("chunked on 1.0", b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, ENCODING),
    ("a size with plus", CHUNKED + b"+5\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size with minus", CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size with 0x", CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size with a space before", CHUNKED + b" 5\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size with a space behind", CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("no size", CHUNKED + b"\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size that wraps round", CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("a size line with LF only", CHUNKED + b"5\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("LF in an extension", CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("an over-long extension", CHUNKED + b"5;" + b"a" * 257 + b"\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("data longer than its size", CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", 400, CHUNK),
    ("data with LF only behind", CHUNKED + b"5\r\nhello\n0\r\n\r\n", 400, CHUNK),
    ("a malformed trailer", CHUNKED + b"5\r\nhello\r\n0\r\nA b\r\n\r\n", 400, CHUNK),
    ("endless trailers", CHUNKED + b"0\r\n" + b"A: b\r\n" * 1000 + b"\r\n", 400, CHUNK),
    ("an unknown expectation", POST + b"Content-Length: 5\r\nExpect: tea\r\n\r\nhello", 417, "expectation_failed"),
]

BODIES = [
    ("GET with Content-Length", lambda path: post(path, SMUGGLED, method="GET")),
    ("DELETE with Content-Length", lambda path: post(path, SMUGGLED, method="DELETE")),
    ("OPTIONS with Content-Length", lambda path: post(path, SMUGGLED, method="OPTIONS")),
    ("POST with Content-Length", lambda path: post(path, SMUGGLED)),
    ("POST chunked", lambda path: post_chunked(path, SMUGGLED, b"\r\n" + SMUGGLED)),
]


class ApiTarget:
    """The real API, in place of the echo server."""

    ok_path = "/openapi.json"

    def __init__(self, api):
        self.api = api
        self.port = api.port

    def taken(self):
        """How many requests it has counted."""
        return sum(value for name, value in self.api.metrics().items() if name.startswith("osallisuus_requests_total"))


@pytest.fixture(scope="module", params=["echo", "api"])
def http_target(request):
    if request.param == "api":
        yield ApiTarget(request.getfixturevalue("world").api)
        return
    with EchoServer() as server:
        yield server


@pytest.fixture
def connection(http_target):
    with RawConnection(http_target.port) as opened:
        yield opened


@pytest.fixture
def nothing_taken(http_target):
    """The number of requests that the server took is what it was."""
    before = http_target.taken()
    yield
    assert http_target.taken() == before


def expect_refusal(connection, status, code):
    reply = connection.reply()
    assert reply.status == status
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert json.loads(reply.body)["code"] == code
    assert reply.closes
    connection.expect_end()


@pytest.mark.parametrize("message, status, code", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refused_message_gets_one_reply_and_nothing_after_it_is_a_request(connection, nothing_taken, message, status,
                                                                             code):
    connection.send(message + SMUGGLED + SMUGGLED)
    expect_refusal(connection, status, code)


@pytest.mark.parametrize("message, status, code", [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_message_is_refused_in_order_after_the_good_one_before_it(http_target, connection, message, status, code):
    connection.send(get(http_target.ok_path) + message + SMUGGLED)
    assert connection.reply().status == 200
    expect_refusal(connection, status, code)


@pytest.mark.parametrize("request_of", [row[1] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_request_inside_a_body_is_never_run(connection, request_of):
    """Whatever the answer to the first is, the second is answered next."""
    connection.send(request_of("/first") + get("/second", "Connection: close"))
    connection.reply()
    second = connection.reply()
    assert b"smuggled" not in second.body
    assert second.closes
    connection.expect_end()


def test_a_request_inside_the_body_of_a_head_is_never_run(connection):
    connection.send(post("/first", SMUGGLED, method="HEAD") + get("/second", "Connection: close"))
    connection.reply(to_head=True)
    assert connection.reply().closes
    connection.expect_end()


def test_the_answer_to_a_refused_head_has_no_body(connection):
    connection.send(b"HEAD / HTTP/1.1\r\n\r\n")
    reply = connection.reply(to_head=True)
    assert reply.status == 400 and int(reply.headers["content-length"]) > 0
    connection.expect_end()


@pytest.mark.parametrize("message", [
    b"\r\nGET {path} HTTP/1.1\r\nHost: example.org\r\n\r\n",
    b"GET http://localhost{path} HTTP/1.1\r\nHost: other.example\r\n\r\n",
    b"GET {path} HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
    b"GET {path} HTTP/1.1\r\nHOST:example.org\r\nA: \xc3\xa4\r\nB:\r\n\r\n",
], ids=["a leading empty line", "the absolute form", "an IPv6 host", "UTF-8 in a value"])
def test_what_is_unusual_and_right_is_accepted(http_target, connection, message):
    connection.send(message.replace(b"{path}", http_target.ok_path.encode()))
    assert connection.reply().status == 200


def test_a_good_request_is_counted_once(http_target, connection):
    before = http_target.taken()
    connection.send(get(http_target.ok_path))
    assert connection.reply().status == 200
    assert http_target.taken() == before + 1


def test_a_message_that_comes_byte_by_byte_is_the_same_message(http_target, connection):
    assert connection.send_slowly(get(http_target.ok_path), 0.0005)
    assert connection.reply().status == 200
    assert connection.send_slowly(post_chunked("/", b"ab", b"c"), 0.0005)
    assert connection.reply().status != 400


def test_http_1_0_closes_unless_it_asks_to_keep_alive(http_target):
    with RawConnection(http_target.port) as connection:
        connection.send(f"GET {http_target.ok_path} HTTP/1.0\r\n\r\n".encode())
        assert connection.reply().closes
        connection.expect_end()
    with RawConnection(http_target.port) as connection:
        for _ in range(2):
            connection.send(f"GET {http_target.ok_path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".encode())
            assert connection.reply().headers["connection"] == "keep-alive"
