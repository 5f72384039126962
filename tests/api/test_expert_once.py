"""
One person is one expert in the county; an agreement covers what was agreed under it; words about bookings are masked.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.bookings import Booking, act
from support.claims import Task
from support.client import Client, problem_pointers
from support.database import Database
from support.experts import make_expert
from support.panels import day
from support.questions import moment
from support.world import World


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


@pytest.fixture(scope="module")
def coordinator(world):
    return world.client("experts")


def opened(world, coordinator, unit):
    """A call of this unit."""
    return coordinator.post("/v1/expert-calls", {"unit_id": world.units[unit], "title": {"fi": "Tule mukaan"}}, expect=201).json()["id"]


def applies(world, call, email):
    return Client(world.api).post(f"/v1/expert-calls/{call}/applications", {"name": "Eeva", "lang": "fi", "contact": {"email": email}}, expect=201).json()


def known(world, *ids):
    return [row[0] for row in world.database.rows("SELECT id::text FROM person WHERE resource = 'expert' AND id::text = ANY (%s)", list(ids))]


def test_who_is_an_expert_of_one_unit_and_applies_to_another_gets_the_link_and_no_second_row(world, coordinator):
    email = "eeva.kaksi@example.org"
    first = applies(world, opened(world, coordinator, "ward"), email)["id"]
    second = applies(world, opened(world, coordinator, "office"), email)["id"]
    assert known(world, first, second) == [first]
    assert world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_link'", first) == 2


def test_a_coordinator_who_writes_a_known_address_down_again_learns_who_it_is_where_they_may_see_it(world, coordinator):
    body = {"unit_id": world.units["ward"], "name": "Eeva", "contact": {"email": "eeva.tuttu@example.org"}}
    made = coordinator.post("/v1/experts", body, expect=201).json()
    refused = coordinator.post("/v1/experts", {**body, "unit_id": world.units["office"]}, expect=409, problem="expert_is_known")
    assert problem_pointers(refused) == ["/contact/email"] and refused.json()["expert_id"] == made["id"]
    elsewhere = Client(world.api, world.new_key(["experts:read", "experts:write"], units=["office"]))
    assert "expert_id" not in elsewhere.post("/v1/experts", {**body, "unit_id": world.units["office"]}, expect=409, problem="expert_is_known").json()
    coordinator.move(f"/v1/experts/{made['id']}", "ended", expect=200)
    assert coordinator.post("/v1/experts", body, expect=201).json()["id"] != made["id"]


def test_of_ten_at_once_one_is_written_down(world, coordinator):
    calls = [opened(world, coordinator, unit) for unit in ("ward", "office")]

    def ask(n):
        if n % 2:
            return applies(world, calls[n // 2 % 2], "eeva.kymmenen@example.org")["id"]
        return world.client("experts", checked=False).post(
            "/v1/experts", {"unit_id": world.units["ward"], "name": "Eeva", "contact": {"email": "eeva.kymmenen@example.org"}}).json().get("id")
    with ThreadPoolExecutor(10) as pool:
        asked = [made for made in pool.map(ask, range(10)) if made is not None]
    assert len(known(world, *asked)) == 1


def test_an_agreement_cannot_be_cut_before_what_was_confirmed(world, coordinator):
    expert = make_expert(world)
    booking = Booking(world, starts_at=moment(days=20), ends_at=moment(days=20, hours=1))
    booking.confirm(expert)
    path = f"/v1/experts/{expert.id}"
    for body, pointer in (({"agreement_until": day(10)}, "/agreement_until"), ({"agreement_from": day(25)}, "/agreement_from")):
        refused = coordinator.patch(path, body, etag="*", expect=409, problem="agreement_covers_bookings")
        assert problem_pointers(refused) == [pointer] and [item["id"] for item in refused.json()["bookings"]] == [booking.id]
    coordinator.patch(path, {"agreement_until": day(30), "week_hours": 10}, etag="*", expect=200)
    booking.move("cancelled_early")
    assert coordinator.patch(path, {"agreement_until": day(10)}, etag="*", expect=200).json()["agreement_until"] == day(10)


def test_reasons_names_and_training_are_masked(world, coordinator):
    said = "Soita 040 123 4567."
    expert = make_expert(world)
    booking = Booking(world)
    booking.confirm(expert)
    act(world, expert.token, booking.id, "cancelled_early", said)
    assert "Soita " in (page := Client(world.api).get(f"/m/{booking.token}", expect=200).text) and "123 4567" not in page
    task = Task(world, world.units["ward"]).over()
    task.claims(hours=1)
    world.client("bookings").move(f"/v1/claims/{task.claim}", "returned", reason=said, expect=200)
    assert "123 4567" not in Client(world.api).get(f"{task.path}/claims", expect=200).json()["items"][0]["state_reason"]
    card = coordinator.patch(f"/v1/experts/{expert.id}", {"name": "Eeva eeva@example.org", "training": said}, etag="*", expect=200).json()
    assert "@" not in card["name"] and card["name"].startswith("Eeva ") and "123 4567" not in card["training"]
