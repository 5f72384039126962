"""
Mails to people with a personal link: whom they reach, where the link leads, once for each occasion.
"""

import re
import uuid

import pytest

from county import UNSAID, add_contact, add_voice, address_hash, link_hash, seal
from retained import count, purge
from support.people import add_person, person
from support.questions import Survey
from test_contact_keys import OLD, hurry, key_id, new, rotating  # the fixture `new` too

__all__ = ["new"]


@pytest.fixture
def world(fresh_world):
    fresh_world.api.start()
    return fresh_world


def reachable(world, address="aino@example.org", **columns):
    """Somebody who takes part and has an address. (id, token)"""
    row_id = Survey(world).id
    return row_id, add_person(world, "survey", row_id, sealed=seal(b'{"email": "%s"}' % address.encode()), key_id="test",
                              address_hash=address_hash(address), **columns)


def mails(world, row_id):
    return sorted(world.database.rows("SELECT template, state FROM mail WHERE person_id = %s::uuid", row_id))


def tell(world, row_id, template="person_link", why=None, counts=False):
    world.database.run("SELECT mail_person(ARRAY[%s::uuid], %s, %s, %s)", row_id, template, why, counts)


def token_in(mail):
    return re.search(r"/m/([A-Za-z0-9_-]{22})\?language=", mail.text).group(1)


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_who_can_be_reached_gets_their_link_and_nothing_of_its_matter(world, lang):
    world.start_worker("mail")
    reachable(world, lang=lang)
    mail = world.sink.wait_for()
    assert (mail.to, mail.message["Content-Language"]) == ("aino@example.org", lang)
    assert not UNSAID.search(mail.subject + mail.text) and "{{" not in mail.text
    assert "List-Unsubscribe" not in mail.message


def test_who_has_no_address_gets_no_mail(world):
    row_id = Survey(world).id
    add_person(world, "survey", row_id)
    tell(world, row_id)
    assert mails(world, row_id) == []


def test_each_occasion_is_told_once(world):
    row_id, _ = reachable(world)
    for why in ("first", "first", "second"):
        tell(world, row_id, why=why)
    assert len(mails(world, row_id)) == 3  # with the one when they came


def test_a_new_link_is_mailed_and_mails_that_wait_have_it_too(world):
    row_id, _ = reachable(world)
    made = world.client("panels").post(f"/v1/people/{row_id}/links", expect=200).json()
    assert made["has_address"] is True
    world.start_worker("mail")
    tokens = {token_in(mail) for mail in world.sink.wait_for(count=2)}
    assert tokens == {made["link"][3:]}
    assert {link_hash(token) for token in tokens} == {bytes(person(world, row_id, "token_hash"))}


def test_news_goes_to_whom_wants_it_and_can_be_stopped_with_one_click(world):
    row_id, _ = reachable(world, wants_news=True)
    unasked, _ = reachable(world, "muu@example.org")
    for known in (row_id, unasked):
        tell(world, known, "person_change", counts=True)
    worker = world.start_worker("mail", "mail_bulk")
    worker.wait_for(lambda: ("person_change", "opted_out") in mails(world, unasked), "an end of the mail that nobody asked for")
    mail = world.sink.wait_for(lambda mail: "List-Unsubscribe" in mail.message)
    assert mail.to == "aino@example.org" and token_in(mail)
    stored = world.database.value("SELECT unsubscribe_hash FROM mail WHERE person_id = %s::uuid AND capped", row_id)
    assert world.database.value("SELECT opt_out_by_link(%s)", stored) is True
    tell(world, row_id, "person_change", why="more", counts=True)
    worker.wait_for(lambda: ("person_change", "opted_out") in mails(world, row_id), "no more news")


def test_an_address_that_takes_no_mail_gets_no_more(world):
    row_id, _ = reachable(world)
    world.database.run("INSERT INTO dead_address (address_hash) VALUES (%s)", address_hash("aino@example.org"))
    worker = world.start_worker("mail")
    worker.wait_for(lambda: mails(world, row_id) == [("person_link", "failed")], "an end of the mail")


def test_what_is_known_of_an_address_goes_with_the_last_who_has_it(world):
    row_id, token = reachable(world)
    case = add_voice(world)
    add_contact(world, case, "aino@example.org")
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s)", address_hash("aino@example.org"))
    world.client().post(f"/v1/personal/{token}/erasure", expect=200)
    assert mails(world, row_id) == [] and count(world.database, "opt_out", "true") == 1
    world.database.run("INSERT INTO erasure (feedback_id, who) VALUES (%s::uuid, 'giver')", case)
    assert count(world.database, "opt_out", "true") == 0


def test_an_address_that_somebody_has_is_not_forgotten(world):
    row_id, _ = reachable(world)
    world.database.run("INSERT INTO opt_out (address_hash) VALUES (%s)", address_hash("aino@example.org"))
    assert purge(world.database, 5000, "addresses") == []
    world.database.run("UPDATE mail SET state = 'sent'")
    world.database.run("UPDATE person SET ended_on = app_today() WHERE id = %s::uuid", row_id)
    assert purge(world.database, 60, "people") == [1]
    assert count(world.database, "opt_out", "true") == 0


def test_whom_a_mail_waits_for_is_kept(world):
    row_id, _ = reachable(world)
    world.database.run("UPDATE person SET ended_on = app_today() WHERE id = %s::uuid", row_id)
    assert purge(world.database, 100, "people") == []
    world.database.run("UPDATE mail SET state = 'sent'")
    assert purge(world.database, 100, "people") == [1]


def test_addresses_of_people_are_resealed_and_keep_a_key_from_being_retired(world, new):
    row_id, _ = reachable(world)
    world.database.run("UPDATE person SET key_id = %s", key_id(OLD["public"]))
    mailer = rotating(world, new)
    world.sink.wait_for()
    mailer.wait_for(lambda: hurry(world) or person(world, row_id, "key_id") == key_id(new["public"]), "the address under the new key", 60)
    mailer.stop()
    world.start_worker("mail", MAIL_SECRET_KEY=new["secret"])
    world.sink.clear()
    tell(world, row_id, why=str(uuid.uuid4()))
    assert world.sink.wait_for().to == "aino@example.org"
