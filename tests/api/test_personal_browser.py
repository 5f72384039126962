"""
The page of whoever holds a personal link in a real browser, with every kind of field: accessible, without a script.
"""

import json

import pytest

from support.browser import GOOD_PRACTICE, check_page, visit
from support.claims import Task
from support.open_pages import TEXTS
from support.people import add_person
from support.questions import Survey

PHONE, DESK = 320, 1280
OPTIONS = [{"value": "fi", "label": "suomi", "chosen": True}, {"value": "sv", "label": "ruotsi"}]
FIELDS = [
    {"name": "line", "label": "Rivi", "help": "Enintään sata merkkiä", "most": 100},
    {"name": "area", "label": "Monta riviä", "type": "area"},
    {"name": "number", "label": "Luku", "type": "number", "value": "12"},
    {"name": "day", "label": "Päivä", "type": "date", "value": "2026-01-31"},
    {"name": "time", "label": "Kellonaika", "type": "time", "help": "Jätä tyhjäksi, jos et tiedä"},
    {"name": "check", "label": "Valinta", "type": "check"},
    {"name": "lang", "label": "Kieli", "type": "choice", "options": OPTIONS, "help": "Valitse yksi"},
    {"name": "many", "label": "Useita", "type": "checks", "options": OPTIONS},
]
PART = {"title": "Mitä sinulta kysytään", "texts": ["Ensimmäinen kappale."], "facts": [{"name": "Alkaa", "value": "31.1.2026"}],
        "links": [{"path": "/changes", "text": "Lue lisää"}],
        "items": [{"title": "Kohta", "acts": [{"operation": "personal_patch", "button": "Lähetä kaikki", "fields": FIELDS}]},
                  {"title": "Toinen", "acts": [{"operation": "personal_patch", "button": "Väärin", "fields": [
                      {"name": "lang", "label": "Kieli"}]}]}]}


@pytest.fixture(scope="module")
def url(world):
    row_id = Survey(world).id
    token = add_person(world, "survey", row_id, sealed=b"x", key_id="x", address_hash=b"x" * 32)
    world.database.run(f"CREATE FUNCTION personal_trial(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{json.dumps(PART)}'::jsonb $$")
    world.database.run("INSERT INTO personal_part (part, place) VALUES ('trial', 1)")
    yield f"{world.api.url}/m/{token}"
    world.database.run("DELETE FROM personal_part WHERE part = 'trial'")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_is_accessible_on_a_phone_and_on_a_desk(world, url, language):
    page = {"url": url, "language": language, "axe": GOOD_PRACTICE, "script": True}
    for report in visit({**page, "width": PHONE}, {**page, "width": DESK}, {**page, "width": PHONE, "url": f"{url}?done=true"},
                        {**page, "width": PHONE, "open": "details"}):
        check_page(world, report, language)


def test_what_is_wrong_is_said_accessibly_and_can_be_mended(world, url):
    wrong, mended = visit(
        {"url": url, "width": PHONE, "axe": GOOD_PRACTICE, "fill": {"section.item:nth-of-type(2) [name=lang]": "x"}, "press": ["Väärin"]},
        {"url": url, "width": PHONE, "script": False, "check": ["[name=lang][value=sv]"], "press": ["Lähetä kaikki"]})
    assert wrong["violations"] == [] and TEXTS["fi"]["page_faults"] in wrong["headings"]
    assert TEXTS["fi"]["page_done"] in mended["text"]


def test_who_asks_for_it_is_erased_without_a_script(world):
    row_id = Survey(world).id
    token = add_person(world, "survey", row_id)
    report, = visit({"url": f"{world.api.url}/m/{token}", "width": PHONE, "script": False, "open": "summary",
                     "press": [TEXTS["fi"]["erase_button"]]})
    assert TEXTS["fi"]["page_gone_title"] in report["headings"]


def test_the_page_of_an_expert_with_a_claim_and_feedback_is_accessible(world):
    task = Task(world, world.units["ward"]).over()
    task.says(2, is_hard=True)
    for text in ("Opasteet puuttuvat.", "Ovi on raskas."):
        task.notices(text)
    page = {"url": f"{world.api.url}/m/{task.token}", "axe": GOOD_PRACTICE, "open": "details"}
    for report in visit({**page, "width": PHONE, "language": "fi"}, {**page, "width": DESK, "language": "sv"}):
        assert report["violations"] == [], report["violations"]
    wrong, sent = visit(
        {"url": page["url"], "width": PHONE, "axe": GOOD_PRACTICE, "fill": {"[name=expenses]": "5,50"}, "press": [TEXTS["fi"]["claim_send"]]},
        {"url": page["url"], "width": PHONE, "script": False, "fill": {"[name=hours]": "1,5"}, "press": [TEXTS["fi"]["claim_send"]]})
    assert wrong["violations"] == [] and TEXTS["fi"]["page_faults"] in wrong["headings"]
    assert TEXTS["fi"]["claim_is_submitted"] in sent["text"]
