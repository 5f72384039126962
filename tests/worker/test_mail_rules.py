"""
Mails that nobody can use against others, none twice, in the reader's language, from whom they know.
"""

import re
import uuid

import pytest

from county import UNSAID, add_contact, add_mail, add_voice, mail_state

COUNTY = {"fi": "Suvirannan hyvinvointialue", "sv": "Suviranta välfärdsområde", "en": "Suvirannan hyvinvointialue",
          "fi-x-selko": "Suvirannan hyvinvointialue"}
# What each language begins and ends a mail to a giver with.
GREETINGS = {"fi": ("Hei,", "Älä vastaa siihen."), "sv": ("Hej,", "Svara inte på det."), "en": ("Hello,", "Please do not reply to it."),
             "fi-x-selko": ("Hei!", "Kukaan ei lue vastauksia.")}
PATHS = {"received": "/r", "case_news": "/r", "change_news": "/r", "follow_up": "/f/[A-Za-z0-9_-]{22}"}
ADDRESS = "aino@example.org"


@pytest.fixture
def world(fresh_world):
    fresh_world.start_worker("mail", CONTROLLER=COUNTY["fi"], CONTROLLER_SV=COUNTY["sv"], PUBLIC_URL="https://osallisuus.example")
    return fresh_world


def wait_for_end(world, count):
    """The states of all mails, once none is queued any more."""
    ended = "SELECT count(*) FROM mail WHERE state <> 'queued'"
    world.programs[-1].wait_for(lambda: world.database.value(ended) == count, f"the end of {count} mails")
    return sorted(state for state, in world.database.rows("SELECT state FROM mail"))


def bring_in(world, count, address=ADDRESS, **columns):
    """Voices that came with this address, as somebody does who fills in the form many times."""
    for _ in range(count):
        add_contact(world, add_voice(world), address, **columns)


# ---- the cap of a day ----

@pytest.mark.parametrize("count, sent", [(4, 4), (5, 5), (6, 5), (14, 5)])
def test_an_address_gets_only_so_many_receipts_a_day(world, count, sent):
    bring_in(world, count)
    assert wait_for_end(world, count) == ["day_capped"] * (count - sent) + ["sent"] * sent
    assert len(world.sink.mails) == sent
    assert world.database.value("SELECT count(*) FROM feedback") == count


def test_other_addresses_and_other_mails_go_on(world):
    bring_in(world, 6)
    case = world.database.value("SELECT feedback_id FROM mail LIMIT 1")
    bring_in(world, 1, "eino@example.org")
    wait_for_end(world, 7)
    add_mail(world, case, "case_news")
    assert wait_for_end(world, 8) == ["day_capped"] + ["sent"] * 7
    assert [mail.to for mail in world.sink.mails].count("eino@example.org") == 1


def test_erasing_the_cases_starts_no_new_count(world):
    bring_in(world, 5)
    wait_for_end(world, 5)
    world.database.run("INSERT INTO erasure (id, feedback_id, who) SELECT gen_random_uuid(), id, 'giver' FROM feedback")
    assert world.database.value("SELECT count(*) FROM contact") == 0
    bring_in(world, 1)
    assert "day_capped" in wait_for_end(world, 6)


def test_a_receipt_that_is_tried_again_counts_once(world):
    world.sink.refuse("451 4.2.0 later", times=1)
    bring_in(world, 1)
    world.programs[-1].wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE last_error = 'smtp_later'") == 1, "the failure")
    world.database.run("UPDATE job SET run_at = app_now()")
    assert wait_for_end(world, 1) == ["sent"]
    assert world.database.value("SELECT sent FROM receipt_mail_count") == 1


def test_the_county_chooses_how_many_and_the_next_day_counts_anew(world):
    world.database.run("UPDATE rule SET value = 1 WHERE name = 'receipt_mails'")
    bring_in(world, 2)
    assert wait_for_end(world, 2) == ["day_capped", "sent"]
    world.move_clock("1 day")
    bring_in(world, 1)
    assert wait_for_end(world, 3) == ["day_capped", "sent", "sent"]
    world.start_worker("clock")
    count = "SELECT count(*), min(day) = app_today() FROM receipt_mail_count"
    world.programs[-1].wait_for(lambda: world.database.rows(count) == [(1, True)], "past days forgotten")


# ---- one mail for one thing ----

