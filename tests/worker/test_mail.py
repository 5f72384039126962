"""
Mails as they come over the wire: who gets one, what it says, and what becomes of it.
"""

import email
import email.header
import email.policy
import json
import re
import uuid

import pytest

from county import UNSAID, add_contact, add_mail, add_voice, address_hash, job, mail_state

TEMPLATES = ["received", "case_news", "change_news", "follow_up", "giver_wrote", "reminder", "overdue", "escalation", "severity",
             "thanks", "original_gone"]
NAME = "Länsi-Esimerkin hyvinvointialue ja sen kaikki ystävät ääressä"
STAFF = {"giver_wrote", "reminder", "overdue", "escalation", "severity", "thanks", "original_gone"}
CAPPED = {"change_news", "follow_up"}


@pytest.fixture
def world(fresh_world):
    fresh_world.start_worker("mail", MAIL_FROM_NAME=NAME, PUBLIC_URL="https://osallisuus.example/kanava")
    return fresh_world


def reachable(world, mailbox="aino@example.org", **columns):
    """A giver with an address, whose receipt mail has come."""
    case = add_voice(world)
    add_contact(world, case, mailbox, **columns)
    world.sink.wait_for(lambda mail: mail.to == mailbox)
    world.sink.clear()
    return case


def wait_state(world, mail, state):
    world.programs[-1].wait_for(lambda: mail_state(world, mail) == state, f"state {state}, not {mail_state(world, mail)}")


def job_number(world, mail):
    return world.database.value("SELECT id FROM job WHERE subject = %s::uuid", mail)


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_every_mail_is_a_plain_text_that_says_nothing_of_its_matter(world, lang):
    case = reachable(world, lang=lang)
    for template in TEMPLATES:
        link = str(uuid.uuid4())
        if template in STAFF:
            add_mail(world, None, template, mailbox="talo@example.org", lang=lang, link_id=link)
        else:
            add_mail(world, case, template, link_id=link)
    for mail in world.sink.wait_for(count=len(TEMPLATES)):
        assert mail.message["Content-Language"] == lang
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert mail.message.get_content_type() == "text/plain" and mail.message.get_content_charset() == "utf-8"
        assert not mail.message.defects and not any(value.defects for value in mail.message.values())
        assert not UNSAID.search(mail.subject + mail.text.replace("/v1/feedback", ""))
        assert mail.subject and "{{" not in mail.text and "�" not in mail.text
        assert "https://osallisuus.example/kanava/" in mail.text


def test_a_mail_on_the_wire_keeps_to_the_rules_of_lines(world):
    case = reachable(world)
    add_mail(world, case)
    raw = world.sink.wait_for().bytes
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0 and raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert raw.isascii()


def test_names_and_subjects_are_read_back_as_they_were(world):
    case = reachable(world)
    add_mail(world, case)
    mail = world.sink.wait_for()
    sender = email.header.make_header(email.header.decode_header(email.message_from_bytes(mail.bytes)["From"]))
    assert str(sender) == f"{NAME} <palaute@example.org>"
    assert mail.subject == "Sinulle on uutta luettavaa"
    assert mail.text.startswith("Hei,\r\n\r\nviestisi käsittely on edennyt, ja sinulle on uutta luettavaa.")
    assert mail.message["To"].addresses[0].addr_spec == "aino@example.org"
    assert email.policy.default.header_factory("Date", mail.message["Date"]).datetime.utcoffset().total_seconds() == 0


def test_the_message_id_is_the_mails_id(world):
    mail = add_mail(world, reachable(world))
    assert world.sink.wait_for().message["Message-ID"] == f"<{mail}@osallisuus.example>"


def test_a_language_without_texts_gets_the_finnish_ones(world):
    case = reachable(world, lang="smn")
    add_mail(world, case)
    assert world.sink.wait_for().message["Content-Language"] == "fi"


def test_a_mail_is_in_the_sink_within_two_seconds_of_its_commit(world):
    case = reachable(world)
    add_mail(world, case)
    world.sink.wait_for(timeout=2)


