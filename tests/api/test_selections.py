"""
Selections by lot: a seed that was fixed before anybody applied, quotas, the reserve; and each repeated by an independent script.
"""

import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from support.client import new_key, problem_pointers
from support.panels import make_member, make_panel
from support.people import add_person

SCRIPT = Path(__file__).parents[1] / "support" / "draw.py"
YOUNG = {"name": "nuoret", "is": {"age_band": ["13_17", "18_29"]}, "least": 2, "most": 3}
OLD = {"name": "vanhat", "is": {"age_band": ["65_74", "75_plus"]}, "least": 1}


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def recruiting(world, size=5, quota=(), **body):
    return make_panel(world, "client_panel", state="recruiting", checks_by_hand=False, rules={"size": size}, quota=list(quota), **body)


def apply(world, panel, count, **columns):
    return [make_member(world, panel, state="applied", **columns) for _ in range(count)]


def draw(client, panel, expect=201, **body):
    return client.post(f"/v1/panels/{panel}/selections", body, expect=expect)


def document(client, panel, n=1):
    return client.get(f"/v1/panels/{panel}/selections/{n}", expect=200).json()


def states(world, panel):
    return dict(world.database.rows("SELECT id::text, state FROM member WHERE panel_id = %s", panel))


def repeated(drawn):
    """Whether the independent script, which gets the document alone, draws the same."""
    return subprocess.run([sys.executable, SCRIPT], input=json.dumps(drawn), text=True, check=False).returncode == 0


def test_whoever_may_no_longer_be_a_member_is_not_drawn_and_stops_no_draw(world, coordinator):
    panel = recruiting(world, size=2)
    staff, *others = apply(world, panel, 4)
    coordinator.patch(f"/v1/members/{staff}", {"is_staff": True}, etag="*", expect=200)
    assert draw(coordinator, panel, reserve_most=1).json()["candidates"] == 3
    found = states(world, panel)
    assert found.pop(staff) == "not_selected" and sorted(found.values()) == ["reserve", "selected", "selected"]
    assert {one["id"] for one in document(coordinator, panel)["candidates"]} == set(others) and repeated(document(coordinator, panel))


# ---- the seed ----

def test_the_seed_is_fixed_before_anybody_applies_and_published_with_the_draw(world, coordinator):
    panel = recruiting(world)
    known = coordinator.get(f"/v1/panels/{panel}", expect=200).json()["next_seed_hash"]
    apply(world, panel, 8)
    made = draw(coordinator, panel).json()
    assert made == {**made, "n": 1, "places": 5, "candidates": 8, "selected": 5, "reserve": 3, "not_selected": 0}
    drawn = document(coordinator, panel)
    assert drawn["seed_hash"] == known == hashlib.sha256(drawn["seed"].encode()).hexdigest()
    assert coordinator.get(f"/v1/panels/{panel}", expect=200).json()["next_seed_hash"] not in (known, None)


def test_the_seed_of_a_draw_that_is_to_come_is_read_by_nobody(world):
    recruiting(world)
    with world.database.transaction("api") as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT seed FROM panel_seed")


def test_the_document_has_no_names_and_tells_what_became_of_everybody(world, coordinator):
    panel = recruiting(world)
    apply(world, panel, 7, age_band="18_29", lang="fi")
    world.database.run("INSERT INTO member_name (member_id, name) SELECT id, 'Aino Salattu' FROM member WHERE panel_id = %s", panel)
    draw(coordinator, panel, reserve_most=1)
    reply = coordinator.get(f"/v1/panels/{panel}/selections/1", expect=200)
    assert "Salattu" not in reply.text
    assert {one["id"]: one["result"] for one in reply.json()["candidates"]} == states(world, panel)
    assert sorted(states(world, panel).values()) == ["not_selected", "reserve"] + 5 * ["selected"]
    assert reply.json()["candidates"][0]["attributes"] == {"role": "client", "age_band": "18_29", "gender": None, "lang": "fi", "municipality": None}


