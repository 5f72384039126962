"""
Is it better now? Asked of members and participants, too, whom a change came of: one question, one answer, in the figures of all.
"""

import re

import pytest
import requests

from county import UNSAID, add_change, add_contact, add_member, add_voice, address, address_hash, count_jobs, move
from support.inputs import Member
from support.panels import make_panel
from support.sessions import Session, register

FRIENDLY = {"fi": "Olet jo vastannut", "sv": "Du har redan svarat", "en": "You have already answered"}


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def panel(world):
    return make_panel(world, "co_development", state="active")


def bring(world, change, person, source=None):
    """An idea of this person, of which the change came."""
    source = source or person.bring().json()["id"]
    world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "idea", "input_id": source}, expect=201)


def made(world, *people, voices=()):
    """A change that is made, and came of these."""
    change = add_change(world, voices)
    for person in people:
        bring(world, change, person)
    for state in ("under_review", "planned", "made"):
        move(world, "change", change, state)
    return change


def ask(world, *kinds):
    """Lets the four weeks pass."""
    worker = world.start_worker("follow_up", *kinds)
    world.move_clock("29 days")
    worker.wait_for(lambda: count_jobs(world, "follow_up") == 0, "the end of asking")
    return worker


def asked(world, change):
    return world.database.rows("SELECT feedback_id::text, person_id::text FROM follow_up WHERE change_id = %s::uuid ORDER BY 1, 2", change)


@pytest.mark.parametrize("lang, words", [("fi", "Tämä kysymys koskee toista muutosta."), ("sv", "gäller en annan ändring"), ("en", "is about another change")])
def test_two_questions_are_told_apart_and_say_nothing_of_what_they_are_about(world, panel, lang, words):
    person = add_member(world, panel, "a@example.org", lang=lang)
    for _ in range(2):
        made(world, person)
    ask(world, "mail_bulk")
    mails = sorted(world.sink.wait_for(lambda mail: "/f/" in mail.text, count=2), key=lambda mail: len(mail.subject))
    assert [("2" in mail.subject, words in mail.text) for mail in mails] == [(False, False), (True, True)]
    day = world.database.value("SELECT DISTINCT page_day(made_on) FROM change")
    assert all(f"({day})" in mail.text and not UNSAID.search(mail.subject + mail.text) for mail in mails)


def link_in(mail):
    return re.search(r"/f/[A-Za-z0-9_-]{22}", mail.text)[0]


def press(world, path, language="fi", **fields):
    reply = requests.post(world.api.url + path, data=fields, headers={"Accept-Language": language}, timeout=10)
    assert reply.status_code == 200
    return reply.text


def test_who_takes_part_and_can_be_reached_is_asked_once_as_givers_are(world, panel):
    willing, unwilling, silent, gone = (add_member(world, panel, "a@example.org"), add_member(world, panel, "b@example.org", wants_news=False),
                                        Member(world, panel), add_member(world, panel, "c@example.org"))
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s)", address_hash("c@example.org"))
    giver = add_voice(world, email="antaja@example.org")
    change = made(world, willing, unwilling, silent, gone, voices=[giver])
    bring(world, change, willing)
    ask(world)
    assert asked(world, change) == [(giver, None), (None, willing.id)]
    assert world.database.rows("SELECT person_id::text, capped FROM mail WHERE template = 'follow_up' AND person_id IS NOT NULL") == [(willing.id, True)]


def test_who_is_a_giver_and_a_member_is_asked_once(world, panel):
    case = add_voice(world)
    add_contact(world, case, "sama@example.org", wants_follow_up=False)
    both = add_member(world, panel, "sama@example.org")
    change = made(world, both, voices=[case])
    ask(world)
    assert asked(world, change) == [(None, both.id)]


