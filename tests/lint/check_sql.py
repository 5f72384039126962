#!/usr/bin/python3
"""
What only a database can say of the SQL (make check-sql):

- the migrations run on an empty database, and what they make is what sql/schema.sql says;
- every statement is right, for the database role that runs it and no stronger one;
- no statement of the API reads a growing table from end to end in its generic plan, which is the one that lives on.

With --write it writes sql/schema.sql instead (make schema).
"""

import re
import subprocess
import sys
from pathlib import Path

import psycopg2

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import crowd  # noqa: E402
from support.cluster import Cluster, find_program  # noqa: E402
from support.database import ROLES, Database, migrate  # noqa: E402
from support.programs import ROOT  # noqa: E402
from support.statements import Statements, named_statements, plain_statements  # noqa: E402

SCHEMA = ROOT / "sql" / "schema.sql"
HEADER = "-- What the migrations make, as pg_dump shows it; written by make schema, compared by make check-sql.\n"
# Tables that grow with the voices and are never read from end to end in a request.
GROWING = {"feedback", "giver", "feedback_text", "feedback_words", "message", "step", "event", "contact", "job", "notice", "follow_up",
           "mail", "change", "change_source", "change_publication", "answer_sheet", "answer_text", "survey_link", "audit", "audit_chain",
           "original_read"}
PLANNED = re.compile(r"(WITH|SELECT|INSERT|UPDATE|DELETE|VALUES)\b")
# Monthly partitions depend on the day; the migrations' own table is made before the first of them.
LEFT_OUT = ("event_2*", "schema_migration")
NOISE = re.compile(r"^(\\(un)?restrict .*|-- Dumped .*|--|-- (Name|PostgreSQL).*|SET .*|SELECT pg_catalog\.set_config.*)\n", re.MULTILINE)


def main():
    with Cluster.private() as cluster:
        cluster.create_database("check")
        database = Database(cluster, "check")
        migrate(database)
        schema = dump(database)
        if "--write" in sys.argv[1:]:
            SCHEMA.write_text(schema, encoding="utf-8")
            return 0
        crowd.fill(database)
        findings = [*check_schema(schema), *check_queries(database), *check_plain(database)]
    for finding in findings:
        print(finding)
    print(f"{len(named_statements())} statements of the API: {len(findings)} findings")
    return 1 if findings else 0


def dump(database):
    """The schema with rights, without what differs from day to day or from one pg_dump to the next."""
    options = [option for table in LEFT_OUT for option in ("-T", table)]
    done = subprocess.run([find_program("pg_dump"), "--schema-only", "--no-owner", *options, database.conninfo()],
                          capture_output=True, text=True, check=True)
    return HEADER + re.sub(r"\n{2,}", "\n\n", NOISE.sub("", done.stdout)).rstrip() + "\n"


def check_schema(schema):
    known = SCHEMA.read_text(encoding="utf-8") if SCHEMA.exists() else ""
    if known != schema:
        wrong = next((n for n, (a, b) in enumerate(zip(known.split("\n"), schema.split("\n")), 1) if a != b), len(known.split("\n")))
        yield f"sql/schema.sql:{wrong}: is not what the migrations make: run make schema"


def check_queries(database):
    """Each statement as the API's role, and its generic plan."""
    growing = GROWING | event_partitions(database)
    for name, statement in sorted(named_statements().items()):
        connection = database.connect("api")
        statements = Statements(connection)
        try:
            for plan in statements.generic_plans(name):
                for table in sorted(set(scanned(plan)) & growing):
                    yield f"{statement.file}: {name} reads all of {table} in its generic plan"
        except psycopg2.Error as error:
            yield f"{statement.file}: {name}: {first_line(error)}"
        finally:
            connection.close()


def event_partitions(database):
    """Those with events: the plan for an empty one is made anew when it has been analyzed with its first rows."""
    rows = database.rows("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND reltuples > 0")
    return {name for name, in rows}


def check_plain(database):
    """Statements of workers and of the admin command: at least one of their roles may run each."""
    for folder, roles in (("sql/jobs", ("worker", "mailer")), ("sql/admin", ("owner",))):
        found = [plain_errors(database, role, folder) for role in roles]
        for name in sorted(set.intersection(*(set(errors) for errors in found))):
            yield f"{folder}: {name}: {' · '.join(sorted({errors[name] for errors in found}))}"


def plain_errors(database, role, folder):
    """{statement: what is wrong with it for this role}. What cannot be planned, such as LISTEN, is run first."""
    errors = {}
    connection = database.connect(role)
    connection.autocommit = False  # what is made for the transaction stays until its end
    statements = Statements(connection)
    for statement in sorted(plain_statements(folder), key=lambda one: bool(PLANNED.match(one.sql))):
        connection.cursor().execute("SAVEPOINT before")
        try:
            if PLANNED.match(statement.sql):
                statements.explain(statement)
            else:
                connection.cursor().execute(statement.sql)
        except psycopg2.Error as error:
            errors[statement.name] = f"{first_line(error)} ({ROLES[role]})"
            connection.cursor().execute("ROLLBACK TO before")
    connection.close()
    return errors


def scanned(plan):
    """The tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from scanned(part)


def first_line(error):
    return str(error).strip().split("\n", maxsplit=1)[0]


if __name__ == "__main__":
    sys.exit(main())
