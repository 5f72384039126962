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


def make_drawn_panel(world, client, unit):
    """The id of a panel with one selection, and somebody who can be drawn in the next."""
    panel = client.post("/v1/panels", {"unit_id": unit, "kind": "residents_meeting", "name": {"fi": "Raati"}, "checks_by_hand": False}, expect=201).json()["id"]
    client.move(f"/v1/panels/{panel}", "recruiting", expect=200)
    for _ in range(2):
        world.database.run("INSERT INTO member (id, panel_id, role) VALUES (gen_random_uuid(), %s, 'client')", panel)
        if world.database.value("SELECT count(*) FROM panel_selection WHERE panel_id = %s", panel) == 0:
            client.post(f"/v1/panels/{panel}/selections", {}, expect=201)
    return panel


def make_co_development(client, things):
    """A co-development with a trial and a task, and its panel: noted in the things of the authorization matrix."""
    things.group = client.post("/v1/panels", {"unit_id": things.unit, "kind": "co_development", "name": {"fi": "Raati"}}, expect=201).json()["id"]
    made = client.post("/v1/co-developments", {"panel_id": things.group, "title": {"fi": "Takaisinsoitto"}}, expect=201).json()
    things.co_development, path = made["id"], f"/v1/co-developments/{made['id']}"
    things.trial = client.post(f"{path}/trials", {"what": "Takaisinsoitto", "starts_on": "2026-01-01"}, expect=201).json()["id"]
    things.task = client.post(f"{path}/tasks", {"what": "Kutsut", "role": "facilitator", "due_on": "2030-01-01"}, expect=201).json()["id"]


def make_panel_parts(world, client, things):
    """What the authorization matrix needs of panels, beside one: noted in its things."""
    things.municipality = world.database.value(
        "INSERT INTO municipality (id, unit_id, code, name) VALUES (gen_random_uuid(), %s, '999', '{\"fi\": \"Kunta\"}')"
        " ON CONFLICT (code) DO UPDATE SET closed_on = NULL RETURNING id", things.unit)
    things.member = client.post(f"/v1/panels/{things.panel}/members", {"role": "client", "name": "Jäsen"}, expect=201).json()["id"]
    things.open_panel = client.post("/v1/panels", {"unit_id": things.unit, "kind": "residents_meeting", "name": {"fi": "Raati"}, "is_public": True}, expect=201).json()["id"]
    client.move(f"/v1/panels/{things.open_panel}", "recruiting", expect=200)
    make_co_development(client, things)
    things.drawn = make_drawn_panel(world, client, things.unit)
