"""
Orders of experts: ordered, moved, cancelled, done, with the rules that speak against it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from support.bookings import Booking, act, order
from support.client import Client, problem_pointers
from support.experts import add_days, add_hours, always, make_expert
from support.questions import moment
from support.sessions import PLACE

HELSINKI = ZoneInfo("Europe/Helsinki")


def local(text):
    """A moment by the clocks of Finland."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(HELSINKI)


def at(day, hour, minute=0):
    return datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=HELSINKI).astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def hours_from_now(begin, end):
    return {"starts_at": moment(hours=begin), "ends_at": moment(hours=end)}


# ---- orders ----

def test_an_order_waits_for_offers_and_its_orderer_has_a_link(world):
    booking = Booking(world, area="mental_health", about="Kertomus osaston henkilöstölle.", online_url="https://example.org/kokous")
    found = booking.now()
    assert (found["state"], found["expert_id"], found["series_id"], found["area"]) == ("requested", None, booking.id, "mental_health")
    mine = Client(world.api).get(f"/v1/personal/{booking.token}/bookings", expect=200).json()["items"]
    assert [(item["id"], item["about"]) for item in mine] == [(booking.id, "Kertomus osaston henkilöstölle.")]


def test_a_link_goes_by_mail_alone_where_there_is_an_address(world):
    made = world.client("orderer").post("/v1/bookings", order(world.units["ward"], contact={"email": "tilaaja@example.org"}), expect=201).json()
    assert "link" not in made
    assert world.database.value("SELECT template FROM mail WHERE person_id = %s::uuid", made["id"]) == "person_link"


def test_an_order_is_made_once_for_a_key_also_of_a_series(world):
    orderer = world.client("orderer")
    body = order(world.units["ward"], repeats={"every": "week", "times": 3})
    first = orderer.post("/v1/bookings", body, idempotency="sarja", expect=201)
    again = orderer.post("/v1/bookings", body, idempotency="sarja", expect=201)
    assert again.headers["Idempotent-Replayed"] == "true" and again.json() == first.json() and len(first.json()["bookings"]) == 3
    orderer.post("/v1/bookings", {**body, "task": "media"}, idempotency="sarja", expect=422, problem="idempotency_key_reused")
    assert len(orderer.all_items("/v1/bookings", series_id=first.json()["id"])) == 3


@pytest.mark.parametrize("wrong, problem, pointer", [
    ({"ends_at": moment(days=6)}, "booking_ends_after_it_starts", "/ends_at"),
    ({"ends_at": moment(days=9)}, "booking_is_within_a_day", "/ends_at"),
    (hours_from_now(-2, 1), "booking_is_to_come", "/starts_at"),
    ({"starts_at": "9999-01-01T10:00:00Z", "ends_at": "9999-01-01T11:00:00Z"}, "booking_is_too_far", "/starts_at"),
    ({"place": None}, "booking_has_place", "/place"),
    ({"about": "  \n "}, "contract_violation", "/about"),
    ({"task": "dancing"}, "unknown_reference", "/task"),
    ({"area": "dancing"}, "unknown_reference", "/area"),
])
def test_an_order_that_cannot_be_is_refused_at_its_place(world, wrong, problem, pointer):
    refused = world.client("orderer").post("/v1/bookings", order(world.units["ward"], **wrong), expect=422, problem=problem)
    assert problem_pointers(refused) == [pointer]


def test_an_order_from_afar_needs_no_place(world):
    assert Booking(world, place=None, is_remote=True).now()["is_remote"]


def test_a_series_keeps_the_time_of_the_day_across_the_change_of_clocks(world):
    begin = {"starts_at": at("2027-10-19", 14), "ends_at": at("2027-10-19", 16)}
    weekly = Booking(world, **begin, repeats={"every": "week", "times": 4}).times
    assert [local(time["starts_at"]).strftime("%m-%d %H:%M") for time in weekly] == ["10-19 14:00", "10-26 14:00", "11-02 14:00", "11-09 14:00"]
    assert len({local(time["starts_at"]).utcoffset() for time in weekly}) == 2
    assert {local(time["ends_at"]) - local(time["starts_at"]) for time in weekly} == {timedelta(hours=2)}
    monthly = Booking(world, **begin, repeats={"every": "month", "times": 3}).times
    assert [local(time["starts_at"]).strftime("%m-%d %H:%M") for time in monthly] == ["10-19 14:00", "11-16 14:00", "12-21 14:00"]


