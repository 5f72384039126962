"""
The audit: every change leaves a row that says who did what to what, in the transaction of the change, without a word of anybody.
"""

import uuid

import psycopg2
import pytest

from support.imports import line, ndjson, send
from support.statements import named_statements

CANARY = "kanarialintu"
TITLE = {"fi": "Takaisinsoitto"}
TAMPERING = ("UPDATE {} SET xid = xid", "DELETE FROM {}", "TRUNCATE {}")
TABLES = ("audit", "audit_chain", "audit_anchor")


def key_id(world, role):
    return str(uuid.UUID(world.keys[role].split("_")[1]))


def submit(world, **members):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": f"Odotin, {CANARY}.", "channel": "web", "lang": "fi",
        "wants_answer": True, **members}, idempotency=str(uuid.uuid4()), expect=201).json()


def rows(world, subject):
    """(action, actor, caller) of what was done to it, in order."""
    return world.database.rows("SELECT action, actor, caller_id::text FROM audit WHERE subject = %s::uuid ORDER BY xid, place", subject)


def last(world, subject):
    return rows(world, subject)[-1]


def chain_up(world):
    """Until every row is in the chain; a transaction of somebody else in the cluster may hold it up for a moment."""
    def is_chained():
        world.database.run("SELECT audit_chain_more(100000)")
        return world.database.value("SELECT audit_waiting(1)") == 0
    world.api.wait_for(is_chained, "whole chain")


def test_what_a_giver_does_is_the_givers_and_of_a_day(world):
    case = submit(world)
    giver = world.giver(case["receipt_code"])
    giver.post("/v1/receipt/messages", {"text": f"Lisään: {CANARY}"}, idempotency=str(uuid.uuid4()), expect=201)
    assert rows(world, case["id"]) == [("feedback.received", "giver", None), ("feedback.message", "giver", None)]
    giver.post("/v1/receipt/erasure", {}, idempotency=str(uuid.uuid4()), expect=200)
    assert [action for action, *_ in rows(world, case["id"])][2:] == ["feedback.withdrawn", "feedback.erased"]
    assert {actor for _, actor, _ in rows(world, case["id"])} == {"giver"}
    moments = world.database.value("SELECT count(*) FROM audit WHERE subject = %s::uuid AND at <> day_start(app_today())", case["id"])
    assert moments == 0


def test_what_staff_do_to_a_case_names_their_key(world):
    case, handler = submit(world)["id"], key_id(world, "handler")
    client = world.client("handler")
    client.patch(f"/v1/feedback/{case}", {"severity": 2, "handler_ref": "h"}, etag="*", expect=200)
    assert rows(world, case)[1:] == [("feedback.assigned", "caller", handler), ("feedback.changed", "caller", handler)]
    client.post(f"/v1/feedback/{case}/transitions", {"to": "answered", "text": f"Hei {CANARY}"}, etag="*", expect=200)
    assert sorted(rows(world, case)[3:]) == [("feedback.answered", "caller", handler), ("feedback.message", "caller", handler)]
    client.post(f"/v1/feedback/{case}/messages", {"text": "Vielä"}, expect=201)
    assert last(world, case) == ("feedback.message", "caller", handler)
    world.client("coordinator").post(f"/v1/feedback/{case}/erasure", {"reason": "Pyynnöstä"}, expect=200)
    coordinator = key_id(world, "coordinator")
    assert sorted(rows(world, case)[-2:]) == [("feedback.erased", "caller", coordinator), ("feedback.removed", "caller", coordinator)]


def test_units_services_and_limits_are_audited(world):
    admin, client = key_id(world, "admin"), world.client("admin")
    unit = client.post("/v1/units", {"parent_id": world.units["ward"], "name": {"fi": "Huone"}}, expect=201).json()["id"]
    client.patch(f"/v1/units/{unit}", {"closed_on": "2020-01-01"}, etag="*", expect=200)
    client.put(f"/v1/units/{unit}/answer-limits", {"concern": 5}, etag="*", expect=200)
    assert [action for action, *_ in rows(world, unit)] == ["unit.created", "unit.changed", "unit.changed", "answer_limit.set"]
    service = client.post("/v1/services", {"unit_id": unit, "name": {"fi": "Neuvonta"}}, expect=201).json()["id"]
    client.patch(f"/v1/services/{service}", {"name": {"sv": "Rådgivning"}}, etag="*", expect=200)
    assert [action for action, *_ in rows(world, service)] == ["service.created", "service.changed"]
    assert {(actor, caller) for _, actor, caller in rows(world, unit) + rows(world, service)} == {("caller", admin)}


def test_keys_are_audited_whoever_makes_them(world):
    admin, client = key_id(world, "admin"), world.client("admin")
    key = client.post("/v1/api-keys", {"name": "Kioski", "scopes": ["feedback:submit"]}, expect=201).json()["id"]
    client.delete(f"/v1/api-keys/{key}", etag="*", expect=204)
    assert rows(world, key) == [("api_key.created", "caller", admin), ("api_key.changed", "caller", admin)]
    made = world.admin.run("key", "create", "--name", "uusi", "--scopes", "reports:read").stdout.strip()
    assert last(world, str(uuid.UUID(made.split("_")[1]))) == ("api_key.created", "administrator", None)


