"""
Section growth: the rate of POST feedback per second while its table grows from empty.
"""

import contextlib
import threading

import wrk
from bench_world import bench_world, voice

CONNECTIONS = 64
SLICE_SECONDS = 5


def run(cluster, options, figures):
    with bench_world(cluster, options) as world:
        counts = Counts(world.database)
        bodies, rows, spent = [voice(world)], 0, 0
        with counts.sampling():
            while rows < options.grow_rows and spent < options.grow_seconds:
                wrk.load(world.api.url, CONNECTIONS, SLICE_SECONDS, method="POST", paths=["/v1/feedback"], bodies=bodies,
                         key=world.keys["caller"])
                spent += SLICE_SECONDS
                rows = counts.rows()
        rates = counts.rates()
        figures.note("rows/s, each second: " + " ".join(f"{rate:.0f}" for rate in rates))
        third = max(1, len(rates) // 3)
        first, last = (sum(part) / len(part) for part in (rates[:third], rates[-third:]))
        kept = last / first if first else 0
        figures.goal(f"rate of the last third to the first, up to {rows} rows", f"{kept:.2f}", kept >= 0.9, "0.90")


class Counts:
    """Rows by the second, from an index-free place: the sequence that numbers the events, one for each voice."""

    def __init__(self, database):
        self._connection = database.connect()
        self._stop = threading.Event()
        self._samples = []

    def rows(self):
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp()), last_value FROM event_id_seq")
            at, rows = cursor.fetchone()
        self._samples.append((float(at), rows))
        return rows

    @contextlib.contextmanager
    def sampling(self):
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def rates(self):
        """Rows per second between samples; a second in which wrk changed slices is left out."""
        pairs = zip(self._samples, self._samples[1:])
        rates = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairs if after[0] - before[0] > 0.5]
        return [rate for rate in rates if rate > 0]

    def _sample(self):
        while not self._stop.wait(1):
            self.rows()