def test_the_link_asks_in_the_members_language_and_takes_one_answer_with_words_that_staff_read(world, panel):
    change = made(world, *(add_member(world, panel, f"{language}@example.org", lang=language) for language in FRIENDLY))
    ask(world, "mail", "mail_bulk")
    for mail in world.sink.wait_for(lambda mail: "/f/" in mail.text, count=3):
        path, language = link_in(mail), str(mail.message["Content-Language"])
        assert mail.to == f"{language}@example.org" and "List-Unsubscribe" in mail.message
        for _ in range(2):
            assert 'value="better"' in requests.get(world.api.url + path, timeout=10).text
        assert 'name="reopen"' not in press(world, path, language, answer="worse")
        assert FRIENDLY[language] in press(world, path, language, answer="better")
        assert 'name="reopen"' not in press(world, path, language, answer="worse", text="Yhtä pimeää.", reopen="yes")
        assert FRIENDLY[language] in press(world, path, language, answer="worse", text="Lisää.")
        assert "link" in press(world, path[:-2] + "AA", "en", answer="better")
    answers = world.client("coordinator").all_items(f"/v1/changes/{change}/follow-ups")
    assert [(x["answer"], x["text"]) for x in answers] == [("worse", "Yhtä pimeää.")] * 3
    world.database.run("UPDATE follow_up SET answer = NULL, answered_on = NULL, expires_on = app_today() - 1")
    assert "Vastausaika on päättynyt" in press(world, path, answer="better")
    assert world.database.value("SELECT count(answer) FROM follow_up") == 0


def test_who_is_not_reached_by_mail_is_asked_on_their_page_and_who_is_has_one_answer_for_both(world, panel):
    silent, reached = Member(world, panel), add_member(world, panel, "a@example.org")
    change = made(world, silent, reached)
    say = {"change_id": change, "answer": "better"}
    silent.client.post(f"{silent.path}/follow-ups", say, expect=409, problem="follow_up_not_on")
    ask(world, "mail", "mail_bulk")
    link = link_in(world.sink.wait_for(lambda mail: "/f/" in mail.text))
    for person in (silent, reached):
        assert person.client.get(f"{person.path}/changes", expect=200).json()["items"][0]["follow_up"] == {"answer": None, "is_open": True}
        assert "Onko asia nyt paremmin?" in requests.get(f"{world.api.url}/m/{person.token}", timeout=10).text
        person.client.post(f"{person.path}/follow-ups", {**say, "text": "Kiitos."}, expect=200)
        person.client.post(f"{person.path}/follow-ups", say, expect=200)
        person.client.post(f"{person.path}/follow-ups", {**say, "answer": "worse"}, expect=409, problem="follow_up_answered")
        assert person.client.get(f"{person.path}/changes", expect=200).json()["items"][0]["follow_up"] == {"answer": "better", "is_open": False}
        assert "Kyllä, nyt on paremmin" in requests.get(f"{world.api.url}/m/{person.token}", timeout=10).text
    assert FRIENDLY["fi"] in press(world, link, answer="worse")
    silent.client.post(f"{silent.path}/follow-ups", {**say, "change_id": add_change(world)}, expect=422, problem="unknown_reference")
    assert world.database.rows("SELECT answer, count(*), count(DISTINCT person_id) FROM follow_up GROUP BY 1") == [("better", 2, 2)]


def test_who_registered_and_needs_easy_language_reads_easy_finnish(world):
    session = Session(world, is_open=True)
    guest = register(world, session, support_needs=["easy_language"])["id"]
    world.database.run("UPDATE person SET wants_news = true, sealed = %s, key_id = %s, address_hash = %s WHERE id = %s::uuid", *address("a@example.org").values(), guest)
    world.database.run("UPDATE registration SET state = 'attended' WHERE id = %s::uuid", guest)
    change = add_change(world)
    world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "session", "session_id": session.id}, expect=201)
    for state in ("under_review", "planned", "made"):
        move(world, "change", change, state)
    world.start_worker("news", "mail", "mail_bulk")
    world.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message, count=2)  # in this month: three in one would be one too many
    ask(world)
    mails = world.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message, count=3)
    assert {mail.message["Content-Language"] for mail in mails} == {"fi-x-selko"}
    for mail in mails:
        page = requests.get(world.api.url + re.search(r"/[mf]/\S+", mail.text)[0], timeout=10)
        assert page.status_code == 200 and "<h1" in page.text


