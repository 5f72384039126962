"""
Rules for SQL: one clock, and conflicts that swallow no constraint.
"""

import re

# Dumped by pg_dump, compared by check-sql.
GENERATED = {"sql/schema.sql"}
CLOCK = re.compile(r"(?<![a-z_])(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|"
                   r"\b(current_timestamp|current_date|current_time|localtime|localtimestamp)\b", re.IGNORECASE)
ANY_CONFLICT = re.compile(r"\bON\s+CONFLICT\s+DO\s+NOTHING\b", re.IGNORECASE)
EXCUSE = re.compile(r"-- lint: \S+")
FUNCTION_START = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)")
KEYWORD = re.compile(r"(?<![:.\"\w])(select|insert|update|delete|where|from|join|values|returning|order by|group by)\b")
SQL_QUOTED = re.compile(r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*\"""", re.DOTALL)


def one_clock(sources):
    """Time comes from app_now(): only there does now() stand, or where the line says why (`-- lint: …`)."""
    for path in _sql(sources):
        function = ""
        whole = sources.text(path).split("\n")
        for number, line in enumerate(_code(sources.text(path)).split("\n"), 1):
            if match := FUNCTION_START.search(line):
                function = match[1]
            if CLOCK.search(line) and function != "app_now" and not EXCUSE.search(whole[number - 1]):
                yield f"{path}:{number}: time comes from app_now()"
            if line.rstrip().endswith("$$;") or line.strip() == "$$;":
                function = ""


def conflicts_have_a_target(sources):
    """DO NOTHING without a target swallows every constraint, so the line says why it must."""
    for path in _sql(sources):
        for number, line in sources.lines(path):
            if ANY_CONFLICT.search(line) and not re.search(r"--\s*\S+", line):
                yield f"{path}:{number}: ON CONFLICT DO NOTHING without a target and without a reason"


def keywords_are_upper_case(sources):
    for path in _sql(sources):
        for number, line in enumerate(_code(sources.text(path)).split("\n"), 1):
            if match := KEYWORD.search(line):
                yield f"{path}:{number}: keyword '{match[1]}' in lower case"


def migrations_are_numbered(sources):
    """0001_name.sql, 0002_name.sql, …: no gap, no number twice."""
    names = [path.rsplit("/", 1)[1] for path in sources.ending(".sql", under=("sql/migrations/",))]
    for expected, name in enumerate(sorted(names), 1):
        if not re.fullmatch(rf"{expected:04d}_[a-z0-9_]+\.sql", name):
            yield f"sql/migrations/{name}:1: expected a name that begins with {expected:04d}_"


def _sql(sources):
    return [path for path in sources.ending(".sql", under=("sql/",)) if path not in GENERATED]


def _code(text):
    """Without comments and quoted texts; lines stay where they are."""
    return SQL_QUOTED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


RULES = [one_clock, conflicts_have_a_target, keywords_are_upper_case, migrations_are_numbered]
