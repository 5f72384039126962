"""
What both sides of a booking are mailed: an offer with its own link, and the booking with its time and as a calendar.
"""

import re

import icalendar
import pytest

from support.bookings import Booking, answer
from support.experts import always, make_expert
from support.questions import moment

ADDRESS = {"expert": "kokija@example.org", "orderer": "tilaaja@example.org"}


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    fresh_world.start_worker("mail")
    return fresh_world


def reachable(world):
    """An expert with the address of an order that has no other part here: sealed as the API seals it."""
    expert = always(world, make_expert(world))
    lender = Booking(world, contact={"email": ADDRESS["expert"]})
    world.database.run("UPDATE person e SET sealed = l.sealed, key_id = l.key_id, address_hash = l.address_hash FROM person l WHERE e.id = %s::uuid AND l.id = %s::uuid",
                       expert.id, lender.id)
    return expert


def calendar_of(mail):
    """The event of the calendar that a mail has with it."""
    attached, = [part for part in mail.message.iter_attachments() if part.get_content_type() == "text/calendar"]
    event, = icalendar.Calendar.from_ical(attached.get_payload(decode=True)).walk("VEVENT")
    return event


def test_an_offer_is_mailed_with_its_link_and_a_booking_to_both_sides_with_its_calendar(world):
    expert = reachable(world)
    booking = Booking(world, contact={"email": ADDRESS["orderer"]}, about="Pitkä, ääkköset; ja 🙂 " * 20, starts_at="2027-03-28T10:00:00Z", ends_at="2027-03-28T12:00:00Z")
    made = booking.offer(expert)
    offered = world.sink.wait_for(lambda mail: mail.to == ADDRESS["expert"] and mail.subject == "Sinulle tarjotaan tehtävää")
    answer(world, re.search(r"/m/([\w-]{22})", offered.text)[1], made["id"])
    mails = {to: world.sink.wait_for(lambda mail: mail.to == to and mail.subject == "Varaus on vahvistettu") for to in ADDRESS.values()}
    for mail in mails.values():
        event = calendar_of(mail)
        assert (str(event["UID"]), str(event["STATUS"]), f"{event['DTSTART'].dt:%Y-%m-%dT%H:%M}") == (f"{booking.id}@osallisuus", "CONFIRMED", "2027-03-28T10:00")
        assert event["DESCRIPTION"] == "Pitkä, ääkköset; ja 🙂 " * 20 and "28.3.2027 klo 13.00–15.00" in mail.text
    booking.patch({"starts_at": moment(days=8), "ends_at": moment(days=8, hours=1)})
    moved = world.sink.wait_for(lambda mail: mail.to == ADDRESS["expert"] and mail.subject == "Varauksen aika tai paikka muuttui")
    booking.move("cancelled_early")
    cancelled = world.sink.wait_for(lambda mail: mail.to == ADDRESS["orderer"] and mail.subject == "Varaus on peruttu")
    first = calendar_of(mails[ADDRESS["expert"]])["SEQUENCE"]
    assert [(calendar_of(mail)["SEQUENCE"] - first, str(calendar_of(mail)["STATUS"])) for mail in (moved, cancelled)] == [(1, "CONFIRMED"), (2, "CANCELLED")]


def test_the_rest_are_told_that_an_offer_has_ended(world):
    expert, other = reachable(world), make_expert(world)
    booking = Booking(world)
    booking.offer(expert)
    answer(world, other.token, booking.offer(other)["id"])
    told = world.sink.wait_for(lambda mail: mail.to == ADDRESS["expert"] and mail.subject == "Tarjous on päättynyt")
    assert not list(told.message.iter_attachments())
