"""
Registrations for open sessions: places, the waiting list, offers; and that nobody learns who is registered.
"""

import collections
import uuid
from types import SimpleNamespace

import pytest

from support.client import Client, new_key, problem_pointers
from support.questions import moment
from support.sessions import Session, register, rush, token_of


@pytest.fixture
def anyone(world):
    return Client(world.api)


def states(session):
    return [item["state"] for item in session.coordinator.all_items(f"{session.path}/registrations", limit=200)]


def act(world, link, to, **options):
    return Client(world.api).post(f"/v1/personal/{token_of(link)}/registration/transitions", {"to": to}, **{"expect": 200, **options})


# ---- who may ----

def test_open_sessions_are_listed_for_everybody(world, anyone):
    unit = world.units["office"]
    soon, full = (Session(world, unit="office", is_open=True, capacity=1, starts_at=moment(days=day), ends_at=moment(days=day, hours=1),
                          online_url="https://example.org/etana") for day in (3, 2))
    register(world, full)
    Session(world, unit="office")
    Session(world, unit="office", is_open=True, is_published=False)
    Session(world, unit="office", is_open=True, starts_at=moment(days=4), ends_at=moment(days=5)).move("cancelled", reason="Syy.")
    listed = anyone.all_items("/v1/open-sessions", unit_id=unit, limit=1)
    assert [(item["id"], item["has_room"], item["is_online"]) for item in listed] == [(full.id, False, True), (soon.id, True, True)]
    assert "online_url" not in anyone.get(f"/v1/open-sessions/{soon.id}", expect=200).json()


def test_the_link_opens_the_page_in_the_language_of_who_registered(world, anyone):
    session = Session(world, is_open=True)
    links = {lang: register(world, session, lang=lang)["link"] for lang in ("fi", "sv", "en")}
    assert all(f'<html lang="{lang}"' in anyone.get(link, headers={"Accept-Language": "de"}, expect=200).text for lang, link in links.items())


def test_what_was_open_says_its_state_and_has_no_room_when_it_is_cancelled_or_has_begun(world, anyone):
    session, begun = (Session(world, is_open=True) for _ in range(2))

    def seen(one):
        return [anyone.get(f"/v1/open-sessions/{one.id}", expect=200).json()[name] for name in ("state", "has_room")]
    assert seen(session) == ["published", True]
    session.move("cancelled", reason="Syy.")
    begun.begin()
    assert (seen(session), seen(begun)) == (["cancelled", False], ["published", False])


@pytest.mark.parametrize("is_open, is_published, status, problem", [(True, False, 404, "not_found"), (False, True, 409, "session_is_not_open")])
def test_nobody_registers_for_what_is_not_open_or_not_published(world, is_open, is_published, status, problem):
    session = Session(world, is_open=is_open, is_published=is_published)
    register(world, session, expect=status, problem=problem)


def test_nobody_registers_for_what_is_not_there(world, anyone):
    anyone.post(f"/v1/open-sessions/{uuid.uuid4()}/registrations", {"lang": "fi"}, expect=404, problem="not_found")
    anyone.get(f"/v1/open-sessions/{uuid.uuid4()}", expect=404)


def test_nobody_registers_for_what_has_begun_or_is_cancelled(world):
    session = Session(world, is_open=True)
    session.begin()
    register(world, session, expect=409, problem="session_has_begun")
    cancelled = Session(world, is_open=True)
    cancelled.move("cancelled", reason="Syy.")
    register(world, cancelled, expect=409, problem="session_is_not_open")


@pytest.mark.parametrize("body, pointer", [
    ({}, "/lang"), ({"lang": "de"}, "/lang"), ({"lang": "fi", "name": "Aino"}, "/name"), ({"lang": "fi", "support_needs": ["cake"]}, "/support_needs/0"),
    ({"lang": "fi", "contact": {}}, "/contact/email"), ({"lang": "fi", "contact": {"email": "ei osoite"}}, "/contact/email"), ({"lang": "fi", "n": 1}, "/n")])
def test_what_is_not_in_the_contract_is_refused(world, anyone, body, pointer):
    session = Session(world, is_open=True)
    reply = anyone.post(f"/v1/open-sessions/{session.id}/registrations", body, expect=422)
    assert problem_pointers(reply) == [pointer]


# ---- places ----

def test_who_finds_no_room_waits_in_the_order_of_arrival(world):
    session = Session(world, is_open=True, capacity=2)
    assert [register(world, session)["state"] for _ in range(4)] == ["registered", "registered", "waitlisted", "waitlisted"]
    items = session.coordinator.all_items(f"{session.path}/registrations")
    assert [(item["n"], item["state"]) for item in items] == [(1, "registered"), (2, "registered"), (3, "waitlisted"), (4, "waitlisted")]
    only = session.coordinator.all_items(f"{session.path}/registrations", state="waitlisted", limit=1)
    assert [item["n"] for item in only] == [3, 4]


