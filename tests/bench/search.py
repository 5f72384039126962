"""
Section search: the first page of a search over many cases, for words of every frequency and for the combinations that are hard;
and what searching costs the others.
"""

import collections
import json
import random
import statistics
import threading
import time

import psycopg2.extras
import wrk
from bench_world import bench_world, tidy, voice

from support.programs import ROOT
from support.words import forms

TEXTS = 20_000  # different ones; each is the text of many cases
YEARS = 3
FIRST_PAGE_MS = 100
KEPT = 0.8
SEARCHERS = 4
CONNECTIONS = 64
# Words that no text has by itself → which texts have them. Of two words the halves never meet, nor do the fifths.
MARKED = {"parillinenx": lambda n: n % 2 == 0, "paritonx": lambda n: n % 2 == 1, "viidesx": lambda n: n % 5 == 0,
          "kuudesx": lambda n: n % 5 == 1, "sadasx": lambda n: n % 100 == 7, "vanhax": lambda n: n >= TEXTS - TEXTS // 20,
          "ainoax": lambda n: n == 4711}
HARD = ["parillinenx paritonx", "viidesx kuudesx", "parillinenx viidesx", "parillinenx ainoax", "parillinenx or paritonx",
        "parillinenx -viidesx", "-parillinenx", "vanhax", "vanhax parillinenx", "vanhax viidesx", "sadasx", "sadasx viidesx",
        "ainoax", "tuntematonx"]
