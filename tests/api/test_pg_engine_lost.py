"""The pipeline engine when the database is not there, goes away, stands still, or is another one."""

import contextlib
import socket
import socketserver
import threading
import time
import uuid

import pytest

from pg_engine_client import SCHEMA, Driver, find_or_build


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return find_or_build(tmp_path_factory.mktemp("pg_engine"))


@pytest.fixture
def victim(private_cluster):
    private_cluster.execute(SCHEMA)
    return private_cluster


@pytest.fixture
def driver(program, victim):
    with Driver(program, victim.conninfo("postgres"), statement_timeout_ms=1000) as made:
        yield made.ready()
        made.close()


def new_id():
    return {"hex": uuid.uuid4().hex}


def wait_for_nap(cluster, count=1):
    """Returns when so many queries that sleep are under way."""
    with cluster.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT false")
        while not cursor.fetchone()[0]:
            cursor.execute("SELECT count(*) >= %s FROM pg_stat_activity WHERE wait_event = 'PgSleep'", (count,))
    connection.close()


class Relay(socketserver.ThreadingTCPServer):
    """Passes TCP on to a Unix socket."""

    daemon_threads = True

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(self.server.path)
                self.server.pairs.append((self.request, server))
                back = threading.Thread(target=self.copy, args=(server, self.request))
                back.start()
                self.copy(self.request, server)
                back.join()

        def copy(self, source, target):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

    def __init__(self, path):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.path, self.pairs, self.port = path, [], self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def cut(self):
        """Ends all connections; new ones are taken."""
        for pair in self.pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self.pairs.clear()

    def __exit__(self, *failure):
        self.shutdown()
        self.cut()
        super().__exit__(*failure)


def test_a_query_in_flight_when_the_server_dies_is_unavailable_and_the_next_ones_succeed(driver, victim):
    napping = driver.submit(("write_nap", 2500), ("read_nap", 2500), ("own_nap", 2500))
    wait_for_nap(victim, 3)
    victim.restart("immediate")
    assert {answer["outcome"] for answer in driver.answers(napping)} == {"unavailable"}
    began = time.monotonic()
    driver.ready()
    assert time.monotonic() - began < 6
    answers = driver.run(("thing_write", new_id(), "x"), ("divide", 2), ("claim", 1))
    assert {answer["outcome"] for answer in answers} == {"rows"}
    assert driver.counts()["reconnects"] == 3


def test_what_waits_when_the_connection_is_lost_is_served_by_the_next_one(program, victim):
    with Driver(program, victim.conninfo("postgres"), queue_wait_ms=20000) as driver:
        nap = driver.ready().submit(("write_nap", 2500))
        wait_for_nap(victim)
        waiting = driver.submit(*(("thing_write", new_id(), "x") for _ in range(10)))
        victim.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'osallisuus-api write'")
        assert driver.answers(nap)[0]["outcome"] == "unavailable"
        assert {answer["outcome"] for answer in driver.answers(waiting)} == {"rows"}


def test_a_connection_that_was_closed_while_idle_costs_no_query(driver, victim):
    victim.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'osallisuus-api %'")
    driver.logged("database_connected")
    driver.ready()
    assert driver.run_one("divide", 1)["outcome"] == "rows"


def test_without_a_database_a_query_is_unavailable_after_its_wait(driver, victim):
    victim.stop("immediate")
    answers = driver.run(("thing_write", new_id(), "x"), ("divide", 1), ("claim", 1), ("search_setting", "TimeZone"))
    assert {answer["outcome"] for answer in answers} == {"unavailable"}
    assert all(answer["ms"] < 2500 for answer in answers)
    assert driver.counts()["waiting"] == 0
    victim.start()
    assert driver.ready().run_one("divide", 1)["outcome"] == "rows"


def test_a_server_that_stands_still_gives_up_its_queries_and_is_left(driver, victim):
    driver.run(("thing_write", new_id(), "x"), ("divide", 1))
    victim.pause()
    stuck = driver.submit(("thing_write", new_id(), "x"), ("divide", 1))
    while driver.counts()["batches"] < 4:
        pass
    later = [driver.submit(("thing_write", new_id(), "y")) for _ in range(3)]
    answers = driver.answers([number for one in later for number in one])
    assert all(answer["outcome"] == "unavailable" and answer["ms"] < 2500 for answer in answers)
    answers = driver.answers(stuck)
    assert all(answer["outcome"] == "unavailable" and 2900 < answer["ms"] < 5500 for answer in answers)
    new = driver.run(("divide", 1), ("thing_write", new_id(), "z"))
    assert all(answer["outcome"] == "unavailable" and answer["ms"] < 2500 for answer in new)
    victim.resume()
    began = time.monotonic()
    driver.ready()
    assert time.monotonic() - began < 6
    assert driver.run_one("thing_write", new_id(), "back")["outcome"] == "rows"


