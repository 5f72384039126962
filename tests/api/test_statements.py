"""
Statements asked of councils: due before the decision, adopted, delivered, considered with what came of them, published.
"""

import uuid

import pytest

from support.client import new_key, problem_pointers
from support.panels import day, make_panel


@pytest.fixture(scope="module")
def council(world):
    return make_panel(world, "youth_council", state="active")


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def wish(panel, **members):
    return {"panel_id": panel, "title": {"fi": "Palveluverkko"}, "question": {"fi": "Mitä mieltä olette?"}, "due_on": day(10), "decision_on": day(20),
            **members}


@pytest.fixture
def asked(coordinator, council):
    """The path of a statement that was just asked for."""
    return coordinator.post("/v1/statements", wish(council), expect=201).headers["Location"]


def test_a_statement_goes_from_its_request_to_its_publication(coordinator, asked):
    coordinator.patch(asked, {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    for to in ("adopted", "delivered"):
        coordinator.move(asked, to, expect=200)
    coordinator.patch(asked, {"effect": {"fi": "Aukiolot pitenivät."}}, etag="*", expect=200)
    for to in ("considered", "published"):
        coordinator.move(asked, to, expect=200)
    shown = coordinator.get(asked, expect=200).json()
    assert shown["state"] == "published" and shown["adopted_on"] == day(0) and shown["effect"] == {"fi": "Aukiolot pitenivät."}


@pytest.mark.parametrize("members", [{"due_on": day(20)}, {"due_on": day(21)}, {"due_on": day(-1)}])
def test_it_is_due_from_today_on_and_before_the_decision(coordinator, council, members):
    refused = coordinator.post("/v1/statements", wish(council, **members), expect=422, problem="statement_due_before_decision")
    assert problem_pointers(refused) == ["/due_on"]


def test_it_can_be_due_today_and_on_the_day_before_the_decision(coordinator, council):
    coordinator.post("/v1/statements", wish(council, due_on=day(0), decision_on=day(1)), expect=201)


def test_a_panel_that_is_not_there_is_named(world, coordinator):
    assert problem_pointers(coordinator.post("/v1/statements", wish(str(uuid.uuid4())), expect=422, problem="unknown_reference")) == ["/panel_id"]


def test_a_draft_is_asked_nothing(world, coordinator):
    coordinator.post("/v1/statements", wish(make_panel(world, "youth_council")), expect=409, problem="panel_is_not_active")


@pytest.mark.parametrize("to", ["adopted", "missed"])
def test_without_a_text_it_is_not_adopted_and_nobody_but_the_clock_misses_it(coordinator, asked, to):
    coordinator.move(asked, to, expect=409, problem="statement_has_text" if to == "adopted" else "illegal_transition")


def test_it_is_considered_with_what_came_of_it(coordinator, asked):
    coordinator.patch(asked, {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    for to in ("adopted", "delivered"):
        coordinator.move(asked, to, expect=200)
    coordinator.move(asked, "considered", expect=409, problem="statement_has_effect")


def test_what_was_delivered_stays_as_it_is(coordinator, asked):
    coordinator.patch(asked, {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    coordinator.move(asked, "adopted", expect=200)
    coordinator.patch(asked, {"text": {"fi": None}}, etag="*", expect=409, problem="statement_has_text")
    coordinator.move(asked, "delivered", expect=200)
    coordinator.patch(asked, {"text": {"fi": "Vastustamme."}}, etag="*", expect=409, problem="statement_is_delivered")
    coordinator.patch(asked, {"effect": {"fi": "Harkittiin."}}, etag="*", expect=200)


def test_an_edit_keeps_the_days_in_order_and_a_title(coordinator, asked):
    assert problem_pointers(coordinator.patch(asked, {"decision_on": day(5)}, etag="*", expect=422, problem="statement_due_before_decision")) == ["/due_on"]
    assert problem_pointers(coordinator.patch(asked, {"title": {"fi": None}}, etag="*", expect=422, problem="name_required")) == ["/title"]
    coordinator.patch(asked, {"title": {"sv": "Servicenätet"}}, etag='"9"', expect=412)


def test_a_repeated_request_asks_once(coordinator, council):
    key = new_key()
    first, again = (coordinator.post("/v1/statements", wish(council), idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    coordinator.post("/v1/statements", wish(council, decision_on=day(30)), idempotency=key, expect=422, problem="idempotency_key_reused")


def test_the_list_is_filtered_by_panel_and_state_and_goes_by_due_day(world, coordinator):
    panel = make_panel(world, "elderly_council", state="active")
    made = [coordinator.post("/v1/statements", wish(panel, due_on=day(n)), expect=201).json()["id"] for n in (3, 9, 6)]
    assert [x["id"] for x in coordinator.all_items("/v1/statements", panel_id=panel, limit=1)] == [made[1], made[2], made[0]]
    assert coordinator.all_items("/v1/statements", panel_id=panel, state="adopted") == []
    assert len(coordinator.all_items("/v1/statements", unit_id=world.units["ward"], state="requested,missed")) >= 3
