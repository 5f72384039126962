"""
The pages where one takes part, in a real browser, in each language and state: accessible on a phone and on a desk, without a script. With them
what members do behind their links: the questions of a round, a vote.
"""

import re
import uuid

import pytest

from support.browser import GOOD_PRACTICE, check_page, visit
from support.client import Client
from support.consultations import BUDGET, Consultation
from support.database import Database
from support.inputs import Member
from support.links import survey_link_hash
from support.open_pages import TEXTS
from support.panels import make_panel
from support.questions import moment, text
from support.rounds import Round
from support.sessions import Session
from support.world import World

PHONE, DESK = 320, 1280
LANGUAGES = ["fi", "sv", "en", "fi-x-selko"]
EASY = {"fi": "Keskustelemme hoidosta.", "sv": "Vi talar om vården.", "en": "We talk about care.", "fi-x-selko": "Tule puhumaan hoidosta."}


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        made.session = Session(made, is_open=True, capacity=1, description=EASY, online_url="https://example.org/a", support=["hearing_loop", "transport"]).id
        made.full = Session(made, is_open=True, capacity=1, description=EASY).id
        Client(made.api).post(f"/v1/open-sessions/{made.full}/registrations", {"lang": "fi"}, expect=200)
        made.over = Session(made, is_open=True, description=EASY)
        made.over.begin()
        made.panel = make_panel(made, "client_panel", state="recruiting", is_public=True, purpose=EASY)
        made.budget = Consultation(made, kind="budget", budget=BUDGET, is_open=True, description=EASY).id
        made.hearing = Consultation(made, is_open=True, description=EASY, heard_through=[{"resource": "session", "id": made.session}]).id
        yield made


def said(language, name):
    return TEXTS[language].get(name) or TEXTS["fi"][name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_before_it_is_used(world, language):
    things = [world.session, world.full, world.over.id, world.panel, world.budget, world.hearing]
    visits = [{"url": f"{world.api.url}/opportunities/{thing}?language={language}", "width": PHONE, "axe": GOOD_PRACTICE} for thing in things]
    for report in visit(*visits, *({**page, "width": DESK} for page in visits if language == "fi")):
        check_page(world, report, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_is_said_accessibly_at_its_field(world, language):
    page = {"width": PHONE, "axe": GOOD_PRACTICE}

    def at(thing):
        return f"{world.api.url}/opportunities/{thing}?language={language}"
    for report in visit(
            {**page, "url": at(world.full), "fill": {"[name='contact.email']": "ei osoite"}, "press": [said(language, "register_to_wait")]},
            {**page, "url": at(world.panel), "press": [said(language, "apply")]},
            {**page, "url": at(world.budget), "fill": {"[name='shares.bus']": "81"}, "press": [said(language, "ballot_send")]}):
        assert report["status"] == 422 and report["violations"] == [] and not report["too_wide"]
        assert report["title"].startswith(said(language, "page_faults")) and report["focus"] == "div.faults"


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_takes_part_and_is_told_accessibly_what_came_of_it(world, language):
    fresh = Session(world, is_open=True, description=EASY).id

    def at(thing):
        return {"url": f"{world.api.url}/opportunities/{thing}?language={language}", "width": PHONE, "axe": GOOD_PRACTICE}
    done = visit(
        {**at(fresh), "press": [said(language, "register")]},
        {**at(world.full), "check": ["[name='support_needs.transport']"], "press": [said(language, "register_to_wait")]},
        {**at(fresh), "fill": {"[name='contact.email']": f"{language}@example.org"}, "press": [said(language, "register")]},
        {**at(world.panel), "check": ["[name=role][value=client]"], "fill": {"[name=name]": "Aino"}, "press": [said(language, "apply")]},
        {**at(world.budget), "fill": {"[name='shares.bus']": "80", "[name='shares.guide']": "20"}, "press": [said(language, "ballot_send")]})
    for report, title in zip(done, ("registered_title", "waitlisted_title", "registered_title", "applied_title", "divided_title")):
        check_page(world, report, language)
        assert report["headings"] == [said(language, title)]
    assert [said(language, "open_link_keep") in report["text"] for report in done] == [True, True, False, True, False]


def test_without_a_script_one_registers_and_prints_the_address_of_ones_page(world):
    fresh = Session(world, is_open=True).id
    report, = visit({"url": f"{world.api.url}/opportunities/{fresh}", "width": DESK, "script": False, "press": [TEXTS["fi"]["register"]], "print": True})
    assert report["headings"] == [TEXTS["fi"]["registered_title"]] and re.search(r"/m/[\w-]{22}", report["text"])


def test_a_round_is_answered_and_a_vote_cast_behind_the_links_of_members(world):
    asked = Round(world)
    member = Member(world, asked.panel)
    asked.move("open")
    link = str(uuid.uuid4())
    world.database.run("SELECT round_links_make(%s::uuid, ARRAY[%s::uuid], ARRAY[%s], ARRAY[%s::uuid])", asked.id, link, survey_link_hash(link), member.id)
    vote = world.client("coordinator").post("/v1/votes", {
        "panel_id": asked.panel, "question": text("Kokoonnutaanko illalla?"), "closes_at": moment(days=2),
        "options": [{"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]}, expect=201).json()["id"]
    own = f"{world.api.url}/m/{member.token}"
    before, cast = visit({"url": own, "width": PHONE, "axe": GOOD_PRACTICE, "language": "sv"},
                         {"url": own, "width": PHONE, "script": False, "check": ["[name=option][value=no]"], "press": [TEXTS["fi"]["vote_send"]]})
    check_page(world, before, "sv")
    assert TEXTS["sv"]["open_round_answer"] in before["text"]
    assert TEXTS["fi"]["page_done"] in cast["text"] and TEXTS["fi"]["vote_is_cast"] in cast["text"]
    assert world.database.value("SELECT option FROM ballot WHERE vote_id = %s::uuid", vote) == "no"
    assert re.search(r'href="[^"]*/s/[\w-]{22}\?language=sv"', member.client.get(f"/m/{member.token}?language=sv", expect=200).text)
    found = re.search(r'href="[^"]*(/s/[^"]+)"', member.client.get(f"/m/{member.token}", expect=200).text)
    answered, after = visit({"url": world.api.url + found[1], "width": PHONE, "script": False, "check": ["[name=q_met][value='5']"], "press": ["Lähetä vastaukset"]},
                            {"url": own, "width": PHONE, "axe": GOOD_PRACTICE})
    assert "Kiitos vastauksestasi" in answered["headings"]
    assert TEXTS["fi"]["open_round_answered"] in after["text"] and TEXTS["fi"]["open_round_answer"] not in after["text"]
