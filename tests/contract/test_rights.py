"""
Who may read what: rights.csv says it for every column of every table, and each of these roles tries each of them. A column that is
new has no row, and fails; so does a function that reads with more rights than its caller has.
"""

import csv
from pathlib import Path

import psycopg2
import pytest

from support.database import Database

TABLE = Path(__file__).parent / "rights.csv"
ROLES = ("api", "worker", "mailer", "reader", "text", "giver")
# Partitions are read through their table; which migration was run is nobody's secret.
COLUMNS = """
    SELECT c.relname, a.attname
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
    ORDER BY c.relname, a.attname
"""
# Functions that run with the rights of their owner; a trigger's cannot be called.
FUNCTIONS = """
    SELECT p.proname || '()', pg_get_userbyid(p.proowner)
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND p.prorettype <> 'trigger'::regtype
"""


def expected():
    """{(table or function(), column): set of roles}"""
    rights = {}
    with open(TABLE, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for column in row["columns"].split():
                assert (row["table"], column) not in rights, f"{row['table']}.{column} stands twice"
                rights[row["table"], column] = set(row["roles"].split())
    return rights


@pytest.fixture(scope="module")
def database(cluster):
    made = Database.create(cluster)
    yield made
    made.drop()


def readable(database):
    """What each role can read, found by trying; the shape of expected()."""
    rights = {key: set() for key in database.rows(COLUMNS)}
    connection = database.connect()
    with connection.cursor() as cursor:
        for role in ROLES:
            cursor.execute(f"SET ROLE osallisuus_{role}")
            for table, column in rights:
                try:
                    cursor.execute(f'SELECT "{column}" FROM "{table}" LIMIT 0')
                    rights[table, column].add(role)
                except psycopg2.errors.InsufficientPrivilege:
                    pass  # the rights are what is asked for
            cursor.execute("RESET ROLE")
    connection.close()
    return rights


def callable_functions(database):
    """{(function(), owner): roles that may call it}; of functions that run as somebody else."""
    return {(name, owner.replace("osallisuus_", "") if owner.startswith("osallisuus_") else "owner"): {
        role for role in ROLES if database.value(
            "SELECT bool_or(has_function_privilege(%s, p.oid, 'EXECUTE')) FROM pg_proc p WHERE p.proname || '()' = %s",
            f"osallisuus_{role}", name)} for name, owner in database.rows(FUNCTIONS)}


def test_each_role_reads_what_it_must_and_nothing_else(database):
    found, wanted = {**readable(database), **callable_functions(database)}, expected()
    wrong = {key: f"{' '.join(sorted(found.get(key, ['is not there']))) or 'nobody'}, not "
                  f"{' '.join(sorted(wanted.get(key, ['a row of rights.csv']))) or 'nobody'}"
             for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)}
    assert wrong == {}


@pytest.mark.parametrize("table, column", [
    ("feedback_text", "original"), ("feedback_text", "masked"), ("answer_text", "original"), ("message", "text"), ("step", "reason")])
def test_what_was_said_is_for_the_role_of_texts_alone(database, table, column):
    assert readable(database)[table, column] == {"text"}


def test_who_a_giver_is_is_for_the_role_of_givers_alone(database):
    rights = readable(database)
    assert rights["giver", "receipt_hash"] == {"giver"}
    assert [key for key, roles in rights.items() if "giver" in roles and key[0] != "giver"] == []


def test_contact_data_is_for_the_mailer_alone(database):
    rights = readable(database)
    assert rights["contact", "sealed"] == rights["survey_link", "sealed"] == {"mailer"}


@pytest.mark.parametrize("owner", ["text", "giver"])
def test_the_roles_of_texts_and_givers_are_nobodys_login_and_no_role_of_the_service_is_of_them(database, owner):
    assert database.rows("SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", f"osallisuus_{owner}") == [
        (False, False, False)]
    assert not [role for role in (*ROLES[:4], "all") if database.value(
        "SELECT pg_has_role(%s, %s, 'MEMBER')", f"osallisuus_{role}", f"osallisuus_{owner}")]


def test_the_api_can_write_what_was_said_and_cannot_read_it_back(database):
    connection = database.connect("api")
    with connection.cursor() as cursor:
        for sql in ("INSERT INTO feedback_text (feedback_id, original) VALUES (gen_random_uuid(), 'x') RETURNING original",
                    "SELECT * FROM feedback_text", "SELECT t FROM feedback_text t", "UPDATE feedback_text SET original = 'y'",
                    "INSERT INTO original_read (id, feedback_id, caller_id, purpose) SELECT id, id, id, 'x' FROM feedback",
                    "SELECT receipt_hash FROM giver", "SELECT * FROM giver", "UPDATE giver SET receipt_hash = ''", "DELETE FROM giver",
                    "INSERT INTO giver (feedback_id, receipt_hash) SELECT id, '' FROM feedback RETURNING receipt_hash",
                    "DELETE FROM original_read", "UPDATE original_read SET purpose = 'x'"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(sql)
    connection.close()
