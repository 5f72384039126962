"""
The feedback form of a unit against programs: nothing of a person is lost, and no CAPTCHA is asked.
"""

import re
import time

import pytest

from support.database import Database
from support.forms import Form, made_token, receipt_code, text_of, token_of
from support.world import World

VOICE = {"kind": "concern", "text": "Odotin kauan käytävällä."}
HOUR_MS = 3600 * 1000


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    """With the settings as they are, but for how many forms one address may send."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


def now_ms():
    return int(time.time() * 1000)


def aged(world, age_ms, unit="ward"):
    """A form that was shown so long ago."""
    form = Form(world, unit)
    form.token = made_token(world.units[unit], now_ms() - age_ms)
    return form


def cases(world):
    return world.database.value("SELECT count(*) FROM feedback")


def check_again(world, page, before, words):
    """Not taken, but shown again with what was written."""
    assert receipt_code(page) is None and cases(world) == before
    assert words in text_of(page) and VOICE["text"] in text_of(page)
    assert re.search(r'value="concern" required checked', page.text)


def test_a_form_that_a_person_filled_in_is_taken(world):
    assert receipt_code(aged(world, 60 * 1000).send(**VOICE))


def test_a_form_that_comes_at_once_is_shown_again_and_taken_later(world):
    form, before = Form(world, "ward"), cases(world)
    page = form.send(**VOICE)
    check_again(world, page, before, "Lomake lähti hyvin nopeasti")
    assert token_of(page) == form.token  # its time goes on


def test_an_empty_form_that_comes_at_once_is_told_what_is_missing_and_nothing_else(world):
    page = text_of(Form(world, "ward").send())
    assert page.count('role="alert"') == 1 and "Valitse, mistä on kyse." in page and "Lomake lähti hyvin nopeasti" not in page


def test_a_form_that_was_open_too_long_is_shown_again_and_taken_at_once(world):
    form, before = aged(world, 13 * HOUR_MS), cases(world)
    page = form.send(**VOICE)
    check_again(world, page, before, "Lomake oli auki pitkään")
    form.token = token_of(page)
    assert receipt_code(form.send(**VOICE))


def test_a_form_is_taken_until_its_time_is_over(world):
    assert receipt_code(aged(world, 12 * HOUR_MS - 60 * 1000).send(**VOICE))


@pytest.mark.parametrize("token", [None, "", "x", "A" * 54, "ä" * 10, "A" * 200])
def test_a_form_that_we_never_showed_is_shown_again(world, token):
    form, before = Form(world, "ward"), cases(world)
    form.token = token
    page = form.send(**VOICE)
    check_again(world, page, before, "Palautettasi ei ole vielä lähetetty.")
    assert token_of(page) not in (None, token)


def test_a_token_is_good_for_its_own_unit_and_time_only(world):
    before, form = cases(world), Form(world, "ward")
    good = made_token(world.units["office"], now_ms() - HOUR_MS)
    tampered = made_token(world.units["ward"], now_ms() - HOUR_MS)
    tampered = ("B" if tampered[0] == "A" else "A") + tampered[1:]
    for token in (good, tampered):
        form.token = token
        check_again(world, form.send(**VOICE), before, "Palautettasi ei ole vielä lähetetty.")


def test_who_fills_in_what_nobody_sees_is_asked_once_more(world):
    form, before = aged(world, HOUR_MS), cases(world)
    page = form.send(homepage="https://spam.example", **VOICE)
    check_again(world, page, before, "Palautettasi ei ole vielä lähetetty.")
    assert "spam.example" not in page.text
    assert receipt_code(form.send(**VOICE))


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"}, {"Origin": "https://evil.example"},
    {"Origin": "x"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}])
def test_a_form_from_another_site_is_not_taken(world, headers):
    form, before = aged(world, HOUR_MS), cases(world)
    check_again(world, form.send(headers, **VOICE), before, "Palautettasi ei ole vielä lähetetty.")


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"}, {"Origin": "null"}, {}])
def test_what_browsers_say_of_our_own_form_is_fine(world, headers):
    assert receipt_code(aged(world, HOUR_MS).send(headers, **VOICE))


def test_an_origin_that_is_ours_is_fine(world):
    assert receipt_code(aged(world, HOUR_MS).send({"Origin": world.api.url}, **VOICE))


def test_too_many_forms_from_one_address_wait_and_are_not_lost(world):
    with world.new_api(FORM_RATE_PER_PEER_MIN=1, FORM_BURST_PER_PEER=2).start() as api:
        form = Form(world, "ward")
        form.url = form.url.replace(world.api.url, api.url)
        pages = []
        for n in range(3):
            form.token = made_token(world.units["ward"], now_ms() - HOUR_MS - n)
            pages.append(form.send(**VOICE))
        assert [page.status_code for page in pages] == [200, 200, 429]
        assert pages[2].headers["Retry-After"] == "60" and receipt_code(pages[2]) is None
        assert "Odota minuutti" in text_of(pages[2]) and VOICE["text"] in text_of(pages[2])
        assert token_of(pages[2]) == form.token
        assert form.send(kind="concern", text="").status_code == 200  # what is not whole does not count
