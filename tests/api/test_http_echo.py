"""
The HTTP layer alone, with the echo server: bodies, order, half-closed clients, 100 Continue, limits.
"""

import pytest

from support.echo_server import EchoServer
from support.raw_http import get, post, post_chunked

BODY_BYTES = 1000


@pytest.fixture(scope="module")
def server():
    with EchoServer(pipelined=4, body_bytes=BODY_BYTES, head_bytes=500, target_bytes=100, headers=10) as running:
        yield running


@pytest.fixture
def connection(server):
    with server.connect() as opened:
        yield opened


def test_a_body_comes_through_whole(connection):
    body = bytes(range(256)) * 3
    connection.send(post("/body", body) + post_chunked("/body", body[:1], body[1:700], body[700:]))
    assert connection.reply().body == body
    assert connection.reply().body == body


def test_methods_paths_and_lengths_are_told_apart(connection):
    connection.send(get("/a?b") + post("/c", b"xyz", method="PUT") + get("*", method="OPTIONS"))
    assert connection.reply().body == b"GET /a 0\n"
    assert connection.reply().body == b"PUT /c 3\n"
    assert connection.reply().body == b"OPTIONS * 0\n"


def test_head_tells_the_length_and_has_no_body(connection):
    connection.send(get("/abc", method="HEAD") + get("/abc"))
    assert connection.reply(to_head=True).headers["content-length"] == str(len("HEAD /abc 0\n"))
    assert connection.reply().body == b"GET /abc 0\n"


@pytest.mark.parametrize("path, status", [("/none", 204), ("/unchanged", 304)])
def test_204_and_304_have_no_body(connection, path, status):
    connection.send(get(path) + get("/next"))
    assert connection.reply().status == status
    assert connection.reply().body == b"GET /next 0\n"


def test_values_have_no_white_space_around_them(connection):
    connection.send(get("/headers", "X-Test:\t a b \t", "X-Test:", "x-test: ä"))
    assert connection.reply().body.decode("latin-1") == "4|a b||ä"


def test_pipelined_requests_are_answered_in_order_and_no_more_are_taken_than_may_wait(server, connection):
    before = server.taken()
    connection.send(b"".join(post("/hold", b"x" * i) for i in range(10)))
    server.wait_taken(before + 4)
    assert not connection.readable(0.2)
    assert server.taken() == before + 4
    for i in range(10):
        while not connection.readable(0.1):
            server.release()
        assert connection.reply().body == b"POST /hold %d\n" % i


def test_a_late_answer_holds_back_the_answers_behind_it(server, connection):
    connection.send(post("/hold", b"1") + get("/second"))
    assert not connection.readable(0.2)
    server.release()
    assert connection.reply().body == b"POST /hold 1\n"
    assert connection.reply().body == b"GET /second 0\n"


def test_a_client_that_closed_its_half_gets_every_answer(server, connection):
    connection.send(get("/hold") + get("/a") + get("/b") + get("/c") + get("/d") + get("/e"))
    connection.finish()
    assert not connection.readable(0.2)
    server.release()
    connection.reply()
    for path in "abcde":
        assert connection.reply().body == f"GET /{path} 0\n".encode()
    connection.expect_end()


def test_a_message_that_the_client_did_not_finish_is_not_run(server, connection):
    before = server.taken()
    connection.send(post("/a", b"whole") + post("/b", b"not whole")[:-1])
    connection.finish()
    assert connection.reply().body == b"POST /a 5\n"
    connection.expect_end()
    assert server.taken() == before + 1


def test_nothing_is_read_behind_a_request_that_closes(server, connection):
    before = server.taken()
    connection.send(get("/a", "Connection: close") + get("/b"))
    assert connection.reply().closes
    connection.expect_end()
    assert server.taken() == before + 1


def test_a_client_that_went_away_harms_nobody(server):
    for _ in range(5):
        gone = server.connect()
        gone.send(get("/hold") + get("/large"))
        assert not gone.readable(0.05)
        gone.reset()
    server.release()
    assert server.ask(get("/after")).body == b"GET /after 0\n"


def test_100_continue_is_sent_before_the_body(connection):
    connection.send(get("/a", "Content-Length: 3", "Expect: 100-continue", method="POST"))
    assert connection.reply().status == 100
    connection.send(b"abc")
    assert connection.reply().body == b"POST /a 3\n"


def test_100_continue_waits_for_the_answers_before_it(server, connection):
    connection.send(get("/hold") + get("/a", "Content-Length: 3", "Expect: 100-continue", method="POST"))
    assert not connection.readable(0.2)
    server.release()
    assert connection.reply().status == 200
    assert connection.reply().status == 100
    connection.send(b"abc")
    assert connection.reply().body == b"POST /a 3\n"


def test_no_100_continue_when_the_body_comes_at_once(connection):
    connection.send(post("/a", b"abc", "Expect: 100-continue"))
    assert connection.reply().body == b"POST /a 3\n"


def test_a_body_that_would_be_refused_is_not_asked_for(connection):
    connection.send(get("/a", f"Content-Length: {BODY_BYTES + 1}", "Expect: 100-continue", method="POST"))
    assert connection.reply().status == 413
    connection.expect_end()


@pytest.mark.parametrize("length, status", [(BODY_BYTES - 1, 200), (BODY_BYTES, 200), (BODY_BYTES + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_is_taken_up_to_its_limit(connection, length, status, chunked):
    body = b"x" * length
    half = length // 2
    connection.send(post_chunked("/a", body[:half], body[half:]) if chunked else post("/a", body))
    reply = connection.reply()
    assert (reply.status, reply.closes) == (status, status == 413)


def test_a_chunk_over_the_limit_is_refused_by_its_size_alone(connection):
    connection.send(get("/a", "Transfer-Encoding: chunked", method="POST") + b"%x\r\n" % (BODY_BYTES + 1))
    assert connection.reply().status == 413


def test_a_refusal_reaches_a_client_that_is_still_sending(server):
    with server.connect() as connection:
        connection.send(get("/a", "Content-Length: 4000000", method="POST"))
        connection.send(b"x" * 4000000)
        assert connection.reply().status == 413
        connection.expect_end()


@pytest.mark.parametrize("length, status", [(99, 200), (100, 200), (101, 414)])
def test_a_target_is_taken_up_to_its_limit(connection, length, status):
    connection.send(get("/" + "a" * (length - 1)))
    assert connection.reply().status == status


@pytest.mark.parametrize("length, status", [(499, 200), (500, 200), (501, 431)])
def test_a_head_is_taken_up_to_its_limit(connection, length, status):
    missing = length - len(get("/a", "A: "))
    connection.send(get("/a", "A: " + "a" * missing))
    assert connection.reply().status == status


@pytest.mark.parametrize("fields, status", [(9, 200), (10, 200), (11, 431)])
def test_fields_are_taken_up_to_their_limit(connection, fields, status):
    connection.send(get("/a", *["A: b"] * (fields - 1)))
    assert connection.reply().status == status


def test_an_absolute_target_for_another_host_is_refused(connection):
    connection.send(get("http://other.example/"))
    reply = connection.reply()
    assert reply.status == 400 and b"bad_host" in reply.body


def test_a_large_reply_comes_whole(connection):
    connection.send(get("/large") + get("/after"))
    assert connection.reply().body == b"x" * 4 * 1024 * 1024
    assert connection.reply().body == b"GET /after 0\n"
