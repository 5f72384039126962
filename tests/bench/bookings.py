"""
Section bookings: two hundred clients race for the same hour of an expert, a thousand times; and bookings that nobody else wants, as many as go.
"""

import collections
import time

from bench_world import tidy
from wrk import load

from support.bookings import accepting, add_offers
from support.database import Database
from support.rush import Rush
from support.world import World

CLIENTS = 200
ROUNDS = 1000
CONNECTIONS = 64
PER_SECOND = 3000


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory, CONNECTIONS_PER_PEER=2 * CLIENTS) as world:
        world.api.start()
        race(world, options, figures)
        measure(world, options, figures)


def race(world, options, figures):
    """Each round has an hour of its own."""
    outcomes, took = collections.Counter(), []
    with Rush(world.api, CLIENTS) as rush:
        for number in range(options.races):
            requests = accepting(add_offers(world, CLIENTS, days=2 + number // 20, hours=1))
            if number % 50 == 0:
                tidy(world)
            began = time.monotonic()
            replies = rush.send(requests)
            took.append(time.monotonic() - began)
            statuses = collections.Counter(reply[0] if reply else "broken" for reply in replies)
            outcomes["one has it, the others 409" if statuses == {200: 1, 409: CLIENTS - 1} else str(dict(statuses))] += 1
    took.sort()
    figures.note(f"a race: median {1000 * took[len(took) // 2]:.0f} ms, longest {1000 * took[-1]:.0f} ms")
    doubled = world.database.value("SELECT count(*) FROM booking a JOIN booking b ON a.expert_id = b.expert_id AND a.id < b.id AND a.held && b.held")
    figures.goal(f"{CLIENTS} clients race {options.races:,} times for an hour of an expert", ", ".join(f"{count} × {name}" for name, count in outcomes.items()),
                 list(outcomes) == ["one has it, the others 409"] and doubled == 0, "one each time")


def measure(world, options, figures):
    """Offers of different hours are accepted; there are more of them than can be in that time."""
    asked = add_offers(world, 8000 * options.seconds, experts=500, days=100)
    tidy(world)
    done = load(world.api.url, CONNECTIONS, options.seconds, method="POST", program=world.api, bodies=['{"to": "accepted"}'],
                paths=[f"/v1/personal/{token}/offers/{offer}/transitions" for token, offer in asked], is_split=True)
    figures.note(f"p50 {done.p50_ms:.1f} ms, p99 {done.p99_ms:.1f} ms, {done.errors} errors")
    figures.goal("bookings without conflicts", f"{done.rate:,.0f}/s", done.errors == 0 and done.rate >= PER_SECOND, f"{PER_SECOND:,}/s")
