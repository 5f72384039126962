"""
What those who are to come to a session are told: that there is one, that it moved, that it is cancelled, that it is soon; and its end.
"""

import pytest

from county import UNSAID
from support.client import Client
from support.panels import make_member, make_panel
from support.people import add_person, person
from support.questions import moment
from support.sessions import Session, register, token_of


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


@pytest.fixture
def panel(world):
    """A panel with a member who can be reached, one who cannot, and one who ceased."""
    made = make_panel(world, "steering_group")
    world.member, world.silent, ceased = (make_member(world, made, state=state) for state in ("active", "active", "ceased"))
    for member in (world.member, ceased):
        reachable(world, member)
    add_person(world, "member", world.silent)
    return made


def reachable(world, member):
    add_person(world, "member", member, sealed=b"x", key_id="none", address_hash=b"x" * 32)


def told(world, template):
    return {who for who, in world.database.rows("SELECT person_id::text FROM mail WHERE template = %s", template)}


def guests(world, session):
    """Registered, waiting and cancelled: ids."""
    made = [register(world, session, email=f"{name}@example.org")["id"] for name in ("yksi", "kaksi", "kolme")]
    session.coordinator.move(f"/v1/registrations/{made[2]}", "cancelled", expect=200)
    return made


def test_members_are_told_of_a_session_when_it_is_published(world, panel):
    session = Session(world, panel_ids=[panel], is_published=False)
    assert told(world, "session_published") == set()
    session.move("published")
    assert told(world, "session_published") == {world.member}


def test_everyone_who_is_to_come_is_told_when_it_moves_and_when_it_is_cancelled(world, panel):
    session = Session(world, panel_ids=[panel], is_open=True, capacity=1)
    registered, waits, _ = guests(world, session)
    session.patch({"title": {"fi": "Toinen nimi"}, "capacity": 1})
    assert told(world, "session_moved") == set()
    session.patch({"starts_at": moment(days=6)})
    assert told(world, "session_moved") == {world.member, registered, waits}
    session.patch({"place": {"address": "Torikatu 2"}})
    assert world.database.rows("SELECT person_id::text, count(*) FROM mail WHERE template = 'session_moved' GROUP BY 1 HAVING count(*) <> 2") == []
    session.move("cancelled", reason="Järjestäjä sairastui.")
    assert told(world, "session_cancelled") == {world.member, registered, waits}


TOLD = {
    "fi": ("Tilaisuuden aika tai paikka muuttui", "Tilaisuus: osallisuusilta", "Aika oli", "Uusi aika", "klo", "Tilaisuus on peruttu", "Aika"),
    "sv": ("Tiden eller platsen för tillfället har ändrats", "Tillfälle: delaktighetskväll", "Tiden var", "Ny tid", "kl.", "Tillfället har ställts in", "Tid"),
    "en": ("The time or place of the session has changed", "Session: evening", "The time was", "New time", "at", "The session is cancelled", "Time")}


@pytest.mark.parametrize("lang", TOLD)
def test_the_mail_says_which_session_and_the_old_and_the_new_time(world, lang):
    moved, kind, was, now, at, cancelled, when = TOLD[lang]
    before, after = f"1.2.2031 {at} 17.00–19.00", f"2.3.2031 {at} 18.00–20.00"
    session = Session(world, is_open=True, starts_at="2031-02-01T15:00:00Z", ends_at="2031-02-01T17:00:00Z")
    register(world, session, email="yksi@example.org", lang=lang)
    world.start_worker("mail")
    session.patch({"starts_at": "2031-03-02T16:00:00Z", "ends_at": "2031-03-02T18:00:00Z"})
    text = world.sink.wait_for(lambda mail: mail.subject == moved).text
    assert all(words in text for words in (kind, f"{was}: {before}", f"{now}: {after}")) and "Osallisuusilta" not in text
    session.patch({"place": {"address": "Torikatu 2"}})
    text = world.sink.wait_for(lambda mail: mail.subject == moved, count=2)[1].text
    assert f": {after}" in text and was not in text
    session.move("cancelled", reason="Syy.")
    text = world.sink.wait_for(lambda mail: mail.subject == cancelled).text
    assert kind in text and f"{when}: {after}" in text


REGISTERED = {
    "fi": ("olet ilmoittautunut tilaisuuteen", "Tilaisuus: osallisuusilta", "Aika: 1.2.2031 klo 17.00–19.00", "jonoon", "olet hakenut jäseneksi"),
    "sv": ("du har anmält dig till ett tillfälle", "Tillfälle: delaktighetskväll", "Tid: 1.2.2031 kl. 17.00–19.00", "i kö", "du har sökt till medlem"),
    "en": ("you have registered for a session", "Session: evening", "Time: 1.2.2031 at 17.00–19.00", "waiting list", "you have applied to be a member")}


