"""
Statements asked of councils: due before the decision, adopted, delivered, considered with what came of them, published.
"""

import uuid

import pytest

from support.client import new_key, problem_pointers
from support.inputs import Member
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


@pytest.mark.parametrize("state", ["draft", "recruiting"])
def test_who_is_not_at_work_is_asked_nothing(world, coordinator, state):
    coordinator.post("/v1/statements", wish(make_panel(world, "client_panel", state=state)), expect=409, problem="panel_is_not_active")


def test_members_hear_that_a_statement_is_asked_of_them(world, coordinator):
    panel = make_panel(world, "youth_council", state="active")
    there = Member(world, panel, sealed=b"x" * 60, key_id="test", address_hash=b"y" * 32)
    coordinator.post("/v1/statements", wish(panel), expect=201)
    assert world.database.rows("SELECT template FROM mail WHERE person_id = %s::uuid AND template <> 'person_link'", there.id) == [("person_news",)]


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
    assert problem_pointers(coordinator.patch(asked, {"text": {"fi": None}}, etag="*", expect=409, problem="statement_is_adopted")) == ["/text"]
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


# ---- the chair, by the personal link ----

@pytest.fixture(scope="module")
def chair(world, council):
    return Member(world, council, role="chair")


def own(member, asked):
    return next(x for x in member.client.get(f"{member.path}/statements?limit=200", expect=200).json()["items"] if asked.endswith(x["id"]))


def adopt(member, asked, version, **options):
    return member.client.post(f"{member.path}/statements/{asked.rsplit('/', 1)[1]}/transitions", {"to": "adopted", "version": version},
                              **{"expect": 200, **options})


@pytest.fixture
def written(coordinator, asked):
    """The path of a statement that has a text."""
    coordinator.patch(asked, {"text": {"fi": "Kannatamme verkkoa."}}, etag="*", expect=200)
    return asked


def test_the_chair_adopts_what_there_is_to_be_read(world, chair, written):
    shown, key = own(chair, written), new_key()
    assert shown["can_move_to"] == ["adopted"] and shown["text"] == {"fi": "Kannatamme verkkoa."}
    replies = [adopt(chair, written, shown["version"], idempotency=key).json() for _ in range(2)]
    assert replies[0] == replies[1] and own(chair, written)["state"] == "adopted"
    assert world.database.rows("SELECT who, caller_id FROM step WHERE subject = %s::uuid", shown["id"]) == [("member", None)]
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'statement_adopted' AND link_id = %s::uuid", shown["id"]) == 1


def test_a_text_that_was_written_meanwhile_is_not_adopted_unread(coordinator, chair, written):
    version = own(chair, written)["version"]
    coordinator.patch(written, {"text": {"fi": "Vastustamme verkkoa."}}, etag="*", expect=200)
    adopt(chair, written, version, expect=412, problem="stale_version")


def test_without_a_text_the_chair_adopts_nothing(chair, asked):
    adopt(chair, asked, 1, expect=409, problem="statement_has_text")


def test_other_members_read_statements_and_do_not_adopt_them(world, council, written):
    member = Member(world, council)
    assert own(member, written)["can_move_to"] == []
    adopt(member, written, 2, expect=409, problem="statement_adopter_is_chair")


@pytest.mark.parametrize("state, panel_kind", [("active", "elderly_council"), ("ceased", "youth_council")])
def test_a_chair_of_another_council_or_of_before_adopts_nothing(world, council, written, state, panel_kind):
    panel = council if panel_kind == "youth_council" else make_panel(world, panel_kind, state="active")
    adopt(Member(world, panel, role="chair", state=state), written, 2, expect=404)


@pytest.mark.parametrize("body", [{"to": "adopted"}, {"to": "delivered", "version": 1}, {"to": "adopted", "version": 0}, {"version": 1}])
def test_what_the_chair_cannot_ask_for_is_refused(chair, asked, body):
    chair.client.post(f"{chair.path}/statements/{asked.rsplit('/', 1)[1]}/transitions", body, expect=422)


@pytest.mark.parametrize("language, button", [("fi", "Kyllä, hyväksyn lausunnon"), ("sv", "Ja, jag godkänner utlåtandet"), ("en", "Yes, I adopt the statement")])
def test_the_page_has_a_button_for_the_chair_alone(world, council, written, language, button):
    pages = {role: member.client.get(f"/m/{member.token}?language={language}", expect=200).text
             for role in ("chair", "client") for member in [Member(world, council, role=role)]}
    assert all("Kannatamme verkkoa." in page for page in pages.values())
    assert button in pages["chair"] and button not in pages["client"]
