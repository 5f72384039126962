"""
A form that is wrong can be read in another language: what was written is kept, and nothing is done.
"""

import html

import pytest
from test_personal_page import Page

from support.browser import GOOD_PRACTICE, visit
from support.client import Client
from support.database import Database
from support.experts import make_expert
from support.open_pages import TEXTS, OpenPage
from support.sessions import Session
from support.world import World

PHONE = 320


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


def test_a_wrong_form_of_ones_own_page_is_shown_in_another_language_with_what_was_written(world):
    expert = make_expert(world)
    page = Page(world, expert.token)
    written = {**page.form("own_expert_put"), "name": "Eeva Uusi", "week_hours": "99", "notice_hours": "24", "travel_minutes": "0"}
    assert 'formaction="?again=true&amp;language=sv"' in page.send(written, expect=422, query="?language=fi").text
    shown = page.send(written, expect=200, query="?again=true&language=sv").text
    assert 'lang="sv"' in shown and 'value="99"' in shown and 'value="Eeva Uusi"' in shown and TEXTS["sv"]["page_kept"] in shown
    assert Client(world.api).get(f"/v1/personal/{expert.token}/expert", expect=200).json()["name"] == "Eeva Kokija"
    assert 'formaction="' not in page.get().text


def test_a_wrong_form_of_an_open_page_is_shown_in_another_language_and_sent_from_there_once(world):
    session = Session(world, is_open=True)
    page = OpenPage(world, session.id)
    wrong = page.send(**{"contact.email": "ei osoite"})
    assert wrong.status_code == 422 and 'formaction="?sent=true&amp;again=true&amp;language=en"' in wrong.text
    there = page.url.replace("language=fi", "language=en")
    shown = page.send(url=f"{there}&again=true", **{"contact.email": "ei osoite"})
    assert shown.status_code == 200 and 'value="ei osoite"' in shown.text and TEXTS["en"]["page_kept"] in html.unescape(shown.text)
    assert page.send(url=there, **{"contact.email": None}).status_code == 200
    assert world.database.value("SELECT count(*) FROM registration WHERE session_id = %s::uuid", session.id) == 1


def test_in_a_browser_the_language_is_a_button_and_enter_sends_the_form(world):
    url = f"{world.api.url}/opportunities/{Session(world, is_open=True).id}?language=fi"
    page = {"url": url, "width": PHONE, "fill": {"[name='contact.email']": "ei osoite"}, "press": [TEXTS["fi"]["register"]]}
    wrong, other, sent = visit(
        {**page, "axe": GOOD_PRACTICE},
        {**page, "script": False, "then": {"press": ["Svenska"]}},
        {**page, "then": {"fill": {"[name='contact.email']": "eeva@example.org"}}, "keys": ["Enter"]})
    assert wrong["violations"] == [] and not wrong["too_wide"]
    assert other["language"] == "sv" and TEXTS["sv"]["page_kept"] in other["text"]
    assert TEXTS["fi"]["registered_title"] in sent["headings"]
