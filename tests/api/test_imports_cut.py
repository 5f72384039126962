"""
Imports that are cut off, refused in the middle, or too slow: what came whole is in, and the same file goes on.
"""

import json
import signal
import threading
import uuid

import pytest

from support.client import Client
from support.database import Database
from support.imports import line, ndjson, send
from support.programs import build_directory
from support.raw_http import RawConnection, get
from support.world import World

MANY = 1200
IMPORT_BYTES = 1_000_000
# A sanitizer keeps what was freed, to see it used.
MEMORY_BYTES = 600e6 if build_directory().name in ("asan", "tsan") else 60e6


@pytest.fixture(scope="module")
def short_world(cluster, tmp_path_factory):
    """Deadlines and limits that a test can reach."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("short"), BODY_S=1, BODY_RATE=100, IMPORT_BYTES=IMPORT_BYTES,
               LOOPS=1, IMPORTS=1) as made:
        made.api.start()
        yield made


def head(world, *fields, key=None):
    return get("/v1/imports", f"Authorization: Bearer {world.keys['submit']}", "Content-Type: application/x-ndjson",
               f"Idempotency-Key: {key or uuid.uuid4()}", *fields, method="POST")


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def lines_of(world, count=MANY, text="Rivi"):
    return ndjson([line(world, f"{text} {number}") for number in range(count)])


def cases(world):
    return world.database.value("SELECT count(*) FROM feedback")


def read_import(world, identity):
    return world.client("submit").get(f"/v1/imports/{identity}", expect=200).json()


def import_id(world):
    """Of the newest one."""
    return world.database.value("SELECT id::text FROM import ORDER BY seen_at DESC LIMIT 1")


def problem_of(reply):
    assert reply.headers["content-type"] == "application/problem+json"
    return json.loads(reply.body)["code"]


@pytest.mark.parametrize("way", ["reset", "close", "finish"])
def test_a_file_that_was_cut_off_goes_on_when_it_is_sent_again(world, way):
    body, key, before = lines_of(world, text=f"Katkennut {way}"), str(uuid.uuid4()), cases(world)
    with RawConnection(world.api.port) as connection:
        connection.send(head(world, f"Content-Length: {len(body)}", key=key) + body[:len(body) * 2 // 3])
        world.api.wait_for(lambda: cases(world) > before, "lines")
        getattr(connection, way)()
        if way == "finish":
            assert problem_of(connection.reply()) == "body_incomplete"
            connection.expect_end()
    identity = import_id(world)
    world.api.wait_for(lambda: read_import(world, identity)["state"] == "failed", "end of the import", 10)
    seen = read_import(world, identity)
    assert seen["problem"] == "body_incomplete" and 500 <= seen["created"] < MANY
    assert cases(world) == before + seen["created"]

    done = send(world.client("submit"), body, key=key)
    assert done["id"] == identity
    assert (done["created"], done["replayed"], done["refused"]) == (MANY - seen["created"], seen["created"], 0)
    assert cases(world) == before + MANY
    assert read_import(world, identity)["state"] == "finished"


def test_a_malformed_chunk_ends_the_import_and_nothing_behind_it_is_a_request(world):
    before, smuggled = cases(world), get("/smuggled")
    with RawConnection(world.api.port) as connection:
        connection.send(head(world, "Transfer-Encoding: chunked") + chunk(lines_of(world, 3)) + b"0x5\r\n" + smuggled * 2)
        reply = connection.reply()
        assert reply.status == 400 and problem_of(reply) == "bad_chunk" and reply.closes
        connection.expect_end()
    assert cases(world) == before + 3


def test_a_request_inside_lines_is_never_run_and_one_behind_them_is_answered_next(world):
    body = lines_of(world, 2) + get("/smuggled")
    with RawConnection(world.api.port) as connection:
        connection.send(head(world, "Transfer-Encoding: chunked") + b"".join(chunk(body[at:at + 7]) for at in range(0, len(body), 7))
                        + b"0\r\n\r\n" + get("/openapi.json", "Connection: close"))
        done = json.loads(connection.reply().body)
        # Two lines and an empty one are those of the request.
        assert (done["created"], done["refused"]) == (2, 2)
        assert json.loads(connection.reply().body)["openapi"].startswith("3.1")
        connection.expect_end()


@pytest.mark.parametrize("fields, status, code", [
    (["Authorization: Bearer osal_none"], 401, "unauthorized"),
    (["Content-Type: text/plain"], 415, "unsupported_media_type"),
], ids=["a bad key", "a bad type"])
def test_who_is_refused_need_not_send_the_body(world, fields, status, code):
    names = {field.split(":")[0] for field in fields}
    good = [f"Authorization: Bearer {world.keys['submit']}", "Content-Type: application/x-ndjson", "Idempotency-Key: abc"]
    kept = [field for field in good if field.split(":")[0] not in names]
    with RawConnection(world.api.port) as connection:
        connection.send(get("/v1/imports", *kept, *fields, "Content-Length: 50000000", "Expect: 100-continue", method="POST"))
        reply = connection.reply()
        assert reply.status == status and problem_of(reply) == code and reply.closes
        connection.expect_end()


def test_who_is_let_in_is_told_to_go_on(world):
    body = lines_of(world, 2)
    with RawConnection(world.api.port) as connection:
        connection.send(head(world, f"Content-Length: {len(body)}", "Expect: 100-continue"))
        assert connection.reply().status == 100
        connection.send(body)
        assert json.loads(connection.reply().body)["created"] == 2


def test_a_file_over_the_limit_is_refused_at_once_and_in_chunks_when_it_is_reached(short_world):
    with RawConnection(short_world.api.port) as connection:
        connection.send(head(short_world, f"Content-Length: {IMPORT_BYTES + 1}"))
        assert problem_of(connection.reply()) == "body_too_large"
        connection.expect_end()
    lines = lines_of(short_world, 1000)
    with RawConnection(short_world.api.port) as connection:
        connection.send(head(short_world, "Transfer-Encoding: chunked"))
        for _ in range(IMPORT_BYTES // len(lines) + 1):
            connection.send(chunk(lines))
        assert problem_of(connection.reply()) == "body_too_large"
    assert read_import(short_world, import_id(short_world))["problem"] == "body_too_large"


def test_a_file_that_drips_in_is_cut(short_world):
    body = lines_of(short_world, 100)
    with RawConnection(short_world.api.port) as connection:
        connection.send(head(short_world, f"Content-Length: {len(body)}"))
        assert not connection.send_slowly(body, 0.05)
        reply = connection.reply()
        assert reply.status == 408 and problem_of(reply) == "request_timeout"


def test_a_file_that_comes_slowly_and_steadily_is_not_cut_and_seen_to_move(short_world):
    """For longer than a body may take."""
    body = lines_of(short_world, 120)
    before = cases(short_world)
    with RawConnection(short_world.api.port) as connection:
        connection.send(head(short_world, f"Content-Length: {len(body)}"))
        step = len(body) // 100
        pieces = [body[at:at + step] for at in range(0, len(body), step)]
        for piece in pieces:
            assert not connection.readable(0.03)
            connection.send(piece)
        assert json.loads(connection.reply().body)["created"] == 120
    assert cases(short_world) == before + 120


def test_there_are_no_more_imports_at_once_than_may_be(short_world):
    before = short_world.database.value("SELECT count(*) FROM import")
    with short_world.new_api(BODY_S=30).start() as api:  # so that the first is not cut while the second is sent
        second = Client(api, short_world.keys["submit"])
        with RawConnection(api.port) as first:
            first.send(head(short_world, "Content-Length: 2"))
            api.wait_for(lambda: short_world.database.value("SELECT count(*) FROM import") > before, "the first import")
            send(second, b"{}\n", problem="service_unavailable", expect=503)
            first.send(b"{}")
            assert first.reply().status == 200
        send(second, b"{}\n")


def test_long_lines_and_many_take_little_memory(fresh_world):
    fresh_world.api.start()
    client = Client(fresh_world.api, fresh_world.keys["submit"], checked=False)
    long_lines = ndjson([line(fresh_world, "ä" * 15000)] * 900)
    assert len(long_lines) > 25e6
    done = []
    sending = threading.Thread(target=lambda: done.append(send(client, long_lines)))
    sending.start()
    most = 0
    while sending.is_alive():
        most = max(most, fresh_world.api.rss_bytes())
        sending.join(0.02)
    assert done[0]["created"] == 900
    assert most <= MEMORY_BYTES


def test_stopping_ends_an_import_and_the_next_process_goes_on(fresh_world):
    fresh_world.api.start()
    body, key = lines_of(fresh_world), str(uuid.uuid4())
    with RawConnection(fresh_world.api.port) as connection:
        connection.send(head(fresh_world, f"Content-Length: {len(body)}", key=key) + body[:len(body) * 2 // 3])
        fresh_world.api.wait_for(lambda: cases(fresh_world) > 0, "lines")
        fresh_world.api.process.send_signal(signal.SIGTERM)
        fresh_world.api.wait_event("stopping")
        connection.send(body[len(body) * 2 // 3:])
        assert problem_of(connection.reply()) == "service_unavailable"
    fresh_world.api.expect_exit(0)
    fresh_world.api.start()
    assert send(fresh_world.client("submit"), body, key=key)["lines"] == MANY
    assert cases(fresh_world) == MANY


def test_an_import_that_stands_still_does_not_keep_the_process(fresh_world):
    api = fresh_world.new_api(STOP_S=1)
    api.start()
    with RawConnection(api.port) as connection:
        connection.send(head(fresh_world, "Content-Length: 1000") + lines_of(fresh_world, 1))
        api.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM import") == 1, "the import")
        api.stop()


def test_a_database_that_goes_away_ends_the_import_and_its_return_lets_it_go_on(private_cluster, tmp_path):
    with World(Database.create(private_cluster), tmp_path) as world:
        world.api.start()
        body, key = lines_of(world), str(uuid.uuid4())
        with RawConnection(world.api.port) as connection:
            connection.send(head(world, f"Content-Length: {len(body)}", key=key) + body[:len(body) // 2])
            world.api.wait_for(lambda: cases(world) > 0, "lines")
            private_cluster.kill()
            connection.send(body[len(body) // 2:])
            reply = connection.reply()
            assert reply.status == 503 and problem_of(reply) == "service_unavailable"
        private_cluster.start()
        world.api.wait_for(world.api.is_ready, "the database")
        assert send(world.client("submit"), body, key=key)["lines"] == MANY
        assert cases(world) == MANY


def test_a_process_that_is_killed_loses_no_line_that_was_noted_and_doubles_none(fresh_world):
    fresh_world.api.start()
    body, key = lines_of(fresh_world), str(uuid.uuid4())
    with RawConnection(fresh_world.api.port) as connection:
        connection.send(head(fresh_world, f"Content-Length: {len(body)}", key=key) + body[:len(body) * 2 // 3])
        fresh_world.api.wait_for(lambda: fresh_world.database.value("SELECT coalesce(max(created), 0) FROM import") > 0, "a note")
        fresh_world.api.kill()
    created = fresh_world.database.value("SELECT created FROM import")
    assert cases(fresh_world) >= created
    fresh_world.api.start()
    assert read_import(fresh_world, import_id(fresh_world))["state"] == "running"
    fresh_world.database.run("UPDATE import SET seen_at = seen_at - interval '3 minutes'")
    assert read_import(fresh_world, import_id(fresh_world))["state"] == "failed"
    done = send(fresh_world.client("submit"), body, key=key)
    assert done["lines"] == MANY and done["replayed"] >= created
    assert cases(fresh_world) == MANY
