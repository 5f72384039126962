"""
Clients that are slow on purpose, a thousand at a time, served by one thread of the test; and wrk, as the others.
"""

import contextlib
import re
import selectors
import socket
import subprocess
import threading
import time

from support.raw_http import get

DRIP_SECONDS = 1.0
# Small segments keep the kernel from taking whole replies for a client that does not read.
SEGMENT_BYTES = 536
RECEIVE_BYTES = 4096
KINDS = ("header", "body", "read")
BEGINNINGS = {
    "header": b"GET / HTTP/1.1\r\nHost: example.org\r\nX-Slow: ",
    "body": get("/v1/feedback", "Content-Type: application/json", "Content-Length: 60000", method="POST"),
    "read": get("/openapi.json") * 16,
}


class SlowClients:
    """`count` connections of one kind; a byte each second is sent, or read. Used as a context manager."""

    def __init__(self, port, kind, count):
        self.kind = kind
        self.selector = selectors.DefaultSelector()
        self.open = {}  # socket → when it began
        self._stop = threading.Event()
        for _ in range(count):
            slow = socket.socket()
            if kind == "read":
                slow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
                slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            slow.connect(("127.0.0.1", port))
            slow.sendall(BEGINNINGS[kind])
            slow.setblocking(False)
            self.open[slow] = time.monotonic()
            if kind != "read":
                self.selector.register(slow, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._drip)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        for slow in self.open:
            slow.close()

    def _drip(self):
        next_drip = time.monotonic() + DRIP_SECONDS
        while not self._stop.is_set():
            for key, _ in self.selector.select(max(0.0, next_drip - time.monotonic())):
                self._cut(key.fileobj)
            if self.kind == "read" or not self.selector.get_map():
                self._stop.wait(max(0.0, next_drip - time.monotonic()))
            if time.monotonic() >= next_drip:
                next_drip += DRIP_SECONDS
                for slow in list(self.open):
                    self._move_a_byte(slow)

    def _move_a_byte(self, slow):
        try:
            if self.kind == "read":
                slow.recv(1)
            else:
                slow.send(b"a")
        except BlockingIOError:
            pass
        except OSError:
            self._cut(slow)

    def _cut(self, slow):
        """The server has answered 408, or closed."""
        del self.open[slow]
        with contextlib.suppress(KeyError):
            self.selector.unregister(slow)
        slow.close()


def throughput(api, path, key, seconds):
    """Requests per second of 8 connections that do nothing wrong; each must be answered well."""
    done = subprocess.run(["wrk", "-t", "1", "-c", "8", "-d", f"{seconds}s", "-H", f"Authorization: Bearer {key}", api.url + path],
                          capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in done and "Socket errors" not in done, done
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", done)[1])