ROWS = """
    INSERT INTO feedback (id, unit_id, kind, channel, lang, received_on)
    SELECT md5(n::text)::uuid, md5('u' || 1 + n %% 50)::uuid, (ARRAY['concern', 'thanks', 'idea'])[1 + n %% 3], 'web', 'fi',
        app_today() - (n::bigint * 365 * %(years)s / %(rows)s)::integer
    FROM generate_series(1, %(rows)s) n
"""
SAID = """
    INSERT INTO feedback_text (feedback_id, original)
    SELECT md5(n::text)::uuid, t.said FROM generate_series(1, %(rows)s) n JOIN bench_text t ON t.place = %(text)s
"""
WORDS = """
    INSERT INTO feedback_words (feedback_id, received_on, lang, spots, text_length, words)
    SELECT f.id, f.received_on, 'fi', t.spots, length(t.said), (t.words || ' ' || search_marks(f, u.path)::text)::tsvector
    FROM generate_series(1, %(rows)s) n
    JOIN feedback f ON f.id = md5(n::text)::uuid
    JOIN unit u ON u.id = f.unit_id
    JOIN bench_text t ON t.place = %(text)s
"""
# The oldest texts go to the oldest cases.
TEXT_OF = "CASE WHEN n > %(rows)s * 19 / 20 THEN {old} + n %% {some} ELSE n %% {old} END".format(old=TEXTS - TEXTS // 20, some=TEXTS // 20)


def run(cluster, options, figures):
    with bench_world(cluster, options, STATEMENT_TIMEOUT_MS=60000) as world:
        counts = fill(world, options.search_rows, figures)
        _first_pages(world, options.search_rows, counts, figures)
        _limited(world, counts, figures)
        _beside_others(world, options, counts, figures)


def fill(world, rows, figures):
    """The cases and their index; returns how many texts have a word."""
    began = time.monotonic()
    texts = make_texts()
    found = forms(texts)
    connection = world.database.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("INSERT INTO unit (id, parent_id, path, name) SELECT md5('u' || n)::uuid, u.id, u.path || md5('u' || n)::uuid, '{\"fi\": \"U\"}'"
                       " FROM unit u, generate_series(1, 50) n WHERE u.id = %s::uuid", (world.units["hospital"],))
        cursor.execute("CREATE TEMPORARY TABLE bench_text (place integer PRIMARY KEY, said text, words text, spots integer[])")
        psycopg2.extras.execute_values(
            cursor, "INSERT INTO bench_text VALUES %s", [(n, text, *one) for n, (text, one) in enumerate(zip(texts, found))],
            template="(%s, %s, concat_ws(' ', %s, stemmed(%s::tsvector, 'fi')::text), %s::integer[])", page_size=1000)
        index = world.database.value("SELECT pg_get_indexdef('feedback_words_index'::regclass)")
        cursor.execute("ANALYZE bench_text; DROP INDEX feedback_words_index")
        for sql in (ROWS, SAID, WORDS):
            cursor.execute(sql.replace("%(text)s", TEXT_OF), {"rows": rows, "years": YEARS})
        cursor.execute(index)
    connection.close()
    tidy(world)
    size = world.database.value("SELECT pg_size_pretty(pg_total_relation_size('feedback_words'))")
    figures.note(f"{rows} cases in {time.monotonic() - began:.0f} s; words and their index: {size}")
    counts = collections.Counter(form for known, _, _ in found for form in {part.split(":")[0].strip("'") for part in known.split()})
    return {form: count / TEXTS for form, count in counts.items()}


def make_texts():
    """Sentences of the demo county, shuffled, with the marked words among them."""
    demo = json.loads((ROOT / "sql" / "demo" / "voices.json").read_text(encoding="utf-8"))
    sentences = sorted({part.strip() for one in demo if one["lang"] == "fi" and one.get("text") for part in one["text"].split(".") if part.strip()})
    chance = random.Random(3)
    return [". ".join([*chance.sample(sentences, 3), *(word for word, has in MARKED.items() if has(n)), f"nro{n}x"]) for n in range(TEXTS)]


def by_frequency(counts):
    """Real words: the commonest, and one near each of these shares of all cases."""
    ordered = sorted(counts, key=counts.get, reverse=True)
    near = [min(ordered, key=lambda word, share=share: abs(counts[word] - share)) for share in (0.5, 0.2, 0.05, 0.02, 0.011, 0.0095, 0.005, 0.001)]
    return list(dict.fromkeys([*ordered[:3], *near]))


def _first_pages(world, rows, counts, figures):
    slowest = {"word": 0, "combination": 0}
    for text in [*by_frequency(counts), *HARD]:
        took, page = _time(world, text)
        kind = "combination" if " " in text else "word"
        slowest[kind] = max(slowest[kind], took)
        share = f"{counts[text]:.1%} of cases" if text in counts else ""
        figures.note(f"{took:7.1f} ms  {text:<28}{page['order'] or 'nothing':<8}{page['matches'] if page['matches'] is not None else '':<8}{share}")
    figures.goal(f"first page over {rows} cases, warm: slowest word", f"{slowest['word']:.0f} ms", slowest["word"] <= FIRST_PAGE_MS, f"{FIRST_PAGE_MS} ms")
    figures.note(f"{slowest['combination']:7.1f} ms  the slowest combination of words")


def _limited(world, counts, figures):
    """A caller that sees one unit of fifty; filters; and what is not bounded."""
    unit = world.database.value("SELECT md5('u7')::uuid::text")
    common = by_frequency(counts)[0]
    for what, text, filters in [("in one unit of 50", common, {"unit_id": unit}), ("in one unit of 50", "parillinenx paritonx", {"unit_id": unit}),
                                ("one kind", "parillinenx", {"kind": "idea"}), ("a state that none has", "parillinenx", {"state": "answered"}),
                                ("two words that never follow", '"viidesx parillinenx"', {})]:
        took, page = _time(world, text, **filters)
        figures.note(f"{took:7.1f} ms  {text} ({what}): {len(page['items'])} shown")


def _time(world, text, runs=7, **filters):
    """Milliseconds of a first page, the median of warm runs, and the page."""
    client = world.client("caller", checked=False)
    took = []
    for _ in range(runs + 2):
        began = time.monotonic()
        reply = client.get("/v1/feedback/search", params={"text": text, **filters})
        took.append((time.monotonic() - began) * 1000)
        assert reply.status_code == 200, reply.text
    return statistics.median(took[2:]), reply.json()


def _beside_others(world, options, counts, figures):
    ids = [row[0] for row in world.database.rows("SELECT md5(n::text)::uuid::text FROM generate_series(1, 1000) n")]
    loads = {"GET one": {"paths": [f"/v1/feedback/{one}" for one in ids]},
             "POST feedback": {"method": "POST", "paths": ["/v1/feedback"], "bodies": [voice(world)]}}
    texts = [*by_frequency(counts), *HARD]
    for case, load in loads.items():
        rates = {}
        for searchers in (0, SEARCHERS, 0, SEARCHERS):
            with Searchers(world, texts, searchers) as busy:
                wrk.load(world.api.url, CONNECTIONS, 1, key=world.keys["caller"], **load)
                busy.count = 0
                done = wrk.load(world.api.url, CONNECTIONS, options.seconds, key=world.keys["caller"], program=world.api, **load)
                rates.setdefault(searchers, []).append(done.rate)
            figures.row(f"{case}, {searchers} searching", CONNECTIONS, done, program=world.api)
            if searchers:
                figures.note(f"{busy.count / options.seconds:.1f} searches/s beside it")
        kept = statistics.mean(rates[SEARCHERS]) / statistics.mean(rates[0])
        figures.goal(f"{case}: rate kept while {SEARCHERS} clients search", f"{kept:.2f}", kept >= KEPT, f"{KEPT:.2f}")


class Searchers:
    """So many clients that search without a pause."""

    def __init__(self, world, texts, number):
        self.world, self.texts, self.count = world, texts, 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._search, args=(seed,)) for seed in range(number)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _search(self, seed):
        client, chance = self.world.client("caller", checked=False), random.Random(seed)
        while not self._stop.is_set():
            client.get("/v1/feedback/search", params={"text": chance.choice(self.texts)})
            self.count += 1
