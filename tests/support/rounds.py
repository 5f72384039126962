"""
Online rounds of panels.
"""

from support.panels import make_panel
from support.questions import make_question_set, moment, text


class Round:
    """A draft of a round; `coordinator` is a client that runs panels."""

    def __init__(self, world, *, panel=None, **members):
        self.world = world
        self.coordinator = world.client("coordinator")
        self.panel = panel or make_panel(world, "online_panel", state="active")
        self.question_set = make_question_set(world.database)
        self.id = self.coordinator.post("/v1/rounds", self.wish(**members), expect=201).json()["id"]
        self.path = f"/v1/rounds/{self.id}"

    def wish(self, **members):
        return {"panel_id": self.panel, "question_set_id": self.question_set, "title": text("Aukioloajat"), "opens_at": moment(hours=1),
                "closes_at": moment(days=7), **members}

    def move(self, *states, **options):
        for to in states:
            self.coordinator.move(self.path, to, **{"expect": 200, **options})

    def patch(self, body, **options):
        return self.coordinator.patch(self.path, body, etag="*", **{"expect": 200, **options})

    def now(self):
        """What it is at present."""
        return self.coordinator.get(self.path, expect=200).json()

    def asked(self, column):
        """Of the round of the survey that asks its questions."""
        return self.world.database.value(f"SELECT s.{column} FROM survey_round s JOIN round r ON r.survey_round_id = s.id WHERE r.id = %s::uuid", self.id)
