"""
What is kept goes on its day: each class of the table, not a day before, and the worker does it by itself.
"""

import uuid

import pytest

from county import add_change, add_contact, add_job, add_mail, add_voice, address_hash, make_change, move
from retained import CLASSES, HASH, count, ended_case, purge

from support.claims import Task


def days_of(database, name):
    return database.value("SELECT days FROM retention WHERE class = %s", name)


def is_overdue(database, name, days):
    """Whether doctor would tell of the class so many days from now."""
    connection = database.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET osallisuus.now_offset = %s", (f"{days} days",))
        cursor.execute("SELECT EXISTS (SELECT FROM retention_due(%s, app_today() - %s - 3, 1))", (name, days_of(database, name)))
        found = cursor.fetchone()[0]
    connection.close()
    return found


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_each_class_is_purged_on_its_day_and_not_the_day_before(fresh_world, name):
    kept = CLASSES[name](fresh_world)
    day = days_of(fresh_world.database, name) + kept.first_day
    before = kept.is_there()
    assert before and purge(fresh_world.database, day - 1, name) == [] and kept.is_there() == before
    assert not is_overdue(fresh_world.database, name, day + 2) and is_overdue(fresh_world.database, name, day + 3)
    assert purge(fresh_world.database, day, name) and not kept.is_there()
    assert not is_overdue(fresh_world.database, name, day)
    purged = "SELECT actor, resource FROM audit WHERE action = 'retention.purged' AND code LIKE %s"
    assert set(fresh_world.database.rows(purged, f"{name}=%")) == {("system", "retention")}


def test_these_tests_know_every_class(world):
    assert sorted(CLASSES) == [name for name, in world.database.rows("SELECT class FROM retention ORDER BY class COLLATE \"C\"")]


def test_a_worker_purges_every_class_each_night(fresh_world):
    world = fresh_world
    kept = [made(world) for name, made in CLASSES.items() if name not in ("events", "audit", "original_reads", "api_keys", "idle_cases", "claims")]
    world.database.move_clock("1000 days")
    worker = world.start_worker("retention")
    worker.wait_for(lambda: not any(one.is_there() for one in kept), "the end of what is over its days", 30)
    tomorrow = "SELECT run_at = day_start(app_today() + 1) + interval '2 hours' AND data = '{}' FROM job WHERE kind = 'retention'"
    worker.wait_for(lambda: world.database.value(tomorrow), "the next night")
    worker.stop()
    assert '"event":"purged"' in worker.log_text().replace('": "', '":"')


def test_a_worker_that_is_killed_in_the_middle_loses_nothing_and_ends_it_later(fresh_world):
    world = fresh_world
    closed = [ended_case(world) for _ in range(3)]
    add_voice(world)
    world.database.run("INSERT INTO job (kind, state, run_at) SELECT 'noop', 'dead', app_now() FROM generate_series(1, 3000)")
    world.database.move_clock("800 days")
    worker = world.start_worker("retention", LEASE_S=5, HEARTBEAT_S=1)
    with world.database.transaction() as other:
        other.execute("SELECT id FROM job WHERE state = 'dead' ORDER BY id DESC LIMIT 1 FOR UPDATE")
        worker.wait_for(lambda: count(world.database, "erasure", "true") == 3, "the first class")
        worker.kill()
    worker.start()
    worker.wait_for(lambda: count(world.database, "job", "state = 'dead'") == 0, "the end of the purge", 60)
    assert count(world.database, "erasure", "feedback_id = ANY (%s::uuid[])", closed) == 3
    assert count(world.database, "feedback", "true") == 4


def test_many_are_purged_in_rounds(fresh_world):
    for _ in range(5):
        ended_case(fresh_world)
    assert purge(fresh_world.database, 730, "texts", 2) == [2, 2, 1]
    CLASSES["imports"](fresh_world)
    assert purge(fresh_world.database, 90, "imports", 3) == [3, 3, 1, 1]