@pytest.mark.parametrize("lang", REGISTERED)
def test_the_first_mail_says_for_what_and_when(world, lang):
    registered, kind, time, waiting, applied = REGISTERED[lang]
    session = Session(world, is_open=True, capacity=1, starts_at="2031-02-01T15:00:00Z", ends_at="2031-02-01T17:00:00Z")
    world.start_worker("mail")
    register(world, session, email="yksi@example.org", lang=lang)
    register(world, session, email="kaksi@example.org", lang=lang)
    panel = make_panel(world, "client_panel", state="recruiting", is_public=True)
    Client(world.api).post(f"/v1/panels/{panel}/applications", {"role": "client", "name": "A", "lang": lang, "contact": {"email": "kolme@example.org"}}, expect=201)
    first, second, third = (world.sink.wait_for(lambda mail, to=to: mail.to == f"{to}@example.org").text for to in ("yksi", "kaksi", "kolme"))
    assert registered in first and waiting not in first and waiting in second and registered not in second
    assert all(kind in text and time in text and "Osallisuusilta" not in text for text in (first, second))
    assert applied in third and kind not in third and "Raati" not in third


@pytest.mark.parametrize("lang", REGISTERED)
def test_an_invitation_and_an_offered_place_say_which_session_and_when(world, lang):
    _, kind, time, *_ = REGISTERED[lang]
    panel = make_panel(world, "steering_group")
    world.client("coordinator").post(f"/v1/panels/{panel}/members", {"role": "client", "name": "A", "lang": lang, "contact": {"email": "jasen@example.org"}}, expect=201)
    world.database.run("UPDATE member SET state = 'active' WHERE panel_id = %s", panel)
    session = Session(world, is_open=True, capacity=1, panel_ids=[panel], starts_at="2031-02-01T15:00:00Z", ends_at="2031-02-01T17:00:00Z")
    first, _ = (register(world, session, email=f"{name}@example.org", lang=lang)["id"] for name in ("yksi", "kaksi"))
    session.coordinator.move(f"/v1/registrations/{first}", "cancelled", expect=200)
    world.start_worker("mail")
    for mail in (*world.sink.wait_for(lambda mail: mail.to == "jasen@example.org", count=2), *world.sink.wait_for(lambda mail: mail.to == "kaksi@example.org", count=2)):
        assert "/m/" in mail.text and "Osallisuusilta" not in mail.text and "Raati" not in mail.text
    for template in ("session_published", "place_offered"):
        assert told(world, template)
    assert sum(kind in mail.text and time in mail.text for mail in world.sink.mails if mail.to in ("jasen@example.org", "kaksi@example.org")) == 3  # not the member's link


MINUTES = {"fi": ("Tilaisuuden muistio on julkaistu", "Muistio:", "Muistio, korjattu"), "sv": ("Minnesanteckningarna från ett tillfälle finns nu", "Minnesanteckningar:",
           "Minnesanteckningar, rättade"), "en": ("The minutes of a session are there", "Minutes:", "Minutes, corrected on")}


@pytest.mark.parametrize("lang", MINUTES)
def test_who_was_there_or_is_a_member_is_told_once_of_published_minutes_and_reads_them(world, panel, lang):
    subject, heading, corrected = MINUTES[lang]
    session = Session(world, panel_ids=[panel], is_open=True, capacity=2)
    token = token_of(register(world, session)["link"])
    registered, _, _ = guests(world, session)
    session.begin()
    session.move("held")
    session.patch({"minutes": {"fi": "Sovittiin.", "sv": "Vi kom överens.", "en": "We agreed."}})
    assert told(world, "session_minutes") == set()
    session.move("minutes_published")
    assert told(world, "session_minutes") == {world.member, registered}
    page = Client(world.api).get(f"/m/{token}?language={lang}", expect=200).text
    assert heading in page and corrected not in page
    session.patch({"minutes": {"fi": "Sovittiin näin."}})
    page = Client(world.api).get(f"/m/{token}?language={lang}", expect=200).text
    assert corrected in page and world.database.value("SELECT count(*) FROM mail WHERE template = 'session_minutes'") == 2
    versions = session.coordinator.get(session.path, expect=200).json()["minutes_versions"]
    assert [(one["n"], one["minutes"]["fi"]) for one in versions] == [(1, "Sovittiin."), (2, "Sovittiin näin.")]
    world.database.run("UPDATE person SET lang = %s", lang)
    world.start_worker("mail")
    mail = world.sink.wait_for(lambda mail: mail.to == "yksi@example.org" and mail.subject == subject)
    assert "Osallisuusilta" not in mail.text and "{{" not in mail.text


