"""
Sessions: planned, published, held, their minutes; what each step needs.
"""

import itertools
import uuid

import pytest

from support.client import Client, problem_pointers
from support.panels import day, make_panel
from support.questions import moment, text
from support.sessions import PLACE, Session, draft, series


@pytest.fixture
def coordinator(world):
    return world.client("panels")


# ---- planning ----

def test_a_session_is_read_as_it_was_planned(world, coordinator):
    wanted = draft(world.units["ward"], description=text("Kerro, mikä toimii."), online_url="https://example.org/etana", is_open=True, capacity=12,
                   support=["hearing_loop", "easy_language"],
                   agenda=[{"title": {"fi": "Avaus"}, "minutes": 15, "who": "puheenjohtaja"}, {"title": {"fi": "Keskustelu"}, "minutes": 60}])
    made = coordinator.post("/v1/sessions", wanted, expect=201)
    assert made.json()["state"] == "draft" and made.headers["ETag"] == '"1"'
    read = coordinator.get(f"/v1/sessions/{made.json()['id']}", expect=200).json()
    assert {name: read[name] for name in wanted} == wanted
    assert (read["minutes"], read["sequence"], read["panel_ids"]) == ({}, 0, [])


def test_what_is_left_out_has_its_default(world, coordinator):
    wanted = draft(world.units["ward"])
    del wanted["place"]
    read = coordinator.get(coordinator.post("/v1/sessions", wanted, expect=201).headers["Location"], expect=200).json()
    assert (read["place"], read["online_url"], read["agenda"], read["support"]) == (None, None, [], [])
    assert (read["is_open"], read["capacity"], read["description"]) == (False, None, {})


def test_a_session_is_made_for_a_time_that_is_still_to_come(world, coordinator):
    reply = coordinator.post("/v1/sessions", draft(world.units["ward"], starts_at=moment(hours=-3), ends_at=moment(hours=3)),
                             expect=422, problem="session_is_to_come")
    assert problem_pointers(reply) == ["/starts_at"]


@pytest.mark.parametrize("ends", ["2029-12-31T12:00:00Z", "2030-01-01T12:00:00Z"])
def test_a_session_that_ends_before_it_begins_or_then_is_refused(world, coordinator, ends):
    reply = coordinator.post("/v1/sessions", draft(world.units["ward"], starts_at="2030-01-01T12:00:00Z", ends_at=ends),
                             expect=422, problem="session_ends_after_it_starts")
    assert problem_pointers(reply) == ["/ends_at"]


def test_a_session_lasts_two_weeks_at_most(world, coordinator):
    for ends, options in (("2030-01-15T12:00:00Z", {"expect": 201}), ("2030-01-15T12:00:01Z", {"expect": 422, "problem": "session_lasts_within_rule"})):
        reply = coordinator.post("/v1/sessions", draft(world.units["ward"], starts_at="2030-01-01T12:00:00Z", ends_at=ends), **options)
    assert problem_pointers(reply) == ["/ends_at"]
    session = Session(world)
    far = {"starts_at": "9999-01-01T12:00:00Z", "ends_at": "9999-01-01T13:00:00Z"}
    assert problem_pointers(session.patch({"ends_at": far["ends_at"]}, expect=422, problem="session_lasts_within_rule")) == ["/ends_at"]
    assert problem_pointers(session.patch(far, expect=422, problem="date_is_near")) == ["/starts_at"]
    assert problem_pointers(coordinator.post("/v1/sessions", draft(world.units["ward"], **far), expect=422, problem="date_is_near")) == ["/starts_at"]


@pytest.mark.parametrize("member, value, pointer", [
    ("kind", "party", "/kind"), ("title", {}, "/title"), ("title", {"fi": ""}, "/title/fi"), ("title", {"xx": "a"}, "/title/xx"),
    ("starts_at", "2030-01-01", "/starts_at"), ("starts_at", "2030-02-30T10:00:00Z", "/starts_at"), ("place", {"room": {"fi": "a"}}, "/place/address"),
    ("place", {"address": "a", "floor": 2}, "/place/floor"), ("capacity", 0, "/capacity"), ("capacity", 100001, "/capacity"),
    ("capacity", "10", "/capacity"), ("online_url", "ei osoite", "/online_url"), ("agenda", [{"minutes": 5}], "/agenda/0/title"),
    ("agenda", [{"title": {"fi": "a"}, "minutes": 0}], "/agenda/0/minutes"), ("support", ["champagne"], "/support/0"),
    ("support", ["transport", "transport"], "/support"), ("state", "held", "/state"), ("minutes", {"fi": "a"}, "/minutes")])