def test_only_capped_mails_have_an_unsubscribe_link_and_it_works_with_one_click(world):
    case = reachable(world)
    add_mail(world, case, "case_news")
    assert "List-Unsubscribe" not in world.sink.wait_for().message
    world.sink.clear()
    add_mail(world, case, "change_news", capped=True)
    mail = world.sink.wait_for()
    link = mail.message["List-Unsubscribe"].strip("<>")
    assert re.fullmatch(r"https://osallisuus\.example/kanava/u/[A-Za-z0-9_-]{22}\?language=fi", link) and link in mail.text
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stored = world.database.value("SELECT unsubscribe_hash FROM mail WHERE capped")
    assert world.database.value("SELECT opt_out_by_link(%s)", stored) is True
    assert world.database.rows("SELECT address_hash FROM opt_out")[0][0].tobytes() == address_hash("aino@example.org")
    assert world.database.value("SELECT opt_out_by_link('unknown')") is False


def test_after_an_opt_out_no_capped_mail_goes_but_answers_do(world):
    case = reachable(world)
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s)", address_hash("aino@example.org"))
    wait_state(world, add_mail(world, case, "change_news", capped=True), "opted_out")
    wait_state(world, add_mail(world, case, "case_news"), "sent")


@pytest.mark.parametrize("template, wants", [("change_news", {"wants_news": False}), ("follow_up", {"wants_follow_up": False})])
def test_who_did_not_consent_gets_none(world, template, wants):
    case = reachable(world, **wants)
    wait_state(world, add_mail(world, case, template, capped=True, link_id=case), "opted_out")
    other = "follow_up" if template == "change_news" else "change_news"
    wait_state(world, add_mail(world, case, other, capped=True, link_id=case), "sent")


def test_a_person_gets_no_more_capped_mails_in_a_month_than_the_cap_however_many_cases_they_have(world):
    cases = [reachable(world) for _ in range(5)]
    mails = [add_mail(world, case, "change_news", capped=True) for case in cases]
    worker = world.programs[-1]
    worker.wait_for(lambda: all(mail_state(world, mail) != "queued" for mail in mails), "an end for all")
    assert sorted(mail_state(world, mail) for mail in mails) == ["capped"] * 3 + ["sent"] * 2
    assert world.database.value("SELECT sent FROM contact_count") == 2
    assert len(world.sink.mails) == 2


def test_a_mail_that_is_tried_again_counts_once(world):
    case = reachable(world)
    world.sink.refuse("451 4.2.0 later", times=1)
    mail = add_mail(world, case, "change_news", capped=True)
    worker = world.programs[-1]
    worker.wait_for(lambda: job(world, job_number(world, mail)) == ("waiting", 1, "smtp_later"), "the first failure")
    world.database.run("UPDATE job SET run_at = app_now() WHERE subject = %s::uuid", mail)
    wait_state(world, mail, "sent")
    assert world.database.value("SELECT sent FROM contact_count") == 1


def test_a_server_that_asks_to_come_later_is_asked_again_after_about_five_minutes(world):
    case = reachable(world)
    world.sink.refuse("450 4.2.1 greylisted", times=1)
    mail = add_mail(world, case)
    worker = world.programs[-1]
    worker.wait_for(lambda: job(world, job_number(world, mail)) == ("waiting", 1, "smtp_later"), "the failure")
    wait = world.database.value("SELECT extract(epoch FROM run_at - app_now()) FROM job WHERE subject = %s::uuid", mail)
    assert 200 < wait <= 360 and mail_state(world, mail) == "queued"


def test_after_three_days_of_later_the_mail_has_failed(world):
    case = reachable(world)
    world.sink.refuse("450 4.2.1 later")
    mail = add_mail(world, case)
    worker = world.programs[-1]
    worker.wait_for(lambda: job(world, job_number(world, mail)) == ("waiting", 1, "smtp_later"), "the failure")
    world.database.run("UPDATE job SET attempts = 17, run_at = app_now() WHERE subject = %s::uuid", mail)
    wait_state(world, mail, "failed")
    assert job(world, job_number(world, mail)) == ("dead", 18, "smtp_later")