def test_whoever_was_to_come_reads_why_it_was_cancelled(world):
    session = Session(world, is_open=True)
    link = register(world, session)["link"]
    session.move("cancelled", reason="Järjestäjä sairastui.")
    seen = Client(world.api).get(f"/v1/personal/{token_of(link)}/registration", expect=200).json()["session"]
    assert (seen["state"], seen["reason"]) == ("cancelled", "Järjestäjä sairastui.")


def test_those_who_come_are_reminded_once_two_days_before(world, panel):
    session = Session(world, panel_ids=[panel], is_open=True, capacity=1, starts_at=moment(days=7), ends_at=moment(days=7, hours=2))
    registered, _, _ = guests(world, session)
    away = make_member(world, panel)
    reachable(world, away)
    world.database.run("INSERT INTO attendance (session_id, member_id, said_absent) VALUES (%s::uuid, %s::uuid, true)", session.id, away)
    worker = world.start_worker("clock")
    world.move_clock("119 hours")
    assert told(world, "session_reminder") == set()
    world.move_clock("121 hours")
    worker.wait_for(lambda: told(world, "session_reminder") == {world.member, registered}, "the reminders")
    world.database.run("INSERT INTO job (kind, subject, data, unique_key) VALUES ('clock', %s::uuid, '{\"phase\": \"session_remind\"}', 'again')", session.id)
    worker.wait_for(lambda: not world.database.rows("SELECT FROM job WHERE unique_key = 'again'"), "end of the job")
    assert world.database.value("SELECT count(*) FROM mail WHERE template = 'session_reminder' AND places ? 'is' AND (places ->> 'is_evening')::boolean") == 2


def test_a_session_that_moved_is_reminded_of_at_its_new_time(world, panel):
    session = Session(world, panel_ids=[panel], starts_at=moment(days=7), ends_at=moment(days=7, hours=2))
    session.patch({"starts_at": moment(days=20), "ends_at": moment(days=20, hours=1)})
    worker = world.start_worker("clock")
    world.move_clock("6 days")
    worker.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE data = '{\"phase\": \"session_remind\"}'") == 1, "end of the old job")
    assert told(world, "session_reminder") == set()
    world.move_clock("19 days")
    worker.wait_for(lambda: told(world, "session_reminder") == {world.member}, "the reminder")


def test_of_a_session_that_is_published_late_nobody_is_reminded(world, panel):
    Session(world, panel_ids=[panel], starts_at=moment(hours=40), ends_at=moment(hours=41))
    assert world.database.value("SELECT count(*) FROM job WHERE data = '{\"phase\": \"session_remind\"}'") == 0


def test_a_session_with_published_minutes_is_closed_and_the_part_of_its_guests_ends(world):
    session = Session(world, is_open=True)
    guest = register(world, session, email="yksi@example.org")["id"]
    session.begin()
    session.move("held")
    session.patch({"minutes": {"fi": "Sovittiin."}})
    session.move("minutes_published")
    worker = world.start_worker("clock")
    world.move_clock("29 days")
    assert (session.now()["state"], person(world, guest, "ended_on")) == ("minutes_published", None)
    world.move_clock("31 days")
    worker.wait_for(lambda: session.now()["state"] == "closed", "the end of the session")
    assert person(world, guest, "ended_on = app_today()")
    steps = world.database.rows("SELECT to_state, who FROM step WHERE subject = %s::uuid ORDER BY version", session.id)
    assert steps[-1] == ("closed", "system")


def test_the_part_of_guests_ends_also_where_nobody_said_that_it_was_held(world):
    guest = register(world, Session(world, is_open=True), email="yksi@example.org")["id"]
    worker = world.start_worker("clock")
    world.move_clock("40 days")
    worker.wait_for(lambda: person(world, guest, "ended_on") is not None, "the end of the guest's part")


@pytest.mark.parametrize("lang, subjects", [
    ("fi", {"Henkilökohtainen linkkisi", "Tilaisuuden aika tai paikka muuttui", "Tilaisuus on peruttu"}),
    ("sv", {"Din personliga länk", "Tiden eller platsen för tillfället har ändrats", "Tillfället har ställts in"}),
    ("en", {"Your personal link", "The time or place of the session has changed", "The session is cancelled"})])
def test_mails_are_in_the_language_of_the_guest_and_name_nothing(world, lang, subjects):
    session = Session(world, is_open=True, title={"fi": "Osaston 3 potilasilta"})
    Client(world.api).post(f"/v1/open-sessions/{session.id}/registrations", {"lang": lang, "contact": {"email": "a@example.org"}}, expect=200)
    session.patch({"starts_at": moment(days=6)})
    session.move("cancelled", reason="Syy.")
    world.start_worker("mail")
    mails = world.sink.wait_for(count=3)
    assert {mail.subject for mail in mails} == subjects
    assert not [mail for mail in mails if UNSAID.search(mail.subject + mail.text)]
