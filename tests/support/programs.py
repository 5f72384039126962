"""
The real programs, started from the build directory (BUILD, default build/) with
settings of their own on free ports. A program that ends by itself, or leaves a
sanitizer report, fails the test with the end of its log.

    with Api(database, log_directory) as api:
        requests.get(api.url + "/v1/remedies")
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import weakref
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30
STOP_SECONDS = 20
POLL_SECONDS = 0.02

SERVER_KEY = "5e" * 32
MAIL_SECRET_KEY = "cae7d898ec5dd3d1557f1e6952b93df02869e58499f84dc1fd56bc3029ae34c4"
MAIL_PUBLIC_KEY = "9809f030b7c5d8b7903f94aef6842b053e5d2bf9d2aa17e988c16e8d7574fd3c"


class ProgramError(AssertionError):
    """A program did not do what every program must: start, stand, stop."""


def build_directory():
    return ROOT / os.environ.get("BUILD", "build")


def environment_of(settings):
    """This process's environment without any OSALLISUUS_ or PG variable, and with the settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OSALLISUUS_", "PG"))}
    return {**kept, **{f"OSALLISUUS_{name}": str(value) for name, value in settings.items()}}


class Program:
    """A running program. `settings` are names without the prefix OSALLISUUS_."""

    count = 0

    def __init__(self, name, arguments, settings, directory):
        Program.count += 1
        self.name = name
        self.arguments = arguments
        self.settings = settings
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = self.directory / f"{name}-{os.getpid()}-{Program.count}.log"
        self.process = None
        self.began_at = 0  # where the log of this start begins: all starts write into one file

    # ---- life ----

    def start(self):
        """Starts the program and waits until it is ready."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def launch(self):
        """Starts the program and does not wait."""
        self.began_at = self.log.stat().st_size if self.log.exists() else 0
        reports = f"log_path={self.directory}/sanitizer-{self.name}"
        environment = environment_of(self.settings)
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            environment[variable] = ":".join(filter(None, (environment.get(variable), reports)))
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([build_directory() / self.name, *self.arguments], env=environment, cwd=ROOT,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def wait_ready(self):
        """What ready means is said by the subclass."""

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM; the program must exit with 0 in time and leave no sanitizer report."""
        if self.process is None:
            return
        self.check_alive()
        self.process.send_signal(signal.SIGTERM)
        self.expect_exit(0, seconds)

    def expect_exit(self, status, seconds=STOP_SECONDS):
        """Waits until the program ends by itself, with this exit status."""
        try:
            actual = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProgramError(f"{self.name} does not end within {seconds} s\n{self.tail()}") from None
        self.process = None
        self.check_sanitizers()
        if actual != status:
            raise ProgramError(f"{self.name} ended with {actual}, not {status}\n{self.tail()}")

    def kill(self):
        """kill -9; nothing is checked."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def __enter__(self):
        return self.start() if self.process is None else self

    def __exit__(self, kind, value, traceback):
        if kind is None:
            self.stop()
        else:
            self.kill()

    # ---- what it says ----

    def events(self, name=None, *, begin=0):
        """The log's JSON lines as dicts, all or those of one event; from byte `begin` of the log on."""
        lines = []
        for line in self.log_text(begin).splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:
                    continue  # the last line may be half written
        return [line for line in lines if name is None or line.get("event") == name]

    def wait_event(self, name, seconds=READY_SECONDS, *, after=0):
        """The first log line of this event (not counting the first `after` of them); a crash or a timeout fails."""
        found = self.wait_for(lambda: self.events(name)[after:], f"log line '{name}'", seconds)
        return found[0]

    def wait_own_event(self, name, seconds=READY_SECONDS):
        """The same, of this start alone."""
        return self.wait_for(lambda: self.events(name, begin=self.began_at), f"log line '{name}'", seconds)[0]

    def wait_for(self, predicate, what, seconds=READY_SECONDS):
        """Polls until the predicate is true and returns its value; fails at once when the program ends."""
        deadline = time.monotonic() + seconds
        while not (value := predicate()):
            self.check_alive()
            if time.monotonic() > deadline:
                raise ProgramError(f"{self.name}: no {what} within {seconds} s\n{self.tail()}")
            self._pause_a_moment()
        return value

    def log_text(self, begin=0):
        return self.log.read_bytes()[begin:].decode(errors="replace") if self.log.exists() else ""

    def tail(self, characters=4000):
        return f"--- {self.log} ---\n{self.log_text()[-characters:]}"

    def check_alive(self):
        if self.process is not None and self.process.poll() is not None:
            status, self.process = self.process.returncode, None
            self.check_sanitizers()
            raise ProgramError(f"{self.name} ended by itself with {status}\n{self.tail()}")

    def check_crash(self):
        """After a broken connection: fails with the log when the program is ending."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)
        self.check_alive()

    def check_sanitizers(self):
        reports = sorted(self.directory.glob(f"sanitizer-{self.name}.*"))
        if reports:
            text = "\n".join(report.read_text(errors="replace")[:8000] for report in reports)
            for report in reports:
                report.rename(report.with_name("seen-" + report.name))
            raise ProgramError(f"{self.name} left a sanitizer report\n{text}")

    # ---- what it uses ----

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        """CPU time of all its threads, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_bytes(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def _pause_a_moment(self):
        if self.process is None:
            raise ProgramError(f"{self.name} is not running\n{self.tail()}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(POLL_SECONDS)


class Api(Program):
    """osallisuus-api; ready when /readyz on the operations port says so."""

    def __init__(self, database, directory, **settings):
        defaults = {"DB": database.conninfo("api"), "PORT": 0, "OPS_PORT": 0, "SERVER_KEY": SERVER_KEY,
                    "MAIL_PUBLIC_KEY": MAIL_PUBLIC_KEY, "RATE_PER_PEER_S": 1000000,
                    "BURST_PER_PEER": 1000000}
        super().__init__("osallisuus-api", [], {**defaults, **settings}, directory)
        self.port = self.ops_port = None
        self.sessions = weakref.WeakSet()  # of clients; each opens a connection anew when it has none

    def stop(self, seconds=STOP_SECONDS):
        """Idle connections are given six seconds to close by themselves: those of clients do so at once."""
        for session in list(self.sessions):
            session.close()
        super().stop(seconds)

    def wait_ready(self):
        self.wait_listening()
        self.wait_for(self.is_ready, "readiness")

    def wait_listening(self):
        """Ports are known from here on; the database may still be away."""
        line = self.wait_own_event("listening")
        self.port, self.ops_port = line["port"], line["ops_port"]

    def is_ready(self):
        try:
            return requests.get(self.ops_url + "/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ops_url(self):
        return f"http://127.0.0.1:{self.ops_port}"

    def metrics(self):
        """Prometheus samples as {name with labels: value}."""
        text = requests.get(self.ops_url + "/metrics", timeout=5).text
        pairs = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


class Worker(Program):
    """osallisuus-worker of the given kinds, as the role that they need; ready when it has said that it started."""

    def __init__(self, database, directory, *kinds, role=None, **settings):
        mails = [kind in ("mail", "mail_bulk", "reseal") for kind in kinds]
        fitting = "mailer" if mails and all(mails) else "all" if not mails or any(mails) or "all" in kinds else "worker"
        defaults = {"DB": database.conninfo(role or fitting), "SERVER_KEY": SERVER_KEY, "MAIL_SECRET_KEY": MAIL_SECRET_KEY,
                    "MAIL_FROM": "palaute@example.org", "POLL_MS": 100}
        super().__init__("osallisuus-worker", list(kinds) or ["all"], {**defaults, **settings}, directory)

    def wait_ready(self):
        self.wait_own_event("started")


class Admin:
    """osallisuus-admin: one command at a time, as the owner of the database."""

    def __init__(self, database, **settings):
        self.settings = {"DB": database.conninfo("owner"), **settings}

    def run(self, *arguments, check=True):
        """Runs one command; fails on an exit status other than 0 unless check is False. stdout and stderr are texts."""
        done = subprocess.run([build_directory() / "osallisuus-admin", *arguments], env=environment_of(self.settings),
                              cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode != 0:
            raise ProgramError(f"osallisuus-admin {' '.join(arguments)} ended with {done.returncode}\n"
                               f"{done.stdout}{done.stderr}"[-4000:])
        return done