def test_changes_are_audited(world):
    client, coordinator = world.client("coordinator"), key_id(world, "coordinator")
    change = client.post("/v1/changes", {"unit_id": world.units["ward"], "title": TITLE, "said": TITLE, "done": TITLE, "owner_ref": "o",
                                         "planned_for": "2030-01-01", "evidence": "Mitattu"}, expect=201).json()["id"]
    client.patch(f"/v1/changes/{change}", {"theme": "jonot"}, etag="*", expect=200)
    source = client.post(f"/v1/changes/{change}/sources", {"kind": "idea", "reference": "urn:x:1"}, expect=201).json()["id"]
    client.delete(f"/v1/changes/{change}/sources/{source}", etag="*", expect=204)
    for state in ("under_review", "planned"):
        client.move(f"/v1/changes/{change}", state, expect=200)
    client.post(f"/v1/changes/{change}/publish", {}, etag="*", expect=200)
    assert [action for action, *_ in rows(world, change)] == [
        "change.suggested", "change.changed", "change.source_linked", "change.source_unlinked", "change.under_review", "change.planned",
        "change.published", "change.changed"]
    assert {(actor, caller) for _, actor, caller in rows(world, change)} == {("caller", coordinator)}


def test_rules_and_migrations_are_audited_with_their_numbers(world):
    world.database.run("UPDATE rule SET value = 15 WHERE name = 'giver_days'")
    assert world.database.rows("SELECT action, actor, code FROM audit WHERE resource = 'rule' AND code LIKE 'giver_days%%'"
                               " ORDER BY xid DESC LIMIT 1") == [("rule.set", "administrator", "giver_days=15")]
    assert world.database.value("SELECT count(*) FROM audit WHERE action = 'schema.migrated'") >= 1


def test_an_import_is_audited_as_it_begins_and_ends(world):
    number = send(world.client("submit"), ndjson(line(world) for _ in range(3)))["id"]
    submit_key = key_id(world, "submit")
    assert rows(world, number) == [("import.begun", "caller", submit_key), ("import.finished", "caller", submit_key)]


def test_every_statement_that_changes_something_for_a_key_says_which():
    silent = [name for name, one in named_statements().items()
              if one.lane in ("own", "write") and "caller_units" in one.types and "caller_id" not in {**one.types, **one.lock_types}
              and any(word in one.sql for word in ("INSERT ", "UPDATE ", "DELETE "))]
    assert silent == []


def test_no_word_of_anybody_is_in_the_audit(world):
    case = submit(world, contact={"email": f"{CANARY}@example.org"})
    world.client("handler").post(f"/v1/feedback/{case['id']}/messages", {"text": CANARY}, expect=201)
    assert world.database.value("SELECT count(*) FROM audit a WHERE a::text LIKE %s", f"%{CANARY}%") == 0


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["api", "worker", "mailer", "reader", "owner"])
def test_nobody_changes_or_removes_what_is_in_the_audit(world, table, role):
    chain_up(world)
    connection = world.database.connect(role)
    for statement in TAMPERING:
        with connection.cursor() as cursor, pytest.raises(psycopg2.Error) as refused:
            cursor.execute(statement.format(table))
        assert refused.value.pgcode == ("23001" if role == "owner" else "42501")
    connection.close()


@pytest.mark.parametrize("role", ["api", "worker", "mailer", "reader"])
def test_nobody_writes_into_the_audit_by_hand(world, role):
    connection = world.database.connect(role)
    with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute("INSERT INTO audit (actor, action, resource) VALUES ('caller', 'x', 'y')")
    connection.close()


def test_the_audit_is_listed_by_what_was_done_to_what_by_whom_and_when(world):
    case = submit(world)["id"]
    world.client("handler").patch(f"/v1/feedback/{case}", {"severity": 3}, etag="*", expect=200)
    chain_up(world)
    client = world.client("admin")
    today = world.database.value("SELECT app_today()::text")

    def listed(**params):
        return client.get("/v1/audit", params=params, expect=200).json()["items"]

    of_case = listed(subject=case)
    assert sorted(item["action"] for item in of_case) == ["feedback.changed", "feedback.received"]
    assert [item["action"] for item in listed(subject=case, by=key_id(world, "handler"))] == ["feedback.changed"]
    assert [item["action"] for item in listed(subject=case, actor="giver")] == ["feedback.received"]
    assert listed(subject=case, **{"from": today, "to": today}) == of_case
    assert listed(subject=case, to="2020-01-01") == []
    assert {item["resource"] for item in listed(resource="api_key")} == {"api_key"}


def test_pages_of_the_audit_leave_nothing_out_and_tell_no_order_within_a_day(world):
    cases = [submit(world)["id"] for _ in range(12)]
    chain_up(world)
    client, found, cursor = world.client("admin"), [], {}
    while cursor is not None:
        page = client.get("/v1/audit", params={"limit": 5, "resource": "feedback", "actor": "giver", **cursor}, expect=200).json()
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len({item["id"] for item in found}) == len(found)
    received = [item["subject"] for item in found if item["action"] == "feedback.received"]
    assert set(cases) <= set(received)
    assert [item["id"] for item in found] == sorted((item["id"] for item in found), reverse=True)


def test_a_key_that_is_limited_to_units_sees_no_audit(world):
    chain_up(world)
    limited = world.new_key(["admin"], ["ward"])
    assert type(world.client())(world.api, limited).get("/v1/audit", expect=200).json()["items"] == []
    world.client("coordinator").get("/v1/audit", expect=403)


def test_metrics_say_how_many_rows_wait_for_the_chain(world):
    chain_up(world)
    assert world.api.metrics()["osallisuus_audit_waiting_rows"] >= 0
