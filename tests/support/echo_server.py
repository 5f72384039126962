"""
The HTTP layer without the rest of the API: tests/api/http_echo_server.c, with settings of its own.
"""

import os
import resource
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from support.programs import build_directory
from support.raw_http import RawConnection, get

STOP_SECONDS = 20


class EchoServer:
    """A running server; used as a context manager. Settings: those of the C file."""

    ok_path = "/empty"

    def __init__(self, descriptors=None, **settings):
        self.settings = {"loops": 2, **settings}
        self.descriptors = descriptors
        self.reports = tempfile.TemporaryDirectory(prefix="osallisuus-echo-")
        self.process = None
        self.port = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        arguments = [f"{name}={value}" for name, value in self.settings.items()]
        environment = dict(os.environ)
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            given = environment.get(variable)
            environment[variable] = (given + ":" if given else "") + f"log_path={self.reports.name}/report"
        self.process = subprocess.Popen([build_directory() / "test/http_echo_server", *arguments],
                                        stdout=subprocess.PIPE, text=True, env=environment,
                                        stderr=subprocess.DEVNULL if self.descriptors else None)
        if self.descriptors:
            resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))
        line = self.process.stdout.readline()
        assert line.startswith("port "), f"the echo server does not start: {line!r}"
        self.port = int(line.split()[1])
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process.stdout.close()
        reports = "\n".join(path.read_text(errors="replace") for path in Path(self.reports.name).iterdir())
        self.reports.cleanup()
        assert not reports, reports
        if failure == (None, None, None):
            assert status == 0, f"the echo server ended with {status}"

    def connect(self, **options):
        return RawConnection(self.port, **options)

    def ask(self, request):
        """One request on a connection of its own."""
        with self.connect() as connection:
            connection.send(request)
            return connection.reply()

    def taken(self):
        """How many requests the server has taken, looks like this one aside."""
        return int(self.ask(get("/count")).body)

    def wait_taken(self, count):
        deadline = time.monotonic() + STOP_SECONDS
        while self.taken() < count:
            assert time.monotonic() < deadline, f"{count} requests were not taken"

    def release(self):
        """Has the requests for /hold answered."""
        assert self.ask(get("/release")).status == 200

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
