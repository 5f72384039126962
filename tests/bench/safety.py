"""
Section safety: what masking and the audit cost a voice. The same load on houses that differ in what is switched off in their databases,
by turns, so that what else the machine does is shared by all; the service has no such switch. Beside the throughput, which the
disk of a shared machine disturbs, it tells what a voice costs of the CPU.
"""

import contextlib
import json
import statistics

import wrk
from bench_world import TEXT, bench_world, tidy, voice

from support.imports import COMMENTS, comments

CONNECTIONS = 64
ROUNDS = 12
TURN_SECONDS = 1
COST_PERCENT = 15
# A stored column that is made of nothing, and a trigger that is not run.
NO_MASKING = "ALTER TABLE feedback_text ALTER COLUMN masked DROP EXPRESSION"
NO_AUDIT = "ALTER TABLE event DISABLE TRIGGER event_audit"
HOUSES = {"POST, as it is": (), "POST, no masking": (NO_MASKING,), "POST, no audit": (NO_AUDIT,),
          "POST, neither": (NO_MASKING, NO_AUDIT)}


def run(cluster, options, figures):
    rates = {case: [] for case in HOUSES}
    cpu_us = {case: [] for case in HOUSES}
    with contextlib.ExitStack() as stack:
        worlds = {}
        for case, switches in HOUSES.items():
            worlds[case] = stack.enter_context(bench_world(cluster, options))
            for sql in switches:
                worlds[case].database.run(sql)
        bodies = {case: voices(world) for case, world in worlds.items()}
        for number in range(1 + ROUNDS):  # the first warms up
            for case, (requests, cpu_seconds) in _round(cluster, worlds, bodies).items():
                if number > 0:
                    rates[case].append(requests / (2 * TURN_SECONDS))
                    cpu_us[case].append(cpu_seconds * 1e6 / requests)
    for case, told in rates.items():
        figures.note(f"{case}: {statistics.mean(told):,.0f}/s, {statistics.median(cpu_us[case]):.0f} µs of CPU in PostgreSQL and the API, rounds "
                     + " ".join(f"{rate:.0f}" for rate in told))
    whole = rates["POST, as it is"]
    for case in list(HOUSES)[1:]:
        figures.note(f"{case[6:]}: {cost(whole, rates[case]):.1f} % slower with it, rounds "
                     + " ".join(f"{(1 - one / other) * 100:.1f}" for one, other in zip(whole, rates[case])))
    percent = cost(whole, rates["POST, neither"])
    figures.goal("masking and audit together cost of POST throughput", f"{percent:.1f} %", percent <= COST_PERCENT, f"{COST_PERCENT} %")


def _round(cluster, worlds, bodies):
    """
    What each house did in two short turns, there and back again, so that what the machine does meanwhile falls on all alike:
    (requests, seconds of CPU).
    """
    done = dict.fromkeys(worlds, (0, 0))
    for world in worlds.values():
        tidy(world)
    for case in [*worlds, *reversed(worlds)]:
        world = worlds[case]
        before = cluster.cpu_seconds()  # a voice is written by processes that stay
        load = wrk.load(world.api.url, CONNECTIONS, TURN_SECONDS, method="POST", paths=["/v1/feedback"], bodies=bodies[case],
                        key=world.keys["caller"], program=world.api)
        if load.errors:
            raise RuntimeError(f"{case}: {load.errors} requests failed")
        requests, cpu_seconds = done[case]
        done[case] = (requests + load.requests, cpu_seconds + load.cpu_seconds + cluster.cpu_seconds() - before)
    return done


def cost(with_it, without):
    """Percent, over all rounds."""
    return (1 - sum(with_it) / sum(without)) * 100


def voices(world):
    """Bodies with real comments where they are, which have numbers in every twelfth; else with the text of the other sections."""
    texts = [text for _, text in comments() if text.strip()][:2000] if COMMENTS.exists() else [TEXT]
    body = json.loads(voice(world))
    return [json.dumps({**body, "text": text}) for text in texts]
