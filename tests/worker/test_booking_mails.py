"""
What both sides of a booking are mailed: an offer with its own link, and the booking with its time and as a calendar.
"""

import html
import re

import icalendar
import pytest

from support.bookings import Booking, answer
from support.client import Client
from support.experts import always, make_expert
from support.links import person_link_hash, token_of_person
from support.questions import moment

ADDRESS = {"expert": "kokija@example.org", "orderer": "tilaaja@example.org"}


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    fresh_world.mailer = fresh_world.start_worker("mail")
    return fresh_world


def reachable(world, address=ADDRESS["expert"]):
    """An expert with the address of an order that has no other part here: sealed as the API seals it."""
    expert = always(world, make_expert(world))
    lender = Booking(world, contact={"email": address})
    world.database.run("UPDATE person e SET sealed = l.sealed, key_id = l.key_id, address_hash = l.address_hash, token_hash = %s FROM person l"
                       " WHERE e.id = %s::uuid AND l.id = %s::uuid", person_link_hash(expert.id), expert.id, lender.id)
    expert.token = token_of_person(expert.id)
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
    world.mailer.wait_for(lambda: ("booking_confirmed", "queued") not in mails_of(world, booking.id), "the end of both confirmations")
    booking.patch({"starts_at": moment(days=8), "ends_at": moment(days=8, hours=1)})
    moved = world.sink.wait_for(lambda mail: mail.to == ADDRESS["expert"] and mail.subject == "Varauksen aika tai paikka muuttui")
    booking.move("cancelled_early")
    cancelled = world.sink.wait_for(lambda mail: mail.to == ADDRESS["orderer"] and mail.subject == "Varaus on peruttu")
    first = calendar_of(mails[ADDRESS["expert"]])["SEQUENCE"]
    assert [(calendar_of(mail)["SEQUENCE"] - first, str(calendar_of(mail)["STATUS"])) for mail in (moved, cancelled)] == [(1, "CONFIRMED"), (2, "CANCELLED")]


def test_both_sides_are_asked_how_it_went_and_the_expert_what_it_took(world):
    expert = reachable(world)
    booking = Booking(world, contact={"email": ADDRESS["orderer"]})
    booking.confirm(expert)
    booking.begin()
    booking.move("done")
    mails = {side: world.sink.wait_for(lambda mail: mail.to == to and mail.subject == "Miten tehtävä sujui?") for side, to in ADDRESS.items()}
    assert "tunnit ja kulut" in mails["expert"].text and "raskas" in mails["expert"].text and "tunnit" not in mails["orderer"].text
    for mail in mails.values():
        token = re.search(r"/m/([\w-]{22})", mail.text)[1]
        assert "Lähetä palaute" in html.unescape(Client(world.api).get(f"/m/{token}?language=fi", expect=200).text)


def test_the_coordinator_is_mailed_where_the_new_order_is(world):
    booking = Booking(world)
    told = world.sink.wait_for(lambda mail: mail.to == "koordinaattori@example.org")
    assert told.subject == "Uusi kokemusasiantuntijan tilaus" and booking.path in told.text


def mails_of(world, thing):
    """What was put of a thing, and what became of it."""
    return sorted(world.database.rows("SELECT template, state FROM mail WHERE thing = %s::uuid", thing))


def test_of_mails_of_one_booking_that_wait_the_newest_goes(fresh_world):
    world = fresh_world
    world.api.start()
    expert = reachable(world)
    booking, other = Booking(world, contact={"email": ADDRESS["orderer"]}), Booking(world, starts_at=moment(days=20), ends_at=moment(days=20, hours=1))
    offer = booking.confirm(expert)["id"]
    other.confirm(expert)
    booking.patch({"starts_at": moment(days=8), "ends_at": moment(days=8, hours=1)})
    assert mails_of(world, booking.id) == [("booking_confirmed", state) for state in ("not_needed", "queued") for _ in range(2)]
    booking.move("cancelled_early")
    assert mails_of(world, booking.id) == [("booking_cancelled", "queued")] * 2 + [("booking_confirmed", "not_needed")] * 4
    assert mails_of(world, other.id) == [("booking_confirmed", "queued")] and mails_of(world, offer) == [("offer_made", "queued")]
    mailer = world.start_worker("mail")
    mailer.wait_for(lambda: not world.database.value("SELECT count(*) FROM job WHERE kind = 'mail'"), "the end of all mails")
    subjects = [mail.subject for mail in world.sink.mails if mail.to == ADDRESS["orderer"]]
    assert "Varaus on peruttu" in subjects and "Varaus on vahvistettu" not in subjects and "Varauksen aika tai paikka muuttui" not in subjects


def test_an_offer_that_has_ended_and_a_reminder_of_what_has_begun_are_not_mailed(fresh_world):
    world = fresh_world
    world.api.start()
    booking, remembered = Booking(world), Booking(world, starts_at=moment(days=6), ends_at=moment(days=6, hours=1))
    offer = booking.offer(reachable(world))["id"]
    remembered.confirm(reachable(world, "toinen@example.org"))
    world.database.run("SELECT clock_booking(ARRAY[%s]::uuid[], 'booking')", remembered.id)
    assert mails_of(world, offer) == [("offer_made", "queued")] and ("booking_reminder", "queued") in mails_of(world, remembered.id)
    world.move_clock("7 days")
    mailer = world.start_worker("mail")
    mailer.wait_for(lambda: not world.database.value("SELECT count(*) FROM mail WHERE state = 'queued'"), "the end of all mails")
    assert mails_of(world, offer) == [("offer_made", "not_needed")] and ("booking_reminder", "not_needed") in mails_of(world, remembered.id)


def test_each_side_can_answer_the_other_where_the_expert_lets_them(world):
    open_one, shy = reachable(world), reachable(world, "hiljainen@example.org")
    world.database.run("UPDATE expert SET shown = '{tasks}' WHERE id = %s::uuid", shy.id)
    for expert in (open_one, shy):
        Booking(world, contact={"email": ADDRESS["orderer"]}, task="lecture" if expert is open_one else "media").confirm(expert)
    mails = world.sink.wait_for(lambda mail: mail.subject == "Varaus on vahvistettu", count=4)
    assert sorted((mail.to, mail.message["Reply-To"] or "") for mail in mails) == sorted([
        (ADDRESS["expert"], "tilaaja@example.org"), ("hiljainen@example.org", "tilaaja@example.org"), (ADDRESS["orderer"], "kokija@example.org"), (ADDRESS["orderer"], "")])
    for mail in mails:
        assert ("Voit vastata tähän viestiin." in mail.text) == (mail.message["Reply-To"] is not None) != ("Älä vastaa siihen." in mail.text)
    offered = world.sink.wait_for(lambda mail: mail.subject == "Sinulle tarjotaan tehtävää")
    assert offered.message["Reply-To"] is None


def test_the_rest_are_told_that_an_offer_has_ended(world):
    expert, other = reachable(world), make_expert(world)
    booking = Booking(world)
    booking.offer(expert)
    answer(world, other.token, booking.offer(other)["id"])
    told = world.sink.wait_for(lambda mail: mail.to == ADDRESS["expert"] and mail.subject == "Tarjous on päättynyt")
    assert not list(told.message.iter_attachments())
