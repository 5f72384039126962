"""
A change with many contributors, givers and people who took part, while its worker is killed about every two seconds, after so many mails as go in that time:
everyone is told, and nobody with two ids.
"""

import collections
import json
import os
import random
import uuid

from support.imports import NDJSON
from support.sessions import Session

SECONDS = float(os.environ.get("FAULT_SECONDS", "12"))
CONTRIBUTORS = int(500 * SECONDS)
PEOPLE = CONTRIBUTORS // 5  # of them came to a session and brought an idea each; half of those spoke as givers of the change, too
MAILS_BEFORE_KILL = (300, 1500)
TOLD_WITHIN_S = 60 + 10 * SECONDS


def bring_in(world):
    """That many contributors, each with an address of their own: voices, and ideas of people. A change under review that came of them."""
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
    bring_people(world, change)
    for state in ("under_review", "planned"):
        world.database.run(
            "INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
            " SELECT gen_random_uuid(), 'change', id, state, %s, 'owner', version + 1 FROM change WHERE id = %s::uuid", state, change)


def bring_people(world, change):
    """Some with the address of a voice; of every second, the voice is no source of the change."""
    world.database.run(
        "WITH chosen AS (SELECT c.*, gen_random_uuid() AS id, row_number() OVER (ORDER BY c.feedback_id) AS n FROM contact c ORDER BY c.feedback_id LIMIT %s),"
        " came AS (INSERT INTO registration (id, session_id, n, state, came_as) SELECT id, %s::uuid, n, 'attended', 'registered' FROM chosen),"
        " known AS (INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang, wants_news)"
        "           SELECT id, 'registration', sha256(uuid_send(id)), sealed, key_id, address_hash, lang, true FROM chosen),"
        " brought AS (INSERT INTO input (id, session_id, person_id, speaker_role, kind, text)"
        "             SELECT gen_random_uuid(), %s::uuid, id, 'resident', 'idea', 'Iltaisin.' FROM chosen RETURNING id),"
        " only_so AS (DELETE FROM change_source s USING chosen c WHERE s.feedback_id = c.feedback_id AND c.n %% 2 = 0)"
        " INSERT INTO change_source (id, change_id, kind, input_id) SELECT gen_random_uuid(), %s::uuid, 'idea', id FROM brought",
        PEOPLE, *[Session(world, is_open=True).id] * 2, change)


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
    assert fault_world.database.rows("SELECT count(*), count(*) FILTER (WHERE person_id IS NOT NULL) >= %s FROM notice", PEOPLE // 2) == [(CONTRIBUTORS, True)]
    repeated = sum(len(ids) - 1 for ids in came.values())
    print(f"{CONTRIBUTORS} contributors told through {kills} kills; {repeated} mails came more than once, under their old id")
    assert repeated <= kills * 2 * 64, "more than the batches that were under way"
