"""
Offers of bookings: to one expert or several, answered with the offer's own link or the expert's, by whoever is first.
"""

import datetime

import pytest

from support.bookings import Booking, act, answer
from support.client import Client
from support.experts import make_expert
from support.links import token_of_person
from support.people import person
from support.questions import moment
from support.sessions import token_of


def mails(world, expert):
    return [row[0] for row in world.database.rows("SELECT template FROM mail WHERE person_id = %s::uuid ORDER BY template", expert.id)]


def with_address(world, expert):
    """The expert can be reached, at an address that nobody opens here."""
    world.database.run("UPDATE person SET sealed = 'x', key_id = 'k1', address_hash = sha256(id::text::bytea) WHERE id = %s::uuid", expert.id)
    return expert


def test_the_first_who_accepts_has_it_and_the_rest_are_told(world):
    experts = [with_address(world, make_expert(world)) for _ in range(3)]
    booking = Booking(world)
    offers = [booking.offer(expert) for expert in experts]
    assert booking.state() == "offered"
    answer(world, experts[1].token, offers[1]["id"])
    found = booking.now()
    assert (found["state"], found["expert_id"]) == ("confirmed", experts[1].id) and found["confirmed_at"]
    states = [item["state"] for item in booking.manager.all_items(f"{booking.path}/offers")]
    assert states == ["withdrawn", "accepted", "withdrawn"]
    answer(world, experts[0].token, offers[0]["id"], expect=409, problem="offer_has_ended")
    assert mails(world, experts[0]) == ["offer_made", "offer_over"] and mails(world, experts[1]) == ["booking_confirmed", "offer_made"]


def test_an_offer_has_a_link_that_is_good_for_it_alone_and_once(world):
    expert = make_expert(world)
    booking, other = Booking(world), Booking(world, starts_at=moment(days=9), ends_at=moment(days=9, hours=1))
    made, second = booking.offer(expert), other.offer(expert)
    token = token_of(made["link"])
    assert token == token_of_person(made["id"])
    assert [item["id"] for item in Client(world.api).get(f"/v1/personal/{token}/offers", expect=200).json()["items"]] == [made["id"]]
    answer(world, token, second["id"], expect=404)
    answer(world, token, made["id"], idempotency="x" * 30)
    again = answer(world, token, made["id"], idempotency="x" * 30)
    assert again.headers["Idempotent-Replayed"] == "true" and again.json()["state"] == "accepted"
    answer(world, token, made["id"], expect=409, problem="offer_is_answered")
    answer(world, token, made["id"], "declined", expect=422, problem="idempotency_key_reused", idempotency="x" * 30)
    assert person(world, made["id"], "ended_on") is not None
    Client(world.api).get(f"/v1/personal/{token}/bookings", expect=404)


def test_the_link_of_an_expert_with_an_address_goes_by_mail_alone(world):
    expert = with_address(world, make_expert(world))
    made = Booking(world).offer(expert)
    assert "link" not in made
    assert world.database.rows("SELECT template, link_id::text FROM mail WHERE person_id = %s::uuid", expert.id) == [("offer_made", made["id"])]


def test_all_who_decline_leave_it_unfilled_and_it_can_be_offered_again(world):
    first, second = make_expert(world), make_expert(world)
    booking = Booking(world)
    answer(world, first.token, booking.offer(first)["id"], "declined")
    assert (booking.state(), booking.now()["unfilled_because"]) == ("unfilled", "declined")
    made = booking.offer(second)
    booking.offer(first)
    answer(world, second.token, made["id"], "declined")
    assert (booking.state(), booking.now()["unfilled_because"]) == ("offered", None)


def test_an_offer_is_made_once_for_a_key_and_once_to_an_expert(world):
    expert = make_expert(world)
    booking = Booking(world)
    made = booking.offer(expert, idempotency="tarjous")
    assert booking.offer(expert, idempotency="tarjous") == made
    booking.offer(make_expert(world), idempotency="tarjous", expect=422)
    booking.offer(expert, expect=409, problem="offer_is_once_open")


@pytest.mark.parametrize("columns, problem", [
    ({"state": "on_break"}, "expert_is_not_active"),
    ({"agreement_until": "2020-12-31"}, "expert_is_out_of_agreement"),
    ({"notice_hours": 200}, "expert_needs_notice"),
    ({"week_hours": 1}, "expert_week_is_full"),
])
def test_the_rules_of_an_expert_speak_against_an_offer_by_name(world, columns, problem):
    Booking(world).offer(make_expert(world, **columns), expect=409, problem=problem)