@pytest.mark.parametrize("day, hour, problem, told", [
    ("2027-03-21", 3, "local_time_is_skipped", "2027-03-28T03:30"),
    ("2027-10-24", 3, "local_time_is_repeated", "2027-10-31T03:30"),
])
def test_a_series_that_meets_a_time_which_the_clocks_skip_or_repeat_says_which(world, day, hour, problem, told):
    body = order(world.units["ward"], starts_at=at(day, hour, 30), ends_at=at(day, hour + 1, 30), repeats={"every": "week", "times": 2})
    refused = world.client("orderer").post("/v1/bookings", body, expect=422, problem=problem)
    assert refused.json()["local_time"] == told and problem_pointers(refused) == ["/repeats"]


# ---- moves ----

def test_a_confirmed_booking_moves_and_calendars_count_it(world):
    expert = always(world, make_expert(world))
    booking = Booking(world)
    booking.confirm(expert)
    before = booking.now()["sequence"]
    moved = booking.patch({"starts_at": moment(days=8), "ends_at": moment(days=8, hours=1)}).json()
    assert (moved["state"], moved["sequence"]) == ("confirmed", before + 1)
    assert booking.patch({"about": "Uusi aihe."}).json()["sequence"] == before + 1


def test_a_move_into_an_occupied_hour_names_what_is_free(world):
    expert = make_expert(world, travel_minutes=30)
    for weekday in range(1, 8):
        add_hours(world, expert.id, weekday, "08:00", "20:00")
    day = (datetime.now(HELSINKI) + timedelta(days=8)).strftime("%Y-%m-%d")
    Booking(world, starts_at=at(day, 12), ends_at=at(day, 13)).confirm(expert)
    booking = Booking(world, starts_at=at(day, 16), ends_at=at(day, 17))
    booking.confirm(expert)
    refused = booking.patch({"starts_at": at(day, 13, 15), "ends_at": at(day, 14, 15)}, expect=409, problem="expert_is_booked")
    assert {"starts_at": at(day, 13, 30), "ends_at": at(day, 14, 30)} in refused.json()["free"]
    assert problem_pointers(refused) == ["/starts_at"]
    booking.patch({"starts_at": at(day, 13, 30), "ends_at": at(day, 14, 30)})


def day_after(days):
    """The day so many days from now, by the clocks of Finland."""
    return (datetime.now(HELSINKI) + timedelta(days=days)).strftime("%Y-%m-%d")


def test_a_confirmed_booking_moves_only_to_a_time_that_its_expert_has_given(world):
    expert = make_expert(world)
    for weekday in range(1, 8):
        add_hours(world, expert.id, weekday, "10:00", "14:00")
    day, other = day_after(8), day_after(9)
    add_days(world, expert.id, other, other)
    booking = Booking(world, starts_at=at(day, 18), ends_at=at(day, 20))
    assert booking.confirm(expert)["is_outside_hours"]
    for begin, end in ((at(day, 17), at(day, 19)), (at(day, 13), at(day, 15)), (at(other, 10), at(other, 12))):
        refused = booking.patch({"starts_at": begin, "ends_at": end}, expect=409, problem="expert_is_not_available")
        assert problem_pointers(refused) == ["/starts_at"]
    assert {"starts_at": at(day, 18), "ends_at": at(day, 20)} in refused.json()["free"]
    booking.patch({"starts_at": at(day, 18, 30)})
    booking.patch({"starts_at": at(day, 12), "ends_at": at(day, 14)})
    booking.patch({"starts_at": at(day, 11), "ends_at": at(day, 13)})


