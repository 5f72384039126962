"""
Calls for people who want to become experts: who opens them, where they stand, who answers them and how.
"""

import pytest

from support.client import Client, new_key, problem_pointers
from support.database import Database
from support.open_pages import OpenPage, words
from support.panels import day
from support.public_pages import wait_for_text
from support.world import World


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


@pytest.fixture(scope="module")
def coordinator(world):
    return world.client("experts")


@pytest.fixture
def call(world, coordinator):
    return coordinator.post("/v1/expert-calls", {"unit_id": world.units["ward"], "title": {"fi": "Tule mukaan", "sv": "Kom med"}, "about": {"fi": "Etsimme sinua."}},
                            expect=201).json()


def apply(world, call, *, expect=201, **more):
    options = {name: more.pop(name) for name in ("idempotency", "problem") if name in more}
    return Client(world.api).post(f"/v1/expert-calls/{call['id']}/applications", {"name": "Eeva", "lang": "fi", **more}, expect=expect, **options)


def test_a_call_is_opened_changed_and_closed_and_stands_among_what_one_can_take_part_in(world, coordinator, call):
    path = f"/v1/expert-calls/{call['id']}"
    listed = {item["id"]: item for item in Client(world.api).all_items("/v1/opportunities", kind="expert_call")}
    assert listed[call["id"]]["title"] == call["title"] and listed[call["id"]]["until_on"] is None
    wait_for_text(world, "/opportunities", "Kom med", language="sv")
    changed = coordinator.patch(path, {"until_on": day(3), "title": {"sv": None}}, etag="*", expect=200).json()
    assert (changed["until_on"], changed["title"]) == (day(3), {"fi": "Tule mukaan"})
    for body, problem, pointer in (({"until_on": day(-1)}, "expert_call_is_over", "/until_on"), ({"title": {"fi": None}}, "name_required", "/title")):
        refused = coordinator.patch(path, body, etag="*", problem=problem)
        assert problem_pointers(refused) == [pointer]
    coordinator.post("/v1/expert-calls", {"unit_id": world.units["ward"], "title": {"fi": "Myöhässä"}, "until_on": day(-1)}, expect=409, problem="expert_call_is_over")
    coordinator.patch(path, {"is_open": False}, etag="*", expect=200)
    assert call["id"] not in [item["id"] for item in Client(world.api).all_items("/v1/opportunities", kind="expert_call")]
    apply(world, call, expect=409, problem="expert_call_is_over")
    assert call["id"] in [item["id"] for item in coordinator.all_items("/v1/expert-calls", limit=1)]


def test_who_applies_is_in_the_register_and_has_a_page(world, coordinator, call):
    key = new_key()
    made, again = (apply(world, call, areas=["cancer"], languages=["fi", "fse"], idempotency=key) for _ in range(2))
    assert made.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    seen = coordinator.get(made.headers["Location"], expect=200).json()
    assert seen == {**seen, "state": "applied", "name": "Eeva", "areas": ["cancer"], "languages": ["fi", "fse"], "has_address": False, "unit_id": world.units["ward"]}
    assert made.json()["id"] in [item["id"] for item in coordinator.all_items("/v1/expert-register", state="applied")]
    assert "Tietosi odottavat koordinaattorin hyväksyntää." in Client(world.api).get(made.json()["link"], expect=200).text
    assert world.database.value("SELECT mailbox FROM mail WHERE template = 'expert_applied' AND link_id = %s::uuid", made.json()["id"]) is not None
    assert world.database.value("SELECT unit_id::text FROM event WHERE type = 'expert.applied' AND subject = %s::uuid", made.json()["id"]) == world.units["ward"]
    refused = apply(world, call, areas=["cancer", "nothing"], expect=422, problem="unknown_reference")
    assert problem_pointers(refused) == ["/areas/1"]


def test_an_address_that_applies_again_gets_its_link_again_and_nobody_learns_that_it_is_there(world, call):
    first, second = (apply(world, call, contact={"email": "eeva.hakija@example.org"}).json() for _ in range(2))
    assert first.keys() == second.keys() == {"id", "applied_on"} and first["id"] != second["id"]
    assert world.database.rows("SELECT id::text FROM person WHERE id::text IN (%s, %s)", first["id"], second["id"]) == [(first["id"],)]
    assert world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_link'", first["id"]) == 2


@pytest.mark.parametrize("language, title, field, thanks", [
    ("fi", "Hae kokemusasiantuntijaksi", "suomenruotsalainen viittomakieli", "Koordinaattori lukee hakemuksesi."),
    ("sv", "Ansök om att bli erfarenhetsexpert", "finlandssvenskt teckenspråk", "Koordinatorn läser din ansökan."),
    ("en", "Apply to become an expert by experience", "Finland-Swedish Sign Language", "The coordinator reads your application.")])
def test_the_page_has_a_form_that_applies(world, coordinator, call, language, title, field, thanks):
    page = OpenPage(world, call["id"], language)
    assert title in page.page.words and field in page.page.words
    assert thanks in words(page.send(name=f"Hakija {language}", lang=language, **{"areas.cancer": "true", "languages.sv": "true"}))
    made = [item["id"] for item in coordinator.all_items("/v1/expert-register", state="applied") if item["name"] == f"Hakija {language}"]
    card = coordinator.get(f"/v1/experts/{made[0]}", expect=200).json()
    assert (card["lang"], card["areas"], card["languages"]) == (language, ["cancer"], ["sv"])
