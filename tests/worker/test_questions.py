"""
Is it better now? Who is asked, when, and what the answers make of a change.
"""

import re

import pytest

from county import add_contact, add_voice, count_jobs, job, link_hash, make_change, move


@pytest.fixture
def world(fresh_world):
    fresh_world.start_worker("follow_up")
    return fresh_world


def voices(world, count):
    return [add_voice(world, email=f"giver{number}@example.org") for number in range(count)]


def run_phase(world, interval):
    """Moves the clock and waits until nothing of the kind is due."""
    world.move_clock(interval)
    world.programs[-1].wait_for(lambda: count_jobs(world, "follow_up") == 0, "the end of the phase")


def answer(world, change, answers):
    """Lets the first contributors answer."""
    ids = [row[0] for row in world.database.rows("SELECT id FROM follow_up WHERE change_id = %s::uuid ORDER BY id", change)]
    for number, text in zip(ids, answers):
        world.database.run("UPDATE follow_up SET answer = %s, answered_on = app_today() WHERE id = %s", text, number)


def state(world, change):
    return world.database.value("SELECT state FROM change WHERE id = %s::uuid", change)


def test_nobody_is_asked_before_four_weeks_have_passed(world):
    change = make_change(world, voices(world, 1))
    run_phase(world, "27 days")
    assert world.database.value("SELECT count(*) FROM follow_up WHERE change_id = %s::uuid", change) == 0


def test_after_four_weeks_who_wants_it_and_can_be_reached_is_asked_once(world):
    willing, unwilling, silent, gone = (add_voice(world) for _ in range(4))
    add_contact(world, willing, "aino@example.org")
    add_contact(world, unwilling, "olavi@example.org", wants_follow_up=False)
    add_contact(world, gone, "lähtenyt@example.org")
    world.database.run("INSERT INTO opt_out (address_hash) SELECT address_hash FROM contact WHERE feedback_id = %s::uuid", gone)
    change = make_change(world, [willing, unwilling, silent, gone])
    run_phase(world, "29 days")
    asked = world.database.rows("SELECT feedback_id::text, expires_on - asked_on FROM follow_up WHERE change_id = %s::uuid", change)
    assert asked == [(willing, 60)]
    mails = world.database.rows("SELECT feedback_id::text, capped FROM mail WHERE template = 'follow_up'")
    assert mails == [(willing, True)]


def test_the_link_in_the_mail_is_the_one_whose_hash_is_stored(fresh_world):
    fresh_world.start_worker("follow_up", "mail")
    make_change(fresh_world, voices(fresh_world, 1))
    fresh_world.move_clock("29 days")
    mail = fresh_world.sink.wait_for(lambda mail: "/f/" in mail.text)
    token = re.search(r"/f/([A-Za-z0-9_-]{22})\?language=fi\s", mail.text)[1]
    stored = fresh_world.database.value("SELECT token_hash FROM follow_up")
    assert bytes(stored) == link_hash(token)


@pytest.mark.parametrize("answers, decided", [
    (["better"] * 5, "verified"),
    (["better"] * 3 + ["same", "worse"], "verified"),
    (["better"] * 3 + ["same"] * 3, "not_effective"),
    (["worse"] * 5, "not_effective"),
    (["better"] * 4, "inconclusive"),
    (["better"] * 4 + ["dont_know"] * 2, "inconclusive"),
    ([], "inconclusive"),
])
def test_three_weeks_after_the_question_the_answers_decide(world, answers, decided):
    change = make_change(world, voices(world, 6))
    run_phase(world, "29 days")
    answer(world, change, answers)
    run_phase(world, "49 days")
    assert state(world, change) == "made"
    run_phase(world, "51 days")
    assert state(world, change) == decided
    assert world.database.value("SELECT who FROM step WHERE to_state = %s", decided) == "system"


def test_a_change_that_is_taken_up_again_is_neither_asked_about_nor_decided(world):
    change = make_change(world, voices(world, 5))
    run_phase(world, "29 days")
    answer(world, change, ["worse"] * 5)
    run_phase(world, "51 days")
    move(world, "change", change, "in_progress")
    run_phase(world, "90 days")
    assert state(world, change) == "in_progress"


def test_a_job_without_a_phase_is_kept_for_somebody_to_look_at(world):
    number = world.database.rows("INSERT INTO job (kind, attempts) VALUES ('follow_up', 11) RETURNING id")[0][0]
    world.programs[-1].wait_for(lambda: job(world, number)[0] == "dead", "its end")
