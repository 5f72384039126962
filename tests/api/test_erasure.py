"""
Erasure: a canary word in everything that a giver can fill in, then erasure by the receipt or by a coordinator, then no canary
in a dump of the database, in a log, or in what staff can read; and the counts are what they were.
"""

import json
import re
import subprocess
import uuid

import pytest

from support.client import Client
from support.cluster import find_program

CANARY = "kanarialintu"
ADDRESS = f"{CANARY}@example.org"
# The masked text beside it has what stands around it.
MASKED = "040 123 4567"
TITLE = {"fi": "Takaisinsoitto"}


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": f"Nimeni on {CANARY} ja odotin.", "channel": "web", "lang": "fi",
        "wants_answer": True, "wants_news": True, "wants_follow_up": True, "respondent_role": "relative", "on_behalf_of": "relative",
        "support_needs": ["interpreter"], "contact": {"email": ADDRESS}, **members}, idempotency=str(uuid.uuid4()), expect=201).json()


def move(world, case, to, role="handler", **members):
    world.client(role).post(f"/v1/feedback/{case['id']}/transitions", {"to": to, **members}, etag="*", expect=200)


def make_change(world, cases):
    """A change that is made, of which these givers were told; its id."""
    client = world.client("coordinator")
    change = client.post("/v1/changes", {"unit_id": world.units["ward"], "title": TITLE, "said": TITLE, "done": TITLE, "owner_ref": "o",
                                         "planned_for": "2030-01-01", "evidence": "Mitattu"}, expect=201).json()["id"]
    for case in cases:
        client.post(f"/v1/changes/{change}/sources", {"kind": "feedback", "feedback_id": case["id"]}, expect=201)
    for state in ("under_review", "planned", "made"):
        client.move(f"/v1/changes/{change}", state, expect=200)
    return change


def live_a_whole_life(world):
    """A case in which the giver filled in everything there is; (case, change)."""
    case = submit(world, text=f"Nimeni on {CANARY} ja odotin: {MASKED}.")
    giver = world.giver(case["receipt_code"])
    giver.post("/v1/receipt/messages", {"text": f"Lisään: {CANARY}, {MASKED}"}, idempotency=str(uuid.uuid4()), expect=201)
    move(world, case, "answered", text=f"Hyvä {CANARY}, pahoittelemme.")
    giver.move("/v1/receipt", "in_progress", reason=f"Ei auttanut, {CANARY}, {MASKED}", idempotency=str(uuid.uuid4()), expect=200)
    move(world, case, "answered", text="Nyt on korjattu.")
    move(world, case, "closed", outcome="no_change", reason=f"Emme voi, {CANARY}.")
    original = world.client("coordinator").post(f"/v1/feedback/{case['id']}/original-reads", {"purpose": f"Soitto: {CANARY}"}, expect=201)
    assert CANARY in original.json()["text"]
    change = make_change(world, [case])
    world.sink.wait_for(lambda mail: mail.to == ADDRESS and "/u/" in mail.text)
    world.move_clock("40 days")
    question = world.sink.wait_for(lambda mail: mail.to == ADDRESS and "/f/" in mail.text)
    link = re.search(r"https?://\S+(/f/\S+)", question.text)[1]
    reply = Client(world.api, checked=False).post(
        link, raw=f"answer=worse&text=Ei+parempaa+{CANARY}".encode(), content_type="application/x-www-form-urlencoded")
    assert reply.status_code == 200
    return case, change


def words_are_indexed(world, case):
    return world.database.value("SELECT count(*) FROM feedback_words WHERE feedback_id = %s::uuid", case["id"]) == 1


def dump(database):
    """The whole database as pg_dump writes it, as text; bytea stands in it in hex."""
    done = subprocess.run([find_program("pg_dump"), "--inserts", database.conninfo()], capture_output=True, check=True)
    return done.stdout.decode()


def counts(world):
    """What reports count of all cases."""
    return world.database.rows(
        "SELECT (SELECT count(*) FROM feedback), (SELECT count(*) FROM feedback WHERE answered_on IS NOT NULL),"
        " (SELECT count(*) FROM change_source), (SELECT count(*) FROM notice), (SELECT count(*) FROM follow_up WHERE answer = 'worse'),"
        " (SELECT count(*) FROM mail WHERE state = 'sent'), (SELECT count(*) FROM step WHERE to_state = 'closed' AND reason IS NOT NULL)")


