"""
What is purged changes no figure: reports, added up and made from scratch, and the people behind what is published.
"""

import random

import pytest

from county import add_voice, address_hash, make_change, move
from report_history import History
from report_steps import ReportSteps
from retained import CLASSES, purge
from test_report_incremental import assert_reports_are_right

FAR = 4000
REPORTS = "SELECT period, unit_id::text, body FROM report ORDER BY period, unit_id"
PEOPLE = ("SELECT m.month::date::text, f.unit_id::text, f.table_name, f.value, f.voices, f.people"
          " FROM generate_series(month_start(app_today()) - interval '3 months', app_today(), interval '1 month') m (month)"
          " CROSS JOIN LATERAL report_fresh(m.month::date) f ORDER BY 1, 2, 3, 4")


def purge_all(database, days=FAR):
    """{class: how many}"""
    return {name: sum(purge(database, days, name)) for name, in database.rows("SELECT class FROM retention ORDER BY place")}


@pytest.mark.parametrize("seed", range(2))
def test_reports_are_what_they_were_before_the_purge(database, seed):
    steps = ReportSteps(database)
    history = History(database, random.Random(f"retention {seed}"))
    for _ in range(120):
        history.step()
    steps.run()
    database.run("UPDATE mail SET state = 'sent'")
    before = database.rows(REPORTS)
    purged = purge_all(database)
    assert purged["texts"] and purged["idle_cases"] and purged["events"] and purged["audit"] == 0
    steps.run()
    assert database.rows(REPORTS) == before
    database.run("DELETE FROM report_count")
    steps.data = {}
    steps.run()
    assert database.rows(REPORTS) == before
    assert_reports_are_right(database)
    steps.close()


def test_the_people_behind_published_figures_do_not_become_more(fresh_world):
    world = fresh_world
    addresses = ["yksi@example.org", "kaksi@example.org", None]
    cases = [add_voice(world, email=addresses[n % 3], received_on=day)
             for n, day in enumerate(world.database.value("SELECT array_agg(app_today() - n) FROM generate_series(60, 0, -5) n"))]
    for change in [make_change(world, cases[:4]), make_change(world, cases[4:])]:
        for case, address in zip(cases, addresses[:2]):
            world.database.run(
                "INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on, answer, answered_on)"
                " VALUES (gen_random_uuid(), %s::uuid, %s, %s::uuid, %s, '2030-01-01', 'better', app_today())",
                change, address_hash(address), case, random.randbytes(32))
    before = world.database.rows(PEOPLE)
    assert before
    for ended in (cases[0], cases[4], cases[1]):  # the first voice of an address, one in the middle, and the first of another one
        move(world, "feedback", ended, "closed", who="handler", data={"outcome": "information"})
    with_closed = world.database.rows(PEOPLE)
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 300, "contact") == [3]
    assert world.database.rows(PEOPLE) == with_closed
    for case in cases:
        if case not in (cases[0], cases[4], cases[1]):
            move(world, "feedback", case, "closed", who="handler", data={"outcome": "information"})
    with_closed = world.database.rows(PEOPLE)
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, FAR, "texts") == [len(cases)]
    assert world.database.rows(PEOPLE) == with_closed
    assert world.database.value("SELECT count(*) FROM contact") == 0


def test_the_audit_still_verifies_and_says_what_is_purged(fresh_world):
    world = fresh_world
    kept = CLASSES["audit"](world)
    head = world.admin.run("audit", "head").stdout.strip()
    assert purge(world.database, 1826, "audit", 4)
    assert not kept.is_there()
    world.database.run("SELECT audit_chain_more(100000)")
    world.admin.run("audit", "verify")
    world.admin.run("audit", "verify", "--head", head)
    assert world.admin.run("audit", "verify", "--head", "1:" + "0" * 64, check=False).returncode == 1
