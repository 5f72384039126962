"""
Section sessions: a thousand people register at once for a session with a hundred places.
"""

import collections
import statistics

from bench_world import tidy

from support.database import Database
from support.sessions import Session, rush
from support.world import World

PEOPLE = 1000
PLACES = 100
SECONDS = 3
ROUNDS = 5


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory, CONNECTIONS_PER_PEER=2 * PEOPLE) as world:
        world.api.start()
        measured, answers = [], collections.Counter()
        for _ in range(ROUNDS):
            session = Session(world, is_open=True, capacity=PLACES)
            tidy(world)
            replies, seconds = rush(world, session, PEOPLE)
            measured.append(seconds)
            answers += collections.Counter(reply["state"] if status == 200 else str(status) for status, reply in replies)
    figures.note("s: " + " ".join(f"{seconds:.2f}" for seconds in measured) + "; " + ", ".join(f"{count} {name}" for name, count in sorted(answers.items())))
    is_right = answers == {"registered": ROUNDS * PLACES, "waitlisted": ROUNDS * (PEOPLE - PLACES)}
    seconds = statistics.median(measured)
    figures.goal(f"{PEOPLE:,} register at once for {PLACES} places", f"{seconds:.2f} s", is_right and seconds <= SECONDS, f"{SECONDS} s")
