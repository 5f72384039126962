"""
Online rounds by the worker: each member gets a link, one reminder; the round opens and closes by the clock, is told and archived.
"""

import json
import re

import pytest

from county import add_member

from support.client import Client
from support.inputs import Member
from support.panels import make_panel
from support.questions import moment, text
from support.rounds import Round


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def panel(world):
    return make_panel(world, "online_panel", state="active")


def token_in(mail):
    return re.search(r"/s/([\w-]{22})", mail.text)[1]


def answer(world, token, **options):
    return Client(world.api).post(f"/v1/survey-links/{token}", {"answers": {"met": 5}}, **{"expect": 200, **options})


def test_each_active_member_is_asked_once_and_reminded_once(world, panel):
    members = {name: add_member(world, panel, f"{name}@example.org") for name in ("yksi", "kaksi")}
    Member(world, panel)
    Member(world, panel, state="ceased")
    worker = world.start_worker()
    world.sink.wait_for(lambda mail: mail.subject == "Henkilökohtainen linkkisi", count=2)
    made = Round(world, panel=panel, remind_at=moment(days=2))
    made.move("open")
    asked = {mail.to: mail for mail in world.sink.wait_for(lambda mail: mail.subject == "Kysely sinulle", count=2)}
    assert set(asked) == {"yksi@example.org", "kaksi@example.org"}
    assert world.database.value("SELECT count(*) FROM survey_link WHERE round_id = %s::uuid", made.asked("id")) == 3
    answer(world, token_in(asked["yksi@example.org"]))
    answer(world, token_in(asked["yksi@example.org"]), expect=409, problem="survey_is_answered")
    own = members["yksi"].client.get(f"{members['yksi'].path}/rounds", expect=200).json()["items"][0]
    assert own["is_answered"] is True
    world.move_clock("49 hours")
    reminder = world.sink.wait_for(lambda mail: mail.subject.startswith("Muistutus"))
    assert reminder.to == "kaksi@example.org" and token_in(reminder) == token_in(asked["kaksi@example.org"])
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM mail WHERE state = 'queued'") == 0, "end of the mails")


def test_invitations_to_ones_own_rounds_do_not_use_up_the_contact_cap(world, panel):
    add_member(world, panel, "yksi@example.org")
    world.start_worker()
    for _ in range(3):
        Round(world, panel=panel).move("open")
    asked = world.sink.wait_for(lambda mail: mail.subject == "Kysely sinulle", count=3)
    assert all(re.search(r"/u/[\w-]{22}", mail.text) and mail.message["List-Unsubscribe"] for mail in asked)
    assert world.database.value("SELECT count(*) FROM contact_count") == 0


def test_who_has_no_address_answers_behind_the_personal_link_once(world, panel):
    member = Member(world, panel)
    worker = world.start_worker("follow_up", "clock")
    made = Round(world, panel=panel)
    made.move("open")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM survey_link WHERE round_id = %s::uuid", made.asked("id")) == 1, "the link")
    path = f"{member.path}/rounds/{made.id}/answers"
    member.client.post(path, {"answers": {"met": 9}}, expect=422, problem="answers_refused")
    member.client.post(path, {"answers": {"met": 4}}, expect=200)
    member.client.post(path, {"answers": {"met": 4}}, expect=409, problem="survey_is_answered")
    assert made.coordinator.get(f"{made.path}/results", expect=200).json()["n"] == 1
    stranger = Member(world, make_panel(world, "online_panel", state="active"))
    stranger.client.post(f"{stranger.path}/rounds/{made.id}/answers", {"answers": {"met": 4}}, expect=404)


def test_it_opens_and_closes_by_the_clock_and_forgets_who_had_which_link(world, panel):
    Member(world, panel)
    made = Round(world, panel=panel, opens_at=moment(days=1), closes_at=moment(days=3))
    worker = world.start_worker("follow_up", "clock")
    world.move_clock("26 hours")
    worker.wait_for(lambda: made.now()["state"] == "open", "opening of the round")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM survey_link WHERE person_id IS NOT NULL") == 1, "the link")
    world.move_clock("74 hours")
    worker.wait_for(lambda: made.now()["state"] == "closed", "closing of the round")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM survey_link WHERE person_id IS NOT NULL OR used IS NOT NULL") == 0, "forgetting")
    assert world.database.rows("SELECT to_state, who FROM step WHERE resource = 'round' ORDER BY version") == [("open", "system"), ("closed", "system")]


def test_a_round_waits_while_its_panel_is_paused_and_opens_when_it_goes_on(world, panel):
    made, over = (Round(world, panel=panel, opens_at=moment(days=1), closes_at=moment(days=last)) for last in (3, 2))
    coordinator = world.client("coordinator")
    coordinator.move(f"/v1/panels/{panel}", "paused", reason="Tauko.", expect=200)
    worker = world.start_worker("follow_up", "clock")
    world.move_clock("50 hours")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE kind = 'clock' AND subject IS NOT NULL AND run_at <= app_now()") == 0, "the clock")
    assert made.now()["state"] == over.now()["state"] == "draft"
    coordinator.move(f"/v1/panels/{panel}", "active", expect=200)
    worker.wait_for(lambda: made.now()["state"] == "open", "opening of the round")
    assert over.now()["state"] == "draft"


def test_members_are_told_when_it_is_fed_back_and_the_clock_brings_it_to_the_archive(world, panel):
    add_member(world, panel, "tre@example.org", lang="sv")
    made = Round(world, panel=panel)
    worker = world.start_worker()
    world.sink.wait_for(lambda mail: mail.subject == "Din personliga länk")
    made.move("open", "closed")
    made.patch({"summary": text("Iltoja."), "feedback": text("Auki iltaan.")})
    made.move("summarised", "fed_back")
    mail = world.sink.wait_for(lambda mail: mail.subject == "Något nytt på din sida")
    assert mail.to == "tre@example.org" and re.search(r"/m/[\w-]{22}", mail.text) and "Auki" not in mail.text
    world.move_clock("91 days")
    worker.wait_for(lambda: made.now()["state"] == "archived", "the archive")
