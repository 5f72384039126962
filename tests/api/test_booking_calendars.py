"""
Bookings in the calendars of experts and of who orders them, as programs read them that others wrote.
"""

from datetime import datetime

import pytest
from test_personal_page import Page

from support.bookings import Booking, act
from support.calendars import by_icaljs, events, events_of, own_calendar, read
from support.client import Client, new_key
from support.experts import always, make_expert
from support.links import token_of_person
from support.questions import moment
from support.sessions import token_of


def only(world, token, booking):
    return events(world, own_calendar(world, token))[f"{booking.id}@osallisuus"]


def told(event):
    return int(event["SEQUENCE"]), str(event["STATUS"])


@pytest.mark.parametrize("starts, ends", [("2027-03-28T00:30:00Z", "2027-03-28T02:30:00Z"), ("2027-10-31T00:30:00Z", "2027-10-31T02:30:00Z"),
                                          ("2027-12-31T21:00:00Z", "2028-01-01T01:00:00Z")])
def test_two_programs_read_the_times_back_as_they_are(world, starts, ends):
    expert = make_expert(world)
    booking = Booking(world, starts_at=starts, ends_at=ends, about="Ilta; avoin, kaikille 🙂")
    booking.confirm(expert)
    content = read(world, own_calendar(world, expert.token))
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
        assert set(events(world, own_calendar(world, token_of_person(booking.id)))) == expected


def test_the_link_of_an_offer_is_none_of_a_calendar(world):
    made = Booking(world).offer(make_expert(world))
    Client(world.api).get(own_calendar(world, token_of_person(made["id"])), expect=404)


def test_the_address_of_a_calendar_opens_nothing_else_and_a_new_one_ends_it(world):
    expert, me = make_expert(world), Client(world.api)
    old = own_calendar(world, expert.token)
    feed = old.split("/")[3]
    for path in (f"/v1/personal/{feed}", f"/v1/personal/{feed}/expert", f"/v1/feeds/{expert.token}/calendar.ics", f"/v1/feeds/{feed[:-1]}/calendar.ics"):
        me.get(path, expect=404)
    assert expert.id not in me.get(f"/m/{feed}").text and "<button" not in me.get(f"/m/{feed}").text
    key = new_key()
    first, again = (me.post(f"/v1/personal/{expert.token}/feeds", idempotency=key, expect=200) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    new = own_calendar(world, expert.token)
    assert new == f"/v1/feeds/{first.json()['feed']}/calendar.ics" != old
    me.get(old, expect=404)
    me.get(new, expect=200)
    me.post(f"/v1/personal/{expert.token}/feeds", expect=200)
    assert me.post(f"/v1/personal/{expert.token}/feeds", idempotency=key, expect=200).json()["feed"] not in (first.json()["feed"], feed)  # what was old stays so
    me.get(new, expect=404)


def test_coordinators_and_who_orders_give_calendars_new_addresses_unseen_and_whose_it_is_hears_so(world):
    expert, booking = make_expert(world), Booking(world, contact={"email": "tilaaja@example.org"})
    orderer = token_of_person(booking.id)
    for path, scope, token in ((f"/v1/experts/{expert.id}/feeds", "experts:write", expert.token), (f"/v1/bookings/{booking.id}/feeds", "bookings:order", orderer)):
        old, client = own_calendar(world, token), Client(world.api, world.new_key([scope]))
        assert client.post(path, expect=200).json().keys() == {"id"}
        Client(world.api).get(old, expect=404)
        Client(world.api).get(own_calendar(world, token), expect=200)
    assert world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_news'", booking.id) == 1


def test_a_button_of_the_page_gives_the_calendar_a_new_address(world):
    expert = make_expert(world)
    page, old = Page(world, expert.token), own_calendar(world, expert.token)
    assert old in page.get().text
    page.send(page.form("personal_feed_renew"))
    new = own_calendar(world, expert.token)
    assert new != old and new in page.get().text


def test_a_new_personal_link_has_a_new_calendar(world):
    expert = make_expert(world)
    old = own_calendar(world, expert.token)
    link = world.client("experts").post(f"/v1/experts/{expert.id}/links", expect=200).json()["link"]
    assert own_calendar(world, token_of(link)) != old
    Client(world.api).get(old, expect=404)
