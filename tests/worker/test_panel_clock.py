"""
What the clock does for panels: statements that are missed, initiatives that wait for their first word, votes that close.
"""

import pytest

from county import count_jobs

from support.inputs import Member, write_down
from support.panels import day, make_panel
from support.questions import moment, text


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def on_day(world, worker, days):
    """The afternoon of a day, so many days on, after the clock did what was due."""
    world.move_clock(world.database.value(
        "SELECT (day_start((now() AT TIME ZONE 'Europe/Helsinki')::date + %s) + interval '15 hours' - now())::text", days))
    worker.wait_for(lambda: count_jobs(world, "clock") == 0, "the clock of the day")


def test_a_statement_that_is_not_adopted_on_its_due_day_is_missed_and_can_come_late(world, coordinator):
    panel = make_panel(world, "youth_council", state="active")
    asked = coordinator.post("/v1/statements", {"panel_id": panel, "title": {"fi": "Verkko"}, "due_on": day(3), "decision_on": day(9)}, expect=201)
    path = asked.headers["Location"]
    worker = world.start_worker("clock")
    on_day(world, worker, 3)
    assert coordinator.get(path, expect=200).json()["state"] == "requested"
    on_day(world, worker, 4)
    assert coordinator.get(path, expect=200).json()["state"] == "missed"
    coordinator.patch(path, {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    coordinator.move(path, "adopted", expect=200)
    assert world.database.rows("SELECT to_state, who FROM step WHERE resource = 'statement' ORDER BY version") == [("missed", "system"), ("adopted", "coordinator")]


def test_a_statement_that_gets_more_time_is_not_missed_at_the_old_day(world, coordinator):
    panel = make_panel(world, "youth_council", state="active")
    path = coordinator.post("/v1/statements", {"panel_id": panel, "title": {"fi": "Verkko"}, "due_on": day(3), "decision_on": day(9)},
                            expect=201).headers["Location"]
    coordinator.patch(path, {"due_on": day(6)}, etag="*", expect=200)
    worker = world.start_worker("clock")
    on_day(world, worker, 5)
    assert coordinator.get(path, expect=200).json()["state"] == "requested"
    on_day(world, worker, 7)
    assert coordinator.get(path, expect=200).json()["state"] == "missed"


def test_an_adopted_statement_is_delivered_when_the_coordinator_is_told(world, coordinator):
    panel = make_panel(world, "youth_council", state="active")
    made = coordinator.post("/v1/statements", {"panel_id": panel, "title": {"fi": "Verkko"}, "due_on": day(3), "decision_on": day(9)}, expect=201)
    path = made.headers["Location"]
    coordinator.patch(path, {"text": {"fi": "Kannatamme."}}, etag="*", expect=200)
    coordinator.move(path, "adopted", expect=200)
    worker = world.start_worker("mail")
    mail = world.sink.wait_for(lambda mail: mail.subject == "Lausunto on hyväksytty")
    assert mail.to == "koordinaattori@example.org" and path in mail.text and "Kannatamme" not in mail.text
    worker.wait_for(lambda: coordinator.get(path, expect=200).json()["state"] == "delivered", "the statement's delivery")
    assert world.database.value("SELECT who FROM step WHERE to_state = 'delivered'") == "system"


def test_the_coordinator_is_reminded_of_an_initiative_before_its_day_and_told_after_it(world, coordinator):
    panel = make_panel(world, "client_panel", state="active")
    made = write_down(world, panel_id=panel, kind="initiative").json()
    answered = write_down(world, panel_id=panel, kind="initiative").json()
    coordinator.move(f"/v1/inputs/{answered['id']}", "discussed", expect=200)
    days = world.database.value("SELECT %s::date - app_today()", made["due_on"])
    worker = world.start_worker("clock")
    told = "SELECT template, mailbox FROM mail ORDER BY template"
    on_day(world, worker, days // 2)
    assert world.database.rows(told) == []
    on_day(world, worker, days)
    assert world.database.rows(told) == [("initiative_reminder", "koordinaattori@example.org")]
    on_day(world, worker, days + 1)
    assert world.database.rows(told) == [("initiative_overdue", "koordinaattori@example.org"), ("initiative_reminder", "koordinaattori@example.org")]
    assert coordinator.all_items("/v1/inputs", overdue="true")[0]["id"] == made["id"]


def test_the_mails_to_the_coordinator_lead_to_the_initiative(world):
    made = write_down(world, panel_id=make_panel(world, "client_panel", state="active"), kind="initiative").json()["id"]
    world.start_worker()
    world.move_clock("60 days")
    for subject in ("Aloitteen määräpäivä lähestyy", "Aloitteen vastaus on myöhässä"):
        mail = world.sink.wait_for(lambda mail, wanted=subject: mail.subject == wanted)
        assert mail.to == "koordinaattori@example.org" and f"/v1/inputs/{made}" in mail.text


def test_a_vote_closes_at_its_time(world, coordinator):
    panel = make_panel(world, "online_panel", state="active")
    made = coordinator.post("/v1/votes", {"panel_id": panel, "question": text("Illalla?"), "closes_at": moment(days=2), "options": [
        {"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]}, expect=201)
    member = Member(world, panel)
    member.client.post(f"{member.path}/votes/{made.json()['id']}/ballot", {"option": "yes"}, expect=200)
    worker = world.start_worker("clock")
    world.move_clock("49 hours")
    worker.wait_for(lambda: coordinator.get(made.headers["Location"], expect=200).json()["state"] == "closed", "closing of the vote")
    assert coordinator.get(made.headers["Location"], expect=200).json()["ballots"] == 1