def test_the_time_that_a_booking_takes_itself_is_free_for_it(world):
    expert = make_expert(world, travel_minutes=30)
    for weekday in range(1, 8):
        add_hours(world, expert.id, weekday, "12:00", "15:00")
    day = day_after(8)
    Booking(world, starts_at=at(day, 14), ends_at=at(day, 15)).confirm(expert)
    booking = Booking(world, starts_at=at(day, 12), ends_at=at(day, 13))
    booking.confirm(expert)
    refused = booking.patch({"starts_at": at(day, 13), "ends_at": at(day, 14)}, expect=409, problem="expert_is_booked")
    assert refused.json()["free"][0] == {"starts_at": at(day, 12, 30), "ends_at": at(day, 13, 30)}
    booking.patch({"starts_at": at(day, 12, 30), "ends_at": at(day, 13, 30)})


def test_what_the_expert_took_stays_and_a_place_may_change(world):
    booking = Booking(world, area="mental_health")
    booking.confirm(make_expert(world))
    before = booking.now()["sequence"]
    for change, pointer in (({"task": "media"}, "/task"), ({"area": None}, "/area"), ({"language": "sv"}, "/language")):
        assert problem_pointers(booking.patch(change, expect=409, problem="booking_is_confirmed")) == [pointer]
    assert booking.patch({"task": "lecture", "is_remote": True}).json()["sequence"] == before + 1


# ---- the way ----

