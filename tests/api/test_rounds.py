"""
Online rounds of panels: planned, open, closed, summarised, fed back, and only then in the archive; discussion is optional.
"""

import pytest

from support.client import new_key, problem_pointers
from support.inputs import Member, write_down
from support.panels import make_panel
from support.questions import moment, text
from support.rounds import Round


@pytest.fixture
def round_of(world):
    return lambda **members: Round(world, **members)


def test_a_round_goes_from_draft_to_the_archive(round_of):
    made = round_of(has_discussion=True)
    assert made.now()["state"] == "draft" and made.now()["has_discussion"]
    made.move("open", "closed")
    made.patch({"summary": text("Moni haluaa iltoja.")})
    made.move("summarised")
    made.patch({"feedback": text("Tiistaina auki iltaan.")})
    made.move("fed_back", "archived")
    assert made.now()["summary"]["fi"] == "Moni haluaa iltoja."


@pytest.mark.parametrize("states, to, code", [
    (["open", "closed"], "summarised", "round_has_summary"), (["open", "closed"], "fed_back", "illegal_transition"),
    (["open", "closed"], "archived", "illegal_transition"), (["open"], "summarised", "illegal_transition"), ([], "closed", "illegal_transition")])
def test_nothing_is_left_out_on_the_way(round_of, states, to, code):
    made = round_of()
    made.move(*states)
    made.move(to, expect=409, problem=code)


def test_a_round_is_not_fed_back_without_a_word_to_the_members(round_of):
    made = round_of()
    made.move("open", "closed")
    made.patch({"summary": text("Iltoja.")})
    made.move("summarised")
    made.move("fed_back", expect=409, problem="round_has_feedback")


def test_an_open_round_is_cancelled_with_a_reason(round_of):
    made = round_of()
    made.move("open")
    assert problem_pointers(made.coordinator.move(made.path, "cancelled", expect=422, problem="reason_required")) == ["/reason"]
    made.move("cancelled", reason="Väärät kysymykset.")
    assert made.asked("state") == "closed"


def test_the_questions_go_with_the_round(world, round_of):
    made = round_of()
    made.move("open")
    assert made.asked("state") == "open"
    world.database.run("INSERT INTO step (id, resource, subject, from_state, to_state, who, version) SELECT gen_random_uuid(), 'survey_round', id, state, 'closed',"
                       " 'system', version + 1 FROM survey_round WHERE id = %s", made.asked("id"))  # as the clock does
    assert made.now()["state"] == "closed"


@pytest.mark.parametrize("members, code, pointer", [
    ({"closes_at": moment(minutes=30)}, "survey_round_times", "/closes_at"), ({"opens_at": moment(days=-9), "closes_at": moment(days=-8)}, "survey_round_times", "/closes_at"),
    ({"remind_at": moment(days=8)}, "survey_round_times", "/remind_at"), ({"closes_at": "9999-01-01T00:00:00Z"}, "date_is_near", "/closes_at"),
    ({"panel_id": "00000000-0000-4000-8000-000000000000"}, "unknown_reference", "/panel_id"),
    ({"question_set_id": "00000000-0000-4000-8000-000000000000"}, "unknown_reference", "/question_set_id")])
def test_what_is_wrong_with_a_round_is_named(round_of, members, code, pointer):
    made = round_of()
    assert problem_pointers(made.coordinator.post("/v1/rounds", made.wish(**members), expect=422, problem=code)) == [pointer]


def test_a_panel_that_is_a_draft_is_asked_nothing(world, round_of):
    made = round_of()
    made.coordinator.post("/v1/rounds", made.wish(panel_id=make_panel(world, "online_panel")), expect=409, problem="panel_is_not_active")


def test_what_is_asked_changes_in_a_draft_only(round_of):
    made = round_of()
    assert made.patch({"title": {"sv": "Öppettider"}, "remind_at": moment(days=2)}).json()["title"]["sv"] == "Öppettider"
    assert problem_pointers(made.patch({"closes_at": moment(minutes=5)}, expect=422, problem="survey_round_times")) == ["/closes_at"]
    made.move("open")
    made.patch({"title": {"sv": "Annat"}}, expect=409, problem="round_is_over")
    made.patch({"closes_at": moment(days=9)})
    made.move("closed")
    made.patch({"closes_at": moment(days=10)}, expect=409, problem="round_is_over")


