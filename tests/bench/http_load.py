"""
Section http: requests per second, latency and cost of the hot operations, beside pgbench and nginx.
Section bad: what one wrong reference in ten costs.
"""

import random

import nginx
import wrk
from bench_world import SEEDED_IDS, bench_world, pgbench_rate, tidy, voice

GOAL_CONNECTIONS = 64
POST_P99_MS = 30
EMPTY_RATE = 60_000


def run(cluster, options, figures):
    with bench_world(cluster, options, seeded=True) as world:
        _post(world, options, figures, "POST feedback", 2.0)
        _post(world, options, figures, "POST feedback, contact", 1.3, contact=True)
        ids = [row[0] for row in world.database.rows("SELECT md5(n::text)::uuid::text FROM generate_series(1, %s) n", SEEDED_IDS)]
        beside = pgbench_rate(world, "feedback_get", options, wanted_id="md5(:n::text)::uuid")
        _read(world, options, figures, "GET one", [f"/v1/feedback/{feedback_id}" for feedback_id in ids], beside, 0.6)
        beside = pgbench_rate(world, "feedback_list", options)
        _read(world, options, figures, "GET list of 50", ["/v1/feedback?limit=50"], beside, 0.4)
        _empty(world, options, figures)


def run_bad_references(cluster, options, figures):
    with bench_world(cluster, options) as world:
        clean = [voice(world)] * 100
        bad = clean[:90] + [voice(world, unit="00000000-0000-4000-8000-000000000000")] * 10
        random.Random(10).shuffle(bad)
        rates = {}
        for case, bodies in (("POST, all good", clean), ("POST, 10 % bad references", bad)):
            tidy(world)
            load = _load(world, options, GOAL_CONNECTIONS, method="POST", paths=["/v1/feedback"], bodies=bodies)
            figures.row(case, GOAL_CONNECTIONS, load, program=world.api)
            rates[case] = load.rate
        ratio = rates["POST, 10 % bad references"] / rates["POST, all good"]
        figures.goal("throughput kept with 10 % bad references", f"{ratio:.2f}", ratio >= 0.7, "0.70")


def _post(world, options, figures, case, wanted, contact=False):
    body = voice(world, contact=contact)
    beside = pgbench_rate(world, "feedback_create", options, body=body, contact=contact)
    for connections in _in_order(options):
        tidy(world)
        load = _load(world, options, connections, method="POST", paths=["/v1/feedback"], bodies=[body])
        row = figures.row(case, connections, load, program=world.api, beside=beside)
        if connections == GOAL_CONNECTIONS:
            _ratio_goal(figures, case, row, wanted, "pgbench")
            if not contact:
                figures.goal(f"{case}: p99 at 64 connections", f"{load.p99_ms:.1f} ms", load.p99_ms <= POST_P99_MS,
                             f"{POST_P99_MS} ms")


def _read(world, options, figures, case, paths, beside, wanted):
    for connections in _in_order(options):
        load = _load(world, options, connections, paths=paths)
        row = figures.row(case, connections, load, program=world.api, beside=beside)
        if connections == GOAL_CONNECTIONS:
            _ratio_goal(figures, case, row, wanted, "pgbench")


def _empty(world, options, figures):
    with nginx.serving(options.directory) as url:
        beside = wrk.load(url, GOAL_CONNECTIONS, options.seconds).rate
    for connections in _in_order(options):
        load = wrk.load(world.api.ops_url, connections, options.seconds, paths=["/healthz"], program=world.api)
        row = figures.row("empty reply", connections, load, program=world.api, beside=beside)
        if connections == GOAL_CONNECTIONS:
            figures.goal("empty reply at 64 connections, or ratio to nginx", f"{row['rate']:.0f}/s, {row['ratio']:.2f}",
                         row["rate"] >= EMPTY_RATE or row["ratio"] >= 0.6, f"{EMPTY_RATE}/s or 0.60")


def _in_order(options):
    """The one that is held against what was measured just before comes first."""
    return sorted(options.connections, key=lambda connections: connections != GOAL_CONNECTIONS)


def _load(world, options, connections, **request):
    wrk.load(world.api.url, connections, 1, key=world.keys["caller"], **request)  # warms up connections and plans
    return wrk.load(world.api.url, connections, options.seconds, key=world.keys["caller"], program=world.api, **request)


def _ratio_goal(figures, case, row, wanted, what):
    reached = row["ratio"] >= wanted and row["errors"] == 0
    figures.goal(f"{case} at 64 connections, ratio to {what}", f"{row['ratio']:.2f}", reached, f"{wanted:.2f}")
