"""
News of a change: each contributor hears once of each state, by mail or behind the receipt.
"""

import uuid

import pytest

from county import add_change, add_contact, add_job, add_voice, count_jobs, make_change, move


@pytest.fixture
def world(fresh_world):
    fresh_world.start_worker("news")
    return fresh_world


def notices(world, change):
    return world.database.rows(
        "SELECT state, feedback_id::text, channel FROM notice WHERE change_id = %s::uuid ORDER BY state, channel", change)


def wait_idle(world):
    worker = world.programs[-1]
    worker.wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")


def test_who_can_be_reached_gets_a_mail_and_the_others_find_it_behind_their_receipt(world):
    written, silent, unwilling = (add_voice(world) for _ in range(3))
    add_contact(world, written, "aino@example.org")
    add_contact(world, unwilling, "olavi@example.org", wants_news=False)
    change = add_change(world, [written, silent, unwilling])
    move(world, "change", change, "under_review")
    move(world, "change", change, "planned")
    wait_idle(world)
    assert {(case, channel) for _, case, channel in notices(world, change)} == {
        (written, "mail"), (silent, "receipt"), (unwilling, "receipt")}
    mails = world.database.rows("SELECT feedback_id::text, capped FROM mail WHERE template = 'change_news'")
    assert mails == [(written, True)]


def test_each_state_that_matters_is_told_and_the_others_are_not(world):
    change = make_change(world, [add_voice(world)])
    wait_idle(world)
    assert [state for state, _, _ in notices(world, change)] == ["made", "planned"]


def test_nobody_hears_twice_of_one_state_when_the_job_is_repeated(world):
    change = make_change(world, [add_voice(world, email="aino@example.org")])
    wait_idle(world)
    add_job(world, "news", subject=change, data='{"state": "made"}')
    wait_idle(world)
    assert len(notices(world, change)) == 2
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'change_news'") == 2


def test_a_person_with_several_cases_behind_a_change_hears_once(world):
    change = add_change(world, [add_voice(world, email="aino@example.org") for _ in range(3)])
    move(world, "change", change, "rejected", reason="Ei ole rahaa.")
    wait_idle(world)
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'change_news'") == 1
    assert len(notices(world, change)) == 1


def test_of_several_cases_of_a_person_the_one_with_which_news_are_wanted_counts(world):
    unwilling, willing = add_voice(world), add_voice(world)
    add_contact(world, unwilling, "aino@example.org", wants_news=False)
    add_contact(world, willing, "aino@example.org")
    change = add_change(world, [unwilling, willing])
    move(world, "change", change, "rejected", reason="Ei ole rahaa.")
    wait_idle(world)
    assert notices(world, change) == [("rejected", willing, "mail")]


def test_who_withdrew_does_not_hear(world):
    case = add_voice(world, email="aino@example.org")
    change = add_change(world, [case])
    move(world, "feedback", case, "withdrawn", who="giver")
    move(world, "change", change, "under_review")
    move(world, "change", change, "planned")
    wait_idle(world)
    assert notices(world, change) == []


def test_five_thousand_contributors_hear_in_several_transactions_each_once(world):
    # One person, with the first and the last of all sources: only with the last one news are wanted.
    first, last = f"{1:032x}", "f" * 32
    for case, wants_news in ((first, False), (last, True)):
        add_voice(world, id=case)
        add_contact(world, case, "aino@example.org", wants_news=wants_news)
    change = add_change(world, [first, last])
    world.database.run(
        "WITH voice AS (INSERT INTO feedback (id, unit_id, kind, channel, lang)"
        " SELECT gen_random_uuid(), %s::uuid, 'idea', 'web', 'fi' FROM generate_series(1, 5000)"
        " RETURNING id)"
        " INSERT INTO change_source (id, change_id, kind, feedback_id) SELECT gen_random_uuid(), %s::uuid, 'feedback', id FROM voice",
        world.units["ward"], change)
    move(world, "change", change, "under_review")
    move(world, "change", change, "planned")
    wait_idle(world)
    assert world.database.value("SELECT count(*) FROM notice WHERE change_id = %s::uuid", change) == 5001
    assert world.database.rows("SELECT feedback_id::text FROM notice WHERE channel = 'mail'") == [(str(uuid.UUID(last)),)]
    assert world.database.value("SELECT count(DISTINCT xmin::text) FROM notice") == 3


def test_the_mail_tells_nothing_of_the_change(fresh_world):
    fresh_world.start_worker("news", "mail")
    change = make_change(fresh_world, [add_voice(fresh_world, email="aino@example.org")])
    mails = fresh_world.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message, count=2)
    for mail in mails:
        assert "ajanvaraus" not in mail.bytes.decode().lower() and change not in mail.text
