"""
The feedback form of a unit: what it takes, what comes of it, and that one form makes one case.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support import contract
from support.database import Database
from support.forms import Form, path_of, receipt_code, text_of
from support.world import World

LANGUAGES = ("fi", "sv", "en", "fi-x-selko")
SENT_TITLE = {"fi": "Kiitos! Palautteesi tuli perille", "sv": "Tack! Din respons kom fram", "en": "Thank you! Your feedback has arrived",
              "fi-x-selko": "Kiitos! Saimme palautteesi"}


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


@pytest.fixture
def form(world):
    return Form(world, "ward")


def case_of(world, page):
    """The case as its giver reads it, and as staff do."""
    code = receipt_code(page)
    assert code, text_of(page)
    receipt = world.giver(code).get("/v1/receipt", expect=200).json()
    return receipt, world.client("handler").get(f"/v1/feedback/{receipt['id']}", expect=200).json()


def cases(world):
    return world.database.value("SELECT count(*) FROM feedback")


def test_a_form_brings_in_a_voice_as_a_client_system_would(world, form):
    page = form.send(kind="concern", text="Odotin kauan & häpesin.\r\nKukaan ei \"kertonut\" <mitään>.", wants_answer="yes",
                     respondent_role="relative", on_behalf_of="relative", age_band="75_plus", need_interpreter="yes", need_large_print="yes")
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    receipt, case = case_of(world, page)
    assert receipt["text"] == "Odotin kauan & häpesin.\nKukaan ei \"kertonut\" <mitään>."
    assert {name: case[name] for name in ("unit_id", "kind", "channel", "lang", "wants_answer", "respondent_role", "on_behalf_of", "age_band",
                                          "state")} == {
        "unit_id": world.units["ward"], "kind": "concern", "channel": "web", "lang": "fi", "wants_answer": True,
        "respondent_role": "relative", "on_behalf_of": "relative", "age_band": "75_plus", "state": "received"}
    assert sorted(case["support_needs"]) == ["interpreter", "large_print"]
    day = "{2}.{1}.{0}".format(*(int(part) for part in receipt["due_on"].split("-")))
    assert day in text_of(page)


def test_what_is_left_empty_is_not_said(world, form):
    _, case = case_of(world, form.send(kind="thanks", text="Kiitos!"))
    assert (case["age_band"], case["support_needs"], case["wants_answer"], case["on_behalf_of"]) == (None, [], False, "self")
    assert world.database.value("SELECT count(*) FROM contact WHERE feedback_id = %s", case["id"]) == 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query, channel", [("", "web"), ("&c=qr", "qr"), ("&c=kiosk", "kiosk")])
def test_language_and_channel_come_along(world, language, query, channel):
    form = Form(world, "ward", f"?language={language}{query}")
    page = form.send(kind="idea", text="Lisää tuoleja.")
    assert SENT_TITLE[language] in text_of(page)
    _, case = case_of(world, page)
    assert (case["lang"], case["channel"]) == (language[:2], channel)
    assert page.headers["Content-Language"] == language and f'<html lang="{language}">' in page.text
    if query:
        assert f'href="?language=sv{query}"' in text_of(form.page)


def test_an_address_is_sealed_and_its_wishes_are_kept(world, form):
    page = form.send(kind="concern", text="Odotin.", email="  anna.giver@example.org ", wants_news="yes", wants_follow_up="yes")
    receipt, _ = case_of(world, page)
    sealed, news, follow_up = world.database.rows(
        "SELECT encode(sealed, 'escape'), wants_news, wants_follow_up FROM contact WHERE feedback_id = %s", receipt["id"])[0]
    assert "anna.giver" not in sealed and (news, follow_up) == (True, True)


def test_what_is_missing_is_told_at_once_and_nothing_is_lost(world, form):
    before = cases(world)
    page = form.send(text=" \r\n ", email="anna@", age_band="30_64", wants_answer="yes", need_interpreter="yes")
    words = text_of(page)
    assert page.status_code == 200 and cases(world) == before and receipt_code(page) is None
    assert re.findall(r'<li><a href="#(\w+)">', words) == ["kind", "text", "email"]
    for said in ("Valitse, mistä on kyse.", "Kerro omin sanoin, mitä haluat sanoa.", "Tarkista sähköpostiosoite."):
        assert words.count(said) == 2  # above, and at the field
    assert 'value="anna@"' in words and '<option value="30_64" selected>' in words and "<details open>" in words
    for name in ("wants_answer", "need_interpreter"):
        assert re.search(rf'name="{name}" value="yes"[^>]* checked', words)
    assert receipt_code(form.send(kind="question", text="Miksi?", email="anna@example.org"))  # the same form, mended


@pytest.mark.parametrize("language, most", [("fi", "Enintään 5\u00a0000 merkkiä."), ("sv", "Högst 5\u00a0000 tecken."),
                                            ("en", "At most 5,000 characters."), ("fi-x-selko", "Voit kirjoittaa enintään 5\u00a0000 merkkiä.")])
def test_what_is_longer_than_the_form_says_comes_back_whole(world, language, most):
    form, before = Form(world, "ward", f"?language={language}"), cases(world)
    assert most in text_of(form.page) and 'maxlength="5000"' in form.page.text
    for text in ("ä" * 5001, "x" * 20000 + "loppu"):
        page = form.send(kind="concern", text=text)
        assert page.status_code == 200 and receipt_code(page) is None and cases(world) == before
        assert f"{text}</textarea>" in text_of(page) and re.findall(r'<li><a href="#(\w+)">', text_of(page)) == ["text"]
        assert 'aria-invalid="true"' in page.text
    assert receipt_code(form.send(kind="concern", text="ä\r\n" * 2500))  # the CR that a browser adds is nobody's


@pytest.mark.parametrize("text", ["\u00a0", "\u200b\u2060 \ufeff", "\u2003\u3000\r\n", "\u00ad\u2800"])
def test_a_text_in_which_nothing_can_be_seen_is_none(world, form, text):
    before = cases(world)
    page = form.send(kind="concern", text=text, need_interpreter="yes")
    assert page.status_code == 200 and receipt_code(page) is None and cases(world) == before
    assert text_of(page).count("Kerro omin sanoin, mitä haluat sanoa.") == 2
    assert re.search(r'name="need_interpreter" value="yes"[^>]* checked', text_of(page))


@pytest.mark.parametrize("wish", ["wants_news", "wants_follow_up"])
def test_mail_needs_an_address(form, wish):
    page = form.send(kind="thanks", text="Kiitos", **{wish: "yes"})
    assert receipt_code(page) is None and "Kirjoita sähköpostiosoite tai poista valinta" in text_of(page)


@pytest.mark.parametrize("field", ["kind", "respondent_role", "on_behalf_of", "age_band"])
def test_a_choice_that_is_none_is_refused(world, form, field):
    before = cases(world)
    page = form.send(**{"kind": "thanks", "text": "Kiitos", field: "hacker<b>"})
    assert receipt_code(page) is None and "hacker" not in page.text and cases(world) == before


def test_words_are_never_markup(form):
    words = "</textarea><script>alert(1)</script>\"'&\n\n loppu"
    page = form.send(text="\n" + words)
    assert "<script>" not in page.text
    assert re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.content.decode().replace("\r\n", "\n"), re.S)
    assert text_of(page).count("</textarea><script>alert(1)</script>") == 1


def test_sent_twice_it_makes_one_case_and_shows_the_same_code(world, form):
    before = cases(world)
    pages = [form.send(kind="concern", text="Kahdesti.") for _ in range(2)]
    assert len({receipt_code(page) for page in pages}) == 1 and receipt_code(pages[0])
    assert cases(world) == before + 1


def test_sent_many_times_at_once_it_makes_one_case(world, form):
    before = cases(world)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: form.send(kind="concern", text="Nopeasti."), range(8)))
    assert len({receipt_code(page) for page in pages}) == 1 and receipt_code(pages[0]), [text_of(page) for page in pages]
    assert cases(world) == before + 1


def test_another_text_on_a_form_that_was_sent_is_asked_about_and_gets_a_code_of_its_own(world, form):
    first = receipt_code(form.send(kind="concern", text="Yksi asia."))
    page = form.send(kind="concern", text="Toinen asia.")
    assert receipt_code(page) is None and "Olet jo lähettänyt palautteen tällä lomakkeella" in text_of(page)
    assert "Toinen asia." in text_of(page)
    again = Form(world, "ward")
    again.token = re.search(r'name="token" value="([^"]*)"', page.text)[1]
    second = receipt_code(again.send(kind="concern", text="Toinen asia."))
    assert second and second != first


def test_two_forms_with_the_same_words_are_two_voices(world):
    codes = {receipt_code(Form(world, "ward").send(kind="thanks", text="Kiitos!")) for _ in range(2)}
    assert len(codes) == 2


def test_the_address_may_be_typed_in_capitals(world):
    assert requests.get(world.api.url + "/p/" + path_of(world, "ward")[3:].upper(), timeout=10).status_code == 200


def test_what_others_hang_on_its_address_is_passed_over(world):
    page = requests.get(world.api.url + path_of(world, "ward"), params={"fbclid": "x", "utm_source": "uutiskirje"}, timeout=10)
    assert page.status_code == 200 and "Anna palautetta" in text_of(page)


@pytest.mark.parametrize("path", ["/p/xxxxxxxx", "/p/x", "/p/%F0%9F%99%82"])
def test_an_address_that_is_nobodys_is_said_so(world, path):
    for send in (requests.get, requests.post):
        page = send(world.api.url + path, headers={"Accept-Language": "sv", "Content-Type": "application/x-www-form-urlencoded"}, timeout=10)
        assert page.status_code in (404, 422) and page.headers["Content-Type"].startswith("text/html")
    assert "Det här formuläret finns inte" in text_of(requests.get(world.api.url + path, headers={"Accept-Language": "sv"}, timeout=10))


def test_staff_open_and_close_the_form_of_a_unit(world):
    admin, path = world.client("admin"), f"/v1/units/{world.units['office']}"
    form = Form(world, "office")
    unit = admin.get(path, expect=200).json()
    assert (unit["has_form"], unit["form_path"]) == (True, path_of(world, "office"))
    assert admin.patch(path, {"has_form": False}, etag="*", expect=200).json()["has_form"] is False
    before = cases(world)
    for suffix in ("", "/print", "/qr.svg"):
        assert requests.get(form.url + suffix, timeout=10).status_code == 404
    assert form.send(kind="thanks", text="Kiitos").status_code == 404 and cases(world) == before
    admin.patch(path, {"has_form": True}, etag="*", expect=200)
    assert receipt_code(form.send(kind="thanks", text="Kiitos"))


def test_a_unit_is_made_with_a_form_unless_it_is_not_wanted(world):
    admin = world.client("admin")
    made = [admin.post("/v1/units", {"name": {"fi": "Uusi"}, **more}, expect=201).json() for more in ({}, {"has_form": False})]
    assert [unit["has_form"] for unit in made] == [True, False]
    assert all(re.fullmatch(r"/p/[2-9b-z]{8}", unit["form_path"]) for unit in made)
    assert made[0]["form_path"] != made[1]["form_path"]


def test_the_form_of_a_closed_unit_is_closed(world):
    unit = world.client("admin").post("/v1/units", {"name": {"fi": "Suljettu"}, "closed_on": "2020-01-01"}, expect=201).json()
    assert requests.get(world.api.url + unit["form_path"], timeout=10).status_code == 404


def test_what_can_be_chosen_is_what_the_contract_takes(form):
    schemas = contract.document()["components"]["schemas"]
    for name, schema in (("kind", "FeedbackKind"), ("respondent_role", "FeedbackRespondentRole"), ("on_behalf_of", "FeedbackOnBehalfOf"),
                         ("age_band", "FeedbackAgeBand")):
        part = re.search(rf'<select id="{name}".*?</select>', form.page.text, re.S)
        values = re.findall(r'name="kind" value="(\w+)"', form.page.text) if part is None else re.findall(r'<option value="(\w+)"', part[0])
        assert sorted(values) == sorted(schemas[schema]["enum"])
    assert sorted(re.findall(r'name="need_(\w+)"', form.page.text)) == sorted(schemas["FeedbackSupportNeed"]["enum"])


def test_every_language_has_every_text():
    texts = json.loads((contract.ROOT / "api/pages/texts.json").read_text())
    assert set(texts) == set(LANGUAGES)
    for language in ("sv", "en"):
        assert texts[language].keys() == texts["fi"].keys()
    forms = {name for name in texts["fi"] if name.startswith("form_")}
    missing = {name for name in forms - texts["fi-x-selko"].keys()}
    # What is easy Finnish already.
    assert missing <= {"form_trap", "form_not_said", "form_send", *(name for name in forms if name.startswith("form_age_band_"))}
