"""
How long an answer may take: by unit and kind, on working days; who is late; and the figures of it.
"""

import datetime
import uuid

import pytest

KINDS = ["thanks", "concern", "idea", "question", "safety"]


def submit(world, unit, kind="concern", **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": unit, "kind": kind, "text": "Odotin kauan.", "channel": "web", "lang": "fi", "wants_answer": True, **members},
        expect=201).json()


def put(world, unit, limits, **options):
    return world.client("admin").put(f"/v1/units/{unit}/answer-limits", limits, **{"etag": "*", "expect": 200, **options})


def limits_of(world, unit):
    reply = world.client("admin").get(f"/v1/units/{unit}/answer-limits", expect=200).json()
    return {item["kind"]: (item["days"], item["from_unit_id"]) for item in reply["limits"]}


def new_unit(world, parent="ward"):
    return world.client("admin").post("/v1/units", {"parent_id": world.units.get(parent, parent), "name": {"fi": "Yksikkö"}},
                                      expect=201).json()["id"]


def test_without_settings_the_rule_counts(world):
    unit = new_unit(world)
    assert limits_of(world, unit) == {kind: (14, None) for kind in KINDS}


def test_a_limit_is_inherited_from_the_nearest_unit_above(world):
    top = new_unit(world)
    middle = new_unit(world, top)
    low = new_unit(world, middle)
    put(world, top, {"concern": 7, "safety": 2})
    set_here = put(world, middle, {"concern": 3}).json()
    assert {item["kind"]: item["days"] for item in set_here["limits"]} == {
        "thanks": 14, "concern": 3, "idea": 14, "question": 14, "safety": 2}
    for unit in (middle, low):
        assert limits_of(world, unit) == {
            "thanks": (14, None), "concern": (3, middle), "idea": (14, None), "question": (14, None), "safety": (2, top)}
    put(world, middle, {})
    assert limits_of(world, low)["concern"] == (7, top)


def test_a_voice_is_due_by_the_limit_of_its_unit_and_kind_on_a_working_day(world):
    unit = new_unit(world)
    put(world, unit, {kind: days for days, kind in enumerate(KINDS, 1)})
    for days, kind in enumerate(KINDS, 1):
        due = submit(world, unit, kind)["due_on"]
        assert due == world.database.value("SELECT limit_day(app_today() + %s)::text", days)
        assert due == world.database.value("SELECT answer_due_on(path, %s)::text FROM unit WHERE id = %s::uuid", kind, unit)
    assert submit(world, unit, wants_answer=False)["due_on"] is None
    deep = new_unit(world, unit)
    put(world, deep, {"concern": 365})
    assert submit(world, deep)["due_on"] == world.database.value("SELECT limit_day(app_today() + 365)::text")


def test_a_setting_changes_no_limit_that_was_promised(world):
    unit = new_unit(world)
    case = submit(world, unit)
    put(world, unit, {"concern": 1})
    assert world.client("handler").get(f"/v1/feedback/{case['id']}").json()["due_on"] == case["due_on"]


@pytest.mark.parametrize("limits, pointer", [({"concern": 0}, "/concern"), ({"concern": 366}, "/concern"), ({"concern": None}, "/concern"),
                                             ({"complaint": 3}, "/complaint")])
def test_a_limit_out_of_range_or_of_no_kind_is_refused(world, limits, pointer):
    problem = put(world, world.units["ward"], limits, expect=422).json()
    assert problem["errors"][0]["pointer"] == pointer


def test_limits_have_the_version_of_their_unit(world):
    unit = new_unit(world)
    etag = world.client("admin").get(f"/v1/units/{unit}/answer-limits").headers["ETag"]
    put(world, unit, {"idea": 30}, etag=etag)
    put(world, unit, {"idea": 31}, etag=etag, expect=412, problem="stale_version")
    put(world, unit, {"idea": 31}, etag=None, expect=428, problem="if_match_required")
    put(world, str(uuid.uuid4()), {}, expect=404)
    assert limits_of(world, unit)["idea"] == (30, unit)


def set_days(world, case, *, received_ago, due_ago, answered_ago=None):
    world.database.run("UPDATE feedback SET received_on = app_today() - %s, due_on = app_today() - %s, answered_on = app_today() - %s::integer"
                       " WHERE id = %s::uuid", received_ago, due_ago, answered_ago, case["id"])


