"""
Section news: a change with 100,000 contributors who can be reached, each at an address of their own: from its step to the
last mail in the sink.
"""

import json
import time
import uuid

from bench_world import bench_world, tidy, voice
from sink import CountingSink

from support.client import Client
from support.imports import NDJSON

CONTRIBUTORS = 100_000
MAILS_PER_SECOND = 1_000


def run(cluster, options, figures):
    with CountingSink() as sink, bench_world(cluster, options, SMTP_URL=sink.url) as world:
        change = _change(world)
        world.api.stop()
        tidy(world)
        worker = world.start_worker("news", "mail_bulk")
        began = time.monotonic()
        _move(world, change, "planned")
        worker.wait_for(lambda: world.database.value("SELECT count(*) FROM notice") == CONTRIBUTORS, "the ledger", 600)
        listed = time.monotonic() - began
        mails, distinct = sink.wait_for(CONTRIBUTORS, 900)
        seconds = time.monotonic() - began
        worker.wait_for(lambda: not world.database.value("SELECT EXISTS (SELECT FROM job WHERE kind = 'mail_bulk')"), "the end", 60)
        figures.note(f"{CONTRIBUTORS} contributors in the ledger after {listed:.1f} s, the last mail after {seconds:.1f} s; "
                     f"{worker.cpu_seconds() * 1e6 / CONTRIBUTORS:.0f} CPU µs of the worker for each")
        mails, distinct = sink.wait_for(mails, 10)
    figures.goal("contributors told by mail, each second", f"{CONTRIBUTORS / seconds:.0f}",
                 CONTRIBUTORS / seconds >= MAILS_PER_SECOND, f"{MAILS_PER_SECOND}")
    figures.goal("mails beside one for each contributor", f"{mails - CONTRIBUTORS}", mails == distinct == CONTRIBUTORS, "0")


def _change(world):
    """A change under review with all its contributors; their confirmations are taken for sent."""
    lines = []
    for number in range(CONTRIBUTORS):
        lines.append({**json.loads(voice(world)), "contact": {"email": f"giver{number}@example.org"}, "wants_news": True})
    body = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines).encode()
    Client(world.api, world.keys["caller"]).post("/v1/imports", raw=body, content_type=NDJSON, idempotency=str(uuid.uuid4()), expect=200)
    change = world.database.value(
        "INSERT INTO change (id, unit_id, title, owner_ref, planned_for)"
        " VALUES (gen_random_uuid(), %s::uuid, '{\"fi\": \"Uusi ajanvaraus\"}', 'omistaja', app_today() + 30) RETURNING id::text",
        world.units["ward"])
    world.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id)"
                       " SELECT gen_random_uuid(), %s::uuid, 'feedback', id FROM feedback", change)
    _move(world, change, "under_review")
    world.database.run("DELETE FROM job")
    return change


def _move(world, change, state):
    world.database.run(
        "INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
        " SELECT gen_random_uuid(), 'change', id, state, %s, 'owner', version + 1 FROM change WHERE id = %s::uuid", state, change)
