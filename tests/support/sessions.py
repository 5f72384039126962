"""
Sessions for tests.
"""

import asyncio
import json
import re
import resource
import time
import uuid

from support.client import Client
from support.questions import moment, text

PLACE = {"address": "Keskuskatu 1", "room": {"fi": "Sali 2"}, "accessibility": {"fi": "Hissi on ovella."}}


def draft(unit, **members):
    """The body of a session of this unit, in a week."""
    return {"unit_id": unit, "kind": "evening", "title": text("Osallisuusilta"), "starts_at": moment(days=7), "ends_at": moment(days=7, hours=2),
            "place": PLACE, **members}


def series(unit, **members):
    """The body of a series of evenings of this unit, on the second Tuesday of three months."""
    return {"unit_id": unit, "kind": "evening", "title": text("Osallisuusilta"), "place": PLACE, "first_on": "2030-01-01", "begins_at": "17:30",
            "lasts_minutes": 90, "times": 3, "repeats": {"week": "second", "weekday": "tuesday"}, **members}


class Session:
    """A session, published if not told otherwise; `coordinator` is a client that may run panels."""

    def __init__(self, world, *, unit="ward", is_published=True, **members):
        self.world = world
        self.coordinator = world.client("panels")
        self.id = self.coordinator.post("/v1/sessions", draft(world.units[unit], **members), expect=201).json()["id"]
        self.path = f"/v1/sessions/{self.id}"
        if is_published:
            self.move("published")

    def move(self, to, **options):
        return self.coordinator.move(self.path, to, **{"expect": 200, **options})

    def patch(self, body, **options):
        return self.coordinator.patch(self.path, body, etag="*", **{"expect": 200, **options})

    def now(self):
        """What it is at present."""
        return self.coordinator.get(self.path, expect=200).json()

    def begin(self):
        """Lets its time come, as the clock would: it began an hour ago."""
        self.world.database.run("UPDATE session SET starts_at = app_now() - interval '1 hour', ends_at = app_now() + interval '1 hour' WHERE id = %s::uuid",
                                self.id)


def register(world, session, *, email=None, support_needs=None, lang="fi", **options):
    """Registers somebody for an open session. The reply."""
    body = {"lang": lang, **({"contact": {"email": email}} if email else {}), **({"support_needs": support_needs} if support_needs else {})}
    return Client(world.api).post(f"/v1/open-sessions/{session.id}/registrations", body, **{"expect": 200, **options}).json()


def token_of(link):
    """The token of a person's page."""
    return link.removeprefix("/m/")


def rush(world, session, count):
    """So many registrations at once, each on a connection that is open by then: their replies, and the seconds until the last."""
    async def one(streams, request):
        reader, writer = streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        return int(head.split()[1]), json.loads(await reader.readexactly(length))

    async def all_at_once():
        opened = [await asyncio.open_connection("127.0.0.1", world.api.port) for _ in range(count)]
        requests = [_request(session) for _ in range(count)]
        began = time.monotonic()
        replies = await asyncio.gather(*(one(streams, request) for streams, request in zip(opened, requests)))
        seconds = time.monotonic() - began
        for _, writer in opened:
            writer.close()
        return replies, seconds
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * count), most))
    return asyncio.run(all_at_once())


def _request(session):
    body = b'{"lang": "fi"}'
    return (f"POST /v1/open-sessions/{session.id}/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