def test_without_a_bound_everybody_is_in(world):
    session = Session(world, is_open=True)
    assert {register(world, session)["state"] for _ in range(5)} == {"registered"}


def test_eighty_people_of_one_address_register_at_once_and_a_flood_waits(world):
    session = Session(world, is_open=True)
    with world.new_api(RATE_PER_PEER_S=1, BURST_PER_PEER=200).start() as api:
        replies, flood = (rush(SimpleNamespace(api=api), session, count)[0] for count in (80, 200))
    assert {status for status, _ in replies} == {200}
    assert {status for status, _ in flood} == {200, 429}


def test_a_thousand_at_once_get_a_hundred_places_and_the_rest_wait_in_the_order_of_arrival(fresh_world):
    world = fresh_world
    world.api = world.new_api(QUEUE_WAIT_MS=20000, CONNECTIONS_PER_PEER=2000)
    world.api.start()
    session = Session(world, is_open=True, capacity=100)
    replies, _ = rush(world, session, 1000)
    assert collections.Counter((status, reply.get("state")) for status, reply in replies) == {(200, "registered"): 100, (200, "waitlisted"): 900}
    kept = world.database.rows("SELECT n, state FROM registration WHERE session_id = %s::uuid ORDER BY n", session.id)
    assert kept == [(n, "registered" if n <= 100 else "waitlisted") for n in range(1, 1001)]
    assert world.database.rows("SELECT taken, arrived FROM session_place WHERE session_id = %s::uuid", session.id) == [(100, 1000)]


def test_the_table_itself_refuses_more_than_there_is_room_for(world):
    session = Session(world, is_open=True, capacity=1)
    with pytest.raises(Exception, match="session_has_room"):
        world.database.run("UPDATE session_place SET taken = 2 WHERE session_id = %s::uuid", session.id)


def test_a_freed_place_is_offered_to_the_first_who_waits(world):
    session = Session(world, is_open=True, capacity=1)
    first, second, third = (register(world, session)["link"] for _ in range(3))
    act(world, first, "cancelled")
    assert states(session) == ["cancelled", "offered", "waitlisted"]
    offered = Client(world.api).get(f"/v1/personal/{token_of(second)}/registration", expect=200).json()
    assert offered["state"] == "offered" and offered["offered_until"] is not None and offered["session"]["id"] == session.id
    act(world, second, "registered")
    act(world, third, "registered", expect=409, problem="illegal_transition")
    assert states(session) == ["cancelled", "registered", "waitlisted"]


def test_whoever_declines_passes_the_place_on(world):
    session = Session(world, is_open=True, capacity=1)
    first, second, _ = (register(world, session)["link"] for _ in range(3))
    act(world, first, "cancelled")
    act(world, second, "cancelled")
    assert states(session) == ["cancelled", "cancelled", "offered"]


def test_whoever_stops_waiting_changes_nothing_for_others(world):
    session = Session(world, is_open=True, capacity=1)
    _, second, _ = (register(world, session)["link"] for _ in range(3))
    act(world, second, "cancelled")
    assert states(session) == ["registered", "cancelled", "waitlisted"]


def test_more_places_move_the_line_up_and_fewer_than_are_taken_are_refused(world):
    session = Session(world, is_open=True, capacity=1)
    for _ in range(4):
        register(world, session)
    session.patch({"capacity": 3})
    assert states(session) == ["registered", "offered", "offered", "waitlisted"]
    session.patch({"capacity": 2}, expect=409, problem="session_has_room")
    session.patch({"capacity": None})
    assert states(session) == ["registered", "offered", "offered", "offered"]
    session.patch({"capacity": 4})


def test_an_offer_whose_time_is_over_cannot_be_taken(world):
    session = Session(world, is_open=True, capacity=1)
    first, second = (register(world, session)["link"] for _ in range(2))
    act(world, first, "cancelled")
    world.database.run("UPDATE registration SET offered_until = app_now() WHERE session_id = %s::uuid AND state = 'offered'", session.id)
    act(world, second, "registered", expect=409, problem="offer_is_over")


def test_an_offer_ends_when_the_session_begins(world):
    starts = moment(hours=5)
    session = Session(world, is_open=True, capacity=1, starts_at=starts, ends_at=moment(hours=6))
    first, second = (register(world, session)["link"] for _ in range(2))
    act(world, first, "cancelled")
    assert Client(world.api).get(f"/v1/personal/{token_of(second)}/registration").json()["offered_until"] == starts


def test_after_the_beginning_nobody_cancels_and_nobody_is_offered_a_place(world):
    session = Session(world, is_open=True, capacity=1)
    first, _ = (register(world, session)["link"] for _ in range(2))
    session.begin()
    act(world, first, "cancelled", expect=409, problem="session_has_begun")
    world.database.run("UPDATE session SET capacity = 5 WHERE id = %s::uuid", session.id)
    assert states(session) == ["registered", "waitlisted"]


