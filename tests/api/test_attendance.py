"""
Who came to a session: members by name of their place, those who registered by their registration, and figures by role.
"""

import re
import uuid

import pytest

from support.client import Client, problem_pointers
from support.inputs import Member
from support.panels import day, make_member, make_panel
from support.people import add_person
from support.questions import moment
from support.sessions import Session, register


@pytest.fixture
def panel(world):
    return make_panel(world, "co_development")


@pytest.fixture
def session(world, panel):
    return Session(world, panel_ids=[panel], is_open=True)


def put(session, members, **options):
    body = {"members": [{"member_id": member, "attended": attended} for member, attended in members.items()]}
    return session.coordinator.put(f"{session.path}/attendance", body, etag="*", **{"expect": 200, **options})


def counts(reply):
    return {role["role"]: (role["attended"], role["absent"]) for role in reply.json()["roles"]}


def test_who_came_is_counted_by_role(world, panel, session):
    clients = [make_member(world, panel, role="client") for _ in range(3)]
    doctor = make_member(world, panel, role="professional")
    guests = [register(world, session)["id"] for _ in range(2)]
    session.begin()
    for guest in guests:
        session.coordinator.move(f"/v1/registrations/{guest}", "attended", expect=200)
    reply = put(session, {clients[0]: True, clients[1]: True, clients[2]: False, doctor: True})
    assert counts(reply) == {"client": (2, 1), "participant": (2, 0), "professional": (1, 0)}
    assert session.coordinator.get(f"{session.path}/attendance", expect=200).json() == reply.json()
    assert world.database.rows("SELECT role, attended, absent FROM session_attendance WHERE session_id = %s::uuid ORDER BY 1", session.id) == [
        ("client", 2, 1), ("participant", 2, 0), ("professional", 1, 0)]


def test_what_was_said_is_corrected_and_the_rest_stays(world, panel, session):
    first, second = (make_member(world, panel) for _ in range(2))
    session.begin()
    put(session, {first: True, second: False})
    assert counts(put(session, {second: True})) == {"client": (2, 0)}
    assert put(session, {second: True}).json() == session.coordinator.get(f"{session.path}/attendance", expect=200).json()


def test_nobody_comes_before_it_begins_or_when_it_is_cancelled(world, panel, session):
    member = make_member(world, panel)
    put(session, {member: True}, expect=409, problem="session_has_not_begun")
    session.move("cancelled", reason="Syy.")
    session.begin()
    put(session, {member: True}, expect=409, problem="session_is_over")


def test_who_is_in_none_of_its_panels_is_named(world, panel, session):
    member, stranger = make_member(world, panel), make_member(world, make_panel(world, "co_development"))
    session.begin()
    for unknown in (stranger, str(uuid.uuid4())):
        assert problem_pointers(put(session, {member: True, unknown: True}, expect=422, problem="unknown_reference")) == ["/members/1/member_id"]
    assert counts(session.coordinator.get(f"{session.path}/attendance", expect=200)) == {}


def test_a_member_who_is_in_the_list_twice_is_named(world, panel, session):
    first, second = (make_member(world, panel) for _ in range(2))
    session.begin()
    body = {"members": [{"member_id": member, "attended": attended} for member, attended in ((first, True), (second, True), (first, False))]}
    reply = session.coordinator.put(f"{session.path}/attendance", body, etag="*", expect=422, problem="member_is_once_in_list")
    assert problem_pointers(reply) == ["/members/2/member_id"]


@pytest.mark.parametrize("columns", [*({"state": state} for state in ("declined", "reserve", "ineligible", "nominated", "selected", "not_selected")),
                                     {"from_on": day(2)}, {"state": "ceased", "from_on": day(-9), "until_on": day(-2)}], ids=str)
def test_who_was_no_member_then_was_not_there_and_counts_nowhere(world, panel, session, columns):
    member, other = make_member(world, panel, role="professional"), make_member(world, panel, **columns)
    ceased = make_member(world, panel, state="ceased", from_on=day(-9), until_on=day(1))
    session.begin()
    assert problem_pointers(put(session, {member: True, other: True}, expect=422, problem="member_was_member_then")) == ["/members/1/member_id"]
    world.database.run("INSERT INTO attendance (session_id, member_id, attended) VALUES (%s::uuid, %s::uuid, true)", session.id, other)  # as it was noted once
    reply = put(session, {member: True, ceased: True})
    assert counts(reply) == {"client": (1, 0), "professional": (1, 0)} == counts(session.coordinator.get(f"{session.path}/attendance", expect=200))


