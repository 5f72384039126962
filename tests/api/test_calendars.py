"""
Calendars of sessions, as programs read them that others wrote (python-icalendar, ical.js).
"""

import datetime
import re

import icalendar
import pytest

from support.calendars import by_icaljs, events, own_calendar, read
from support.client import Client
from support.panels import make_member, make_panel
from support.people import add_person
from support.questions import moment
from support.sessions import Session, register, series, token_of

LONG = "Tervetuloa; ilta, jossa puhutaan \\ kuunnellaan\nPöydissä ääkkösiä äöå ja 🙂 riittää. " * 20


@pytest.fixture
def panel(world):
    return make_panel(world, "steering_group", is_public=True)


def lines_of(text):
    return text.split("\r\n")


def only(world, session, path):
    return events(world, path)[f"{session.id}@osallisuus"]


def test_a_session_is_read_back_as_it_is(world, panel):
    session = Session(world, panel_ids=[panel], description={"fi": LONG}, title={"fi": "Ilta; avoin, kaikille", "sv": "Kväll"},
                      starts_at="2030-03-31T14:30:00Z", ends_at="2030-03-31T16:00:00Z")
    event = only(world, session, f"/v1/panels/{panel}/calendar.ics")
    assert (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"]) == ("Ilta; avoin, kaikille", LONG, "Sali 2, Keskuskatu 1")
    assert event["DTSTART"].dt == datetime.datetime(2030, 3, 31, 14, 30, tzinfo=datetime.timezone.utc) and event["DTEND"].dt.hour == 16
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED") and "URL" not in event


def test_two_programs_read_the_same(world, panel):
    session = Session(world, panel_ids=[panel], description={"fi": LONG}, title={"fi": "Ilta; avoin, kaikille"})
    session.patch({"place": {"address": "Torikatu 2, käynti pihalta"}})
    content = read(world, f"/v1/panels/{panel}/calendar.ics")
    seen, other = by_icaljs(content), {str(event["UID"]): event for event in icalendar.Calendar.from_ical(content).walk("VEVENT")}
    assert seen.keys() == other.keys()
    for uid, event in other.items():
        told = {name: str(event[name.upper()]) if name.upper() in event else None for name in ("summary", "description", "location", "status")}
        assert {name: seen[uid][name] for name in told} == told and seen[uid]["sequence"] == event["SEQUENCE"]
        for name, key in (("starts", "DTSTART"), ("ends", "DTEND")):
            assert datetime.datetime.fromisoformat(seen[uid][name].replace("Z", "+00:00")) == event[key].dt
    assert seen[f"{session.id}@osallisuus"]["sequence"] == 1


@pytest.mark.parametrize("first, expected", [("2030-03-01", ["2030-03-29T15:30", "2030-04-26T14:30"]), ("2030-10-01", ["2030-10-25T14:30", "2030-11-29T15:30"])])
def test_an_evening_is_at_the_same_hour_on_both_sides_of_the_clocks_change_for_both_programs(world, first, expected):
    panel = make_panel(world, "steering_group", is_public=True)
    made = world.client("panels").post("/v1/session-series", series(world.units["ward"], panel_ids=[panel], first_on=first, times=2,
                                                                    repeats={"week": "last", "weekday": "friday"}), expect=201).json()
    world.client("panels").post(f"/v1/session-series/{made['id']}/publication", expect=200)
    content = read(world, f"/v1/panels/{panel}/calendar.ics")
    one = sorted(event["starts"][:16] for event in by_icaljs(content).values())
    other = sorted(f"{event['DTSTART'].dt:%Y-%m-%dT%H:%M}" for event in icalendar.Calendar.from_ical(content).walk("VEVENT"))
    assert one == other == expected


def test_lines_have_75_octets_at_most_and_end_as_they_must(world, panel):
    Session(world, panel_ids=[panel], description={"fi": LONG}, title={"fi": "ä" * 150})
    content = read(world, f"/v1/panels/{panel}/calendar.ics")
    assert max(len(line) for line in content.split(b"\r\n")) == 75
    assert content.endswith(b"END:VCALENDAR\r\n") and b"\n" not in content.replace(b"\r\n", b"") and b"\r" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        line.decode()  # no letter is cut


def test_no_line_of_a_calendar_can_be_written_by_a_text(world, panel):
    session = Session(world, panel_ids=[panel], title={"fi": "a\r\nSTATUS:CANCELLED"}, place={"address": "b\nATTENDEE:mailto:x@example.org"})
    text = read(world, f"/v1/panels/{panel}/calendar.ics").decode()
    assert not re.search(r"^(ATTENDEE|STATUS:CANCELLED)", text, re.MULTILINE)
    assert only(world, session, f"/v1/panels/{panel}/calendar.ics")["SUMMARY"] == "a\nSTATUS:CANCELLED"


def test_a_session_that_moves_keeps_its_uid_and_counts_up_and_one_that_is_cancelled_stays(world, panel):
    session, path = Session(world, panel_ids=[panel]), f"/v1/panels/{panel}/calendar.ics"
    session.patch({"starts_at": moment(days=5)})
    moved = only(world, session, path)
    assert (moved["SEQUENCE"], moved["STATUS"]) == (1, "CONFIRMED")
    session.move("cancelled", reason="Syy.")
    cancelled = only(world, session, path)
    assert (cancelled["SEQUENCE"], cancelled["STATUS"]) == (2, "CANCELLED") and cancelled["DTSTAMP"].dt >= moved["DTSTAMP"].dt


def test_what_was_never_published_is_in_no_calendar(world, panel):
    draft = Session(world, panel_ids=[panel], is_published=False)
    cancelled = Session(world, panel_ids=[panel], is_published=False)
    cancelled.move("cancelled")
    shown = events(world, f"/v1/panels/{panel}/calendar.ics")
    assert not {f"{session.id}@osallisuus" for session in (draft, cancelled)} & set(shown)


def test_a_unit_shows_what_is_public_in_it_and_below(world, panel):
    closed = make_panel(world, "steering_group")
    mine, hidden, opened = Session(world, panel_ids=[panel]), Session(world, panel_ids=[closed]), Session(world, panel_ids=[closed], is_open=True)
    elsewhere = Session(world, unit="office", is_open=True)
    for unit, expected in (("ward", {mine, opened}), ("hospital", {mine, opened}), ("county", {mine, opened, elsewhere}), ("office", {elsewhere})):
        shown = set(events(world, f"/v1/units/{world.units[unit]}/calendar.ics"))
        assert {session for session in (mine, hidden, opened, elsewhere) if f"{session.id}@osallisuus" in shown} == expected


def test_a_panel_that_is_not_public_has_no_calendar_for_everybody(world):
    Client(world.api).get(f"/v1/panels/{make_panel(world, 'steering_group')}/calendar.ics", expect=404)


def test_a_calendar_without_sessions_is_one(world):
    empty = make_panel(world, "steering_group", is_public=True)
    assert icalendar.Calendar.from_ical(read(world, f"/v1/panels/{empty}/calendar.ics"))["VERSION"] == "2.0"


def test_the_language_is_the_readers(world, panel):
    session = Session(world, panel_ids=[panel], title={"fi": "Ilta", "sv": "Kväll"})
    path = f"/v1/panels/{panel}/calendar.ics"
    assert only(world, session, f"{path}?language=sv")["SUMMARY"] == "Kväll"
    assert events(world, path, headers={"Accept-Language": "sv"})[f"{session.id}@osallisuus"]["SUMMARY"] == "Kväll"
    assert only(world, session, f"{path}?language=en")["SUMMARY"] == "Ilta"


def test_ones_own_calendar_tells_what_is_sure_and_where_to_take_part_from_afar(world):
    session = Session(world, is_open=True, capacity=1, online_url="https://example.org/etana?a=1")
    first, second = (token_of(register(world, session)["link"]) for _ in range(2))
    sure, waits = (only(world, session, own_calendar(world, token)) for token in (first, second))
    assert (sure["STATUS"], sure["URL"]) == ("CONFIRMED", "https://example.org/etana?a=1")
    assert waits["STATUS"] == "TENTATIVE" and "URL" not in waits
    Client(world.api).post(f"/v1/personal/{first}/registration/transitions", {"to": "cancelled"}, expect=200)
    left = only(world, session, own_calendar(world, first))
    assert left["STATUS"] == "CANCELLED" and left["SEQUENCE"] > sure["SEQUENCE"] and left["UID"] == sure["UID"]


def test_a_member_has_the_sessions_of_the_panel_public_or_not(world):
    closed = make_panel(world, "steering_group")
    session = Session(world, panel_ids=[closed], online_url="https://example.org/etana")
    token = add_person(world, "member", make_member(world, closed))
    assert only(world, session, own_calendar(world, token))["URL"] == "https://example.org/etana"