def test_a_repeated_request_plans_one(round_of):
    made, key = round_of(), new_key()
    wish = made.wish()
    first, again = (made.coordinator.post("/v1/rounds", wish, idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    made.coordinator.post("/v1/rounds", made.wish(title=text("Muu")), idempotency=key, expect=422, problem="idempotency_key_reused")


def test_members_comment_on_a_round_that_is_open_for_it(world, round_of):
    made = round_of(has_discussion=True)
    member = Member(world, made.panel)
    member.bring("comment", round_id=made.id, expect=409, problem="round_takes_no_comments")
    made.move("open")
    comment = member.bring("comment", round_id=made.id).json()["id"]
    assert [x["id"] for x in made.coordinator.all_items("/v1/inputs", round_id=made.id)] == [comment]
    written = write_down(world, kind="comment", round_id=made.id).json()["id"]
    assert made.coordinator.get(f"/v1/inputs/{written}", expect=200).json()["panel_id"] == made.panel
    quiet = round_of(panel=made.panel)
    quiet.move("open")
    member.bring("comment", round_id=quiet.id, expect=409, problem="round_takes_no_comments")
    assert problem_pointers(member.bring("comment", round_id=round_of().id, expect=422, problem="unknown_reference")) == ["/round_id"]


def test_members_read_what_came_of_it_when_it_is_fed_back(world, round_of):
    made = round_of()
    member = Member(world, made.panel)
    own = lambda: member.client.get(f"{member.path}/rounds", expect=200).json()["items"]  # noqa: E731
    assert own() == []
    made.move("open")
    assert own()[0]["questions"] and own()[0]["feedback"] is None
    made.move("closed")
    made.patch({"summary": text("Iltoja.")})
    made.move("summarised")
    assert own()[0]["questions"] is None and own()[0]["summary"] is None
    made.patch({"feedback": text("Auki iltaan.")})
    made.move("fed_back")
    assert own()[0]["feedback"]["fi"] == "Auki iltaan." and own()[0]["summary"]["fi"] == "Iltoja."


def test_the_list_is_filtered_by_panel_and_state(round_of):
    one = round_of()
    two = round_of(panel=one.panel)
    two.move("open")
    assert [x["id"] for x in one.coordinator.all_items("/v1/rounds", panel_id=one.panel, limit=1)] == [two.id, one.id]
    assert [x["id"] for x in one.coordinator.all_items("/v1/rounds", panel_id=one.panel, state="open")] == [two.id]


@pytest.mark.parametrize("states", [(), ("open",)])
def test_the_operations_of_surveys_leave_alone_what_asks_a_rounds_questions(world, round_of, states):
    made = round_of()
    made.move(*states)
    survey, client, refused = f"/v1/surveys/{made.asked('survey_id')}", made.coordinator, {"expect": 409, "problem": "survey_is_of_round"}
    asked = f"{survey}/rounds/{made.asked('id')}"
    client.patch(survey, {"title": text("Muu")}, etag="*", **refused)
    client.move(survey, "closed", **refused)
    client.patch(asked, {"remind_at": None}, etag="*", **refused)
    client.move(asked, "closed" if states else "cancelled", reason="Ei pidetä.", **refused)
    client.post(f"{survey}/rounds", {"opens_at": moment(hours=1), "closes_at": moment(days=3)}, **refused)
    client.post(f"{asked}/links", {"count": 1}, **refused)
    assert made.now()["state"] == (states or ("draft",))[-1] and made.asked("state") == (states or ("planned",))[-1]


def test_the_database_lets_nobody_but_the_round_move_its_survey(world, round_of):
    made = round_of()
    with pytest.raises(Exception, match="survey_is_of_round"):
        world.database.run("INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
                           " VALUES (gen_random_uuid(), 'survey', %s, 'open', 'closed', 'coordinator', 2)", made.asked("survey_id"))
