"""
Section report: the first build of all reports over many cases, and the one after a day's news.
"""

import time

from support.database import Database
from support.world import World

FIRST_S = 60
NEWS_S = 2
YEARS = 3
NEWS = 1000
# Triggers and keys are off while it is filled: events and jobs of the past are not what is measured.
COUNTY = """
    SET session_replication_role = replica;
    SET work_mem = '256MB';
    SET maintenance_work_mem = '512MB';
    INSERT INTO unit (id, parent_id, path, name)
    SELECT md5('unit' || n)::uuid, CASE WHEN n > 1 THEN md5('unit' || (n + 4) / 6)::uuid END, '{}', jsonb_build_object('fi', 'Yksikkö ' || n)
    FROM generate_series(1, 250) n;
    WITH RECURSIVE tree AS (
        SELECT id, ARRAY[id] AS path FROM unit WHERE id = md5('unit1')::uuid
        UNION ALL
        SELECT u.id, t.path || u.id FROM tree t JOIN unit u ON u.parent_id = t.id
    )
    UPDATE unit u SET path = t.path FROM tree t WHERE t.id = u.id;
    INSERT INTO service (id, unit_id, name)
    SELECT md5('service' || n)::uuid, md5('unit' || 1 + n % 250)::uuid, '{"fi": "Palvelu"}' FROM generate_series(0, 499) n;
"""
VOICES = """
    INSERT INTO feedback (id, unit_id, service_id, level, kind, channel, lang, respondent_role, age_band, state, outcome, wants_answer,
        received_on, due_on, answered_on, closed_on)
    SELECT gen_random_uuid(), md5('unit' || 1 + r.unit)::uuid, CASE WHEN r.x % 3 > 0 THEN md5('service' || r.unit + 250 * (r.x % 2))::uuid END,
        CASE WHEN r.x % 10 = 0 THEN 'own_service' ELSE 'feedback' END,
        (ARRAY['thanks', 'concern', 'concern', 'idea', 'question', 'safety'])[1 + r.x % 6],
        (ARRAY['web', 'web', 'mobile', 'sms', 'qr', 'kiosk', 'phone', 'paper'])[1 + r.x / 7 % 8],
        (ARRAY['fi', 'fi', 'fi', 'fi', 'sv', 'en'])[1 + r.x / 11 % 6],
        (ARRAY['client', 'client', 'client', 'relative', 'guardian', 'staff'])[1 + r.x / 13 % 6],
        (ARRAY['18_29', '30_64', '30_64', '65_74', '75_plus', NULL])[1 + r.x / 17 % 6],
        CASE WHEN d.day > app_today() - 30 THEN 'received' ELSE 'closed' END,
        CASE WHEN d.day <= app_today() - 30 THEN (ARRAY['change_made', 'information', 'information', 'no_change'])[1 + r.x % 4] END,
        r.x % 2 = 0, d.day, CASE WHEN r.x % 2 = 0 THEN d.day + 14 END,
        CASE WHEN d.day <= app_today() - 30 THEN d.day + r.x / 19 % 25 END,
        CASE WHEN d.day <= app_today() - 30 THEN d.day + 20 + r.x / 19 % 11 END
    FROM generate_series(1, %(voices)s) n
    CROSS JOIN LATERAL (SELECT hashint8(n) & 2147483647 AS x, ((hashint8extended(n, 7) % 250 + 250) % 250)::integer AS unit) r
    CROSS JOIN LATERAL (SELECT app_today() - (%(days)s - (n::bigint * %(days)s / %(voices)s)::integer) AS day) d
"""
# A reason for half of what was left as it is; a change in twenty for the voices, and an answer in forty to the question after it.
AROUND = """
    SET session_replication_role = replica;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version, made_on)
    SELECT gen_random_uuid(), 'feedback', f.id, 'answered', 'closed', 'handler', CASE WHEN f.lang = 'fi' THEN 'Syy' END, 2, f.closed_on
    FROM feedback f WHERE f.outcome = 'no_change';
    INSERT INTO change (id, unit_id, theme, title, said, done, owner_ref, planned_for, evidence, state, suggested_on, made_on)
    SELECT md5('change' || n)::uuid, md5('unit' || 1 + n % 250)::uuid, 'aihe ' || n % 10, '{"fi": "Muutos"}', '{"fi": "Sanottua"}',
        '{"fi": "Tehtyä"}', 'omistaja', app_today(), 'kyllä', 'made', app_today() - n % %(days)s, app_today() - n % %(days)s
    FROM generate_series(1, 5000) n;
    INSERT INTO change_source (id, change_id, kind, feedback_id)
    SELECT gen_random_uuid(), md5('change' || 1 + abs(hashtext(f.id::text)) % 5000)::uuid, 'feedback', f.id
    FROM feedback f WHERE hashtext(f.id::text) % 20 = 0;
    INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, asked_on, expires_on, answer, answered_on)
    SELECT gen_random_uuid(), s.change_id, uuid_send(s.feedback_id), s.feedback_id, sha256(uuid_send(s.id)), c.made_on + 28, c.made_on + 88,
        'better', c.made_on + 30
    FROM change_source s JOIN change c ON c.id = s.change_id WHERE hashtext(s.id::text) % 2 = 0;
"""
# As the API and the handlers write it: with all triggers.
NEWS_VOICES = """
    INSERT INTO feedback (id, unit_id, kind, channel, lang)
    SELECT gen_random_uuid(), md5('unit' || 1 + n % 250)::uuid, 'concern', 'web', 'fi' FROM generate_series(1, %(news)s) n
"""
NEWS_STEPS = """
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'received', 'answered', 'handler', f.version + 1
    FROM (SELECT * FROM feedback WHERE state = 'received' AND received_on < app_today() - 10 ORDER BY received_on, id LIMIT %(news)s) f
"""


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory) as world:
        begun = time.monotonic()
        fill(world.database, options.report_cases)
        figures.note(f"{options.report_cases:,} cases made in {time.monotonic() - begun:.0f} s")
        worker, before = world.start_worker("report", REPORT_S=86400, POLL_MS=50), cluster.cpu_seconds()
        first = wait_for_reports(world)
        figures.note(f"first build: {cluster.cpu_seconds() - before:.1f} s of CPU in PostgreSQL, {worker.cpu_seconds():.2f} s in the worker")
        figures.goal(f"first build of all reports over {options.report_cases:,} cases", f"{first:.1f} s", first <= FIRST_S, f"{FIRST_S} s")
        rows, size = world.database.rows("SELECT count(*), pg_size_pretty(pg_table_size('report_count')) FROM report_count")[0]
        figures.note(f"{world.database.value('SELECT count(*) FROM report')} reports from {rows:,} rows of counts ({size})")
        took, cpu = [], []
        for _ in range(3):
            for sql in (NEWS_VOICES, NEWS_STEPS):
                world.database.run(sql.replace("%(news)s", str(NEWS)))
            before = cluster.cpu_seconds()
            took.append(build_again(world))
            cpu.append(cluster.cpu_seconds() - before)
        figures.note("seconds of each, and of CPU in PostgreSQL: " + " ".join(f"{one:.2f} ({busy:.2f})" for one, busy in zip(took, cpu)))
        figures.goal(f"all reports after {NEWS} new cases and {NEWS} answers", f"{max(took):.2f} s", max(took) <= NEWS_S, f"{NEWS_S} s")


