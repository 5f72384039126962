"""
Section queue: how fast one worker drains jobs that have nothing to do, beside pgbench that claims and deletes them
one per transaction. Section mail: from the answer of the API to the mail in the sink.
"""

import json
import statistics
import time

import pgbench
from bench_world import bench_world, tidy, voice

from support.client import Client

JOBS = 100_000
PGBENCH_CLIENTS = 8
OPEN_ROUNDS = 3
QUEUE_RATIO = 8
MAILS = 30
MAIL_SECONDS = 2.0

# A client claims one job with the worker's own statement, and finishes it, in one transaction.
ONE_BY_ONE = """\\set a random(1, 2000000000)
\\set b random(1, 2000000000)
BEGIN;
{claim} \\gset
{finish}
COMMIT;
"""


def run_queue(cluster, options, figures):
    with bench_world(cluster, options) as world:
        world.api.stop()
        beside = _pgbench_rate(world, options)
        rate = _drain(world, figures)
        figures.note(f"pgbench with {PGBENCH_CLIENTS} clients {beside:.0f} jobs/s")
        figures.goal("no-op jobs drained by one worker, ratio to pgbench", f"{rate / beside:.1f}", rate >= QUEUE_RATIO * beside,
                     f"{QUEUE_RATIO}")
        with world.database.transaction() as cursor:  # nothing that is deleted from here on can be vacuumed
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_current_xact_id(), count(*) FROM job")
            kept = [_drain(world, figures) for _ in range(OPEN_ROUNDS)][-1] / rate
        figures.goal(f"the same after {OPEN_ROUNDS * JOBS} jobs beside an open transaction", f"{kept:.2f}", kept >= 0.9, "0.90")


def run_mail(cluster, options, figures):
    with bench_world(cluster, options, POLL_MS=1000) as world:
        world.start_worker()
        client = Client(world.api, world.keys["caller"])
        seconds = []
        for number in range(MAILS):
            address = f"giver{number}@example.org"
            body = {**json.loads(voice(world, contact=True)), "contact": {"email": address}}
            client.post("/v1/feedback", body, expect=201)
            committed = time.monotonic()
            seconds.append(world.sink.wait_for(lambda mail, to=address: mail.to == to).at - committed)
    figures.note(f"seconds from commit to sink: median {statistics.median(seconds):.2f}, most {max(seconds):.2f}")
    figures.goal("mail in the sink after the commit that caused it", f"{max(seconds):.2f} s", max(seconds) <= MAIL_SECONDS,
                 f"{MAIL_SECONDS:.0f} s")


def _drain(world, figures):
    """Jobs per second of one worker, from its start to the empty queue."""
    _fill(world)
    worker = world.start_worker("index")
    began = time.monotonic()
    # Counting would cost more than the work; the last job is gone when there is none.
    worker.wait_for(lambda: not world.database.value("SELECT EXISTS (SELECT FROM job WHERE kind = 'index')"),
                    "end of the queue", 300)
    rate = JOBS / (time.monotonic() - began)
    figures.note(f"one worker {rate:.0f} jobs/s, {worker.cpu_seconds() * 1e6 / JOBS:.1f} CPU µs each")
    worker.stop()
    return rate


def _pgbench_rate(world, options):
    _fill(world)
    lease = "md5(:a::text || ' ' || :b::text)::uuid"
    claim = pgbench.script("jobs", "job_claim", {
        "kind": "'index'", "after_us": "NULL", "after_id": "0", "most": "1", "lease": f"({lease})", "slot": "'pgbench'",
        "lease_s": "60"})
    finish = pgbench.script("jobs", "job_finish", {"ids": "ARRAY[:id]", "lease": f"({lease})"})
    script = ONE_BY_ONE.format(claim=claim.strip().rstrip(";"), finish=finish.strip())
    rate = pgbench.run(world.database, script, clients=PGBENCH_CLIENTS, seconds=options.seconds, role="worker")
    left = world.database.value("SELECT count(*) FROM job WHERE kind = 'index'")
    if left == 0:
        raise RuntimeError("pgbench found the queue empty; the figure says nothing")
    return rate


def _fill(world):
    """Jobs for texts that do not exist: claimed, looked for, finished."""
    world.database.run("DELETE FROM job")
    world.database.run("INSERT INTO job (kind, subject) SELECT 'index', gen_random_uuid() FROM generate_series(1, %s)", JOBS)
    tidy(world)
