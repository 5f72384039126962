"""
Deadlines of cases: who is told when an answer is late. And what comes by the calendar.
"""

import pytest

from county import add_voice, count_jobs, move

# Of ten days: reminder after 7, overdue on the day after the last, escalation after 15.
PHASES = [("reminder", "kasittelija@example.org", 7), ("overdue", "koordinaattori@example.org", 11),
          ("escalation", "johto@example.org", 15)]


@pytest.fixture
def world(fresh_world):
    fresh_world.start_worker("clock")
    return fresh_world


def late_voice(world):
    due_on = world.database.value("SELECT app_today() + 10")
    return add_voice(world, due_on=due_on)


def told(world, case):
    rows = world.database.rows("SELECT template, mailbox FROM mail WHERE link_id = %s::uuid", case)
    return sorted(rows)


def on_day(world, days):
    """The afternoon of a day, so many days on."""
    afternoon = world.database.value(
        "SELECT (day_start((now() AT TIME ZONE 'Europe/Helsinki')::date + %s) + interval '15 hours' - now())::text", days)
    world.move_clock(afternoon)
    world.programs[-1].wait_for(lambda: count_jobs(world, "clock") == 0, "the clock of the day")


@pytest.mark.parametrize("phase, mailbox, day", PHASES)
def test_each_phase_comes_on_its_day_and_tells_its_role(world, phase, mailbox, day):
    case = late_voice(world)
    on_day(world, day - 1)
    assert phase not in dict(told(world, case))
    on_day(world, day)
    assert dict(told(world, case))[phase] == mailbox


def test_phases_come_at_eight_in_the_morning_in_finland(world):
    case = late_voice(world)
    on_day(world, 8)
    hour = "SELECT to_char(run_at AT TIME ZONE 'Europe/Helsinki', 'HH24:MI') FROM job WHERE kind = 'clock' AND subject = %s::uuid"
    assert world.database.value(hour, case) == "08:00"


def test_each_phase_tells_once_and_then_the_clock_of_the_case_ends(world):
    case = late_voice(world)
    for day in (8, 12, 16, 40):
        on_day(world, day)
    assert told(world, case) == sorted((phase, mailbox) for phase, mailbox, _ in PHASES)
    assert world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid AND kind = 'clock'", case) == 0


def test_nobody_is_told_of_a_case_that_was_answered(world):
    case = late_voice(world)
    move(world, "feedback", case, "answered", who="handler")
    on_day(world, 16)
    assert told(world, case) == []


def test_a_case_that_is_reopened_is_late_again(world):
    case = late_voice(world)
    move(world, "feedback", case, "answered", who="handler")
    on_day(world, 8)
    move(world, "feedback", case, "in_progress", who="giver", reason="Ei auttanut.")
    on_day(world, 12)
    assert told(world, case) == [("overdue", "koordinaattori@example.org")]


def test_nobody_is_told_of_a_case_that_was_withdrawn(world):
    case = late_voice(world)
    move(world, "feedback", case, "withdrawn", who="giver")
    on_day(world, 16)
    assert told(world, case) == []


def test_a_case_that_wants_no_answer_has_no_clock(world):
    case = add_voice(world)
    assert world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid AND kind = 'clock'", case) == 0


def test_partitions_are_there_for_months_ahead_every_day(world):
    on_day(world, 70)
    ahead = "SELECT to_regclass('event_' || to_char(app_today() + interval '3 months', 'YYYYMM')) IS NOT NULL"
    assert world.database.value(ahead) is True
    again = "SELECT run_at - app_now() < interval '1 day' FROM job WHERE unique_key = 'partitions' AND run_at > app_now()"
    assert world.database.value(again) is True


def test_words_of_a_text_can_be_searched_in_its_language(fresh_world):
    worker = fresh_world.start_worker("index")
    finnish = add_voice(fresh_world, text="Odotin vastaanotolla kolme tuntia.")
    swedish = add_voice(fresh_world, text="Väntetiderna är långa.", lang="sv")
    sami = add_voice(fresh_world, text="Mun vurden guhká.", lang="se")
    worker.wait_for(lambda: count_jobs(fresh_world, "index") == 0, "the end of indexing")
    found = "SELECT feedback_id::text FROM feedback_words WHERE words @@ to_tsquery(%s::regconfig, %s)"
    assert fresh_world.database.value(found, "simple", "tunti") == finnish  # its base form
    assert fresh_world.database.value(found, "swedish", "väntetid") == swedish
    assert fresh_world.database.value(found, "simple", "vurden") == sami


def test_words_of_a_withdrawn_text_are_gone(fresh_world):
    worker = fresh_world.start_worker("index")
    case = add_voice(fresh_world)
    worker.wait_for(lambda: count_jobs(fresh_world, "index") == 0, "the end of indexing")
    move(fresh_world, "feedback", case, "withdrawn", who="giver")
    assert fresh_world.database.value("SELECT count(*) FROM feedback_words") == 0