@pytest.mark.parametrize("body", [{}, {"members": [{"member_id": "x", "attended": True}]}, {"members": [{"attended": True}]}, {"members": [{"member_id": str(uuid.UUID(int=1))}]}])
def test_what_is_not_in_the_contract_is_refused(session, body):
    session.coordinator.put(f"{session.path}/attendance", body, etag="*", expect=422)


def test_a_member_sees_the_sessions_of_the_panel_by_the_link(world, panel, session):
    member = make_member(world, panel)
    token = add_person(world, "member", member)
    Session(world)
    Session(world, panel_ids=[panel], is_published=False)
    session.move("cancelled", reason="Järjestäjä sairastui.")
    listed = Client(world.api).all_items(f"/v1/personal/{token}/sessions", limit=1)
    assert [(item["id"], item["state"], item["reason"]) for item in listed] == [(session.id, "cancelled", "Järjestäjä sairastui.")]
    world.database.run("UPDATE member SET state = 'ceased' WHERE id = %s::uuid", member)
    Client(world.api).get(f"/v1/personal/{token}/sessions", expect=404)


# ---- who says beforehand that they will not come ----

def say(member, session, comes, **options):
    return member.client.post(f"{member.path}/sessions/{session.id}/attendance", {"comes": comes}, **{"expect": 200, **options})


def said(session):
    reply = session.coordinator.get(f"{session.path}/attendance", expect=200).json()
    return {one["member_id"] for one in reply["members"] if one["said_absent"]}, {role["role"]: role["said_absent"] for role in reply["roles"]}


def test_a_member_says_that_they_will_not_come_and_takes_it_back(world, panel, session):
    member, chair = Member(world, panel), Member(world, panel, role="chair")
    for _ in range(2):
        say(member, session, False)
    assert said(session) == ({member.id}, {"client": 1})
    seen = {who: who.client.get(f"{who.path}/sessions", expect=200).json()["items"][0] for who in (member, chair)}
    assert [(one["said_absent"], one["absences"]) for one in seen.values()] == [(True, None), (False, 1)]
    say(member, session, True)
    assert said(session) == (set(), {})
    assert world.database.rows("SELECT actor, action FROM audit WHERE subject = %s::uuid AND action LIKE 'session.absence_%%'"
                               " ORDER BY xid, place", session.id) == [("giver", "session.absence_said"), ("giver", "session.absence_taken_back")]


def test_whoever_will_not_come_may_come_when_the_session_is_moved(world, panel, session):
    say(Member(world, panel), session, False)
    session.patch({"description": {"fi": "Kahvit."}})
    assert said(session)[1] == {"client": 1}
    session.patch({"starts_at": moment(days=9), "ends_at": moment(days=9, hours=2)})
    assert said(session) == (set(), {})


def test_whoever_said_so_and_came_is_noted_as_both(world, panel, session):
    member = Member(world, panel)
    say(member, session, False)
    session.begin()
    reply = put(session, {member.id: True})
    assert reply.json()["members"] == [{"member_id": member.id, "attended": True, "said_absent": True}] and counts(reply) == {"client": (1, 0)}
    assert reply.json() == session.coordinator.get(f"{session.path}/attendance", expect=200).json()


def test_it_can_be_said_until_the_session_begins_and_of_ones_own_panel_alone(world, panel, session):
    member = Member(world, panel)
    stranger = Member(world, make_panel(world, "co_development"))
    say(stranger, session, False, expect=404)
    say(Member(world, panel, state="ceased"), session, False, expect=404)
    say(member, Session(world, panel_ids=[panel], is_published=False), False, expect=404)
    member.client.post(f"{member.path}/sessions/{session.id}/attendance", {}, expect=422)
    session.begin()
    say(member, session, False, expect=409, problem="session_has_begun")
    other = Session(world, panel_ids=[panel])
    other.move("cancelled", reason="Syy.")
    say(member, other, False, expect=409, problem="session_is_over")


@pytest.mark.parametrize("language, button, back", [("fi", "En pääse tulemaan tähän", "Pääsen sittenkin tulemaan"), ("sv", "Jag kan inte komma", "Jag kan komma trots allt"),
                                                    ("en", "I cannot come to this", "I can come after all")])
def test_the_page_lets_a_member_say_so_and_tells_the_chair_how_many_do(world, panel, session, language, button, back):
    member, chair = Member(world, panel), Member(world, panel, role="chair")
    assert button in page(member, language)
    say(member, session, False)
    assert back in page(member, language) and button not in page(member, language)
    assert re.search(r"(Jäseniä, jotka|Medlemmar som|Members who).*?<dd[^>]*>1</dd>", page(chair, language), re.DOTALL)


def page(member, language):
    return member.client.get(f"/m/{member.token}?language={language}", expect=200).text
