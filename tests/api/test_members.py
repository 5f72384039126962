"""
Members of panels over HTTP: nomination, names, rules, dates and states.
"""

import pytest

from support.client import Client, new_key, problem_pointers
from support.panels import day, make_member, make_panel

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def nominate(client, panel, **body):
    options = {name: body.pop(name) for name in ("expect", "problem", "idempotency") if name in body}
    return client.post(f"/v1/panels/{panel}/members", {"role": "client", "name": "Aino Jäsen", **body}, **{"expect": 201, **options})


def state(world, member):
    return world.database.value("SELECT state FROM member WHERE id = %s::uuid", member)


def steps(world, member):
    return world.database.rows("SELECT to_state, who, reason FROM step WHERE subject = %s::uuid ORDER BY version", member)


# ---- nomination, names ----

def test_a_nominated_member_becomes_active_and_ceases_with_a_reason_and_dates(world, coordinator):
    made = nominate(coordinator, make_panel(world, "client_panel"), age_band="18_29", gender="woman", lang="sv")
    member, path = made.json(), made.headers["Location"]
    assert member == {**member, "state": "nominated", "came_by": "nomination", "name": "Aino Jäsen", "age_band": "18_29", "from_on": None}
    coordinator.move(path, "active", expect=200)
    assert coordinator.get(path, expect=200).json()["from_on"] == day(0)
    coordinator.move(path, "ceased", expect=422, problem="reason_required")
    coordinator.move(path, "ceased", reason="Muutti pois", expect=200)
    shown = coordinator.get(path, expect=200).json()
    assert (shown["state"], shown["until_on"], shown["state_reason"]) == ("ceased", day(0), "Muutti pois")


