"""
Writers that never give up: each repeats a request with the same Idempotency-Key until it is acknowledged, and
journals the acknowledgement to an fsynced file before it goes on. The journal is what the checker trusts.
"""

import http.client
import json
import os
import random
import threading
import time
import uuid

REQUEST_SECONDS = 8


class Writers:
    """`ports` are those of the API processes; a writer that is refused by one goes to the next."""

    def __init__(self, world, ports, directory, *, threads, seed):
        self.world = world
        self.ports = ports
        self.directory = directory
        self.seed = seed
        self.answers = {}  # status → count, for the figures
        self.failures = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(threads)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self, seconds=60):
        """Each writer ends when the request that it is at is acknowledged."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        stuck = sum(thread.is_alive() for thread in self._threads)
        assert stuck == 0, f"{stuck} writers got no answer within {seconds} s after the last fault"
        assert not self.failures, self.failures[0]

    def acknowledged(self):
        """Every journaled answer: dicts with kind, key, id, and case for a message."""
        lines = []
        for path in sorted(self.directory.glob("journal-*.jsonl")):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        return lines

    # ---- one writer ----

    def _run(self, number):
        try:
            self._write(number)
        except Exception as failure:  # told to the test's own thread
            self.failures.append(failure)

    def _write(self, number):
        chance = random.Random(f"{self.seed}/{number}")
        link = Link(self.ports, chance)
        cases = []
        with open(self.directory / f"journal-{number}.jsonl", "a", encoding="utf-8") as journal:
            while not self._stop.is_set():
                case = chance.choice(cases) if cases and chance.random() < 0.3 else None
                key = str(uuid.UUID(int=chance.getrandbits(128), version=4))
                answer = self._until_acknowledged(link, key, case)
                journal.write(json.dumps({"kind": "message" if case else "voice", "key": key, "case": case, **answer}) + "\n")
                journal.flush()
                os.fsync(journal.fileno())
                if not case:
                    cases = [*cases[-20:], answer["id"]]
        link.close()

    def _until_acknowledged(self, link, key, case):
        if case:
            path, body = f"/v1/feedback/{case}/messages", {"text": f"message {key}"}
        else:
            path, body = "/v1/feedback", {"unit_id": self.world.units["ward"], "kind": "concern", "channel": "web", "lang": "fi",
                                          "text": f"voice {key}"}
        headers = {"Authorization": f"Bearer {self.world.keys['writer']}", "Content-Type": "application/json",
                   "Idempotency-Key": key}
        while True:
            status, reply = link.post(path, json.dumps(body).encode(), headers)
            self._count(status)
            if status == 201:
                return {"id": reply.get("id"), "receipt": reply.get("receipt_code"), "n": reply.get("n")}
            if status not in (0, 503):
                raise AssertionError(f"{path} answered {status}: {reply}")
            link.next()

    def _count(self, status):
        with self._lock:
            self.answers[status] = self.answers.get(status, 0) + 1


class Link:
    """A connection to one of the processes, opened when needed; status 0 stands for no answer."""

    def __init__(self, ports, chance):
        self._ports = ports
        self._chance = chance
        self._at = chance.randrange(len(ports))
        self._connection = None
        self._wait = threading.Event()

    def post(self, path, body, headers):
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._ports[self._at], timeout=REQUEST_SECONDS)
            self._connection.request("POST", path, body, headers)
            reply = self._connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return 0, {}

    def next(self):
        """The other process, after a moment, as a client with backoff does it."""
        self.close()
        self._at = (self._at + 1) % len(self._ports)
        self._wait.wait(self._chance.uniform(0.02, 0.1))

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None
