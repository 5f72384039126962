"""
Inputs to panels and sessions, and members with a personal link who bring them.
"""

from support.client import Client
from support.panels import make_member
from support.people import add_person
from support.sessions import Session


class Member:
    """A member of a panel with a link: `id`, `client` (without a key) and the path of what they do."""

    def __init__(self, world, panel, *, state="active", role="client", **person):
        self.id = make_member(world, panel, state=state, role=role)
        self.token = add_person(world, "member", self.id, **person)
        self.client = Client(world.api)
        self.path = f"/v1/personal/{self.token}"

    def bring(self, kind="idea", text="Lisää valoa käytävään.", **members):
        """An input of this member."""
        options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
        return self.client.post(f"{self.path}/inputs", {"kind": kind, "text": text, **members}, **{"expect": 200, **options})


def session_of(world, *panels, **options):
    """A session of these panels."""
    session = Session(world, **options)
    for panel in panels:
        world.database.run("INSERT INTO session_panel (session_id, panel_id) VALUES (%s::uuid, %s::uuid) ON CONFLICT (session_id, panel_id) DO NOTHING",
                           session.id, panel)
    return session.id


def write_down(world, *, kind="idea", text="Lisää valoa käytävään.", speaker_role="client", **members):
    """An input that the coordinator writes down: the reply."""
    options = {name: members.pop(name) for name in ("expect", "problem", "idempotency") if name in members}
    return world.client("coordinator").post("/v1/inputs", {"kind": kind, "text": text, "speaker_role": speaker_role, **members},
                                            **{"expect": 201, **options})
