"""
The form of a survey in a real browser, in each language: accessible, without a script, and nothing from elsewhere.
"""

import json

import pytest

from support.browser import GOOD_PRACTICE, visit
from support.client import Client
from support.programs import ROOT
from support.questions import EXAMPLE, Survey, make_question_set, moment

LANGUAGES = ("fi", "sv", "en")
PHONE, DESK = 360, 1024
SEND = {"fi": "Lähetä vastaukset", "sv": "Skicka svaren", "en": "Send the answers"}
THANKS = {"fi": "Kiitos vastauksestasi", "sv": "Tack för ditt svar", "en": "Thank you for your answer"}


@pytest.fixture(scope="module")
def survey(world):
    """The example set for people from 13 years on, asked in a round that is open."""
    adults = json.loads((ROOT / EXAMPLE).read_text())["question_sets"][0]
    return Survey(world, question_set=make_question_set(world.database, adults["questions"]))


def check_page(world, report, language):
    where = json.dumps(report, ensure_ascii=False, indent=1)[:4000]
    assert report["status"] == 200 and report["language"] == language, where
    assert report["violations"] == [] and report["complaints"] == [] and not report["too_wide"], where
    assert len(report["headings"]) == 1 and report["title"].startswith(report["headings"][0]), where
    assert all(request.split()[1].startswith(world.api.url) for request in report["requests"]), where


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_survey_is_accessible(world, survey, language):
    fresh, used = survey.links(2)
    Client(world.api).post(f"/v1/survey-links/{used}", {"answers": {"listened": 4, "recommend": 9}}, expect=200)
    early = Survey(world, opens=moment(days=2), is_open=False).links()[0]
    over = Survey(world)
    closed = over.links()[0]
    over.coordinator.move(over.path, "closed", expect=200)
    page = {"url": f"{world.api.url}/s/{fresh}", "language": language, "axe": GOOD_PRACTICE}
    visits = [{**page, "width": width} for width in (PHONE, DESK)]
    visits += [{**page, "width": PHONE, "press": [SEND[language]]},
               {**page, "width": PHONE, "check": ["[name=q_listened][value='1']"], "press": [SEND[language]]}]
    visits += [{**page, "width": PHONE, "url": f"{world.api.url}/s/{token}"} for token in (used, early, closed, "A" * 22)]
    for report in visit(*visits):
        check_page(world, report, language)


def test_a_survey_is_answered_without_a_script_and_opens_a_question_on_the_way(world, survey):
    links = dict(zip(LANGUAGES, survey.links(3)))
    visits = []
    for language, token in links.items():
        page = {"url": f"{world.api.url}/s/{token}", "language": language, "width": PHONE, "script": False}
        visits += [{**page, "fill": {"[name=q_own_words]": "Kiitos & näkemiin <b>"}, "press": [SEND[language]],
                    "check": ["[name=q_listened][value='5']", "[name='q_what_helped.people']", "[name=q_recommend][value='9']"]}, page]
    reports = iter(visit(*visits))
    for language in LANGUAGES:
        thanks, again = next(reports), next(reports)
        check_page(world, thanks, language)
        check_page(world, again, language)
        assert THANKS[language] in thanks["headings"] and again["buttons"] == []
    assert world.database.value("SELECT count(*) FROM answer_text WHERE original = 'Kiitos & näkemiin <b>'") == 3


def test_easy_finnish_is_a_page_of_its_own(world, survey):
    token = survey.links()[0]
    report, = visit({"url": f"{world.api.url}/s/{token}?language=fi&easy=true", "language": "fi", "width": PHONE, "axe": GOOD_PRACTICE})
    check_page(world, report, "fi")
    assert "Suosittelisitko tätä palvelua muille?" in report["text"]
