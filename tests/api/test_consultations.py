"""
Decisions and the consultations before them: who is asked, until when, what it changed, and the ledger of it all.
"""

import csv
import io
import itertools
import uuid

import pytest

from support.client import Client, problem_pointers
from support.consultations import ASKED, BUDGET, Consultation, consultation, make_decision
from support.panels import day, make_panel
from support.questions import text


@pytest.fixture
def panels(world):
    return world.client("panels")


@pytest.fixture
def decision(world, panels):
    return make_decision(panels, world.units["ward"])


# ---- decisions ----

def test_a_decision_is_read_as_it_was_entered(world, panels):
    wanted = {"unit_id": world.units["ward"], "item": text("Sulkeminen"), "decided_by": "Aluevaltuusto", "decides_on": day(9), "unheard_reason": "Kiire."}
    made = panels.post("/v1/decisions", wanted, expect=201)
    read = panels.get(made.headers["Location"], expect=200).json()
    assert {name: read[name] for name in wanted} == wanted
    assert (read["is_heard"], read["hearings"], read["outcome"]) == (False, [], {})


@pytest.mark.parametrize("member, value, pointer", [
    ("item", {}, "/item"), ("item", None, "/item"), ("decided_by", "", "/decided_by"), ("decides_on", "2026-02-30", "/decides_on"),
    ("unheard_reason", "", "/unheard_reason"), ("effect", "taken", "/effect")])
def test_what_is_no_decision_is_refused(world, panels, member, value, pointer):
    body = {"unit_id": world.units["ward"], "item": text("a"), "decided_by": "b", "decides_on": day(9), member: value}
    assert problem_pointers(panels.post("/v1/decisions", body, expect=422)) == [pointer]


def test_a_decision_of_another_age_is_refused_with_its_place(panels, world):
    body = {"unit_id": world.units["ward"], "item": text("a"), "decided_by": "b", "decides_on": "9999-01-01"}
    assert problem_pointers(panels.post("/v1/decisions", body, expect=422, problem="date_is_near")) == ["/decides_on"]


def test_a_decision_is_edited_but_never_before_its_hearing_ends(panels, decision):
    def patch(members, **options):
        return panels.patch(f"/v1/decisions/{decision}", members, etag="*", **options)
    assert patch({"outcome": {"fi": "Pidetään auki."}}, expect=200).json()["outcome"] == {"fi": "Pidetään auki."}
    panels.post("/v1/consultations", consultation(decision), expect=201)
    reply = patch({"decides_on": day(30)}, expect=422, problem="consultation_is_before_decision")
    assert problem_pointers(reply) == ["/decides_on"]
    patch({"decides_on": day(31)}, expect=200)
    assert problem_pointers(patch({"item": {"fi": None, "sv": None, "en": None}}, expect=422, problem="decision_has_item")) == ["/item"]
    panels.patch(f"/v1/decisions/{decision}", {"outcome": {"fi": "a"}}, etag='"1"', expect=412)


# ---- planning a consultation ----

def test_a_consultation_is_read_as_it_was_planned(world, panels, decision):
    panel = make_panel(world, "steering_group")
    wanted = consultation(decision, description=text("Kerro."), heard_through=[{"resource": "panel", "id": panel}], is_open=True)
    made = panels.post("/v1/consultations", wanted, expect=201)
    read = panels.get(made.headers["Location"], expect=200).json()
    assert {name: read[name] for name in wanted} == wanted
    assert (read["state"], read["effect"], read["budget"]) == ("draft", None, None)


@pytest.mark.parametrize("members, problem, pointer", [
    ({"due_on": day(60)}, "consultation_is_before_decision", "/due_on"), ({"due_on": day(99)}, "consultation_is_before_decision", "/due_on"),
    ({"opens_on": day(31)}, "consultation_days", "/due_on"), ({"opens_on": "0009-01-01"}, "date_is_near", "/opens_on"), ({"decision_id": str(uuid.uuid4())}, "unknown_reference", "/decision_id"),
    ({"heard_through": [{"resource": "session", "id": str(uuid.uuid4())}]}, "unknown_reference", "/heard_through/0/id"),
    ({"opens_on": day(-9), "due_on": day(-1)}, "day_is_past", "/due_on"),
    ({"kind": "budget"}, "consultation_has_a_budget", "/budget"), ({"budget": BUDGET}, "consultation_has_a_budget", "/budget"),
    ({"kind": "budget", "budget": {**BUDGET, "sum": 161}}, "budget_can_be_spent", "/budget/sum"),
    ({"kind": "budget", "budget": {**BUDGET, "options": BUDGET["options"][:1] * 2}}, "budget_has_options", "/budget/options")])
