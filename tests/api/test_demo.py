"""The demo data of osallisuus-admin, and what doctor says of a house."""

import json
import socket

import pytest

from support.client import Client
from support.database import Database
from support.programs import MAIL_PUBLIC_KEY, ROOT, SERVER_KEY, Admin, Api, Worker

SETTINGS = {"SERVER_KEY": SERVER_KEY, "MAIL_PUBLIC_KEY": MAIL_PUBLIC_KEY}
FEEDBACK_STATES = {"received", "in_progress", "waiting_giver", "answered", "closed", "referred", "duplicate", "removed", "withdrawn"}
CHANGE_STATES = {"suggested", "under_review", "planned", "in_progress", "made", "verified", "not_effective", "inconclusive",
                 "rejected", "delayed", "abandoned"}


@pytest.fixture(scope="module")
def demo(cluster, tmp_path_factory):
    """A database with the demo data, what the command said, and an API on it."""
    database = Database.create(cluster)
    said = Admin(database, **SETTINGS).run("demo").stdout
    with Api(database, tmp_path_factory.mktemp("demo")) as api:
        yield database, dict(line.split("=", 1) for line in said.splitlines()), api
    database.drop()


def checks(done):
    """What doctor said: {name: (status, text)}."""
    lines = [line.split(None, 1) for line in done.stdout.splitlines()]
    return {rest.split(": ", 1)[0]: (status, rest.split(": ", 1)[1]) for status, rest in lines}


# ---- demo ----


def test_demo_has_a_year_of_voices_in_three_languages_and_every_state(demo):
    database, _, _ = demo
    assert database.value("SELECT count(*) FROM feedback_text") > 390  # of 400: some were removed
    assert {row[0] for row in database.rows("SELECT lang FROM feedback_text")} == {"fi", "sv", "en"}
    assert {row[0] for row in database.rows("SELECT state FROM feedback")} == FEEDBACK_STATES
    assert {row[0] for row in database.rows("SELECT state FROM change")} == CHANGE_STATES
    assert database.value("SELECT app_today() - min(received_on) FROM feedback JOIN feedback_text ON feedback_id = id") > 330
    assert database.value("SELECT max(received_on) = app_today() FROM feedback")
    assert database.value("SELECT count(*) FROM change c WHERE NOT EXISTS (SELECT FROM change_source s WHERE s.change_id = c.id)") == 0


def test_demo_has_published_the_last_two_years_and_what_changed_in_them(demo):
    database, _, api = demo
    for back in (1, 2):
        year = database.value("SELECT extract(year FROM app_today())::integer - %s", back)
        page = Client(api, language="fi").get(f"/reports/{year}", expect=200).text
        assert "palautetta saatiin" in page and "Tätä ei näytetä" not in page
        assert database.value("SELECT count(*) FROM published_change WHERE extract(year FROM day) = %s", year) > 0
    assert database.value("SELECT count(DISTINCT level) FROM published_change") == 6
    assert "huolista johti muutokseen" in Client(api, language="fi").get("/", expect=200).text


def test_demo_has_experts_whose_bookings_are_done_and_paid(demo):
    database, said, api = demo
    assert {row[0] for row in database.rows("SELECT state FROM claim")} == {"open", "submitted", "approved", "exported"}
    assert {row[0] for row in database.rows("SELECT state FROM expert")} == {"active", "on_break"}
    analyst = Client(api, said["KEY_ANALYST"])
    period = {"from": database.value("SELECT (app_today() - 60)::text"), "to": database.value("SELECT (app_today() + 60)::text")}
    assert sum(item["paid"] for item in analyst.all_items("/v1/reports/bookings", **period)) > 0
    assert {item["line"] for item in analyst.all_items("/v1/reports/costs", **period)} == {"staff", "training", "fees", "premises", "feedback_system"}


def test_demo_has_something_to_take_part_in_of_each_kind(demo):
    _, _, api = demo
    items = Client(api, language="fi").get("/v1/opportunities", expect=200).json()["items"]
    assert {item["kind"] for item in items} == {"panel", "session", "consultation", "expert_call"} and len(items) == 6
    page = Client(api, language="fi").get("/opportunities", expect=200).text
    assert all(item["title"]["fi"] in page for item in items) and all(set(item["title"]) == {"fi", "sv", "en"} for item in items)


def test_demo_tells_one_key_for_each_role(demo):
    _, said, api = demo
    assert Client(api, said["KEY_ADMIN"]).get("/v1/units?limit=200", expect=200).json()["items"]
    assert len(Client(api, said["KEY_HANDLER"]).get("/v1/feedback", expect=200).json()["items"]) == 50
    assert Client(api, said["KEY_COORDINATOR"]).get("/v1/changes", expect=200).json()["items"]
    Client(api, said["KEY_ANALYST"]).get("/v1/reports", expect=200)
    Client(api, said["KEY_SUBMIT"]).get("/v1/feedback", expect=403)


def test_demo_shows_a_receipt_that_opens_an_answered_case(demo):
    _, said, api = demo
    case = Client(api, receipt=said["RECEIPT"]).get("/v1/receipt", expect=200).json()
    assert case["state"] == "answered" and case["messages"][-1]["kind"] == "answer"