def test_a_case_that_somebody_works_on_is_left_for_the_next_time(fresh_world):
    cases = [ended_case(fresh_world) for _ in range(2)]
    with fresh_world.database.transaction() as other:
        other.execute("SELECT id FROM feedback WHERE id = %s::uuid FOR UPDATE", (cases[0],))
        assert purge(fresh_world.database, 730, "texts") == [1]
    assert purge(fresh_world.database, 730, "texts") == [1]


# ---- what is still needed ----


def test_a_duplicate_and_its_original_wait_for_each_other(fresh_world):
    world = fresh_world
    original, duplicate = add_voice(world), add_voice(world, email="seuraaja@example.org")
    move(world, "feedback", duplicate, "duplicate", who="handler", data={"duplicate_of": original})
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 800, "texts") == purge(world.database, 800, "contact") == []
    move(world, "feedback", original, "closed", who="handler", data={"outcome": "information"})
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 60, "contact") == [1]
    assert purge(world.database, 730, "texts") == [2]


def test_contact_data_stays_while_something_is_to_be_told_or_asked(fresh_world):
    world = fresh_world
    told, quiet = ended_case(world, email="kuulija@example.org"), ended_case(world)
    add_contact(world, quiet, "hiljainen@example.org", wants_news=False, wants_follow_up=False)
    world.database.run("UPDATE contact SET ended_on = app_today()")
    change = add_change(world, [told, quiet])
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 300, "contact") == [1]
    for state in ("under_review", "planned", "made"):
        move(world, "change", change, state)
    assert purge(world.database, 60 + 28 + 60 - 1, "contact") == []
    assert purge(world.database, 60 + 28 + 60, "contact") == [1]
    assert count(world.database, "feedback_text", "feedback_id = %s::uuid", told) == 1


def test_a_mail_that_waits_keeps_the_address_and_a_reopened_case_too(fresh_world):
    world = fresh_world
    waiting, reopened = (ended_case(world, email=f"{n}@example.org") for n in range(2))
    mail = add_mail(world, waiting)
    move(world, "feedback", reopened, "in_progress", who="giver", reason="Ei auttanut.")
    world.database.run("UPDATE mail SET state = 'sent' WHERE id <> %s::uuid", mail)
    assert purge(world.database, 300, "contact") == []
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 300, "contact") == [1]


def test_an_unsubscribe_link_works_as_long_as_the_address_is_there(fresh_world):
    world = fresh_world
    case = add_voice(world, email="lopeta@example.org")
    add_mail(world, case, "change_news", state="sent", capped=True, unsubscribe_hash=HASH)
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 365, "mail") == [1]  # the receipt
    assert world.database.value("SELECT opt_out_by_link(%s)", HASH)
    assert purge(world.database, 365, "addresses") == []
    move(world, "feedback", case, "closed", who="handler", data={"outcome": "information"})
    world.database.run("UPDATE mail SET state = 'sent'")
    assert [purge(world.database, 365, name) for name in ("contact", "mail", "addresses")] == [[1], [2], [1]]


def test_a_month_of_events_stays_until_the_reports_have_seen_it(fresh_world):
    world = fresh_world
    kept = CLASSES["events"](world)
    world.database.run("UPDATE job SET data = '{\"xid\": \"3\"}' WHERE unique_key = 'report'")
    purge(world.database, 1200, "events")  # the months ahead are empty
    assert kept.is_there()
    world.database.run("UPDATE job SET data = jsonb_build_object('xid', pg_snapshot_xmax(pg_current_snapshot())::text)"
                       " WHERE unique_key = 'report'")
    assert len(purge(world.database, 1200, "events")) == 1 and not kept.is_there()


def test_a_month_of_events_that_is_being_read_goes_another_night(fresh_world):
    CLASSES["events"](fresh_world)
    with fresh_world.database.transaction() as reader:
        reader.execute("SELECT count(*) FROM event")
        assert purge(fresh_world.database, 1200, "events") == []
    assert purge(fresh_world.database, 1200, "events") != []