def test_a_consultation_that_cannot_be_is_refused_with_its_place(panels, decision, members, problem, pointer):
    reply = panels.post("/v1/consultations", consultation(decision, **members), expect=422, problem=problem)
    assert problem_pointers(reply) == [pointer]


@pytest.mark.parametrize("member, value, pointer", [
    ("kind", "vote", "/kind"), ("asked", [{"who": {"fi": "a"}}], "/asked/0/method"), ("asked", [{"who": {"fi": "a"}, "method": "x"}], "/asked/0/method"),
    ("heard_through", [{"resource": "feedback", "id": str(uuid.uuid4())}], "/heard_through/0/resource"), ("effect", "taken", "/effect"),
    ("budget", {"sum": 0, "options": BUDGET["options"]}, "/budget/sum"), ("budget", {"sum": 1, "options": []}, "/budget/options")])
def test_what_is_not_in_the_contract_is_refused(panels, decision, member, value, pointer):
    assert problem_pointers(panels.post("/v1/consultations", consultation(decision, **{member: value}), expect=422)) == [pointer]


def test_the_last_day_is_before_the_decision_whoever_writes_it(world, decision):
    for sql in ("INSERT INTO consultation (id, decision_id, kind, title, opens_on, due_on) SELECT gen_random_uuid(), id, 'hearing', '{\"fi\": \"a\"}', app_today(),"
                " decides_on FROM decision WHERE id = %s::uuid",
                "UPDATE decision SET decides_on = app_today() WHERE id = %s::uuid"):
        world.client("panels").post("/v1/consultations", consultation(decision), expect=201)
        with pytest.raises(Exception, match="consultation_is_before_decision"):
            world.database.run(sql, decision)


# ---- from state to state ----

def test_a_consultation_goes_its_way_and_says_what_it_changed(world):
    made = Consultation(world)
    made.patch({"effect": "taken"}, expect=409, problem="consultation_is_not_closed")
    made.move("closed")
    made.move("considered", expect=409, problem="consultation_has_effect")
    reply = made.patch({"effect": "not"}, expect=422, problem="consultation_effect_has_reason")
    assert problem_pointers(reply) == ["/effect_reason"]
    made.patch({"effect": "partly", "effect_reason": {"fi": "Aukioloa pidennettiin."}})
    made.move("considered")
    made.patch({"effect": None}, expect=409, problem="consultation_has_effect")
    made.move("published")
    made.patch({"effect": "taken"}, expect=409, problem="consultation_is_not_closed")
    assert (made.get()["state"], made.get()["effect"]) == ("published", "partly")


def test_who_asks_nobody_opens_nothing(world):
    made = Consultation(world, state="draft", asked=[])
    made.move("open", expect=409, problem="consultation_asks_somebody")
    made.patch({"asked": ASKED})
    made.move("open")


def test_what_is_over_is_not_opened(world):
    made = Consultation(world, state="draft")
    world.database.run("UPDATE consultation SET opens_on = app_today() - 9, due_on = app_today() - 1 WHERE id = %s::uuid", made.id)
    made.move("open", expect=409, problem="consultation_is_over")


def test_what_is_asked_changes_in_a_draft_only_and_the_last_day_while_it_is_open(world):
    made = Consultation(world, state="draft")
    made.patch({"title": text("Toinen"), "is_open": True})
    assert problem_pointers(made.patch({"title": {"fi": None, "sv": None, "en": None}}, expect=422, problem="consultation_has_title")) == ["/title"]
    made.move("open")
    made.patch({"title": text("Kolmas")}, expect=409, problem="consultation_is_under_way")
    assert made.patch({"due_on": day(40)}).json()["due_on"] == day(40)
    made.patch({"due_on": day(60)}, expect=422, problem="consultation_is_before_decision")
    made.move("closed")
    made.patch({"due_on": day(41)}, expect=409, problem="consultation_is_under_way")


