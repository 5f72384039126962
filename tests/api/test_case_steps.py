"""
Every step that a case can make, and none besides: the table `transition` and DOMAIN.md, both ways, over HTTP.
"""

import uuid

import psycopg2
import pytest

STATES = ["received", "in_progress", "waiting_giver", "answered", "closed", "referred", "duplicate", "removed", "withdrawn"]
# What DOMAIN.md says of a case: who may make the step from where to where.
OPEN = ["received", "in_progress", "waiting_giver"]
ALIVE = ["received", "in_progress", "waiting_giver", "answered", "closed", "referred", "duplicate"]
HANDLER = {("received", "in_progress"), ("received", "answered"), ("received", "closed"), ("in_progress", "waiting_giver"),
           ("waiting_giver", "in_progress"), ("in_progress", "answered"), ("answered", "in_progress"), ("answered", "closed"), ("received", "duplicate"),
           ("in_progress", "duplicate"), ("duplicate", "in_progress"), *((state, "referred") for state in OPEN)}
COORDINATOR = {(state, "removed") for state in ALIVE}
GIVER = {("waiting_giver", "in_progress"), ("answered", "in_progress"), ("closed", "in_progress"),
         *((state, "withdrawn") for state in ALIVE)}
SYSTEM = {("received", "closed"), ("waiting_giver", "in_progress"), ("answered", "closed")}
# These steps must be explained.
REASONED = {("handler", "answered", "in_progress"), ("handler", "duplicate", "in_progress"), ("giver", "answered", "in_progress"),
            ("giver", "closed", "in_progress"), *(("handler", state, "referred") for state in OPEN),
            *(("coordinator", state, "removed") for state in ALIVE)}
LEGAL = {"handler": HANDLER, "coordinator": COORDINATOR, "giver": GIVER, "system": SYSTEM}
# The steps that lead to a state.
WAYS = {"received": [], "in_progress": ["in_progress"], "waiting_giver": ["in_progress", "waiting_giver"], "answered": ["answered"],
        "closed": ["closed"], "referred": ["referred"], "duplicate": ["duplicate"], "removed": ["removed"], "withdrawn": ["withdrawn"]}


@pytest.fixture(scope="module")
def original(world):
    return submit(world)["id"]


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi", **members},
        expect=201).json()


def members_of(to, original, *, reason=True):
    """What a step to this state needs."""
    needed = {"answered": {"text": "Pahoittelemme."}, "closed": {"outcome": "information"}, "duplicate": {"duplicate_of": original},
              "referred": {"remedy": "muistutus"}, "waiting_giver": {"text": "Milloin tämä tapahtui?"}}
    return {"to": to, **needed.get(to, {}), **({"reason": "Koska näin on."} if reason else {})}


def step(world, case, who, body):
    if who == "giver":
        return world.giver(case["receipt_code"]).post("/v1/receipt/transitions", body, idempotency=str(uuid.uuid4()))
    return world.client(who).post(f"/v1/feedback/{case['id']}/transitions", body, etag="*")


def case_in(world, state, original):
    """A case in this state, brought there by its steps."""
    case = submit(world)
    for to in WAYS[state]:
        who = {"removed": "coordinator", "withdrawn": "giver"}.get(to, "handler")
        assert step(world, case, who, members_of(to, original)).status_code == 200
    return case


def legal_for(caller, state):
    """Where this caller may move a case from this state; a coordinator's key may what a handler's may."""
    pairs = HANDLER | COORDINATOR if caller == "coordinator" else LEGAL[caller]
    return sorted(to for start, to in pairs if start == state)


def test_the_table_of_the_database_is_the_one_of_the_domain(world):
    rows = world.database.rows("SELECT who, from_state, to_state, reason FROM transition WHERE resource = 'feedback'")
    assert {row[:3] for row in rows} == {(who, *pair) for who, pairs in LEGAL.items() for pair in pairs}
    assert {row[:3] for row in rows if row[3]} == REASONED


@pytest.mark.parametrize("caller", ["handler", "coordinator", "giver"])
@pytest.mark.parametrize("state", STATES)
def test_from_each_state_a_caller_makes_the_legal_steps_and_is_told_them_at_any_other(world, original, state, caller):
    legal = legal_for(caller, state)
    case = case_in(world, state, original)
    for to in STATES:
        if to in legal:
            fresh = case_in(world, state, original)
            made = step(world, fresh, caller, members_of(to, original))
            assert (made.status_code, made.json()["state"]) == (200, to), made.text
            assert world.database.value("SELECT state FROM feedback WHERE id = %s::uuid", fresh["id"]) == to
        elif caller != "giver" or to in ("in_progress", "withdrawn"):  # a giver can name no other state at all
            refused = step(world, case, caller, members_of(to, original))
            assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition"), refused.text
            assert refused.json()["legal"] == legal
    assert world.database.value("SELECT state FROM feedback WHERE id = %s::uuid", case["id"]) == state


@pytest.mark.parametrize("who, state, to", sorted(REASONED))
def test_a_step_that_must_be_explained_is_refused_without_a_reason(world, original, who, state, to):
    case = case_in(world, state, original)
    refused = step(world, case, who, members_of(to, original, reason=False))
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_required")
    assert refused.json()["errors"][0]["pointer"] == "/reason"


