"""
Many requests at the same moment, each on a connection that is open by then.

    with Rush(api, 60) as rush:
        replies = rush.send([post("/v1/open-sessions/…/registrations", {"lang": "fi"})] * 60)
"""

import asyncio
import json
import re
import resource
import uuid


def post(path, body, **headers):
    """A POST as bytes, with a key of its own."""
    content = json.dumps(body).encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lines}"
            f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(content)}\r\n\r\n").encode() + content


class Rush:
    """So many open connections to the API; a context manager."""

    def __init__(self, api, count):
        self.port, self.count = api.port, count
        self.loop = asyncio.new_event_loop()
        self.opened = []

    def __enter__(self):
        allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, min(most, 4 * self.count)), most))
        try:
            self.loop.run_until_complete(self._open())
        except OSError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *what):
        for _, writer in self.opened:
            writer.close()
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()  # one turn, in which closed connections leave the loop
        self.loop.close()

    def send(self, requests):
        """All of them at once, one a connection: [(status, body)], None where the connection broke before the answer."""
        return self.loop.run_until_complete(self._send(requests))

    async def _open(self):
        for _ in range(self.count):
            self.opened.append(await asyncio.open_connection("127.0.0.1", self.port))

    async def _send(self, requests):
        return await asyncio.gather(*(self._one(streams, request) for streams, request in zip(self.opened, requests)))

    @staticmethod
    async def _one(streams, request):
        reader, writer = streams
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            return int(head.split()[1]), json.loads(await reader.readexactly(length))
        except (ConnectionError, asyncio.IncompleteReadError):
            return None
