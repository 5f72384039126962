"""
A change with many contributors, while its worker is killed about every two seconds, after so many mails as go in that time:
everyone is told, and nobody with two ids.
"""

import collections
import json
import os
import random
import uuid

from support.imports import NDJSON

SECONDS = float(os.environ.get("FAULT_SECONDS", "12"))
CONTRIBUTORS = int(500 * SECONDS)
MAILS_BEFORE_KILL = (300, 1500)
TOLD_WITHIN_S = 60 + 10 * SECONDS


def bring_in(world):
    """That many voices, each with an address of its own. A change under review that they all spoke for."""
    lines = "".join(json.dumps({
        "unit_id": world.units["ward"], "kind": "idea", "channel": "import", "lang": "fi", "text": "Lisää aikoja iltaan.",
        "contact": {"email": f"antaja{number}@example.org"}, "wants_news": True}) + "\n" for number in range(CONTRIBUTORS))
    world.client("submit").post("/v1/imports", raw=lines.encode(), content_type=NDJSON, idempotency=str(uuid.uuid4()), expect=200)
    change = world.database.value(
        "INSERT INTO change (id, unit_id, title, owner_ref, planned_for)"
        " VALUES (gen_random_uuid(), %s::uuid, '{\"fi\": \"Ilta-aikoja\"}', 'omistaja', app_today() + 30) RETURNING id::text",
        world.units["ward"])
    world.database.run("INSERT INTO change_source (id, change_id, kind, feedback_id)"
                       " SELECT gen_random_uuid(), %s::uuid, 'feedback', id FROM feedback", change)
    for state in ("under_review", "planned"):
        world.database.run(
            "INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
            " SELECT gen_random_uuid(), 'change', id, state, %s, 'owner', version + 1 FROM change WHERE id = %s::uuid", state, change)


def test_a_worker_that_is_killed_again_and_again_tells_everyone_and_nobody_twice(fault_world, seed):
    chance = random.Random(seed)
    sink = fault_world.start_sink()
    fault_world.api.start()
    bring_in(fault_world)
    worker, kills = fault_world.start_worker("news", "mail_bulk", WORKER_SLOT="one"), 0
    came = collections.defaultdict(list)
    worker.wait_for(lambda: fault_world.database.value("SELECT EXISTS (SELECT FROM notice)"), "the first in the ledger")
    while len(came) < CONTRIBUTORS:
        worker.kill()
        kills += 1
        worker.start()
        sink.wait_for(timeout=TOLD_WITHIN_S, count=min(chance.randint(*MAILS_BEFORE_KILL), CONTRIBUTORS - len(came)))
        for mail in sink.take():
            came[mail.to].append(mail.message["Message-ID"])
    worker.wait_for(lambda: not fault_world.database.value("SELECT EXISTS (SELECT FROM job WHERE kind IN ('news', 'mail_bulk'))"),
                    "the end of all jobs", TOLD_WITHIN_S)
    for mail in sink.take():
        came[mail.to].append(mail.message["Message-ID"])
    assert set(came) == {f"antaja{number}@example.org" for number in range(CONTRIBUTORS)}
    assert all(len(set(ids)) == 1 for ids in came.values())
    assert fault_world.database.value("SELECT count(*) FROM notice") == CONTRIBUTORS
    repeated = sum(len(ids) - 1 for ids in came.values())
    print(f"{CONTRIBUTORS} contributors told through {kills} kills; {repeated} mails came more than once, under their old id")
    assert repeated <= kills * 2 * 64, "more than the batches that were under way"
