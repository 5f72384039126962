"""
What happens to a case: steps, messages, events, and what its giver does with the receipt.
"""

import uuid

import pytest

from statement_county import COORDINATOR, with_contact


def test_a_step_moves_the_case_and_makes_the_next_version(county):
    case = county.voice()
    row = county.move(case, "in_progress", if_match=1)
    assert (row["id"], row["state"], row["_version"], row["_replayed"], row["_problem"]) == (case, "in_progress", 2, False, None)
    assert (county.case(case)["state"], county.case(case)["_version"]) == ("in_progress", 2)


def test_an_answer_is_a_message_that_the_giver_is_told_of_once(county):
    case = county.voice(**with_contact())
    row = county.move(case, "answered", text="Pahoittelemme.")
    assert row["_problem"] is None
    shown = county.case(case)
    assert (shown["answered_on"], shown["closed_on"]) == (shown["received_on"], None)
    assert [(m["author"], m["kind"], m["text"]) for m in county.run("feedback_messages", id=case, limit_and_one=9)] == [
        ("staff", "answer", "Pahoittelemme.")]
    assert county.database.value("SELECT count(*) FROM mail WHERE template = 'case_news'") == 1


def test_a_step_of_an_old_version_is_refused(county):
    case = county.voice()
    county.move(case, "in_progress")
    assert county.move(case, "answered", if_match=1, text="Kiitos.")["_problem"] == "stale_version"


@pytest.mark.parametrize("to, members, problem, pointer", [
    ("answered", {}, "answer_required", "/text"),
    ("closed", {}, "outcome_required", "/outcome"),
    ("closed", {"outcome": "no_change"}, "reason_required", "/reason"),
    ("closed", {"outcome": "unfounded"}, "reason_required", "/reason"),
    ("closed", {"outcome": "information", "text": "Kiitos."}, "not_with_this_state", "/text"),
    ("referred", {}, "reason_required", "/reason"),
    ("referred", {"reason": "Tee muistutus."}, "remedy_required", "/remedy"),
    ("in_progress", {"remedy": "muistutus"}, "not_with_this_state", "/remedy"),
    ("duplicate", {}, "original_required", "/duplicate_of"),
    ("in_progress", {"duplicate_of": str(uuid.uuid4())}, "not_with_this_state", "/duplicate_of"),
    ("duplicate", {"duplicate_of": str(uuid.uuid4())}, "unknown_reference", "/duplicate_of"),
    ("in_progress", {"outcome": "information"}, "not_with_this_state", "/outcome"),
    ("waiting_giver", {}, "illegal_transition", "/to"),
    ("withdrawn", {}, "illegal_transition", "/to"),
    ("removed", {"reason": "Ei kuulu tänne."}, "illegal_transition", "/to"),
])
def test_a_step_that_lacks_something_is_refused_with_its_place(county, to, members, problem, pointer):
    case = county.voice()
    row = county.move(case, to, **members)
    assert (row["_problem"], row["_pointer"]) == (problem, pointer)
    assert (county.case(case)["state"], county.case(case)["_version"]) == ("received", 1)


def test_an_illegal_step_names_the_legal_ones_of_this_caller(county):
    case = county.voice()
    assert county.move(case, "waiting_giver")["_members"] == {
        "legal": ["answered", "closed", "duplicate", "in_progress", "referred"]}
    assert "removed" in county.move(case, "waiting_giver", scopes=COORDINATOR)["_members"]["legal"]
    assert county.move(case, "in_progress")["_members"] is None


def test_closing_keeps_the_outcome_and_reopening_clears_it(county):
    case, receipt = county.giver()
    county.move(case, "closed", outcome="no_change", reason="Ei ole mahdollista.")
    shown = county.case(case)
    assert (shown["outcome"], shown["closed_on"]) == ("no_change", shown["received_on"])
    assert county.giver_moves(receipt, "in_progress", reason="En ymmärtänyt.")["state"] == "in_progress"
    shown = county.case(case)
    assert (shown["outcome"], shown["closed_on"], shown["answered_on"]) == (None, None, None)


def test_a_repeated_step_shows_the_present_state_and_moves_nothing(county):
    case, step = county.voice(), str(uuid.uuid4())
    county.move(case, "in_progress", new_id=step, if_match=1)
    county.move(case, "answered", text="Kiitos.")
    again = county.move(case, "in_progress", new_id=step, if_match=1)
    assert (again["state"], again["_version"], again["_replayed"], again["_problem"]) == ("answered", 3, True, None)
    other = county.move(case, "closed", new_id=step, request_hash=b"\5" * 32, outcome="information")
    assert other["_problem"] == "idempotency_key_reused"


