"""The pipeline engine against a real PostgreSQL: batches, their failures, locks, and what a query gets back."""

import json
import uuid

import pytest

from pg_engine_client import SCHEMA, Driver, find_or_build


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return find_or_build(tmp_path_factory.mktemp("pg_engine"))


@pytest.fixture(scope="module")
def conninfo(cluster):
    name = f"engine_{uuid.uuid4().hex[:12]}"
    cluster.create_database(name)
    cluster.execute(SCHEMA, database=name)
    yield cluster.conninfo(name)
    cluster.drop_database(name)


@pytest.fixture
def session(cluster, conninfo):
    """Another client of the same database, in autocommit mode."""
    connection = cluster.connect(conninfo.split("dbname=")[1].split()[0])
    yield connection.cursor()
    connection.close()


@pytest.fixture
def driver(program, conninfo):
    with Driver(program, conninfo) as made:
        yield made.ready()
        assert made.close() == [], "an answer was left over"


def new_id():
    return {"hex": uuid.uuid4().hex}


def transactions(answers):
    """The transaction ids, which the statements return in their last column."""
    return {answer["rows"][0][-1] for answer in answers}


def wait_for(cursor, question):
    """Asks until the answer is yes."""
    while True:
        cursor.execute(question)
        if cursor.fetchone()[0]:
            return


# ---- batches ----


def test_queries_of_one_turn_share_one_transaction_and_come_back_in_order(driver):
    numbers = driver.submit(*(("thing_write", new_id(), f"w{n}") for n in range(40)))
    answers = driver.answers(numbers)
    assert len(transactions(answers)) == 1
    assert driver.order == list(numbers)
    assert driver.counts() == {"batches": 1, "queries": 40, "replays": 0, "reconnects": 0, "timeouts": 0, "refused": 0,
                               "waiting": 0}


def test_different_statements_of_one_turn_share_one_transaction(driver):
    answers = driver.run(("thing_create", new_id(), "{}", None, "a"), ("thing_write", new_id(), "b"),
                         ("thing_create", new_id(), "{}", None, "c"))
    assert len(transactions(answers)) == 1