@pytest.fixture
def running(fresh_world):
    # The hash of a request is one of the traces that erasure removes: it does not go by itself while a whole life is lived.
    fresh_world.database.run("UPDATE retention SET days = most WHERE class = 'request_hashes'")
    fresh_world.api.start()
    fresh_world.start_worker("all")
    return fresh_world


@pytest.mark.parametrize("who", ["giver", "coordinator"])
def test_after_erasure_no_trace_of_the_person_is_left_and_the_counts_are(running, who):
    world = running
    case, change = live_a_whole_life(world)
    world.programs[-1].wait_for(lambda: words_are_indexed(world, case), "the words of the text")
    hidden = [bytes(value).hex() for value in world.database.rows("SELECT sealed, address_hash FROM contact")[0]]
    hidden += [bytes(value).hex() for value, in world.database.rows(
        "SELECT receipt_hash FROM giver UNION SELECT request_hash FROM feedback UNION SELECT token_hash FROM follow_up"
        " UNION SELECT unsubscribe_hash FROM mail WHERE unsubscribe_hash IS NOT NULL")]
    before, text = counts(world), dump(world.database)
    assert CANARY in text and MASKED in text and "[puhelinnumero]" in text and all(word in text for word in hidden)

    if who == "giver":
        erased = world.giver(case["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=200).json()
    else:
        erased = world.client("coordinator").post(f"/v1/feedback/{case['id']}/erasure", {"reason": "Antaja pyysi."}, expect=200).json()
    assert erased == {"id": case["id"], "state": "withdrawn" if who == "giver" else "removed"}

    after = dump(world.database)
    assert CANARY not in after and "interpreter}" not in after and MASKED not in after and ": [puhelinnumero]" not in after
    assert [word for word in hidden if word in after] == []
    assert counts(world) == before
    world.giver(case["receipt_code"]).get("/v1/receipt", expect=404)
    assert CANARY not in exported(world, case, change)
    for program in world.programs:
        program.stop()
    for program in world.programs:
        assert CANARY not in program.log_text(), f"in the log of {program.name}"
    assert CANARY not in world.database.cluster.log_text(), "in PostgreSQL's log"


def test_when_its_time_is_over_no_trace_of_the_person_is_left_and_the_audit_still_verifies(running):
    world = running
    case, change = live_a_whole_life(world)
    world.programs[-1].wait_for(lambda: words_are_indexed(world, case), "the words of the text")
    world.programs[-1].wait_for(lambda: world.database.value("SELECT audit_waiting(1000)") == 0, "the whole audit")
    world.admin.run("audit", "verify")
    hidden = [bytes(value).hex() for value in world.database.rows("SELECT sealed, address_hash FROM contact")[0]]
    hidden += [bytes(value).hex() for value, in world.database.rows("SELECT receipt_hash FROM giver UNION SELECT token_hash FROM follow_up")]
    before, audited = counts(world)[0], world.database.value("SELECT min(n) FROM audit_chain")
    world.move_clock("2000 days")
    done = "SELECT run_at > app_now() AND data = '{}' FROM job WHERE kind = 'retention' AND run_at > now() + interval '1999 days'"
    world.programs[-1].wait_for(lambda: world.database.value(done), "the night's purge", 60)

    after = dump(world.database)
    assert [line for line in after.split("\n") for word in (CANARY, MASKED, ": [puhelinnumero]", *hidden) if word in line] == []
    now = counts(world)[0]
    assert now[:5] + now[6:] == before[:5] + before[6:] and now[5] < before[5]  # mails go, but for the questions that reports count
    assert CANARY not in exported(world, case, change)
    assert world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()["state"] == "closed"
    world.programs[-1].wait_for(lambda: world.database.value("SELECT audit_waiting(1000)") == 0, "the whole audit")
    assert world.database.value("SELECT min(n) FROM audit_chain") > audited
    world.admin.run("audit", "verify")


def exported(world, case, change):
    """What staff can still read of it, as text."""
    coordinator, path = world.client("coordinator"), f"/v1/feedback/{case['id']}"
    items = [coordinator.get(path, expect=200).json(), coordinator.all_items(f"{path}/messages"), coordinator.all_items(f"{path}/events"),
             coordinator.all_items("/v1/feedback"), coordinator.all_items(f"{path}/original-reads"), coordinator.all_items("/v1/feedback/search", text=CANARY),
             coordinator.get(f"/v1/changes/{change}", expect=200).json()]
    assert items[5] == [] and items[1] == [] and items[0]["text"] is None
    return json.dumps(items, ensure_ascii=False)


def test_erasure_is_an_event_without_content_and_done_once(world):
    case = submit(world)
    client, key = world.client("coordinator"), str(uuid.uuid4())
    path = f"/v1/feedback/{case['id']}/erasure"
    first = client.post(path, {"reason": "Antaja pyysi."}, idempotency=key, expect=200)
    again = client.post(path, {"reason": "Antaja pyysi."}, idempotency=key, expect=200)
    other = client.post(path, {"reason": "Vielä kerran."}, expect=200)
    assert first.json() == again.json() == other.json()
    assert [reply.headers.get("Idempotent-Replayed") for reply in (first, again, other)] == [None, "true", None]
    events = client.all_items(f"/v1/feedback/{case['id']}/events")
    assert [event["type"] for event in events] == ["feedback.received", "feedback.removed", "feedback.erased"]
    assert events[1]["reason"] == "Antaja pyysi."
    client.post(path, {}, expect=422, problem="contract_violation")
    world.client("handler").post(path, {"reason": "x"}, expect=403)


@pytest.mark.parametrize("fate", ["withdrawn", "removed"])
def test_what_was_withdrawn_or_removed_before_can_be_erased_too(world, fate):
    case = submit(world)
    if fate == "withdrawn":
        world.giver(case["receipt_code"]).move("/v1/receipt", "withdrawn", reason=f"Pelkään, {CANARY}", idempotency=str(uuid.uuid4()))
    else:
        move(world, case, "removed", "coordinator", reason=f"Nimi: {CANARY}")
    reply = world.giver(case["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=200)
    assert reply.json()["state"] == fate
    assert world.database.rows("SELECT reason FROM step WHERE subject = %s::uuid AND reason LIKE %s", case["id"], f"%{CANARY}%") == []
    assert world.database.value("SELECT count(*) FROM contact WHERE feedback_id = %s::uuid", case["id"]) == 0
    world.giver(case["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=404, problem="not_found")


def test_another_case_of_the_same_person_keeps_what_is_its_own(world):
    one, two = submit(world), submit(world)
    change = make_change(world, [one, two])
    address = world.database.value("SELECT address_hash FROM contact WHERE feedback_id = %s::uuid", one["id"])
    first, second = sorted([one, two], key=lambda case: case["id"])
    world.database.run("INSERT INTO notice (change_id, state, contributor, feedback_id, channel) VALUES (%s::uuid, 'made', %s, %s::uuid,"
                       " 'mail')", change, address, first["id"])
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s) ON CONFLICT (address_hash) DO NOTHING", address)
    world.giver(first["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=200)
    told = "SELECT feedback_id::text, contributor = %s FROM notice WHERE change_id = %s::uuid"
    assert world.database.rows(told, address, change) == [(second["id"], True)]
    world.giver(second["receipt_code"]).get("/v1/receipt", expect=200)


def test_with_the_last_case_of_an_address_the_address_is_forgotten(world):
    case = submit(world, contact={"email": "viimeinen@example.org"})
    address = world.database.value("SELECT address_hash FROM contact WHERE feedback_id = %s::uuid", case["id"])
    for table, columns, values in (("opt_out", "", ""), ("dead_address", "", ""), ("contact_count", ", month, sent", ", '2026-01-01', 1")):
        world.database.run(f"INSERT INTO {table} (address_hash{columns}) VALUES (%s{values})", address)
    world.database.run("INSERT INTO job (kind, data) VALUES ('news', jsonb_build_object('state', 'made', 'after', %s::bytea::text))", address)
    world.giver(case["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=200)
    assert bytes(address).hex() not in dump(world.database)


def test_a_mail_that_waits_is_not_sent_any_more(fresh_world):
    fresh_world.api.start()
    case = submit(fresh_world)
    fresh_world.giver(case["receipt_code"]).post("/v1/receipt/erasure", idempotency=str(uuid.uuid4()), expect=200)
    worker = fresh_world.start_worker("mail")
    worker.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM job WHERE kind = 'mail'") == 0, "the end of the queue")
    assert fresh_world.database.rows("SELECT state FROM mail") == [("no_address",)]
    assert fresh_world.sink.mails == []


def test_retention_erases_and_leaves_the_state(world):
    case = submit(world)
    move(world, case, "closed", outcome="information")
    connection = world.database.connect("worker")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO erasure (feedback_id, who) VALUES (%s::uuid, 'retention')", (case["id"],))
    connection.close()
    shown = world.client("handler").get(f"/v1/feedback/{case['id']}", expect=200).json()
    assert (shown["state"], shown["outcome"], shown["text"]) == ("closed", "information", None)
