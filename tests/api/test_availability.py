"""
When experts can be booked: hours by the clocks of Finland, right in the nights in which they change, and what is left of them.
"""

import datetime
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.client import Client, problem_pointers
from support.experts import add_days, add_hours, add_time, make_expert
from support.free_model import Plan

UTC = datetime.timezone.utc
# Somewhere before all days of these tests.
PAST = "SET LOCAL osallisuus.now_offset = '-1500 days'"
# The last is a year's end.
DAYS = (datetime.date(2026, 3, 29), datetime.date(2026, 10, 25), datetime.date(2026, 12, 31))


@pytest.fixture(scope="module")
def unit(world):
    return world.units["ward"]


def moment(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def free(cursor, expert, from_at, until_at, minutes=60):
    cursor.execute("SELECT starts_at, ends_at FROM expert_free(ARRAY[%s]::uuid[], %s, %s, %s)", (expert, from_at, until_at, minutes))
    return [(begins.astimezone(UTC), ends.astimezone(UTC)) for begins, ends in cursor.fetchall()]


# ---- nights ----

@pytest.mark.parametrize("weekday, hours, days, expected", [
    (7, ("02:00", "05:00"), ("2026-03-28T22:00", "2026-03-29T21:00"), [("2026-03-29T00:00", "2026-03-29T02:00")]),
    (7, ("03:00", "04:00"), ("2026-03-28T22:00", "2026-03-29T21:00"), []),
    (7, ("03:30", "06:00"), ("2026-03-28T22:00", "2026-03-29T21:00"), [("2026-03-29T01:00", "2026-03-29T03:00")]),
    (7, ("00:00", "24:00"), ("2026-03-28T22:00", "2026-03-29T21:00"), [("2026-03-28T22:00", "2026-03-29T21:00")]),
    (7, ("02:00", "05:00"), ("2026-10-24T21:00", "2026-10-25T22:00"), [("2026-10-24T23:00", "2026-10-25T03:00")]),
    (7, ("03:00", "03:30"), ("2026-10-24T21:00", "2026-10-25T22:00"), [("2026-10-25T00:00", "2026-10-25T00:30"), ("2026-10-25T01:00", "2026-10-25T01:30")]),
    (7, ("00:00", "24:00"), ("2026-10-24T21:00", "2026-10-25T22:00"), [("2026-10-24T21:00", "2026-10-25T22:00")]),
    (4, ("22:00", "24:00"), ("2026-12-31T12:00", "2027-01-01T12:00"), [("2026-12-31T20:00", "2026-12-31T22:00")]),
    (5, ("00:00", "01:00"), ("2026-12-31T12:00", "2027-01-01T12:00"), [("2026-12-31T22:00", "2026-12-31T23:00")])])
def test_hours_of_a_week_are_as_the_clocks_show_them(world, weekday, hours, days, expected):
    expert = make_expert(world).id
    add_hours(world, expert, weekday, *hours)
    with world.database.transaction() as cursor:
        cursor.execute(PAST)
        found = free(cursor, expert, *map(moment, days), minutes=15)
    assert found == [tuple(map(moment, times)) for times in expected]


def test_days_that_are_different_and_single_times_and_bookings_change_what_is_free(world, unit):
    expert = make_expert(world, travel_minutes=30).id
    add_hours(world, expert, 1, "09:00", "16:00")
    add_days(world, expert, "2026-06-08", "2026-06-08")
    add_days(world, expert, "2026-06-15", "2026-06-16", "12:00", "14:00")
    add_time(world, expert, "2026-06-08T15:00Z", "2026-06-08T17:00Z")
    book(world.database.run, unit, expert, moment("2026-06-01T08:00"), moment("2026-06-01T09:00"))
    with world.database.transaction() as cursor:
        cursor.execute(PAST)
        found = free(cursor, expert, moment("2026-06-01T00:00"), moment("2026-06-20T00:00"))
    assert found == [tuple(map(moment, times)) for times in (
        ("2026-06-01T06:00", "2026-06-01T07:30"), ("2026-06-01T09:30", "2026-06-01T13:00"), ("2026-06-08T15:00", "2026-06-08T17:00"),
        ("2026-06-15T09:00", "2026-06-15T11:00"), ("2026-06-16T09:00", "2026-06-16T11:00"))]


def test_nobody_is_free_before_their_notice_or_while_they_rest(world):
    expert = make_expert(world, notice_hours=48).id
    for weekday in range(1, 8):
        add_hours(world, expert, weekday, "00:00", "24:00")
    with world.database.transaction() as cursor:
        cursor.execute("SELECT starts_at = app_now() + interval '48 hours' FROM expert_free(ARRAY[%s]::uuid[], app_now(), app_now() + interval '5 days', 60)",
                       (expert,))
        assert cursor.fetchall() == [(True,)]
        cursor.execute("UPDATE expert SET state = 'on_break' WHERE id = %s::uuid", (expert,))
        assert free(cursor, expert, "now", "tomorrow") == []


# ---- any plan ----

quarters = st.integers(0, 95)
day_offsets = st.integers(-3, 3)


def clock(quarter):
    return datetime.time(quarter // 4, quarter % 4 * 15)


@st.composite
def plans(draw):
    """The middle day, and the plan around it."""
    middle = draw(st.sampled_from(DAYS))

    def day():
        return middle + datetime.timedelta(days=draw(day_offsets))

    def hours():
        begins, ends = sorted(draw(st.lists(quarters, min_size=2, max_size=2, unique=True)))
        return clock(begins), clock(ends) if ends < 95 else None

    def span(longest):
        begins = datetime.datetime.combine(day(), clock(draw(quarters)), UTC)
        return begins, begins + datetime.timedelta(minutes=15 * draw(st.integers(1, longest)))

    plan = Plan(weekly=[(draw(st.integers(1, 7)), *hours(), day(), draw(st.one_of(st.none(), st.just(middle + datetime.timedelta(days=3)))))
                        for _ in range(draw(st.integers(0, 6)))],
                exceptions=[(*sorted((day(), day())), *draw(st.one_of(st.just((None, None)), st.just(hours())))) for _ in range(draw(st.integers(0, 2)))],
                singles=[span(40) for _ in range(draw(st.integers(0, 2)))],
                agreement=draw(st.sampled_from([(datetime.date(2000, 1, 1), None), (middle, None), (middle - datetime.timedelta(days=2), middle)])),
                travel=datetime.timedelta(minutes=draw(st.sampled_from([0, 15, 45]))))
    for _ in range(draw(st.integers(0, 3))):
        begins, ends = span(20)
        if not any(begins < other + plan.travel and other_begins < ends + plan.travel for other_begins, other in plan.bookings):
            plan.bookings.append((begins, ends))
    return middle, plan, draw(st.sampled_from([15, 60, 180]))


def book(run, unit, expert, begins, ends, is_remote=False):
    run("INSERT INTO booking (id, unit_id, task, lang, is_remote, place, starts_at, ends_at, state, expert_id, held)"
        " SELECT gen_random_uuid(), %s::uuid, 'lecture', 'fi', %s, '{\"address\": \"Katu 1\"}', %s, %s, 'confirmed', e.id, expert_held(e, %s, %s, %s)"
        " FROM expert e WHERE e.id = %s::uuid", unit, is_remote, begins, ends, begins, ends, is_remote, expert)


@given(case=plans())
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_free_is_what_a_clock_on_the_wall_shows(world, unit, case):
    middle, plan, minutes = case
    from_at, until_at = (datetime.datetime.combine(middle + datetime.timedelta(days=days), datetime.time(), UTC) for days in (-2, 3))
    with world.database.transaction() as cursor:
        def run(sql, *values):
            cursor.execute(sql, values)
        run(PAST)
        expert = str(uuid.uuid4())
        run("INSERT INTO expert (id, unit_id, state, agreement_from, agreement_until, notice_hours, travel_minutes)"
            " VALUES (%s, %s, 'active', %s, %s, 0, %s)", expert, unit, *plan.agreement, plan.travel.seconds // 60)
        for weekday, begins, ends, first, last in plan.weekly:
            if last is None or first <= last:
                run("INSERT INTO availability (id, expert_id, kind, weekday, first_on, last_on, begins_at, ends_at) VALUES (gen_random_uuid(), %s,"
                    " 'weekly', %s, %s, %s, %s, %s)", expert, weekday, first, last, begins, ends or "24:00")
        for first, last, begins, ends in plan.exceptions:
            run("INSERT INTO availability (id, expert_id, kind, first_on, last_on, begins_at, ends_at) VALUES (gen_random_uuid(), %s, 'exception', %s, %s, %s, %s)",
                expert, first, last, begins, begins and (ends or "24:00"))
        for begins, ends in plan.singles:
            run("INSERT INTO availability (id, expert_id, kind, during) VALUES (gen_random_uuid(), %s, 'single', tstzrange(%s, %s))", expert, begins, ends)
        for n, (begins, ends) in enumerate(plan.bookings):
            book(run, unit, expert, begins, ends, is_remote=n % 2 == 0)
        found = free(cursor, expert, from_at, until_at, minutes)
        cursor.connection.rollback()
    assert found == plan.free(from_at, until_at, minutes)


# ---- how it is written ----

@pytest.mark.parametrize("body, problem, pointer", [
    ({"kind": "single", "day": "2026-03-29", "from": "03:30", "until": "05:00"}, "local_time_is_skipped", "/from"),
    ({"kind": "single", "day": "2026-03-29", "from": "02:00", "until": "03:30"}, "local_time_is_skipped", "/until"),
    ({"kind": "single", "day": "2026-10-25", "from": "03:30", "until": "05:00"}, "local_time_is_repeated", "/from"),
    ({"kind": "exception", "first_on": "2026-10-25", "from": "02:00", "until": "03:00"}, "local_time_is_repeated", "/until"),
    ({"kind": "single", "day": "2026-03-29", "from": "02:30", "until": "05:00", "zone": "Europe/Stockholm"}, "local_time_is_skipped", "/from"),
    ({"kind": "single", "day": "2026-06-01", "from": "09:00", "until": "10:00", "zone": "Europe/Helsingfors"}, "zone_is_unknown", "/zone"),
    ({"kind": "single", "day": "2026-06-01", "from": "09:00", "until": "10:00", "zone": "FOO3"}, "zone_is_unknown", "/zone"),
    ({"kind": "single", "day": "2026-06-01", "from": "10:00", "until": "10:00"}, "availability_ends_after_it_begins", "/until"),
    ({"kind": "single", "starts_at": "2026-06-01T10:00:00Z", "ends_at": "2026-06-01T09:00:00Z"}, "availability_ends_after_it_begins", "/ends_at"),
    ({"kind": "exception", "first_on": "2026-06-02", "last_on": "2026-06-01"}, "availability_ends_after_it_begins", "/last_on"),
    ({"kind": "weekly", "from": "09:00", "until": "10:00"}, "availability_is_whole", "/weekday"),
    ({"kind": "weekly", "weekday": "monday", "from": "09:00", "until": "10:00", "zone": "Europe/Helsinki"}, "availability_is_whole", "/zone"),
    ({"kind": "weekly", "weekday": "monday", "from": "09:00", "until": "10:00", "last_on": "9999-01-01"}, "date_is_near", "/last_on"),
    ({"kind": "single", "starts_at": "9999-06-01T10:00:00Z", "ends_at": "9999-06-01T11:00:00Z"}, "date_is_near", None),
    ({"kind": "exception", "first_on": "2026-06-01", "from": "09:00"}, "availability_is_whole", "/until")])
def test_a_time_that_is_none_is_refused_and_named(world, body, problem, pointer):
    expert = make_expert(world)
    refused = Client(world.api).post(f"/v1/personal/{expert.token}/availability", body, expect=422, problem=problem)
    assert problem_pointers(refused) == [pointer] or pointer is None
    if problem.startswith("local_time"):
        assert refused.json()["local_time"] == f"{body.get('day', body.get('first_on'))}T{body[pointer[1:]]}"


def test_an_expert_says_when_and_takes_it_back_and_the_coordinator_sees_it(world):
    expert, coordinator = make_expert(world), world.client("experts")
    me, path = Client(world.api), f"/v1/personal/{expert.token}/availability"
    weekly = me.post(path, {"kind": "weekly", "weekday": "monday", "from": "09:00", "until": "24:00", "first_on": "2030-01-01"}, expect=201).json()
    single = me.post(path, {"kind": "single", "day": "2030-06-02", "from": "18:00", "until": "20:00", "zone": "Europe/Stockholm"}, expect=201).json()
    assert (weekly["weekday"], weekly["until"], single["starts_at"]) == ("monday", "24:00", "2030-06-02T16:00:00Z")
    seen = coordinator.all_items(f"/v1/experts/{expert.id}/availability")
    assert seen == me.all_items(path) and sorted(item["kind"] for item in seen) == ["single", "weekly"]
    slots = coordinator.all_items(f"/v1/experts/{expert.id}/free-slots", **{"from": "2030-06-01T00:00:00Z", "until": "2030-06-12T00:00:00Z", "limit": 1})
    assert [slot["starts_at"] for slot in slots] == ["2030-06-02T16:00:00Z", "2030-06-03T06:00:00Z", "2030-06-10T06:00:00Z"]
    me.delete(f"{path}/{weekly['id']}", expect=204)
    me.delete(f"{path}/{weekly['id']}", expect=404)
    coordinator.delete(f"/v1/experts/{expert.id}/availability/{single['id']}", etag="*", expect=204)
    assert me.all_items(path) == []


def test_a_time_that_is_there_already_is_not_added_again(world):
    me, path = Client(world.api), f"/v1/personal/{make_expert(world).token}/availability"
    weekly = {"kind": "weekly", "weekday": "monday", "from": "09:00", "until": "12:00", "first_on": "2030-01-01"}
    away = {"kind": "exception", "first_on": "2030-12-24", "last_on": "2030-12-26"}
    single = {"kind": "single", "starts_at": "2030-06-01T10:00:00Z", "ends_at": "2030-06-01T12:00:00Z"}
    for body in (weekly, away, single):
        me.post(path, body, expect=201)
    for body in (weekly, away, single, {**weekly, "from": "10:00", "first_on": "2030-02-01", "last_on": "2030-03-01"}, {**single, "ends_at": "2030-06-01T11:00:00Z"}):
        me.post(path, body, expect=409, problem="availability_is_known")
    for body in ({**weekly, "until": "12:30"}, {**weekly, "first_on": "2029-12-01"}, {**weekly, "weekday": "friday"}, {**away, "last_on": "2030-12-25"},
                 {**away, "from": "10:00", "until": "12:00"}, {**single, "ends_at": "2030-06-01T12:30:00Z"}):
        me.post(path, body, expect=201)


@pytest.mark.parametrize("query, problem", [
    ({"from": "2030-01-02T00:00:00Z", "until": "2030-01-02T00:00:00Z"}, "time_ends_before_it_begins"),
    ({"from": "2030-01-02T00:00:00Z", "until": "2030-06-02T00:00:00Z"}, "time_range_is_too_long")])
def test_a_range_that_is_none_is_refused(world, query, problem):
    client, expert = world.client("experts"), make_expert(world)
    for path in (f"/v1/experts/{expert.id}/free-slots", "/v1/experts"):
        assert problem_pointers(client.get(path, params=query, expect=422, problem=problem)) == ["until"]
