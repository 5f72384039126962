"""
Orders of experts, offers and answers.
"""

import random
import time
import uuid

from support.client import Client, new_key
from support.experts import make_expert
from support.questions import moment
from support.rush import post
from support.sessions import PLACE, token_of


def order(unit, **members):
    """The body of an order for this unit, in a week."""
    return {"unit_id": unit, "task": "lecture", "language": "fi", "place": PLACE, "starts_at": moment(days=7), "ends_at": moment(days=7, hours=2), **members}


class Booking:
    """An order; `manager` is a client that may order and manage bookings."""

    def __init__(self, world, *, unit="ward", **members):
        self.world = world
        self.manager = world.client("bookings")
        made = self.manager.post("/v1/bookings", order(world.units[unit], **members), expect=201).json()
        self.id = made["id"]
        self.path = f"/v1/bookings/{self.id}"
        self.token = token_of(made["link"]) if "link" in made else None
        self.times = made["bookings"]

    def now(self):
        """What it is at present."""
        return self.manager.get(self.path, expect=200).json()

    def state(self):
        return self.now()["state"]

    def offer(self, expert, **options):
        """Offers it to this expert. The reply."""
        return self.manager.post(f"{self.path}/offers", {"expert_id": expert.id}, **{"expect": 201, **options}).json()

    def confirm(self, expert):
        """Offered to the expert, who accepts. The offer."""
        made = self.offer(expert)
        answer(self.world, expert.token, made["id"])
        return made

    def move(self, to, **options):
        return self.manager.move(self.path, to, **{"expect": 200, **options})

    def patch(self, body, **options):
        return self.manager.patch(self.path, body, etag="*", **{"expect": 200, **options})

    def begin(self):
        """Lets its time come, as the clock would: it began an hour ago."""
        self.world.database.run("UPDATE booking SET starts_at = app_now() - interval '1 hour', ends_at = app_now() + interval '1 hour' WHERE id = %s::uuid", self.id)


def answer(world, token, offer, to="accepted", **options):
    """Answers an offer with this link. The reply."""
    return Client(world.api).post(f"/v1/personal/{token}/offers/{offer}/transitions", {"to": to}, **{"expect": 200, "idempotency": new_key(), **options})


def act(world, token, booking, to, reason=None, **options):
    """Moves a booking with the link of its expert or of who ordered it. The reply."""
    body = {"to": to, **({"reason": reason} if reason else {})}
    return Client(world.api).post(f"/v1/personal/{token}/bookings/{booking}/transitions", body, **{"expect": 200, "idempotency": new_key(), **options})


def add_offers(world, count, *, experts=None, days=40, hours=1):
    """
    So many orders, each offered, straight into the database: to one expert, all at the same hour, or by turns to so many experts with
    an hour of their own. The requests that accept them.
    """
    people = [make_expert(world) for _ in range(experts or 1)]
    world.database.run(
        "WITH asked AS (SELECT x.booking, x.offer, (%s::uuid[])[1 + x.n %% %s] AS expert,"
        "     date_trunc('hour', app_now()) + interval '1 day' * %s + make_interval(hours => CASE WHEN %s THEN (x.n / %s)::integer * %s ELSE 0 END) AS at"
        "     FROM (SELECT y.booking, y.offer, y.ordinality - 1 AS n FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY y (booking, offer, ordinality)) x),"
        " ordered AS (INSERT INTO booking (id, unit_id, task, lang, is_remote, starts_at, ends_at)"
        "     SELECT booking, %s::uuid, 'lecture', 'fi', true, at, at + make_interval(hours => %s) FROM asked)"
        " INSERT INTO offer (id, booking_id, expert_id, expires_at) SELECT offer, booking, expert, app_now() + interval '3 days' FROM asked",
        [person.id for person in people], len(people), days, experts is not None, len(people), hours, ids(count), ids(count), world.units["ward"], hours)
    token = {person.id: person.token for person in people}
    return [(token[expert], offer) for offer, expert in world.database.rows(
        "SELECT id::text, expert_id::text FROM offer WHERE expert_id = ANY (%s::uuid[]) ORDER BY id", list(token))]


def ids(count):
    """So many ids as the API gives them (RFC 9562, version 7), a millisecond apart up to now."""
    began = time.time_ns() // 1_000_000 - count
    return [str(uuid.UUID(int=began + n << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62))) for n in range(count)]


def accepting(asked):
    """The requests that accept these: [(token, offer)]."""
    return [post(f"/v1/personal/{token}/offers/{offer}/transitions", {"to": "accepted"}) for token, offer in asked]