def fill(database, cases):
    """Cases of three years in 250 units, in the order in which they came; indexes are made when all are in."""
    days = YEARS * 365
    connection = database.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNTY)
            cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('feedback')"
                           " AND NOT indexname IN (SELECT conname FROM pg_constraint)")
            indexes = cursor.fetchall()
            for name, _ in indexes:
                cursor.execute(f"DROP INDEX {name}")
            cursor.execute(_for(VOICES, cases, days))
            for _, definition in indexes:
                cursor.execute(definition)
            cursor.execute(_for(AROUND, cases, days))
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
    finally:
        connection.close()


def wait_for_reports(world):
    """Seconds until the worker has nothing to build any more."""
    begun = time.monotonic()
    over = ("SELECT count(*) = 1 AND bool_and(unique_key = 'report' AND state = 'waiting' AND run_at > app_now() + interval '1 minute')"
            " FROM job WHERE kind = 'report'")
    world.programs[-1].wait_for(lambda: world.database.value(over), "the reports", 600)
    return time.monotonic() - begun


def build_again(world):
    """Seconds from the moment at which the worker may look."""
    world.database.run("UPDATE job SET run_at = app_now() WHERE unique_key = 'report'")
    return wait_for_reports(world)


def _for(sql, cases, days):
    return sql.replace("%(voices)s", str(cases)).replace("%(days)s", str(days))