def test_what_is_not_in_the_contract_is_refused(world, coordinator, member, value, pointer):
    reply = coordinator.post("/v1/sessions", draft(world.units["ward"], **{member: value}), expect=422)
    assert problem_pointers(reply) == [pointer]


def test_sessions_are_listed_in_the_order_of_their_time(world, coordinator):
    unit = world.units["office"]
    days = [30, 10, 20]
    ids = {day: coordinator.post("/v1/sessions", draft(unit, starts_at=moment(days=day), ends_at=moment(days=day, hours=1)), expect=201).json()["id"]
           for day in days}
    listed = [item["id"] for item in coordinator.all_items("/v1/sessions", unit_id=unit, limit=1)]
    assert [known for known in listed if known in ids.values()] == [ids[10], ids[20], ids[30]]
    between = coordinator.all_items("/v1/sessions", unit_id=unit, starts_from=moment(days=15), starts_to=moment(days=25))
    assert [item["id"] for item in between] == [ids[20]]
    assert coordinator.all_items("/v1/sessions", unit_id=unit, state="cancelled,held") == []


# ---- editing ----

def test_texts_are_merged_by_language_and_null_clears(world, coordinator):
    session = Session(world, is_published=False, capacity=5)
    session.patch({"title": {"sv": None, "en": "Evening"}, "capacity": None, "place": {"address": "Torikatu 2"}})
    read = session.now()
    assert read["title"] == {"fi": "Osallisuusilta", "en": "Evening"} and read["capacity"] is None and read["place"] == {"address": "Torikatu 2"}
    reply = session.patch({"title": {"fi": None, "en": None}}, expect=422, problem="session_has_title")
    assert problem_pointers(reply) == ["/title"]
    reply = session.patch({"ends_at": moment(days=1)}, expect=422, problem="session_ends_after_it_starts")
    assert problem_pointers(reply) == ["/ends_at"]


def test_a_published_session_keeps_a_place(world):
    session = Session(world)
    session.patch({"place": None}, expect=409, problem="session_has_place")
    session.patch({"place": None, "online_url": "https://example.org/etana"})


def test_time_and_place_count_up_the_sequence_once_it_is_published(world):
    session = Session(world, is_published=False)
    session.patch({"starts_at": moment(days=5)})
    assert session.now()["sequence"] == 0
    session.move("published")
    for members, sequence in (({"starts_at": moment(days=6)}, 1), ({"title": {"en": "x"}}, 1), ({"place": {**PLACE, "address": "Torikatu 2"}}, 2),
                              ({"online_url": "https://example.org/etana"}, 3), ({"capacity": 7}, 3)):
        session.patch(members)
        assert session.now()["sequence"] == sequence
    session.move("cancelled", reason="Järjestäjä sairastui.")
    assert session.now()["sequence"] == 4


def test_a_session_that_began_is_not_moved(world):
    session = Session(world)
    session.patch({"starts_at": moment(days=-1)}, expect=409, problem="session_has_begun")
    session.begin()
    session.patch({"starts_at": moment(minutes=30)}, expect=409, problem="session_has_begun")
    session.patch({"description": {"fi": "Alkoi jo."}})


# ---- steps ----

def test_what_has_no_place_or_has_begun_is_not_published(world):
    session = Session(world, is_published=False)
    session.patch({"place": None})
    session.move("published", expect=409, problem="session_has_place")
    session.patch({"online_url": "https://example.org/etana"})
    session.begin()
    session.move("published", expect=409, problem="session_has_begun")


def test_a_session_is_held_after_it_began(world):
    session = Session(world)
    session.move("held", expect=409, problem="session_has_not_begun")
    session.begin()
    session.move("held")


def test_cancelling_what_was_published_needs_a_reason(world):
    Session(world, is_published=False).move("cancelled")
    session = Session(world)
    session.move("cancelled", expect=422, problem="reason_required")
    session.move("cancelled", reason="Järjestäjä sairastui.")
    session.patch({"title": {"fi": "a"}}, expect=409, problem="session_is_over")


def test_minutes_are_written_of_what_was_held_and_published_once_there_are_any(world):
    session = Session(world)
    session.patch({"minutes": {"fi": "Sovittiin."}}, expect=409, problem="session_is_not_held")
    session.begin()
    session.move("held")
    session.move("minutes_published", expect=409, problem="session_has_minutes")
    session.patch({"capacity": 3}, expect=409, problem="session_is_over")
    session.patch({"minutes": {"fi": "Sovittiin."}})
    session.move("minutes_published")
    session.patch({"minutes": {"fi": None}}, expect=409, problem="session_has_minutes")
    session.patch({"minutes": {"sv": "Vi kom överens."}})
    session.move("closed")
    session.patch({"minutes": {"en": "We agreed."}}, expect=409, problem="session_is_over")
    assert session.now()["minutes"] == {"fi": "Sovittiin.", "sv": "Vi kom överens."}


