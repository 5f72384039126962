"""
Municipalities of the county: kept by the administrator, known to everybody, and heard in statutory bodies.
"""

import itertools

import pytest

from support.client import Client, problem_pointers
from support.panels import COUNCILS, day, make_member, make_panel

CODES = itertools.count(100)


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def add(world, code=None, **more):
    body = {"unit_id": world.units["county"], "code": code or str(next(CODES)), "name": {"fi": "Kunta"}, **more}
    return world.client("admin").post("/v1/municipalities", body, **({} if code else {"expect": 201}))


def test_a_municipality_is_made_renamed_and_closed_and_everybody_sees_it(world):
    made = add(world)
    anyone = Client(world.api)
    assert anyone.get(made.headers["Location"], expect=200).json() == made.json()
    changed = world.client("admin").patch(made.headers["Location"], {"name": {"sv": "Kommun"}, "closed_on": "2026-01-01"}, etag='"1"', expect=200).json()
    assert (changed["name"], changed["closed_on"]) == ({"fi": "Kunta", "sv": "Kommun"}, "2026-01-01")
    world.client("admin").patch(made.headers["Location"], {"name": {"fi": None, "sv": None}}, etag='"2"', expect=422, problem="name_required")
    assert [item["code"] for item in anyone.all_items("/v1/municipalities", limit=1)] == [made.json()["code"]]


def test_a_code_is_given_once(world):
    code = add(world).json()["code"]
    refused = add(world, code)
    assert refused.status_code == 409 and refused.json()["code"] == "municipality_code_is_unique" and problem_pointers(refused) == ["/code"]
    assert add(world, "12").status_code == add(world, "1234").status_code == add(world, "a23").status_code == 422


@pytest.mark.parametrize("kind", COUNCILS)
def test_a_statutory_body_begins_with_a_member_of_every_municipality(world, kind):
    codes = [add(world).json()["code"] for _ in range(2)]
    add(world, closed_on="2020-01-01")
    coordinator = world.client("coordinator")
    panel = make_panel(world, kind, starts_on=day(0), ends_on=day(300))
    make_member(world, panel, role="nominee", municipality=codes[0])
    make_member(world, panel, role="nominee", municipality=codes[1], state="declined")
    coordinator.move(f"/v1/panels/{panel}", "active", expect=409, problem="panel_hears_every_municipality")
    report = {rule["rule"]: rule for rule in coordinator.get(f"/v1/panels/{panel}/rules", expect=200).json()["rules"]}
    assert report["per_municipality"] == {**report["per_municipality"], "value": 1, "found": 1, "holds": False, "missing": [codes[1]]}
    make_member(world, panel, role="nominee", municipality=codes[1])
    coordinator.move(f"/v1/panels/{panel}", "active", expect=200)


def test_a_county_may_let_a_body_begin_without(world):
    add(world)
    panel = make_panel(world, "elderly_council", starts_on=day(0), ends_on=day(300), rules={"per_municipality": 0})
    world.client("coordinator").move(f"/v1/panels/{panel}", "active", expect=200)


def test_other_panels_need_no_municipality(world):
    add(world)
    make_panel(world, "client_panel", state="active")
