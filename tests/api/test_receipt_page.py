"""
The page where a giver reads their case: mails lead to it, the code alone opens it.
"""

import html

import pytest
import requests

TEXT = "Jonotin puhelimessa <tunnin> & \"hermostuin\".\nKiitos."


@pytest.fixture(scope="module")
def case(world):
    """An answered voice with its receipt code."""
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": TEXT, "channel": "web", "lang": "fi", "wants_answer": True}
    made = world.client("submit").post("/v1/feedback", voice, expect=201).json()
    world.client("handler").move(f"/v1/feedback/{made['id']}", "answered", text="Pahoittelemme. Soitamme <takaisin>.", expect=200)
    return made


def open_case(world, code, language="fi"):
    return requests.post(f"{world.api.url}/r", data={"code": code}, headers={"Accept-Language": language}, timeout=10)


@pytest.mark.parametrize("language, words", [
    ("fi", ["Palautteesi", "Vastattu", "Henkilöstö"]), ("sv", ["Din respons", "Besvarad", "Personalen"]),
    ("en", ["Your feedback", "Answered", "Staff"])])
def test_the_code_opens_the_case_in_the_readers_language(world, case, language, words):
    page = open_case(world, case["receipt_code"], language)
    page.encoding = "utf-8"
    assert page.status_code == 200 and all(word in page.text for word in words)
    assert html.escape(TEXT, quote=False).split("\n", maxsplit=1)[0].replace('"', "&quot;") in page.text
    assert "Soitamme &lt;takaisin&gt;." in page.text and "<takaisin>" not in page.text
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_code_may_be_written_as_it_was_heard(world, case):
    code = case["receipt_code"].lower().replace("-", " ")
    assert "Palautteesi" in open_case(world, code).content.decode()


@pytest.mark.parametrize("code", ["", "abc", "63P3A-MNY06-N09XY-PCB04-G0B86-00", "x" * 200])
def test_a_wrong_code_shows_the_form_again(world, code):
    page = open_case(world, code)
    assert page.status_code == 200 and "Tällä koodilla ei löydy palautetta" in page.content.decode()


def test_the_form_is_shown_without_a_code(world):
    page = requests.get(f"{world.api.url}/r?language=sv", timeout=10)
    assert page.status_code == 200 and "Kvittokod" in page.content.decode()


@pytest.mark.parametrize("path", ["/r", "/f/abc", "/u/abc"])
def test_what_goes_wrong_on_a_page_is_a_page(world, path):
    answer = requests.post(world.api.url + path, data={"x": "1"}, headers={"Accept-Language": "fi"}, timeout=10)
    assert answer.status_code in (404, 422) and answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>" in answer.text
