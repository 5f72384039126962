"""
Sessions for tests.
"""

from support.client import Client
from support.questions import moment, text

PLACE = {"address": "Keskuskatu 1", "room": {"fi": "Sali 2"}, "accessibility": {"fi": "Hissi on ovella."}}


def draft(unit, **members):
    """The body of a session of this unit, in a week."""
    return {"unit_id": unit, "kind": "evening", "title": text("Osallisuusilta"), "starts_at": moment(days=7), "ends_at": moment(days=7, hours=2),
            "place": PLACE, **members}


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


def register(world, session, *, email=None, support_needs=None, **options):
    """Registers somebody for an open session. The reply."""
    body = {"lang": "fi", **({"contact": {"email": email}} if email else {}), **({"support_needs": support_needs} if support_needs else {})}
    return Client(world.api).post(f"/v1/open-sessions/{session.id}/registrations", body, **{"expect": 200, **options}).json()


def token_of(link):
    """The token of a person's page."""
    return link.removeprefix("/m/")
