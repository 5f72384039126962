"""osallisuus-admin: migrations, states, keys, new secrets."""

import itertools
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.client import Client
from support.database import Database
from support.programs import ROOT, Admin

NUMBERS = itertools.count(1)
MIGRATIONS = sorted(path.name for path in (ROOT / "sql/migrations").glob("*.sql"))


@pytest.fixture
def empty_database(cluster, request):
    """A database without a schema."""
    made = Database(cluster, f"empty_{id(request)}_{next(NUMBERS)}")
    cluster.create_database(made.name)
    yield made
    made.drop()


@pytest.fixture
def sql(tmp_path):
    """A copy of sql/ that the test may change."""
    return shutil.copytree(ROOT / "sql", tmp_path / "sql")


def refused(admin, *arguments):
    """The one line that a refused command says."""
    done = admin.run(*arguments, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


# ---- migrate ----


def test_status_tells_what_is_to_be_applied_and_changes_nothing(empty_database):
    said = Admin(empty_database).run("migrate", "--status").stdout
    assert [line.split()[-1] for line in said.splitlines()] == MIGRATIONS
    assert said.count("to be applied") == len(MIGRATIONS)
    assert empty_database.value("SELECT to_regclass('schema_migration')") is None


def test_migrate_applies_everything_once(empty_database):
    admin = Admin(empty_database)
    assert f"{len(MIGRATIONS)} applied now" in admin.run("migrate").stdout
    assert "0 applied now" in admin.run("migrate").stdout
    assert "to be applied" not in admin.run("migrate", "--status").stdout
    rows = empty_database.rows("SELECT number, name, length(checksum) FROM schema_migration ORDER BY number")
    assert rows == [(number, name, 32) for number, name in enumerate(MIGRATIONS, 1)]


def test_two_migrations_at_once_apply_each_file_once(empty_database):
    admin = Admin(empty_database)
    with ThreadPoolExecutor(2) as pool:
        said = [run.result().stdout for run in [pool.submit(admin.run, "migrate") for _ in range(2)]]
    assert sorted(text.count("applied 0") for text in said) == [0, len(MIGRATIONS)]


def test_a_file_that_was_changed_after_it_was_applied_is_refused(database, sql):
    with open(sql / "migrations" / MIGRATIONS[1], "a", encoding="utf-8") as file:
        file.write("-- one more line\n")
    assert f"{MIGRATIONS[1]} has changed since it was applied" in refused(Admin(database), "migrate", "--dir", str(sql))


def test_a_gap_in_the_numbers_is_refused_before_anything_is_applied(empty_database, sql):
    (sql / "migrations" / MIGRATIONS[1]).unlink()
    assert "its number should be 0002" in refused(Admin(empty_database), "migrate", "--dir", str(sql))
    assert empty_database.value("SELECT to_regclass('schema_migration')") is None


def test_a_database_that_is_newer_than_the_files_is_refused(database, sql):
    (sql / "migrations" / MIGRATIONS[-1]).unlink()
    assert "the database is newer than these files" in refused(Admin(database), "migrate", "--dir", str(sql))


def test_a_migration_that_fails_leaves_nothing_behind_and_names_its_line(database, sql):
    name = f"{len(MIGRATIONS) + 1:04d}_broken.sql"
    (sql / "migrations" / name).write_text("CREATE TABLE half_done (id integer);\nSELECT nonsense;\n", encoding="utf-8")
    said = refused(Admin(database), "migrate", "--dir", str(sql))
    assert name in said and "line 2" in said and "nonsense" in said
    assert database.value("SELECT to_regclass('half_done')") is None
    assert database.value("SELECT count(*) FROM schema_migration") == len(MIGRATIONS)


def test_the_transitions_of_a_database_are_those_of_the_files(database, sql):
    wanted = set()
    for path in (ROOT / "sql/states").glob("*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            from_state, to_state, who, reason = line.split(",")
            wanted.add((path.stem, from_state, to_state, who, reason == "yes"))
    present = "SELECT resource, from_state, to_state, who, reason FROM transition"
    assert set(database.rows(present)) == wanted
    (sql / "states/panel.csv").unlink()
    Admin(database).run("migrate", "--dir", str(sql))
    assert set(database.rows(present)) == {row for row in wanted if row[0] != "panel"}


def test_a_line_of_states_that_cannot_be_read_is_named(database, sql):
    (sql / "states/panel.csv").write_text("from,to,who,reason\nproposed,active,owner\n", encoding="utf-8")
    assert "panel.csv:2: not from,to,who,reason" in refused(Admin(database), "migrate", "--dir", str(sql))


# ---- keys ----


def test_a_new_key_opens_the_api_and_a_revoked_one_does_not(world):
    key = world.admin.run("key", "create", "--name", "Verkkolomake", "--scopes", "admin").stdout.strip()
    assert re.fullmatch(r"osal_[0-9a-f]{32}_[A-Za-z0-9_-]{43}", key)
    world.wait_for_keys()
    Client(world.api, key).get("/v1/units", expect=200)
    listed = world.admin.run("key", "list").stdout
    number = re.search(r"^(\S+)\tVerkkolomake\tadmin\t-\t", listed, re.MULTILINE)[1]
    assert key.split("_", 2)[2] not in listed and number.replace("-", "") == key.split("_", 2)[1]
    assert world.admin.run("key", "revoke", number).stdout == f"revoked {number}\n"
    world.wait_for_keys()
    assert not world.knows(key)


def test_a_key_is_limited_to_its_units_and_its_days(database):
    database.run("INSERT INTO unit (id, path, name) VALUES ('00000000-0000-0000-0000-000000000001', '{}', '{\"fi\": \"A\"}')")
    unit = "00000000-0000-0000-0000-000000000001"
    Admin(database).run("key", "create", "--name", "x", "--scopes", "feedback:read,feedback:handle", "--units", unit,
                        "--expires", "2030-12-31")
    row = database.rows("SELECT scopes, unit_ids::text, expires_on::text, length(secret_hash) FROM api_key")
    assert row == [(["feedback:read", "feedback:handle"], f"{{{unit}}}", "2030-12-31", 32)]


@pytest.mark.parametrize("arguments, said", [
    (["--name", "x", "--scopes", "nonsense"], "one of the scopes is not known"),
    (["--name", "x", "--scopes", "admin", "--units", "00000000-0000-0000-0000-000000000009"], "units does not exist"),
    (["--name", "x", "--scopes", "admin", "--expires", "soon"], "takes a day"),
])
def test_a_key_that_cannot_be_is_refused(database, arguments, said):
    assert said in refused(Admin(database), "key", "create", *arguments)
    assert database.value("SELECT count(*) FROM api_key") == 0


def test_revoking_a_key_that_is_not_there_fails(database):
    missing = "00000000-0000-0000-0000-000000000009"
    assert f"there is no key {missing}" in refused(Admin(database), "key", "revoke", missing)


# ---- the command itself ----


def test_new_secrets_are_settings_and_never_the_same(database):
    admin = Admin(database)
    first, second = (admin.run("mail-key", "new").stdout for _ in range(2))
    form = r"OSALLISUUS_MAIL_PUBLIC_KEY=[0-9a-f]{64}\nOSALLISUUS_MAIL_SECRET_KEY=[0-9a-f]{64}\n"
    assert re.fullmatch(form, first) and re.fullmatch(form, second) and first != second
    assert re.fullmatch(r"OSALLISUUS_SERVER_KEY=[0-9a-f]{64}\n", admin.run("server-key", "new").stdout)


@pytest.mark.parametrize("arguments", [
    [], ["fly"], ["migrate", "--fast"], ["migrate", "now"], ["migrate", "--dir"], ["key"], ["key", "create", "--name", "x"],
    ["key", "revoke", "that"], ["key", "create", "--name", "x", "--scopes", "admin}"], ["server-key"], ["doctor", "me"],
])
def test_a_command_that_is_not_understood_says_how_it_is_called(database, arguments):
    done = Admin(database).run(*arguments, check=False)
    assert done.returncode == 2 and "osallisuus-admin" in done.stderr and done.stdout == ""


def test_help_names_every_command_and_setting(database):
    said = Admin(database).run("--help").stdout
    for word in ("migrate", "key create", "mail-key", "server-key", "demo", "doctor", "OSALLISUUS_DB", "OSALLISUUS_SQL_DIR"):
        assert word in said
