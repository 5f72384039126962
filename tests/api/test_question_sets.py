"""
Question sets: served to clients, answered beside a voice, each answer checked against the version that it answers.
"""

import pytest

from support.client import new_key, problem_pointers
from support.questions import QUESTIONS, make_question_set, text

GOOD = {"met": 4, "way": "phone", "waited": True, "helped": ["people", "time"], "more_time": False, "recommend": 10}


@pytest.fixture(scope="module")
def questions(world):
    """The id of an active set."""
    return make_question_set(world.database)


@pytest.fixture
def voice(world, questions):
    """A body of a voice that answers the set."""
    return {"unit_id": world.units["ward"], "kind": "concern", "channel": "web", "lang": "fi", "question_set_id": questions}


def problems_of(reply):
    return {error["pointer"]: error["code"] for error in reply.json()["errors"]}


# ---- what clients read ----

def test_active_sets_are_listed_for_any_key(world, questions):
    names = {item["id"]: item for item in world.client("submit").all_items("/v1/question-sets")}
    assert names[questions]["group"] == "13_plus" and names[questions]["question_count"] == len(QUESTIONS)


def test_sets_are_filtered_by_group_unit_and_state(world):
    client = world.client("submit")
    of_children = make_question_set(world.database, group="7_12")
    of_social = make_question_set(world.database, unit=world.units["social"])
    draft = make_question_set(world.database, state="draft")

    def ids(**filters):
        return {item["id"] for item in client.all_items("/v1/question-sets", **filters)}
    assert of_children in ids(group="7_12") and of_social not in ids(group="7_12")
    assert of_social in ids(unit_id=world.units["office"]) and of_social not in ids(unit_id=world.units["ward"])
    assert draft in ids(state="draft") and draft not in ids()
    client.get("/v1/question-sets?group=old", expect=400)


def test_a_set_shows_its_questions_in_every_language(world, questions):
    reply = world.client("submit").get(f"/v1/question-sets/{questions}", expect=200)
    assert reply.json()["questions"] == QUESTIONS and reply.headers["ETag"] == '"1"'


def test_pages_of_sets_follow_each_other(world):
    wanted = {make_question_set(world.database) for _ in range(5)}
    assert wanted <= {item["id"] for item in world.client("submit").all_items("/v1/question-sets", limit=2)}


# ---- answers beside a voice ----

def test_a_voice_of_answers_alone_is_a_case(world, voice):
    case = world.client("submit").post("/v1/feedback", {**voice, "answers": GOOD}, expect=201).json()
    seen = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
    assert seen["text"] is None and seen["answers"] == GOOD and seen["question_set_id"] == voice["question_set_id"]
    own = world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()
    assert own["answers"] == GOOD and own["text"] is None


def test_words_in_answers_are_kept_apart_and_shown_with_the_case(world, voice):
    answers = {"met": 1, "why": "Ei katsottu silmiin. 😕"}
    case = world.client("submit").post("/v1/feedback", {**voice, "text": "Lisäksi jonotin.", "answers": answers}, expect=201).json()
    seen = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
    assert seen["answers"] == answers and seen["text"] == "Lisäksi jonotin."
    assert world.database.value("SELECT answers FROM answer_sheet WHERE id = %s::uuid", case["id"]) == {"met": 1, "why": True}
    with world.database.transaction("reader") as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT original FROM answer_text")


def test_a_voice_without_text_or_answer_is_refused(world, voice):
    bare = {name: value for name, value in voice.items() if name != "question_set_id"}
    assert problem_pointers(world.client("submit").post("/v1/feedback", bare, expect=422, problem="voice_is_empty")) == ["/text"]
    for text in (" \n\t", "\u00a0", "\u200b\u200d", "\ufeff \u3000\u2003"):
        reply = world.client("submit").post("/v1/feedback", {**bare, "text": text}, expect=422, problem="voice_is_empty")
        assert problem_pointers(reply) == ["/text"]
    for text in (".", "\u200b\u00a0ä", "\u00a0😕"):
        world.client("submit").post("/v1/feedback", {**bare, "text": text}, expect=201)
    assert world.client("submit").post("/v1/feedback", {**voice, "text": "\u00a0", "answers": {"met": 5}}).status_code == 201
    world.client("submit").post("/v1/feedback", {**voice, "answers": {}}, expect=422, problem="contract_violation")
    world.client("submit").post("/v1/feedback", {**voice, "text": "Hei"}, expect=422, problem="answers_refused")
    reply = world.client("submit").post("/v1/feedback", {**bare, "answers": GOOD}, expect=422, problem="unknown_reference")
    assert problem_pointers(reply) == ["/question_set_id"]


