"""
Sessions that come again each month, right across the days on which the clocks change.
"""

import datetime
import zoneinfo

import pytest

from support.client import new_key, problem_pointers
from support.panels import day, make_member, make_panel
from support.people import add_person
from support.sessions import series

FINLAND = zoneinfo.ZoneInfo("Europe/Helsinki")


@pytest.fixture
def coordinator(world):
    return world.client("panels")


def made(world, **members):
    return world.client("panels").post("/v1/session-series", series(world.units["ward"], **members), expect=201).json()


def moments(reply, name="starts_at"):
    return [datetime.datetime.fromisoformat(session[name].replace("Z", "+00:00")) for session in reply["sessions"]]


def local(reply):
    return [f"{moment.astimezone(FINLAND):%Y-%m-%d %H:%M}" for moment in moments(reply)]


def second_tuesday(year, month):
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(1 - first.weekday()) % 7 + 7)


def test_a_series_in_another_age_is_refused_with_its_place(world, coordinator):
    for first in ("9999-01-01", (datetime.date.today() + datetime.timedelta(days=3620)).isoformat()):
        body = series(world.units["ward"], first_on=first)
        assert problem_pointers(coordinator.post("/v1/session-series", body, expect=422, problem="date_is_near")) == ["/first_on"]


def test_the_second_tuesday_is_at_the_same_hour_in_summer_and_winter(world):
    reply = made(world, first_on="2030-01-01", times=12)
    assert local(reply) == [f"{second_tuesday(2030, month)} 17:30" for month in range(1, 13)]
    assert {moment.hour for moment in moments(reply)} == {14, 15}
    assert {end - begin for begin, end in zip(moments(reply), moments(reply, "ends_at"))} == {datetime.timedelta(minutes=90)}


@pytest.mark.parametrize("repeats, first, expected", [
    ({"week": "last", "weekday": "sunday"}, "2030-02-01", ["2030-02-24", "2030-03-31", "2030-04-28"]),
    ({"week": "last", "weekday": "sunday"}, "2030-09-01", ["2030-09-29", "2030-10-27", "2030-11-24"]),
    ({"week": "first", "weekday": "thursday"}, "2030-12-01", ["2030-12-05", "2031-01-02", "2031-02-06"]),
    ({"week": "first", "weekday": "thursday"}, "2030-12-06", ["2031-01-02", "2031-02-06", "2031-03-06"]),
    ({"week": "fourth", "weekday": "monday"}, "2030-02-25", ["2030-02-25", "2030-03-25", "2030-04-22"]),
    ({"day": 31}, "2031-12-31", ["2031-12-31", "2032-01-31", "2032-02-29"]),
    ({"day": 30}, "2030-01-30", ["2030-01-30", "2030-02-28", "2030-03-30"]),
    ({"day": 5}, "2030-10-06", ["2030-11-05", "2030-12-05", "2031-01-05"])])
def test_days_are_those_of_the_calendar_also_at_the_end_of_the_year(world, repeats, first, expected):
    assert local(made(world, first_on=first, repeats=repeats)) == [f"{day} 17:30" for day in expected]


@pytest.mark.parametrize("first, begins_at, lasts, begins_utc, ends_utc", [
    ("2030-03-30", "22:00", 480, "2030-03-30T20:00:00Z", "2030-03-31T04:00:00Z"),
    ("2030-03-31", "02:59", 2, "2030-03-31T00:59:00Z", "2030-03-31T01:01:00Z"),
    ("2030-03-31", "04:00", 60, "2030-03-31T01:00:00Z", "2030-03-31T02:00:00Z"),
    ("2030-10-27", "02:59", 62, "2030-10-26T23:59:00Z", "2030-10-27T01:01:00Z"),
    ("2030-10-27", "17:30", 90, "2030-10-27T15:30:00Z", "2030-10-27T17:00:00Z"),
    ("2030-12-31", "23:30", 60, "2030-12-31T21:30:00Z", "2030-12-31T22:30:00Z")])
