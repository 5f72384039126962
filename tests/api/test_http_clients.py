"""
The HTTP layer and clients that others wrote: http.client, requests, curl and Node's fetch.
"""

import http.client
import json
import subprocess

import pytest
import requests

from support.echo_server import EchoServer

BODY = bytes(range(256)) * 100


@pytest.fixture(scope="module")
def server():
    with EchoServer() as running:
        yield running


def curl(server, path, *options, data=b""):
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", *options, server.url + path],
                          input=data, capture_output=True, check=True)
    return done.stdout


def test_http_client_keeps_its_connection(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    socket = None
    for method, path, body, expected in [("GET", "/a", None, b"GET /a 0\n"), ("POST", "/b", b"xyz", b"POST /b 3\n"),
                                         ("HEAD", "/c", None, b""), ("DELETE", "/d", b"x", b"DELETE /d 1\n")]:
        client.request(method, path, body)
        reply = client.getresponse()
        assert (reply.status, reply.read()) == (200, expected)
        assert socket in (None, client.sock)
        socket = client.sock
    client.close()


def test_http_client_sends_chunks(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    client.request("POST", "/body", iter([BODY[:10], BODY[10:]]), encode_chunked=True,
                   headers={"Transfer-Encoding": "chunked"})
    assert client.getresponse().read() == BODY
    client.close()


def test_requests_speaks_to_it(server):
    with requests.Session() as session:
        for _ in range(3):
            assert session.get(server.url + "/a?b=c", timeout=20).text == "GET /a 0\n"
            assert session.post(server.url + "/body", data=BODY, timeout=20).content == BODY
            assert session.post(server.url + "/body", data=iter([BODY]), timeout=20).content == BODY
            assert session.head(server.url + "/a", timeout=20).headers["Content-Length"] == "10"
            assert session.get(server.url + "/none", timeout=20).status_code == 204
            assert session.get(server.url + "/unchanged", timeout=20).status_code == 304


def test_curl_speaks_to_it(server):
    assert curl(server, "/a") == b"GET /a 0\n"
    assert curl(server, "/a", "--http1.0") == b"GET /a 0\n"
    assert curl(server, "/a", "--head").startswith(b"HTTP/1.1 200 OK\r\n")
    assert curl(server, "/body", "--data-binary", "@-", data=BODY) == BODY
    assert curl(server, "/body", "--data-binary", "@-", "--header", "Expect: 100-continue", data=BODY) == BODY


def test_curl_sends_chunks(server):
    assert curl(server, "/body", "--upload-file", "-", "--request", "POST", data=BODY) == BODY


def test_curl_reads_the_refusal_of_a_body_that_is_too_large(server):
    done = curl(server, "/body", "--data-binary", "@-", "--write-out", "%{http_code}", data=BODY * 100)
    assert json.loads(done[:-3])["code"] == "body_too_large" and done[-3:] == b"413"


def test_curl_keeps_its_connection(server):
    shown = curl(server, "/[1-5]", "--write-out", "%{num_connects} ")
    assert shown == b"".join(b"GET /%d 0\n%d " % (i, 1 if i == 1 else 0) for i in range(1, 6))


def test_the_fetch_of_node_speaks_to_it(server):
    script = f"""
        const url = "{server.url}";
        const text = async (path, options) => (await fetch(url + path, options)).text();
        const stream = new ReadableStream({{ start(c) {{ c.enqueue(new Uint8Array([97])); c.close(); }} }});
        const shown = await Promise.all([...Array(20).keys()].map((i) => text("/" + i)));
        console.log(JSON.stringify([
            await text("/a"),
            await text("/body", {{ method: "POST", body: "hyvä" }}),
            await text("/body", {{ method: "POST", body: stream, duplex: "half" }}),
            (await fetch(url + "/none")).status,
            shown.join(""),
        ]));
    """
    done = subprocess.run(["node", "--input-type=module", "--eval", script], capture_output=True, check=True, timeout=60)
    numbered = "".join(f"GET /{i} 0\n" for i in range(20))
    assert json.loads(done.stdout) == ["GET /a 0\n", "hyvä", "a", 204, numbered]
