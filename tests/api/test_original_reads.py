"""
Reading an original: only with a purpose, only with the scope for it, never without a note of who read; and who may read the notes.
"""

import uuid

import psycopg2
import pytest

from support.questions import make_question_set

SAID = "Soittakaa 040 123 4567 tai aino@example.fi."
SHOWN = "Soittakaa [puhelinnumero] tai [sähköposti]."
PURPOSE = {"purpose": "Giver asked to be called back"}


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": SAID, "channel": "web", "lang": "fi", "wants_answer": True, **members},
        idempotency=str(uuid.uuid4()), expect=201).json()


def reads(world, case):
    return world.client("coordinator").all_items(f"/v1/feedback/{case['id']}/original-reads")


def test_an_original_is_read_whole_and_the_reading_is_noted(world):
    case = submit(world, question_set_id=make_question_set(world.database), answers={"met": 1, "why": SAID})
    giver = world.giver(case["receipt_code"])
    giver.post("/v1/receipt/messages", {"text": SAID}, idempotency=str(uuid.uuid4()), expect=201)
    path = f"/v1/feedback/{case['id']}"
    world.client("handler").post(f"{path}/transitions", {"to": "answered", "text": "Soitamme."}, etag="*", expect=200)
    giver.move("/v1/receipt", "in_progress", reason=SAID, idempotency=str(uuid.uuid4()), expect=200)
    read = world.client("coordinator").post(f"{path}/original-reads", PURPOSE, expect=201)
    original = read.json()
    assert read.headers["Location"] == f"{path}/original-reads" and read.headers["Cache-Control"] == "no-store"
    assert (original["text"], original["answers"]) == (SAID, {"why": SAID})
    assert [(message["kind"], message["text"]) for message in original["messages"]] == [("message", SAID), ("reopening", SAID)]
    assert [(reason["to"], reason["reason"]) for reason in original["reasons"]] == [("in_progress", SAID)]
    noted = reads(world, case)
    assert [(note["n"], note["caller_name"], note["purpose"]) for note in noted] == [(1, "coordinator", PURPOSE["purpose"])]
    assert noted[0]["read_at"].endswith("Z")
    assert world.client("handler").get(path, expect=200).json()["text"] == SHOWN


def test_a_repeated_request_reads_again_and_is_noted_again(world):
    case = submit(world)
    client, path, key = world.client("coordinator"), f"/v1/feedback/{case['id']}/original-reads", str(uuid.uuid4())
    first, again = (client.post(path, PURPOSE, idempotency=key, expect=201) for _ in range(2))
    assert first.json()["text"] == again.json()["text"] == SAID
    assert [reply.headers.get("Idempotent-Replayed") for reply in (first, again)] == [None, "true"]
    assert len(reads(world, case)) == 2
    client.post(path, {"purpose": "Something else"}, idempotency=key, expect=422, problem="idempotency_key_reused")
    assert len(reads(world, case)) == 2


@pytest.mark.parametrize("body, pointer", [({}, "/purpose"), ({"purpose": ""}, "/purpose"), ({"purpose": "x"}, "/purpose"),
                                           ({"purpose": "x" * 501}, "/purpose"), ({"purpose": None}, "/purpose")])
def test_without_a_purpose_nothing_is_read(world, body, pointer):
    case = submit(world)
    reply = world.client("coordinator").post(f"/v1/feedback/{case['id']}/original-reads", body, expect=422, problem="contract_violation")
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer] and SAID not in reply.text
    assert reads(world, case) == []


def test_who_handles_cases_reads_neither_originals_nor_the_notes(world):
    case = submit(world)
    path = f"/v1/feedback/{case['id']}/original-reads"
    assert SAID not in world.client("handler").post(path, PURPOSE, expect=403).text
    world.client("handler").get(path, expect=403)
    assert reads(world, case) == []


def test_of_a_case_that_is_removed_there_is_no_original_and_no_note(world):
    case = submit(world)
    path = f"/v1/feedback/{case['id']}"
    world.client("coordinator").post(f"{path}/transitions", {"to": "removed", "reason": "Nimiä."}, etag="*", expect=200)
    world.client("coordinator").post(f"{path}/original-reads", PURPOSE, expect=409, problem="feedback_is_erased")
    assert reads(world, case) == []


def test_notes_come_page_by_page(world):
    case = submit(world)
    client, path = world.client("coordinator"), f"/v1/feedback/{case['id']}/original-reads"
    for n in range(5):
        client.post(path, {"purpose": f"Purpose {n}"}, expect=201)
    page = client.get(f"{path}?limit=2", expect=200).json()
    assert [note["n"] for note in page["items"]] == [1, 2] and page["next_cursor"]
    assert [note["purpose"] for note in reads(world, case)] == [f"Purpose {n}" for n in range(5)]


def test_the_api_itself_reads_no_original_without_a_note(world):
    case = submit(world)
    key = world.database.value("SELECT id FROM api_key WHERE name = 'coordinator'")
    connection = world.database.connect("api")
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM read_original(gen_random_uuid(), %s::uuid, %s::uuid, 'test', NULL)", (case["id"], key))
        assert cursor.fetchone() == (SAID,)
        cursor.execute("SELECT count(*) FROM original_read WHERE feedback_id = %s::uuid", (case["id"],))
        assert cursor.fetchone() == (1,)
    connection.rollback()
    with connection.cursor() as cursor, pytest.raises((psycopg2.errors.NotNullViolation, psycopg2.errors.CheckViolation)):
        cursor.execute("SELECT text FROM read_original(gen_random_uuid(), %s::uuid, NULL, 'test', NULL)", (case["id"],))
    connection.close()


def test_erasure_leaves_that_somebody_read_and_not_what_for(world):
    case = submit(world)
    client, path = world.client("coordinator"), f"/v1/feedback/{case['id']}"
    client.post(f"{path}/original-reads", {"purpose": "Aino Virtanen pyysi"}, expect=201)
    client.post(f"{path}/erasure", {"reason": "Antaja pyysi."}, expect=200)
    assert [(note["caller_name"], note["purpose"]) for note in reads(world, case)] == [("coordinator", "–")]