def test_only_the_steps_of_the_table_are_taken(world):
    states = ["draft", "published", "held", "minutes_published", "closed", "cancelled"]
    legal = {(a, b) for a, b in world.database.rows("SELECT from_state, to_state FROM transition WHERE resource = 'session' AND who = 'coordinator'")}
    session = Session(world)
    for before, after in itertools.product(states, states):
        if (before, after) in legal:
            continue
        world.database.run("UPDATE session SET state = %s, minutes = '{\"fi\": \"a\"}' WHERE id = %s::uuid", before, session.id)
        reply = session.move(after, reason="Syy.", expect=409, problem="illegal_transition").json()
        assert set(reply["legal"]) == {b for a, b in legal if a == before}


def test_a_step_is_told_as_an_event_and_in_the_audit(world):
    session = Session(world)
    assert world.database.rows("SELECT type FROM event WHERE subject = %s::uuid", session.id) == [("session.published",)]
    session.patch({"capacity": 4})
    actions = [action for action, in world.database.rows("SELECT action FROM audit WHERE subject = %s::uuid ORDER BY xid, place", session.id)]
    assert actions == ["session.created", "session.published", "session.changed"]
    assert world.database.value("SELECT bool_and(caller_id IS NOT NULL) FROM audit WHERE subject = %s::uuid", session.id)


# ---- panels ----

def test_a_session_is_of_one_or_more_panels(world, coordinator):
    panels = sorted(make_panel(world, "steering_group") for _ in range(3))
    session = Session(world, panel_ids=panels[:2])
    assert session.now()["panel_ids"] == panels[:2]
    assert [item["panel_ids"] for item in coordinator.all_items("/v1/sessions", panel_id=panels[1])] == [panels[:2]]
    assert session.patch({"panel_ids": [panels[2], panels[0]]}).json()["panel_ids"] == [panels[0], panels[2]] == session.now()["panel_ids"]
    assert session.patch({"title": {"fi": "a"}}).json()["panel_ids"] == [panels[0], panels[2]]
    assert session.patch({"panel_ids": []}).json()["panel_ids"] == [] == session.now()["panel_ids"]


def test_a_session_is_within_the_time_of_its_panel(world, coordinator):
    short, over, other = (make_panel(world, "steering_group", state="active", ends_on=day(5)) for _ in range(3))
    coordinator.move(f"/v1/panels/{over}", "ended", expect=200)
    long = make_panel(world, "steering_group", state="active")
    for panels, status, problem, pointer in (([long, short], 422, "session_is_within_panel", "/starts_at"), ([other, over], 409, "panel_is_over", "/panel_ids")):
        reply = coordinator.post("/v1/sessions", draft(world.units["ward"], panel_ids=panels), expect=status, problem=problem)
        assert problem_pointers(reply) == [pointer]
        assert problem_pointers(Session(world).patch({"panel_ids": panels}, expect=status, problem=problem)) == ["/panel_ids"]
    soon = Session(world, panel_ids=[short], starts_at=moment(days=2), ends_at=moment(days=2, hours=1))
    assert problem_pointers(soon.patch({"starts_at": moment(days=7), "ends_at": moment(days=7, hours=1)}, expect=422, problem="session_is_within_panel")) == ["/starts_at"]
    for panel, first, status, problem, pointer in ((short, day(1), 422, "session_is_within_panel", "/times"), (over, day(1), 409, "panel_is_over", "/panel_ids")):
        reply = coordinator.post("/v1/session-series", series(world.units["ward"], first_on=first, panel_ids=[panel]), expect=status, problem=problem)
        assert problem_pointers(reply) == [pointer]


def test_a_panel_that_is_not_there_or_not_ones_own_is_named(world, coordinator):
    mine, others = make_panel(world, "steering_group"), make_panel(world, "steering_group", unit="office")
    limited = Client(world.api, world.new_key(["panels:read", "panels:write"], units=["ward"]))
    for unknown in (others, str(uuid.uuid4())):
        reply = limited.post("/v1/sessions", draft(world.units["ward"], panel_ids=[mine, unknown]), expect=422, problem="unknown_reference")
        assert problem_pointers(reply) == ["/panel_ids/1"]
        session = Session(world)
        reply = limited.patch(session.path, {"panel_ids": [unknown]}, etag="*", expect=422, problem="unknown_reference")
        assert problem_pointers(reply) == ["/panel_ids/0"] and session.now()["panel_ids"] == []
