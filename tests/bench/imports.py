"""
Section imports: the real comments, as many times over as make 100,000 lines, as one body of NDJSON and one of CSV;
then once more, when every line is known.
"""

import statistics
import threading
import time
import uuid

from bench_world import bench_world, tidy

from support.client import Client
from support.imports import COMMENTS, CSV, NDJSON, as_csv, comments, ndjson

LINES = 100_000
ROUNDS = 3
BAD_IN_100 = 1
LINES_PER_SECOND = 15_000
RSS_MB = 60


def run(cluster, options, figures):
    if not COMMENTS.exists():
        figures.note(f"{COMMENTS.name} is not there; this section needs it")
        return
    with bench_world(cluster, options) as world:
        lines = _lines(world)
        rates = []
        for _ in range(ROUNDS):
            rates.append(_import(world, figures, "NDJSON", NDJSON, ndjson(lines), str(uuid.uuid4())))
        _import(world, figures, "CSV", CSV, as_csv(lines), str(uuid.uuid4()))
        key, bad = str(uuid.uuid4()), _with_bad_lines(lines)
        _import(world, figures, f"{BAD_IN_100} % bad lines", NDJSON, bad, key, refused=LINES // 100 * BAD_IN_100)
        _import(world, figures, "the same once more", NDJSON, bad, key, refused=LINES // 100 * BAD_IN_100)
        count = world.database.value("SELECT count(*) FROM feedback")
    figures.goal("import of real comments, lines/s (median)", f"{statistics.median(rates):.0f}",
                 statistics.median(rates) >= LINES_PER_SECOND, f"{LINES_PER_SECOND}")
    figures.goal("API memory while it imports, at most", f"{world.most_rss / 1e6:.1f} MB", world.most_rss <= RSS_MB * 1e6, f"{RSS_MB} MB")
    wanted = LINES * (ROUNDS + 2) - LINES // 100 * BAD_IN_100
    figures.goal("cases beside one for each good line", f"{abs(count - wanted)}", count == wanted, "0")


def _lines(world):
    """LINES voices, told apart by their place: the real comments, again and again."""
    texts = [text for _, text in comments() if text.strip()]
    return [{"unit_id": world.units["ward"], "kind": "concern", "channel": "import", "lang": "en", "text": texts[n % len(texts)]}
            for n in range(LINES)]


def _with_bad_lines(lines):
    """Every hundredth line has a kind that there is not."""
    return ndjson([{**line, "kind": "gossip"} if n % 100 < BAD_IN_100 else line for n, line in enumerate(lines)])


def _import(world, figures, what, kind, body, key, *, refused=0):
    """Lines per second; watches the API's memory meanwhile."""
    tidy(world)
    client, done = Client(world.api, world.keys["caller"]), threading.Event()
    watcher = threading.Thread(target=_watch, args=(world, done))
    watcher.start()
    began = time.monotonic()
    reply = client.post("/v1/imports", raw=body, content_type=kind, idempotency=key, expect=200).json()
    seconds = time.monotonic() - began
    done.set()
    watcher.join()
    if (reply["lines"], reply["refused"]) != (LINES, refused):
        raise RuntimeError(f"import: {reply['lines']} lines, {reply['refused']} refused")
    figures.note(f"{what}: {LINES} lines, {len(body) / 1e6:.0f} MB in {seconds:.1f} s: {LINES / seconds:.0f} lines/s")
    return LINES / seconds


def _watch(world, done):
    world.most_rss = getattr(world, "most_rss", 0)
    while not done.wait(0.05):
        world.most_rss = max(world.most_rss, world.api.rss_bytes())
