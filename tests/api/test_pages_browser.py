"""
The pages that people see, in a real browser.
"""

import os
import subprocess
import uuid

import pytest

from support.browser import GOOD_PRACTICE, WCAG, check_page, visit
from support.database import Database
from support.links import new_link
from support.programs import ROOT, build_directory
from support.world import World

LANGUAGES = ("fi", "sv", "en")
PHONE, DESK = 360, 1024
# Of the documentation, one of each kind of part: axe-core takes minutes for all of it.
DOCS_PARTS = [".menu-content", ".api-info", "[id='tag/receipts']", "[id='tag/receipts/operation/receipt_transition']"]
BETTER = {"fi": "Kyllä, nyt on paremmin", "sv": "Ja, det är bättre nu", "en": "Yes, it is better now"}
WORSE = {"fi": "Ei, nyt on huonommin", "sv": "Nej, det är sämre nu", "en": "No, it is worse now"}
SEND = {"fi": "Lähetä", "sv": "Skicka", "en": "Send"}
REOPEN = {"fi": "Avaa asiani uudelleen", "sv": "Öppna mitt ärende igen", "en": "Open my matter again"}
STOP = {"fi": "Lopeta viestit", "sv": "Avsluta meddelandena", "en": "Stop the messages"}
SURVEYS = {"fi": "kyselyitä", "sv": "enkäter", "en": "surveys"}
STOPPED = {"fi": "Viestit on lopetettu", "sv": "Meddelandena är avslutade", "en": "The messages have been stopped"}


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    """As everywhere, with the renderer of /docs in place."""
    subprocess.run([ROOT / "docker/local/docs.sh"], env={**os.environ, "BUILD": str(build_directory())}, check=True)
    directory = tmp_path_factory.mktemp("world")
    with World(Database.create(cluster), directory, DOCS_SCRIPT=build_directory() / "docs/redoc.js") as made:
        made.api.start()
        yield made


def feedback(world, **more):
    body = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"}
    return world.client("submit").post("/v1/feedback", {**body, **more}, expect=201).json()["id"]


def follow_up_link(world, *, days=30):
    """The path of a question that was asked of somebody, and the id of its row."""
    case, change, row = feedback(world), str(uuid.uuid4()), str(uuid.uuid4())
    token, token_hash = new_link()
    world.database.run(
        "INSERT INTO change (id, unit_id, title, said, done) VALUES (%s, %s, %s::jsonb, %s::jsonb, %s::jsonb)",
        change, world.units["ward"], '{"fi": "Odotusajat näkyviin", "sv": "Väntetiderna syns"}',
        '{"fi": "Kukaan ei kertonut, kuinka kauan vielä kestää.", "sv": "Ingen berättade hur länge det tar."}',
        '{"fi": "Aulassa on <b>taulu</b>, joka kertoo odotusajan.\\nHoitaja kertoo, jos aika venyy."}')
    world.database.run(
        "INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on)"
        " VALUES (%s, %s, %s, %s, %s, app_today() + %s)", row, change, os.urandom(8), case, token_hash, days)
    return f"/f/{token}", row


def unsubscribe_link(world):
    case = feedback(world, contact={"email": f"{uuid.uuid4().hex}@example.org"}, wants_news=True)
    token, token_hash = new_link()
    world.database.run("INSERT INTO mail (template, feedback_id, capped, unsubscribe_hash) VALUES ('change_news', %s, true, %s)",
                       case, token_hash)
    return f"/u/{token}"


def answers(world):
    return world.database.rows("SELECT id, answer, answered_on, text FROM follow_up ORDER BY id")


def opt_outs(world):
    return world.database.value("SELECT count(*) FROM opt_out")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_accessible_load_nothing_else_and_change_nothing(world, language):
    unsubscribe = unsubscribe_link(world)
    paths = ["/problems/illegal_transition", "/problems/not_found", follow_up_link(world)[0], follow_up_link(world, days=-1)[0],
             "/f/AAAAAAAAAAAAAAAAAAAAAA", unsubscribe, "/u/AAAAAAAAAAAAAAAAAAAAAA"]
    before = answers(world), opt_outs(world)
    visits = [{"url": world.api.url + path, "language": language, "width": PHONE, "axe": GOOD_PRACTICE} for path in paths]
    visits += [{**visits[2], "width": width, "open": "summary"} for width in (PHONE, DESK)]
    for report in visit(*visits):
        check_page(world, report, language)
    assert (answers(world), opt_outs(world)) == before


def test_a_page_speaks_the_language_that_its_link_names(world):
    path = follow_up_link(world)[0]
    reports = visit(*({"url": f"{world.api.url}{path}?language={language}", "language": "de", "axe": GOOD_PRACTICE}
                       for language in LANGUAGES))
    for language, report in zip(LANGUAGES, reports):
        check_page(world, report, language)
        assert BETTER[language] in report["buttons"]
        assert "<b>taulu</b>" in report["text"]  # no text of anybody becomes markup