def test_what_is_opened_before_its_first_day_was_opened_on_that_day(world):
    assert Consultation(world, opens_on=day(5)).get()["opens_on"] == day(0)
    assert Consultation(world, opens_on=day(-5)).get()["opens_on"] == day(-5)


def test_a_last_day_that_has_passed_is_refused_with_its_place(world):
    made = Consultation(world, state="draft", opens_on=day(-9))
    assert problem_pointers(made.patch({"due_on": day(-1)}, expect=422, problem="day_is_past")) == ["/due_on"]
    made.patch({"title": text("Toinen"), "due_on": day(0)})


def test_only_the_steps_of_the_table_are_taken(world):
    states = ["draft", "open", "closed", "considered", "published", "cancelled"]
    legal = set(world.database.rows("SELECT from_state, to_state FROM transition WHERE resource = 'consultation' AND who = 'coordinator'"))
    made = Consultation(world, state="draft")
    for before, after in itertools.product(states, states):
        if (before, after) not in legal:
            world.database.run("UPDATE consultation SET state = %s, effect = 'taken' WHERE id = %s::uuid", before, made.id)
            reply = made.move(after, reason="Syy.", expect=409, problem="illegal_transition").json()
            assert set(reply["legal"]) == {b for a, b in legal if a == before}


@pytest.mark.parametrize("state", ["draft", "open"])
def test_cancelling_needs_a_reason(world, state):
    made = Consultation(world, state=state)
    made.move("cancelled", expect=422, problem="reason_required")
    made.move("cancelled", reason="Päätös siirtyi.")


# ---- the ledger ----

def test_the_ledger_tells_who_was_heard_how_and_with_what_effect_and_what_was_not(world, panels):
    world.database.run("UPDATE decision SET decides_on = app_today() + 900")
    unheard = make_decision(panels, world.units["ward"], decides_on=day(61), unheard_reason="Lakisääteinen.")
    made = Consultation(world, state="closed")
    made.patch({"effect": "taken"})
    drafted = Consultation(world, state="draft")
    limits = {"decided_from": day(59), "decided_to": day(62)}
    ledger = {item["id"]: item for item in panels.all_items("/v1/decisions", **limits)}
    assert set(ledger) >= {unheard, made.decision, drafted.decision}
    hearing, = ledger[made.decision]["hearings"]
    assert ledger[made.decision]["is_heard"] is True and (hearing["effect"], hearing["asked"]) == ("taken", ASKED)
    assert (ledger[unheard]["is_heard"], ledger[unheard]["unheard_reason"]) == (False, "Lakisääteinen.")
    assert ledger[drafted.decision]["is_heard"] is False
    heard = {item["id"] for item in panels.all_items("/v1/decisions", heard="true", **limits)}
    assert made.decision in heard and not heard & {unheard, drafted.decision}
    assert made.decision not in {item["id"] for item in panels.all_items("/v1/decisions", heard="false", **limits)}


def test_why_nobody_was_heard_is_said_of_a_decision_without_a_hearing_alone(world, panels):
    made = Consultation(world, state="draft")
    path = f"/v1/decisions/{made.decision}"
    panels.patch(path, {"unheard_reason": "Kiire."}, etag="*", expect=200)
    made.move("open")
    made.move("closed")
    heard = panels.get(path, expect=200).json()
    assert (heard["is_heard"], heard["unheard_reason"]) == (True, None)
    reply = panels.patch(path, {"unheard_reason": "Kiire."}, etag="*", expect=422, problem="decision_is_heard")
    assert problem_pointers(reply) == ["/unheard_reason"]
    panels.patch(path, {"unheard_reason": None}, etag="*", expect=200)


def test_the_ledger_is_a_file_with_the_same_lines(world, panels):
    made = Consultation(world)
    file = panels.get("/v1/decisions/export", expect=200)
    assert file.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [item["id"] for item in panels.all_items("/v1/decisions")]
    assert next(row for row in rows if row["id"] == made.decision)["is_heard"] == "true"
    limited = Client(world.api, world.new_key(["panels:read"], units=["office"]))
    assert made.decision not in limited.get("/v1/decisions/export", expect=200).text
