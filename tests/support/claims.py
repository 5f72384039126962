"""
Bookings of experts that were confirmed, made without the operations that make them; what is claimed for them.
"""

import uuid

from support.client import Client
from support.experts import make_expert


class Task:
    """A booking of an expert, `who` or a new one: `id`, `expert`, `claim` (once it is over), `client` (without a key) and `path`, their page's."""

    def __init__(self, world, unit, *, task="lecture", days=-1, hours=2, who=None, name="Kokija"):
        self.world = world
        self.id = str(uuid.uuid4())
        self.client = Client(world.api)
        self.who = who or make_expert(world, unit_id=unit, name=name)
        self.expert, self.token = self.who.id, self.who.token
        self.path = f"/v1/personal/{self.token}"
        world.database.run(
            "INSERT INTO booking (id, unit_id, task, lang, is_remote, starts_at, ends_at, state, expert_id, held)"
            " SELECT %s::uuid, %s::uuid, %s, 'fi', true, x.at, x.at + make_interval(hours => %s), 'confirmed', %s::uuid, tstzrange(x.at, x.at + make_interval(hours => %s))"
            " FROM (SELECT day_start(app_today() + %s) + interval '12 hours' AS at) x", self.id, unit, task, hours, self.expert, hours, days)

    def over(self, state="done", who="coordinator", reason=None):
        """The booking ends in this state, which opens a claim."""
        self.world.database.run(
            "INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)"
            " SELECT gen_random_uuid(), 'booking', b.id, b.state, %s, %s, %s, b.version + 1 FROM booking b WHERE b.id = %s::uuid", state, who, reason, self.id)
        return self

    @property
    def claim(self):
        return self.world.database.value("SELECT id::text FROM claim WHERE booking_id = %s::uuid AND expert_id = %s::uuid", self.id, self.expert)

    @property
    def state(self):
        return self.world.database.value("SELECT state FROM booking WHERE id = %s::uuid", self.id)

    def claims(self, to="submitted", **members):
        """What the expert does with the claim."""
        options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
        return self.client.post(f"{self.path}/claims/{self.claim}/transitions", {"to": to, **members}, **{"expect": 200, **options})

    def says(self, rating, **members):
        """What the expert says of the booking."""
        options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
        return self.client.post(f"{self.path}/bookings/{self.id}/feedback", {"rating": rating, **members}, **{"expect": 200, **options})

    def wants_debrief(self, wants=True, **options):
        return self.client.post(f"{self.path}/bookings/{self.id}/debrief", {"wants": wants}, **{"expect": 200, **options})

    def notices(self, text, **members):
        """What the expert notices."""
        options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
        return self.client.post(f"{self.path}/observations", {"text": text, **members}, **{"expect": 200, **options})