@pytest.mark.parametrize("quota", [[], [YOUNG], [YOUNG, OLD], [OLD, {"name": "naiset", "is": {"gender": ["woman"], "age_band": ["30_64"]}, "most": 1}]])
def test_whoever_has_the_document_draws_the_same(world, coordinator, quota):
    panel = recruiting(world, size=6, quota=quota)
    make_member(world, panel, age_band="18_29")
    for n, age in enumerate(("13_17", "18_29", "30_64", "65_74", "75_plus", None)):
        apply(world, panel, 3, age_band=age, gender=("woman", "man", None)[n % 3])
    draw(coordinator, panel, reserve_most=4)
    drawn = document(coordinator, panel)
    assert drawn["places"] == 5 and repeated(drawn)
    assert not repeated({**drawn, "seed": "0" * 64})
    swapped = [{**one, "result": "selected"} for one in drawn["candidates"]]
    assert not repeated({**drawn, "candidates": swapped})


def test_attributes_go_with_the_person_and_the_draw_can_still_be_repeated(world, coordinator):
    panel = recruiting(world, size=3, quota=[YOUNG])
    apply(world, panel, 4, age_band="18_29")
    apply(world, panel, 3, age_band="75_plus")
    draw(coordinator, panel, reserve_most=2)
    young = next(one["id"] for one in document(coordinator, panel)["candidates"] if one["cell"] is not None)
    add_person(world, "member", young)
    coordinator.post(f"/v1/people/{young}/erasure", expect=200)
    drawn = document(coordinator, panel)
    assert [one["attributes"] for one in drawn["candidates"] if one["id"] == young] == [None] and repeated(drawn)
    assert all(one["attributes"] for one in drawn["candidates"] if one["id"] != young)
    assert coordinator.get(f"/v1/members/{young}", expect=200).json()["age_band"] is None


