"""
What rules do with cases by themselves, and what tells the duty role at once.
"""

import pytest

from county import add_contact, add_voice, move

MAILBOXES = '{"handler": "osasto@example.org", "duty": "paivystys@example.org"}'


@pytest.fixture(scope="module")
def house(world):
    """Units with mailboxes; the rules are called as the worker calls them."""
    world.database.run("UPDATE unit SET mailboxes = %s::jsonb WHERE id = %s::uuid", MAILBOXES, world.units["ward"])
    return world


def apply_rules(world, days, most=500):
    """Some days from now, until nothing is left; how many rounds that took."""
    connection = world.database.connect("worker")
    with connection.cursor() as cursor:
        cursor.execute("SET osallisuus.now_offset = %s", (f"{days} days",))
        rounds, moved = 0, most
        while moved >= most:
            cursor.execute("SELECT cases_by_rule(%s)", (most,))
            rounds, moved = rounds + 1, cursor.fetchone()[0]
    connection.close()
    return rounds


def case(world, number):
    rows = world.database.rows("SELECT state, outcome FROM feedback WHERE id = %s::uuid", number)
    return rows[0]


def mails(world, template, **where):
    condition = "".join(f" AND {name} = %s" for name in where)
    return world.database.rows(f"SELECT mailbox, feedback_id::text FROM mail WHERE template = %s{condition}", template, *where.values())


# ---- thanks ----


def test_thanks_are_passed_on_the_next_morning_and_the_unit_gets_one_mail(house):
    thanks = [add_voice(house, kind="thanks", email=f"kiittaja{n}@example.org" if n == 0 else None) for n in range(3)]
    other = add_voice(house, kind="thanks", wants_answer=True, due_on="2030-01-01")
    concern = add_voice(house)
    hours = house.database.value("SELECT extract(epoch FROM day_start(app_today()) + interval '32 hours' - app_now()) / 86400.0")
    apply_rules(house, float(hours) - 0.01)
    assert {case(house, one) for one in thanks} == {("received", None)}
    apply_rules(house, float(hours) + 0.01)
    assert {case(house, one) for one in thanks} == {("closed", "passed_on")}
    assert [case(house, one) for one in (other, concern)] == [("received", None)] * 2
    assert mails(house, "thanks", link_id=house.units["ward"]) == [("osasto@example.org", None)]
    assert len(mails(house, "case_news", feedback_id=thanks[0])) == 1
    steps = house.database.rows("SELECT who, to_state FROM step WHERE subject = ANY (%s::uuid[])", thanks)
    assert steps == [("system", "closed")] * 3


def test_thanks_whose_kind_was_wrong_are_not_passed_on(house):
    voice = add_voice(house, kind="thanks")
    house.database.run("UPDATE feedback SET kind = 'concern' WHERE id = %s::uuid", voice)
    found = add_voice(house)
    house.database.run("UPDATE feedback SET kind = 'thanks' WHERE id = %s::uuid", found)
    apply_rules(house, 3)
    assert (case(house, voice), case(house, found)) == (("received", None), ("closed", "passed_on"))


def test_a_case_that_somebody_works_on_is_left_for_the_next_time(house):
    voices = [add_voice(house, kind="thanks") for _ in range(2)]
    with house.database.transaction() as other:
        other.execute("SELECT id FROM feedback WHERE id = %s::uuid FOR UPDATE", (voices[0],))
        apply_rules(house, 3)
        assert [case(house, one)[0] for one in voices] == ["received", "closed"]
    apply_rules(house, 3)
    assert case(house, voices[0])[0] == "closed"


def test_many_are_moved_in_rounds(house):
    voices = [add_voice(house, kind="thanks") for _ in range(5)]
    assert apply_rules(house, 3, most=2) == 3
    assert {case(house, one)[0] for one in voices} == {"closed"}


# ---- waiting, closing ----


def test_a_case_goes_on_when_its_giver_is_silent_for_the_days_of_the_rule(house):
    voice = add_voice(house)
    for state in ("in_progress", "waiting_giver"):
        move(house, "feedback", voice, state, who="handler")
    apply_rules(house, 14)
    assert case(house, voice)[0] == "waiting_giver"
    apply_rules(house, 15)
    assert case(house, voice)[0] == "in_progress"