def test_an_address_that_is_refused_for_good_is_never_written_to_again(world):
    case = reachable(world)
    world.sink.refuse("550 5.1.1 unknown user", times=1)
    mail = add_mail(world, case)
    wait_state(world, mail, "failed")
    assert job_number(world, mail) is None
    assert world.database.rows("SELECT address_hash FROM dead_address")[0][0].tobytes() == address_hash("aino@example.org")
    wait_state(world, add_mail(world, case), "failed")
    assert world.sink.mails == []


def test_a_mail_that_is_refused_for_its_content_fails_but_its_address_lives(world):
    case = reachable(world)
    world.sink.refuse("554 5.6.0 not wanted", at="data", times=1)
    wait_state(world, add_mail(world, case), "failed")
    assert world.database.value("SELECT count(*) FROM dead_address") == 0
    wait_state(world, add_mail(world, case), "sent")


def test_one_refused_receiver_does_not_hold_up_the_others(world):
    cases = [reachable(world, f"giver{number}@example.org") for number in range(6)]
    world.sink.refuse("550 5.1.1 unknown", recipient="giver3@example.org")
    world.sink.hold(recipient="giver4@example.org")
    mails = [add_mail(world, case) for case in cases]
    world.sink.wait_until_holding()
    world.sink.release()
    for number, mail in enumerate(mails):
        wait_state(world, mail, "failed" if number == 3 else "sent")


def test_an_answer_to_one_does_not_wait_behind_news_to_many(world):
    cases = [reachable(world, f"giver{number}@example.org") for number in range(2)]
    world.sink.hold(recipient="giver0@example.org")
    add_mail(world, cases[0], "change_news", capped=True)
    add_mail(world, cases[1], "case_news")
    world.sink.wait_for(lambda mail: mail.to == "giver1@example.org", 5)
    world.programs[-1].kill()


@pytest.mark.parametrize("address", [
    "a@example.org\r\nDATA", "a@example.org\nBcc: b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "a\x00b@example.org",
    "a@b@example.org", "<a@example.org>", "a b@example.org", "a,b@example.org", "@example.org", "a@", "nobody", "",
    "a\x7f@example.org", "ä@example.org", "a" * 250 + "@example.org"])
def test_an_address_that_could_be_more_than_one_is_refused(world, address):
    case = add_voice(world)
    add_contact(world, case, address)
    mail = world.database.value("SELECT id FROM mail WHERE feedback_id = %s::uuid", case)
    wait_state(world, mail, "failed")
    wait_state(world, add_mail(world, None, "overdue", mailbox="talo@example.org", lang="fi", link_id=case), "sent")
    assert [mail.recipients for mail in world.sink.mails] == [["talo@example.org"]]


@pytest.mark.parametrize("plain", [b"not json", b"[]", b"{}", b'{"email": 5}', b'{"phone": "040 1234567"}'])
def test_contact_data_without_an_address_fails_the_mail_and_nothing_else(world, plain):
    case = add_voice(world)
    add_contact(world, case, "x", plain=plain)
    mail = world.database.value("SELECT id FROM mail WHERE feedback_id = %s::uuid", case)
    wait_state(world, mail, "failed")


def test_no_address_and_no_mail_is_logged_or_left_in_the_queue(world):
    case = reachable(world, "salainen.osoite@example.org")
    world.sink.refuse("550 5.1.1 salainen.osoite@example.org unknown", times=1)
    wait_state(world, add_mail(world, case), "failed")
    assert "salainen" not in world.programs[-1].log_text()
    assert "salainen" not in json.dumps(world.database.rows("SELECT data::text, last_error FROM job"))


def test_a_giver_who_left_no_address_gets_none(world):
    wait_state(world, add_mail(world, add_voice(world)), "no_address")


def test_a_mail_that_was_sent_before_is_not_sent_again(world):
    mail = add_mail(world, reachable(world))
    world.sink.wait_for()
    wait_state(world, mail, "sent")
    world.database.run("INSERT INTO job (kind, subject) VALUES ('mail', %s::uuid)", mail)
    worker = world.programs[-1]
    worker.wait_for(lambda: job_number(world, mail) is None, "the end of the job")
    assert len(world.sink.mails) == 1