def test_a_repeated_request_draws_once(world, coordinator):
    panel, key = recruiting(world), new_key()
    apply(world, panel, 2)
    first, again = (coordinator.post(f"/v1/panels/{panel}/selections", {}, idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    coordinator.post(f"/v1/panels/{panel}/selections", {"reserve_most": 1}, idempotency=key, expect=422, problem="idempotency_key_reused")
    assert len(coordinator.all_items(f"/v1/panels/{panel}/selections")) == 1
    coordinator.get(f"/v1/panels/{panel}/selections/2", expect=404)
    coordinator.get(f"/v1/panels/{uuid.uuid4()}/selections", expect=404)


# ---- quotas ----

def test_a_cell_below_its_least_and_a_place_that_nobody_of_the_reserve_can_take_are_told(world, coordinator):
    world.client("admin").patch(f"/v1/units/{world.units['ward']}", {"mailboxes": {"coordinator": "raadit@example.org"}}, etag="*", expect=200)
    panel = recruiting(world, size=3, quota=[{**YOUNG, "least": 1, "most": 1}, OLD])
    apply(world, panel, 3, age_band="18_29"), apply(world, panel, 1, age_band="75_plus")
    draw(coordinator, panel)

    def quota():
        rules = coordinator.get(f"/v1/panels/{panel}/rules", expect=200).json()["rules"]
        return next((rule["value"], rule["found"], rule["holds"], rule["cells"]) for rule in rules if rule["rule"] == "quota")

    def told():
        return world.database.rows("SELECT mailbox FROM mail WHERE template = 'place_empty' AND link_id = %s::uuid", panel)
    old = world.database.value("SELECT id::text FROM member WHERE panel_id = %s AND state = 'selected' AND age_band = '75_plus'", panel)
    assert (quota(), told()) == ((2, 2, True, []), [])
    world.database.run("UPDATE member SET state = 'active', version = version + 1 WHERE id = %s", old)
    coordinator.move(f"/v1/members/{old}", "ceased", reason="Muutti pois.", expect=200)
    assert (quota(), told()) == ((2, 1, False, [{"name": "vanhat", "least": 1, "seated": 0}]), [("raadit@example.org",)])



@pytest.mark.parametrize("quota, size, young, cell", [
    ([YOUNG], 6, 1, {"cell": "nuoret", "lacks": 2, "candidates": 1, "places": 5}),
    ([{**OLD, "least": 2}, YOUNG], 4, 2, {"cell": "nuoret", "lacks": 2, "candidates": 2, "places": 1}),
])
def test_a_cell_that_cannot_be_filled_is_named(world, coordinator, quota, size, young, cell):
    panel = recruiting(world, size=size, quota=quota)
    make_member(world, panel)
    apply(world, panel, young, age_band="18_29"), apply(world, panel, 3, age_band="75_plus")
    problem = draw(coordinator, panel, expect=409).json()
    assert problem["code"] == "quota_cell_can_be_filled" and problem == {**problem, **cell}
    assert set(states(world, panel).values()) == {"active", "eligible"}


def test_a_cell_has_no_more_than_its_most_and_counts_who_was_there(world, coordinator):
    panel = recruiting(world, size=9, quota=[YOUNG])
    make_member(world, panel, age_band="13_17")
    apply(world, panel, 6, age_band="18_29"), apply(world, panel, 3, age_band="30_64")
    assert draw(coordinator, panel).json()["selected"] == 5
    drawn = document(coordinator, panel)
    assert drawn["quota"] == [{**YOUNG, "seated": 1}] and repeated(drawn)
    chosen = [one["cell"] for one in drawn["candidates"] if one["result"] == "selected"]
    assert (chosen.count("nuoret"), chosen.count(None)) == (2, 3)


@pytest.mark.parametrize("quota, pointer, code", [
    ([{**YOUNG, "least": 4}], "/quota/0/most", "quota_cell_is_possible"),
    ([YOUNG, {**YOUNG, "name": "toiset"}], "/quota/1", "quota_cells_are_apart"),
    ([YOUNG, {"name": "naiset", "is": {"gender": ["woman"]}}], "/quota/1", "quota_cells_are_apart"),
    ([YOUNG, {**OLD, "name": "nuoret"}], "/quota/1", "quota_cells_are_apart"),
])
def test_quotas_that_make_no_sense_are_refused_with_their_place(world, coordinator, quota, pointer, code):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": {"fi": "Raati"}, "quota": quota}
    for reply in (coordinator.post("/v1/panels", body, expect=422),
                  coordinator.patch(f"/v1/panels/{make_panel(world, 'client_panel')}", {"quota": quota}, etag="*", expect=422)):
        assert [(error["pointer"], error["code"]) for error in reply.json()["errors"]] == [(pointer, code)]


def test_a_cell_of_a_municipality_that_is_not_there_is_refused_with_its_place(world, coordinator):
    body = {"quota": [YOUNG, {"name": "muualta", "is": {"municipality": ["998"], "age_band": ["75_plus"]}}]}
    for reply in (coordinator.post("/v1/panels", {"unit_id": world.units["ward"], "kind": "client_panel", "name": {"fi": "Raati"}, **body}, expect=422, problem="unknown_reference"),
                  coordinator.patch(f"/v1/panels/{make_panel(world, 'client_panel')}", body, etag="*", expect=422, problem="unknown_reference")):
        assert problem_pointers(reply) == ["/quota/1/is/municipality/0"]


def test_quotas_that_demand_more_than_there_are_places_are_refused_when_written(world, coordinator):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": {"fi": "Raati"}, "quota": [YOUNG, OLD], "rules": {"size": 2}}
    panel = coordinator.post("/v1/panels", {**body, "rules": {"size": 3}}, expect=201).json()["id"]
    for reply, pointer in ((coordinator.post("/v1/panels", body, expect=422), "/quota/1/least"),
                           (coordinator.patch(f"/v1/panels/{panel}", {"quota": [OLD, {**YOUNG, "least": 3}]}, etag="*", expect=422), "/quota/1/least"),
                           (coordinator.patch(f"/v1/panels/{panel}", {"rules": {"size": 2}}, etag="*", expect=422), "/rules/size")):
        assert (reply.json()["code"], problem_pointers(reply)) == ("quota_is_within_size", [pointer])
        assert reply.json()["cell"] in ("nuoret", "vanhat") and reply.json()["least"] > reply.json()["size"]
    coordinator.patch(f"/v1/panels/{panel}", {"rules": {"size": 0}}, etag="*", expect=200)


def test_an_attribute_that_is_none_is_refused(world, coordinator):
    for cell in ({"name": "a", "is": {}}, {"name": "a", "is": {"shoe": ["42"]}}, {"name": "a", "is": {"gender": []}}):
        reply = coordinator.patch(f"/v1/panels/{make_panel(world, 'client_panel')}", {"quota": [cell]}, etag="*", expect=422)
        assert problem_pointers(reply)[0].startswith("/quota/0/is")


# ---- when it can be drawn ----

def test_nobody_is_drawn_before_every_application_is_decided(world, coordinator):
    panel = make_panel(world, "client_panel", state="recruiting")
    members = apply(world, panel, 2)
    coordinator.move(f"/v1/members/{members[0]}", "eligible", expect=200)
    assert draw(coordinator, panel, expect=409).json()["code"] == "applications_are_decided"
    coordinator.move(f"/v1/members/{members[1]}", "ineligible", reason="Asuu muualla", expect=200)
    assert draw(coordinator, panel).json()["selected"] == 1


def test_a_panel_that_does_not_recruit_has_no_candidates_or_is_full_draws_nobody(world, coordinator):
    assert draw(coordinator, make_panel(world, "client_panel"), expect=409).json()["code"] == "panel_does_not_recruit"
    panel = recruiting(world, size=1)
    assert draw(coordinator, panel, expect=409).json()["code"] == "selection_has_candidates"
    make_member(world, panel), apply(world, panel, 1)
    assert draw(coordinator, panel, expect=409).json()["code"] == "panel_has_room"


# ---- the reserve ----

def in_order(drawn, result):
    return [one["id"] for one in drawn["candidates"] if one["result"] == result]


def test_the_reserve_moves_up_in_the_order_of_the_draw(world, coordinator):
    panel = recruiting(world, size=2)
    apply(world, panel, 5)
    draw(coordinator, panel)
    drawn = document(coordinator, panel)
    waiting, leaving = in_order(drawn, "reserve"), in_order(drawn, "selected")
    world.database.run("INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
                       " SELECT gen_random_uuid(), 'member', id, state, 'active', 'member', version + 1 FROM member WHERE id = %s::uuid", leaving[0])
    coordinator.move(f"/v1/members/{leaving[0]}", "ceased", reason="Muutti", expect=200)
    assert [states(world, panel)[one] for one in waiting] == ["selected", "reserve", "reserve"]
    coordinator.patch(f"/v1/panels/{panel}", {"rules": {"size": 3}}, etag="*", expect=200)
    assert [states(world, panel)[one] for one in waiting] == ["selected", "selected", "reserve"]


def test_a_place_that_a_cell_lacks_goes_to_the_first_of_that_cell(world, coordinator):
    panel = recruiting(world, size=3, quota=[{**YOUNG, "least": 1, "most": 1}])
    apply(world, panel, 4, age_band="30_64"), apply(world, panel, 3, age_band="18_29")
    draw(coordinator, panel)
    drawn = document(coordinator, panel)
    cells = {one["id"]: one["cell"] for one in drawn["candidates"]}
    young = next(one for one in in_order(drawn, "selected") if cells[one])
    world.database.run("INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
                       " SELECT gen_random_uuid(), 'member', id, state, 'declined', 'system', version + 1 FROM member WHERE id = %s::uuid", young)
    moved = [one for one in in_order(drawn, "reserve") if states(world, panel)[one] == "selected"]
    assert moved == [next(one for one in in_order(drawn, "reserve") if cells[one])]