@pytest.mark.parametrize("proposed, reason, outcome", [(None, None, "information"), ("no_change", "Ei voi.", "no_change")])
def test_an_answered_case_is_closed_with_the_outcome_that_the_answer_proposed(house, proposed, reason, outcome):
    voice = add_voice(house)
    move(house, "feedback", voice, "answered", who="handler", reason=reason, data={"outcome": proposed} if proposed else {})
    apply_rules(house, 30)
    assert case(house, voice)[0] == "answered"
    apply_rules(house, 31)
    assert case(house, voice) == ("closed", outcome)
    assert house.database.value("SELECT reason FROM step WHERE subject = %s::uuid AND to_state = 'closed'", voice) == reason


def test_a_county_sets_the_days(house):
    voice = add_voice(house)
    move(house, "feedback", voice, "answered", who="handler")
    house.database.run("UPDATE rule SET value = 3 WHERE name = 'close_days'")
    apply_rules(house, 4)
    house.database.run("UPDATE rule SET value = 30 WHERE name = 'close_days'")
    assert case(house, voice)[0] == "closed"


def test_the_worker_applies_the_rules_again_and_again(fresh_world):
    voice = add_voice(fresh_world, kind="thanks")
    fresh_world.start_worker("clock")
    fresh_world.move_clock("3 days")
    fresh_world.programs[-1].wait_for(lambda: case(fresh_world, voice)[0] == "closed", "thanks that are passed on")
    waiting = "SELECT count(*) FROM job WHERE unique_key = 'rules' AND state = 'waiting' AND data = '{\"phase\": \"rules\"}'"
    fresh_world.programs[-1].wait_for(lambda: fresh_world.database.value(waiting) == 1, "the next round")


# ---- severity ----


def set_severity(world, voice, severity):
    world.database.run("UPDATE feedback SET severity = %s::smallint WHERE id = %s::uuid", severity, voice)


def test_severity_four_and_five_tell_the_duty_role_once_each(house):
    voice = add_voice(house)
    for severity, told in ((3, 0), (4, 1), (4, 1), (3, 1), (4, 1), (5, 2), (4, 2), (None, 2), (5, 2)):
        set_severity(house, voice, severity)
        assert mails(house, "severity", link_id=voice) == [("paivystys@example.org", None)] * told


def test_without_a_duty_mailbox_management_is_told(house):
    voice = add_voice(house, "office")
    set_severity(house, voice, 5)
    assert mails(house, "severity", link_id=voice) == [("johto@example.org", None)]


def test_the_duty_mailbox_is_set_like_the_others(house):
    admin, unit = house.client("admin"), f"/v1/units/{house.units['social']}"
    shown = admin.patch(unit, {"mailboxes": {"duty": "vuoro@example.org"}}, etag="*", expect=200).json()
    assert shown["mailboxes"]["duty"] == "vuoro@example.org"
    voice = add_voice(house, "office")
    set_severity(house, voice, 4)
    assert mails(house, "severity", link_id=voice) == [("vuoro@example.org", None)]
    admin.patch(unit, {"mailboxes": {"duty": None}}, etag="*", expect=200)


def test_a_mail_of_severity_reaches_the_duty_role_at_once(fresh_world):
    fresh_world.start_worker("mail")
    fresh_world.api.start()
    voice = add_voice(fresh_world)
    fresh_world.client("handler").patch(f"/v1/feedback/{voice}", {"severity": 5}, etag="*", expect=200)
    mail = fresh_world.sink.wait_for(lambda mail: mail.to == "johto@example.org")
    assert voice in mail.text and mail.subject


def test_who_follows_hears_of_what_a_rule_did(house):
    original, duplicate = add_voice(house), add_voice(house)
    add_contact(house, duplicate, "seuraaja@example.org")
    move(house, "feedback", duplicate, "duplicate", who="handler", data={"duplicate_of": original})
    move(house, "feedback", original, "answered", who="handler")
    before = len(mails(house, "case_news", feedback_id=duplicate))
    apply_rules(house, 31)
    assert len(mails(house, "case_news", feedback_id=duplicate)) == before + 1