def test_the_hours_of_a_week_count_what_is_booked_in_it(world):
    expert = make_expert(world, week_hours=3)
    today = datetime.date.today()
    wednesday = today + datetime.timedelta(days=14 - (today.weekday() - 2) % 7)  # whatever day it is now, both are in one week
    first, second = (Booking(world, starts_at=f"{wednesday}T{hour}:00:00Z", ends_at=f"{wednesday}T{hour + 2}:00:00Z") for hour in (10, 13))
    first.confirm(expert)
    second.offer(expert, expect=409, problem="expert_week_is_full")
    first.move("cancelled_early")
    second.offer(expert)


def test_an_expert_who_is_booked_is_not_asked_and_cannot_accept(world):
    expert = make_expert(world)
    booking, other = Booking(world), Booking(world)
    made, second = booking.offer(expert), other.offer(expert)
    answer(world, expert.token, made["id"])
    refused = answer(world, expert.token, second["id"], expect=409, problem="expert_is_booked")
    assert refused.json()["free"] == []
    assert other.state() == "offered"
    Booking(world).offer(expert, expect=409, problem="expert_is_booked")


def test_an_agreement_that_ends_meanwhile_speaks_against_accepting(world):
    expert = make_expert(world)
    made = Booking(world).offer(expert)
    world.database.run("UPDATE expert SET agreement_until = app_today() WHERE id = %s::uuid", expert.id)
    answer(world, expert.token, made["id"], expect=409, problem="expert_is_out_of_agreement")


def test_an_unknown_expert_and_one_of_other_units_are_alike(world):
    booking = Booking(world)
    booking.manager.post(f"{booking.path}/offers", {"expert_id": booking.id}, expect=422, problem="unknown_reference")
    ward = Client(world.api, world.new_key(["bookings:order", "bookings:manage"], ["ward"]))
    ward.post(f"{booking.path}/offers", {"expert_id": make_expert(world, unit="office").id}, expect=422, problem="unknown_reference")


def test_an_expert_whose_offer_is_withdrawn_is_told(world):
    expert = with_address(world, make_expert(world))
    booking = Booking(world)
    booking.manager.move(f"/v1/offers/{booking.offer(expert)['id']}", "withdrawn", expect=200)
    assert mails(world, expert) == ["offer_made", "offer_over"]


def told_to_staff(world, booking):
    """What the coordinator's mailbox gets of it."""
    return [row[0] for row in world.database.rows("SELECT template FROM mail WHERE link_id = %s::uuid AND mailbox = 'koordinaattori@example.org' ORDER BY template", booking.id)]


def test_coordinators_hear_of_new_orders_and_of_those_that_nobody_takes(world):
    declined, withdrawn, series = Booking(world), Booking(world), Booking(world, repeats={"every": "week", "times": 3})
    for booking in (declined, withdrawn):
        made = booking.offer(make_expert(world))
        booking.manager.move(f"/v1/offers/{made['id']}", "withdrawn", expect=200)
    expert = make_expert(world)
    answer(world, expert.token, declined.offer(expert)["id"], "declined")
    assert told_to_staff(world, declined) == ["order_made", "order_unfilled"] and told_to_staff(world, withdrawn) == ["order_made"] == told_to_staff(world, series)
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'order_made' AND link_id = ANY (%s::uuid[])", [time["id"] for time in series.times]) == 1


def test_coordinators_hear_of_experts_who_cancel_or_do_not_come(world):
    cancelled, given_up, absent = Booking(world), Booking(world), Booking(world)
    for booking in (cancelled, given_up, absent):
        expert = make_expert(world)
        booking.confirm(expert)
        if booking is cancelled:
            act(world, expert.token, booking.id, "cancelled_early")
    act(world, given_up.token, given_up.id, "cancelled_early")
    absent.begin()
    act(world, absent.token, absent.id, "expert_absent")
    assert [told_to_staff(world, booking) for booking in (cancelled, given_up, absent)] == [["expert_missing", "order_made"], ["order_made"], ["expert_missing", "order_made"]]


def test_what_is_confirmed_cancelled_or_over_takes_no_offers(world):
    booking = Booking(world)
    booking.confirm(make_expert(world))
    booking.offer(make_expert(world), expect=409, problem="booking_takes_no_offers")
    passed = Booking(world)
    passed.begin()
    passed.offer(make_expert(world), expect=409, problem="booking_is_over")


def test_a_cancelled_order_ends_its_offers(world):
    expert = with_address(world, make_expert(world))
    booking = Booking(world)
    made = booking.offer(expert)
    booking.move("cancelled_early")
    assert booking.manager.get(f"/v1/offers/{made['id']}", expect=200).json()["state"] == "withdrawn"
    assert mails(world, expert) == ["offer_made", "offer_over"]
