"""
Reports of the orders of experts, and of what participation cost: added up, limited to what a caller sees, as lists and as files.
"""

import csv
import io
import json

import pytest

from support.claims import Task
from support.client import problem_pointers
from support.panels import day

FEE = {"code": "tunti", "name": {"fi": "Tunti"}, "form": "wage", "per_hour": 40, "valid_from": "2020-01-01"}
PERIOD = {"from": day(-300), "to": day(60)}


def order(world, unit, state, because=None, *, task="lecture", days=1):
    world.database.run(
        "INSERT INTO booking (id, unit_id, task, lang, is_remote, starts_at, ends_at, state, unfilled_because)"
        " SELECT gen_random_uuid(), %s::uuid, %s, 'fi', true, x.at, x.at + interval '2 hours', %s, %s FROM (SELECT day_start(app_today() + %s) AS at) x",
        world.units[unit], task, state, because, days)


def accepted(task, hours):
    task.world.database.run("UPDATE booking SET ordered_at = app_now() - make_interval(hours => %s), confirmed_at = app_now() WHERE id = %s::uuid", hours, task.id)
    return task


@pytest.fixture(scope="module")
def reports(world):
    """A county with orders of every fate, and costs."""
    world.keys["manager"] = world.new_key(["bookings:manage", "admin"])
    world.keys["ward"] = world.new_key(["reports:read"], units=["ward"])
    manager = world.client("manager")
    manager.post("/v1/fee-classes", {"unit_id": world.units["county"], **FEE}, expect=201)
    ward = world.units["ward"]
    for hours in (2, 4, 12):
        done = accepted(Task(world, ward, hours=3), hours).over()
    done.claims(hours=2.5)
    manager.move(f"/v1/claims/{done.claim}", "approved", expect=200)
    Task(world, ward).over().claims(hours=9)  # sent, and not approved
    Task(world, ward).over("cancelled_late", "orderer", "Este").claims("waived")
    Task(world, ward).over("cancelled_early", "orderer")
    Task(world, ward).over("client_absent", "expert")
    Task(world, ward).over("expert_absent", "orderer")
    for because in ("declined", "declined", "expired", "withdrawn"):
        order(world, "ward", "unfilled", because)
    order(world, "ward", "requested", days=-2)
    order(world, "ward", "requested", days=2)
    order(world, "ward", "requested", days=90)
    order(world, "office", "requested", task="media")
    for unit, line, amount in (("ward", "premises", 100), ("ward", "premises", -20.5), ("ward", "fees", 7), ("office", "training", 300)):
        manager.post("/v1/participation-costs", {"unit_id": world.units[unit], "line": line, "month": day(0)[:7], "amount": amount}, expect=201)
    return world.client("analyst")


def test_orders_are_counted_by_unit_and_task_with_their_fates(world, reports):
    figures = reports.get("/v1/reports/bookings", params={**PERIOD, "unit_id": world.units["hospital"]}, expect=200).json()["items"]
    assert figures == [{
        "unit_id": world.units["ward"], "task": "lecture", "orders": 14, "confirmed": 3, "done": 4, "unfilled": 4, "unfilled_declined": 2, "unfilled_expired": 1,
        "unfilled_withdrawn": 1, "never_filled": 1, "cancelled_early": 1, "cancelled_late": 1, "client_absent": 1, "expert_absent": 1,
        "median_hours_to_acceptance": 4, "hours_booked": 11, "hours_paid": 2.5, "paid": 100}]


def test_costs_are_added_up_by_line_and_fees_have_the_approved_claims(world, reports):
    found = {(item["unit_id"], item["line"]): (item["written"], item["claimed"], item["amount"]) for item in reports.all_items("/v1/reports/costs", **PERIOD, limit=1)}
    ward, office = world.units["ward"], world.units["office"]
    assert found == {(ward, "fees"): (7, 100, 107), (ward, "premises"): (79.5, 0, 79.5), (office, "training"): (300, 0, 300)}


@pytest.mark.parametrize("name, key", [("bookings", "task"), ("costs", "line")])
def test_a_report_is_a_file_too_and_shows_what_the_caller_sees(world, reports, name, key):
    path = f"/v1/reports/{name}"
    listed = reports.all_items(path, **PERIOD)
    assert [json.loads(line) for line in reports.get(f"{path}/file", params={**PERIOD, "format": "ndjson"}, expect=200).text.splitlines()] == listed
    rows = list(csv.DictReader(io.StringIO(reports.get(f"{path}/file", params=PERIOD, expect=200).text)))
    assert [(row["unit_id"], row[key]) for row in rows] == [(item["unit_id"], item[key]) for item in listed]
    theirs = world.client("ward").all_items(path, **PERIOD)
    assert theirs == [item for item in listed if item["unit_id"] == world.units["ward"]] and theirs != listed
    world.client("ward").get(path, params={**PERIOD, "unit_id": world.units["office"]}, expect=404)


@pytest.mark.parametrize("days", [{"from": day(0), "to": day(-1)}, {"from": day(-400), "to": day(0)}])
@pytest.mark.parametrize("name", ["bookings", "costs"])
def test_a_period_that_is_none_or_too_long_is_refused(reports, name, days):
    reports.get(f"/v1/reports/{name}", params=days, expect=400, problem="period_too_long")
    assert problem_pointers(reports.get(f"/v1/reports/{name}", params={"from": day(0)}, expect=400)) == ["to"]