def test_news_and_questions_of_one_person_share_the_cap_of_a_month(world, panel):
    person = add_member(world, panel, "a@example.org")
    made(world, person)
    made(world, person)
    worker = world.start_worker("news", "mail", "mail_bulk")
    states = "SELECT state, count(*) FROM mail WHERE capped AND template <> 'person_link' GROUP BY 1 ORDER BY 1"
    worker.wait_for(lambda: dict(world.database.rows(states)) == {"capped": 2, "sent": 2}, "the cap")


def answer(world, change, answers):
    for person, said in zip(world.database.rows("SELECT id FROM follow_up WHERE change_id = %s::uuid ORDER BY id", change), answers):
        world.database.run("UPDATE follow_up SET answer = %s, answered_on = app_today() WHERE id = %s", said, person[0])


def figures(world):
    """What the county's report of this month says of the questions."""
    return world.database.value("SELECT body -> 'follow_up' FROM report_bodies(month_start(app_today()), (month_start(app_today()) + interval '1 month')::date,"
                                " %s::uuid, NULL, NULL, NULL)", world.units["county"])


def test_answers_of_givers_and_members_decide_together_and_count_in_the_figures_but_staff_do_not(world, panel):
    people = [add_member(world, panel, f"m{n}@example.org") for n in range(3)]
    nurse = add_member(world, panel, "n@example.org", role="professional")
    change = made(world, *people, nurse, voices=[add_voice(world, email=f"g{n}@example.org") for n in range(2)])
    worker = ask(world, "mail", "mail_bulk")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM mail WHERE template = 'follow_up' AND state = 'sent'") == 6, "the questions")
    answer(world, change, ["better"] * 6)
    before = figures(world)
    assert (before["asked"], before["answered"], before["better"]) == (5, 5, 5)
    for person in (*people, nurse):
        world.database.run("DELETE FROM person WHERE id = %s::uuid", person.id)
    assert figures(world) == before
    world.move_clock("51 days")
    worker.wait_for(lambda: world.database.value("SELECT state FROM change WHERE id = %s::uuid", change) == "verified", "the decision")


def test_who_goes_leaves_the_answer_and_neither_words_nor_name(world, panel):
    person = add_member(world, panel, "a@example.org")
    change = made(world, person)
    ask(world)
    world.database.run("UPDATE follow_up SET answer = 'worse', answered_on = app_today(), text = 'Pimeää.'")
    world.client().post(f"{person.path}/erasure", expect=200)
    assert world.database.rows("SELECT answer, text, token_hash, person_id, contributor = %s FROM follow_up", address_hash("a@example.org")) == [
        ("worse", None, None, None, False)]
    assert asked(world, change) == [(None, None)]


def test_who_was_told_as_a_giver_is_not_told_anew_as_a_member_when_the_case_goes(world, panel):
    case = add_voice(world, email="sama@example.org")
    both = add_member(world, panel, "sama@example.org")
    change = made(world, both, voices=[case])
    worker = world.start_worker("news")
    worker.wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    world.database.run("INSERT INTO erasure (id, feedback_id, who) VALUES (gen_random_uuid(), %s::uuid, 'giver')", case)
    world.database.run("INSERT INTO job (kind, subject, data) VALUES ('news', %s::uuid, '{\"state\": \"made\"}')", change)
    worker.wait_for(lambda: count_jobs(world, "news") == 0, "the end of the news")
    assert world.database.rows("SELECT state, person_id::text FROM notice WHERE change_id = %s::uuid ORDER BY 1", change) == [
        ("made", both.id), ("planned", both.id)]


def test_whom_a_change_is_not_over_for_is_kept_to_be_told_and_asked(world, panel):
    person, other = add_member(world, panel, "a@example.org"), add_member(world, panel, "b@example.org", wants_news=False)
    made(world, person, other)
    world.database.run("UPDATE person SET ended_on = app_today() - 100")
    world.database.run("UPDATE mail SET state = 'sent'")
    assert [row[0] for row in world.database.rows("SELECT retention_due('people', app_today() - 60, 9)")] == [other.id]
    world.move_clock("300 days")
    assert {row[0] for row in world.database.rows("SELECT retention_due('people', app_today() - 60, 9)")} == {person.id, other.id}
