"""
An expert is never in two places, however many accept at once, and whatever random histories of bookings come.
"""

import datetime
import uuid

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from psycopg2.errors import LockNotAvailable

from support.bookings import Booking, accepting, act, add_offers, answer
from support.database import Database
from support.experts import always, make_expert
from support.questions import moment
from support.rush import Rush
from support.world import World

AT_ONCE = 60


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    """What is asked at once waits as long as a busy machine needs: this is of who has what, not of how soon (tests/bench)."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), QUEUE_WAIT_MS=20000, STATEMENT_TIMEOUT_MS=20000) as made:
        made.api.start()
        yield made


def accept_all(world, asked):
    with Rush(world.api, len(asked)) as rush:
        return rush.send(accepting(asked))


def test_of_many_who_accept_the_same_hour_of_an_expert_at_once_one_has_it(world):
    replies = accept_all(world, add_offers(world, AT_ONCE))
    assert sorted(status for status, _ in replies) == [200] + [409] * (AT_ONCE - 1)
    assert {body["code"] for status, body in replies if status == 409} == {"expert_is_booked"}


def test_of_many_experts_who_accept_the_same_order_at_once_one_has_it_and_the_rest_hear_so(world):
    experts = [make_expert(world) for _ in range(12)]
    booking = Booking(world, starts_at=moment(days=41), ends_at=moment(days=41, hours=1))
    asked = [(expert.token, booking.offer(expert)["id"]) for expert in experts]
    replies = accept_all(world, asked)
    assert sorted(status for status, _ in replies) == [200] + [409] * 11
    assert {body["code"] for status, body in replies if status == 409} == {"offer_has_ended"}
    won = [token for (token, _), (status, _) in zip(asked, replies) if status == 200]
    assert [expert.id for expert in experts if expert.token in won] == [booking.now()["expert_id"]]


def test_many_who_accept_different_hours_at_once_all_have_them(world):
    assert {status for status, _ in accept_all(world, add_offers(world, 60, experts=20))} == {200}


def offered_at(world, expert, weekday):
    """An order for this day (0: Monday) of one week, offered to the expert: the offer's id."""
    soon = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=60)
    day = soon + datetime.timedelta(days=7 - soon.weekday() + weekday)
    return Booking(world, is_remote=True, starts_at=f"{day}T12:00:00Z", ends_at=f"{day}T13:00:00Z").offer(expert)["id"]


def accept_in(connection, expert, offer):
    """Accepts in the transaction of this connection, as the API does. The problems."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT a.problem FROM person p, offers_answered(ARRAY[%s]::uuid[], ARRAY[sha256('')], ARRAY[p.token_hash], ARRAY[%s]::uuid[],"
                       " ARRAY['{\"to\": \"accepted\"}']::jsonb[]) a WHERE p.id = %s", (str(uuid.uuid4()), offer, expert.id))
        return [problem for problem, in cursor.fetchall()]


@pytest.mark.parametrize("week_hours", [None, 30])
def test_answers_of_an_expert_wait_for_each_other_over_the_same_hours_and_where_the_week_has_a_limit(world, week_hours):
    expert = make_expert(world, week_hours=week_hours)
    first, same, other = (offered_at(world, expert, weekday) for weekday in (2, 2, 3))
    one, two = world.database.connect("api"), world.database.connect("api")
    one.autocommit = two.autocommit = False
    assert accept_in(one, expert, first) == [None]
    for offer, waits in ((same, True), (other, week_hours is not None)):
        two.cursor().execute("SET LOCAL lock_timeout = '50ms'")
        if waits:
            with pytest.raises(LockNotAvailable):
                accept_in(two, expert, offer)
        else:
            assert accept_in(two, expert, offer) == [None]
        two.rollback()
    one.commit()
    assert accept_in(two, expert, same) == ["expert_is_booked"]
    one.close()
    two.close()


class Histories(RuleBasedStateMachine):
    """
    Two experts who need an hour for the way, hours of one day, and a model: which hours of whom are taken, and where. Orders are made, offered,
    accepted, declined, moved and cancelled at random; what the model says is free is taken, what it says is taken is refused.
    """
    world = None

    def __init__(self):
        super().__init__()
        Histories.day = getattr(Histories, "day", 50) + 1
        self.on = moment(days=Histories.day)[:10]
        self.experts = [always(self.world, make_expert(self.world, travel_minutes=60)) for _ in range(2)]
        self.bookings = {}  # Booking: (begin, end, index of the expert or None, from afar)

    def hours(self, begin, length):
        return {"starts_at": f"{self.on}T{6 + begin:02}:00:00Z", "ends_at": f"{self.on}T{6 + begin + length:02}:00:00Z"}

    def is_free(self, expert, begin, end, is_remote, but=None):
        def fits(first, last, was_remote):
            way = 0 if is_remote and was_remote else 1
            return end + way <= first or last + way <= begin
        return all(taken != expert or booking is but or fits(first, last, was_remote) for booking, (first, last, taken, was_remote) in self.bookings.items())

    @rule(begin=st.integers(0, 8), length=st.integers(1, 3), expert=st.integers(0, 1), is_taken=st.booleans(), is_remote=st.booleans())
    def order(self, begin, length, expert, is_taken, is_remote):
        booking = Booking(self.world, is_remote=is_remote, **self.hours(begin, length))
        if not self.is_free(expert, begin, begin + length, is_remote):
            booking.offer(self.experts[expert], expect=409, problem="expert_is_booked")
            self.bookings[booking] = (begin, begin + length, None, is_remote)
        else:
            made = booking.offer(self.experts[expert])
            answer(self.world, self.experts[expert].token, made["id"], "accepted" if is_taken else "declined")
            self.bookings[booking] = (begin, begin + length, expert if is_taken else None, is_remote)

    @precondition(lambda self: self.bookings)
    @rule(which=st.integers(0, 50), begin=st.integers(0, 8), length=st.integers(1, 3))
    def move(self, which, begin, length):
        booking = list(self.bookings)[which % len(self.bookings)]
        _, _, expert, is_remote = self.bookings[booking]
        if expert is None or self.is_free(expert, begin, begin + length, is_remote, booking):
            booking.patch(self.hours(begin, length))
            self.bookings[booking] = (begin, begin + length, expert, is_remote)
        else:
            booking.patch(self.hours(begin, length), expect=409, problem="expert_is_booked")

    @precondition(lambda self: any(expert is not None for _, _, expert, _ in self.bookings.values()))
    @rule(which=st.integers(0, 50), by_expert=st.booleans())
    def cancel(self, which, by_expert):
        taken = [booking for booking, (_, _, expert, _) in self.bookings.items() if expert is not None]
        booking = taken[which % len(taken)]
        act(self.world, self.experts[self.bookings[booking][2]].token if by_expert else booking.token, booking.id, "cancelled_early")
        del self.bookings[booking]

    @invariant()
    def what_is_held_is_what_the_model_says(self):
        found = self.world.database.rows("SELECT id::text, expert_id::text FROM booking WHERE held IS NOT NULL AND expert_id = ANY (%s::uuid[])",
                                         [expert.id for expert in self.experts])
        assert dict(found) == {booking.id: self.experts[expert].id for booking, (_, _, expert, _) in self.bookings.items() if expert is not None}


def test_random_histories_are_as_a_simple_model_says(world):
    Histories.world = world
    run_state_machine_as_test(Histories, settings=settings(max_examples=6, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)))
