"""
Sessions for tests.
"""

import time

from support.client import Client
from support.questions import moment, text
from support.rush import Rush, post

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
    return link.removeprefix("/m/").split("?")[0]


def rush(world, session, count):
    """So many registrations at once: their replies, and the seconds until the last."""
    with Rush(world.api, count) as waiting:
        began = time.monotonic()
        replies = waiting.send([post(f"/v1/open-sessions/{session.id}/registrations", {"lang": "fi"}) for _ in range(count)])
        return replies, time.monotonic() - began
