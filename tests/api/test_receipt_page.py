"""
The page where a giver reads their case: mails lead to it, the code alone opens it.
"""

import html
import re

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


@pytest.mark.parametrize("code", ["63P3A-MNY06", "  väärä koodi", '"><script>alert(1)</script>', "x" * 200])
def test_what_was_written_stays_in_the_field_beside_what_is_wrong(world, code):
    page = open_case(world, code).content.decode()
    field = re.search(r'<input id="code"[^>]*>', page)[0]
    assert f'value="{html.escape(code)}"' in field and 'aria-invalid="true"' in field
    assert 'aria-describedby="code_help code_fault"' in field
    assert '<p class="problem" id="code_fault">Tällä koodilla ei löydy palautetta.' in page and "<script" not in page
    empty = requests.get(f"{world.api.url}/r", timeout=10).content.decode()
    assert 'value=""' in empty and "aria-invalid" not in empty.split("</style>")[1] and "code_fault" not in empty


# ---- what came of it ----

OUTCOMES = {"change_made": "Asia on korjattu tai muutettu", "change_planned": "Asia aiotaan muuttaa", "no_change": "Asiaa ei muuteta",
            "information": "Annoimme tietoa asiasta", "passed_on": "Palautteesi on välitetty eteenpäin",
            "referred": "Ohjasimme sinut muuhun menettelyyn", "unfounded": "Selvitimme asian, emmekä löytäneet siinä korjattavaa"}
LED_TO = {"fi": ("Mihin palautteesi johti", "Asia on korjattu"), "sv": ("Vad din respons ledde till", "Saken har rättats"),
          "en": ("What your feedback led to", "Something was put right"), "fi-x-selko": ("Mitä palautteestasi seurasi", "Muutimme asian")}


def make_case(world, to, **more):
    """The code of a concern that went one step, and the page that it opens."""
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin.", "channel": "web", "lang": "fi"}
    made = world.client("submit").post("/v1/feedback", voice, expect=201).json()
    world.client("handler").move(f"/v1/feedback/{made['id']}", to, **more, expect=200)
    return made["receipt_code"]


def page_of(world, code, language="fi"):
    answer = requests.post(f"{world.api.url}/r?language={language}", data={"code": code}, timeout=10)
    return html.unescape(answer.content.decode()).split("</style>")[1]


@pytest.mark.parametrize("outcome, words", OUTCOMES.items())
def test_each_outcome_is_told_in_words(world, outcome, words):
    page = page_of(world, make_case(world, "closed", outcome=outcome, reason="Tässä on syy."))
    assert f"Mihin palautteesi johti: <strong>{words}</strong>" in page and "Tässä on syy." in page


@pytest.mark.parametrize("language", LED_TO)
def test_what_came_of_it_and_where_is_told_in_the_readers_language(world, language):
    page = page_of(world, make_case(world, "closed", outcome="change_made"), language)
    assert all(words in page for words in LED_TO[language])
    assert {"fi": "Osasto 3", "sv": "Avdelning 3", "en": "Ward 3"}[language[:2]] in page


def test_as_long_as_nothing_has_come_of_it_none_is_told(world):
    assert "Mihin palautteesi johti" not in page_of(world, make_case(world, "in_progress"))


def test_who_was_referred_reads_where_to_and_what_it_is(world):
    page = page_of(world, make_case(world, "referred", remedy="kantelu", reason="Asiaa tutkii valvontaviranomainen."))
    referral = re.search(r'<section aria-labelledby="referral">(.*?)</section>', page, re.S)[1]
    assert ': <span lang="fi">Kantelu</span></h2>' in referral and "valvontaviranomaiselle" in referral
    assert '<a href="https://www.finlex.fi/fi/laki/ajantasa/2003/20030434"><span lang="fi">Kantelu</span>: lue lisää</a>' in referral
    assert 'id="referral"' not in page_of(world, make_case(world, "answered", text="Pahoittelemme."))


def test_all_remedies_are_folded_below_the_answer(world, case):
    page = page_of(world, case["receipt_code"])
    folded = re.search(r"<details>(.*?)</details>", page, re.S)[1]
    assert all(f'<h2 lang="fi">{name}</h2>' in folded for name in ("Muistutus", "Kantelu", "Aloite", "Potilasvahinkoilmoitus"))
    assert folded.count("https://") == 5 and "Muistutus" not in page.replace(folded, "")


def test_the_form_is_shown_without_a_code(world):
    page = requests.get(f"{world.api.url}/r?language=sv", timeout=10)
    assert page.status_code == 200 and "Kvittokod" in page.content.decode()


@pytest.mark.parametrize("path", ["/r", "/f/abc"])
def test_what_goes_wrong_on_a_page_is_a_page(world, path):
    answer = requests.post(world.api.url + path, data={"x": "1"}, headers={"Accept-Language": "fi"}, timeout=10)
    assert answer.status_code == 422 and answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>" in answer.text