def test_the_question_is_answered_once_and_without_a_script(world):
    links = {language: follow_up_link(world) for language in LANGUAGES}
    words = "Ei enää jonoa & häslinkiä, €uroja ei kulunut."
    visits = []
    for language, (path, _) in links.items():
        page = {"url": world.api.url + path, "language": language, "width": PHONE, "script": False}
        visits += [{**page, "open": "summary", "fill": {"#text": words}, "press": [BETTER[language]]}, page]
    reports = iter(visit(*visits))
    for language, (_, row) in links.items():
        thanks, already = next(reports), next(reports)
        check_page(world, thanks, language)
        check_page(world, already, language)
        assert [request.split()[0] for request in thanks["requests"]] == ["GET", "POST"]
        assert BETTER[language] in thanks["text"] and BETTER[language] in already["text"]
        assert thanks["buttons"] == [] and already["buttons"] == []
        assert thanks["headings"] != already["headings"]
        assert world.database.rows("SELECT answer, text, answered_on = app_today() FROM follow_up WHERE id = %s", row) == [
            ("better", words, True)]


def test_whoever_says_that_it_is_worse_is_asked_why_and_may_have_the_case_opened_again(world):
    links = {language: follow_up_link(world) for language in LANGUAGES}
    world.database.run("UPDATE feedback SET state = 'answered' WHERE id IN (SELECT feedback_id FROM follow_up WHERE answer IS NULL)")
    visits = []
    for language, (path, _) in links.items():
        page = {"url": world.api.url + path, "language": language, "width": PHONE, "axe": GOOD_PRACTICE}
        visits += [{**page, "press": [WORSE[language]]},
                   {**page, "fill": {"#text": "Jono kasvoi."}, "press": [SEND[language]]}, {**page, "press": [REOPEN[language]]}]
    reports = iter(visit(*visits))
    for language, (_, row) in links.items():
        asked, told, reopened = next(reports), next(reports), next(reports)
        for report in (asked, told, reopened):
            check_page(world, report, language)
        assert asked["buttons"][0] == SEND[language] and len(asked["buttons"]) == 2
        assert told["buttons"] == [REOPEN[language]] and reopened["buttons"] == []
        assert world.database.rows("SELECT answer, text FROM follow_up WHERE id = %s", row) == [("worse", "Jono kasvoi.")]


def test_an_answer_that_was_given_meanwhile_is_not_changed_by_another(world):
    path, row = follow_up_link(world)
    world.client().post(path, raw=b"answer=worse", content_type="application/x-www-form-urlencoded", expect=200)
    again = world.client(language="fi").post(path, raw=b"answer=better", content_type="application/x-www-form-urlencoded", expect=200)
    assert "Olet jo vastannut" in again.text and "Ei, nyt on huonommin" in again.text
    assert world.database.value("SELECT answer FROM follow_up WHERE id = %s", row) == "worse"


def test_news_stop_at_the_press_of_a_button_and_without_a_script(world):
    before = opt_outs(world)
    reports = visit(*({"url": world.api.url + unsubscribe_link(world), "language": language, "width": PHONE, "script": False,
                       "press": [STOP[language]]} for language in LANGUAGES))
    for language, report in zip(LANGUAGES, reports):
        check_page(world, report, language)
        assert report["headings"] == [STOPPED[language]] and SURVEYS[language] in report["text"]  # the link of a survey stops as much
    assert opt_outs(world) == before + len(LANGUAGES)


def test_a_printed_question_has_the_words_and_no_buttons(world):
    report, = visit({"url": world.api.url + follow_up_link(world)[0], "print": True})
    assert "Hoitaja kertoo, jos aika venyy." in report["text"]
    assert report["buttons"] == []


def test_the_documentation_is_drawn_from_here_alone(world):
    report, = visit({"url": world.api.url + "/docs", "await": "h2", "axe": WCAG, "within": DOCS_PARTS})
    assert report["status"] == 200 and report["violations"] == [] and report["complaints"] == []
    assert [request.removeprefix(f"GET {world.api.url}") for request in report["requests"]] == [
        "/docs", "/docs/redoc.js", "/docs/start.js", "/openapi.json"]
    assert "Bring in a voice" in report["text"]
    policy = report["headers"]["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy and "connect-src 'self';" in policy


def test_without_its_renderer_the_documentation_keeps_its_links(world, tmp_path):
    with world.new_api(DOCS_SCRIPT=tmp_path / "none.js").start() as api:
        report, = visit({"url": api.url + "/docs", "axe": GOOD_PRACTICE})
    assert report["violations"] == [] and not report["too_wide"]
    assert "/openapi.json" in report["text"] and "/openapi.yaml" in report["text"]