def test_what_comes_while_a_batch_is_under_way_makes_the_next_batch(driver, session):
    nap = driver.submit(("write_nap", 300))
    wait_for(session, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')")
    writes = [driver.submit(("thing_write", new_id(), "x")) for _ in range(20)]
    driver.answers(nap)
    assert len(transactions(driver.answers([number for one in writes for number in one]))) == 1
    assert driver.counts()["batches"] == 2


def test_a_batch_takes_no_more_queries_than_it_may(program, conninfo):
    with Driver(program, conninfo, batch=8) as driver:
        assert len(transactions(driver.ready().run(*(("thing_write", new_id(), "x") for _ in range(20))))) == 3


@pytest.mark.parametrize("size, batches", [(500, 1), (501, 2)])
def test_a_batch_takes_no_more_bytes_than_it_may(program, conninfo, size, batches):
    with Driver(program, conninfo, batch_bytes=1000) as driver:
        driver.ready().run(("echo", "a" * 500), ("echo", "b" * size))
        assert driver.counts()["batches"] == batches


def test_a_query_larger_than_a_batch_goes_alone(program, conninfo):
    with Driver(program, conninfo, batch_bytes=1000) as driver:
        assert driver.ready().run_one("echo", "a" * 5000)["rows"] == [["a" * 5000]]


def test_large_batches_flow_both_ways_at_once(program, conninfo):
    with Driver(program, conninfo, batch_bytes=1 << 30) as driver:
        texts = [chr(97 + n % 26) * 60000 for n in range(200)]
        answers = driver.ready().run(*(("echo", text) for text in texts))
        assert [answer["rows"][0][0] for answer in answers] == texts


# ---- LANE_MANY ----


def test_arrays_carry_nulls_and_any_bytes(driver):
    rows = [(new_id(), json.dumps({"t": "äö\u20ac"}), {"hex": "00ff00"}, "one"), (new_id(), None, None, None),
            (new_id(), "[]", {"hex": ""}, ""), (new_id(), '"x"', {"hex": "5c"}, "ä")]
    answers = driver.run(*(("thing_create", *row) for row in rows))
    found = [[None if value is None else value for value in answer["rows"][0][2:5]] for answer in answers]
    assert found == [['{"t": "äö\u20ac"}', "\\x00ff00", "one"], [None, None, None], ["[]", "\\x", ""],
                     ['"x"', "\\x5c", "ä"]]
    stored = driver.run(*(("thing_get", row[0]) for row in rows))
    assert [answer["rows"][0][1:4] for answer in stored] == found
    assert driver.counts()["batches"] == 2


def test_each_query_gets_its_own_rows_in_their_order(driver):
    answers = driver.run(*(("multiply", name) for name in ("abc", "", "x", "", "yz")))
    assert [[row[1] for row in answer["rows"]] for answer in answers] == [
        ["abc1", "abc2", "abc3"], [], ["x1"], [], ["yz1", "yz2"]]


def test_the_loser_of_an_id_gets_no_row(driver):
    same = new_id()
    assert len(driver.run_one("thing_create", same, "{}", None, "first")["rows"]) == 1
    second, other = driver.run(("thing_create", same, "{}", None, "second"), ("thing_create", new_id(), "{}", None, "x"))
    assert second["outcome"] == "rows" and second["rows"] == []
    assert len(other["rows"]) == 1


def test_rows_without_n_belong_to_nobody(driver):
    assert [(a["outcome"], a["sqlstate"]) for a in driver.run(("without_n", "a"), ("without_n", "b"))] == [
        ("failed", "XX000")] * 2


# ---- failures ----


@pytest.mark.parametrize("statement", ["thing_write", "thing_create"])
def test_one_guilty_query_of_32_fails_and_the_others_succeed(driver, statement):
    middle = ("{}", None) if statement == "thing_create" else ()
    ids = [new_id() for _ in range(32)]
    words = ["far too long for the constraint" if n == 17 else "short" for n in range(32)]
    answers = driver.run(*((statement, id, *middle, word) for id, word in zip(ids, words)))
    guilty = answers.pop(17)
    assert (guilty["outcome"], guilty["sqlstate"], guilty["constraint"]) == ("failed", "23514", "thing_word_is_short")
    assert {answer["outcome"] for answer in answers} == {"rows"}
    assert len(transactions(answers)) == 31
    stored = driver.run(*(("thing_get", id) for id in ids))
    assert [len(answer["rows"]) for answer in stored] == [0 if n == 17 else 1 for n in range(32)]
    assert driver.counts()["replays"] == 32


def test_a_failure_at_commit_is_the_failure_of_the_guilty_query_alone(driver, session):
    first, second, third = driver.run(("late_write", 1), ("late_write", 2), ("late_write", 1))
    assert (first["outcome"], second["outcome"]) == ("rows", "rows")
    assert (third["outcome"], third["sqlstate"], third["constraint"]) == ("failed", "23505", "late_is_unique")
    session.execute("SELECT id FROM late ORDER BY id")
    assert session.fetchall() == [(1,), (2,)]


def test_a_failed_read_does_not_hurt_the_reads_around_it(driver):
    answers = driver.run(("divide", 1), ("divide", 0), ("divide", 2), ("divide", 0), ("divide", 5))
    assert [(a["outcome"], a["sqlstate"]) for a in answers] == [
        ("rows", ""), ("failed", "22012"), ("rows", ""), ("failed", "22012"), ("rows", "")]


def test_a_statement_that_could_not_be_prepared_is_prepared_when_it_can_be(driver, session):
    assert driver.run_one("nowhere")["sqlstate"] == "42P01"
    assert [answer["outcome"] for answer in driver.run(("nowhere",), ("divide", 1))] == ["failed", "rows"]
    session.execute("CREATE TABLE nowhere AS SELECT 7 AS n")
    assert driver.run_one("nowhere")["rows"] == [["7"]]
    session.execute("DROP TABLE nowhere")


def test_a_statement_that_the_server_forgot_is_prepared_again(driver):
    driver.run(("thing_write", new_id(), "x"), ("forget",))
    answers = driver.run(("thing_write", new_id(), "y"), ("thing_write", new_id(), "z"))
    assert [answer["outcome"] for answer in answers] == ["rows", "rows"]
    assert driver.counts()["reconnects"] == 0


def test_a_plan_that_a_migration_made_stale_is_made_anew(driver, session):
    assert driver.run_one("star")["columns"] == [["id", "number"]]
    session.execute("ALTER TABLE changing ADD COLUMN word text")
    answers = driver.run(("divide", 2), ("star",), ("divide", 5))
    assert [answer["outcome"] for answer in answers] == ["rows"] * 3
    assert answers[1]["columns"] == [["id", "number"], ["word", "text"]]
    assert driver.ready().counts()["reconnects"] == 1


def test_a_write_in_the_read_lane_fails_and_keeps_the_connection(driver):
    assert driver.run_one("write_in_read")["sqlstate"] == "25006"
    assert driver.run_one("divide", 1)["outcome"] == "rows"
    assert driver.counts()["reconnects"] == 0


def test_a_nul_in_a_text_is_refused_and_not_cut(driver):
    bad, good = driver.run(("echo", "a\0b"), ("echo", "ab"))
    assert (bad["outcome"], bad["sqlstate"]) == ("failed", "22021")
    assert good["rows"] == [["ab"]]


def test_a_statement_that_takes_too_long_is_timed_out_alone(program, conninfo):
    with Driver(program, conninfo, statement_timeout_ms=300) as driver:
        answers = driver.ready().run(("write_nap", 1), ("write_nap", 5000), ("write_nap", 1))
        assert [(a["outcome"], a["sqlstate"]) for a in answers] == [("rows", ""), ("timed_out", "57014"), ("rows", "")]
        assert driver.counts()["timeouts"] == 1


# ---- locks ----


def locked_thing(driver, session):
    """A thing that another session holds a lock on, until its COMMIT."""
    identity = uuid.uuid4()
    driver.run_one("thing_write", {"hex": identity.hex}, "held")
    session.execute("BEGIN")
    session.execute("SELECT FROM thing WHERE id = %s FOR UPDATE", (str(identity),))
    return {"hex": identity.hex}


def test_a_write_that_meets_a_lock_waits_for_it_apart_from_the_others(driver, session):
    held = locked_thing(driver, session)
    waiting, *others = driver.submit(("thing_touch", held), *(("thing_write", new_id(), "x") for _ in range(5)))
    assert all(answer["outcome"] == "rows" and answer["ms"] < 1900 for answer in driver.answers(others))
    session.execute("COMMIT")
    assert driver.answers([waiting])[0]["outcome"] == "rows"


def test_a_lock_that_is_not_given_is_a_time_out(driver, session):
    held = locked_thing(driver, session)
    answer = driver.run_one("thing_touch", held)
    session.execute("ROLLBACK")
    assert (answer["outcome"], answer["sqlstate"]) == ("timed_out", "55P03")
    assert 2000 <= answer["ms"] < 4000


def test_the_victim_of_a_deadlock_is_run_once_more(driver, session, cluster, conninfo):
    held = locked_thing(driver, session)
    other = new_id()
    driver.run_one("thing_write", other, "other")
    session.execute("SET deadlock_timeout = '30s'")  # so that the engine's session is the victim, after its 1 s
    number = driver.submit(("thing_swap", held, other))
    watcher = cluster.connect(conninfo.split("dbname=")[1].split()[0]).cursor()
    wait_for(watcher, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')")
    # Of the whole table: for a row the engine may be first again, before this session wakes up, and be the victim once more.
    session.execute("LOCK TABLE thing IN EXCLUSIVE MODE")
    session.execute("COMMIT")
    assert driver.answers(number)[0]["outcome"] == "rows"
    assert driver.counts()["replays"] == 1


def test_two_statements_with_the_same_text_of_a_lock_are_prepared_apart(program, conninfo):
    with Driver(program, conninfo, own_connections=1) as driver:
        one, other = new_id(), new_id()
        driver.ready().run(("thing_write", one, "one"), ("thing_write", other, "other"))
        assert driver.run_one("thing_swap", one, other)["outcome"] == "rows"
        assert driver.run_one("thing_name", one, "named")["outcome"] == "rows"
        assert driver.counts()["replays"] == 0


def test_the_lock_statement_keeps_ten_thousand_claims_from_overbooking(program, conninfo, session):
    session.execute("INSERT INTO place VALUES (1, 100)")
    settings = {"queue": 10000, "queue_wait_ms": 60000}
    with Driver(program, conninfo, **settings) as one, Driver(program, conninfo, **settings) as two:
        submitted = [(driver, driver.ready().submit(*[("claim", 1)] * 5000)) for driver in (one, two)]
        answers = [answer for driver, numbers in submitted for answer in driver.answers(numbers)]
    assert {answer["outcome"] for answer in answers} == {"rows"}
    assert sum(len(answer["rows"]) for answer in answers) == 100
    session.execute("SELECT count(*) FROM claim")
    assert session.fetchone() == (100,)


# ---- rows and sessions ----


def test_columns_have_the_kind_of_their_type(driver):
    answer = driver.run_one("kinds")
    assert [kind for _, kind in answer["columns"]] == ["number"] * 5 + [
        "bool", "json", "json", "date", "timestamptz", "bytea", "text", "text"]
    assert answer["rows"] == [["1", "1", "1", "1.5", "1.5", "t", "{}", "[]", "2026-01-02", "2026-01-02 03:04:05+00",
                               "\\x00ff", "x", None]]


@pytest.mark.parametrize("lane, lock_timeout, read_only, plans, name", [
    ("read", "500ms", "on", "force_generic_plan", "osallisuus-api read"),
    ("write", "100ms", "off", "auto", "osallisuus-api write"),
    ("own", "2s", "off", "auto", "osallisuus-api own"),
    ("search", "500ms", "off", "force_custom_plan", "osallisuus-api search")])
def test_sessions_have_the_settings_of_their_lane(driver, lane, lock_timeout, read_only, plans, name):
    wanted = {"lock_timeout": lock_timeout, "default_transaction_read_only": read_only, "plan_cache_mode": plans,
              "application_name": name, "statement_timeout": "3s", "idle_in_transaction_session_timeout": "5s",
              "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "iso_8601", "client_encoding": "UTF8",
              "max_parallel_workers_per_gather": "0", "jit": "off", "bytea_output": "hex", "enable_seqscan": "off",
              "enable_sort": "off" if lane == "read" else "on", "enable_bitmapscan": "off" if lane == "read" else "on"}
    answers = driver.run(*((f"{lane}_setting", setting) for setting in wanted))
    assert dict(zip(wanted, (answer["rows"][0][0] for answer in answers))) == wanted
