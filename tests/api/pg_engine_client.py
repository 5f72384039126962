"""Builds and drives pg_engine_driver.c: the engine alone against a real PostgreSQL, without HTTP."""

import contextlib
import json
import os
import shlex
import subprocess
from pathlib import Path

from support.programs import build_directory

ROOT = Path(__file__).resolve().parents[2]
COMMON = ("arena", "buffer", "clock", "err", "json_out", "log", "sqlstate", "utf8")

UUID, JSONB, BYTEA, TEXT, INT = (["uuid", 2950], ["jsonb", 3802], ["bytea", 17], ["text", 25], ["int", 23])
UUIDS, JSONBS, BYTEAS, TEXTS = (["uuid", 2951], ["jsonb", 3807], ["bytea", 1001], ["text", 1009])

SCHEMA = """
CREATE TABLE schema_migration (number int PRIMARY KEY);
INSERT INTO schema_migration VALUES (1);
CREATE TABLE thing (id uuid PRIMARY KEY, body jsonb, raw bytea, word text,
                    CONSTRAINT thing_word_is_short CHECK (length(word) < 20));
CREATE TABLE place (id int PRIMARY KEY, capacity int NOT NULL);
CREATE TABLE claim (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place_id int NOT NULL REFERENCES place);
CREATE TABLE changing (id int);
CREATE TABLE late (id int, CONSTRAINT late_is_unique UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);
"""

STATEMENTS = {
    "thing_create": {
        "lane": "many", "binds": [UUIDS, JSONBS, BYTEAS, TEXTS],
        "sql": """WITH input AS (SELECT * FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS i (id, body, raw, word, n)),
                  made AS (INSERT INTO thing SELECT id, body, raw, word FROM input ORDER BY id
                           ON CONFLICT (id) DO NOTHING RETURNING *)
                  SELECT i.n AS _n, m.id, m.body, m.raw, m.word, pg_current_xact_id()
                  FROM input i JOIN made m ON m.id = i.id ORDER BY i.n DESC"""},
    "multiply": {"lane": "many", "binds": [TEXTS],
                 "sql": """SELECT i.n AS _n, i.name || g AS name
                           FROM unnest($1) WITH ORDINALITY AS i (name, n), generate_series(1, length(i.name)) g
                           ORDER BY g, i.n DESC"""},
    "without_n": {"lane": "many", "binds": [TEXTS], "sql": "SELECT unnest($1) AS name"},
    "thing_write": {"lane": "write", "binds": [UUID, TEXT],
                    "sql": "INSERT INTO thing (id, word) VALUES ($1, $2) RETURNING pg_current_xact_id()"},
    "thing_get": {"lane": "read", "binds": [UUID], "sql": "SELECT id, body, raw, word FROM thing WHERE id = $1"},
    "thing_touch": {"lane": "write", "binds": [UUID], "sql": "UPDATE thing SET word = 'touched' WHERE id = $1 RETURNING id"},
    "thing_swap": {"lane": "own", "binds": [UUID, UUID], "lock_binds": [1],
                   "lock_sql": "SELECT id FROM thing WHERE id = $1 FOR UPDATE",
                   "sql": "UPDATE thing SET word = 'swapped' WHERE id = $1 AND $2::uuid IS NOT NULL RETURNING id"},
    "thing_name": {"lane": "own", "binds": [UUID, TEXT], "lock_binds": [0],
                   "lock_sql": "SELECT id FROM thing WHERE id = $1 FOR UPDATE",  # the same text as that of thing_swap
                   "sql": "UPDATE thing SET word = $2 WHERE id = $1 RETURNING id"},
    "claim": {"lane": "own", "binds": [INT],
              "lock_sql": "SELECT id FROM place WHERE id = $1 FOR UPDATE", "lock_binds": [0],
              "sql": """INSERT INTO claim (place_id) SELECT p.id FROM place p WHERE p.id = $1
                        AND p.capacity > (SELECT count(*) FROM claim c WHERE c.place_id = p.id) RETURNING id"""},
    "late_write": {"lane": "write", "binds": [INT], "sql": "INSERT INTO late VALUES ($1) RETURNING id"},
    "divide": {"lane": "read", "binds": [INT], "sql": "SELECT 10 / $1 AS quotient"},
    "echo": {"lane": "read", "binds": [TEXT], "sql": "SELECT $1 AS value"},
    "write_in_read": {"lane": "read", "binds": [], "sql": "DELETE FROM claim"},
    "read_setting": {"lane": "read", "binds": [TEXT], "sql": "SELECT current_setting($1)"},
    "write_setting": {"lane": "write", "binds": [TEXT], "sql": "SELECT current_setting($1)"},
    "own_setting": {"lane": "own", "binds": [TEXT], "sql": "SELECT current_setting($1)"},
    "search_setting": {"lane": "search", "binds": [TEXT], "sql": "SELECT current_setting($1)"},
    "read_nap": {"lane": "read", "binds": [INT], "sql": "SELECT pg_sleep($1 / 1000.0)"},
    "write_nap": {"lane": "write", "binds": [INT], "sql": "SELECT pg_sleep($1 / 1000.0)"},
    "own_nap": {"lane": "own", "binds": [INT], "sql": "SELECT pg_sleep($1 / 1000.0)"},
    "forget": {"lane": "write", "binds": [], "sql": "DEALLOCATE ALL"},
    "nowhere": {"lane": "read", "binds": [], "sql": "SELECT * FROM nowhere"},
    "star": {"lane": "read", "binds": [], "sql": "SELECT * FROM changing"},
    "kinds": {"lane": "read", "binds": [],
              "sql": """SELECT 1::smallint AS a, 1 AS b, 1::bigint AS c, 1.5 AS d, 1.5::float8 AS e, true AS f, '{}'::jsonb AS g,
                        '[]'::json AS h, '2026-01-02'::date AS i, '2026-01-02 03:04:05+00'::timestamptz AS j,
                        '\\x00ff'::bytea AS k, 'x' AS l, NULL::uuid AS m"""},
}


