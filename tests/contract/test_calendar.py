"""
Days on which no limit ends: the SQL against holidays.csv (every holiday of 2024–2030) and against a computation of its own.
"""

import csv
import datetime
from pathlib import Path

import pytest

from support.database import Database

ONE_DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2030, 12, 31)
TABLE = Path(__file__).parent / "holidays.csv"


@pytest.fixture(scope="module")
def calendar(cluster):
    made = Database.create(cluster)
    yield made
    made.drop()


def easter(year):
    """Easter Sunday by Gauss's rule, with its two exceptions; the SQL goes by Meeus."""
    century = year // 100
    moon = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    days = (19 * (year % 19) + moon) % 30
    week = (2 * (year % 4) + 4 * (year % 7) + 6 * days + (4 + century - century // 4) % 7) % 7
    if (days, week) == (29, 6) or (days == 28 and week == 6 and (11 * moon + 11) % 30 < 19):
        week -= 7
    return datetime.date(year, 3, 22) + (days + week) * ONE_DAY


def saturday_from(day):
    return day + (5 - day.weekday()) % 7 * ONE_DAY


def holidays_of(year):
    """{day: name}, computed."""
    sunday, midsummer = easter(year), saturday_from(datetime.date(year, 6, 20))
    fixed = {(1, 1): "new_year", (1, 6): "epiphany", (5, 1): "may_day", (12, 6): "independence_day", (12, 24): "christmas_eve",
             (12, 25): "christmas_day", (12, 26): "boxing_day"}
    moving = {sunday - 2 * ONE_DAY: "good_friday", sunday: "easter_sunday", sunday + ONE_DAY: "easter_monday",
              sunday + 39 * ONE_DAY: "ascension_day", sunday + 49 * ONE_DAY: "pentecost", midsummer - ONE_DAY: "midsummer_eve",
              midsummer: "midsummer_day", saturday_from(datetime.date(year, 10, 31)): "all_saints"}
    return {**moving, **{datetime.date(year, *day): name for day, name in fixed.items()}}


def table():
    """{day: name} of holidays.csv."""
    with TABLE.open(encoding="utf-8") as file:
        return {datetime.date.fromisoformat(row["day"]): row["name"] for row in csv.DictReader(file)}


def moves(day):
    """Whether a limit that ends on this day moves on (150/1930 § 5)."""
    return day.weekday() >= 5 or day in holidays_of(day.year)


def all_days():
    return [FIRST + n * ONE_DAY for n in range((LAST - FIRST).days + 1)]


def test_the_table_is_what_the_rules_of_the_calendar_give():
    computed = {}
    for year in range(FIRST.year, LAST.year + 1):
        computed.update(holidays_of(year))
    assert table() == computed


def test_every_day_of_the_table_is_a_holiday_and_no_other_is(calendar):
    rows = calendar.rows("SELECT day::date, finnish_holiday(day::date) FROM generate_series(%s::date, %s, interval '1 day') day", FIRST, LAST)
    assert {day: name for day, name in rows if name} == table()
    assert len(rows) == len(all_days())


def test_easter_is_right_for_five_centuries(calendar):
    rows = calendar.rows("SELECT year, easter_sunday(year) FROM generate_series(1700, 2200) year")
    assert rows == [(year, easter(year)) for year in range(1700, 2201)]


def test_a_limit_moves_over_holidays_saturdays_and_sundays_to_the_next_working_day(calendar):
    rows = calendar.rows("SELECT day::date, limit_day(day::date) FROM generate_series(%s::date, %s, interval '1 day') day", FIRST, LAST)
    for day, end in rows:
        expected = day
        while moves(expected):
            expected += ONE_DAY
        assert end == expected, day


@pytest.mark.parametrize("day, end", [
    ("2028-12-23", "2028-12-27"),  # from the Saturday before Christmas over eve and both days
    ("2025-06-20", "2025-06-23"),  # Midsummer eve
    ("2025-12-06", "2025-12-08"),  # Independence Day, a Saturday
    ("2026-04-03", "2026-04-07"),  # Good Friday to the Tuesday after Easter
    ("2026-05-01", "2026-05-04"),  # May Day, a Friday
    ("2026-12-24", "2026-12-28"),  # Christmas eve, a Thursday
    ("2027-05-06", "2027-05-07"),  # Ascension Day
    ("2027-01-05", "2027-01-05"),  # the day before Epiphany is a working day
    ("2027-12-31", "2027-12-31"),  # New Year's eve, a Friday: no holiday
])
def test_a_limit_that_would_end_on_this_day_ends_on_that_one(calendar, day, end):
    assert calendar.value("SELECT limit_day(%s::date)::text", day) == end


@pytest.mark.parametrize("days, percent, after", [(14, 70, 10), (10, 70, 7), (1, 70, 1), (14, 150, 21), (5, 150, 8), (14, 100, 14), (365, 99, 362)])
def test_a_share_of_the_time_has_passed_on_its_day_and_not_before(calendar, days, percent, after):
    assert calendar.value("SELECT day_of_percent('2026-01-01', '2026-01-01'::date + %s, %s) - '2026-01-01'", days, percent) == after
    assert after * 100 >= days * percent > (after - 1) * 100
