"""
Votes in a panel: one for each member, changeable until it closes, secret; counts from five votes on.
"""

import pytest

from support.client import new_key, problem_pointers
from support.inputs import Member
from support.panels import make_panel
from support.questions import moment, text
from support.rounds import Round

OPTIONS = [{"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]


@pytest.fixture(scope="module")
def panel(world):
    return make_panel(world, "online_panel", state="active")


@pytest.fixture(scope="module")
def members(world, panel):
    return [Member(world, panel) for _ in range(6)]


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def wish(panel, **members):
    return {"panel_id": panel, "question": text("Kokoonnutaanko illalla?"), "options": OPTIONS, "closes_at": moment(days=7), **members}


@pytest.fixture
def vote(coordinator, panel):
    """The path of an open vote."""
    return coordinator.post("/v1/votes", wish(panel), expect=201).headers["Location"]


def choose(member, vote, option, **options):
    return member.client.post(f"{member.path}/votes/{vote.rsplit('/', 1)[1]}/ballot", {"option": option}, **{"expect": 200, **options})


def own(member, vote):
    return [x for x in member.client.get(f"{member.path}/votes?limit=200", expect=200).json()["items"] if vote.endswith(x["id"])][0]


def close(coordinator, vote):
    coordinator.move(vote, "closed", expect=200)
    return coordinator.get(vote, expect=200).json()


def test_the_last_choice_of_each_member_counts(coordinator, members, vote):
    for member in members:
        choose(member, vote, "yes")
    choose(members[0], vote, "no")
    shown = close(coordinator, vote)
    assert (shown["state"], shown["ballots"], shown["result"]) == ("closed", 6, {"yes": 5, "no": 1})


def test_nothing_is_shown_of_how_it_stands_while_it_is_open(coordinator, members, vote):
    for member in members:
        choose(member, vote, "no")
    shown = coordinator.get(vote, expect=200).json()
    assert shown["ballots"] is None and shown["result"] is None
    assert own(members[0], vote)["own_option"] == "no" and own(members[0], vote)["result"] is None


@pytest.mark.parametrize("count, result", [(4, None), (5, {"yes": 5, "no": 0})])
def test_counts_are_shown_from_five_votes_on(coordinator, members, vote, count, result):
    for member in members[:count]:
        choose(member, vote, "yes")
    shown = close(coordinator, vote)
    assert (shown["ballots"], shown["result"]) == (count, result)


@pytest.mark.parametrize("to, reason", [("closed", None), ("cancelled", "Kysymys oli väärä.")])
def test_who_chose_what_is_forgotten_when_it_ends(world, coordinator, members, vote, to, reason):
    choose(members[0], vote, "yes")
    coordinator.move(vote, to, **({"reason": reason} if reason else {}), expect=200)
    assert world.database.value("SELECT count(*) FROM ballot WHERE vote_id = %s::uuid", vote.rsplit("/", 1)[1]) == 0
    assert own(members[0], vote)["own_option"] is None
    choose(members[1], vote, "no", expect=409, problem="vote_is_closed")


def test_the_api_cannot_read_what_members_chose(world):
    with world.database.transaction("api") as cursor, pytest.raises(Exception, match="permission denied"):
        cursor.execute("SELECT option FROM ballot")


def test_a_vote_whose_time_is_over_takes_none_also_before_the_clock_closes_it(world, members, vote):
    world.database.run("UPDATE vote SET closes_at = app_now() - interval '1 minute' WHERE id = %s::uuid", vote.rsplit("/", 1)[1])
    choose(members[0], vote, "yes", expect=409, problem="vote_is_closed")


def test_only_options_of_the_vote_can_be_chosen(members, vote):
    assert problem_pointers(choose(members[0], vote, "maybe", expect=422, problem="vote_option_unknown")) == ["/option"]


def test_only_active_members_of_the_panel_vote(world, panel, vote):
    stranger = Member(world, make_panel(world, "online_panel", state="active"))
    choose(stranger, vote, "yes", expect=404)
    choose(Member(world, panel, state="ceased"), vote, "yes", expect=404)


def test_a_vote_is_cancelled_with_a_reason(coordinator, vote):
    assert problem_pointers(coordinator.move(vote, "cancelled", expect=422, problem="reason_required")) == ["/reason"]


@pytest.mark.parametrize("members, code, pointer", [
    ({"closes_at": moment(hours=-1)}, "vote_closes_later", "/closes_at"),
    ({"options": [OPTIONS[0], OPTIONS[0]]}, "vote_options_differ", "/options"),
    ({"panel_id": "00000000-0000-4000-8000-000000000000"}, "unknown_reference", "/panel_id"),
    ({"input_id": "00000000-0000-4000-8000-000000000000"}, "unknown_reference", "/input_id")])
def test_what_is_wrong_with_a_vote_is_named(coordinator, panel, members, code, pointer):
    assert problem_pointers(coordinator.post("/v1/votes", wish(panel, **members), expect=422, problem=code)) == [pointer]


@pytest.mark.parametrize("members", [{"options": OPTIONS[:1]}, {"options": []}, {"question": {}}, {"options": [{"key": "Yes!", "text": {"fi": "x"}}, OPTIONS[0]]}])
def test_bad_input_is_refused(coordinator, panel, members):
    coordinator.post("/v1/votes", wish(panel, **members), expect=422)


def test_a_vote_on_an_input_is_of_the_inputs_panel(world, coordinator, panel, members):
    brought = members[0].bring("initiative").json()["id"]
    made = coordinator.post("/v1/votes", wish(panel, input_id=brought), expect=201)
    assert coordinator.get(made.headers["Location"], expect=200).json()["input_id"] == brought
    other = make_panel(world, "online_panel", state="active")
    assert problem_pointers(coordinator.post("/v1/votes", wish(other, input_id=brought), expect=422, problem="unknown_reference")) == ["/input_id"]


def test_a_vote_on_a_question_of_a_round_names_the_question(world, coordinator, panel):
    member, made = Member(world, panel), Round(world, panel=panel)
    made.move("open")
    vote = coordinator.post("/v1/votes", wish(panel, round_id=made.id, round_question="met"), expect=201)
    assert coordinator.get(vote.headers["Location"], expect=200).json()["round_question"] == "met"
    assert [x["id"] for x in coordinator.all_items("/v1/votes", round_id=made.id)] == [vote.json()["id"]]
    assert own(member, vote.headers["Location"])["round_id"] == made.id


@pytest.mark.parametrize("members, code, pointer", [
    (lambda made, brought: {"round_id": made.id}, "vote_has_one_subject", "/round_question"),
    (lambda made, brought: {"round_question": "met"}, "vote_has_one_subject", "/round_id"),
    (lambda made, brought: {"round_id": made.id, "round_question": "met", "input_id": brought}, "vote_has_one_subject", "/round_id"),
    (lambda made, brought: {"round_id": made.id, "round_question": "missing"}, "unknown_reference", "/round_question"),
    (lambda made, brought: {"round_id": brought, "round_question": "met"}, "unknown_reference", "/round_id")])
def test_what_is_wrong_with_the_subject_of_a_vote_is_named(world, coordinator, panel, members, code, pointer):
    made, brought = Round(world, panel=panel), Member(world, panel).bring().json()["id"]
    assert problem_pointers(coordinator.post("/v1/votes", wish(panel, **members(made, brought)), expect=422, problem=code)) == [pointer]


def test_no_question_of_a_round_that_is_a_draft_or_of_another_panel_is_voted_on(world, coordinator, panel):
    made = Round(world, panel=panel)
    coordinator.post("/v1/votes", wish(panel, round_id=made.id, round_question="met"), expect=409, problem="round_takes_no_votes")
    other = Round(world)
    assert problem_pointers(coordinator.post("/v1/votes", wish(panel, round_id=other.id, round_question="met"), expect=422, problem="unknown_reference")) == ["/round_id"]


def test_a_draft_does_not_vote(world, coordinator):
    coordinator.post("/v1/votes", wish(make_panel(world, "online_panel")), expect=409, problem="panel_is_not_active")


def test_a_repeated_request_opens_one(coordinator, panel):
    key = new_key()
    first, again = (coordinator.post("/v1/votes", wish(panel, closes_at="2035-01-01T00:00:00Z"), idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json()


def test_the_list_is_filtered_by_panel_and_state(world, coordinator):
    panel = make_panel(world, "online_panel", state="active")
    made = [coordinator.post("/v1/votes", wish(panel, closes_at=moment(days=n)), expect=201).json()["id"] for n in (2, 5, 3)]
    assert [x["id"] for x in coordinator.all_items("/v1/votes", panel_id=panel, limit=1)] == [made[1], made[2], made[0]]
    assert coordinator.all_items("/v1/votes", panel_id=panel, state="closed") == []
