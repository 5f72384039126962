"""
Changes that came of what was brought to panels and sessions: whoever brought it hears of it, as givers do.
"""

import json

import pytest

from county import add_change, add_member, add_voice, count_jobs, move

from support.client import problem_pointers
from support.inputs import Member, session_of, write_down
from support.panels import make_panel


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def panel(world):
    return make_panel(world, "co_development", state="active")


def link(world, change, kind, source, **options):
    return world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": kind, "input_id": source}, **{"expect": 201, **options})


def decide(world, change, *states):
    for state in states:
        move(world, "change", change, state)


def notices(world, change):
    return world.database.rows("SELECT state, channel, count(*) FROM notice WHERE change_id = %s::uuid GROUP BY 1, 2 ORDER BY 1, 2", change)


def wait_idle(world):
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") + count_jobs(world, "mail_bulk") + count_jobs(world, "mail") == 0, "the end of the news")


def by_day(world):
    """Mails that can wait go out now, whatever the clock says."""
    world.database.run("UPDATE rule SET value = 0 WHERE name IN ('quiet_from', 'quiet_until')")


def test_three_voices_a_panels_statement_and_a_workshops_idea_lead_to_five_people_who_are_told(world, panel):
    by_day(world)
    change = add_change(world, [add_voice(world, email=f"antaja{n}@example.org") for n in range(3)])
    in_panel = add_member(world, panel, "jasen@example.org")
    in_workshop = add_member(world, panel, "deltagare@example.org", lang="sv")
    link(world, change, "input", in_panel.bring("statement").json()["id"])
    link(world, change, "idea", in_workshop.bring("idea", session_id=session_of(world, panel, kind="workshop")).json()["id"])
    world.start_worker("news", "mail", "mail_bulk")
    decide(world, change, "under_review", "planned")
    told = world.sink.wait_for(lambda mail: mail.message["List-Unsubscribe"], count=5)
    wait_idle(world)
    assert sorted(mail.to for mail in told) == sorted([f"antaja{n}@example.org" for n in range(3)] + ["jasen@example.org", "deltagare@example.org"])
    subjects = {mail.to: mail.subject for mail in told}
    assert subjects["jasen@example.org"] == "Uutta asiasta, jonka toit esiin" and subjects["deltagare@example.org"] == "Nytt om det som du tog upp"
    assert notices(world, change) == [("planned", "mail", 5)]
    own = in_panel.client.get(f"{in_panel.path}/changes", expect=200).json()["items"]
    assert [(x["id"], x["state"]) for x in own] == [(change, "planned")]


def test_each_state_is_told_once_also_when_the_job_comes_again(world, panel):
    member = add_member(world, panel, "jasen@example.org")
    change = add_change(world)
    for _ in range(2):
        link(world, change, "idea", member.bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.database.run("INSERT INTO job (kind, subject, data) VALUES ('news', %s::uuid, '{\"state\": \"planned\"}')", change)
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "mail", 1)]
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'person_change'") == 1


def test_who_is_a_giver_and_a_member_hears_once(world, panel):
    change = add_change(world, [add_voice(world, email="sama@example.org")])
    link(world, change, "idea", add_member(world, panel, "sama@example.org").bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "mail", 1)]


def test_who_wants_no_news_or_has_no_address_finds_it_behind_the_link(world, panel):
    change = add_change(world)
    for member in (add_member(world, panel, "ei@example.org", wants_news=False), Member(world, panel)):
        link(world, change, "idea", member.bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "link", 2)] and world.database.value("SELECT count(*) FROM mail WHERE template = 'person_change'") == 0


def test_who_is_linked_later_hears_of_the_present_state(world, panel):
    change = add_change(world)
    decide(world, change, "under_review", "planned")
    world.start_worker("news")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    link(world, change, "idea", Member(world, panel).bring().json()["id"])
    world.programs[-1].wait_for(lambda: notices(world, change) == [("planned", "link", 1)], "the notice")


def test_that_somebody_was_told_stays_when_they_are_erased_and_not_who_it_was(world, panel):
    member = Member(world, panel)
    change = add_change(world)
    link(world, change, "idea", member.bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    before = world.database.value("SELECT contributor FROM notice WHERE change_id = %s::uuid", change)
    world.database.run("DELETE FROM person WHERE id = %s::uuid", member.id)
    rows = world.database.rows("SELECT person_id, contributor FROM notice WHERE change_id = %s::uuid", change)
    assert len(rows) == 1 and rows[0][0] is None and bytes(rows[0][1]) != bytes(before)


def test_a_source_names_an_input_that_is_there_and_of_its_kind(world, panel):
    change = add_change(world)
    idea = write_down(world, panel_id=panel).json()["id"]
    assert problem_pointers(link(world, change, "input", idea, expect=422, problem="unknown_reference")) == ["/input_id"]
    link(world, change, "observation", idea, expect=422, problem="change_source_names_one")
    made = link(world, change, "idea", idea).json()
    assert made["input_id"] == idea and made["reference"] is None
    link(world, change, "idea", idea, expect=409, problem="change_source_once")
    world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "idea", "input_id": idea, "reference": "x"}, expect=422,
                                     problem="change_source_names_one")