def test_a_repeated_nomination_makes_one_member(world, coordinator):
    panel, key = make_panel(world, "client_panel"), new_key()
    first, again = (nominate(coordinator, panel, idempotency=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    nominate(coordinator, panel, name="Toinen", idempotency=key, expect=422, problem="idempotency_key_reused")


def test_names_are_shown_to_who_runs_panels_alone(world, coordinator):
    panel = make_panel(world, "client_panel")
    member = nominate(coordinator, panel).json()["id"]
    reader = Client(world.api, world.new_key(["panels:read"]))
    for shown in (reader.get(f"/v1/members/{member}", expect=200), reader.get(f"/v1/panels/{panel}/members", expect=200)):
        assert "Aino" not in shown.text
    both = Client(world.api, world.new_key(["panels:read", "panels:write"]))
    assert both.get(f"/v1/panels/{panel}/members", expect=200).json()["items"][0]["name"] == "Aino Jäsen"
    both.patch(f"/v1/members/{member}", {"name": "Aino Toinen"}, etag="*", expect=200)
    assert both.get(f"/v1/members/{member}", expect=200).json()["name"] == "Aino Toinen"


def test_members_are_listed_by_state_and_role(world, coordinator):
    panel = make_panel(world, "client_panel")
    wanted = make_member(world, panel, role="chair")
    make_member(world, panel, role="client"), make_member(world, panel, role="chair", state="declined")
    assert [item["id"] for item in coordinator.all_items(f"/v1/panels/{panel}/members", state="active,selected", role="chair")] == [wanted]
    assert len(coordinator.all_items(f"/v1/panels/{panel}/members", limit=1)) == 3
    coordinator.get(f"/v1/panels/{UNKNOWN}/members", expect=404)


# ---- rules ----

@pytest.mark.parametrize("who, rule", [({"is_staff": True}, "member_is_not_staff"), ({"in_statutory_body": True}, "member_is_not_in_statutory_body")])
def test_whom_the_rules_exclude_is_not_nominated_and_not_made_one(world, coordinator, who, rule):
    panel = make_panel(world, "client_panel")
    nominate(coordinator, panel, **who, expect=409, problem=rule)
    made = nominate(coordinator, panel, role="facilitator", **who)
    coordinator.move(made.headers["Location"], "active", expect=200)
    coordinator.patch(made.headers["Location"], {"role": "client"}, etag="*", expect=409, problem=rule)
    later = nominate(coordinator, panel).headers["Location"]
    coordinator.patch(later, who, etag="*", expect=200)
    coordinator.move(later, "active", expect=409, problem=rule)


def test_an_applicant_whom_the_rules_exclude_is_told_the_rule(world, coordinator):
    panel = make_panel(world, "client_panel", state="recruiting", checks_by_hand=False)
    excluded, fine = make_member(world, panel, state="applied", is_staff=True), make_member(world, panel, state="applied")
    assert steps(world, excluded) == [("ineligible", "system", "member_is_not_staff")]
    assert steps(world, fine) == [("eligible", "system", None)]
    assert coordinator.get(f"/v1/members/{excluded}", expect=200).json()["state_reason"] == "member_is_not_staff"
    coordinator.move(f"/v1/members/{excluded}", "eligible", reason="Ei ole enää työssä", expect=409, problem="member_is_not_staff")
    coordinator.patch(f"/v1/members/{excluded}", {"is_staff": False}, etag="*", expect=200)
    coordinator.move(f"/v1/members/{excluded}", "eligible", reason="Ei ole enää työssä", expect=200)


def test_by_hand_the_coordinator_says_who_is_eligible_and_why_not(world, coordinator):
    panel = make_panel(world, "client_panel", state="recruiting")
    member = make_member(world, panel, state="applied")
    assert state(world, member) == "applied"
    coordinator.move(f"/v1/members/{member}", "ineligible", expect=422, problem="reason_required")
    coordinator.move(f"/v1/members/{member}", "ineligible", reason="Asuu muualla", expect=200)
    coordinator.move(f"/v1/members/{member}", "eligible", reason="Muutti alueelle", expect=200)
    problem = coordinator.move(f"/v1/members/{member}", "active", expect=409, problem="illegal_transition").json()
    assert problem["legal"] == []


def test_a_full_panel_takes_nobody_more(world, coordinator):
    panel = make_panel(world, "client_panel", rules={"size": 1})
    make_member(world, panel)
    one_more = nominate(coordinator, panel).headers["Location"]
    coordinator.move(one_more, "active", expect=409, problem="panel_has_room")
    facilitator = nominate(coordinator, panel, role="facilitator").headers["Location"]
    coordinator.move(facilitator, "active", expect=200)
    coordinator.patch(facilitator, {"role": "chair"}, etag="*", expect=409, problem="panel_has_room")


def test_a_municipality_that_is_none_is_refused_with_its_place(world, coordinator):
    panel = make_panel(world, "client_panel")
    assert problem_pointers(nominate(coordinator, panel, municipality="998", expect=422, problem="unknown_reference")) == ["/municipality"]
    member = nominate(coordinator, panel).headers["Location"]
    assert problem_pointers(coordinator.patch(member, {"municipality": "998"}, etag="*", expect=422, problem="unknown_reference")) == ["/municipality"]


@pytest.mark.parametrize("body, pointer", [({"role": "boss"}, "/role"), ({"name": ""}, "/name"), ({"name": "   "}, "/name"), ({"age_band": "old"}, "/age_band"),
                                           ({"is_staff": "no"}, "/is_staff"), ({"address": "x"}, "/address")])
def test_bad_members_are_refused_with_their_place(world, coordinator, body, pointer):
    assert problem_pointers(nominate(coordinator, make_panel(world, "client_panel"), **body, expect=422)) == [pointer]


def test_a_panel_that_is_over_takes_nobody(world, coordinator):
    panel = make_panel(world, "client_panel", state="active")
    coordinator.move(f"/v1/panels/{panel}", "ended", expect=200)
    nominate(coordinator, panel, expect=409, problem="panel_is_over")
    coordinator.move(f"/v1/members/{make_member(world, panel, state='nominated')}", "active", expect=409, problem="panel_is_over")


def test_a_nomination_is_taken_back_with_a_reason(world, coordinator):
    member = nominate(coordinator, make_panel(world, "client_panel")).headers["Location"]
    coordinator.move(member, "not_selected", expect=422)
    coordinator.move(member, "not_selected", reason="Nimettiin erehdyksessä.", expect=200)
    assert coordinator.get(member, expect=200).json()["state_reason"] == "Nimettiin erehdyksessä."


# ---- dates ----

@pytest.mark.parametrize("last", [-1, -400])
def test_a_last_day_in_the_past_is_refused_with_its_place(world, coordinator, last):
    member = make_member(world, make_panel(world, "client_panel"), from_on=day(0))
    problem = coordinator.patch(f"/v1/members/{member}", {"until_on": day(last)}, etag="*", expect=422, problem="member_ends_after_it_starts")
    assert problem_pointers(problem) == ["/until_on"]
    coordinator.patch(f"/v1/members/{member}", {"until_on": day(0)}, etag='"1"', expect=200)
    coordinator.patch(f"/v1/members/{member}", {"until_on": None}, etag='"1"', expect=412, problem="stale_version")


def test_only_an_active_member_has_a_last_day(world, coordinator):
    member = nominate(coordinator, make_panel(world, "client_panel")).headers["Location"]
    coordinator.patch(member, {"until_on": day(5)}, etag="*", expect=409, problem="membership_is_not_active")


def test_when_a_panel_ends_its_members_cease_and_nobody_waits_any_more(world, coordinator):
    panel = make_panel(world, "client_panel", state="active")
    left = {"active": "ceased", "selected": "declined", **dict.fromkeys(("applied", "eligible", "nominated", "reserve"), "not_selected")}
    members = {state: make_member(world, panel, state=state) for state in left}
    others = {state: make_member(world, panel, state=state) for state in ("ineligible", "withdrawn", "declined")}
    coordinator.move(f"/v1/panels/{panel}", "ended", expect=200)
    assert {before: steps(world, member) for before, member in members.items()} == {before: [(after, "system", "panel_is_over")] for before, after in left.items()}
    assert {before: state(world, member) for before, member in others.items()} == {before: before for before in others}
