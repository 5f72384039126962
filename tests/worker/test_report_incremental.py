"""
The report that is added up from counts is the one that reads everything, whatever happened in between.
"""

import random
from pathlib import Path

import pytest

from report_history import History
from report_steps import ReportSteps

FROM_SCRATCH = (Path(__file__).parent / "report_from_scratch.sql").read_text(encoding="utf-8")
STEPS = 45
COUNTS = ("SELECT source_month::text, month::text, unit_id::text, service_id::text, level, theme, labels, counts FROM report_count"
          " ORDER BY 1, 2, 3, 4, 5, 6")


@pytest.fixture
def steps(database):
    made = ReportSteps(database)
    yield made
    made.close()


@pytest.mark.parametrize("seed", range(4))
def test_an_incremental_report_is_the_one_made_from_scratch(database, steps, seed):
    history = History(database, random.Random(seed))
    for _ in range(3):
        for _ in range(STEPS):
            history.step()
        steps.run()
        assert_reports_are_right(database)
    counted = database.rows(COUNTS)
    database.run("DELETE FROM report_count")
    steps.data = {}
    steps.run()
    assert database.rows(COUNTS) == counted


def test_a_look_without_news_makes_no_jobs(database, steps):
    history = History(database, random.Random("quiet"))
    for _ in range(STEPS):
        history.step(without=("ask",))
    assert steps.run()
    assert steps.run() == []


def test_only_the_month_of_a_voice_that_was_answered_is_counted_anew(database, steps):
    history = History(database, random.Random("answered"))
    for _ in range(STEPS):
        history.step(without=("ask",))
    case = history.add_voice(received_on="2025-03-04", respondent_role="client")
    steps.run()
    history.move(case, "answered", made_on="2025-05-09")
    assert steps.run() == [{"count": "2025-03"}, {"period": "2025"}, {"period": "2025-05"}]


def test_a_dump_that_came_back_into_another_cluster_is_counted_from_the_beginning(database, steps):
    History(database, random.Random("dump")).add_voice(received_on="2025-03-04")
    steps.run()
    steps.data = {"xid": "9999999999999"}
    assert {"count": "2025-03"} in steps.run()


def test_an_event_that_is_committed_late_is_not_missed(database, steps):
    history = History(database, random.Random("late"))
    history.add_voice(received_on="2025-03-04")
    steps.run()
    with database.transaction() as late:
        late.execute("SELECT pg_current_xact_id()")
        history.add_voice(received_on="2025-04-04")
        steps.look()
        late.execute(*history.voice_statement(received_on="2025-05-04"))
    steps.run()
    assert_reports_are_right(database)


def test_a_case_that_changes_while_its_month_is_counted_is_taken_away_as_it_was(database, steps):
    history = History(database, random.Random("meanwhile"))
    counted, other = (history.add_voice(received_on="2025-03-04", respondent_role="client", kind="concern") for _ in range(2))
    steps.run()
    with database.transaction() as late:
        late.execute("UPDATE feedback SET kind = 'idea' WHERE id = %s::uuid", (counted,))
        late.execute(*history.voice_statement(received_on="2025-03-05", respondent_role="client", kind="question"))
        database.run("UPDATE feedback SET kind = 'thanks' WHERE id = %s::uuid", other)
        fresh = history.add_voice(received_on="2025-03-06", respondent_role="client", kind="concern")
        steps.look()
    database.run("UPDATE feedback SET kind = 'safety' WHERE id IN (%s::uuid, %s::uuid) OR kind = 'question'", counted, fresh)
    history.move(counted, "answered", made_on="2025-03-09")
    steps.run()
    assert_reports_are_right(database)


def test_a_month_that_was_counted_reads_only_what_changed_in_it(database, steps):
    """What nobody told of stays as it was counted."""
    history = History(database, random.Random("few"))
    quiet, told = (history.add_voice(received_on="2025-03-04", respondent_role="client", kind="concern") for _ in range(2))
    steps.run()
    with database.transaction() as silent:
        silent.execute("SET LOCAL session_replication_role = replica")
        silent.execute("UPDATE feedback SET kind = 'idea' WHERE id = %s::uuid", (quiet,))
    history.move(told, "answered", made_on="2025-03-09")
    steps.run()
    kinds = "SELECT sum(x.n)::int FROM report_count c, unnest(c.labels, c.counts) AS x (label, n) WHERE c.is_whole AND x.label = %s"
    assert (database.value(kinds, "kind:concern"), database.value(kinds, "kind:idea")) == (2, None)


def assert_reports_are_right(database):
    """Every report there is, or should be; one without anything to report may be missing, or has zeros."""
    kept = {(period, unit): body for period, unit, body in database.rows("SELECT period, unit_id::text, body FROM report")}
    periods = {period for period, _ in kept} | {period for period, in database.rows(
        "SELECT to_char(received_on, 'YYYY-MM') FROM feedback UNION SELECT to_char(closed_on, 'YYYY') FROM feedback WHERE closed_on IS NOT NULL")}
    for period in sorted(periods):
        wanted = {unit: body for unit, body in database.rows(FROM_SCRATCH.replace("%(period)s", f"'{period}'::text"))}
        found = {unit: body for (of, unit), body in kept.items() if of == period}
        assert something(found) == something(wanted), period


def something(bodies):
    """Those that are not all zeros, empty and unknown."""
    return {unit: body for unit, body in bodies.items() if any(figures(body))}


def figures(value):
    return [figure for one in value.values() for figure in figures(one)] if isinstance(value, dict) else [value]


def test_parts_by_service_and_level_add_up_to_the_whole_and_a_theme_is_that_of_its_voices(database, steps):
    history = History(database, random.Random("parts"))
    for _ in range(STEPS * 2):
        history.step()
    steps.run()
    parts = ("SELECT sum((b.body ->> 'received')::int), sum((b.body -> 'concerns' ->> 'led_to_change')::int)"
             " FROM (SELECT NULL::uuid AS id, l.level FROM unnest(ARRAY['own_service', 'feedback']) AS l (level)) p"
             " CROSS JOIN LATERAL report_bodies('2024-01-01', '2027-01-01', %s::uuid, p.id, p.level, NULL) b")
    whole = ("SELECT (b.body ->> 'received')::int, (b.body -> 'concerns' ->> 'led_to_change')::int"
             " FROM report_bodies('2024-01-01', '2027-01-01', %s::uuid, NULL, NULL, NULL) b")
    of_theme = ("SELECT (b.body ->> 'received')::int FROM report_bodies('2024-01-01', '2027-01-01', %s::uuid, NULL, NULL, 'kohtelu') b")
    spoke = ("SELECT count(DISTINCT f.id)::int FROM feedback f JOIN change_source s ON s.feedback_id = f.id JOIN change c ON c.id = s.change_id"
             " WHERE c.theme = 'kohtelu' AND f.respondent_role <> 'staff'")
    assert database.rows(parts, history.units[0]) == database.rows(whole, history.units[0])
    assert database.value(of_theme, history.units[0]) == database.value(spoke)
