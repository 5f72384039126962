"""
The named statements of sql/queries on a connection of their own, without the API: what each does, and how it is planned.

    statements = Statements(database.connect("api"))
    statements.run("feedback_get", id=case, caller_units=None)       → list of rows as dicts
    statements.run_many("feedback_create", [{…}, {…}])               one execution for several requests
"""

import functools
import json
import re
import sys

import psycopg2.extras

from support.programs import ROOT

sys.path.insert(0, str(ROOT / "openapi"))

from compiler import sql_text  # noqa: E402
from compiler.plain_sql import DIRECTIVES as PLAIN_DIRECTIVES  # noqa: E402
from compiler.report import Mistakes  # noqa: E402
from compiler.statement import DIRECTIVES  # noqa: E402


class Named:
    """One statement: its SQL with $n, and for each n its name and type; lock is the same for what stands before it."""

    def __init__(self, block):
        mistakes = Mistakes()
        self.name = block.name
        self.file = block.where.file
        self.lane = block.directives.get("lane", ("",))[0]
        self.sql, self.types = _bound(block.run, self.file, mistakes)
        self.lock_sql, self.lock_types = _bound(block.lock, self.file, mistakes) if block.lock else (None, {})
        if mistakes:
            raise ValueError("\n".join(mistakes.lines()))


@functools.cache
def named_statements():
    """All statements of sql/queries: {name: Named}."""
    return {one.name: one for one in _read("sql/queries", DIRECTIVES)}


@functools.cache
def plain_statements(folder):
    """All statements of sql/jobs or sql/admin, as a list of Named."""
    return _read(folder, PLAIN_DIRECTIVES)


class Statements:
    """Prepares on first use; closed by whoever opened the connection."""

    def __init__(self, connection):
        self.connection = connection
        self.prepared = set()

    def run(self, name, **values):
        """One request; what is not given is NULL. Text forms are fine; dicts become jsonb."""
        statement = named_statements()[name]
        unknown = values.keys() - statement.types.keys() - statement.lock_types.keys()
        assert not unknown, f"{name} has no {unknown}"
        if statement.lane == "many":
            return self.run_many(name, [values])
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute("BEGIN")
            try:
                if statement.lock_sql:
                    self._execute(cursor, name + "_lock", (statement.lock_sql, statement.lock_types), values)
                self._execute(cursor, name, (statement.sql, statement.types), values)
                rows = [dict(row) for row in cursor.fetchall()] if cursor.description else []
                cursor.execute("COMMIT")
            except psycopg2.Error:
                cursor.execute("ROLLBACK")
                raise
        return rows

    def run_many(self, name, requests):
        """One execution of a statement of lane many; the rows in the order of the requests."""
        statement = named_statements()[name]
        arrays = {key: [request.get(key) for request in requests] for key in statement.types}
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            self._execute(cursor, name, (statement.sql, statement.types), arrays)
            return sorted((dict(row) for row in cursor.fetchall()), key=lambda row: row["_n"])

    def generic_plans(self, name):
        """The generic plans of a statement and of its lock, as EXPLAIN's JSON. Rights are checked too."""
        statement = named_statements()[name]
        plans = [self._plan(name + "_lock", statement.lock_sql, statement.lock_types)] if statement.lock_sql else []
        return [*plans, self._plan(name, statement.sql, statement.types)]

    def explain(self, statement):
        """Plans a Named; what is wrong with it, or not allowed, is raised."""
        return self._plan(statement.name, statement.sql, statement.types)

    def _plan(self, name, sql, types):
        with self.connection.cursor() as cursor:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            self._prepare(cursor, name, sql, types)
            nulls = f" ({', '.join(['NULL'] * len(types))})" if types else ""
            cursor.execute(f"EXPLAIN (FORMAT JSON) EXECUTE {name}{nulls}")
            return cursor.fetchone()[0][0]["Plan"]

    def _prepare(self, cursor, name, sql, types):
        if name not in self.prepared:
            kinds = f" ({', '.join(types.values())})" if types else ""
            cursor.execute(f"PREPARE {name}{kinds} AS {sql}")
            self.prepared.add(name)

    def _execute(self, cursor, name, prepared, values):
        sql, types = prepared
        self._prepare(cursor, name, sql, types)
        marks = f" ({', '.join(['%s'] * len(types))})" if types else ""
        cursor.execute(f"EXECUTE {name}{marks}", [literal(values.get(key)) for key in types])


def literal(value):
    """The text form that PostgreSQL reads for the parameter's type; None stays NULL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "{" + ",".join("NULL" if item is None else _quoted(literal(item)) for item in value) + "}"
    return None if value is None else str(value)


def _quoted(text):
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _read(folder, directives):
    mistakes = Mistakes()
    blocks = sql_text.read_blocks(ROOT, folder, directives, mistakes)
    if mistakes:
        raise ValueError("\n".join(mistakes.lines()))
    return [Named(block) for block in blocks.values()]


def _bound(body, file, mistakes):
    numbers = {}
    sql, uses = sql_text.bind(body, file, numbers, mistakes)
    casts = {use.name: use.cast for use in reversed(uses)}
    return sql, {name: casts[name] for name in numbers}