def test_a_mail_whose_job_died_is_a_mail_that_failed(fresh_world):
    mail = add_mail(fresh_world, add_voice(fresh_world, email="vika@example.org"))
    fresh_world.database.run("DELETE FROM job WHERE kind = 'mail'")
    add_job(fresh_world, "mail", state="dead", subject=mail)
    assert purge(fresh_world.database, 90, "jobs") == [1]
    assert fresh_world.database.value("SELECT state FROM mail WHERE id = %s::uuid", mail) == "failed"


def test_forgetting_a_request_moves_no_version(fresh_world):
    case = add_voice(fresh_world, request_hash=HASH)
    before = fresh_world.database.value("SELECT version FROM feedback WHERE id = %s::uuid", case)
    assert purge(fresh_world.database, 30, "request_hashes") == [1]
    assert fresh_world.database.rows("SELECT version, request_hash FROM feedback WHERE id = %s::uuid", case) == [(before, None)]


def test_a_request_that_is_forgotten_is_refused_and_has_no_second_effect(fresh_world):
    world = fresh_world
    world.api.start()
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin.", "channel": "web", "lang": "fi"}
    key, client = str(uuid.uuid4()), world.client("submit")
    client.post("/v1/feedback", voice, idempotency=key, expect=201)
    assert client.post("/v1/feedback", voice, idempotency=key, expect=201).headers["Idempotent-Replayed"] == "true"
    assert purge(world.database, 30, "request_hashes") == [1]
    client.post("/v1/feedback", voice, idempotency=key, expect=422, problem="idempotency_key_reused")
    assert count(world.database, "feedback", "true") == 1


def test_a_shorter_time_counts_for_what_came_before(fresh_world):
    world = fresh_world
    add_voice(world, request_hash=HASH)
    assert purge(world.database, 29, "request_hashes") == []
    world.database.run("UPDATE retention SET days = 2 WHERE class = 'request_hashes'")
    assert purge(world.database, 2, "request_hashes") == [1]


def test_nothing_is_written_to_a_case_whose_giver_is_gone(fresh_world):
    world = fresh_world
    world.api.start()
    case = ended_case(world)
    assert purge(world.database, 730, "texts") == [1]
    path, handler = f"/v1/feedback/{case}", world.client("handler")
    handler.post(f"{path}/messages", {"text": "Hei"}, expect=409, problem="feedback_is_erased")
    assert handler.get(path, expect=200).json()["state"] == "closed"


def test_two_cases_of_one_person_that_go_together_leave_one_person_and_no_address(fresh_world):
    world = fresh_world
    cases = [ended_case(world, email="sama@example.org") for _ in range(2)]
    change = make_change(world, cases)
    for case in cases:
        world.database.run("INSERT INTO notice (change_id, state, contributor, feedback_id, channel) VALUES (%s::uuid, %s, %s, %s::uuid,"
                           " 'mail')", change, "made" if case == cases[0] else "planned", address_hash("sama@example.org"), case)
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 730, "texts") == [2]
    told = world.database.rows("SELECT DISTINCT contributor FROM notice")
    assert len(told) == 1 and bytes(told[0][0]) != address_hash("sama@example.org")
    assert count(world.database, "spoken_before", "true") == 1


def test_an_expert_who_is_still_to_be_paid_is_not_forgotten(fresh_world):
    world = fresh_world
    waits, paid = Task(world, world.units["ward"]).over(), Task(world, world.units["ward"]).over()
    move(world, "claim", waits.claim, "submitted", who="expert")
    move(world, "claim", paid.claim, "waived", who="expert")
    for task in (waits, paid):
        move(world, "expert", task.expert, "ended", who="expert")
    purge(world.database, 90, "people")
    assert [count(world.database, "expert_words", "expert_id = %s::uuid", task.expert) for task in (waits, paid)] == [1, 0]