def test_reads_are_not_sent_behind_a_batch_that_is_stuck(driver, victim):
    nap = driver.submit(("read_nap", 900))
    wait_for_nap(victim)
    began = time.monotonic()
    while time.monotonic() - began < 0.2:
        assert driver.counts()["batches"] == 1
    victim.pause()
    answer = driver.run_one("divide", 1)
    assert answer["outcome"] == "unavailable" and answer["ms"] < 2500
    victim.resume()
    driver.answers(nap)


@pytest.mark.parametrize("lane", ["write", "read", "own", "search"])
def test_no_more_queries_wait_than_may(program, victim, lane):
    settings = {"queue": 4, "own_connections": 1, "search_connections": 1, "batch": 1, "queue_wait_ms": 5000}
    with Driver(program, victim.conninfo("postgres"), **settings) as driver:
        driver.ready().run_one(f"{lane}_setting", "TimeZone")
        in_flight = 2 if lane == "read" else 1
        answers = driver.run(*[(f"{lane}_setting", "TimeZone")] * (in_flight + 4 + 3))
        assert [answer["outcome"] for answer in answers] == ["rows"] * (in_flight + 4) + ["unavailable"] * 3
        assert all(answer["ms"] < 2000 for answer in answers)
        assert driver.counts()["refused"] == 3


def test_a_schema_of_another_version_is_refused_until_it_fits(program, victim):
    with Driver(program, victim.conninfo("postgres"), schema_version=2) as driver:
        assert driver.logged("schema_version")["found"] == 1
        assert driver.run_one("divide", 1)["outcome"] == "unavailable"
        victim.execute("INSERT INTO schema_migration VALUES (2)")
        assert driver.ready().run_one("divide", 1)["outcome"] == "rows"


def test_a_database_without_a_schema_is_refused(program, victim):
    victim.create_database("empty")
    with Driver(program, victim.conninfo("empty")) as driver:
        assert driver.logged("database_connection_lost")["reason"] == "settings_refused"
        assert driver.run_one("divide", 1)["outcome"] == "unavailable"


def test_a_host_that_never_answers_is_passed_over(program, victim, tmp_path):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / ".s.PGSQL.5432"))
        silent.listen()
        conninfo = f"host={tmp_path},{victim.directory} port=5432,5432 dbname=postgres user=postgres"
        with Driver(program, conninfo) as driver:
            began = time.monotonic()
            assert driver.ready().run_one("divide", 1)["outcome"] == "rows"
            assert 2 <= time.monotonic() - began < 8


def test_a_server_that_became_read_only_is_left(driver, victim):
    driver.run_one("thing_write", new_id(), "before")
    victim.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    victim.execute("SELECT pg_reload_conf()")
    while driver.run_one("thing_write", new_id(), "during")["outcome"] != "unavailable":
        pass  # until the session has seen the setting
    victim.execute("ALTER SYSTEM RESET default_transaction_read_only")
    victim.execute("SELECT pg_reload_conf()")
    assert driver.ready().run_one("thing_write", new_id(), "after")["outcome"] == "rows"


def test_it_speaks_tcp_and_notices_when_the_peer_is_gone(program, victim):
    with Relay(f"{victim.directory}/.s.PGSQL.5432") as relay:
        with Driver(program, f"host=127.0.0.1 port={relay.port} dbname=postgres user=postgres") as driver:
            assert driver.ready().run_one("echo", "ä" * 100000)["rows"] == [["ä" * 100000]]
            nap = driver.submit(("read_nap", 900))
            wait_for_nap(victim)
            relay.cut()
            assert driver.answers(nap)[0]["outcome"] == "unavailable"
            assert driver.ready().run_one("divide", 2)["outcome"] == "rows"


def test_the_end_of_the_engine_answers_what_is_left(driver, victim):
    numbers = driver.submit(("write_nap", 900), ("own_nap", 900), ("read_nap", 900))
    wait_for_nap(victim)
    numbers = [*numbers, *driver.submit(*[("thing_write", new_id(), "x")] * 5)]
    left = driver.close()
    assert sorted(answer["id"] for answer in left) == list(numbers)
    assert {answer["outcome"] for answer in left} == {"unavailable"}


def test_a_connection_string_that_cannot_be_read_stops_the_start(program):
    with pytest.raises(AssertionError, match="cannot be read"):
        Driver(program, "nonsense=1").ready()


def test_nothing_of_the_database_s_own_text_is_logged(driver, victim):
    driver.run(("thing_write", new_id(), "a word that is a canary"), ("divide", 0), ("nowhere",))
    victim.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'osallisuus-api %'")
    driver.logged("database_connected")
    driver.close()
    assert "canary" not in driver.log and "terminat" not in driver.log and "nowhere" not in driver.log