def find_or_build(directory):
    """The driver as make built it; otherwise compiled into `directory` with every source it needs, and CFLAGS."""
    built = build_directory() / "test/pg_engine_driver"
    if built.exists():
        return built
    program = Path(directory) / "pg_engine_driver"
    sources = [*sorted(ROOT.glob("api/pg_*.c")), *(ROOT / f"common/{name}.c" for name in COMMON),
               ROOT / "tests/api/pg_engine_driver.c"]
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c17", "-D_GNU_SOURCE", "-O1", "-g", f"-I{ROOT}", "-include", "common/banned.h",
                    "-isystem", "/usr/include/postgresql", *shlex.split(os.environ.get("CFLAGS", "")), "-o", str(program), *map(str, sources),
                    "-levent_core", "-lpq", "-ljansson", "-lm"], check=True, cwd=ROOT)
    return program


class Driver:
    """One engine in a process of its own. Answers come by number, in whatever order the engine gives them."""

    def __init__(self, program, conninfo, **settings):
        environment = {**os.environ, **{name.upper(): str(value) for name, value in settings.items()}}
        self._process = subprocess.Popen([str(program), conninfo], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, env=environment, text=True, bufsize=1)
        self._count = 0
        self._answers = {}
        self.order = []
        self.log = ""
        self._write(*({"statement": {"name": name, **rest}} for name, rest in STATEMENTS.items()))

    def submit(self, *queries):
        """Submits ("name", value, …) queries in one loop turn; their numbers."""
        return self.submit_turns(queries)[0]

    def submit_turns(self, *turns):
        """Several submits that reach the driver together."""
        numbers = []
        for queries in turns:
            numbers.append(range(self._count, self._count + len(queries)))
            self._count += len(queries)
        self._write(*({"submit": [[name, [str(value) if isinstance(value, int) else value for value in values]]
                                  for name, *values in queries]} for queries in turns))
        return numbers

    def answers(self, numbers):
        """Waits for the answers with these numbers."""
        while not all(number in self._answers for number in numbers):
            answer = self._read()
            self._answers[answer["id"]] = answer
            self.order.append(answer["id"])
        return [self._answers[number] for number in numbers]

    def run(self, *queries):
        return self.answers(self.submit(*queries))

    def run_one(self, *query):
        return self.run(query)[0]

    def counts(self):
        """Only when no answer is outstanding."""
        self._write({"counts": True})
        return self._read()

    def ready(self):
        """Returns when the engine is ready."""
        self._write({"ready": True})
        assert self._read() == {"ready": True}
        return self

    def logged(self, event):
        """Waits until a line with this event is logged."""
        for line in self._process.stderr:
            self.log += line
            if json.loads(line)["event"] == event:
                return json.loads(line)
        raise AssertionError(f"the driver ended without logging {event}")

    def close(self):
        """Frees the engine; what had not been answered yet."""
        output, errors = self._process.communicate(timeout=60)
        self.log += errors
        assert self._process.returncode == 0, errors
        return [json.loads(line) for line in output.splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if kind is not None:
            self._process.kill()
        self._process.communicate(timeout=60) if self._process.returncode is None else None

    def _write(self, *lines):
        with contextlib.suppress(BrokenPipeError):  # it has ended, as who reads next is told
            self._process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
            self._process.stdin.flush()

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(f"the driver has ended: {self._process.stderr.read()}")
        return json.loads(line)
