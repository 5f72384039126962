"""
Decisions and consultations for tests.
"""

import json

from support.panels import day
from support.questions import text

ASKED = [{"who": {"fi": "Asiakasraati", "sv": "Klientrådet"}, "method": "panel"}]
BUDGET = {"sum": 100, "options": [
    {"key": "bus", "name": text("Kyyti"), "cost": 80}, {"key": "guide", "name": text("Opas"), "cost": 60}, {"key": "coffee", "name": text("Kahvi"), "cost": 20}]}


def make_decision(client, unit, **members):
    return client.post("/v1/decisions", {"unit_id": unit, "item": text("Vastaanoton sulkeminen"), "decided_by": "Aluevaltuusto", "decides_on": day(60),
                                         **members}, expect=201).json()["id"]


def consultation(decision, **members):
    return {"decision_id": decision, "kind": "hearing", "title": text("Mitä mieltä olet?"), "asked": ASKED, "opens_on": day(0), "due_on": day(30), **members}


class Consultation:
    """One of a decision of its own, opened unless state is draft; `client` has panels:write and panels:read."""

    def __init__(self, world, *, state="open", unit="ward", **members):
        self.client = world.client("panels")
        self.decision = make_decision(self.client, world.units[unit])
        self.id = self.client.post("/v1/consultations", consultation(self.decision, **members), expect=201).json()["id"]
        self.path = f"/v1/consultations/{self.id}"
        if state != "draft":
            self.move("open")
        if state not in ("draft", "open"):
            self.move("closed")

    def move(self, to, reason=None, **options):
        return self.client.move(self.path, to, etag="*", **({"reason": reason} if reason else {}), **{"expect": 200, **options})

    def patch(self, members, **options):
        return self.client.patch(self.path, members, etag="*", **{"expect": 200, **options})

    def get(self):
        return self.client.get(self.path, expect=200).json()


def add_hearings(world, year):
    """Two decisions of this year, one of them heard with a published effect, straight into the database."""
    heard, _ = (world.database.value(
        "INSERT INTO decision (id, unit_id, item, decided_by, decides_on, unheard_reason) VALUES (gen_random_uuid(), %s::uuid, %s::jsonb, 'Aluevaltuusto',"
        " make_date(%s, 6, %s), %s) RETURNING id", world.units["county"], json.dumps(text(item)), year, number, reason)
        for number, (item, reason) in enumerate((("Vastaanoton sulkeminen", None), ("Budjetin lisäys", "Kiireellinen asia.")), 1))
    world.database.run(
        "INSERT INTO consultation (id, decision_id, kind, title, asked, opens_on, due_on, effect, effect_reason, state) VALUES (gen_random_uuid(), %s::uuid, 'hearing',"
        " '{\"fi\": \"Kuuleminen\"}', %s::jsonb, make_date(%s, 5, 1), make_date(%s, 5, 20), 'partly', '{\"fi\": \"Aukioloa jatkettiin.\"}', 'published')",
        heard, json.dumps(ASKED), year, year)
