"""
What can wait is not mailed at night.
"""

from datetime import datetime, timezone

import pytest

from county import add_mail, add_voice, mail_state
from support.questions import Survey

HELSINKI_MOMENTS = [  # in UTC: when it is asked, when it may be sent
    ("2026-06-10 16:59:59", "2026-06-10 16:59:59"), ("2026-06-10 17:00", "2026-06-11 05:00"), ("2026-06-10 23:00", "2026-06-11 05:00"),
    ("2026-06-11 04:59:59", "2026-06-11 05:00"), ("2026-06-11 05:00", "2026-06-11 05:00"),
    ("2026-01-31 18:00", "2026-02-01 06:00"), ("2026-12-31 22:30", "2027-01-01 06:00"),
    ("2026-03-28 18:00", "2026-03-29 05:00"),  # the night of 29 March is an hour shorter
    ("2026-10-24 17:00", "2026-10-25 06:00"),  # that of 25 October an hour longer
]


def set_hours(database, start, end):
    database.run("UPDATE rule SET value = CASE name WHEN 'quiet_from' THEN %s ELSE %s END WHERE name IN ('quiet_from', 'quiet_until')",
                 start, end)


def awake_at(database, moment):
    return database.value("SELECT awake_at(%s::timestamptz) AT TIME ZONE 'UTC'", f"{moment}+00")


@pytest.mark.parametrize("asked, sent", HELSINKI_MOMENTS)
def test_the_night_ends_at_eight_by_the_clocks_of_finland(fresh_world, asked, sent):
    set_hours(fresh_world.database, 20, 8)
    assert awake_at(fresh_world.database, asked) == datetime.fromisoformat(sent)


def test_quiet_hours_may_lie_within_a_day_and_may_not_be_at_all(fresh_world):
    set_hours(fresh_world.database, 1, 5)
    for asked, sent in (("2026-06-10 21:59", "2026-06-10 21:59"), ("2026-06-10 22:00", "2026-06-11 02:00"), ("2026-06-11 02:00", "2026-06-11 02:00")):
        assert awake_at(fresh_world.database, asked) == datetime.fromisoformat(sent)
    set_hours(fresh_world.database, 6, 6)
    assert awake_at(fresh_world.database, "2026-06-11 03:30") == datetime(2026, 6, 11, 3, 30)


@pytest.fixture
def night(fresh_world):
    """A world in whose quiet hours it is now, and for hours to come."""
    hour = fresh_world.database.value("SELECT extract(hour FROM app_now() AT TIME ZONE 'Europe/Helsinki')::integer")
    set_hours(fresh_world.database, (hour - 1) % 24, (hour + 6) % 24)
    fresh_world.start_worker("mail", "mail_bulk")
    return fresh_world


def waiting(world, mail):
    """The moment at which a mail's job runs next."""
    return world.database.value("SELECT run_at FROM job WHERE subject = %s::uuid AND state = 'waiting' AND run_at > app_now()", mail)


@pytest.mark.parametrize("template", ["change_news", "follow_up", "survey_invitation"])
def test_a_mail_that_can_wait_goes_in_the_morning_and_one_that_cannot_goes_at_once(night, template):
    case = add_voice(night, email="aino@example.org")
    night.sink.wait_for(lambda mail: mail.to == "aino@example.org")
    night.sink.clear()
    late = add_mail(night, case, template, capped=True, link_id=case)
    answer = add_mail(night, case, "case_news")
    night.sink.wait_for()
    morning = night.programs[-1].wait_for(lambda: waiting(night, late), "the mail's rest until the morning")
    expected = night.database.value("SELECT awake_at(app_now())")
    assert morning == expected and expected > datetime.now(timezone.utc)
    night.programs[-1].wait_for(lambda: mail_state(night, answer) == "sent", "the answer's end")
    assert mail_state(night, late) == "queued"
    assert night.database.value("SELECT count(*) FROM contact_count") == 0
    night.move_clock("8 hours")
    mail = night.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message)
    assert mail.message["Message-ID"].startswith(f"<{late}@")
    night.programs[-1].wait_for(lambda: mail_state(night, late) == "sent", "its end")
    assert len(night.sink.mails) == 2


def test_a_reminder_of_a_survey_waits_although_it_does_not_count(night):
    night.api.start()
    Survey(night).invite("aino@example.org")
    link = night.database.value("SELECT id FROM survey_link")
    mail = add_mail(night, None, "survey_reminder", survey_link_id=link, link_id=link)
    night.programs[-1].wait_for(lambda: waiting(night, mail), "the mail's rest until the morning")
    assert mail_state(night, mail) == "queued" and night.sink.mails == []