def test_a_worker_can_make_no_step_but_those_of_the_system(world, original):
    connection = world.database.connect("worker")
    legal = set()
    for state in STATES:
        case = case_in(world, state, original)["id"]
        for to in STATES:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                try:
                    cursor.execute(
                        "INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version) SELECT"
                        " gen_random_uuid(), 'feedback', id, state, %s, 'system', 'x', '{\"outcome\": \"passed_on\"}', version + 1"
                        " FROM feedback WHERE id = %s::uuid", (to, case))
                    legal.add((state, to))
                except psycopg2.Error as error:
                    assert "step_is_legal" in str(error), error
                cursor.execute("ROLLBACK")
    connection.close()
    assert legal == SYSTEM


@pytest.mark.parametrize("outcome", ["change_made", "change_planned", "no_change", "information", "passed_on", "referred", "unfounded"])
def test_a_case_is_closed_with_each_outcome_and_two_of_them_are_explained(world, outcome):
    for state in ("received", "answered"):
        case = case_in(world, state, None)
        bare = step(world, case, "handler", {"to": "closed", "outcome": outcome})
        if outcome in ("no_change", "unfounded"):
            assert (bare.status_code, bare.json()["code"]) == (422, "reason_required")
            assert step(world, case, "handler", {"to": "closed", "outcome": outcome, "reason": "Ei voi."}).status_code == 200
            assert world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()["reason"] == "Ei voi."
        else:
            assert bare.status_code == 200
        shown = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
        assert (shown["state"], shown["outcome"]) == ("closed", outcome)


def test_an_answer_can_propose_the_outcome_that_closing_takes(world):
    case = submit(world)
    body = {"to": "answered", "text": "Korjattu.", "outcome": "change_made"}
    assert step(world, case, "handler", body).status_code == 200
    assert step(world, case, "handler", {"to": "closed"}).status_code == 200
    shown = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
    assert (shown["state"], shown["outcome"]) == ("closed", "change_made")
    bare = submit(world)
    assert step(world, bare, "handler", {"to": "answered", "text": "Korjattu.", "outcome": "unfounded"}).json()["code"] == "reason_required"


def test_a_giver_who_is_waited_for_moves_the_case_by_writing_back(world):
    case = case_in(world, "waiting_giver", None)
    giver = world.giver(case["receipt_code"])
    giver.post("/v1/receipt/messages", {"text": "Illalla."}, idempotency=str(uuid.uuid4()), expect=201)
    giver.post("/v1/receipt/messages", {"text": "Kuuden jälkeen."}, idempotency=str(uuid.uuid4()), expect=201)
    assert giver.get("/v1/receipt", expect=200).json()["state"] == "in_progress"
    steps = [event for event in world.client("handler").all_items(f"/v1/feedback/{case['id']}/events") if event["who"] == "giver"]
    assert [(one["from"], one["to"]) for one in steps] == [("waiting_giver", "in_progress")]


def test_staff_who_heard_the_answer_elsewhere_go_on_with_the_case(world):
    case = case_in(world, "waiting_giver", None)
    assert step(world, case, "handler", {"to": "in_progress"}).status_code == 200
    assert step(world, case, "handler", {"to": "answered", "text": "Korjattu, kuten puhelimessa sovimme."}).status_code == 200
    assert world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()["state"] == "answered"


def test_an_assignment_is_an_event(world):
    case = submit(world)["id"]
    handler = world.client("coordinator")
    handler.patch(f"/v1/feedback/{case}", {"handler_ref": "hoitaja-7"}, etag="*", expect=200)
    handler.patch(f"/v1/feedback/{case}", {"unit_id": world.units["office"], "handler_ref": None}, etag="*", expect=200)
    handler.patch(f"/v1/feedback/{case}", {"kind": "idea"}, etag="*", expect=200)
    events = [(event["type"], event["members"]) for event in handler.all_items(f"/v1/feedback/{case}/events") if event["members"]]
    assert events == [("feedback.assigned", ["handler_ref"]), ("feedback.assigned", ["handler_ref", "unit_id"]),
                      ("feedback.changed", ["kind"])]


def test_whom_a_voice_comes_from_and_what_they_need_is_kept(world):
    plain = world.client("handler").get(f"/v1/feedback/{submit(world)['id']}", expect=200).json()
    assert (plain["on_behalf_of"], plain["support_needs"]) == ("self", [])
    needs = ["easy_language", "interpreter", "sign_language", "large_print", "phone_call", "support_person"]
    for whom in ("self", "relative", "guardian", "staff_wrote_down"):
        case = submit(world, on_behalf_of=whom, support_needs=needs, channel="supported")["id"]
        shown = world.client("handler").get(f"/v1/feedback/{case}", expect=200).json()
        assert (shown["on_behalf_of"], shown["support_needs"]) == (whom, needs)
    body = {"unit_id": world.units["ward"], "kind": "idea", "text": "x", "channel": "web", "lang": "fi"}
    for wrong in ({"on_behalf_of": "neighbour"}, {"support_needs": ["money"]}, {"support_needs": ["interpreter", "interpreter"]}):
        world.client("submit").post("/v1/feedback", {**body, **wrong}, expect=422, problem="contract_violation")
