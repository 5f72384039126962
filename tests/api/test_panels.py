"""
Panels over HTTP: their kinds, terms and rules, and the states that they go through.
"""

import pytest

from support.client import new_key, problem_pointers
from support.panels import COUNCILS, KINDS, day, make_member, make_panel

NAME = {"fi": "Asiakasraati", "sv": "Klientråd"}


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def rules(client, panel):
    return {rule["rule"]: rule for rule in client.get(f"/v1/panels/{panel}/rules", expect=200).json()["rules"]}


# ---- making and reading ----

@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made_and_has_its_floor(world, coordinator, kind):
    made = coordinator.post("/v1/panels", {"unit_id": world.units["ward"], "kind": kind, "name": NAME}, expect=201)
    panel = made.json()
    assert panel == {**panel, "state": "draft", "kind": kind, "name": NAME, "is_statutory": kind in COUNCILS, "rules": {},
                     "level": "development" if kind == "co_development" else "dialogue"}
    assert coordinator.get(made.headers["Location"], expect=200).json() == {**panel, "state_reason": None, "next_seed_hash": None}


def test_a_repeated_request_makes_one_panel(world, coordinator):
    key, body = new_key(), {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME}
    first, again = (coordinator.post("/v1/panels", body, idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    coordinator.post("/v1/panels", {**body, "is_public": True}, idempotency=key, expect=422, problem="idempotency_key_reused")


def test_panels_are_listed_by_unit_kind_and_state(world, coordinator):
    mine = make_panel(world, "steering_group", unit="office")
    other = make_panel(world, "client_panel", unit="office")
    listed = coordinator.all_items("/v1/panels", unit_id=world.units["social"], kind="steering_group,online_panel", state="draft")
    assert mine in [panel["id"] for panel in listed] and other not in [panel["id"] for panel in listed]
    assert coordinator.all_items("/v1/panels", unit_id=world.units["office"], state="ended") == []


@pytest.mark.parametrize("change, pointer", [({"unit_id": "00000000-0000-4000-8000-000000000000"}, "/unit_id"),
                                             ({"service_id": "00000000-0000-4000-8000-000000000000"}, "/service_id")])
def test_a_unit_or_service_that_is_not_there_is_named(world, coordinator, change, pointer):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME, **change}
    assert problem_pointers(coordinator.post("/v1/panels", body, expect=422, problem="unknown_reference")) == [pointer]


def test_texts_are_edited_by_language(world, coordinator):
    path = f"/v1/panels/{make_panel(world, 'client_panel')}"
    coordinator.patch(path, {"purpose": {"fi": "Kehittää palvelua"}, "name": {"sv": None}}, etag='"1"', expect=200)
    shown = coordinator.patch(path, {"service_id": world.services["ward"], "purpose": {"sv": "Utveckla"}}, etag='"2"', expect=200).json()
    assert (shown["name"], shown["purpose"]) == ({"fi": "Raati"}, {"fi": "Kehittää palvelua", "sv": "Utveckla"})
    assert shown["service_id"] == world.services["ward"]
    coordinator.patch(path, {"name": {"fi": None}}, etag='"3"', expect=422, problem="name_required")
    coordinator.patch(path, {"is_public": True}, etag='"2"', expect=412, problem="stale_version")


# ---- dates and rules ----

def test_a_term_that_ends_before_it_begins_is_refused_with_its_place(world, coordinator):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME, "starts_on": day(1), "ends_on": day(0)}
    assert problem_pointers(coordinator.post("/v1/panels", body, expect=422, problem="panel_ends_after_it_starts")) == ["/ends_on"]
    path = f"/v1/panels/{make_panel(world, 'client_panel', starts_on=day(0), ends_on=day(0))}"
    assert problem_pointers(coordinator.patch(path, {"starts_on": day(1)}, etag="*", expect=422, problem="panel_ends_after_it_starts")) == ["/ends_on"]


def test_a_date_that_is_none_is_refused_with_its_place(world, coordinator):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME, "starts_on": "2027-02-29", "ends_on": "2027-13-01"}
    assert problem_pointers(coordinator.post("/v1/panels", body, expect=422)) == ["/ends_on", "/starts_on"]


