"""
What people see when a page of theirs could not do what it should: plain words, and everything that they wrote.
"""

import re

import pytest
import requests

from support.database import Database
from support.forms import Form, receipt_code, text_of
from support.world import World

TEXT = "Odotin kauan <b>käytävällä</b>.\nKukaan ei kertonut & \"selittänyt\"."
AWAY = {"fi": "Palvelu ei nyt toimi", "sv": "Tjänsten fungerar inte just nu", "en": "The service is not working just now",
        "fi-x-selko": "Palvelu ei nyt toimi"}
INPUT = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
AREA = re.compile(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>(.*?)</textarea>', re.DOTALL)
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000,
               STATEMENT_TIMEOUT_MS=500) as made:
        made.api.start()
        yield made


def cases(world):
    return world.database.value("SELECT count(*) FROM feedback")


def kept_fields(page):
    """The fields of the form on the page, as a browser would send them."""
    text = page.content.decode()
    fields = dict(INPUT.findall(text)) | {name: value.removeprefix("\n") for name, value in AREA.findall(text)}
    return {name: text_of_value(value) for name, value in fields.items()}


def text_of_value(value):
    return re.sub(r"&(amp|lt|gt|quot|#39);", lambda m: {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "#39": "'"}[m[1]], value)


@pytest.mark.parametrize("language", sorted(AWAY))
def test_a_form_that_could_not_be_kept_comes_back_with_what_was_written_and_can_be_sent_again(world, language):
    form, before = Form(world, "ward", f"?language={language}", **BROWSER), cases(world)
    with world.database.transaction() as other:
        other.execute("LOCK TABLE feedback IN ACCESS EXCLUSIVE MODE")
        page = form.send(kind="concern", text=TEXT, need_interpreter="yes")
    assert page.status_code == 503 and page.headers["Content-Type"].startswith("text/html")
    shown = text_of(page)
    assert AWAY[language] in shown and "Idempotency" not in shown and "trace" not in shown
    fields = kept_fields(page)
    assert fields["text"].replace("\r\n", "\n") == TEXT and fields["kind"] == "concern" and fields["need_interpreter"] == "yes"
    assert fields["token"] == form.token
    assert f'action="?language={language}"' in page.text
    again = requests.post(form.url, data=fields, headers=form.headers, timeout=30)
    assert receipt_code(again) and cases(world) == before + 1
    assert receipt_code(requests.post(form.url, data=fields, headers=form.headers, timeout=30)) and cases(world) == before + 1


def test_a_form_with_a_field_that_is_not_ours_shows_what_was_written_and_no_word_of_json(world):
    page = Form(world, "ward", **BROWSER).send(kind="concern", text=TEXT, strange="x")
    assert page.status_code == 422
    shown = text_of(page)
    assert "Lähetystä ei voitu lukea" in shown and "errors" not in shown
    assert kept_fields(page)["text"].replace("\r\n", "\n") == TEXT and "Lähetä uudelleen" not in shown


def test_too_many_codes_from_one_address_are_told_to_wait_a_minute(world):
    with world.new_api(RATE_PER_PEER_S=1, BURST_PER_PEER=2).start() as api:
        for _ in range(50):
            page = requests.post(api.url + "/r", data={"code": "X" * 27}, headers={"Accept-Language": "fi", **BROWSER}, timeout=30)
            if page.status_code == 429:
                break
    assert page.status_code == 429 and page.headers["Retry-After"]
    assert "Palvelussa on nyt ruuhkaa" in text_of(page) and "Retry-After" not in text_of(page)
