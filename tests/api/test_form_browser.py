"""
The feedback form in a real browser: accessible in each language, with the keyboard alone, without a script, on the smallest phone.
"""

import json
import re

import pytest

from support.browser import GOOD_PRACTICE, visit
from support.database import Database
from support.forms import path_of
from support.world import World

LANGUAGES = ("fi", "sv", "en", "fi-x-selko")
SMALLEST, PHONE, DESK = 320, 360, 1024
SEND = {"fi": "Lähetä palaute", "sv": "Skicka responsen", "en": "Send the feedback", "fi-x-selko": "Lähetä palaute"}
THANKS = {"fi": "Kiitos! Palautteesi tuli perille", "sv": "Tack! Din respons kom fram", "en": "Thank you! Your feedback has arrived",
          "fi-x-selko": "Kiitos! Saimme palautteesi"}
CODE = re.compile(r"(?:[0-9A-Z]{5}-){5}[0-9A-Z][0-9A-Z*~$=]")


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0) as made:
        made.api.start()
        yield made


def check_page(world, report, language, status=200):
    where = json.dumps(report, ensure_ascii=False, indent=1)[:4000]
    assert report["status"] == status and report["language"] == language, where
    assert report["violations"] == [] and not report["too_wide"], where
    assert [text for text in report["complaints"] if f"status of {status}" not in text] == [], where
    assert len(report["headings"]) == 1, where
    assert all(request.split()[1].startswith(world.api.url) for request in report["requests"]), where


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_form_is_accessible(world, language):
    page = {"url": f"{world.api.url}{path_of(world, 'ward')}?language={language}", "language": "de", "axe": GOOD_PRACTICE}
    voice = {"fill": {"#text": "Odotin kauan."}, "check": ["#kind", "#wants_answer"], "press": [SEND[language]]}
    missing = {"fill": {"#email": "anna@"}, "press": [SEND[language]]}
    visits = [{**page, "width": width} for width in (SMALLEST, PHONE, DESK)]
    visits += [{**page, "width": width, **steps} for width in (SMALLEST, DESK) for steps in ({"open": "summary"}, missing, voice)]
    visits += [{**page, "url": f"{world.api.url}{path_of(world, 'ward')}/print?language={language}", "width": width, "print": printed}
               for width, printed in ((SMALLEST, False), (DESK, False), (DESK, True))]
    reports = visit(*visits, {**page, "url": f"{world.api.url}/p/nobodys?language={language}", "width": SMALLEST})
    for report in reports[:-1]:
        check_page(world, report, language)
    check_page(world, reports[-1], language, status=404)
    assert [THANKS[language] in report["headings"] and bool(CODE.search(report["text"].replace("\n", ""))) for report in reports[:9]] == [
        False] * 5 + [True] + [False] * 2 + [True]


def test_a_voice_comes_in_without_a_script(world):
    page = {"url": world.api.url + path_of(world, "ward"), "width": SMALLEST, "script": False}
    words = "Ei enää jonoa & häslinkiä, <b>€uroja</b> ei kulunut."
    visits = [{**page, "language": language, "check": ["#kind_concern"], "fill": {"#text": words}, "press": [SEND[language]]}
              for language in ("fi", "sv", "en")]
    for language, report in zip(("fi", "sv", "en"), visit(*visits)):
        assert report["headings"] == [THANKS[language]]
        assert [request.split()[0] for request in report["requests"]] == ["GET", "POST"]
    assert world.database.value("SELECT count(*) FROM feedback_text WHERE original = %s", words) == 3


def test_who_goes_back_or_loads_again_makes_no_other_case(world):
    """The browser has what was written, and the same token with it."""
    words = "Vain kerran."
    page = {"language": "en", "check": ["#kind"], "fill": {"#text": words}, "press": [SEND["en"]]}
    queries = ("", "?c=qr", "?language=en", "?language=en&c=kiosk")
    visits = [{**page, "url": world.api.url + path_of(world, "ward") + query, "then": then}
              for query in queries for then in ({"go": "back", "press": [SEND["en"]]}, {"go": "again"})]
    for report in visit(*visits):
        assert report["headings"] == [THANKS["en"]] and [request.split()[0] for request in report["requests"]].count("POST") == 2
    assert world.database.value("SELECT count(*) FROM feedback_text WHERE original = %s", words) == len(visits)


def test_a_voice_comes_in_with_the_keyboard_alone(world):
    """From the top: past the name of the service and the languages, a choice by Space, the text, the answer that is wished for, and Enter on the button."""
    keys = ["Tab"] * 6 + ["Space", "Tab", "text:Näppäimillä vain.", "Tab", "Space", *["Tab"] * 5, "Enter"]
    report, = visit({"url": world.api.url + path_of(world, "ward"), "width": PHONE, "keys": keys})
    assert report["headings"] == [THANKS["fi"]], report
    assert world.database.rows("SELECT f.kind, f.wants_answer FROM feedback f JOIN feedback_text t ON t.feedback_id = f.id"
                               " WHERE t.original = 'Näppäimillä vain.'") == [("thanks", True)]


def test_what_is_missing_leads_to_its_field(world):
    page = {"url": world.api.url + path_of(world, "ward"), "width": PHONE, "press": [SEND["fi"]]}
    empty, report = visit(page, {**page, "keys": ["Tab", "Tab", "Enter", "text:Perille asti."]})
    assert empty["focus"].startswith("div.faults")  # a screen reader begins there
    assert report["focus"] == "textarea#text"


def test_what_only_programs_see_cannot_be_reached(world):
    report, = visit({"url": world.api.url + path_of(world, "ward"), "width": PHONE, "keys": ["Tab"] * 18})
    assert "input#homepage" not in report["walk"] and "textarea#text" in report["walk"]


def test_a_printed_page_with_the_code_has_what_it_takes(world):
    report, = visit({"url": world.api.url + path_of(world, "ward"), "width": DESK, "print": True, "check": ["#kind"],
                     "fill": {"#text": "Kiitos"}, "press": [SEND["fi"]]})
    assert CODE.search(report["text"].replace("\n", "")) and "/r" in report["text"]


def test_the_poster_is_one_sheet(world):
    report, = visit({"url": f"{world.api.url}{path_of(world, 'ward')}/print", "width": DESK, "sheets": True})
    assert report["sheets"] == 1