@pytest.mark.parametrize("name", ["starts_on", "ends_on", "recruits_until"])
@pytest.mark.parametrize("far", ["9999-12-31", "1899-12-31", day(3655)])
def test_a_day_that_nobody_means_is_refused_with_its_place(world, coordinator, name, far):
    body = {"unit_id": world.units["ward"], "kind": "residents_meeting", "name": NAME, name: far}
    assert problem_pointers(coordinator.post("/v1/panels", body, expect=422, problem="date_is_near")) == [f"/{name}"]
    path = f"/v1/panels/{make_panel(world, 'residents_meeting')}"
    assert problem_pointers(coordinator.patch(path, {name: far}, etag="*", expect=422, problem="date_is_near")) == [f"/{name}"]
    coordinator.patch(path, {name: day(3652)}, etag="*", expect=200)


def test_a_panel_at_work_does_not_begin_once_more(world, coordinator):
    path = f"/v1/panels/{make_panel(world, 'client_panel', state='active')}"
    reply = coordinator.patch(path, {"starts_on": day(1)}, etag="*", expect=409, problem="panel_has_begun")
    assert problem_pointers(reply) == ["/starts_on"]
    assert coordinator.patch(path, {"starts_on": day(-20)}, etag="*", expect=200).json()["starts_on"] == day(-20)
    early = f"/v1/panels/{make_panel(world, 'client_panel', state='active', starts_on=day(5))}"
    coordinator.patch(early, {"starts_on": day(6)}, etag="*", expect=200)


@pytest.mark.parametrize("name", [{"fi": "   "}, {"fi": "Raati", "sv": "\u200b"}])
def test_a_name_in_which_nothing_can_be_read_is_refused(world, coordinator, name):
    (language, _), = [entry for entry in name.items() if entry[1] != "Raati"]
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": name}
    assert problem_pointers(coordinator.post("/v1/panels", body, expect=422)) == [f"/name/{language}"]
    path = f"/v1/panels/{make_panel(world, 'client_panel')}"
    assert problem_pointers(coordinator.patch(path, {"name": name}, etag="*", expect=422)) == [f"/name/{language}"]


@pytest.mark.parametrize("last, status", [("2028-12-31", 201), ("2029-01-01", 409)])
def test_the_term_of_a_client_panel_is_two_years_at_most(world, coordinator, last, status):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME, "starts_on": "2027-01-01", "ends_on": last}
    coordinator.post("/v1/panels", body, expect=status, problem="panel_term_is_within_rule" if status == 409 else None)


def test_a_panel_may_have_numbers_of_its_own(world, coordinator):
    panel = make_panel(world, "client_panel", rules={"term_months": 36}, starts_on="2027-01-01", ends_on="2029-12-31")
    found = rules(coordinator, panel)
    assert (found["term_months"]["value"], found["term_months"]["is_own"], found["term_months"]["found"]) == (36, True, 36)
    assert (found["size"]["value"], found["size"]["is_own"]) == (20, False)
    coordinator.patch(f"/v1/panels/{panel}", {"rules": {"term_months": None}}, etag="*", expect=409, problem="panel_term_is_within_rule")
    coordinator.patch(f"/v1/panels/{panel}", {"rules": {"term_months": 0}}, etag="*", expect=200)


@pytest.mark.parametrize("numbers", [{"size": -1}, {"size": 10001}, {"size": "20"}, {"colour": 1}, {"no_staff": 2}])
def test_a_rule_that_is_none_is_refused(world, coordinator, numbers):
    coordinator.post("/v1/panels", {"unit_id": world.units["ward"], "kind": "client_panel", "name": NAME, "rules": numbers}, expect=422)


def test_a_panel_does_not_become_smaller_than_it_is(world, coordinator):
    panel = make_panel(world, "client_panel")
    for _ in range(3):
        make_member(world, panel)
    assert rules(coordinator, panel)["size"] == {"rule": "size", "value": 20, "is_own": False, "found": 3, "holds": True, "missing": [], "cells": []}
    problem = coordinator.patch(f"/v1/panels/{panel}", {"rules": {"size": 2}}, etag="*", expect=409, problem="panel_has_room")
    assert problem_pointers(problem) == ["/rules/size"]
    coordinator.patch(f"/v1/panels/{panel}", {"rules": {"size": 3}}, etag="*", expect=200)


# ---- states ----