def test_nights_on_which_the_clocks_change_and_the_years_end(world, first, begins_at, lasts, begins_utc, ends_utc):
    session, = made(world, first_on=first, begins_at=begins_at, lasts_minutes=lasts, times=1, repeats={"day": int(first[-2:])})["sessions"]
    assert (session["starts_at"], session["ends_at"]) == (begins_utc, ends_utc)


@pytest.mark.parametrize("first, times, begins_at, problem, local_time", [
    ("2030-01-01", 6, "03:30", "local_time_is_skipped", "2030-03-31T03:30"), ("2030-09-01", 3, "03:00", "local_time_is_repeated", "2030-10-27T03:00")])
def test_a_time_that_the_clocks_skip_or_repeat_is_named(world, coordinator, first, times, begins_at, problem, local_time):
    body = series(world.units["ward"], first_on=first, times=times, begins_at=begins_at, repeats={"week": "last", "weekday": "sunday"})
    reply = coordinator.post("/v1/session-series", body, expect=422, problem=problem)
    assert problem_pointers(reply) == ["/begins_at"] and reply.json()["local_time"] == local_time


@pytest.mark.parametrize("first, begins_at", [(-1, "23:59"), (0, "00:00")])
def test_a_series_that_begins_in_the_past_is_refused_with_its_place(world, coordinator, first, begins_at):
    body = series(world.units["ward"], first_on=day(first), begins_at=begins_at, repeats={"day": int(day(first)[-2:])})
    assert problem_pointers(coordinator.post("/v1/session-series", body, expect=422, problem="day_is_past")) == ["/first_on"]


def test_changing_one_leaves_the_others(world, coordinator):
    reply = made(world)
    first, second, third = (f"/v1/sessions/{session['id']}" for session in reply["sessions"])
    coordinator.patch(first, {"starts_at": "2030-01-09T15:00:00Z", "ends_at": "2030-01-09T16:00:00Z", "title": {"fi": "Tammikuun ilta"}}, etag="*", expect=200)
    coordinator.move(second, "cancelled", expect=200)
    now = coordinator.get(f"/v1/session-series/{reply['id']}", expect=200).json()
    assert [session["state"] for session in now["sessions"]] == ["draft", "cancelled", "draft"]
    assert [session["starts_at"] for session in now["sessions"]] == ["2030-01-09T15:00:00Z", *(session["starts_at"] for session in reply["sessions"][1:])]
    assert coordinator.get(third, expect=200).json()["title"]["fi"] == "Osallisuusilta"


def test_its_sessions_are_as_they_were_asked_for(world, coordinator):
    panel = make_panel(world, "steering_group")
    reply = made(world, panel_ids=[panel], is_open=True, capacity=9, support=["transport"], agenda=[{"title": {"fi": "Avaus"}}])
    for session in reply["sessions"]:
        read = coordinator.get(f"/v1/sessions/{session['id']}", expect=200).json()
        assert (read["panel_ids"], read["is_open"], read["capacity"], read["support"], read["kind"]) == ([panel], True, 9, ["transport"], "evening")
    assert world.database.value("SELECT count(*) FROM session_place p JOIN session s ON s.id = p.session_id WHERE s.series_id = %s::uuid AND p.capacity = 9",
                                reply["id"]) == 3


@pytest.mark.parametrize("repeats", [{"week": "first"}, {"weekday": "monday"}, {"day": 1, "week": "first"}, {"day": 1, "weekday": "monday", "week": "last"}])
def test_how_it_repeats_must_be_clear(world, coordinator, repeats):
    reply = coordinator.post("/v1/session-series", series(world.units["ward"], repeats=repeats), expect=422, problem="session_series_repeats")
    assert problem_pointers(reply) == ["/repeats"]


@pytest.mark.parametrize("member, value, pointer", [
    ("begins_at", "24:00", "/begins_at"), ("begins_at", "9:00", "/begins_at"), ("first_on", "2026-02-30", "/first_on"), ("times", 0, "/times"),
    ("times", 37, "/times"), ("lasts_minutes", 0, "/lasts_minutes"), ("lasts_minutes", 1441, "/lasts_minutes"), ("repeats", {}, "/repeats"),
    ("repeats", {"day": 32}, "/repeats/day"), ("repeats", {"week": "fifth", "weekday": "monday"}, "/repeats/week"), ("starts_at", "x", "/starts_at")])
