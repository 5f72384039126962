"""
The report: what changed because people spoke, by unit and period.
"""

import pytest

from county import add_change, add_voice, make_change, move


@pytest.fixture
def world(fresh_world):
    return fresh_world


def report(world, unit="county", period=None):
    """The body of this month's report, or of another period."""
    period = period or world.database.value("SELECT to_char(app_today(), 'YYYY-MM')")
    return world.database.value("SELECT body FROM report WHERE unit_id = %s::uuid AND period = %s", world.units[unit], period)


def build(world, **settings):
    """Starts a worker, or uses the one that runs, and returns when it has built all periods once more."""
    if not world.programs[1:]:
        world.start_worker("report", REPORT_S=1, **settings)
    world.database.run("UPDATE job SET run_at = app_now(), data = '{}' WHERE unique_key = 'report'")
    over = ("SELECT count(*) = 1 AND bool_and(unique_key = 'report' AND run_at > app_now() - interval '1 minute' AND data <> '{}')"
            " FROM job WHERE kind = 'report'")
    world.programs[-1].wait_for(lambda: world.database.value(over), "the reports")


def close(world, case, outcome, reason=None):
    move(world, "feedback", case, "closed", who="handler", reason=reason, data={"outcome": outcome})


def test_figures_of_a_unit_are_those_of_all_below_it(world):
    add_voice(world, "ward")
    add_voice(world, "office")
    build(world)
    assert [report(world, unit)["received"] for unit in ("ward", "hospital", "office", "county")] == [1, 1, 1, 2]


def test_staff_never_counts_in_client_figures(world):
    add_voice(world, respondent_role="client")
    move(world, "feedback", add_voice(world, respondent_role="staff"), "answered", who="handler")
    build(world)
    body = report(world)
    assert (body["received"], body["answered"], body["heard"]["role"]) == (1, 0, {"client": 1})


def test_answer_times_and_on_time_share_are_of_what_was_answered(world):
    today = world.database.value("SELECT app_today()")
    for days, due in ((1, 5), (3, 5), (4, 5), (20, 5)):
        received = world.database.value("SELECT %s - %s", today, days)
        case = add_voice(world, received_on=received, due_on=world.database.value("SELECT %s + %s", received, due))
        move(world, "feedback", case, "answered", who="handler")
    build(world)
    assert report(world)["answered"] == 4
    assert report(world)["answer_days"] == {"median": 3.5, "p90": 15.2, "on_time_percent": 75.0}


def test_outcomes_and_what_was_left_unexplained(world):
    close(world, add_voice(world), "change_made")
    close(world, add_voice(world), "no_change", reason="Laki ei salli.")
    close(world, add_voice(world), "no_change")
    build(world)
    body = report(world)
    assert body["outcomes"] == {"change_made": 1, "no_change": 2}
    assert body["no_change"] == {"closed": 2, "without_reason": 1, "without_reason_percent": 50.0}


def test_concerns_that_led_to_a_change(world):
    cases = [add_voice(world) for _ in range(4)]
    add_voice(world, kind="thanks")
    make_change(world, cases[:1])
    add_change(world, cases[1:2])
    build(world)
    assert report(world)["concerns"] == {"received": 4, "led_to_change": 1, "led_to_change_percent": 25.0}


def test_who_is_heard(world):
    add_voice(world, respondent_role="relative", age_band="65_74", lang="sv", channel="phone", kind="idea")
    add_voice(world)
    build(world)
    assert report(world)["heard"] == {
        "role": {"relative": 1, "client": 1}, "age_band": {"65_74": 1, "unknown": 1}, "lang": {"sv": 1, "fi": 1},
        "channel": {"phone": 1, "web": 1}, "kind": {"idea": 1, "concern": 1}}


def test_follow_up_counts_the_asked_the_answers_and_the_confirmed(world):
    cases = [add_voice(world, email=f"giver{number}@example.org") for number in range(5)]
    change = make_change(world, cases)
    for number, (case, answer) in enumerate(zip(cases, ["better", "better", "worse", "dont_know", None])):
        world.database.run(
            "WITH asked AS (INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on, answer, answered_on)"
            " VALUES (gen_random_uuid(), %s::uuid, %s, %s::uuid, %s, app_today() + 60, %s::text,"
            "         CASE WHEN %s::text IS NOT NULL THEN app_today() END) RETURNING id)"
            " INSERT INTO mail (template, feedback_id, unique_key, state) SELECT 'follow_up', %s::uuid, 'follow_up:' || id, 'sent' FROM asked",
            change, bytes([number]), case, bytes([number]), answer, answer, case)
    build(world)
    assert report(world)["follow_up"] == {
        "asked": 5, "answered": 4, "better": 2, "same": 0, "worse": 1, "dont_know": 1, "confirmation_percent": 66.7}


def test_changes_are_listed_with_their_texts_and_counted_by_state(world):
    made = make_change(world)
    add_change(world)
    build(world)
    body = report(world)
    assert body["changes_by_state"] == {"made": 1, "suggested": 1}
    first = body["changes"][0]
    assert (first["id"], first["state"], first["done"]) == (made, "made", {"fi": "Aikoja on lisätty"})
    assert first["made_on"] == str(world.database.value("SELECT app_today()"))


def test_a_report_without_news_keeps_its_version(world):
    add_voice(world)
    build(world)
    before = world.database.rows("SELECT id, version, built_at FROM report ORDER BY id")
    build(world)
    assert world.database.rows("SELECT id, version, built_at FROM report ORDER BY id") == before
    add_voice(world)
    build(world)
    assert {version for _, version, _ in world.database.rows("SELECT id, version, built_at FROM report")} == {2}


def test_every_month_and_year_with_data_has_its_report(world):
    add_voice(world, received_on="2024-03-05")
    build(world)
    assert report(world, "ward", "2024-03")["received"] == report(world, "ward", "2024")["received"] == 1
    assert report(world, "ward", "2024-04") is None


def test_a_past_month_is_built_anew_when_something_of_it_changes(world):
    case = add_voice(world, received_on="2024-03-05")
    build(world)
    move(world, "feedback", case, "answered", who="handler")
    change = make_change(world, [case])
    waited = "SELECT body -> 'concerns' ->> 'led_to_change' FROM report WHERE unit_id = %s::uuid AND period = '2024-03'"
    world.programs[-1].wait_for(lambda: world.database.value(waited, world.units["ward"]) == "1", "the past month's figures")
    assert change


def test_a_unit_that_has_nothing_to_report_any_more_gets_zeros(world):
    case = add_voice(world)
    build(world)
    world.database.run("UPDATE feedback SET unit_id = %s::uuid WHERE id = %s::uuid", world.units["office"], case)
    build(world)
    assert (report(world, "ward")["received"], report(world, "office")["received"]) == (0, 1)


def test_a_month_without_voices_has_figures_that_are_not_known(world):
    add_change(world)
    build(world)
    body = report(world)
    assert body["answer_days"] == {"median": None, "p90": None, "on_time_percent": None}
    assert body["concerns"]["led_to_change_percent"] is None and body["outcomes"] == {}