def test_demo_sends_nothing_old_and_nothing_outside_example_org(demo):
    database, _, _ = demo
    assert database.value("SELECT count(*) FROM mail WHERE state = 'queued' AND queued_on < app_today() - 1") == 0
    for name in ("units.json", "voices.json"):
        text = (ROOT / "sql/demo" / name).read_text(encoding="utf-8")
        assert text.count("@") == text.count("@example.org")
    assert database.value("SELECT count(*) FROM contact") > 50


def test_each_text_of_the_demo_is_its_own(demo):
    database, _, _ = demo
    assert database.value("SELECT count(*) = count(DISTINCT original) FROM feedback_text")
    voices = json.loads((ROOT / "sql/demo/voices.json").read_text(encoding="utf-8"))
    assert len({voice["text"] for voice in voices}) == len(voices) == 400


def test_demo_refuses_a_database_that_has_data(demo):
    database, _, _ = demo
    before = database.value("SELECT count(*) FROM feedback")
    done = Admin(database, **SETTINGS).run("demo", check=False)
    assert done.returncode == 1 and "empty database only" in done.stderr
    assert database.value("SELECT count(*) FROM feedback") == before


def test_demo_needs_the_keys_of_the_service(database):
    done = Admin(database).run("demo", check=False)
    assert done.returncode == 1 and "OSALLISUUS_SERVER_KEY must be set" in done.stderr


# ---- doctor ----


def test_doctor_finds_a_new_house_well_but_without_workers_and_mail(database):
    database.run("UPDATE job SET run_at = app_now()")  # the template that it was copied from may be old
    found = checks(Admin(database).run("doctor"))
    assert {name for name, (status, _) in found.items() if status == "warn"} == {"workers", "mail server"}
    assert {status for status, _ in found.values()} == {"ok", "warn"}


def test_doctor_sees_workers_and_the_mail_server(database, tmp_path, sink):
    with Worker(database, tmp_path, "index", "clock") as worker:
        worker.wait_for(lambda: database.value("SELECT count(*) FROM worker_process"), "sign of life")
        found = checks(Admin(database, SMTP_URL=sink.url).run("doctor"))
    assert found["workers"] == ("ok", "1 alive: clock index")
    assert found["mail server"] == ("ok", f"127.0.0.1 port {sink.port} answers")


def damaged(database, sql):
    """Runs doctor after a statement; the names of the checks that failed."""
    database.run(sql)
    done = Admin(database).run("doctor", check=False)
    failed = {name for name, (status, _) in checks(done).items() if status == "fail"}
    assert done.returncode == (1 if failed else 0)
    return failed


def test_doctor_fails_when_the_api_could_read_contact_data(database):
    assert damaged(database, "GRANT SELECT (address_hash) ON contact TO osallisuus_api") == {"rights"}


@pytest.mark.parametrize("right", [
    "SELECT (original) ON feedback_text TO osallisuus_api", "SELECT ON message TO osallisuus_worker", "SELECT (reason) ON step TO osallisuus_reader",
    "SELECT (text) ON follow_up TO osallisuus_api", "SELECT (receipt_hash) ON giver TO osallisuus_api", "SELECT (original) ON answer_text TO osallisuus_mailer"])
def test_doctor_fails_when_somebody_could_read_what_was_said_or_who_said_it(database, right):
    assert damaged(database, f"GRANT {right}") == {"rights"}


def test_doctor_fails_when_the_api_owns_a_table(database):
    assert damaged(database, "ALTER TABLE rule OWNER TO osallisuus_api") == {"rights"}


def test_doctor_fails_when_a_migration_is_missing(database):
    assert damaged(database, "DELETE FROM schema_migration WHERE number = (SELECT max(number) FROM schema_migration)") == {"schema"}


def test_doctor_fails_on_transaction_ids_from_the_future(database):
    database.run("INSERT INTO event (xid, type, resource, subject, version) VALUES ('900000000000', 'x', 'x', gen_random_uuid(), 1)")
    assert damaged(database, "SELECT 1") == {"events"}


def test_doctor_warns_of_dead_jobs_and_missing_partitions(database):
    database.run("INSERT INTO job (kind, state) VALUES ('noop', 'dead')")
    months = database.rows("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY 1 DESC")
    assert damaged(database, f"DROP TABLE {[name for name, in months if name != 'event_default'][0]}") == set()
    database.run(f"DROP TABLE {[name for name, in months if name != 'event_default'][1]}")
    found = checks(Admin(database).run("doctor"))
    assert found["jobs"][0] == "warn" and found["jobs"][1].startswith("1 dead")
    assert found["partitions"][0] == "warn"


def test_doctor_says_when_the_database_is_away(database):
    away = Admin(database)
    away.settings["DB"] = "host=/nowhere dbname=x"
    done = away.run("doctor", check=False)
    assert done.returncode == 1 and checks(done)["database"][0] == "fail" and "schema" not in checks(done)


def test_doctor_fails_when_nothing_listens_at_the_mail_servers_port(database):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = Admin(database, SMTP_URL=f"smtp://127.0.0.1:{free.getsockname()[1]}").run("doctor", check=False)
    assert done.returncode == 1 and checks(done)["mail server"][0] == "fail"
