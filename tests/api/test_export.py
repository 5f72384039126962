"""
GET /v1/feedback/export: the cases that the filters let through, as NDJSON or CSV, in constant memory.
"""

import csv
import io
import json

import pytest

from support import contract
from support.client import Client
from support.database import Database
from support.programs import build_directory
from support.raw_http import RawConnection, get
from support.world import World

# More than a page of the list that it reads.
MANY = 250
LARGE_TEXT = "ä" * 10000
# A sanitizer keeps what was freed, to see it used.
MEMORY_BYTES = 600e6 if build_directory().name in ("asan", "tsan") else 60e6


@pytest.fixture(scope="module")
def voices(world):
    """Texts that are hard to write, in both leaf units; the ids in no order."""
    texts = ["Kiitos.", 'Hän sanoi: "ei".', "rivi\nrivi\r\nrivi", "pilkku, ja; puolipiste", "=1+1", "+358", "-", "@moi", "\t=x", "'=x",
             " väli ", "ä" * 5000, *(f"Ääni {number}" for number in range(MANY))]
    made = {}
    for number, text in enumerate(texts):
        body = {"unit_id": world.units["ward" if number % 2 else "office"], "kind": "idea" if number % 3 else "thanks",
                "channel": "web", "lang": "fi", "text": text}
        made[world.client("submit").post("/v1/feedback", body, expect=201).json()["id"]] = text
    return made


def export(client, **params):
    response = client.get("/v1/feedback/export", params=params, expect=200)
    assert response.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in response.headers
    return response.content.decode()


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_ndjson_has_every_case_as_it_is_in_the_list(world, voices):
    lines = export(world.client("handler")).splitlines(keepends=True)
    cases = [json.loads(line) for line in lines]
    assert all(line.endswith("\n") for line in lines)
    assert {case["id"]: case["text"] for case in cases} == voices
    assert cases == world.client("handler").all_items("/v1/feedback")
    checker = contract.validator({"$ref": "#/components/schemas/FeedbackItem"})
    assert not [error.message for case in cases for error in checker.iter_errors(case)]


def test_who_accepts_csv_gets_csv(world, voices):
    client = world.client("handler")
    asked = client.get("/v1/feedback/export", headers={"Accept": "text/csv"}, expect=200)
    assert asked.headers["Content-Type"].startswith("text/csv") and asked.content.decode() == export(client, format="csv")
    named = client.get("/v1/feedback/export", headers={"Accept": "text/csv"}, params={"format": "ndjson"}, expect=200)
    assert named.headers["Content-Type"].startswith("application/x-ndjson")


def test_csv_has_the_same_cells(world, voices):
    text = export(world.client("handler"), format="csv")
    assert text.endswith("\r\n")
    rows = read_csv(text)
    cases = {case["id"]: case for case in world.client("handler").all_items("/v1/feedback")}
    assert {row["id"] for row in rows} == set(voices)
    for row in rows:
        case = cases[row["id"]]
        assert row.keys() == case.keys()
        assert row["wants_answer"] == "false" and row["received_on"] == case["received_on"] and row["outcome"] == ""
        assert row["text"].removeprefix("'" if case["text"][0] in "=+-@\t\r" else "") == case["text"]


def test_no_cell_of_csv_is_a_formula(world, voices):
    rows = {row["id"]: row["text"] for row in read_csv(export(world.client("handler"), format="csv"))}
    for case, text in voices.items():
        assert rows[case] == ("'" + text if text[0] in "=+-@\t\r" else text)


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_filters_are_those_of_the_list(world, voices, form):
    params = {"kind": "thanks", "unit_id": world.units["ward"]}
    text = export(world.client("handler"), format=form, **params)
    rows = read_csv(text) if form == "csv" else [json.loads(line) for line in text.splitlines()]
    expected = world.client("handler").all_items("/v1/feedback", **params)
    assert 0 < len(expected) < len(voices)
    assert [row["id"] for row in rows] == [case["id"] for case in expected]


def test_every_filter_of_the_list_is_one_of_the_export():
    names = {path: {parameter["name"] for parameter in contract.operations()["GET", path]["parameters"]}
             for path in ("/v1/feedback", "/v1/feedback/export")}
    assert names["/v1/feedback/export"] == names["/v1/feedback"] - {"limit", "cursor"} | {"format"}


