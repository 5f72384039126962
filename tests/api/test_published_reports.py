"""
Publishing a report, and reading what is published without a key.
"""

import csv
import io
import uuid

import pytest

from support.client import Client

NOTE = {"fi": "Yksi kuukausi puuttui.", "sv": "En månad saknades."}


@pytest.fixture
def publisher(world):
    return world.client("coordinator")


@pytest.fixture
def everyone(world):
    return Client(world.api)


def publish(world, publisher, period, unit="ward", **more):
    """The id of a publication that is made."""
    made = publisher.post("/v1/reports/publications", {"unit_id": world.units[unit], "period": period, **more}, expect=201).json()["id"]
    world.database.run("SELECT report_publish(%s::uuid)", made)
    return made


def add_voices(world, day, count):
    world.database.run(
        "INSERT INTO feedback (id, unit_id, received_on, kind, channel, lang)"
        " SELECT gen_random_uuid(), %s::uuid, %s, 'concern', 'web', 'fi' FROM generate_series(1, %s)",
        world.units["ward"], day, count)


def test_a_publication_is_read_by_everyone(world, publisher, everyone):
    add_voices(world, "2024-01-05", 60)
    made = publish(world, publisher, "2024-01")
    reply = everyone.get(f"/v1/reports/publications/{made}", expect=200)
    assert (reply.json()["version"], reply.json()["tables"][0]) == (1, {"name": "received", "within": None, "figures": {"all": 60}})
    assert reply.headers["Cache-Control"].startswith("public") and reply.headers["ETag"]
    listed = everyone.get("/v1/reports/publications", params={"period": "2024-01"}, expect=200).json()["items"]
    assert [item["id"] for item in listed] == [made]


def test_its_figures_come_as_csv_and_as_lines(world, publisher, everyone):
    add_voices(world, "2024-02-05", 60)
    made = publish(world, publisher, "2024-02")
    reply = everyone.get(f"/v1/reports/publications/{made}/file", expect=200)
    rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
    assert reply.headers["Content-Type"].startswith("text/csv") and 'filename="osallisuus-2024-02-osasto-3.csv"' in reply.headers["Content-Disposition"]
    assert rows[0] == {"place": "1", "table": "received", "within": "", "value": "all", "voices": "60"}
    assert {"role", "lang", "outcome"} <= {row["table"] for row in rows}
    figures = everyone.get(f"/v1/reports/publications/{made}/figures", params={"limit": 200}, expect=200).json()["items"]
    assert len(figures) == len(rows)
    lines = everyone.get(f"/v1/reports/publications/{made}/file", params={"format": "ndjson"}, expect=200).text.splitlines()
    assert len(lines) == len(rows)


def test_figures_are_read_page_by_page(world, publisher, everyone):
    made = publish(world, publisher, "2024-03")
    whole = everyone.get(f"/v1/reports/publications/{made}/figures", params={"limit": 200}, expect=200).json()["items"]
    found, cursor = [], None
    while True:
        page = everyone.get(f"/v1/reports/publications/{made}/figures", params={"limit": 4, "cursor": cursor} if cursor else {"limit": 4},
                            expect=200).json()
        found += page["items"]
        if not (cursor := page["next_cursor"]):
            break
    assert found == whole


@pytest.mark.parametrize("path", ["", "/figures", "/file"])
def test_what_is_not_published_does_not_exist(world, publisher, everyone, path):
    asked = publisher.post("/v1/reports/publications", {
        "unit_id": world.units["office"], "period": "2024-01", "correction_note": NOTE}, expect=201).json()["id"]
    for number in (asked, str(uuid.uuid4())):
        everyone.get(f"/v1/reports/publications/{number}{path}", problem="not_found")


def test_a_period_that_is_not_over_is_refused(world, publisher):
    for period in (world.database.value("SELECT to_char(app_today(), 'YYYY-MM')"), world.database.value("SELECT to_char(app_today(), 'YYYY')"), "2099"):
        reply = publisher.post("/v1/reports/publications", {"unit_id": world.units["ward"], "period": period}, problem="period_not_over")
        assert reply.json()["errors"][0]["pointer"] == "/period"


def test_another_version_needs_a_note(world, publisher, everyone):
    publish(world, publisher, "2024-04")
    body = {"unit_id": world.units["ward"], "period": "2024-04"}
    publisher.post("/v1/reports/publications", body, problem="correction_needs_note")
    second = publish(world, publisher, "2024-04", correction_note=NOTE)
    found = everyone.get(f"/v1/reports/publications/{second}", expect=200).json()
    assert (found["version"], found["correction_note"], found["is_corrected"]) == (2, NOTE, False)


def test_a_repeated_request_publishes_once(world, publisher):
    key, body = str(uuid.uuid4()), {"unit_id": world.units["ward"], "period": "2024-05"}
    first = publisher.post("/v1/reports/publications", body, idempotency=key, expect=201)
    again = publisher.post("/v1/reports/publications", body, idempotency=key, expect=201)
    assert again.json() == first.json() and again.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Location"] == f"/v1/reports/publications/{first.json()['id']}"
