"""
People with a personal link: what they do by it, a new link in place of a lost one, and erasure.
"""

import uuid

import pytest

from support.client import Client
from support.people import add_person, person
from support.questions import Survey


@pytest.fixture
def taking_part(world):
    """Somebody who takes part; what they are does not matter here. (id, token)"""
    survey = Survey(world).id
    return survey, add_person(world, "survey", survey)


def test_a_link_shows_who_it_belongs_to_and_nothing_of_how_to_reach_them(world, taking_part):
    row_id, token = taking_part
    reply = world.client().get(f"/v1/personal/{token}", expect=200)
    shown = reply.json()
    assert len(shown.pop("feed")) == 43
    assert shown == {"id": row_id, "resource": "survey", "lang": "fi", "wants_news": False, "wants_digest": False, "has_address": False, "ended_on": None}
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_person_chooses_language_and_news_one_by_one(world, taking_part):
    row_id, token = taking_part
    assert world.client().patch(f"/v1/personal/{token}", {"lang": "sv"}, expect=200).json()["lang"] == "sv"
    found = world.client().patch(f"/v1/personal/{token}", {"wants_news": True}, expect=200).json()
    assert (found["lang"], found["wants_news"]) == ("sv", True)
    assert world.database.rows("SELECT actor, count(*) FROM audit WHERE action = 'person.changed' AND subject = %s::uuid GROUP BY 1",
                               row_id) == [("giver", 2)]


@pytest.mark.parametrize("body", [{}, {"lang": "de"}, {"wants_news": None}, {"email": "a@example.org"}])
def test_nothing_else_can_be_chosen(world, taking_part, body):
    world.client().patch(f"/v1/personal/{taking_part[1]}", body, expect=422)


def test_a_new_link_kills_the_old_one(world, taking_part):
    row_id, token = taking_part
    made = world.client("panels").post(f"/v1/people/{row_id}/links", expect=200).json()
    assert made["link"].startswith("/m/") and (made["id"], made["has_address"]) == (row_id, False)
    world.client().get(f"/v1/personal/{token}", expect=404)
    world.client().get(f"/v1/personal/{made['link'][3:]}", expect=200)


def test_a_repeated_renewal_shows_the_same_link_and_makes_none(world, taking_part):
    row_id, _ = taking_part
    client, key = world.client("panels"), str(uuid.uuid4())
    first = client.post(f"/v1/people/{row_id}/links", idempotency=key, expect=200)
    later = client.post(f"/v1/people/{row_id}/links", expect=200)
    again = client.post(f"/v1/people/{row_id}/links", idempotency=key, expect=200)
    assert again.json() == first.json() and again.headers["Idempotent-Replayed"] == "true"
    world.client().get(f"/v1/personal/{first.json()['link'][3:]}", expect=404)
    world.client().get(f"/v1/personal/{later.json()['link'][3:]}", expect=200)


def test_one_key_renews_one_persons_link(world, taking_part):
    other = Survey(world).id
    token = add_person(world, "survey", other)
    client, key = world.client("panels"), str(uuid.uuid4())
    client.post(f"/v1/people/{taking_part[0]}/links", idempotency=key, expect=200)
    assert client.post(f"/v1/people/{other}/links", idempotency=key, expect=422).json()["code"] == "idempotency_key_reused"
    world.client().get(f"/v1/personal/{token}", expect=200)


def test_a_person_who_is_not_in_the_callers_units_does_not_exist(world, taking_part):
    client = Client(world.api, world.new_key(["panels:write"], units=["office"]))
    client.post(f"/v1/people/{taking_part[0]}/links", expect=404)
    client.post(f"/v1/people/{taking_part[0]}/erasure", expect=404)
    client.post(f"/v1/people/{uuid.uuid4()}/links", expect=404)


def test_a_coordinator_erases_a_person_and_the_row_they_are_stays(world, taking_part):
    row_id, token = taking_part
    client, key = world.client("panels"), str(uuid.uuid4())
    assert client.post(f"/v1/people/{row_id}/erasure", idempotency=key, expect=200).json() == {"id": row_id, "is_erased": True}
    world.client().get(f"/v1/personal/{token}", expect=404)
    assert person(world, row_id, "count(*)") == 0
    assert client.post(f"/v1/people/{row_id}/erasure", idempotency=key, expect=200).headers["Idempotent-Replayed"] == "true"
    client.post(f"/v1/people/{row_id}/links", expect=404)
    assert world.database.value("SELECT actor FROM audit WHERE action = 'person.erased' AND subject = %s::uuid", row_id) == "caller"


def test_a_person_erases_themselves_and_the_link_is_gone(world, taking_part):
    row_id, token = taking_part
    assert world.client().post(f"/v1/personal/{token}/erasure", expect=200).json()["is_erased"] is True
    world.client().post(f"/v1/personal/{token}/erasure", expect=404)
    assert world.database.value("SELECT actor FROM audit WHERE action = 'person.erased' AND subject = %s::uuid", row_id) == "giver"
