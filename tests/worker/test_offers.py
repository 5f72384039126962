"""
Places that are offered: told by mail, taken in time or offered on by the clock, whatever happens to the worker.
"""

import re

import pytest

from support.client import Client
from support.sessions import Session, register

WAITING = 12


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def states(world, session):
    return [state for state, in world.database.rows("SELECT state FROM registration WHERE session_id = %s::uuid ORDER BY n", session.id)]


def cancel(session, registration):
    session.coordinator.move(f"/v1/registrations/{registration['id']}", "cancelled", expect=200)


def test_whoever_is_offered_a_place_is_told_by_mail_and_takes_it_by_the_link(world):
    session = Session(world, is_open=True, capacity=1)
    first = register(world, session, email="yksi@example.org")
    register(world, session, email="kaksi@example.org")
    cancel(session, first)
    world.start_worker("mail")
    mail = world.sink.wait_for(lambda mail: mail.to == "kaksi@example.org" and mail.subject == "Sinulle on vapautunut paikka")
    token = re.search(r"/m/([\w-]{22})", mail.text)[1]
    Client(world.api).post(f"/v1/personal/{token}/registration/transitions", {"to": "registered"}, expect=200)
    assert states(world, session) == ["cancelled", "registered"]


def test_an_offer_that_nobody_takes_goes_to_the_next_after_its_time(world):
    session = Session(world, is_open=True, capacity=1)
    first, *_ = (register(world, session) for _ in range(3))
    cancel(session, first)
    worker = world.start_worker("clock")
    assert states(world, session) == ["cancelled", "offered", "waitlisted"]
    world.move_clock("23 hours")
    world.database.run("INSERT INTO job (kind, unique_key, subject, data) VALUES ('clock', 'seen', %s::uuid, '{\"phase\": \"offer_end\"}')", first["id"])
    worker.wait_for(lambda: not world.database.rows("SELECT FROM job WHERE unique_key = 'seen'"), "sight of all that is due")
    assert states(world, session) == ["cancelled", "offered", "waitlisted"]
    world.move_clock("25 hours")
    worker.wait_for(lambda: states(world, session) == ["cancelled", "expired", "offered"], "the next offer")
    world.move_clock("50 hours")
    worker.wait_for(lambda: states(world, session) == ["cancelled", "expired", "expired"], "the last offer")
    assert world.database.rows("SELECT taken FROM session_place WHERE session_id = %s::uuid", session.id) == [(0,)]


def test_the_rule_says_how_long_a_place_is_kept(world):
    world.database.run("UPDATE rule SET value = 48 WHERE name = 'offer_hours'")
    session = Session(world, is_open=True, capacity=1)
    first, _ = (register(world, session) for _ in range(2))
    cancel(session, first)
    assert world.database.value("SELECT offered_until - app_now() BETWEEN interval '47 hours' AND interval '48 hours' FROM registration WHERE state = 'offered'")


def test_two_workers_of_which_one_is_killed_offer_each_place_once(world):
    sessions = [Session(world, is_open=True, capacity=3) for _ in range(4)]
    for session in sessions:
        made = [register(world, session) for _ in range(3 + WAITING)]
        for registration in made[:3]:
            cancel(session, registration)
    world.move_clock("25 hours")
    world.start_worker("clock", WORKER_SLOT="one").kill()
    workers = [world.start_worker("clock", WORKER_SLOT=slot) for slot in ("one", "two")]
    wanted = ["cancelled"] * 3 + ["expired"] * 3 + ["offered"] * 3 + ["waitlisted"] * (WAITING - 6)
    workers[0].wait_for(lambda: all(states(world, session) == wanted for session in sessions), "the next offers")
    steps = world.database.rows("SELECT subject, to_state, count(*) FROM step WHERE resource = 'registration' AND who = 'system' GROUP BY 1, 2 HAVING count(*) > 1")
    assert steps == []
    assert world.database.rows("SELECT DISTINCT taken FROM session_place") == [(3,)]


def test_moves_by_the_coordinator_participants_and_the_clock_at_once_leave_no_place_twice(world):
    session = Session(world, is_open=True, capacity=3)
    made = [register(world, session) for _ in range(3 + WAITING)]
    for registration in made[:3]:
        cancel(session, registration)
    world.database.run("UPDATE registration SET offered_until = app_now() WHERE state = 'offered'")
    world.database.run("UPDATE job SET run_at = app_now() WHERE data = '{\"phase\": \"offer_end\"}'")
    worker = world.start_worker("clock")
    for registration in made[3:]:
        Client(world.api).post(f"/v1/personal/{registration['link'].removeprefix('/m/')}/registration/transitions", {"to": "cancelled"})
    worker.wait_for(lambda: not world.database.rows("SELECT FROM job WHERE kind = 'clock' AND state = 'running'"), "rest")
    assert world.database.value("SELECT p.taken = count(*) FILTER (WHERE r.state IN ('offered', 'registered')) AND p.taken <= 3"
                                " FROM session_place p JOIN registration r USING (session_id) GROUP BY p.taken")
