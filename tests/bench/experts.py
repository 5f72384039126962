"""
Section experts: when 500 experts are free in four weeks; searches of orderers, one request after the other.
"""

import statistics
import time

from bench_world import tidy

from support.database import Database
from support.world import World

EXPERTS = 500
TIMES = 40
FREE_MS, SEARCH_MS = 100, 30

# Each works on three or four days of the week, is away for some days, has a single time, and has promised two hours a week.
FILL = """
INSERT INTO expert (id, unit_id, state, agreement_from, notice_hours, travel_minutes, shown, is_remote)
SELECT md5('e' || n)::uuid, %(unit)s::uuid, 'active', app_today() - 900, 0, 30, expert_fields(), n %% 3 = 0 FROM generate_series(1, %(experts)s) n;
INSERT INTO expert_words (expert_id, name, story) SELECT e.id, 'Kokija', repeat('Sairastuin nuorena ja toivuin. ', 20) FROM expert e;
INSERT INTO expert_area (expert_id, area) SELECT md5('e' || n)::uuid, a.code
FROM generate_series(1, %(experts)s) n JOIN (SELECT code, row_number() OVER (ORDER BY code) AS place FROM experience_area) a ON (n + place) %% 7 = 0;
INSERT INTO expert_task (expert_id, task) SELECT md5('e' || n)::uuid, t.code
FROM generate_series(1, %(experts)s) n JOIN (SELECT code, row_number() OVER (ORDER BY code) AS place FROM experience_task) t ON (n + place) %% 3 = 0;
INSERT INTO expert_language (expert_id, lang) SELECT md5('e' || n)::uuid, CASE WHEN n %% 9 = 0 THEN 'sv' ELSE 'fi' END FROM generate_series(1, %(experts)s) n;
INSERT INTO availability (id, expert_id, kind, weekday, first_on, begins_at, ends_at)
SELECT gen_random_uuid(), md5('e' || n)::uuid, 'weekly', d, app_today() - 400, time '08:00' + make_interval(hours => n %% 3), '16:00'
FROM generate_series(1, %(experts)s) n CROSS JOIN generate_series(1, 7) d WHERE (n + d) %% 2 = 0;
INSERT INTO availability (id, expert_id, kind, first_on, last_on)
SELECT gen_random_uuid(), md5('e' || n)::uuid, 'exception', app_today() + n %% 25, app_today() + n %% 25 + 3 FROM generate_series(1, %(experts)s) n;
INSERT INTO availability (id, expert_id, kind, during)
SELECT gen_random_uuid(), md5('e' || n)::uuid, 'single', tstzrange(x.at, x.at + interval '3 hours')
FROM generate_series(1, %(experts)s) n CROSS JOIN LATERAL (SELECT day_start(app_today() + n %% 28) + interval '18 hours' AS at) x;
INSERT INTO booking (id, unit_id, task, lang, is_remote, starts_at, ends_at, state, expert_id, held)
SELECT gen_random_uuid(), %(unit)s::uuid, 'lecture', 'fi', true, x.at, x.at + interval '2 hours', 'confirmed', md5('e' || n)::uuid, tstzrange(x.at, x.at + interval '2 hours')
FROM generate_series(1, %(experts)s) n CROSS JOIN generate_series(-90, 28) d
CROSS JOIN LATERAL (SELECT day_start(app_today() + d) + interval '11 hours' AS at) x WHERE (n + d) %% 7 = 0;
"""
FREE = "SELECT count(DISTINCT expert_id), count(*) FROM expert_free(ARRAY(SELECT id FROM expert), app_now(), app_now() + interval '28 days', 60)"


def run(cluster, options, figures):
    with World(Database.create(cluster), options.directory) as world:
        world.api.start()
        with world.database.transaction() as cursor:
            cursor.execute(FILL, {"unit": world.units["county"], "experts": EXPERTS})
        tidy(world)
        connection = world.database.connect("api")
        with connection.cursor() as cursor:
            measure(figures, lambda: slots(cursor), f"free times of {EXPERTS} experts in 4 weeks", FREE_MS, lambda found: found[0] == EXPERTS)
        connection.close()
        client = world.client("experts", checked=False)
        day = world.database.value("SELECT utc_text(day_start(app_today() + 8))"), world.database.value("SELECT utc_text(day_start(app_today() + 9))")
        for query, what in (({"area": "cancer", "task": "lecture", "language": "fi"}, "by area, task and language"), ({"limit": 50}, "50 of all"),
                            ({"area": "cancer", "from": day[0], "until": day[1]}, "by area, free on a day"),
                            ({"from": day[0], "until": day[1], "minutes": 120, "limit": 50}, "50 of all, free on a day")):
            measure(figures, lambda query=query: client.get("/v1/experts", params=query, expect=200).json()["items"], f"search of experts: {what}", SEARCH_MS, len)


def slots(cursor):
    cursor.execute(FREE)
    return cursor.fetchone()


def measure(figures, ask, what, most, is_right):
    ask()
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        found = ask()
        seconds.append(time.perf_counter() - began)
    middle, worst = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=20)[-1] * 1000
    figures.goal(what, f"{middle:.1f} ms, 95 %: {worst:.1f} ms", bool(is_right(found)) and middle <= most, f"{most} ms")
