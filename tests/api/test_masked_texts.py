"""
What staff read of a giver's words: wherever they read them, a mark stands for what tells who somebody is. The giver reads what
they wrote.
"""

import json
import uuid

import pytest

from support.questions import Survey, make_question_set

NUMBER, CODE, MAIL, STREET = "040 123 4567", "010190-900P", "aino@example.fi", "Kotitie 1"
SAID = f"Soittakaa {NUMBER}, tunnus {CODE}, {MAIL}, {STREET}."
SHOWN = "Soittakaa [puhelinnumero], tunnus [henkilötunnus], [sähköposti], [osoite]."
HIDDEN = (NUMBER, CODE, MAIL, STREET)


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": SAID, "channel": "web", "lang": "fi", "wants_answer": True, **members},
        idempotency=str(uuid.uuid4()), expect=201).json()


def write(world, case, text):
    return world.giver(case["receipt_code"]).post("/v1/receipt/messages", {"text": text}, idempotency=str(uuid.uuid4()), expect=201).json()


@pytest.fixture(scope="module")
def case(world):
    """A case in which the giver told who they are in every text there is."""
    questions = make_question_set(world.database)
    made = submit(world, question_set_id=questions, answers={"met": 1, "why": SAID})
    write(world, made, SAID)
    handler = world.client("handler")
    handler.post(f"/v1/feedback/{made['id']}/transitions", {"to": "answered", "text": f"Soita meille: {NUMBER}."}, etag="*", expect=200)
    world.giver(made["receipt_code"]).move("/v1/receipt", "in_progress", reason=SAID, idempotency=str(uuid.uuid4()), expect=200)
    return made


def test_in_a_case_the_text_and_the_answers_are_masked_and_said_to_be(world, case):
    handler, path = world.client("handler"), f"/v1/feedback/{case['id']}"
    shown = handler.get(path, expect=200).json()
    assert (shown["text"], shown["answers"]["why"], shown["is_masked"]) == (SHOWN, SHOWN, True)
    patched = handler.patch(path, {"severity": 3}, etag="*", expect=200).json()
    assert (patched["text"], patched["answers"]["why"], patched["is_masked"]) == (SHOWN, SHOWN, True)


def test_a_list_an_export_and_a_search_show_the_masked_text(world, case):
    handler = world.client("handler")
    listed = [item for item in handler.all_items("/v1/feedback") if item["id"] == case["id"]]
    assert [(item["text"], item["is_masked"]) for item in listed] == [(SHOWN, True)]
    for kind in ("application/x-ndjson", "text/csv"):
        exported = handler.get("/v1/feedback/export", headers={"Accept": kind}, expect=200).text
        assert "[henkilötunnus]" in exported and not [word for word in HIDDEN if word in exported]


def test_of_messages_those_of_the_giver_are_masked_and_those_of_staff_are_not(world, case):
    shown = world.client("handler").all_items(f"/v1/feedback/{case['id']}/messages")
    assert [(message["author"], message["text"], message["is_masked"]) for message in shown] == [
        ("giver", SHOWN, True), ("staff", f"Soita meille: {NUMBER}.", False), ("giver", SHOWN, True)]


def test_the_reason_of_a_givers_step_is_masked(world, case):
    events = world.client("handler").all_items(f"/v1/feedback/{case['id']}/events")
    assert [(event["reason"], event["is_masked"]) for event in events if event["reason"]] == [(SHOWN, True)]


def test_the_giver_reads_every_word_of_their_own(world, case):
    mine = world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()
    assert (mine["text"], mine["answers"]["why"]) == (SAID, SAID)
    assert [message["text"] for message in mine["messages"]] == [SAID, f"Soita meille: {NUMBER}.", SAID]
    assert write(world, submit(world), SAID)["text"] == SAID


def test_the_words_for_searching_are_those_that_staff_read(fresh_world):
    fresh_world.api.start()
    case = submit(fresh_world, text=f"Odotin. {SAID}")
    worker = fresh_world.start_worker("index")
    worker.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM feedback_words") == 1, "the words of the text")
    handler = fresh_world.client("handler")
    assert [item["id"] for item in handler.all_items("/v1/feedback/search", text="odotin")] == [case["id"]]
    for word in ("4567", CODE, MAIL, "Kotitie"):
        assert handler.all_items("/v1/feedback/search", text=f'"{word}"') == []


def test_the_words_of_a_survey_are_masked(world):
    survey = Survey(world)
    for token in survey.links(5):
        world.client().post(f"/v1/survey-links/{token}", {"answers": {"met": 1, "why": SAID}, "lang": "sv"},
                            idempotency=str(uuid.uuid4()), expect=200)
    survey.coordinator.move(survey.round_path, "closed", expect=200)
    texts = survey.coordinator.all_items(f"{survey.round_path}/texts")
    assert [(text["text"], text["is_masked"]) for text in texts] == [
        ("Soittakaa [telefonnummer], tunnus [personbeteckning], [e-postadress], [adress].", True)] * 5


@pytest.mark.parametrize("lang, mark", [("sv", "[telefonnummer]"), ("en", "[phone number]"), ("sms", "[puhelinnumero]")])
def test_a_mark_is_in_the_language_of_the_case(world, lang, mark):
    case = submit(world, lang=lang, text=NUMBER)
    write(world, case, NUMBER)
    handler, path = world.client("handler"), f"/v1/feedback/{case['id']}"
    assert handler.get(path, expect=200).json()["text"] == mark
    assert [message["text"] for message in handler.all_items(f"{path}/messages")] == [mark]


def test_a_text_that_tells_nobody_is_shown_as_it_is_and_kept_once(world):
    case = submit(world, text="Odotin 12.5.2026 klo 8.30–10.15 huoneessa 0123.")
    shown = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
    assert (shown["text"], shown["is_masked"]) == ("Odotin 12.5.2026 klo 8.30–10.15 huoneessa 0123.", False)
    assert world.database.value("SELECT masked FROM feedback_text WHERE feedback_id = %s::uuid", case["id"]) is None


def test_what_was_said_stays_byte_for_byte(world, case):
    assert world.database.value("SELECT original FROM feedback_text WHERE feedback_id = %s::uuid", case["id"]) == SAID
    assert json.dumps(SAID) in json.dumps(world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json())