@pytest.mark.parametrize("first_remote, second_remote", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("is_after", [True, False])
def test_one_way_lies_between_two_bookings_whichever_comes_first(world, first_remote, second_remote, is_after):
    expert = make_expert(world, travel_minutes=30)
    first, second = ({"is_remote": is_remote, "place": None if is_remote else PLACE} for is_remote in (first_remote, second_remote))
    day = day_after(8)
    Booking(world, **first, starts_at=at(day, 12), ends_at=at(day, 14)).confirm(expert)

    def with_way_of(minutes):
        begin, end = (at(day, 14, minutes), at(day, 15)) if is_after else (at(day, 10), at(day, 11, 60 - minutes) if minutes else at(day, 12))
        return Booking(world, **second, starts_at=begin, ends_at=end)
    if first_remote and second_remote:
        with_way_of(0).confirm(expert)
    else:
        with_way_of(29).offer(expert, expect=409, problem="expert_is_booked")
        with_way_of(30).confirm(expert)


def test_what_is_free_beside_a_booking_leaves_the_way(world):
    expert = make_expert(world, travel_minutes=30)
    day = day_after(8)
    for weekday in range(1, 8):
        add_hours(world, expert.id, weekday, "10:00", "16:00")
    Booking(world, starts_at=at(day, 12), ends_at=at(day, 13)).confirm(expert)
    slots = world.client("experts").all_items(f"/v1/experts/{expert.id}/free-slots", **{"from": at(day, 8), "until": at(day, 20)})
    assert [(slot["starts_at"], slot["ends_at"]) for slot in slots] == [(at(day, 10), at(day, 11, 30)), (at(day, 13, 30), at(day, 16))]
    for slot in slots:
        Booking(world, **slot).confirm(expert)


def test_a_booking_is_not_changed_while_it_is_offered_nor_when_it_is_over(world):
    expert = make_expert(world)
    booking = Booking(world)
    made = booking.offer(expert)
    booking.patch({"about": "Toinen."}, expect=409, problem="booking_is_offered")
    booking.manager.move(f"/v1/offers/{made['id']}", "withdrawn", expect=200)
    assert (booking.state(), booking.now()["unfilled_because"]) == ("unfilled", "withdrawn")
    booking.patch({"about": "Toinen."})
    booking.move("cancelled_early")
    booking.patch({"about": "Kolmas."}, expect=409, problem="booking_is_over")


def test_a_patch_keeps_the_rules_of_an_order(world):
    booking = Booking(world)
    for wrong, problem in [({"task": "dancing"}, "unknown_reference"), ({"place": None}, "booking_has_place"), ({"about": " "}, "contract_violation"),
                           ({"ends_at": moment(days=6)}, "booking_ends_after_it_starts"), (hours_from_now(-2, 1), "booking_is_to_come")]:
        booking.patch(wrong, expect=422, problem=problem)
    assert booking.patch({"area": "mental_health", "language": "sv"}).json()["language"] == "sv"
    assert booking.patch({"area": None}).json()["area"] is None


# ---- cancelled, done ----

def test_a_cancellation_is_early_or_late_by_the_rule_and_frees_the_expert(world):
    expert = make_expert(world)
    booking = Booking(world, **hours_from_now(26, 28))
    booking.confirm(expert)
    booking.move("cancelled_late", reason="Este.", expect=409, problem="cancellation_is_early")
    soon = Booking(world, **hours_from_now(20, 22))
    soon.confirm(expert)
    soon.move("cancelled_early", expect=409, problem="cancellation_is_late")
    soon.move("cancelled_late", expect=422, problem="reason_required")
    soon.move("cancelled_late", reason="Este.")
    act(world, expert.token, booking.id, "cancelled_early")
    assert (booking.state(), soon.state()) == ("cancelled_early", "cancelled_late")
    Booking(world, **hours_from_now(20, 28)).confirm(expert)


def test_what_has_begun_is_not_cancelled(world):
    expert = make_expert(world)
    booking = Booking(world)
    booking.confirm(expert)
    booking.begin()
    booking.move("cancelled_late", reason="Este.", expect=409, problem="booking_is_over")
    act(world, expert.token, booking.id, "cancelled_late", reason="Este.", expect=409, problem="booking_is_over")
    assert booking.state() == "confirmed"


def test_what_became_of_it_is_said_once_it_has_begun(world):
    expert = make_expert(world)
    booking = Booking(world)
    booking.confirm(expert)
    booking.move("done", expect=409, problem="booking_has_not_begun")
    booking.begin()
    act(world, expert.token, booking.id, "done", expect=409, problem="illegal_transition")
    act(world, booking.token, booking.id, "done")
    assert (booking.state(), booking.now()["outcome"]) == ("done", "done")


def test_an_absent_expert_can_be_replaced_while_it_lasts(world):
    first, second = make_expert(world), make_expert(world)
    booking = Booking(world)
    booking.confirm(first)
    booking.begin()
    booking.move("expert_absent")
    booking.confirm(second)
    assert booking.now()["expert_id"] == second.id
    assert Client(world.api).get(f"/v1/personal/{first.token}/bookings", expect=200).json()["items"] == []


def test_an_orderer_cannot_offer_or_say_that_a_client_did_not_come(world):
    booking = Booking(world)
    booking.confirm(make_expert(world))
    booking.begin()
    orderer = world.client("orderer")
    refused = orderer.move(booking.path, "client_absent", expect=409, problem="illegal_transition")
    assert "done" in refused.json()["legal"]
    orderer.move(booking.path, "expert_absent", expect=200)


def test_the_end_of_an_experts_work_ends_offers_and_bookings(world):
    expert, other = make_expert(world), make_expert(world)
    confirmed, soon, offered = Booking(world), Booking(world, **hours_from_now(3, 4)), Booking(world, starts_at=moment(days=20), ends_at=moment(days=20, hours=1))
    confirmed.confirm(expert)
    soon.confirm(expert)
    offered.offer(expert)
    offered.offer(other)
    world.database.run("INSERT INTO step (id, resource, subject, from_state, to_state, who, version) SELECT gen_random_uuid(), 'expert', e.id, e.state, 'ended',"
                       " 'expert', e.version + 1 FROM expert e WHERE e.id = %s::uuid", expert.id)
    assert (confirmed.state(), soon.state(), offered.state()) == ("cancelled_early", "cancelled_late", "offered")
    states = {item["expert_id"]: item["state"] for item in offered.manager.all_items(f"{offered.path}/offers")}
    assert states == {expert.id: "withdrawn", other.id: "sent"}
