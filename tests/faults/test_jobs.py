"""
Reliability goal 3: a job whose worker was killed runs again in time, its old holder settles nothing, and a job that
kills its workers ends as dead.
"""

import pytest

LEASE_S = 5
# An expired lease is taken back within five seconds.
TAKE_BACK_S = 5
GRACE_S = 8
ADDRESS = "saaja@example.org"


@pytest.fixture
def mail_world(fresh_world):
    """A world with a sink and an API; the test starts and kills the workers."""
    fresh_world.start_sink()
    fresh_world.api.start()
    return fresh_world


def start_worker(world, slot, lease_s=LEASE_S):
    return world.start_worker("mail", WORKER_SLOT=slot, LEASE_S=lease_s, HEARTBEAT_S=1)


def cause_mail(world):
    """A voice with contact data: its receipt goes out by mail."""
    world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "channel": "web", "lang": "fi", "text": "Odotin kauan.",
        "contact": {"email": ADDRESS}}, expect=201)


def job_state(world):
    """(state, attempts) of the mail job; None when it is finished."""
    rows = world.database.rows("SELECT state, attempts FROM job WHERE kind = 'mail'")
    return rows[0] if rows else None


def test_a_job_whose_worker_was_killed_is_done_by_another_after_its_lease(mail_world):
    mail_world.sink.hold(times=1)
    first = start_worker(mail_world, "first")
    cause_mail(mail_world)
    mail_world.sink.wait_until_holding()
    first.kill()
    second = start_worker(mail_world, "second")
    mail = mail_world.sink.wait_for(timeout=LEASE_S + TAKE_BACK_S + GRACE_S)
    assert mail.to == ADDRESS
    second.wait_for(lambda: job_state(mail_world) is None, "finished job")


def test_a_restarted_worker_takes_back_its_own_jobs_at_once(mail_world):
    mail_world.sink.hold(times=1)
    worker = start_worker(mail_world, "first", lease_s=600)
    cause_mail(mail_world)
    mail_world.sink.wait_until_holding()
    worker.kill()
    worker.start()
    mail_world.sink.wait_for(timeout=GRACE_S)


def test_the_old_holder_of_a_lost_lease_settles_nothing(mail_world):
    sink = mail_world.sink
    sink.hold(times=1)
    first = start_worker(mail_world, "first")
    cause_mail(mail_world)
    mail_world.sink.wait_until_holding()
    first.pause()
    sink.refuse("451 4.2.0 later", times=1)
    second = start_worker(mail_world, "second")
    second.wait_for(lambda: job_state(mail_world) == ("waiting", 2), "second try", LEASE_S + TAKE_BACK_S + GRACE_S)

    sink.release()
    first.resume()
    sink.wait_for(timeout=10)  # the first worker's mail is taken, but its lease is not its own any more
    cause_mail(mail_world)
    sink.wait_for(count=2)
    assert job_state(mail_world) == ("waiting", 2)


def test_a_job_that_kills_its_workers_ends_as_dead(mail_world):
    mail_world.sink.hold()
    worker = start_worker(mail_world, "first", lease_s=600)
    cause_mail(mail_world)
    for _ in range(40):
        worker.wait_for(lambda: (job_state(mail_world) or ("",))[0] in ("running", "dead"), "next try")
        if job_state(mail_world)[0] == "dead":
            break
        worker.kill()
        worker.start()
    assert job_state(mail_world)[0] == "dead"
