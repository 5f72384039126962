"""
The queue: leases, fencing, retries, dead jobs, stopping, a database that goes away.
"""

import signal
import uuid

from county import add_job, add_mail, add_voice, count_jobs, job, mail_state
from support.programs import Worker
from support.world import World
from support.database import Database

LONG_LEASE = {"LEASE_S": 600}


def staff_mail(world, **columns):
    """A mail that needs no giver."""
    return add_mail(world, None, "giver_wrote", mailbox="osasto@example.org", lang="fi", link_id=str(uuid.uuid4()), **columns)


def wait_claimed(worker, world, mail):
    worker.wait_for(lambda: world.database.value("SELECT state FROM job WHERE subject = %s::uuid", mail) == "running", "a claim")


def test_a_job_of_a_stopped_worker_is_done_by_another_and_its_late_result_is_thrown_away(fresh_world):
    first = fresh_world.start_worker("mail", LEASE_S=5, WORKER_SLOT="first")
    fresh_world.sink.hold(times=1)
    mail = staff_mail(fresh_world)
    fresh_world.sink.wait_until_holding()
    first.pause()
    second = fresh_world.start_worker("mail", LEASE_S=5, WORKER_SLOT="second")
    second.wait_for(lambda: mail_state(fresh_world, mail) == "sent", "a second try", 30)
    fresh_world.database.run("UPDATE mail SET state = 'queued' WHERE id = %s::uuid", mail)
    fresh_world.sink.release()
    first.resume()
    assert first.wait_event("result_thrown_away")["code"] == "lease_lost"
    assert mail_state(fresh_world, mail) == "queued"


def test_both_tries_of_a_mail_have_one_message_id(fresh_world):
    worker = fresh_world.start_worker("mail")
    fresh_world.sink.hang_up(times=1)
    mail = staff_mail(fresh_world)
    number = fresh_world.database.value("SELECT id FROM job WHERE subject = %s::uuid", mail)
    worker.wait_for(lambda: job(fresh_world, number) == ("waiting", 1, "smtp_unreachable"), "the first failure")
    fresh_world.database.run("UPDATE job SET run_at = app_now() WHERE id = %s", number)
    mails = fresh_world.sink.wait_for(count=2)
    assert {one.message["Message-ID"] for one in mails} == {f"<{mail}@127.0.0.1>"}


def test_a_restarted_worker_takes_back_its_own_jobs_at_once(fresh_world):
    worker = fresh_world.start_worker("mail", WORKER_SLOT="one", **LONG_LEASE)
    fresh_world.sink.hold()
    mail = staff_mail(fresh_world)
    wait_claimed(worker, fresh_world, mail)
    worker.kill()
    fresh_world.sink.behave()
    worker.start()
    worker.wait_for(lambda: mail_state(fresh_world, mail) == "sent", "a second try", 5)


def test_two_workers_of_one_name_on_one_host_have_slots_of_their_own(fresh_world):
    first = fresh_world.start_worker("noop")
    second = fresh_world.start_worker("noop")
    slots = [worker.events("started")[0]["slot"] for worker in (first, second)]
    assert slots[1] == slots[0] + "#2"


def test_a_job_that_ends_its_worker_every_time_is_dead_after_its_last_attempt(fresh_world):
    worker = fresh_world.start_worker("mail", WORKER_SLOT="one", **LONG_LEASE)
    fresh_world.sink.hold()
    mail = staff_mail(fresh_world)
    number = fresh_world.database.value("SELECT id FROM job WHERE subject = %s::uuid", mail)
    wait_claimed(worker, fresh_world, mail)
    fresh_world.database.run("UPDATE job SET attempts = 17 WHERE id = %s", number)
    for attempts in (17, 18):
        worker.kill()
        worker.start()
        state = "running" if attempts == 17 else "dead"
        worker.wait_for(lambda wanted=state: job(fresh_world, number)[0] == wanted, f"state {state}")
    assert job(fresh_world, number) == ("dead", 18, "worker_lost")


def test_jobs_of_a_lost_worker_run_alone_not_with_the_one_that_ended_it(fresh_world):
    numbers = [add_job(fresh_world, "clock", last_error="worker_lost") for _ in range(3)]
    bad = add_job(fresh_world, "clock", last_error="worker_lost", data='{"phase": 5}')
    worker = fresh_world.start_worker("clock")
    worker.wait_for(lambda: job(fresh_world, bad)[2] == "job_data", "the bad job's failure")
    assert all(fresh_world.database.value("SELECT attempts FROM job WHERE id = %s", number) == 0 for number in numbers)
    assert not worker.events("batch_failed")


def test_one_bad_job_of_a_batch_costs_the_others_nothing(fresh_world):
    cases = [add_voice(fresh_world, due_on="2020-01-01") for _ in range(5)]
    fresh_world.database.run("UPDATE job SET run_at = run_at - interval '30 years'")
    bad = add_job(fresh_world, "clock", data='{"phase": 5}')
    worker = fresh_world.start_worker("clock")
    worker.wait_for(lambda: job(fresh_world, bad)[1:] == (1, "job_data"), "the bad job's failure")
    told = "SELECT count(*) FROM mail WHERE template = 'reminder' AND link_id = ANY (%s::uuid[])"
    worker.wait_for(lambda: fresh_world.database.value(told, cases) == 5, "the reminders")