def test_what_is_not_in_the_contract_is_refused(world, coordinator, member, value, pointer):
    assert problem_pointers(coordinator.post("/v1/session-series", series(world.units["ward"], **{member: value}), expect=422)) == [pointer]


# ---- all that is to come, at once ----

def states(coordinator, series_id):
    return [session["state"] for session in coordinator.get(f"/v1/session-series/{series_id}", expect=200).json()["sessions"]]


def post(coordinator, series_id, what, body=None, **options):
    return coordinator.post(f"/v1/session-series/{series_id}/{what}", body, **{"expect": 200, **options})


@pytest.fixture
def member(world):
    """The panel of a member who can be reached."""
    panel = make_panel(world, "steering_group")
    add_person(world, "member", make_member(world, panel), sealed=b"x", key_id="none", address_hash=b"y" * 32)
    return panel


def told(world, template, panel):
    return world.database.value("SELECT count(*) FROM mail x JOIN member m ON m.id = x.person_id WHERE x.template = %s AND m.panel_id = %s::uuid", template, panel)


def test_what_is_to_come_is_published_together_and_each_is_told_once(world, coordinator, member):
    series_id, key = made(world, panel_ids=[member])["id"], new_key()
    first = coordinator.get(f"/v1/session-series/{series_id}", expect=200).json()["sessions"][0]["id"]
    world.database.run("UPDATE session SET starts_at = app_now() - interval '2 hours', ends_at = app_now() WHERE id = %s::uuid", first)
    replies = [post(coordinator, series_id, "publication", idempotency=key) for _ in range(2)]
    assert replies[0].json() == replies[1].json() and replies[1].headers["Idempotent-Replayed"] == "true"
    assert [session["state"] for session in replies[0].json()["sessions"]] == states(coordinator, series_id) == ["draft", "published", "published"]
    assert told(world, "session_published", member) == 1
    assert world.database.value("SELECT count(DISTINCT subject) FROM event WHERE type = 'session.published' AND subject IN (SELECT id FROM session WHERE series_id = %s::uuid)",
                                series_id) == 2
    post(coordinator, series_id, "publication", expect=409, problem="session_series_is_over")


def test_the_rest_is_cancelled_together_with_the_reason(world, coordinator, member):
    sessions = made(world, panel_ids=[member])["sessions"]
    series_id = world.database.value("SELECT series_id::text FROM session WHERE id = %s::uuid", sessions[0]["id"])
    post(coordinator, series_id, "publication")
    coordinator.move(f"/v1/sessions/{sessions[0]['id']}", "cancelled", reason="Sairastuin.", expect=200)
    post(coordinator, series_id, "cancellation", {"reason": "Raati lopetti."})
    assert states(coordinator, series_id) == ["cancelled"] * 3
    assert told(world, "session_cancelled", member) == 2  # of the one alone, and of the rest
    assert world.database.value("SELECT count(*) FROM step WHERE reason = 'Raati lopetti.' AND subject IN (SELECT id FROM session WHERE series_id = %s::uuid)", series_id) == 2


def test_none_is_published_when_one_has_no_place(world, coordinator):
    series_id = made(world)["id"]
    second = coordinator.get(f"/v1/session-series/{series_id}", expect=200).json()["sessions"][1]["id"]
    coordinator.patch(f"/v1/sessions/{second}", {"place": None}, etag="*", expect=200)
    assert post(coordinator, series_id, "publication", expect=409, problem="session_has_place").json()["sessions"] == [second]
    assert states(coordinator, series_id) == ["draft"] * 3


def test_one_key_is_for_one_series_and_a_cancellation_says_why(world, coordinator):
    key, first, second = new_key(), made(world)["id"], made(world)["id"]
    post(coordinator, first, "publication", idempotency=key)
    post(coordinator, second, "publication", idempotency=key, expect=422, problem="idempotency_key_reused")
    for body in ({}, {"reason": ""}, {"reason": "Syy.", "to": "cancelled"}):
        post(coordinator, first, "cancellation", body, expect=422)
    assert states(coordinator, first) == ["published"] * 3 and states(coordinator, second) == ["draft"] * 3
