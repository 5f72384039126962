"""
Fee classes and what participation costs otherwise: data that a county keeps by itself.
"""

import itertools

import pytest

from support.client import new_key, problem_pointers

CODES = itertools.count(1)


@pytest.fixture(scope="module")
def admin(world):
    world.keys["fees"] = world.new_key(["admin", "bookings:manage"])
    return world.client("fees")


def body(world, unit="county", **members):
    return {"unit_id": world.units[unit], "code": f"luokka_{next(CODES)}", "name": {"fi": "Luento"}, "form": "wage", "per_hour": 80,
            "valid_from": "2026-01-01", **members}


def make(world, admin, unit="county", **members):
    return admin.post("/v1/fee-classes", body(world, unit, **members), expect=201).json()


def class_of(world, unit, task, day):
    return world.database.value("SELECT fee_class_of(%s::uuid, %s, %s::date)::text", world.units[unit], task, day)


def test_a_fee_class_is_made_read_and_put_right(world, admin):
    made = admin.post("/v1/fee-classes", body(world, tasks=["lecture"], per_km=0.555), expect=201)
    assert {"per_hour": 80, "per_task": 0, "per_km": 0.56, "per_meal": 0, "tasks": ["lecture"], "valid_until": None}.items() <= made.json().items()
    path = made.headers["Location"]
    changed = admin.patch(path, {"per_hour": 85.5, "valid_until": "2026-12-31"}, etag=made.headers["ETag"], expect=200)
    assert admin.get(path, expect=200).json() == changed.json() == {**made.json(), "per_hour": 85.5, "valid_until": "2026-12-31"}
    admin.patch(path, {"per_hour": 90}, etag=made.headers["ETag"], expect=412)


def test_a_repeated_fee_class_is_one(world, admin):
    wanted, key = body(world), new_key()
    first, again = (admin.post("/v1/fee-classes", wanted, idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    assert problem_pointers(admin.post("/v1/fee-classes", wanted, expect=409, problem="fee_class_once")) == ["/valid_from"]


@pytest.mark.parametrize("members, pointer, code", [
    ({"tasks": ["juggling"]}, "/tasks", "unknown_reference"),
    ({"valid_until": "2025-12-31"}, "/valid_until", "fee_class_days"),
    ({"form": "expense_only"}, "/form", "fee_class_pays_by_its_form")])
def test_a_fee_class_that_makes_no_sense_is_refused(world, admin, members, pointer, code):
    assert problem_pointers(admin.post("/v1/fee-classes", body(world, **members), expect=422, problem=code)) == [pointer]


@pytest.mark.parametrize("members", [{"per_hour": -1}, {"per_hour": 100001}, {"per_hour": "80"}, {"form": "gift"}, {"code": "Luento"}])
def test_bad_input_is_refused(world, admin, members):
    admin.post("/v1/fee-classes", body(world, **members), expect=422)


@pytest.mark.parametrize("members, pointer, code", [
    ({"per_task": 5}, "/per_task", "fee_class_pays_by_its_form"), ({"valid_until": "2020-01-01"}, "/valid_until", "fee_class_days"),
    ({"name": {"fi": None}}, "/name", "name_required")])
def test_a_fee_class_stays_in_its_rules(world, admin, members, pointer, code):
    made = make(world, admin, form="expense_only", per_hour=0)
    assert problem_pointers(admin.patch(f"/v1/fee-classes/{made['id']}", members, etag="*", expect=422, problem=code)) == [pointer]


def test_the_nearest_unit_the_task_and_the_day_say_which_class_counts(world, admin):
    far = make(world, admin, "county", tasks=["media"])["id"]
    all_tasks = make(world, admin, "hospital")["id"]
    first = make(world, admin, "hospital", tasks=["media"], valid_until="2026-08-31")
    later = make(world, admin, "hospital", tasks=["media"], code=first["code"], valid_from="2026-06-01", valid_until="2026-06-30")["id"]
    assert class_of(world, "office", "media", "2026-03-01") == far
    assert class_of(world, "ward", "lecture", "2026-03-01") == all_tasks
    assert class_of(world, "ward", "media", "2026-03-01") == first["id"]
    assert class_of(world, "ward", "media", "2026-06-30") == later
    assert class_of(world, "ward", "media", "2026-07-01") == all_tasks, "the later row is the class, and has ended"
    assert class_of(world, "ward", "media", "2025-12-31") is None


def test_costs_are_written_down_by_line_and_month_and_put_right_by_another_row(world, admin):
    cost = {"unit_id": world.units["office"], "line": "premises", "month": "2026-10", "amount": 120.456, "note": "Kokoustila"}
    made = admin.post("/v1/participation-costs", cost, expect=201).json()
    assert {"line": "premises", "month": "2026-10", "amount": 120.46, "note": "Kokoustila"}.items() <= made.items()
    less = admin.post("/v1/participation-costs", {**cost, "amount": -20.46}, expect=201).json()
    assert [item["id"] for item in admin.all_items("/v1/participation-costs", unit_id=world.units["social"], limit=1)] == [less["id"], made["id"]]
    assert problem_pointers(admin.post("/v1/participation-costs", {**cost, "amount": 0.001}, expect=422, problem="participation_cost_amount")) == ["/amount"]
    for wrong in ({"month": "2026-13"}, {"line": "lunch"}, {"amount": 1e9}):
        admin.post("/v1/participation-costs", {**cost, **wrong}, expect=422)
