"""
Deadlines are per connection and not per byte; connections are counted; a server that stops answers what it took.
Each server has short deadlines of its own.
"""

import signal
import time

import pytest

from support.echo_server import EchoServer
from support.raw_http import RawConnection, get, post

LARGE_BYTES = 4 * 1024 * 1024
SLOWER_THAN_DEADLINE = 60  # seconds a slow sender would take; far more than any deadline here


@pytest.fixture(scope="module")
def short():
    with EchoServer(header_s=1, body_s=2, idle_s=1, write_s=1, body_rate=1) as running:
        yield running


def expect_timeout(connection):
    reply = connection.reply()
    assert reply.status == 408 and reply.closes and b"request_timeout" in reply.body
    connection.expect_end()


def test_a_head_that_drips_in_is_cut(short):
    with short.connect() as connection:
        assert not connection.send_slowly(get("/" + "a" * 600), SLOWER_THAN_DEADLINE / 600)
        expect_timeout(connection)


def test_empty_lines_do_not_hold_a_connection(short):
    with short.connect() as connection:
        assert not connection.send_slowly(b"\r\n" * 300, SLOWER_THAN_DEADLINE / 600)
        expect_timeout(connection)


def test_a_body_that_drips_in_is_cut(short):
    with short.connect() as connection:
        connection.send(get("/", "Content-Length: 600", method="POST"))
        assert not connection.send_slowly(b"a" * 600, SLOWER_THAN_DEADLINE / 600)
        expect_timeout(connection)


def test_a_chunked_body_that_drips_in_is_cut(short):
    with short.connect() as connection:
        connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        assert not connection.send_slowly(b"1;" + b"a" * 200 + b"\r\n", SLOWER_THAN_DEADLINE / 600)
        expect_timeout(connection)


def test_a_body_below_the_least_rate_is_cut_before_its_deadline():
    with EchoServer(body_s=3600, body_rate=1000) as server, server.connect() as connection:
        connection.send(get("/", "Content-Length: 6000", method="POST"))
        assert not connection.send_slowly(b"a" * 6000, 0.05)
        expect_timeout(connection)


def test_a_body_that_never_comes_after_100_continue_is_cut(short):
    with short.connect() as connection:
        connection.send(get("/", "Content-Length: 3", "Expect: 100-continue", method="POST"))
        assert connection.reply().status == 100
        expect_timeout(connection)


@pytest.mark.parametrize("before", [b"", get("/a")], ids=["never used", "used once"])
def test_an_idle_connection_is_closed_without_a_word(short, before):
    with short.connect() as connection:
        connection.send(before)
        if before:
            connection.reply()
        connection.expect_end()


def test_a_request_that_waits_for_its_answer_is_not_idle(short):
    with short.connect() as connection, short.connect() as idle:
        connection.send(get("/hold"))
        idle.expect_end()
        assert not connection.readable(1.5)
        short.release()
        assert connection.reply().status == 200


def test_a_reply_that_the_client_does_not_read_is_cut():
    """Seen by its place: there is only one."""
    with EchoServer(write_s=1, body_rate=1000, connections=1, loops=1) as server:
        with server.connect(receive_buffer=4096) as connection:
            connection.send(get("/large") * 4)
            while server.ask(get("/empty")).status == 503:
                pass
            assert connection.readable(0)  # this end is still open


def test_a_reply_that_is_read_slowly_and_steadily_comes_whole():
    """Also when that takes longer than an idle connection is kept."""
    with EchoServer(write_s=1, idle_s=1, body_rate=1000) as server:
        with server.connect(receive_buffer=65536) as connection, server.connect() as silent:
            connection.send(get("/large"))
            started = time.monotonic()
            length = 0
            while time.monotonic() - started < 3:
                length += len(connection.socket.recv(20000))
                assert not silent.readable(0.02)
            assert length < LARGE_BYTES
            while length < LARGE_BYTES:
                got = connection.socket.recv(65536)
                assert got, "the reply was cut"
                length += len(got)


def test_a_connection_over_the_limit_is_told_so():
    with EchoServer(connections=2, loops=1) as server:
        with server.connect() as first, server.connect() as second:
            for connection in (first, second):
                connection.send(get("/a"))
                assert connection.reply().status == 200
            with server.connect() as third:
                reply = third.reply()
                assert reply.status == 503 and reply.closes and b"too_many_connections" in reply.body
                third.expect_end()
            second.send(get("/a"))
            assert second.reply().status == 200
        while server.ask(get("/a")).status == 503:  # until the server has seen one of them close
            pass


def test_connections_of_one_address_are_counted_over_all_loops():
    with EchoServer(connections_per_peer=3, loops=2) as server:
        opened = [server.connect() for _ in range(3)]
        for connection in opened:
            connection.send(get("/a"))
            assert connection.reply().status == 200
        for _ in range(4):
            with server.connect() as refused:
                assert refused.reply().status == 503
                refused.expect_end()
        for connection in opened:
            connection.close()
        while server.ask(get("/a")).status == 503:
            pass


def test_without_descriptors_the_server_waits_and_does_not_spin():
    with EchoServer(descriptors=40, loops=2) as server:
        opened = [server.connect() for _ in range(100)]
        opened[0].send(get("/a"))
        assert opened[0].reply().status == 200
        before = server.cpu_seconds()
        assert not opened[0].readable(1.5)
        assert server.cpu_seconds() - before < 0.3
        for connection in opened:
            connection.close()
        assert server.ask(get("/b")).body == b"GET /b 0\n"


def test_a_server_that_stops_answers_what_it_has_taken():
    with EchoServer() as server:
        with server.connect() as held, server.connect() as idle, server.connect() as sending:
            held.send(get("/hold"))
            sending.send(post("/body", b"hello")[:-2])
            idle.send(get("/a"))
            idle.reply()
            server.wait_taken(2)
            server.process.send_signal(signal.SIGTERM)
            while True:  # until it does not accept: then it has heard the signal
                try:
                    RawConnection(server.port).close()
                except ConnectionResetError:
                    continue  # it stopped listening in that moment
                except ConnectionRefusedError:
                    break
            sending.send(b"lo")
            reply = sending.reply()
            assert reply.body == b"hello" and reply.closes
            idle.send(get("/release"))
            assert idle.reply().closes
            reply = held.reply()
            assert reply.body == b"GET /hold 0\n" and reply.closes
            for connection in (held, idle, sending):
                connection.expect_end()


def test_idle_connections_do_not_keep_a_server_from_stopping():
    with EchoServer() as server:
        opened = [server.connect() for _ in range(20)]
        for connection in opened[:10]:
            connection.send(get("/a"))
            connection.reply()
        server.process.send_signal(signal.SIGTERM)
        for connection in opened:
            connection.expect_end()
            connection.close()