def test_a_panel_recruits_works_pauses_ends_and_is_evaluated(world, coordinator):
    path = f"/v1/panels/{make_panel(world, 'client_panel', starts_on=day(0), ends_on=day(300))}"
    for state in ("recruiting", "active"):
        coordinator.move(path, state, expect=200)
    coordinator.move(path, "paused", expect=422, problem="reason_required")
    coordinator.move(path, "paused", reason="Kesätauko", expect=200)
    assert coordinator.get(path, expect=200).json()["state_reason"] == "Kesätauko"
    coordinator.move(path, "active", expect=200)
    coordinator.move(path, "ended", expect=200)
    coordinator.move(path, "evaluated", expect=409, problem="panel_has_evaluation")
    coordinator.patch(path, {"ends_on": day(400)}, etag="*", expect=409, problem="panel_is_over")
    coordinator.patch(path, {"evaluation": {"fi": "Raati kokoontui neljästi."}}, etag="*", expect=200)
    coordinator.move(path, "evaluated", expect=200)
    coordinator.patch(path, {"evaluation": {"fi": None}}, etag="*", expect=409, problem="panel_has_evaluation")
    steps = world.database.rows("SELECT to_state, who FROM step WHERE subject = %s::uuid ORDER BY version", path.split("/")[-1])
    assert steps == [(state, "coordinator") for state in ("recruiting", "active", "paused", "active", "ended", "evaluated")]


@pytest.mark.parametrize("term", [{}, {"starts_on": day(0)}, {"starts_on": day(-20), "ends_on": day(-1)}])
@pytest.mark.parametrize("state", ["recruiting", "active"])
def test_a_panel_without_its_term_does_not_begin(world, coordinator, term, state):
    coordinator.move(f"/v1/panels/{make_panel(world, 'client_panel', **term)}", state, expect=409, problem="panel_has_term")


def test_a_panel_that_has_begun_keeps_a_term(world, coordinator):
    path = f"/v1/panels/{make_panel(world, 'client_panel', state='active')}"
    coordinator.patch(path, {"ends_on": None}, etag="*", expect=409, problem="panel_has_term")


def test_a_kind_without_a_term_begins_without_one(world, coordinator):
    coordinator.move(f"/v1/panels/{make_panel(world, 'residents_meeting')}", "active", expect=200)


def test_a_draft_ends_only_with_a_reason(world, coordinator):
    path = f"/v1/panels/{make_panel(world, 'client_panel')}"
    coordinator.move(path, "ended", expect=422, problem="reason_required")
    coordinator.move(path, "ended", reason="Ei perusteta", expect=200)


def test_an_illegal_move_tells_the_legal_ones(world, coordinator):
    problem = coordinator.move(f"/v1/panels/{make_panel(world, 'client_panel')}", "evaluated", expect=409, problem="illegal_transition").json()
    assert problem["legal"] == ["active", "ended", "recruiting"]


# ---- the guards of the database, where no statement looks ----

def test_the_database_refuses_a_term_that_is_too_long_and_a_panel_that_is_too_small(world):
    panel = make_panel(world, "client_panel", state="active")
    make_member(world, panel), make_member(world, panel)
    for change in ("ends_on = starts_on + 1000", "rules = '{\"size\": 1}'"):
        with pytest.raises(Exception, match="panel_term_is_within_rule|panel_has_room"):
            world.database.run(f"UPDATE panel SET {change} WHERE id = %s::uuid", panel)


@pytest.mark.parametrize("member, rule", [({"is_staff": True}, "member_is_not_staff"), ({"in_statutory_body": True}, "member_is_not_in_statutory_body")])
def test_the_database_refuses_members_whom_the_rules_exclude(world, member, rule):
    panel = make_panel(world, "client_panel")
    with pytest.raises(Exception, match=rule):
        make_member(world, panel, **member)
    make_member(world, panel, role="facilitator", **member)
    make_member(world, make_panel(world, "steering_group"), **member)


def test_the_database_refuses_one_member_too_many(world):
    panel = make_panel(world, "client_panel", rules={"size": 1})
    make_member(world, panel), make_member(world, panel, role="facilitator"), make_member(world, panel, state="reserve")
    with pytest.raises(Exception, match="panel_has_room"):
        make_member(world, panel)
