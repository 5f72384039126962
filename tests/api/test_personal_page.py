"""
The page of whoever holds a personal link: what it shows, and that its forms are operations of the contract.
"""

import html
import json
import re

import pytest

from support.client import Client
from support.open_pages import TEXTS
from support.people import add_person, person
from support.programs import ROOT
from support.questions import Survey



class Page:
    """A person's page, and its forms as a browser sends them."""

    def __init__(self, world, token):
        self.world, self.token = world, token
        self.client = Client(world.api, checked=False)

    def get(self, query="", expect=200):
        reply = self.client.get(f"/m/{self.token}{query}")
        assert reply.status_code == expect, reply.text
        return reply

    def form(self, operation, query=""):
        """The hidden fields of the form that does this operation."""
        for form in re.findall(r"<form.*?</form>", self.get(query).text, re.DOTALL):
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
            if fields["operation"] == operation:
                return {name: html.unescape(value) for name, value in fields.items()}
        raise AssertionError(f"no form of {operation}")

    def send(self, fields, expect=303, query=""):
        reply = self.client.session.post(f"{self.world.api.url}/m/{self.token}{query}", data=fields, allow_redirects=False)
        assert reply.status_code == expect, reply.text
        return reply


@pytest.fixture
def page(world):
    row_id = Survey(world).id
    made = Page(world, add_person(world, "survey", row_id, sealed=b"x", key_id="x", address_hash=b"x" * 32))
    made.id = row_id
    return made


@pytest.fixture
def part(world):
    """A part with this act of personal_patch; gone afterwards."""
    def add(act):
        world.database.run(
            "CREATE FUNCTION personal_trial(person_id uuid, tag text) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object("
            "'title', 'Kokeilu <b>', 'items', jsonb_build_array(jsonb_build_object('title', 'Kohta', 'facts',"
            " jsonb_build_array(jsonb_build_object('name', 'Päivä', 'value', page_day('2026-01-31'))), 'acts', jsonb_build_array("
            f"'{json.dumps({'operation': 'personal_patch', 'button': 'Lähetä', **act}, ensure_ascii=False)}'::jsonb)))) $$")
        world.database.run("INSERT INTO personal_part (part, place) VALUES ('trial', 1)")
    yield add
    world.database.run("DELETE FROM personal_part WHERE part = 'trial'")
    world.database.run("DROP FUNCTION IF EXISTS personal_trial")


def test_the_page_is_for_its_reader_alone(page):
    reply = page.get()
    assert reply.headers["Cache-Control"] == "no-store" and reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in reply.headers and "<script" not in reply.text
    assert '<meta name="robots" content="noindex">' in reply.text


@pytest.mark.parametrize("tag", ["fi", "sv", "en"])
def test_the_page_speaks_its_readers_language(page, tag):
    assert TEXTS[tag]["page_title"] in page.get(f"?language={tag}").text
    reply = page.client.get(f"/m/{page.token}", headers={"Accept-Language": tag})
    assert TEXTS[tag]["settings_title"] in reply.text


def test_a_link_that_is_nobodys_leads_to_a_page_that_says_so(page):
    assert "linkkiä ei löydy" in Page(page.world, "A" * 22).get(expect=404).text


def test_opening_the_page_changes_nothing(page):
    before = page.world.database.rows("SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM event), (SELECT count(*) FROM step)")
    page.get()
    page.get("?done=true")
    assert page.world.database.rows("SELECT (SELECT count(*) FROM audit), (SELECT count(*) FROM event), (SELECT count(*) FROM step)") == before


def test_what_is_done_leads_back_to_the_page_which_says_so(page):
    reply = page.send(page.form("personal_patch"))
    assert reply.headers["Location"] == f"/m/{page.token}?language=fi&done=true" and reply.headers["Cache-Control"] == "no-store"
    assert person(page.world, page.id, "wants_news") is True
    shown = page.get("?language=fi&done=true").text
    assert TEXTS["fi"]["page_done"] in shown and TEXTS["fi"]["news_on"] in shown
    page.send(page.form("personal_patch"))
    assert person(page.world, page.id, "wants_news") is False


def test_the_language_stays_when_something_is_done(page):
    reply = page.send(page.form("personal_patch", "?language=sv"), query="?language=sv")
    assert reply.headers["Location"].endswith("?language=sv&done=true")


def test_a_field_that_is_wrong_is_said_at_the_field_and_keeps_what_was_written(page, part):
    part({"fields": [{"name": "lang", "label": "Kieli", "help": "fi tai sv"}]})
    shown = page.send({**page.form("personal_patch"), "lang": 'x"y', "wants_news": ""}, expect=422).text
    assert 'aria-invalid="true"' in shown and 'value="x&quot;y"' in shown
    fault, = re.findall(r'<p class="problem" id="([^"]+)_fault">', shown)
    assert f'<li><a href="#{fault}">Kieli: ' in shown and f"{fault}_help {fault}_fault" in shown
    page.send({**page.form("personal_patch"), "lang": "sv"})
    assert person(page.world, page.id, "lang") == "sv"


def test_an_empty_field_is_none(page, part):
    part({"fields": [{"name": "lang", "label": "Kieli"}]})
    page.send({**page.form("personal_patch"), "lang": "  ", "wants_news": "true"})
    assert person(page.world, page.id, "lang") == "fi"


def test_nothing_that_people_or_units_are_called_is_markup(page, part):
    part({})
    assert "Kokeilu &lt;b&gt;" in page.get().text


@pytest.mark.parametrize("operation", ["", "personal_get", "unsubscribe", "feedback_create", "survey_link_answer", "person_erase", "x" * 100])
def test_only_what_a_person_may_do_can_be_done_on_the_page(page, operation):
    page.send({"operation": operation, "reason": "x"}, expect=404)


def test_a_form_of_another_kind_is_refused(page):
    page.send({"x": "y"}, expect=422)
    assert 'role="alert"' in page.send({"operation": "personal_patch"}, expect=422).text
    page.send({"operation": "personal_patch", "wants_news": "perhaps"}, expect=422)
    assert person(page.world, page.id, "wants_news") is False


def test_who_erases_themselves_is_told_so_and_finds_nothing_afterwards(page):
    form = page.form("personal_erase")
    assert TEXTS["fi"]["page_gone"] in page.send(form, expect=200).text
    page.get(expect=404)
    page.send(form, expect=404)


def test_every_text_of_the_page_is_there_in_three_languages():
    sql = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "sql/migrations").glob("*.sql"))
    named = set(re.findall(r"personal_text\('(\w+)'(?! \|\|)", sql))
    begun = set(re.findall(r"personal_text\('(\w+)' \|\|", sql))
    for tag in ("fi", "sv", "en"):
        assert named - set(TEXTS[tag]) == set()
        assert {name for name in begun if not any(text.startswith(name) for text in TEXTS[tag])} == set()
    assert set(TEXTS["fi"]) == set(TEXTS["sv"]) == set(TEXTS["en"])
