"""
Rounds of surveys by the clock: they open and close, invite, remind those links that are not used, and forget.
"""

import re

import pytest

from support.client import Client
from support.questions import Survey, moment


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def token_in(mail):
    return re.search(r"/s/([\w-]{22})", mail.text)[1]


def state_of(survey):
    return survey.coordinator.get(survey.round_path, expect=200).json()["state"]


def used(world):
    return {value for value, in world.database.rows("SELECT used FROM survey_link")}


def test_a_round_opens_and_closes_by_the_clock(world):
    survey = Survey(world, opens=moment(days=1), closes=moment(days=3), is_open=False)
    survey.coordinator.move(survey.path, "open", expect=200)
    worker = world.start_worker("clock")
    assert state_of(survey) == "planned"
    world.move_clock("26 hours")
    worker.wait_for(lambda: state_of(survey) == "open", "opening of the round")
    world.move_clock("74 hours")
    worker.wait_for(lambda: state_of(survey) == "closed", "closing of the round")
    steps = world.database.rows("SELECT to_state, who FROM step WHERE resource = 'survey_round' ORDER BY version")
    assert steps == [("open", "system"), ("closed", "system")]


def test_a_round_whose_survey_is_a_draft_waits_for_it(world):
    survey = Survey(world, opens=moment(hours=-1), is_open=False)
    worker = world.start_worker("clock")
    assert world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid", survey.round) == 0
    survey.coordinator.move(survey.path, "open", expect=200)
    worker.wait_for(lambda: state_of(survey) == "open", "opening of the round")


def test_a_round_that_gets_another_time_keeps_it(world):
    survey = Survey(world, opens=moment(days=1), closes=moment(days=9), is_open=False)
    survey.coordinator.move(survey.path, "open", expect=200)
    survey.coordinator.patch(survey.round_path, {"opens_at": moment(days=5)}, etag="*", expect=200)
    worker = world.start_worker("clock")
    world.move_clock("26 hours")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid", survey.round) == 1, "end of the job")
    assert state_of(survey) == "planned"
    world.move_clock("122 hours")
    worker.wait_for(lambda: state_of(survey) == "open", "opening of the round")


def test_each_address_is_invited_once_and_the_unused_links_are_reminded_of_once(world):
    survey = Survey(world, closes=moment(days=9), remind=moment(days=2))
    worker = world.start_worker()
    survey.invite("yksi@example.org", "kaksi@example.org", lang="fi")
    survey.invite("tre@example.org", lang="sv")
    mails = {mail.to: mail for mail in world.sink.wait_for(count=3)}
    assert {mail.subject for mail in mails.values()} == {"Kysely sinulle", "En enkät till dig"}
    assert mails["tre@example.org"].message["List-Unsubscribe"] and len({token_in(mail) for mail in mails.values()}) == 3
    app = Client(world.api)
    app.post(f"/v1/survey-links/{token_in(mails['kaksi@example.org'])}", {"answers": {"met": 5}}, expect=200)
    assert used(world) == {True, False}
    world.move_clock("49 hours")
    reminders = world.sink.wait_for(lambda mail: mail.subject.startswith(("Muistutus", "Påminnelse")), count=2)
    assert sorted(mail.to for mail in reminders) == ["tre@example.org", "yksi@example.org"]
    assert {token_in(mail) for mail in reminders} < {token_in(mail) for mail in mails.values()}
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM mail WHERE state = 'queued'") == 0, "end of the mails")
    assert len(world.sink.mails) == 5


def test_invitations_count_towards_the_cap_and_stop_at_an_opt_out(world):
    worker = world.start_worker()
    for number in range(3):
        Survey(world).invite("usein@example.org")
        worker.wait_for(lambda number=number: world.database.value("SELECT count(*) FROM mail WHERE state <> 'queued'") == number + 1, "mail")
    assert sorted(state for state, in world.database.rows("SELECT state FROM mail")) == ["capped", "sent", "sent"]
    stop = re.search(r"/u/([\w-]+)", world.sink.mails[0].text)[1]
    Client(world.api).post(f"/u/{stop}", raw=b"", content_type="application/x-www-form-urlencoded", expect=200)
    world.move_clock("40 days")
    Survey(world, opens=moment(days=45), closes=moment(days=60)).invite("usein@example.org")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM mail WHERE state = 'opted_out'") == 1, "opt-out")


def test_after_its_round_nobody_knows_who_had_or_used_a_link(world):
    survey = Survey(world)
    tokens = survey.links(3)
    survey.invite("salaa@example.org")
    app = Client(world.api)
    app.post(f"/v1/survey-links/{tokens[0]}", {"answers": {"met": 5}}, expect=200)
    survey.coordinator.move(survey.round_path, "closed", expect=200)
    worker = world.start_worker("clock")
    worker.wait_for(lambda: used(world) == {None}, "forgetting")
    assert world.database.rows("SELECT DISTINCT sealed, key_id, used_key FROM survey_link") == [(None, None, None)]
    assert world.database.value("SELECT count(DISTINCT xmin::text) FROM survey_link") == 1
    assert app.get(f"/v1/survey-links/{tokens[0]}", expect=200).json()["state"] == "closed"
    assert "Kysely on päättynyt" in app.get(f"/s/{tokens[0]}", expect=200).text
    assert world.client("analyst").get(f"{survey.round_path}/results", expect=200).json()["n"] == 1
