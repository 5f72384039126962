"""
Decisions and consultations for tests.
"""

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
