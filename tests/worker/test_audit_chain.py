"""
The chain of the audit: what is chained when, and that whatever is done to the audit afterwards is found.
"""

import pytest

from county import add_voice

WRITE = ("INSERT INTO audit (actor, action, resource, subject) SELECT 'system', 'test.' || n, 'test', gen_random_uuid()"
         " FROM generate_series(1, %s) n")


@pytest.fixture
def audited(fresh_world):
    """A county with an audit of some rows, all in the chain."""
    for _ in range(8):
        add_voice(fresh_world)
    chain_up(fresh_world)
    return fresh_world


def chain_up(world):
    worker = world.start_worker("audit")
    worker.wait_for(lambda: waiting(world) == 0, "whole chain")
    worker.stop()


def waiting(world):
    return world.database.value("SELECT audit_waiting(1000000)")


def length(world):
    return world.database.value("SELECT max(n) FROM audit_chain")


def tamper(world, *statements):
    """As somebody who may do everything, and has switched the triggers off."""
    with world.database.transaction() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)


def verify(world, *options):
    """(exit status, what it says)"""
    done = world.admin.run("audit", "verify", *options, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def head(world):
    return world.admin.run("audit", "head").stdout.strip()


# ---- chaining ----


def test_a_whole_audit_verifies_and_prints_its_head(audited):
    status, said = verify(audited)
    assert status == 0 and said.endswith(head(audited))
    assert verify(audited, "--head", head(audited))[0] == 0


def test_a_row_of_a_late_commit_is_chained_after_it(fresh_world):
    worker = fresh_world.start_worker("audit")
    with fresh_world.database.transaction() as late:
        late.execute(WRITE, (1,))
        add_voice(fresh_world)
        behind = fresh_world.database.value("SELECT count(*) FROM audit WHERE action = 'feedback.received'")
        assert behind == 1 and waiting(fresh_world) >= 1
        before = length(fresh_world)
        worker.wait_for(lambda: chained_twice(fresh_world), "two more looks at the audit")
        assert length(fresh_world) in (before, None) or waiting(fresh_world) >= 1
    worker.wait_for(lambda: waiting(fresh_world) == 0, "whole chain")
    ordered = fresh_world.database.rows("SELECT a.action FROM audit_chain c JOIN audit a USING (xid, place)"
                                        " WHERE a.action IN ('test.1', 'feedback.received') ORDER BY c.n")
    assert ordered == [("test.1",), ("feedback.received",)]
    assert verify(fresh_world)[0] == 0


def chained_twice(world, seen=None):
    """Whether the worker has looked twice since the first call: its job is set to a later time with every look."""
    times = world.__dict__.setdefault("looks", set())
    times.add(world.database.value("SELECT run_at FROM job WHERE kind = 'audit'"))
    return len(times) >= 3


def test_two_workers_and_a_killed_one_make_one_chain(fresh_world):
    first = fresh_world.start_worker("audit", WORKER_SLOT="first", LEASE_S=5, HEARTBEAT_S=1)
    second = fresh_world.start_worker("audit", WORKER_SLOT="second", LEASE_S=5, HEARTBEAT_S=1)
    for _ in range(6):
        fresh_world.database.run(WRITE, 20000)
        victim = first if first.process else second
        victim.kill()
        victim.start()
    second.wait_for(lambda: waiting(fresh_world) == 0, "whole chain", 60)
    status, said = verify(fresh_world)
    assert status == 0, said
    assert length(fresh_world) == fresh_world.database.value("SELECT count(*) FROM audit")


def test_two_at_once_wait_for_each_other(audited):
    audited.database.run(WRITE, 100)
    with audited.database.transaction() as one:
        one.execute("SELECT pg_advisory_xact_lock(hashtext('audit_chain'))")
        worker = audited.start_worker("audit")
        before = length(audited)
        worker.wait_for(lambda: audited.database.value(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted"), "waiting worker")
        assert length(audited) == before
    worker.wait_for(lambda: waiting(audited) == 0, "whole chain")
    assert verify(audited)[0] == 0


def test_doctor_tells_of_the_chain(audited):
    said = audited.admin.run("doctor", check=False).stdout
    assert f"ok   audit: {length(audited)} rows in the chain, 0 wait for it" in said


# ---- tampering ----

MIDDLE = "(SELECT max(n) / 2 FROM audit_chain)"
OF_MIDDLE = f"(xid, place) = (SELECT c.xid, c.place FROM audit_chain c WHERE c.n = {MIDDLE})"


@pytest.mark.parametrize("column, value", [
    ("actor", "CASE actor WHEN 'giver' THEN 'system' ELSE 'giver' END"), ("action", "'feedback.closed'"), ("caller_id", "gen_random_uuid()"), ("subject", "gen_random_uuid()"),
    ("at", "at - interval '1 day'"), ("version", "coalesce(version, 0) + 1"), ("code", "'x'"), ("digest", "sha256('x')")])
def test_a_changed_row_is_found(audited, column, value):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    tamper(audited, f"UPDATE audit SET {column} = {value} WHERE {OF_MIDDLE}")
    status, said = verify(audited)
    assert status == 1 and f"row {middle} was changed" in said


def test_what_the_audit_is_found_by_is_verified_too(audited):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    tamper(audited, f"UPDATE audit_chain SET subject = gen_random_uuid() WHERE n = {MIDDLE}")
    assert f"row {middle} was changed" in verify(audited)[1]


def test_a_deleted_row_is_found(audited):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    tamper(audited, f"DELETE FROM audit WHERE {OF_MIDDLE}")
    status, said = verify(audited)
    assert status == 1 and f"row {middle} is missing from the audit" in said


def test_a_row_that_is_deleted_with_its_link_is_found(audited):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    tamper(audited, f"DELETE FROM audit WHERE {OF_MIDDLE}", f"DELETE FROM audit_chain WHERE n = {middle}")
    status, said = verify(audited)
    assert status == 1 and f"row {middle} is missing from the chain" in said


def test_a_link_that_is_renumbered_after_a_deletion_is_found(audited):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    tamper(audited, f"DELETE FROM audit WHERE {OF_MIDDLE}", f"DELETE FROM audit_chain WHERE n = {middle}",
           f"UPDATE audit_chain SET n = -n WHERE n > {middle}", "UPDATE audit_chain SET n = -n - 1 WHERE n < 0")
    status, said = verify(audited)
    assert status == 1 and f"row {middle} was changed" in said


def test_a_row_that_is_added_in_the_past_is_found(audited):
    tamper(audited, "INSERT INTO audit (xid, place, actor, action, resource)"
                    f" SELECT xid, place, 'giver', 'x', 'y' FROM (SELECT xid, -1 AS place FROM audit_chain WHERE n = {MIDDLE}) m")
    status, said = verify(audited)
    assert status == 1 and "is not in the chain" in said


def test_a_row_that_is_added_before_the_beginning_is_found(audited):
    tamper(audited, "INSERT INTO audit (xid, place, actor, action, resource) VALUES ('0', 0, 'giver', 'x', 'y')")
    status, said = verify(audited)
    assert status == 1 and "before the beginning" in said


def test_two_rows_that_change_places_are_found(audited):
    middle = audited.database.value(f"SELECT {MIDDLE}")
    pair = f"({middle}, {middle + 1})"
    tamper(audited, f"UPDATE audit_chain SET n = -n WHERE n IN {pair}", f"UPDATE audit_chain SET n = {2 * middle + 1} + n WHERE n < 0")
    status, said = verify(audited)
    assert status == 1 and ("not in its place" in said or "is missing from the chain" in said)


def test_a_chain_that_is_cut_off_is_found_by_a_head_that_was_kept(audited):
    kept = head(audited)
    tamper(audited, "DELETE FROM audit WHERE (xid, place) IN (SELECT xid, place FROM audit_chain ORDER BY n DESC LIMIT 2)",
           "DELETE FROM audit_chain WHERE n > (SELECT max(n) - 2 FROM audit_chain)")
    assert verify(audited)[0] == 0
    status, said = verify(audited, "--head", kept)
    assert status == 1 and "is cut off" in said


def test_a_chain_that_was_made_anew_is_found_by_a_head_that_was_kept(audited):
    kept = head(audited)
    tamper(audited, f"UPDATE audit SET actor = 'system' WHERE {OF_MIDDLE}", "DELETE FROM audit_chain")
    chain_up(audited)
    assert verify(audited)[0] == 0
    status, said = verify(audited, "--head", kept)
    assert status == 1 and "is not the one that was kept" in said


def test_an_earlier_head_still_holds_when_the_chain_went_on(audited):
    kept = head(audited)
    add_voice(audited)
    chain_up(audited)
    assert head(audited) != kept
    assert verify(audited, "--head", kept)[0] == 0
