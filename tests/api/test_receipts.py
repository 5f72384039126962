"""
What a giver does over HTTP with the receipt code, and without any identity.
"""

import concurrent.futures
import uuid

import pytest

from test_feedback import move, submit


def given(world, **members):
    """A new case and a client with its receipt: (id, client)."""
    made = submit(world, **members)
    return made["id"], world.giver(made["receipt_code"])


def test_the_receipt_shows_the_answer_and_what_the_giver_can_do(world):
    case, giver = given(world, wants_answer=True)
    move(world, case, "answered", text="Pahoittelemme.")
    shown = giver.get("/v1/receipt", expect=200)
    assert shown.headers["Cache-Control"] == "no-store"
    assert (shown.json()["state"], shown.json()["next_states"]) == ("answered", ["in_progress", "withdrawn"])
    assert [(m["author"], m["kind"], m["text"]) for m in shown.json()["messages"]] == [("staff", "answer", "Pahoittelemme.")]


def test_giver_and_staff_write_to_each_other(world):
    case, giver = given(world)
    world.client("handler").post(f"/v1/feedback/{case}/messages", {"text": "Milloin?", "kind": "question"}, expect=201)
    made = giver.post("/v1/receipt/messages", {"text": "Eilen."}, idempotency=str(uuid.uuid4()), expect=201)
    assert (made.headers["Location"], made.json()["n"]) == ("/v1/receipt", 2)
    shown = world.client("handler").get(f"/v1/feedback/{case}/messages", expect=200).json()["items"]
    assert [message["text"] for message in shown] == ["Milloin?", "Eilen."]


def test_an_answered_case_is_reopened_with_a_reason_and_once(world):
    case, giver = given(world)
    move(world, case, "answered", text="Kiitos.")
    giver.post("/v1/receipt/transitions", {"to": "in_progress"}, expect=422, problem="reason_required")
    key = str(uuid.uuid4())
    for replayed in (None, "true"):
        reply = giver.post("/v1/receipt/transitions", {"to": "in_progress", "reason": "Et vastannut."}, idempotency=key, expect=200)
        assert (reply.json()["state"], reply.headers.get("Idempotent-Replayed")) == ("in_progress", replayed)
    assert [m["kind"] for m in giver.get("/v1/receipt", expect=200).json()["messages"]] == ["answer", "reopening"]


def test_a_withdrawn_voice_is_gone_for_both_sides(world):
    case, giver = given(world, text="Salaisuuteni", contact={"email": "antaja@example.org"})
    giver.post("/v1/receipt/transitions", {"to": "withdrawn"}, expect=200)
    assert giver.get("/v1/receipt", expect=200).json()["text"] is None
    assert world.client("handler").get(f"/v1/feedback/{case}", expect=200).json()["text"] is None
    assert world.database.value("SELECT count(*) FROM contact WHERE feedback_id = %s::uuid", case) == 0
    giver.post("/v1/receipt/messages", {"text": "Hei"}, expect=409, problem="feedback_is_erased")


@pytest.mark.parametrize("key", ["1", "short", "x" * 21])
def test_a_giver_s_key_is_one_that_nobody_hits_by_chance(world, key):
    _, giver = given(world)
    giver.post("/v1/receipt/messages", {"text": "Hei"}, idempotency=key, expect=400, problem="bad_idempotency_key")


def test_a_wrong_code_and_no_code_at_all_look_alike(world):
    made = submit(world)["receipt_code"]
    other = made[:-1] + ("2" if made[-1] != "2" else "3")
    problems = []
    for code in (other, "ABCD-EFGH", "x", "ä"):
        reply = world.giver(code.encode().decode("latin-1")).get("/v1/receipt", expect=404).json()
        problems.append({key: value for key, value in reply.items() if key not in ("instance", "trace_id")})
    assert all(problem == problems[0] for problem in problems) and problems[0]["code"] == "not_found"


def test_an_api_key_is_no_receipt_and_a_receipt_no_key(world):
    assert world.client("admin").get("/v1/receipt").status_code in (401, 404)
    _, giver = given(world)
    giver.get("/v1/feedback", expect=401, problem="unauthorized")


def test_messages_written_at_once_each_get_a_place_of_their_own(world):
    case, giver = given(world)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: world.giver(receipt_of(giver)).post("/v1/receipt/messages", {"text": str(n)}, expect=201), range(24)))
    assert sorted(reply.json()["n"] for reply in made) == list(range(1, 25))
    assert len(world.client("handler").get(f"/v1/feedback/{case}/messages", expect=200).json()["items"]) == 24


def test_one_step_sent_many_times_at_once_is_made_once(world):
    case, giver = given(world)
    move(world, case, "answered", text="Kiitos.")
    key, body = str(uuid.uuid4()), {"to": "in_progress", "reason": "Et vastannut."}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: world.giver(receipt_of(giver)).post("/v1/receipt/transitions", body, idempotency=key, expect=200),
                             range(16)))
    assert sum("Idempotent-Replayed" not in reply.headers for reply in made) == 1
    assert world.database.value("SELECT count(*) FROM step WHERE subject = %s::uuid", case) == 2


def receipt_of(giver):
    return giver.session.headers["Authorization"].removeprefix("Receipt ")
