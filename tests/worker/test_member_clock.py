"""
Panels by the clock: terms end, invitations expire, the reserve moves up and is invited by mail.
"""

import re

import pytest

from support.client import Client
from support.panels import day, make_member, make_panel


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def steps(world, subject):
    return world.database.rows("SELECT to_state, who, reason FROM step WHERE subject = %s::uuid ORDER BY version", subject)


def state(world, table, subject):
    return world.database.value(f"SELECT state FROM {table} WHERE id = %s::uuid", subject)


@pytest.mark.parametrize("pause", [False, True])
def test_a_panel_ends_after_its_last_day_and_its_members_with_it(world, pause):
    panel = make_panel(world, "client_panel", state="active", ends_on=day(3))
    member = make_member(world, panel)
    if pause:
        world.client("coordinator").move(f"/v1/panels/{panel}", "paused", reason="Tauko", expect=200)
    worker = world.start_worker("clock")
    world.move_clock("3 days")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid AND run_at < app_now()", panel) == 0, "work of the clock")
    assert state(world, "panel", panel) == ("paused" if pause else "active")
    world.move_clock("4 days")
    worker.wait_for(lambda: state(world, "panel", panel) == "ended", "end of the panel")
    assert steps(world, panel)[-1] == ("ended", "system", None) and steps(world, member) == [("ceased", "system", "panel_is_over")]


def test_a_panel_that_gets_more_time_goes_on(world):
    panel = make_panel(world, "client_panel", state="active", ends_on=day(1))
    world.client("coordinator").patch(f"/v1/panels/{panel}", {"ends_on": day(9)}, etag="*", expect=200)
    worker = world.start_worker("clock")
    world.move_clock("3 days")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE subject = %s::uuid", panel) == 1, "end of the first job")
    assert state(world, "panel", panel) == "active"


def test_a_member_ceases_after_the_last_day(world):
    member = make_member(world, make_panel(world, "client_panel", state="active"), from_on=day(-5))
    world.client("coordinator").patch(f"/v1/members/{member}", {"until_on": day(2)}, etag="*", expect=200)
    worker = world.start_worker("clock")
    world.move_clock("3 days")
    worker.wait_for(lambda: state(world, "member", member) == "ceased", "end of the membership")
    assert steps(world, member) == [("ceased", "system", "member_time_is_over")]
    assert world.client("coordinator").get(f"/v1/members/{member}", expect=200).json()["until_on"] == day(2)


def test_whoever_does_not_answer_makes_room_for_the_next_who_is_invited_by_mail(world):
    coordinator, anyone = world.client("coordinator"), Client(world.api)
    panel = make_panel(world, "client_panel", state="recruiting", is_public=True, checks_by_hand=False, rules={"size": 1})
    emails = {}
    for name in ("yksi", "kaksi"):
        made = anyone.post(f"/v1/panels/{panel}/applications", {"role": "client", "name": name, "lang": "fi", "contact": {"email": f"{name}@example.org"}},
                           expect=201).json()
        emails[made["id"]] = f"{name}@example.org"
    worker = world.start_worker()
    world.sink.wait_for(lambda mail: mail.subject == "Henkilökohtainen linkkisi", count=2)
    coordinator.post(f"/v1/panels/{panel}/selections", {}, expect=201)
    order = [one["id"] for one in coordinator.get(f"/v1/panels/{panel}/selections/1", expect=200).json()["candidates"]]
    assert world.sink.wait_for(lambda mail: mail.subject == "Sinulle on vastattavaa").to == emails[order[0]]
    world.move_clock("16 days")
    worker.wait_for(lambda: state(world, "member", order[1]) == "selected", "rise of the reserve")
    assert steps(world, order[0])[-1] == ("declined", "system", "member_answer_is_late")
    mails = world.sink.wait_for(lambda mail: mail.subject == "Sinulle on vastattavaa", count=2)
    assert [mail.to for mail in mails] == [emails[one] for one in order]
    token = re.search(r"/m/([\w-]+)", mails[1].text).group(1)
    anyone.post(f"/v1/personal/{token}/membership/transitions", {"to": "active"}, expect=200)
