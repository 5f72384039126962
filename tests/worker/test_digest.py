"""
News of changes collected: one mail for all of them, when its days are over, for those who choose so.
"""

import re

import pytest
import requests

from county import UNSAID, add_change, add_member, count_jobs, move
from support.panels import make_panel
from support.sessions import Session


# As mail programs send it (RFC 8058).
ONE_CLICK = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
BEGINS = {"fi": "Hei,", "sv": "Hej,", "en": "Hello,"}


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def panel(world):
    return make_panel(world, "co_development", state="active")


def planned(world, *people):
    """A change that is planned, and came of what these brought."""
    change = add_change(world)
    for person in people:
        world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "idea", "input_id": person.bring().json()["id"]}, expect=201)
    for state in ("under_review", "planned"):
        move(world, "change", change, state)
    return change


def wait_told(world, number):
    world.programs[-1].wait_for(lambda: count_jobs(world, "news") == 0 and world.database.value("SELECT count(*) FROM notice") == number, "the ledger")


def digests(world):
    return world.database.rows("SELECT state, send_at > app_now() FROM mail WHERE template = 'person_digest' ORDER BY send_at")


def test_several_news_are_one_mail_at_the_end_of_the_week_and_the_ledger_has_each(world, panel):
    people = [add_member(world, panel, f"{lang}@example.org", lang=lang, wants_digest=True) for lang in BEGINS]
    other = add_member(world, panel, "b@example.org")
    worker = world.start_worker("news", "mail", "mail_bulk")
    for _ in range(2):
        planned(world, other, *people)
    wait_told(world, 8)
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM mail WHERE template = 'person_change' AND state = 'sent'") == 2, "those who want each")
    assert digests(world) == [("queued", True)] * 3
    world.move_clock("7 days")
    for mail in world.sink.wait_for(lambda mail: mail.to != "b@example.org" and "List-Unsubscribe" in mail.message, count=3):
        lang = mail.message["Content-Language"]
        assert mail.to == f"{lang}@example.org" and mail.text.startswith(BEGINS[lang]) and not UNSAID.search(mail.subject + mail.text)
        assert re.search(rf"/m/[A-Za-z0-9_-]{{22}}\?language={lang}", mail.text)
        world.client().post(re.search(r"/u/[A-Za-z0-9_-]{22}", mail.message["List-Unsubscribe"])[0], raw=ONE_CLICK,
                            content_type="multipart/form-data; boundary=x", expect=200)
    assert sorted(row[0] for row in world.database.rows("SELECT sum(sent)::int FROM contact_count GROUP BY address_hash")) == [1, 1, 1, 2]
    planned(world, people[0])
    wait_told(world, 9)
    world.move_clock("14 days")
    worker.wait_for(lambda: sorted(state for state, _ in digests(world)) == ["opted_out", "sent", "sent", "sent"], "no more mails")


def test_who_is_a_member_twice_has_one_digest_and_one_page_with_all_of_it(world, panel):
    first, second = (add_member(world, place, "a@example.org", wants_digest=True)
                     for place in (panel, make_panel(world, "co_development", state="active")))
    worker = world.start_worker("news", "mail", "mail_bulk")
    changes = {planned(world, first), planned(world, second)}
    wait_told(world, 2)
    assert digests(world) == [("queued", True)]
    for person in (first, second):
        assert {item["id"] for item in person.client.get(f"{person.path}/changes", expect=200).json()["items"]} == changes
    first.client.post(f"{first.path}/erasure", expect=200)  # what is still to be told is told to the other
    world.move_clock("7 days")
    mail = world.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message)
    assert mail.to == "a@example.org"
    worker.wait_for(lambda: digests(world) == [("sent", False)], "one digest")
    assert world.database.value("SELECT person_id::text FROM mail WHERE template = 'person_digest'") == second.id


def test_the_day_is_a_monday_and_as_far_away_as_the_rule_says(world):
    day = "SELECT digest_day() - app_today(), extract(isodow FROM digest_day())::int"
    away, weekday = world.database.rows(day)[0]
    assert 1 <= away <= 7 and weekday == 1
    world.database.run("UPDATE rule SET value = 1 WHERE name = 'digest_days'")
    assert world.database.rows(day)[0][0] == 1


def test_it_is_chosen_on_the_personal_page_and_unchosen(world, panel):
    person = add_member(world, panel, "a@example.org", wants_news=False)
    page = world.api.url + f"/m/{person.token}?language=fi"

    def buttons():
        return re.findall(r"<button[^>]*>(Haluan [^<]*|En halua näitä[^<]*)</button>", requests.get(page, timeout=10).text)

    assert buttons() == ["Haluan nämä viestit", "Haluan muutoksista yhden koosteviestin"]
    for wish, text, count in (({"wants_news": True, "wants_digest": True}, "7 päivän välein", 2), ({"wants_digest": False}, "Saat sähköpostia", 2),
                              ({"wants_news": False}, "Et saa sähköpostia", 2)):
        kept = person.client.patch(person.path, wish, expect=200).json()
        assert wish.items() <= kept.items()
        assert text in requests.get(page, timeout=10).text and len(buttons()) == count


def test_it_is_chosen_at_joining(world):
    recruiting = make_panel(world, "residents_meeting", state="recruiting", is_public=True)
    session = Session(world, is_open=True)
    wishes = {"lang": "fi", "contact": {"email": "a@example.org"}, "wants_news": True, "wants_digest": True}
    world.client().post(f"/v1/panels/{recruiting}/applications", {"role": "client", "name": "Aino", **wishes}, expect=201)
    world.client().post(f"/v1/open-sessions/{session.id}/registrations", wishes, expect=200)
    assert world.database.rows("SELECT resource, wants_news, wants_digest FROM person ORDER BY 1") == [
        ("member", True, True), ("registration", True, True)]
