"""
A duplicate: its giver follows the original, and reads what staff answer there and never what the other giver said.
"""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

SECRET = "Nimeni on Aino ja odotin yöllä kolme tuntia."


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi", **members},
        expect=201).json()


def step(world, case, to, role="handler", **members):
    return world.client(role).post(f"/v1/feedback/{case['id']}/transitions", {"to": to, **members}, etag="*")


def follow(world, case, original):
    reply = step(world, case, "duplicate", duplicate_of=original["id"])
    assert reply.status_code == 200, reply.text


def receipt(world, case):
    return world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()


def shown(world, case):
    return world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()


def mails(world, case):
    """Templates of the mails to this giver, but for the receipt."""
    return [name for name, in world.database.rows(
        "SELECT template FROM mail WHERE feedback_id = %s::uuid AND template <> 'received' ORDER BY id", case["id"])]


@pytest.fixture
def pair(world):
    """(original, duplicate that follows it), both with an address."""
    original = submit(world, text=SECRET, contact={"email": "aino@example.org"})
    duplicate = submit(world, contact={"email": "eero@example.org"}, wants_news=True)
    follow(world, duplicate, original)
    return original, duplicate


def test_the_giver_of_a_duplicate_reads_the_state_and_the_answers_of_the_original(world, pair):
    original, duplicate = pair
    world.client("handler").post(f"/v1/feedback/{original['id']}/messages", {"text": "Aino, milloin?", "kind": "question"}, expect=201)
    world.giver(original["receipt_code"]).post("/v1/receipt/messages", {"text": SECRET}, idempotency=str(uuid.uuid4()), expect=201)
    assert step(world, original, "answered", text="Pahoittelemme odotusta.").status_code == 200
    mine = receipt(world, duplicate)
    assert (mine["state"], mine["text"], mine["messages"]) == ("duplicate", "Odotin kauan.", [])
    assert (mine["original"]["state"], mine["original"]["outcome"]) == ("answered", None)
    assert [answer["text"] for answer in mine["original"]["answers"]] == ["Pahoittelemme odotusta."]
    assert "Aino" not in str(mine) and original["id"] not in str(mine)
    assert mine["remedies"] and receipt(world, original)["original"] is None


def test_followers_are_told_of_answers_and_of_the_end_and_not_of_questions(world, pair):
    original, duplicate = pair
    before = mails(world, duplicate)
    world.client("handler").post(f"/v1/feedback/{original['id']}/messages", {"text": "Milloin?", "kind": "question"}, expect=201)
    assert (mails(world, duplicate), len(mails(world, original))) == (before, 1)
    step(world, original, "answered", text="Kiitos.")
    step(world, original, "closed", outcome="information")
    assert mails(world, duplicate) == before + ["case_news"] * 2
    assert len(mails(world, original)) == 3


def test_news_of_a_change_reaches_those_who_follow(world, pair):
    original, duplicate = pair
    title = {"fi": "Takaisinsoitto"}
    coordinator = world.client("coordinator")
    change = coordinator.post("/v1/changes", {"unit_id": world.units["ward"], "title": title, "said": title, "done": title,
                                              "owner_ref": "o", "planned_for": "2030-01-01"}, expect=201).json()["id"]
    coordinator.post(f"/v1/changes/{change}/sources", {"kind": "feedback", "feedback_id": original["id"]}, expect=201)
    for state in ("under_review", "planned"):
        coordinator.move(f"/v1/changes/{change}", state, expect=200)
    who = {str(row[0]) for row in world.database.rows(
        "SELECT feedback_id FROM change_contributors(%s::uuid, ARRAY[%s::uuid], '{}', 'news')", change, original["id"])}
    assert who == {original["id"], duplicate["id"]}
    assert [item["state"] for item in receipt(world, duplicate)["news"]] == ["planned"]
    late = submit(world)
    jobs = "SELECT count(*) FROM job WHERE kind = 'news' AND subject = %s::uuid"
    before = world.database.value(jobs, change)
    follow(world, late, original)
    assert world.database.value(jobs, change) == before + 1


def test_there_are_no_chains(world):
    first, second, third, fourth = (submit(world) for _ in range(4))
    follow(world, second, first)
    follow(world, third, second)  # of a duplicate: its original is meant
    assert shown(world, third)["duplicate_of"] == first["id"]
    follow(world, first, fourth)  # those who followed it go along
    assert {shown(world, case)["duplicate_of"] for case in (first, second, third)} == {fourth["id"]}
    refused = step(world, fourth, "duplicate", duplicate_of=second["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "original_is_itself")
    assert step(world, fourth, "duplicate", duplicate_of=fourth["id"]).json()["code"] == "original_is_itself"


@pytest.mark.parametrize("fate", ["withdrawn", "removed"])
def test_nobody_can_follow_what_is_erased_and_who_did_is_taken_up_again(world, fate):
    world.database.run("UPDATE unit SET mailboxes = mailboxes || '{\"handler\": \"osasto@example.org\"}' WHERE id = %s::uuid",
                       world.units["ward"])
    original, duplicate, other = submit(world), submit(world), submit(world)
    follow(world, duplicate, original)
    step(world, original, "answered", text="Kiitos.")
    if fate == "withdrawn":
        world.giver(original["receipt_code"]).move("/v1/receipt", "withdrawn", idempotency=str(uuid.uuid4()), expect=200)
    else:
        step(world, original, "removed", "coordinator", reason="Nimiä.")
    refused = step(world, other, "duplicate", duplicate_of=original["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "original_is_erased")
    assert receipt(world, duplicate)["original"] is None
    told = world.database.rows("SELECT mailbox FROM mail WHERE template = 'original_gone' AND link_id = %s::uuid", duplicate["id"])
    assert told == [("osasto@example.org",)]


def test_going_on_with_a_duplicate_unlinks_it(world, pair):
    original, duplicate = pair
    assert step(world, duplicate, "in_progress", reason="Onkin eri asia.").status_code == 200
    assert (shown(world, duplicate)["duplicate_of"], receipt(world, duplicate)["original"]) == (None, None)
    before = mails(world, duplicate)
    step(world, original, "answered", text="Kiitos.")
    assert mails(world, duplicate) == before


def test_an_original_that_the_caller_does_not_see_does_not_exist(world):
    here, there = submit(world), submit(world, unit_id=world.units["office"])
    limited = world.client(None)
    limited.session.headers["Authorization"] = "Bearer " + world.new_key(["feedback:read", "feedback:handle"], ["hospital"])
    path = f"/v1/feedback/{here['id']}"
    problem = limited.post(f"{path}/transitions", {"to": "duplicate", "duplicate_of": there["id"]}, etag="*", expect=422).json()
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("unknown_reference", "/duplicate_of")
    follow(world, here, there)
    assert limited.get(path, expect=200).json()["duplicate_of"] is None
    listed = {item["id"]: item["duplicate_of"] for item in limited.all_items("/v1/feedback", state="duplicate")}
    assert listed[here["id"]] is None
    assert shown(world, here)["duplicate_of"] == there["id"]


def test_two_cases_that_are_made_duplicates_of_each_other_at_once_make_no_circle(world):
    for _ in range(5):
        one, two = submit(world), submit(world)
        with ThreadPoolExecutor(2) as pool:
            codes = sorted(reply.status_code for reply in pool.map(
                lambda both: step(world, both[0], "duplicate", duplicate_of=both[1]["id"]), [(one, two), (two, one)]))
        assert codes == [200, 422]
