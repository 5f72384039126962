"""
Bookings in the calendars of experts and of who orders them, as programs read them that others wrote.
"""

from datetime import datetime

import pytest

from support.bookings import Booking, act
from support.calendars import by_icaljs, events, events_of, read
from support.client import Client
from support.experts import always, make_expert
from support.links import token_of_person
from support.questions import moment


def calendar(token):
    return f"/v1/personal/{token}/calendar.ics"


def only(world, token, booking):
    return events(world, calendar(token))[f"{booking.id}@osallisuus"]


def told(event):
    return int(event["SEQUENCE"]), str(event["STATUS"])


@pytest.mark.parametrize("starts, ends", [("2027-03-28T00:30:00Z", "2027-03-28T02:30:00Z"), ("2027-10-31T00:30:00Z", "2027-10-31T02:30:00Z"),
                                          ("2027-12-31T21:00:00Z", "2028-01-01T01:00:00Z")])
def test_two_programs_read_the_times_back_as_they_are(world, starts, ends):
    expert = make_expert(world)
    booking = Booking(world, starts_at=starts, ends_at=ends, about="Ilta; avoin, kaikille 🙂")
    booking.confirm(expert)
    content = read(world, calendar(expert.token))
    seen, other = by_icaljs(content), events_of(content)
    assert seen.keys() == other.keys() == {f"{booking.id}@osallisuus"}
    for uid, event in other.items():
        for name, key, expected in (("starts", "DTSTART", starts), ("ends", "DTEND", ends)):
            assert event[key].dt == datetime.fromisoformat(seen[uid][name].replace("Z", "+00:00")) == datetime.fromisoformat(expected.replace("Z", "+00:00"))
        assert (event["SUMMARY"], event["DESCRIPTION"], event["LOCATION"]) == ("Luento tai puheenvuoro", "Ilta; avoin, kaikille 🙂", "Sali 2, Keskuskatu 1")
        assert seen[uid]["sequence"] == event["SEQUENCE"]


def test_a_booking_keeps_its_uid_counts_up_when_it_moves_and_stays_when_it_is_cancelled(world):
    expert = always(world, make_expert(world))
    booking = Booking(world)
    assert told(only(world, booking.token, booking)) == (0, "TENTATIVE")
    booking.confirm(expert)
    first = told(only(world, expert.token, booking))
    assert first == told(only(world, booking.token, booking)) and first[1] == "CONFIRMED"
    booking.patch({"starts_at": moment(days=8), "ends_at": moment(days=8, hours=1)})
    assert told(only(world, expert.token, booking)) == (first[0] + 1, "CONFIRMED")
    act(world, expert.token, booking.id, "cancelled_early")
    for token in (expert.token, booking.token):
        assert told(only(world, token, booking)) == (first[0] + 2, "CANCELLED")


def test_what_was_cancelled_late_stays_cancelled_once_it_is_settled(world):
    expert = make_expert(world)
    booking = Booking(world, starts_at=moment(hours=20), ends_at=moment(hours=21))
    booking.confirm(expert)
    act(world, booking.token, booking.id, "cancelled_late", reason="Este.")
    claim, = Client(world.api).get(f"/v1/personal/{expert.token}/claims", expect=200).json()["items"]
    before = told(only(world, expert.token, booking))
    Client(world.api).post(f"/v1/personal/{expert.token}/claims/{claim['id']}/transitions", {"to": "waived"}, expect=200)
    assert booking.state() == "settled" and told(only(world, expert.token, booking)) == before == told(only(world, booking.token, booking)) and before[1] == "CANCELLED"


def test_what_another_expert_has_taken_over_is_cancelled_in_the_calendar_of_the_first(world):
    first, second = make_expert(world), make_expert(world)
    booking = Booking(world)
    booking.confirm(first)
    before = told(only(world, first.token, booking))
    booking.begin()
    booking.move("expert_absent")
    booking.confirm(second)
    after = told(only(world, first.token, booking))
    assert after[0] > before[0] and after[1] == "CANCELLED"
    assert told(only(world, second.token, booking))[1] == "CONFIRMED"


def test_who_orders_with_an_address_has_all_orders_of_that_address_in_one_calendar(world):
    mine = [Booking(world, contact={"email": "tilaaja@example.org"}, repeats={"every": "week", "times": 2}), Booking(world, contact={"email": "tilaaja@example.org"})]
    Booking(world, contact={"email": "toinen@example.org"})
    expected = {f"{time['id']}@osallisuus" for booking in mine for time in booking.times}
    for booking in mine:
        assert set(events(world, calendar(token_of_person(booking.id)))) == expected


def test_the_link_of_an_offer_is_none_of_a_calendar(world):
    made = Booking(world).offer(make_expert(world))
    Client(world.api).get(calendar(token_of_person(made["id"])), expect=404)
