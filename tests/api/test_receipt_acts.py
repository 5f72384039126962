"""
What a giver does on the page of their case: write, reopen, withdraw, erase. The code opens it, and travels in forms alone.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support.forms import text_of
from support.public_pages import publish, suggest

ACTS = ["write", "reopen", "ask_withdraw", "withdraw", "ask_erase", "erase"]
ENTRY = "Lue vastaus palautteeseesi"


class Giver:
    """Who has a code, and the page as they see it."""

    def __init__(self, world, *steps, **voice):
        self.world = world
        body = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi",
                "wants_answer": True, **voice}
        made = world.client("submit").post("/v1/feedback", body, expect=201).json()
        self.id, self.code = made["id"], made["receipt_code"]
        for to, more in steps:
            world.client("coordinator").move(f"/v1/feedback/{self.id}", to, **more, expect=200)

    def post(self, **fields):
        page = requests.post(f"{self.world.api.url}/r", data={"code": self.code, **fields}, headers={"Accept-Language": "fi"}, timeout=30)
        assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
        assert self.code not in page.url
        return page

    def case(self):
        return self.world.giver(self.code).get("/v1/receipt").json()

    def words(self):
        return [message["text"] for message in self.case()["messages"] if message["author"] == "giver"]


ANSWERED = ("answered", {"text": "Pahoittelemme."})
STARTED = ("in_progress", {})
STATES = {
    "received": [], "in_progress": [STARTED], "waiting_giver": [STARTED, ("waiting_giver", {"text": "Minä päivänä?"})],
    "answered": [ANSWERED], "closed": [("closed", {"outcome": "information"})],
    "referred": [("referred", {"remedy": "reminder", "reason": "Muistutus on oikea tie.", "text": "Tee muistutus."})],
    "removed": [("removed", {"reason": "Asiaton."})],
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_possible_now_is_offered_and_nothing_else(world, state):
    giver = Giver(world, *remedied(world, STATES[state]))
    page, case = text_of(giver.post()), giver.case()
    assert case["state"] == state
    offered = set(re.findall(r'name="act" value="(\w+)"', page))
    wanted = {"ask_erase"} | ({"write"} if state != "removed" else set())
    wanted |= {"ask_withdraw"} if "withdrawn" in case["next_states"] else set()
    wanted |= {"reopen"} if "in_progress" in case["next_states"] and state != "waiting_giver" else set()
    assert offered == wanted


def remedied(world, steps):
    """With a remedy of the catalogue in place of the word."""
    code = world.client().get("/v1/remedies", expect=200).json()["items"][0]["code"]
    return [(to, {**more, **({"remedy": code} if "remedy" in more else {})}) for to, more in steps]


def test_a_message_arrives_once_however_often_it_is_sent(world):
    giver = Giver(world)
    key = re.search(r'name="key" value="([^"]+)"', giver.post().text)[1]
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: giver.post(act="write", key=key, text="Lisäisin & kysyn:\r\nmiksi?"), range(4)))
    assert all("Viestisi on lähetetty." in text_of(page) for page in pages)
    assert giver.words() == ["Lisäisin & kysyn:\nmiksi?"]
    giver.post(act="write", key=key, text="Toinen viesti.")
    other = re.search(r'name="key" value="([^"]+)"', pages[0].text)[1]
    giver.post(act="write", key=other, text="Toinen viesti.")
    assert other != key and giver.words() == ["Lisäisin & kysyn:\nmiksi?", "Toinen viesti.", "Toinen viesti."]


def test_an_answer_to_a_question_takes_the_case_on(world):
    giver = Giver(world, *STATES["waiting_giver"])
    assert "Vastaa meille" in text_of(giver.post())
    page = text_of(giver.post(act="write", key="a", text="Maanantaina."))
    assert "Käsittelyssä" in page and giver.case()["state"] == "in_progress"


@pytest.mark.parametrize("act, said", [("write", "Kirjoita ensin viesti."), ("reopen", "Kerro ensin, miksi asia pitää käsitellä uudelleen.")])
@pytest.mark.parametrize("text", ["", " \r\n\t"])
def test_nothing_written_is_said_so(world, act, said, text):
    giver = Giver(world, ANSWERED)
    page = text_of(giver.post(act=act, key="a", text=text))
    assert page.count(said) == 2 and f'href="#{act}"' in page
    assert giver.case()["state"] == "answered" and giver.words() == []


@pytest.mark.parametrize("act", ["write", "reopen"])
def test_what_is_longer_than_the_page_says_is_not_taken_and_not_lost(world, act):
    giver = Giver(world, ANSWERED)
    for text in ("ä" * 4001, "x" * 30000):
        page = text_of(giver.post(act=act, key="a", text=text))
        assert "Teksti on liian pitkä." in page and f"{text}</textarea>" in page and giver.case()["state"] == "answered"
    assert page.count('maxlength="4000"') == page.count("Enintään 4\u00a0000 merkkiä.") == 2 and giver.words() == []
    giver.post(act=act, key="a", text="ä" * 4000)
    assert giver.words() == ["ä" * 4000]


def test_a_reason_of_full_length_reopens(world):
    giver = Giver(world, ANSWERED)
    text = "ä" * 4001
    giver.post(act="reopen", key="a", text=text[:4000])
    assert giver.case()["state"] == "in_progress"


def test_a_case_is_reopened_with_a_reason_and_once(world):
    giver = Giver(world, ANSWERED)
    for _ in range(2):
        assert "Asia on avattu uudelleen." in text_of(giver.post(act="reopen", key="a", text="Vastaus ei auttanut."))
    assert giver.case()["state"] == "in_progress" and giver.words() == ["Vastaus ei auttanut."]
    page = text_of(giver.post(act="reopen", key="b", text="Vielä kerran."))
    assert "Tämä ei enää onnistu" in page and giver.words() == ["Vastaus ei auttanut."]


@pytest.mark.parametrize("act, goes, stays", [
    ("ask_withdraw", ["kaiken, mitä kirjoitit", "sähköpostiosoitteesi", "mitä tarvitset"], ["luku tilastossa", "koodisi: sillä näet"]),
    ("ask_erase", ["kaiken, mitä kirjoitit", "sähköpostiosoitteesi", "koodisi: sillä ei enää"], ["luku tilastossa"])])
def test_it_is_asked_first_and_said_what_goes(world, act, goes, stays):
    giver = Giver(world)
    page = text_of(giver.post(act=act))
    lists = re.findall(r"<ul.*?</ul>", page, re.S)
    for part, words in zip(lists, (goes, stays)):
        assert all(word in part for word in words)
    assert giver.case()["state"] == "received" and giver.case()["text"] == "Odotin kauan."
    assert set(re.findall(r'name="act" value="(\w+)"', page)) == {act.removeprefix("ask_"), "show"}
    assert "Odotin kauan." in text_of(giver.post(act="show"))


def test_a_withdrawn_case_has_no_words_and_still_its_code(world):
    giver = Giver(world, contact={"email": "anna@example.org"}, support_needs=["interpreter"])
    giver.post(act="write", key="a", text="Lisää sanoja.")
    for _ in range(2):
        page = text_of(giver.post(act="withdraw"))
        assert "Palautteesi on peruttu ja kirjoittamasi on poistettu." in page and "sanoja" not in page and "Odotin" not in page
        assert "Vastaamme viimeistään" not in page
    case = giver.case()
    assert (case["state"], case["text"], case["messages"]) == ("withdrawn", None, [])
    assert world.database.value("SELECT count(*) FROM contact WHERE feedback_id = %s", giver.id) == 0
    assert world.client("handler").get(f"/v1/feedback/{giver.id}", expect=200).json()["support_needs"] == []
    assert "Tämä ei enää onnistu" in text_of(giver.post(act="write", key="b", text="Vielä yksi asia."))


def test_an_erased_case_looks_like_one_that_never_was(world):
    giver, stranger = Giver(world), Giver(world)
    assert "Kaikki on poistettu" in text_of(giver.post(act="erase"))
    stranger.code = "63P3A-MNY06-N09XY-PCB04-G0B86-00"
    for act in ["show", *ACTS]:
        pages = [text_of(one.post(act=act, key="a", text="Hei")).replace(f'value="{one.code}"', "") for one in (giver, stranger)]
        assert pages[0] == pages[1] and "Tällä koodilla ei löydy palautetta" in pages[0]


def test_a_page_of_what_was_erased_says_when_it_is_loaded_again_that_it_is_gone(world):
    giver = Giver(world)
    assert "<h1>Kaikki on poistettu</h1>" in text_of(giver.post(act="erase"))
    again = text_of(giver.post(act="erase"))
    assert "<h1>Täällä ei ole enää mitään</h1>" in again and "Jos poistit äsken kaiken, se on poistettu" in again
    assert "faults" not in again.split("</style>")[1] and ENTRY not in again


@pytest.mark.parametrize("act", ACTS)
def test_a_wrong_code_does_nothing(world, act):
    before = world.database.rows("SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM step), (SELECT count(*) FROM erasure)")
    giver = Giver(world)
    for code in ("", "x", "63P3A-MNY06-N09XY-PCB04-G0B86-00"):
        giver.code = code
        page = requests.post(f"{world.api.url}/r", data={"code": code, "act": act, "key": "a", "text": "Hei"},
                             headers={"Accept-Language": "fi"}, timeout=30)
        assert (ENTRY in text_of(page)) == (act != "erase") and "Tällä koodilla ei löydy palautetta" in text_of(page)
    assert world.database.rows("SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM step), (SELECT count(*) FROM erasure)") == before


def test_the_giver_of_a_duplicate_reads_what_the_original_was_answered(world):
    original = Giver(world, ANSWERED)
    follower = Giver(world, ("duplicate", {"duplicate_of": original.id}), text="Sama asia minulla.")
    page = text_of(follower.post())
    assert "Mitä tapahtui palautteelle, johon omasi on yhdistetty" in page and "Pahoittelemme." in page
    assert "Odotin kauan." not in page


def test_words_in_the_form_are_never_markup(world):
    giver = Giver(world, ANSWERED)
    words = "</textarea><script>alert(1)</script>" + "x" * 4000
    page = giver.post(act="reopen", key='"><b>', text=words)
    assert "<script>" not in page.text and "&lt;/textarea&gt;" in page.text
    giver.code += '"><script>'
    assert "<script>" not in giver.post().text


def test_only_acts_that_there_are_are_taken(world):
    giver = Giver(world)
    page = requests.post(f"{world.api.url}/r", data={"code": giver.code, "act": "answered"}, timeout=30)
    assert page.status_code == 422 and giver.case()["state"] == "received"


def test_what_followed_is_told_with_its_state_its_day_and_the_way_to_read_more(world):
    giver, change = Giver(world), suggest(world)
    world.client("coordinator").post(f"{change}/sources", {"kind": "feedback", "feedback_id": giver.id}, expect=201)
    page = giver.post()
    assert "Muutos on suunniteltu.</strong> Suunniteltu valmistumispäivä: 1.1.2030" in text_of(page) and "/changes/" not in page.text
    publish(world, change)
    world.client("coordinator").move(change, "delayed", reason="Lupa viipyy.", expect=200)
    page = giver.post()
    assert "Muutos viivästyy." in text_of(page) and 'Miksi näin: <span lang="fi">Lupa viipyy.</span>' in text_of(page)
    assert f"/changes/{change.rsplit('/', 1)[1]}?language=fi" in page.text