@pytest.mark.parametrize("answers, expected", [
    ({"met": 0, "why": "a"}, {"met": "answer_out_of_range"}), ({"met": 6}, {"met": "answer_out_of_range"}), ({"met": 5}, {}), ({"met": 1, "why": "a"}, {}),
    ({"met": None}, {}), ({"met": 3.5}, {"met": "answer_wrong_type"}), ({"met": "3"}, {"met": "answer_wrong_type"}),
    ({"met": True}, {"met": "answer_wrong_type"}), ({"met": 10 ** 12}, {"met": "answer_wrong_type"}),
    ({"way": "here"}, {"met": "answer_missing"}),
    ({"met": 3, "why": "a"}, {"why": "answer_not_shown"}), ({"met": 2}, {"why": "answer_missing"}), ({"met": 2, "why": ""}, {"why": "answer_missing"}),
    ({"met": 2, "why": "a" * 100}, {}), ({"met": 2, "why": "a" * 101}, {"why": "answer_too_long"}), ({"met": 2, "why": None}, {"why": "answer_wrong_type"}),
    ({"met": 3, "way": "moon"}, {"way": "answer_not_an_option"}), ({"met": 3, "way": 1}, {"way": "answer_wrong_type"}),
    ({"met": 3, "way": "here", "waited": True}, {"waited": "answer_not_shown"}), ({"met": 3, "way": "phone", "waited": "yes"}, {"waited": "answer_wrong_type"}),
    ({"met": 3, "waited": True}, {"waited": "answer_not_shown"}),
    ({"met": 3, "helped": []}, {"helped": "answer_missing"}), ({"met": 3, "helped": ["people", "people"]}, {"helped": "answer_not_an_option"}),
    ({"met": 3, "helped": ["x"]}, {"helped": "answer_not_an_option"}), ({"met": 3, "helped": "people"}, {"helped": "answer_wrong_type"}),
    ({"met": 3, "helped": ["place"], "more_time": True}, {"more_time": "answer_not_shown"}), ({"met": 3, "helped": ["place", "time"], "more_time": True}, {}),
    ({"met": 3, "recommend": 0}, {}), ({"met": 3, "recommend": 10}, {}), ({"met": 3, "recommend": 11}, {"recommend": "answer_out_of_range"}),
    ({"met": 3, "recommend": -1}, {"recommend": "answer_out_of_range"}), ({"met": 3, "recommend": None}, {"recommend": "answer_wrong_type"}),
    ({"met": 3, "other": 1}, {"other": "answer_unknown"}), ({"met": {"a": 1}, "way": [1]}, {"met": "answer_wrong_type", "way": "answer_wrong_type"}),
])
def test_each_answer_is_checked_against_its_question(world, voice, answers, expected):
    reply = world.client("submit").post("/v1/feedback", {**voice, "answers": answers})
    if expected:
        assert reply.status_code == 422 and reply.json()["code"] == "answers_refused"
        assert problems_of(reply) == {f"/answers/{key}": code for key, code in expected.items()}
    else:
        assert reply.status_code == 201, reply.text


def test_what_is_wrong_is_told_in_the_callers_language(world, voice):
    reply = world.client("submit", language="sv").post("/v1/feedback", {**voice, "answers": {"met": 9}}, expect=422)
    assert reply.json()["title"] == "Svaren passar inte frågorna" and reply.json()["errors"][0]["detail"] == "Talet finns inte på skalan"


@pytest.mark.parametrize("state, status", [("draft", 422), ("active", 201), ("retired", 201)])
def test_a_draft_is_not_answered_and_a_retired_version_still_is(world, voice, state, status):
    asked = make_question_set(world.database, state=state)
    world.client("submit").post("/v1/feedback", {**voice, "question_set_id": asked, "answers": {"met": 3}}, expect=status)


def test_a_set_of_another_unit_is_not_answered(world, voice):
    asked = make_question_set(world.database, unit=world.units["social"])
    body = {**voice, "question_set_id": asked, "answers": {"met": 3}}
    assert problem_pointers(world.client("submit").post("/v1/feedback", body, expect=422, problem="unknown_reference")) == ["/question_set_id"]
    world.client("submit").post("/v1/feedback", {**body, "unit_id": world.units["office"]}, expect=201)


