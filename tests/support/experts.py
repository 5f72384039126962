"""
Experts, as tests need them.
"""

import uuid
from dataclasses import dataclass

from support.people import add_person
from support.questions import moment

SHOWN = "{name,title,story,not_today,areas,tasks,languages,municipalities,is_remote,training,contact}"
LISTS = {"areas": ("expert_area", "area"), "tasks": ("expert_task", "task"), "languages": ("expert_language", "lang"),
         "municipalities": ("expert_municipality", "municipality")}


@dataclass
class Expert:
    id: str
    token: str  # of the personal link


def make_expert(world, *, unit="ward", name="Eeva Kokija", story=None, areas=(), tasks=(), languages=("fi",), municipalities=(), **columns):
    """An expert, active, under agreement and showing all, straight into the database."""
    made = str(uuid.uuid4())
    values = {"id": made, "unit_id": world.units[unit], "state": "active", "agreement_from": "2020-01-01", "notice_hours": 0, "travel_minutes": 0,
              "shown": SHOWN, **columns}
    world.database.run(f"INSERT INTO expert ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})", *values.values())
    world.database.run("INSERT INTO expert_words (expert_id, name, story) VALUES (%s::uuid, %s, %s)", made, name, story)
    for field, codes in {"areas": areas, "tasks": tasks, "languages": languages, "municipalities": municipalities}.items():
        table, column = LISTS[field]
        for code in codes:
            world.database.run(f"INSERT INTO {table} (expert_id, {column}) VALUES (%s::uuid, %s)", made, code)
    return Expert(made, add_person(world, "expert", made))


def add_hours(world, expert, weekday, begins_at, ends_at, first_on="2020-01-01", last_on=None):
    """Hours of each week; 1 is Monday."""
    world.database.run("INSERT INTO availability (id, expert_id, kind, weekday, first_on, last_on, begins_at, ends_at)"
                       " VALUES (gen_random_uuid(), %s::uuid, 'weekly', %s, %s, %s, %s, %s)", expert, weekday, first_on, last_on, begins_at, ends_at)


def add_days(world, expert, first_on, last_on, begins_at=None, ends_at=None):
    """Days on which other hours hold, or none."""
    world.database.run("INSERT INTO availability (id, expert_id, kind, first_on, last_on, begins_at, ends_at)"
                       " VALUES (gen_random_uuid(), %s::uuid, 'exception', %s, %s, %s, %s)", expert, first_on, last_on, begins_at, ends_at)


def always(world, expert, days=200):
    """The expert has said that they can be booked at any time from now on, for so many days. The expert."""
    add_time(world, expert.id, moment(days=-1), moment(days=days))
    return expert


def add_time(world, expert, starts_at, ends_at):
    """A single time."""
    world.database.run("INSERT INTO availability (id, expert_id, kind, during) VALUES (gen_random_uuid(), %s::uuid, 'single', tstzrange(%s, %s))",
                       expert, starts_at, ends_at)