def test_an_export_of_nothing_is_empty_or_a_header(world):
    assert export(world.client("handler"), state="withdrawn") == ""
    assert export(world.client("handler"), state="withdrawn", format="csv").startswith("id,unit_id,")


def test_another_form_is_refused(world):
    response = world.client("handler").get("/v1/feedback/export", params={"format": "xlsx"}, problem="bad_parameter", expect=400)
    assert response.json()["errors"][0]["parameter"] == "format"


def test_cases_of_other_units_are_left_out(world, voices):
    key = world.new_key(["feedback:read"], ["office"])
    cases = [json.loads(line) for line in export(Client(world.api, key)).splitlines()]
    assert 0 < len(cases) < len(voices)
    assert {case["unit_id"] for case in cases} == {world.units["office"]}


def request(world, *fields, query="", **options):
    return get("/v1/feedback/export" + query, f"Authorization: Bearer {world.keys['handler']}", *fields, **options)


def test_what_is_asked_behind_an_export_is_answered_behind_it(world, voices):
    with RawConnection(world.api.port) as connection:
        connection.send(request(world) + request(world, query="?format=csv") + get("/openapi.json", "Connection: close"))
        assert len(connection.reply().body.splitlines()) == len(voices)
        assert connection.reply().body.startswith(b"id,")
        assert json.loads(connection.reply().body)["openapi"].startswith("3.1")
        connection.expect_end()


def test_head_has_the_head_alone(world, voices):
    with RawConnection(world.api.port) as connection:
        connection.send(request(world, method="HEAD") + get("/openapi.json"))
        reply = connection.reply(to_head=True)
        assert reply.status == 200 and reply.headers["content-type"] == "application/x-ndjson"
        assert connection.reply().status == 200


def test_http_1_0_reads_to_the_end_of_the_connection(world, voices):
    with RawConnection(world.api.port) as connection:
        connection.send(request(world, "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0") + get("/openapi.json"))
        head, body = connection.rest().split(b"\r\n\r\n", 1)
        assert b"\r\nConnection: close" in head and b"chunked" not in head
        assert len(body.splitlines()) == len(voices)


def test_a_slow_reader_gets_everything_and_costs_no_memory(fresh_world):
    """60 MB, of which the API never has more than a few pages."""
    fresh_world.database.run(
        "INSERT INTO feedback (id, unit_id, kind, channel, lang)"
        " SELECT md5(n::text)::uuid, %s::uuid, 'idea', 'web', 'fi' FROM generate_series(1, 3000) n",
        fresh_world.units["ward"])
    fresh_world.database.run("INSERT INTO feedback_text (feedback_id, original) SELECT id, %s FROM feedback", LARGE_TEXT)
    fresh_world.api.start()
    most, length = 0, 0
    with RawConnection(fresh_world.api.port, receive_buffer=65536) as connection:
        connection.send(request(fresh_world, "Connection: close"))
        while got := connection.socket.recv(1 << 20):
            length += len(got)
            most = max(most, fresh_world.api.rss_bytes())
    assert length > 3000 * len(LARGE_TEXT.encode())
    assert most <= MEMORY_BYTES


def test_a_reader_that_leaves_is_forgotten(world, voices):
    before = world.api.metrics()["osallisuus_connections"]
    for _ in range(5):
        with RawConnection(world.api.port, receive_buffer=4096) as connection:
            connection.send(request(world) * 4)
            connection.take(100)
            connection.reset()
    world.api.wait_for(lambda: world.api.metrics()["osallisuus_connections"] <= before, "end of the connections", 10)
    assert len(export(world.client("handler")).splitlines()) == len(voices)


def test_an_export_that_loses_its_database_is_cut_and_not_ended(private_cluster, tmp_path):
    with World(Database.create(private_cluster), tmp_path) as world:
        world.database.run(
            "INSERT INTO feedback (id, unit_id, kind, channel, lang)"
            " SELECT md5(n::text)::uuid, %s::uuid, 'idea', 'web', 'fi' FROM generate_series(1, 5000) n",
            world.units["ward"])
        world.database.run("INSERT INTO feedback_text (feedback_id, original) SELECT id, %s FROM feedback", LARGE_TEXT)
        world.api.start()
        with RawConnection(world.api.port, receive_buffer=4096) as connection:
            connection.send(request(world))
            connection.take(5000)
            private_cluster.kill()
            try:
                rest = connection.rest()
            except ConnectionResetError:
                rest = b""
            assert not rest.endswith(b"0\r\n\r\n")
        private_cluster.start()