def test_a_case_of_another_unit_can_not_be_moved_or_written_to(county):
    case, social = county.voice(), county.limited("social")
    values = {"id": case, "new_id": uuid.uuid4(), "caller_units": social}
    assert county.run("feedback_transition", caller_scopes="{feedback:handle}", body={"to": "in_progress"}, **values) == []
    assert county.run("feedback_message_create", body={"text": "Hei"}, **values) == []
    assert county.one("feedback_messages", id=case, caller_units=social, limit_and_one=9)["_problem"] == "not_found"
    assert county.one("feedback_events", id=case, caller_units=social, limit_and_one=9)["_problem"] == "not_found"


def test_removing_erases_what_was_written_and_keeps_the_count(county):
    case, receipt = county.giver()
    write(county, case, "Mitä tarkoitat?")
    county.move(case, "closed", outcome="information")
    county.giver_moves(receipt, "in_progress", reason="Salaisuuteni")
    row = county.move(case, "removed", scopes=COORDINATOR, reason="Nimiä.")
    assert (row["_problem"], row["state"]) == (None, "removed")
    assert county.case(case)["text"] is None
    assert county.run("feedback_messages", id=case, limit_and_one=9) == []
    assert county.database.rows("SELECT reason FROM step WHERE reason IS NOT NULL") == [("Nimiä.",)]
    assert county.database.value("SELECT count(*) FROM feedback") == 1


# ---- messages and events ----


def write(county, case, text, *, new_id=None, request_hash=None, **members):
    return county.one("feedback_message_create", id=case, new_id=new_id or uuid.uuid4(), request_hash=request_hash,
                      caller_id=uuid.uuid4(), body={"text": text, **members})


def write_back(county, receipt, text, *, new_id=None, request_hash=None):
    return county.one("receipt_message_create", giver_hash=receipt, new_id=new_id or uuid.uuid4(), request_hash=request_hash,
                      body={"text": text})


def test_giver_and_staff_write_to_each_other_in_order(county):
    case, receipt = county.giver()
    row = write(county, case, "Milloin?", kind="question")
    assert (row["_status"], row["_location"], row["n"]) == (201, f"/v1/feedback/{case}/messages", 1)
    assert write_back(county, receipt, "Eilen.")["n"] == 2
    assert write(county, case, "Kiitos.")["kind"] == "message"
    shown = county.run("feedback_messages", id=case, limit_and_one=9)
    assert [(m["n"], m["author"], m["kind"]) for m in shown] == [(1, "staff", "question"), (2, "giver", "message"),
                                                                 (3, "staff", "message")]
    assert [m["n"] for m in county.run("feedback_messages", id=case, limit_and_one=9, after_n=1)] == [2, 3]
    assert county.case(case)["state"] == "received"


def test_a_repeated_message_is_written_once(county):
    case, receipt = county.giver()
    message, answer = str(uuid.uuid4()), str(uuid.uuid4())
    for _ in range(2):
        staff = write(county, case, "Hei", new_id=message, request_hash=b"\1" * 32)
        giver = write_back(county, receipt, "Hei", new_id=answer, request_hash=b"\1" * 32)
    assert (staff["n"], staff["_replayed"], giver["n"], giver["_replayed"]) == (1, True, 2, True)
    assert write(county, case, "Moi", new_id=message, request_hash=b"\2" * 32)["_problem"] == "idempotency_key_reused"
    assert write_back(county, receipt, "Moi", new_id=answer, request_hash=b"\2" * 32)["_problem"] == "idempotency_key_reused"


def test_events_tell_what_happened_by_day_in_order(county):
    case = county.voice()
    write(county, case, "Hei")
    county.move(case, "closed", outcome="no_change", reason="Ei ole mahdollista.")
    shown = county.run("feedback_events", id=case, limit_and_one=9)
    assert [(e["n"], e["type"]) for e in shown] == [(1, "feedback.received"), (2, "feedback.message"), (3, "feedback.closed")]
    assert (shown[1]["author"], shown[1]["kind"], shown[1]["reason"]) == ("staff", "message", None)
    assert (shown[2]["from"], shown[2]["to"], shown[2]["who"], shown[2]["reason"]) == (
        "received", "closed", "handler", "Ei ole mahdollista.")
    assert {e["happened_on"] for e in shown} == {county.case(case)["received_on"]}
    assert [e["n"] for e in county.run("feedback_events", id=case, limit_and_one=2, after_n=2)] == [3]