def test_a_repeated_voice_with_answers_is_one_case(world, voice):
    key = new_key()
    first, again = (world.client("submit").post("/v1/feedback", {**voice, "answers": GOOD}, idempotency=key, expect=201) for _ in range(2))
    assert first.json()["id"] == again.json()["id"] and again.headers["Idempotent-Replayed"] == "true"


# ---- the last guard, and erasing ----

@pytest.mark.parametrize("sql", [
    "INSERT INTO answer_sheet (question_set_id, lang, answers) VALUES (%s::uuid, 'fi', '{\"met\": 9}')",
    "UPDATE question_set SET questions = '[1]' WHERE id = %s::uuid", "UPDATE question_set SET title = '{\"fi\": \"x\"}' WHERE id = %s::uuid"])
def test_the_database_itself_refuses_wrong_answers_and_changed_sets(world, questions, sql):
    with pytest.raises(Exception, match="answer_sheet_fits_questions|question_set_never_changes"):
        world.database.run(sql, questions)


@pytest.mark.parametrize("state, left", [("withdrawn", None), ("removed", {"met": 1, "why": True})])
def test_what_is_taken_back_goes_and_what_is_removed_loses_its_words(world, voice, state, left):
    case = world.client("submit").post("/v1/feedback", {**voice, "answers": {"met": 1, "why": "Salaisuus."}}, expect=201).json()
    if state == "withdrawn":
        world.giver(case["receipt_code"]).post("/v1/receipt/transitions", {"to": "withdrawn"}, expect=200)
    else:
        world.client("coordinator").move(f"/v1/feedback/{case['id']}", "removed", reason="Loukkaava.", expect=200)
    assert world.database.value("SELECT answers FROM answer_sheet WHERE id = %s::uuid", case["id"]) == left
    assert world.database.value("SELECT count(*) FROM answer_text WHERE answer_sheet_id = %s::uuid", case["id"]) == 0
    assert world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()["answers"] == left


def test_erasing_a_case_erases_the_words_of_its_answers(world, voice):
    case = world.client("submit").post("/v1/feedback", {**voice, "answers": {"met": 1, "why": "Kanarialintu."}}, expect=201).json()
    world.database.run("INSERT INTO erasure (feedback_id, who) VALUES (%s::uuid, 'retention')", case["id"])
    assert world.database.value("SELECT count(*) FROM answer_text WHERE answer_sheet_id = %s::uuid", case["id"]) == 0


# ---- results ----

def test_results_have_n_distribution_and_mean_and_leave_out_staff(world, voice):
    asked = make_question_set(world.database)
    path, analyst = f"/v1/question-sets/{asked}/results", world.client("analyst")
    body = {**voice, "question_set_id": asked}

    def answer(answers, **more):
        world.client("submit").post("/v1/feedback", {**body, "answers": answers, **more}, expect=201)
    for score in (10, 9, 0, 10):
        answer({"met": 5, "recommend": score})
    assert [(one["n"], one["distribution"]) for one in analyst.get(path, expect=200).json()["questions"]][0] == (4, None)
    answer({"met": 4, "recommend": 7, "helped": ["people", "time"]})
    answer({"met": 1, "why": "x"}, respondent_role="staff")
    answer({"met": 2, "why": "y"}, unit_id=world.units["office"])
    reply = analyst.get(path, expect=200).json()
    figures = {one["key"]: one for one in reply["questions"]}
    assert reply["n"] == 6 and list(figures) == [question["key"] for question in QUESTIONS]
    assert figures["recommend"]["n"] == 5 and figures["recommend"]["mean"] == 7.2
    assert figures["recommend"]["distribution"] == {**{str(n): 0 for n in range(11)}, "0": 1, "7": 1, "9": 1, "10": 2}
    assert figures["met"]["n"] == 6 and figures["why"] == {"key": "why", "type": "text", "text": text("Miksi?"), "n": 1, "dont_know": 0, "mean": None, "distribution": None}
    assert analyst.get(f"{path}?unit_id={world.units['hospital']}", expect=200).json()["n"] == 5
    assert analyst.get(f"{path}?audience=staff", expect=200).json()["n"] == 1
    assert analyst.get(f"{path}?to=2020-01-01", expect=200).json()["n"] == 0
    world.client("submit").get(path, expect=403)