def test_a_failed_job_waits_a_quarter_of_a_minute_and_twice_as_long_after_the_next_failure(fresh_world):
    numbers = [add_job(fresh_world, "follow_up", attempts=attempts) for attempts in (0, 1)]
    worker = fresh_world.start_worker("follow_up")
    worker.wait_for(lambda: all(job(fresh_world, number)[2] for number in numbers), "both failures")
    waits = [float(fresh_world.database.value("SELECT extract(epoch FROM run_at - app_now()) FROM job WHERE id = %s", number))
             for number in numbers]
    assert 5 < waits[0] <= 18 and 18 < waits[1] <= 36


def test_a_job_that_fails_its_last_attempt_is_dead(fresh_world):
    number = add_job(fresh_world, "follow_up", attempts=11)
    worker = fresh_world.start_worker("follow_up")
    worker.wait_for(lambda: job(fresh_world, number)[0] == "dead", "the end of the job")
    assert job(fresh_world, number) == ("dead", 12, "job_data")


def test_a_job_whose_transaction_commits_late_is_found(fresh_world):
    worker = fresh_world.start_worker("noop")
    with fresh_world.database.transaction() as cursor:
        cursor.execute("INSERT INTO job (kind, run_at) VALUES ('noop', app_now() - interval '1 hour')")
        add_job(fresh_world, "noop")
        worker.wait_for(lambda: count_jobs(fresh_world, "noop") == 0, "the job that committed first")
    worker.wait_for(lambda: count_jobs(fresh_world, "noop") == 0, "the late job", 3)


def test_many_jobs_of_one_moment_are_drained_by_two_workers(fresh_world):
    fresh_world.database.run("INSERT INTO job (kind) SELECT 'noop' FROM generate_series(1, 20000)")
    workers = [fresh_world.start_worker("noop") for _ in range(2)]
    workers[0].wait_for(lambda: count_jobs(fresh_world, "noop") == 0, "an empty queue")
    assert not any(worker.events("result_thrown_away") for worker in workers)


def test_a_job_of_the_future_waits(fresh_world):
    number = add_job(fresh_world, "noop", run_at="2100-01-01")
    worker = fresh_world.start_worker("noop")
    add_job(fresh_world, "noop")
    worker.wait_for(lambda: count_jobs(fresh_world, "noop") == 0, "the present job")
    assert job(fresh_world, number)[0] == "waiting"


def test_sigterm_lets_a_mail_that_is_under_way_arrive(fresh_world):
    worker = fresh_world.start_worker("mail")
    fresh_world.sink.hold(times=1)
    mail = staff_mail(fresh_world)
    fresh_world.sink.wait_until_holding()
    worker.process.send_signal(signal.SIGTERM)
    worker.wait_event("stopping")
    fresh_world.sink.release()
    worker.expect_exit(0)
    assert mail_state(fresh_world, mail) == "sent"


def test_sigterm_gives_back_what_does_not_end_in_time(fresh_world):
    worker = fresh_world.start_worker("mail", STOP_S=1)
    fresh_world.sink.hold(times=1)
    mail = staff_mail(fresh_world)
    number = fresh_world.database.value("SELECT id FROM job WHERE subject = %s::uuid", mail)
    wait_claimed(worker, fresh_world, mail)
    worker.stop(5)
    assert job(fresh_world, number) == ("waiting", 0, None)
    assert fresh_world.database.value("SELECT count(*) FROM worker_process") == 0


def test_a_worker_outlives_its_database(private_cluster, tmp_path):
    with World(Database.create(private_cluster), tmp_path) as world:
        worker = world.start_worker("noop", "clock")
        for mode in ("immediate", "fast"):
            private_cluster.stop(mode)
            worker.wait_event("database_lost")
            private_cluster.start()
            number = add_job(world, "noop")
            worker.wait_for(lambda wanted=number: job(world, wanted) is None, "a job after the return", 5)


def test_sigterm_ends_a_worker_whose_database_does_not_answer(private_cluster, tmp_path):
    with World(Database.create(private_cluster), tmp_path) as world:
        worker = world.start_worker("noop", STOP_S=1)
        private_cluster.pause()
        try:
            worker.stop(10)
        finally:
            private_cluster.resume()


def test_a_worker_waits_for_a_database_that_is_not_there_yet(private_cluster, tmp_path):
    with World(Database.create(private_cluster), tmp_path) as world:
        private_cluster.stop()
        worker = Worker(world.database, tmp_path, "noop").launch()
        world.programs.append(worker)
        worker.wait_event("database_lost")
        private_cluster.start()
        worker.wait_ready()


def test_a_worker_says_that_it_lives_and_what_it_does(fresh_world):
    worker = fresh_world.start_worker("news", "clock", WORKER_SLOT="one")
    assert fresh_world.database.rows("SELECT slot, kinds FROM worker_process") == [("one", ["news", "clock"])]
    worker.stop()
    assert fresh_world.database.rows("SELECT slot FROM worker_process") == []


def test_an_unknown_kind_is_refused_with_one_line(fresh_world, tmp_path):
    worker = Worker(fresh_world.database, tmp_path, "nonsense").launch()
    worker.expect_exit(2)
    assert worker.log_text() == "osallisuus-worker: no kind 'nonsense'; --help lists the kinds\n"


def test_mail_without_a_server_stops_the_start_with_one_line(fresh_world, tmp_path):
    worker = Worker(fresh_world.database, tmp_path, "mail").launch()
    worker.expect_exit(1)
    assert "OSALLISUUS_SMTP_URL" in worker.log_text() and worker.log_text().count("\n") == 1
