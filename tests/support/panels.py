"""
Panels and their members, as tests need them.
"""

import datetime
import uuid
import zoneinfo

COUNCILS = ("youth_council", "elderly_council", "disability_council")
KINDS = ("client_panel", "online_panel", *COUNCILS, "residents_meeting", "steering_group", "co_development")


def day(days):
    """So many days from today, in Finland."""
    return (datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Helsinki")).date() + datetime.timedelta(days=days)).isoformat()


def make_panel(world, kind, *, unit="ward", state="draft", **body):
    """The id of a new panel. One that is not to stay a draft has a term that began ten days ago, if the body has no other."""
    coordinator = world.client("coordinator")
    term = {"starts_on": day(-10), "ends_on": day(300)} if state != "draft" else {}
    panel = coordinator.post("/v1/panels", {"unit_id": world.units[unit], "kind": kind, "name": {"fi": "Raati"}, **term, **body}, expect=201)
    if state != "draft":
        coordinator.move(panel.headers["Location"], state, expect=200)
    return panel.json()["id"]


def make_member(world, panel, *, state="active", role="client", **columns):
    """The id of a member, straight into the database."""
    values = {"id": str(uuid.uuid4()), "panel_id": panel, "state": state, "role": role, **columns}
    world.database.run(f"INSERT INTO member ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", *values.values())
    return values["id"]
