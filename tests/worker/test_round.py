"""
One voice all the way round, with the real programs, a real PostgreSQL and a real SMTP server: somebody speaks and gets a
receipt, a professional answers, a change is made because of it, everyone who spoke is told, four weeks later they are
asked whether it is better, the answers decide, and the report shows it.
"""

import re
from collections import Counter

import pytest
import requests

from support.client import new_key

GIVERS = [f"kertoja{n}@example.org" for n in range(6)]
LANGUAGES = ["fi", "sv", "en", "fi", "sv", "en"]
TEXT = "Puhelimeen ei vastata aamuisin. Päiväni menee jonottaessa. ÄÖÅ äöå €"
OFFENDING = re.compile("osasto|avdelning|ward|sairaala|puhelimeen", re.IGNORECASE)


@pytest.fixture
def running(fresh_world):
    fresh_world.api.start()
    fresh_world.start_worker("all", REPORT_S=1)
    return fresh_world


def speak(world, number):
    """A voice of one giver; the reply with its receipt code."""
    return world.client("submit").post(
        "/v1/feedback", {"unit_id": world.units["ward"], "kind": "concern", "text": TEXT, "channel": "web",
                         "lang": LANGUAGES[number], "wants_answer": True, "wants_news": True, "wants_follow_up": True,
                         "contact": {"email": GIVERS[number]}}, idempotency=new_key(), expect=201).json()


def mails_to(world, address, subject_part=""):
    return [mail for mail in world.sink.mails if mail.to == address and subject_part in mail.subject]


def link_in(mail, path):
    return re.search(rf"https?://\S+(/{path}/[A-Za-z0-9_-]+)", mail.text)[1]


def wait_mail(world, address, path):
    """The first mail to this address with a link of this kind."""
    return world.sink.wait_for(lambda mail: mail.to == address and f"/{path}/" in mail.text)


def answer_case(world, case):
    handler = world.client("handler")
    path = f"/v1/feedback/{case['id']}"
    assert handler.get(path, expect=200).json()["text"] == TEXT
    handler.move(path, "in_progress", expect=200)
    handler.move(path, "answered", text="Kiitos. Avaamme takaisinsoiton.", expect=200)


def make_change(world, cases):
    """A change from suggested to made, with every case as its source."""
    owner = world.client("coordinator")
    change = owner.post("/v1/changes", {"unit_id": world.units["hospital"], "title": {"fi": "Takaisinsoitto", "sv": "Uppringning"},
                                        "said": {"fi": "Puhelimeen ei vastattu."}, "done": {"fi": "Soitamme takaisin samana päivänä."},
                                        "evidence": "Vasteaika 1 h", "owner_ref": "palvelupäällikkö",
                                        "planned_for": "2026-12-31"}, expect=201).json()
    path = f"/v1/changes/{change['id']}"
    for case in cases:
        owner.post(f"{path}/sources", {"kind": "feedback", "feedback_id": case["id"]}, idempotency=new_key(), expect=201)
    for state in ("under_review", "planned", "made"):
        owner.move(path, state, expect=200)
    return path


def test_a_voice_goes_all_the_way_round(running):
    world = running
    cases = [speak(world, number) for number in range(6)]
    for address in GIVERS:
        world.sink.wait_for(lambda mail, address=address: mail.to == address)

    # A professional answers; the giver hears that there is news, and reads it with the receipt alone.
    world.sink.clear()
    answer_case(world, cases[0])
    world.sink.wait_for(lambda mail: mail.to == GIVERS[0])
    seen = world.giver(cases[0]["receipt_code"]).get("/v1/receipt", expect=200).json()
    assert seen["state"] == "answered" and seen["messages"][-1]["text"] == "Kiitos. Avaamme takaisinsoiton."

    # A change is made of it; each contributor is told once of planned and once of made.
    world.sink.clear()
    path = make_change(world, cases)
    change_id = path.rpartition("/")[2]
    news = world.sink.wait_for(lambda mail: "/u/" in mail.text, count=12)
    assert Counter(mail.to for mail in news) == {address: 2 for address in GIVERS}
    assert len({mail.message["Message-ID"] for mail in news}) == 12
    assert world.database.value("SELECT count(*) FROM notice WHERE change_id = %s::uuid", change_id) == 12
    assert not any(OFFENDING.search(mail.subject + mail.text + str(mail.message["From"])) for mail in news)
    told = world.giver(cases[1]["receipt_code"]).get("/v1/receipt", expect=200).json()["news"]
    assert [item["state"] for item in told] == ["made"]
    world.client("coordinator").post(f"{path}/publish", etag="*", idempotency=new_key(), expect=200)

    # Four weeks later everyone is asked once, in the next month's cap; opening a link changes nothing, pressing does.
    world.sink.clear()
    world.move_clock("40 days")
    questions = {address: wait_mail(world, address, "f") for address in GIVERS}
    for number, address in enumerate(GIVERS[:5]):
        url = world.api.url + link_in(questions[address], "f")
        for _ in range(2):
            assert 'value="better"' in requests.get(url, headers={"Accept-Language": "fi"}, timeout=10).text
        answer = "better" if number < 4 else "worse"
        page = requests.post(url, data={"answer": answer, "text": "Nyt soitetaan."}, headers={"Accept-Language": "fi"}, timeout=10)
        assert page.status_code == 200 and "Vastauksesi on tallennettu" in page.text
        again = requests.post(url, data={"answer": "worse"}, headers={"Accept-Language": "fi"}, timeout=10)
        assert again.status_code == 200 and "Olet jo vastannut" in again.text
    votes = world.database.rows("SELECT answer, count(*) FROM follow_up WHERE change_id = %s::uuid GROUP BY answer", change_id)
    assert dict(votes) == {"better": 4, "worse": 1, None: 1}

    # Three weeks after the question a worker decides, and the report shows what came of it.
    world.move_clock("62 days")
    owner = world.client("coordinator")
    change = world.programs[-1].wait_for(
        lambda: (found := owner.get(path, expect=200).json())["state"] == "verified" and found, "decision")
    assert change["missing_languages"] == ["sv", "en", "fi-x-selko"]
    period = world.database.value("SELECT to_char(app_now() AT TIME ZONE 'Europe/Helsinki', 'YYYY')")
    periods = {period, world.database.value("SELECT to_char(now() AT TIME ZONE 'Europe/Helsinki', 'YYYY')")}
    world.programs[-1].wait_for(lambda: any(
        change_id in str(report_of(world, year).get("changes")) for year in periods), "the change in a report")
    world.programs[-1].wait_for(lambda: sum(
        report_of(world, year).get("follow_up", {}).get("better", 0) for year in periods) == 4, "the answers in the reports")


def report_of(world, period):
    """The figures of the county's report; empty when there is none."""
    reply = world.client("coordinator").get("/v1/reports/what-changed", params={"unit_id": world.units["county"], "period": period})
    return reply.json()["figures"] if reply.status_code == 200 else {}
