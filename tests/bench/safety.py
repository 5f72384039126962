"""
Section safety: what masking and the audit cost a voice. The same load on houses that differ in what is switched off in their databases,
by turns, so that what else the machine does is shared by all; the service has no such switch.
"""

import contextlib
import json
import statistics

import wrk
from bench_world import TEXT, bench_world, tidy, voice

from support.imports import COMMENTS, comments

CONNECTIONS = 64
ROUNDS = 9
COST_PERCENT = 15
# A stored column that is made of nothing, and a trigger that is not run.
NO_MASKING = "ALTER TABLE feedback_text ALTER COLUMN masked DROP EXPRESSION"
NO_AUDIT = "ALTER TABLE event DISABLE TRIGGER event_audit"
HOUSES = {"POST, as it is": (), "POST, no masking": (NO_MASKING,), "POST, no audit": (NO_AUDIT,),
          "POST, neither": (NO_MASKING, NO_AUDIT)}


def run(cluster, options, figures):
    rates = {case: [] for case in HOUSES}
    with contextlib.ExitStack() as stack:
        worlds = {}
        for case, switches in HOUSES.items():
            worlds[case] = stack.enter_context(bench_world(cluster, options))
            for sql in switches:
                worlds[case].database.run(sql)
        bodies = {case: voices(world) for case, world in worlds.items()}
        for turn in range(1 + ROUNDS):  # the first warms up
            for case, world in worlds.items():
                tidy(world)
                load = wrk.load(world.api.url, CONNECTIONS, options.seconds, method="POST", paths=["/v1/feedback"], bodies=bodies[case],
                                key=world.keys["caller"], program=world.api)
                if turn > 0:
                    rates[case].append(load.rate)
                    figures.row(case, CONNECTIONS, load, program=world.api)
    whole = rates["POST, as it is"]
    for case in list(HOUSES)[1:]:
        figures.note(f"{case[6:]}: {cost(whole, rates[case]):.1f} % slower with it, rounds "
                     + " ".join(f"{(1 - one / other) * 100:.1f}" for one, other in zip(whole, rates[case])))
    percent = cost(whole, rates["POST, neither"])
    figures.goal("masking and audit together cost of POST throughput", f"{percent:.1f} %", percent <= COST_PERCENT, f"{COST_PERCENT} %")


def cost(with_it, without):
    """Percent, by the median of the rounds; those of one round are held against each other."""
    return (1 - statistics.median(one / other for one, other in zip(with_it, without))) * 100


def voices(world):
    """Bodies with real comments where they are, which have numbers in every twelfth; else with the text of the other sections."""
    texts = [text for _, text in comments() if text.strip()][:2000] if COMMENTS.exists() else [TEXT]
    body = json.loads(voice(world))
    return [json.dumps({**body, "text": text}) for text in texts]