def test_no_event_of_a_case_is_finer_than_the_day(county):
    case, receipt = county.giver()
    write_back(county, receipt, "Hei")
    county.giver_moves(receipt, "withdrawn")
    moments = county.database.rows("SELECT DISTINCT at AT TIME ZONE 'Europe/Helsinki' FROM event WHERE subject = %s::uuid", case)
    assert [moment.time().isoformat() for moment, in moments] == ["00:00:00"]


# ---- the receipt ----


def test_the_receipt_shows_the_case_its_messages_and_what_can_be_done(county):
    case, receipt = county.giver(service_id=county.service)
    write(county, case, "Milloin?", kind="question")
    county.move(case, "referred", reason="Tee muistutus.", remedy="muistutus")
    shown = county.one("receipt_get", giver_hash=receipt)
    assert (shown["id"], shown["state"], shown["outcome"], shown["text"]) == (case, "referred", "referred", "Odotin kauan.")
    assert (shown["unit"], shown["service"], shown["reason"]) == ({"fi": "ward"}, {"fi": "Vastaanotto"}, "Tee muistutus.")
    assert [m["text"] for m in shown["messages"]] == ["Milloin?"]
    assert (shown["next_states"], shown["news"]) == (["withdrawn"], [])


def test_the_receipt_shows_the_news_of_changes_that_are_under_way(county):
    case, receipt = county.giver()
    for state, made_on in (("suggested", None), ("planned", None), ("inconclusive", "2026-01-02"), ("rejected", None)):
        change = str(uuid.uuid4())
        county.database.run(
            "INSERT INTO change (id, unit_id, title, said, done, owner_ref, planned_for, evidence, state, state_reason, state_reasons, made_on)"
            " VALUES (%s::uuid, %s::uuid, jsonb_build_object('fi', %s), '{}', '{\"fi\": \"Tehty\"}', 'x', '2026-01-01', 'x', %s,"
            " 'Syy', '{\"fi\": \"Syy\"}', %s)", change, county.units["ward"], state, state, made_on)
        county.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id) VALUES (gen_random_uuid(), %s::uuid,"
                            " 'feedback', %s::uuid)", change, case)
    news = {n["title"]["fi"]: n for n in county.one("receipt_get", giver_hash=receipt)["news"]}
    assert sorted(news) == ["inconclusive", "planned", "rejected"]
    assert (news["inconclusive"]["state"], news["inconclusive"]["done"]) == ("made", {"fi": "Tehty"})
    assert (news["planned"]["done"], news["planned"]["reason"], news["rejected"]["reason"]) == ({}, None, "Syy")


def test_an_unknown_receipt_finds_nothing(county):
    county.giver()
    unknown = {"giver_hash": b"\7" * 32}
    assert county.run("receipt_get", **unknown) == []
    assert county.run("receipt_message_create", new_id=uuid.uuid4(), body={"text": "Hei"}, **unknown) == []
    assert county.run("receipt_transition", new_id=uuid.uuid4(), body={"to": "withdrawn"}, **unknown) == []


def test_the_giver_reopens_an_answered_case_with_a_text(county):
    case, receipt = county.giver()
    county.move(case, "answered", text="Kiitos.")
    row = county.giver_moves(receipt, "in_progress")
    assert (row["_problem"], row["_pointer"]) == ("reason_required", "/reason")
    county.giver_moves(receipt, "in_progress", reason="Et vastannut kysymykseen.")
    messages = county.one("receipt_get", giver_hash=receipt)["messages"]
    assert [(m["author"], m["kind"]) for m in messages] == [("staff", "answer"), ("giver", "reopening")]
    assert county.case(case)["answered_on"] is None


def test_the_giver_can_not_do_what_is_for_staff(county):
    _, receipt = county.giver()
    row = county.giver_moves(receipt, "in_progress")
    assert (row["_problem"], row["_members"]) == ("illegal_transition", {"legal": ["withdrawn"]})


def test_withdrawing_erases_what_was_said_and_how_to_reach_the_giver(county):
    case, receipt = county.giver(**with_contact())
    write_back(county, receipt, "Lisää")
    step = str(uuid.uuid4())
    assert county.giver_moves(receipt, "withdrawn", new_id=step, reason="Kadun.")["state"] == "withdrawn"
    assert county.giver_moves(receipt, "withdrawn", new_id=step, reason="Kadun.")["_replayed"] is True
    shown = county.one("receipt_get", giver_hash=receipt)
    assert (shown["text"], shown["messages"], shown["next_states"]) == (None, [], [])
    assert county.database.value("SELECT count(*) FROM contact") == 0
    assert write_back(county, receipt, "Hei")["_problem"] == "feedback_is_erased"
    assert write(county, case, "Hei")["_problem"] == "feedback_is_erased"
