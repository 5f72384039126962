"""
Section public: public pages from memory, whole and as 304, beside the empty reply of the same run.
"""

import wrk
from bench_world import tidy
from http_load import GOAL_CONNECTIONS

from support.client import Client
from support.database import Database
from support.public_pages import add_year, public_change, public_report
from support.world import World

RATE = 10_000
CHANGES = 60


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory) as world:
        world.api.start()
        add_year(world)
        public_report(world)
        change = public_change(world, "made")
        for _ in range(CHANGES - 1):
            public_change(world)
        tidy(world)
        empty = _load(world, options, world.api.ops_url, ["/healthz"])
        figures.row("empty reply", GOAL_CONNECTIONS, empty, program=world.api)
        for case, path in (("front page", "/"), ("changes", "/changes"), ("a change", f"/changes/{change}"), ("the year", "/reports/2024")):
            reply = Client(world.api).get(path, expect=200)
            figures.note(f"{case}: {len(reply.content):,} bytes")
            for name, etag in ((case, None), (f"{case}, 304", reply.headers["ETag"])):
                load = _load(world, options, world.api.url, [path], etag=etag)
                row = figures.row(name, GOAL_CONNECTIONS, load, program=world.api, beside=empty.rate)
                figures.goal(f"{name}, from memory", f"{row['rate']:.0f}/s", row["rate"] >= RATE and row["errors"] == 0, f"{RATE}/s")


def _load(world, options, url, paths, **request):
    wrk.load(url, GOAL_CONNECTIONS, 1, paths=paths, **request)
    return wrk.load(url, GOAL_CONNECTIONS, options.seconds, paths=paths, program=world.api, **request)