@pytest.mark.parametrize("steps", [
    [{"to": "referred", "reason": "Asiasta voi tehdä muistutuksen.", "remedy": "muistutus", "text": "Näin teet muistutuksen."}],
    [{"to": "referred", "reason": "Asiasta voi tehdä muistutuksen.", "remedy": "muistutus"}],
    [{"to": "answered", "text": "Pahoittelemme."}],
    [{"to": "in_progress", "text": "Selvitämme asiaa."}],
    [{"to": "in_progress"}, {"to": "waiting_giver", "text": "Milloin tämä tapahtui?"}],
    [{"to": "closed", "outcome": "information"}],
    [{"to": "answered", "text": "Pahoittelemme."}, {"to": "closed", "outcome": "information"}]])
def test_each_step_that_tells_the_giver_something_makes_one_mail(world, steps):
    world.api.start()
    case = world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": "concern", "text": "Odotin.", "channel": "web", "lang": "fi", "contact": {"email": ADDRESS}},
        expect=201).json()["id"]
    for body in steps:
        world.client("handler").move(f"/v1/feedback/{case}", **body, expect=200)
    mails = world.database.value("SELECT count(*) FROM mail WHERE template = 'case_news'")
    assert mails == sum("text" in body or body["to"] in ("referred", "closed") for body in steps)


# ---- whose language, whose name ----

@pytest.mark.parametrize("lang", ["fi", "sv", "en", "fi-x-selko"])
def test_a_mail_speaks_its_readers_language_and_so_do_its_pages(world, lang):
    case = add_voice(world, support_needs="{easy_language}" if lang == "fi-x-selko" else "{}")
    add_contact(world, case, ADDRESS, lang=lang.removesuffix("-x-selko"))
    for template in ("case_news", "change_news", "follow_up"):
        add_mail(world, case, template, link_id=str(uuid.uuid4()), capped=template in ("change_news", "follow_up"))
    mails = world.sink.wait_for(count=4)
    begins, ends = GREETINGS[lang]
    for mail in mails:
        links = re.findall(r"https://\S+", mail.text)
        assert mail.message["Content-Language"] == lang
        assert mail.text.startswith(begins) and mail.text.rstrip().endswith(ends)
        assert re.search(rf"\r\n{COUNTY[lang]}\.?\r\n", mail.text)
        assert mail.message["From"].addresses[0].display_name == COUNTY[lang]
        assert not UNSAID.search(mail.subject + mail.text)
        assert links and all(link.endswith(f"?language={lang}") for link in links)
        assert max(len(line) for line in mail.text.split("\r\n")) <= 80
    found = [re.search(r"https://osallisuus\.example(\S+)\?", mail.text)[1] for mail in mails]
    assert all(any(re.fullmatch(path, link) for path in PATHS.values()) for link in found)
    assert len({mail.subject for mail in mails}) == 4


def test_easy_language_is_for_those_who_speak_finnish_and_need_it(world):
    swedish, finnish = (add_voice(world, support_needs=needs) for needs in ("{easy_language}", "{interpreter,large_print}"))
    add_contact(world, swedish, "svea@example.org", lang="sv")
    add_contact(world, finnish, "aino@example.org", lang="fi")
    assert {mail.to: mail.message["Content-Language"] for mail in world.sink.wait_for(count=2)} == {
        "svea@example.org": "sv", "aino@example.org": "fi"}


def test_a_survey_has_no_easy_mail_and_is_sent_in_finnish(world):
    case = add_voice(world)
    add_contact(world, case, ADDRESS)
    add_mail(world, case, "survey_invitation", lang="fi-x-selko", link_id=str(uuid.uuid4()))
    mail = next(mail for mail in world.sink.wait_for(count=2) if "Kysely" in mail.subject)
    assert mail.message["Content-Language"] == "fi" and "?language=fi\r\n" in mail.text


def test_staff_read_who_writes_and_their_link_asks_for_no_language(world):
    mail = add_mail(world, None, "overdue", mailbox="talo@example.org", lang="fi", link_id=str(uuid.uuid4()))
    text = world.sink.wait_for().text
    assert f"Ystävällisesti\r\n{COUNTY['fi']}\r\n" in text and "language=" not in text
    world.programs[-1].wait_for(lambda: mail_state(world, mail) == "sent", "the end")


def test_without_a_name_a_mail_ends_without_one(fresh_world):
    fresh_world.start_worker("mail")
    bring_in(fresh_world, 1)
    mail = fresh_world.sink.wait_for()
    assert "Ystävällisesti" not in mail.text and mail.message["From"].addresses[0].display_name == ""
