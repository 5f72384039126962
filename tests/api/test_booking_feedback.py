"""
What both sides say of a booking, who reads what of it, talks after hard tasks, and what experts notice.
"""

import html

import pytest

from support.claims import Task
from support.client import new_key, problem_pointers
from support.people import add_person

@pytest.fixture(scope="module", autouse=True)
def keys(world):
    for name, scopes in (("manager", ["bookings:manage"]), ("orderer", ["bookings:order", "experts:read"]), ("register", ["experts:write"])):
        world.keys[name] = world.new_key(scopes)


@pytest.fixture
def task(world):
    return Task(world, world.units["ward"])


@pytest.fixture
def manager(world):
    return world.client("manager")


def orderer_says(world, task, rating, **members):
    options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
    return world.client("orderer").post(f"/v1/bookings/{task.id}/feedback", {"rating": rating, **members}, **{"expect": 201, **options})


def page(task):
    return html.unescape(task.client.get(f"/m/{task.token}?language=fi", expect=200).text)


# ---- feedback ----

def test_both_sides_say_once_how_it_went(world, manager, task):
    task.over()
    key = new_key()
    first, again = (task.says(4, text="Hyvä ryhmä.", idempotency=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    task.says(5, expect=409, problem="booking_feedback_once")
    made = orderer_says(world, task, 5, text="Kiitos!")
    orderer_says(world, task, 1, expect=409, problem="booking_feedback_once")
    found = manager.all_items("/v1/booking-feedback", booking_id=task.id)
    assert sorted((item["side"], item["rating"], item["text"]) for item in found) == [("expert", 4, "Hyvä ryhmä."), ("orderer", 5, "Kiitos!")]
    assert manager.get(made.headers["Location"], expect=200).json() in found


def test_nothing_is_said_of_what_was_not_done(world, task):
    task.says(4, expect=409, problem="booking_is_not_done")
    task.over("client_absent", "expert").says(4, expect=409, problem="booking_is_not_done")
    orderer_says(world, task, 4, expect=409, problem="booking_is_not_done")


def test_it_is_said_also_once_the_booking_is_settled(task):
    task.over().claims("waived")
    assert task.state == "settled" and task.says(3).json()["rating"] == 3


@pytest.mark.parametrize("members, pointer", [({"rating": 0}, "/rating"), ({"rating": 6}, "/rating"), ({"rating": 4, "text": " \u200b"}, "/text"), ({"rating": 4, "lang": "de"}, "/lang")])
def test_bad_input_is_refused(task, members, pointer):
    assert problem_pointers(task.over().says(**members, expect=422)) == [pointer]


def test_who_ordered_is_asked_and_says_so_by_their_link_too(world, task):
    link = add_person(world, "booking", task.id)
    world.database.run("UPDATE person SET sealed = 'x', key_id = 'test', address_hash = uuid_send(id) WHERE id IN (%s::uuid, %s::uuid)", task.id, task.expert)
    path = f"/v1/personal/{link}/bookings/{task.over().id}/feedback"
    asked = world.database.rows("SELECT person_id::text FROM mail WHERE template = 'booking_done' AND person_id IN (%s::uuid, %s::uuid)", task.id, task.expert)
    assert sorted(asked) == sorted([(task.id,), (task.expert,)])
    assert problem_pointers(task.client.post(path, {"rating": 2, "is_hard": True}, expect=422, problem="booking_feedback_is_hard_for_experts")) == ["/is_hard"]
    assert "Miten tehtävä sujui?" in task.client.get(f"/m/{link}?language=fi", expect=200).text
    assert task.client.post(path, {"rating": 2}, expect=200).json()["side"] == "orderer"


def test_an_expert_reads_what_the_orderer_said_masked_and_an_orderer_reads_nothing_of_the_expert(world, manager, task):
    task.over()
    orderer_says(world, task, 5, text="Kiitos! Soita 040 123 4567.")
    task.says(1, text="Tila oli huono, soita 040 765 4321.")
    shown = page(task)
    assert "Erittäin hyvin" in shown and "Kiitos! Soita [puhelinnumero]." in shown and "123 4567" not in shown and "Tila oli huono" not in shown
    assert "765 4321" not in manager.get("/v1/booking-feedback", params={"booking_id": task.id}, expect=200).text
    for path in ("/v1/booking-feedback", "/v1/observations"):
        world.client("orderer").get(path, expect=403)


def test_another_expert_says_nothing_of_it(world, task):
    task.over()
    other = Task(world, world.units["ward"])
    other.client.post(f"{other.path}/bookings/{task.id}/feedback", {"rating": 1}, expect=404)
    task.says(2, is_hard=True)
    other.client.post(f"{other.path}/bookings/{task.id}/debrief", {"wants": True}, expect=404)


# ---- the talk after a hard task ----

def test_a_talk_is_offered_after_a_hard_task_and_the_coordinator_told_of_who_wants_it(world, manager, task):
    task.over()
    assert task.says(2, is_hard=True).json()["debrief"] == "offered" and "Haluatko puhua siitä" in page(task)
    first, again = (task.wants_debrief().json() for _ in range(2))
    assert first == again and first["debrief"] == "wanted" and "ottaa sinuun yhteyttä" in page(task)
    waiting = [item for item in manager.all_items("/v1/booking-feedback", debrief="wanted") if item["booking_id"] == task.id]
    path = f"/v1/booking-feedback/{waiting[0]['id']}"
    assert world.database.rows("SELECT mailbox FROM mail WHERE template = 'debrief_wanted' AND link_id = %s::uuid", waiting[0]["id"]) == [("koordinaattori@example.org",)]
    manager.patch(path, {"debrief": "held"}, etag="*", expect=200)
    assert task.wants_debrief(False).json()["debrief"] == "held" and "Olet puhunut tehtävästä" in page(task)


def test_who_wants_no_talk_may_change_their_mind(task):
    task.over().says(3, is_hard=True)
    assert [task.wants_debrief(wants).json()["debrief"] for wants in (False, True)] == ["declined", "wanted"]


def test_no_talk_is_offered_after_what_was_not_hard(manager, task):
    made = task.over().says(5).json()
    assert made["debrief"] is None and "Haluatko puhua" not in page(task)
    task.wants_debrief(expect=404)
    manager.patch(f"/v1/booking-feedback/{made['id']}", {"debrief": "held"}, etag="*", expect=409, problem="debrief_is_not_offered")


# ---- what experts notice ----

def test_coordinators_read_what_an_expert_noticed_without_the_expert(world, task):
    key = new_key()
    first, again = (task.notices("Opasteet puuttuvat, soita 040 123 4567.", idempotency=key).json() for _ in range(2))
    assert first == again
    shown = world.client("register").get(f"/v1/observations/{first['id']}", expect=200)
    assert shown.json()["text"] == "Opasteet puuttuvat, soita [puhelinnumero]." and task.expert not in shown.text
    assert first["id"] in [item["id"] for item in world.client("register").all_items("/v1/observations", unit_id=world.units["hospital"], limit=1)]
    assert "Opasteet puuttuvat, soita 040 123 4567." in page(task)


def test_what_was_noticed_at_a_booking_is_about_its_unit(world, task):
    there = Task(world, world.units["office"], who=task.who, days=-3)
    made = task.notices("Aula on ahdas.", booking_id=there.id).json()["id"]
    assert world.client("register").get(f"/v1/observations/{made}", expect=200).json()["unit_id"] == world.units["office"]
    others = Task(world, world.units["office"]).id
    assert problem_pointers(task.notices("Ei.", booking_id=others, expect=422, problem="unknown_reference")) == ["/booking_id"]
    assert problem_pointers(task.notices(" ", expect=422)) == ["/text"]


def test_an_observation_is_a_source_of_a_change_and_the_expert_reads_of_it(world, task):
    made = task.notices("Opasteet puuttuvat.").json()["id"]
    coordinator = world.client("coordinator")
    change = coordinator.post("/v1/changes", {"unit_id": world.units["ward"], "title": {"fi": "Uudet opasteet"}, "owner_ref": "x", "planned_for": "2030-01-01"},
                              expect=201).json()["id"]
    path = f"/v1/changes/{change}"
    source = coordinator.post(f"{path}/sources", {"kind": "observation", "observation_id": made}, expect=201).json()
    assert source["observation_id"] == made
    coordinator.post(f"{path}/sources", {"kind": "observation", "observation_id": made}, expect=409, problem="change_source_once")
    coordinator.post(f"{path}/sources", {"kind": "observation", "observation_id": task.id}, expect=422, problem="unknown_reference")
    coordinator.post(f"{path}/sources", {"kind": "idea", "observation_id": made}, expect=422)
    for state in ("under_review", "planned"):
        coordinator.move(path, state, expect=200)
    assert "Uudet opasteet" in page(task)


def test_who_is_erased_takes_the_words_along(world, task):
    noticed = task.over().notices("Opasteet puuttuvat.").json()["id"]
    said = task.says(2, text="Tila oli kylmä.").json()["id"]
    task.client.post(f"{task.path}/erasure", expect=200)
    assert world.database.rows("SELECT text FROM observation WHERE id = %s::uuid UNION ALL SELECT text FROM booking_feedback WHERE id = %s::uuid", noticed, said) == [(None,), (None,)]
