"""
Calendars as programs read them that others wrote: python-icalendar and ical.js.
"""

import json
import os
import subprocess
from pathlib import Path

import icalendar

from support.client import Client

READER = Path(__file__).parents[1] / "clients" / "calendar.mjs"


def read(world, path, **options):
    reply = Client(world.api).get(path, expect=200, **options)
    assert reply.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return reply.content


def own_calendar(world, token):
    """The address of the calendar of who has this personal link."""
    return f"/v1/feeds/{Client(world.api).get(f'/v1/personal/{token}', expect=200).json()['feed']}/calendar.ics"


def events_of(content):
    """The events of a calendar by their UID."""
    return {str(event["UID"]): event for event in icalendar.Calendar.from_ical(content).walk("VEVENT")}


def events(world, path, **options):
    return events_of(read(world, path, **options))


def by_icaljs(content):
    """The events of a calendar by their UID, as ical.js reads them where the clocks are New York's: times are nobody's local ones."""
    done = subprocess.run(["node", READER], input=content, env={**os.environ, "TZ": "America/New_York"}, capture_output=True, check=True)
    return json.loads(done.stdout)
