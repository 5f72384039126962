"""
The county that a bench runs against: a World in the bench's own cluster, with voices in it, and the values
with which pgbench runs the API's statements.
"""

import contextlib
import json
import re

import pgbench

from support.database import Database
from support.world import World

TEXT = ("Odotin vastaanotolla yli tunnin, eikä kukaan kertonut, mistä viive johtui. Hoitaja oli ystävällinen ja selitti "
        "hoidon hyvin, kun pääsin sisään. Toivoisin, että ajoista kerrottaisiin aulassa. – Läheinen")
# The planner's settings of the API's own sessions (api/pg_session.c), so that both run the same plans.
SESSION = "-c enable_seqscan=off -c jit=off -c max_parallel_workers_per_gather=0"
READ_SESSION = SESSION + " -c plan_cache_mode=force_generic_plan -c enable_sort=off -c enable_bitmapscan=off"
SEEDED_ROWS = 20_000
SEEDED_IDS = 1_000


@contextlib.contextmanager
def bench_world(cluster, options, *, seeded=False, **settings):
    """A world with a running API; `seeded`: with SEEDED_ROWS voices."""
    with World(Database.create(cluster), options.directory, **settings) as world:
        world.keys["caller"] = world.new_key(["feedback:submit", "feedback:read", "feedback:handle"], ["county"])
        if seeded:
            seed(world)
        world.api.start()
        yield world


def seed(world):
    """Voices that were there before, in both leaf units; their ids are md5 of their number."""
    world.database.run(
        "INSERT INTO feedback (id, unit_id, kind, channel, lang, received_on)"
        " SELECT md5(n::text)::uuid, (ARRAY[%s, %s]::uuid[])[1 + n %% 2], 'concern', 'web', 'fi',"
        " app_today() - n %% 300 FROM generate_series(1, %s) n",
        world.units["ward"], world.units["office"], SEEDED_ROWS)
    world.database.run("INSERT INTO feedback_text (feedback_id, original) SELECT id, %s FROM feedback", TEXT)
    world.database.run("INSERT INTO giver (feedback_id, receipt_hash) SELECT id, sha256(id::text::bytea) FROM feedback")
    tidy(world)


def tidy(world):
    """So that a measurement does not pay for the one before."""
    world.database.run("VACUUM (ANALYZE)")
    world.database.run("CHECKPOINT")


def voice(world, *, unit="ward", contact=False):
    """The body of POST /v1/feedback."""
    body = {"unit_id": world.units.get(unit, unit), "kind": "concern", "channel": "web", "lang": "fi", "text": TEXT}
    if contact:
        body |= {"contact": {"email": "matti.meikalainen@example.org"}, "wants_news": True, "wants_follow_up": True}
    return json.dumps(body, ensure_ascii=False)


def pgbench_rate(world, name, options, *, body=None, contact=False, wanted_id=None, clients=32):
    """Transactions per second of the statement `name` of sql/queries, one row per commit."""
    text = pgbench.statement("queries", name)
    is_set = ":new_id::uuid[]" in text
    known = _values(contact, wanted_id)
    names = set(re.findall(r"(?<!:):([a-z_][a-z0-9_]*)", text))
    # NULL as a parameter, as the API sends it; as a constant it would be planned away.
    chosen = {used: known.get(used, "nullif(:nothing, '-')") for used in names}
    if is_set:
        chosen = {used: f"(ARRAY[{value}])" for used, value in chosen.items()}
    script = f"\\set n random(1, {SEEDED_IDS})\n" + pgbench.script("queries", name, chosen)
    variables = {"nothing": "-", "page": "51", "units": "{" + world.units["county"] + "}"}
    if body:
        variables["body"] = _without_contact(body)
    tidy(world)
    return pgbench.run(world.database, script, clients=clients, seconds=options.seconds, variables=variables,
                       options=SESSION if body else READ_SESSION)


def _values(contact, wanted_id):
    """SQL expressions over pgbench variables."""
    values = {
        "new_id": "gen_random_uuid()",
        "body": ":body",
        "caller_id": "gen_random_uuid()",
        "caller_units": ":units",
        "caller_scopes": "'{feedback:submit,feedback:read,feedback:handle}'",
        "lang": "'fi'",
        "limit_and_one": ":page",
        "receipt_hash": "sha256(gen_random_uuid()::text::bytea)",
    }
    if contact:
        values |= {"contact_sealed": f"decode(repeat('5e', {48 + 80}), 'hex')", "contact_key": "'5e5e5e5e'",
                   "contact_index": "sha256('matti.meikalainen@example.org')"}
    if wanted_id:
        values["id"] = wanted_id
    return values


def _without_contact(body):
    """As the API hands it to SQL: without the sealed members."""
    return json.dumps({name: value for name, value in json.loads(body).items() if name != "contact"}, ensure_ascii=False)
