"""
What the clock does for bookings: offers end, both sides are reminded, and links are forgotten some time after.
"""

import pytest

from support.bookings import Booking, answer
from support.experts import always, make_expert
from support.people import person
from support.questions import moment


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def reach(world, person_id):
    """The person has an address, which nobody opens here."""
    world.database.run("UPDATE person SET sealed = 'x', key_id = 'k1', address_hash = sha256(id::text::bytea) WHERE id = %s::uuid", person_id)


def reminders(world):
    return world.database.value("SELECT count(*) FROM mail WHERE template = 'booking_reminder'")


def test_an_offer_that_is_not_answered_in_three_days_ends_and_leaves_the_order_unfilled(world):
    expert, other = make_expert(world), make_expert(world)
    booking, soon = Booking(world, starts_at=moment(days=9), ends_at=moment(days=9, hours=1)), Booking(world, starts_at=moment(hours=60), ends_at=moment(hours=61))
    made = booking.offer(expert)
    soon.offer(other)
    clock = world.start_worker("clock")
    world.move_clock("61 hours")
    clock.wait_for(lambda: soon.state() == "unfilled", "the end of an offer when its time begins")
    assert (booking.state(), soon.now()["unfilled_because"]) == ("offered", "expired")
    world.move_clock("73 hours")
    answer(world, expert.token, made["id"], expect=409, problem="offer_has_ended")
    clock.wait_for(lambda: booking.state() == "unfilled", "the end of the other")
    booking.offer(expert)


def test_both_sides_are_reminded_a_week_and_a_day_before_and_forgotten_after(world):
    expert = make_expert(world)
    booking, moved = Booking(world, starts_at=moment(days=10), ends_at=moment(days=10, hours=1)), Booking(world, starts_at=moment(days=10), ends_at=moment(days=10, hours=1))
    for id in (expert.id, booking.id):
        reach(world, id)
    booking.confirm(expert)
    other = always(world, make_expert(world))
    reach(world, other.id)
    moved.confirm(other)
    moved.patch({"starts_at": moment(days=30), "ends_at": moment(days=30, hours=1)})
    clock = world.start_worker("clock")
    world.move_clock("3 days 1 hour")
    clock.wait_for(lambda: reminders(world) == 2, "reminders a week before")
    world.move_clock("9 days 1 hour")
    clock.wait_for(lambda: reminders(world) == 4, "reminders a day before")
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'booking_reminder' AND person_id = %s::uuid", other.id) == 0
    assert person(world, booking.id, "ended_on") is None
    world.move_clock("71 days")
    clock.wait_for(lambda: person(world, booking.id, "ended_on") is not None, "the end of who ordered")
