"""
Changes that came of what was brought to panels and sessions: whoever brought it hears of it, as givers do.
"""

import pytest

from county import add_change, add_contact, add_member, add_voice, count_jobs, move

from support.claims import Task
from support.client import problem_pointers
from support.inputs import Member, session_of, write_down
from support.panels import make_panel
from support.sessions import Session, register


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


def test_three_voices_a_panels_statement_and_a_workshops_idea_lead_to_five_people_who_are_told(world, panel):
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


def test_an_expert_hears_once_of_a_change_that_came_of_what_they_noticed(world):
    task = Task(world, world.units["ward"])
    world.database.run("UPDATE person SET sealed = 'x', key_id = 'test', address_hash = 'x', wants_news = true WHERE id = %s::uuid", task.expert)
    change = add_change(world)
    for text in ("Ovi on raskas.", "Aula on ahdas."):
        noticed = task.notices(text).json()["id"]
        world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "observation", "observation_id": noticed}, expect=201)
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "mail", 1)]
    assert world.database.rows("SELECT person_id::text FROM mail WHERE template = 'person_change'") == [(task.expert,)]


def test_who_is_a_giver_and_a_member_hears_once(world, panel):
    change = add_change(world, [add_voice(world, email="sama@example.org")])
    link(world, change, "idea", add_member(world, panel, "sama@example.org").bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "mail", 1)]


def test_of_a_giver_and_a_member_with_one_address_the_one_counts_who_wants_news(world, panel):
    case = add_voice(world)
    add_contact(world, case, "sama@example.org", wants_news=False)
    change = add_change(world, [case])
    link(world, change, "idea", add_member(world, panel, "sama@example.org").bring().json()["id"])
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "mail", 1)]
    assert world.database.rows("SELECT template, count(*) FROM mail WHERE template LIKE '%change%' GROUP BY 1") == [("person_change", 1)]


def joined(world, panel, from_ago, until_ago=None):
    """A member who was one from so many days ago, until so many days ago."""
    member = Member(world, panel)
    world.database.run("UPDATE member SET from_on = app_today() - %s::integer, until_on = app_today() - %s::integer WHERE id = %s::uuid", from_ago, until_ago, member.id)
    return member


def told(world, change):
    return {row[0] for row in world.database.rows("SELECT person_id::text FROM notice WHERE change_id = %s::uuid", change)}


def test_what_a_panel_said_or_voted_on_is_of_those_who_were_members_then(world, panel):
    inside, before, after = joined(world, panel, 30), joined(world, panel, 30, 15), joined(world, panel, 5)
    statement = world.database.value(
        "INSERT INTO statement (id, panel_id, title, due_on, decision_on, text, state, adopted_on) VALUES (gen_random_uuid(), %s::uuid, '{\"fi\": \"L\"}',"
        " app_today() - 9, app_today(), '{\"fi\": \"S\"}', 'adopted', app_today() - 10) RETURNING id::text", panel)
    vote = world.database.value(
        "INSERT INTO vote (id, panel_id, question, options, closes_at, state, ballots, opened_on) VALUES (gen_random_uuid(), %s::uuid, '{\"fi\": \"K\"}',"
        " '[{\"key\": \"a\", \"text\": {\"fi\": \"A\"}}, {\"key\": \"b\", \"text\": {\"fi\": \"B\"}}]', day_start(app_today() - 10), 'closed', 0, app_today() - 20)"
        " RETURNING id::text", panel)
    changes = [add_change(world), add_change(world)]
    world.start_worker("news")
    for change, kind, source in zip(changes, ("statement", "vote"), (statement, vote)):
        made = source_of(world, change, kind, source)
        assert made[f"{kind}_id"] == source and made["input_id"] is None
        decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert told(world, changes[0]) == {inside.id} and told(world, changes[1]) == {inside.id, before.id}
    assert sorted(x["id"] for x in inside.client.get(f"{inside.path}/changes", expect=200).json()["items"]) == sorted(changes)
    assert after.client.get(f"{after.path}/changes", expect=200).json()["items"] == []


def source_of(world, change, kind, source, **options):
    return world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": kind, f"{kind}_id": source}, **{"expect": 201, **options}).json()


def test_a_session_is_of_those_who_came(world, panel):
    session = Session(world, is_open=True)
    came, absent = Member(world, panel), Member(world, panel)
    for member, attended in ((came, True), (absent, False)):
        world.database.run("INSERT INTO attendance (session_id, member_id, attended) VALUES (%s::uuid, %s::uuid, %s)", session.id, member.id, attended)
    guests = [register(world, session)["id"] for _ in range(3)]
    for state, guest in zip(("attended", "absent", "registered"), guests):
        world.database.run("UPDATE registration SET state = %s WHERE id = %s::uuid", state, guest)
    world.database.run("UPDATE session SET state = 'held' WHERE id = %s::uuid", session.id)
    change = add_change(world)
    source_of(world, change, "session", session.id)
    source_of(world, change, "session", session.id, expect=409, problem="change_source_once")
    source_of(world, change, "vote", session.id, expect=422, problem="unknown_reference")
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert told(world, change) == {came.id, guests[0], guests[2]}


def test_people_are_told_in_several_transactions_as_givers_are_each_once(world):
    change = add_change(world)
    session = Session(world, is_open=True).id
    world.database.run(
        "WITH made AS (INSERT INTO registration (id, session_id, n, state, came_as)"
        "              SELECT gen_random_uuid(), %s::uuid, n, 'attended', 'registered' FROM generate_series(1, 2500) n RETURNING id, session_id),"
        " known AS (INSERT INTO person (id, resource, token_hash, lang) SELECT id, 'registration', sha256(uuid_send(id)), 'fi' FROM made),"
        " brought AS (INSERT INTO input (id, session_id, person_id, speaker_role, kind, text)"
        "             SELECT gen_random_uuid(), session_id, id, 'resident', 'idea', 'Valoa' FROM made RETURNING id)"
        " INSERT INTO change_source (id, change_id, kind, input_id, session_id)"
        " SELECT gen_random_uuid(), %s::uuid, 'idea', id, NULL FROM brought UNION ALL SELECT gen_random_uuid(), %s::uuid, 'session', NULL, %s::uuid",
        session, change, change, session)
    world.start_worker("news")
    decide(world, change, "under_review", "planned")
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert notices(world, change) == [("planned", "link", 2500)]
    assert world.database.value("SELECT count(DISTINCT xmin::text) >= 2 AND max(n) <= 2000 FROM (SELECT xmin, count(*) AS n FROM notice GROUP BY xmin) x")


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