# ---- by whom ----

def test_the_same_address_is_registered_once_and_the_answer_tells_nothing(world):
    session = Session(world, is_open=True)
    first, again = (register(world, session, email=email) for email in ("sama@example.org", "Sama@Example.org"))
    assert set(first) == set(again) == {"id", "state"} and first["state"] == again["state"] == "registered"
    assert states(session) == ["registered"]
    mails = world.database.rows("SELECT template FROM mail WHERE person_id = %s::uuid ORDER BY 1", first["id"])
    assert mails == [("person_link",), ("person_link",)]
    register(world, session, email="toinen@example.org")
    assert states(session) == ["registered", "registered"]


def test_a_repeat_is_answered_alike_whether_the_address_was_known_or_not(world):
    session = Session(world, is_open=True, capacity=1)
    client = Client(world.api)
    answers = []
    for _ in range(2):
        key = new_key()
        body = {"lang": "fi", "contact": {"email": "sama@example.org"}}
        first, again = (client.post(f"/v1/open-sessions/{session.id}/registrations", body, idempotency=key, expect=200) for _ in range(2))
        assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
        answers.append(first.json())
        client.post(f"/v1/open-sessions/{session.id}/registrations", {"lang": "sv"}, idempotency=key, expect=422, problem="idempotency_key_reused")
        client.post(f"/v1/open-sessions/{Session(world, is_open=True).id}/registrations", body, idempotency=key, expect=422,
                    problem="idempotency_key_reused")
    assert states(session) == ["registered"]


def test_whoever_cancelled_may_register_again(world):
    session = Session(world, is_open=True)
    register(world, session, email="sama@example.org")
    path = "/v1/registrations/" + session.coordinator.all_items(f"{session.path}/registrations")[0]["id"]
    session.coordinator.move(path, "cancelled", expect=200)
    register(world, session, email="sama@example.org")
    assert states(session) == ["cancelled", "registered"]


def test_what_is_known_of_a_participant_is_read_by_the_coordinator_without_who_it_is(world):
    session = Session(world, is_open=True)
    made = register(world, session, email="aino@example.org", support_needs=["hearing_loop"])
    reply = session.coordinator.get(f"/v1/registrations/{made['id']}", expect=200)
    assert reply.json() == {"id": made["id"], "session_id": session.id, "n": 1, "state": "registered", "support_needs": ["hearing_loop"],
                            "offered_until": None, "made_on": reply.json()["made_on"], "lang": "fi", "has_address": True}


def test_the_link_to_take_part_from_afar_is_for_those_who_are_in(world):
    session = Session(world, is_open=True, capacity=1, online_url="https://example.org/etana")
    first, second = (Client(world.api).get(f"/v1/personal/{token_of(register(world, session)['link'])}/registration", expect=200).json()
                     for _ in range(2))
    assert (first["session"]["online_url"], second["session"]["online_url"]) == ("https://example.org/etana", None)


def test_whoever_is_erased_does_not_come_and_the_next_gets_the_place(world):
    session = Session(world, is_open=True, capacity=1)
    made = register(world, session, support_needs=["assistant"])
    register(world, session)
    Client(world.api).post(f"/v1/personal/{token_of(made['link'])}/erasure", expect=200)
    assert states(session) == ["cancelled", "offered"]
    assert world.database.value("SELECT support_needs FROM registration WHERE id = %s::uuid", made["id"]) == []


# ---- the coordinator ----

def test_whether_they_came_is_said_after_the_beginning(world):
    session = Session(world, is_open=True)
    paths = [f"/v1/registrations/{register(world, session)['id']}" for _ in range(2)]
    session.coordinator.move(paths[0], "attended", expect=409, problem="session_has_not_begun")
    session.begin()
    session.coordinator.move(paths[0], "attended", expect=200)
    session.coordinator.move(paths[1], "absent", expect=200)
    session.coordinator.move(paths[1], "attended", expect=409, problem="illegal_transition")
    assert states(session) == ["attended", "absent"]


def test_who_comes_and_who_says_so_is_in_the_audit(world):
    session = Session(world, is_open=True, capacity=1)
    link = register(world, session)["link"]
    waits = register(world, session)["id"]
    act(world, link, "cancelled")
    session.coordinator.move(f"/v1/registrations/{waits}", "cancelled", expect=200)
    found = world.database.rows("SELECT actor, action, caller_id IS NOT NULL FROM audit WHERE subject = %s::uuid ORDER BY xid, place", waits)
    assert found == [("giver", "registration.created", False), ("system", "registration.offered", False), ("caller", "registration.cancelled", True)]
