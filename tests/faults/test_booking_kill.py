"""
Many clients accept the same hour of an expert at once while the API is killed with SIGKILL in between and started again: each repeats what it
has no answer to. One has the hour each time, nobody sees a 5xx, and what was answered stays so.
"""

import os
import random
import threading
import time

from support.bookings import accepting, add_offers
from support.rush import Rush

SECONDS = float(os.environ.get("FAULT_SECONDS", "12"))
CLIENTS = 60


def race(world, asked, requests, chance):
    """Sends them until each has an answer; the API is killed once at a random moment of the race. The answers, the requests in order."""
    answers = [None] * len(requests)
    killer = threading.Timer(chance.uniform(0, 0.15), world.api.kill)
    killer.start()
    while None in answers:
        open_ones = [n for n, answer in enumerate(answers) if answer is None]
        try:
            with Rush(world.api, len(open_ones)) as rush:
                for n, reply in zip(open_ones, rush.send([requests[n] for n in open_ones])):
                    answers[n] = reply
        except OSError:
            pass  # it is down: nobody could connect
        killer.join()
        if world.api.process is None or world.api.process.poll() is not None:
            world.api.start()
    return answers


def test_one_has_the_hour_whatever_happens_to_the_api(fault_world, seed):
    chance, races, broken = random.Random(seed), 0, 0
    fault_world.api.start()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        races += 1
        asked = add_offers(fault_world, CLIENTS, days=2 + races)
        requests = accepting(asked)
        answers = race(fault_world, asked, requests, chance)
        statuses = sorted(status for status, _ in answers)
        assert statuses == [200] + [409] * (CLIENTS - 1), statuses
        won = next(offer for (_, offer), (status, _) in zip(asked, answers) if status == 200)
        states = dict(fault_world.database.rows("SELECT id::text, state FROM offer WHERE id = ANY (%s::uuid[])", [offer for _, offer in asked]))
        assert [offer for offer, state in states.items() if state == "accepted"] == [won]
        broken += fault_world.database.value("SELECT count(*) FROM step WHERE subject = %s::uuid", won) != 1
    assert races > 2 and broken == 0
    assert fault_world.database.value("SELECT count(*) FROM booking a JOIN booking b ON a.expert_id = b.expert_id AND a.id < b.id AND a.held && b.held") == 0