def test_what_is_overdue_can_be_listed(world):
    unit = new_unit(world)
    late, today, answered, duplicate = (submit(world, unit) for _ in range(4))
    set_days(world, late, received_ago=20, due_ago=1)
    set_days(world, today, received_ago=14, due_ago=0)
    set_days(world, answered, received_ago=20, due_ago=5, answered_ago=1)
    set_days(world, duplicate, received_ago=20, due_ago=5)
    handler = world.client("handler")
    handler.post(f"/v1/feedback/{duplicate['id']}/transitions", {"to": "duplicate", "duplicate_of": late["id"]}, etag="*", expect=200)
    assert [item["id"] for item in handler.all_items("/v1/feedback", unit_id=unit, overdue="true")] == [late["id"]]
    assert len(handler.all_items("/v1/feedback", unit_id=unit, overdue="false")) == 3


def figures(world, unit, *, days=40, role="analyst", **params):
    today = world.database.value("SELECT app_today()")
    rows = world.client(role).all_items("/v1/reports/answer-times", unit_id=unit, to=today.isoformat(),
                                        **{"from": (today - datetime.timedelta(days=days)).isoformat()}, **params)
    return {(row["unit_id"], row["kind"]): row for row in rows}


def test_figures_tell_how_answers_kept_their_time_by_unit_and_kind(world):
    top = new_unit(world)
    low = new_unit(world, top)
    for days in (1, 2, 3, 4, 20):
        set_days(world, submit(world, low), received_ago=30, due_ago=16, answered_ago=30 - days)
    set_days(world, submit(world, top, "idea"), received_ago=30, due_ago=16)
    submit(world, top, "idea")
    submit(world, top, "idea", wants_answer=False)
    submit(world, top, respondent_role="staff")
    withdrawn = submit(world, top)
    world.giver(withdrawn["receipt_code"]).move("/v1/receipt", "withdrawn", idempotency=str(uuid.uuid4()), expect=200)
    found = figures(world, top)
    assert set(found) == {(top, "all"), (top, "concern"), (top, "idea"), (low, "all"), (low, "concern")}
    numbers = ("wanted", "answered", "on_time", "late", "open", "open_overdue", "median_days", "p90_days", "on_time_percent")
    assert [found[low, "concern"][name] for name in numbers] == [5, 5, 4, 1, 0, 0, 3, 13.6, 80]
    assert [found[low, "all"][name] for name in numbers] == [found[top, "concern"][name] for name in numbers]
    assert [found[top, "idea"][name] for name in numbers] == [2, 0, 0, 0, 2, 1, None, None, 0]
    assert [found[top, "all"][name] for name in numbers] == [7, 5, 4, 1, 2, 1, 3, 13.6, 66.7]
    assert figures(world, top, limit=2) == found
    assert figures(world, top, days=10).keys() == {(top, "all"), (top, "idea")}


@pytest.mark.parametrize("share, percentile", [(0.5, "median_days"), (0.9, "p90_days")])
def test_the_shares_of_days_are_those_of_postgresql(world, share, percentile):
    unit = new_unit(world)
    for days in (0, 0, 1, 5, 5, 5, 9, 14):
        set_days(world, submit(world, unit), received_ago=20, due_ago=6, answered_ago=20 - days)
    expected = world.database.value("SELECT round(percentile_cont(%s) WITHIN GROUP (ORDER BY answered_on - received_on)::numeric, 1)::float"
                                    " FROM feedback WHERE unit_id = %s::uuid", share, unit)
    assert figures(world, unit)[unit, "concern"][percentile] == expected


def test_a_period_of_more_than_a_year_is_refused(world):
    client, unit = world.client("analyst"), world.units["ward"]
    for first, last in (("2024-01-01", "2025-01-02"), ("2025-01-02", "2025-01-01")):
        client.get("/v1/reports/answer-times", params={"unit_id": unit, "from": first, "to": last}, expect=400, problem="period_too_long")
    client.get("/v1/reports/answer-times", params={"unit_id": unit, "from": "2024-01-01", "to": "2025-01-01"}, expect=200)
    client.get("/v1/reports/answer-times", params={"unit_id": unit, "from": "2024-01-01"}, expect=400, problem="bad_parameter")
    client.get("/v1/reports/answer-times", params={"unit_id": str(uuid.uuid4()), "from": "2024-01-01", "to": "2024-02-01"}, expect=404)
