"""
Reliability goal 11: SIGTERM under load, behind a proxy with two processes, fails no request.
"""

import http.client
import json
import threading
import time
import uuid

import pytest

from support.proxy import Proxy

pytestmark = pytest.mark.alone

CLIENTS = 16
STOP_SECONDS = 15
ANSWERS_EACH = 200


class Load:
    """Clients on kept-alive connections that take turns at writing and reading until they are told to stop."""

    def __init__(self, port, world):
        self.port = port
        self.world = world
        self.answers = {}
        self.failures = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def count(self):
        return sum(self.answers.values())

    def _run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while not self._stop.is_set():
                self._write(connection)
                self._ask(connection, "GET", f"/v1/units/{self.world.units['ward']}", None, {})
        except (OSError, http.client.HTTPException) as failure:
            self.failures.append(failure)
        connection.close()

    def _write(self, connection):
        voice = {"unit_id": self.world.units["ward"], "kind": "thanks", "channel": "web", "lang": "fi", "text": "Kiitos."}
        self._ask(connection, "POST", "/v1/feedback", json.dumps(voice),
                  {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())})

    def _ask(self, connection, method, path, body, headers):
        connection.request(method, path, body, {"Authorization": f"Bearer {self.world.keys['writer']}", **headers})
        reply = connection.getresponse()
        reply.read()
        with self._lock:
            self.answers[reply.status] = self.answers.get(reply.status, 0) + 1


def test_stopping_processes_under_load_behind_nginx_fails_no_request(fault_world, tmp_path):
    apis = [fault_world.api.start(), fault_world.new_api().start()]
    ports = [api.port for api in apis]
    with Proxy(ports, tmp_path / "nginx") as proxy, Load(proxy.port, fault_world) as load:
        for api, port in zip(apis, ports):
            wait_used(apis)
            api.settings["PORT"] = port
            began = time.monotonic()
            api.stop(STOP_SECONDS)
            print(f"stopped within {time.monotonic() - began:.1f} s after {load.count} answers")
            api.start()
        wait_used(apis)
    assert not load.failures, load.failures[0]
    assert set(load.answers) == {200, 201}, load.answers


def wait_used(apis):
    """Until nginx, which leaves a process alone for a while after it was away, has given each so much to do."""
    for api in apis:
        api.wait_for(lambda api=api: answered(api) >= ANSWERS_EACH, "answers through nginx")


def answered(api):
    return sum(value for name, value in api.metrics().items() if name.startswith("osallisuus_requests_total"))
