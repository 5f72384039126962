"""
Rotation of the key that contact data is sealed to, while voices come and mails go: nothing is lost, at the end nothing is left
under the old key, and its secret is needed no more.
"""

import hashlib
import threading
import uuid

import psycopg2
import pytest

from county import add_contact, add_mail, add_voice, address_hash, mail_state, seal
from support.client import Client
from support.programs import MAIL_PUBLIC_KEY, MAIL_SECRET_KEY

OLD = {"public": MAIL_PUBLIC_KEY, "secret": MAIL_SECRET_KEY}


def key_id(public):
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


@pytest.fixture
def new(fresh_world):
    """A new pair, as the admin command makes it."""
    said = dict(line.split("=") for line in fresh_world.admin.run("mail-key", "new").stdout.split())
    return {"public": said["OSALLISUUS_MAIL_PUBLIC_KEY"], "secret": said["OSALLISUUS_MAIL_SECRET_KEY"]}


def rotating(world, new):
    """A mailer that has both keys."""
    return world.start_worker("mail", MAIL_SECRET_KEY=new["secret"], MAIL_OLD_SECRET_KEYS=OLD["secret"])


def reachable(world, count):
    """So many cases with addresses under the old key."""
    cases = [add_voice(world) for _ in range(count)]
    for number, case in enumerate(cases):
        add_contact(world, case, f"saaja{number}@example.org")
    world.database.run("UPDATE contact SET key_id = %s", key_id(OLD["public"]))
    return cases


def under(world, pair):
    return world.database.value("SELECT count(*) FROM contact WHERE key_id = %s", key_id(pair["public"]))


def hurry(world):
    """The job's next look comes at once."""
    world.database.run("UPDATE job SET run_at = app_now() WHERE kind = 'reseal' AND state = 'waiting'")


def wait_resealed(world, worker):
    def is_done():
        hurry(world)
        return under(world, OLD) == 0
    worker.wait_for(is_done, "contact data all under the new key", 60)


def add_round(world, round_id):
    """A round of a survey for clients, and a batch that links can be put into; all under one id."""
    world.database.run(
        "INSERT INTO question_set (id, name, edition, respondent_group, title, questions, state) VALUES (%s::uuid, 'a', 1, '13_plus',"
        " '{\"fi\": \"A\"}', '[{\"key\": \"a\", \"type\": \"yes_no\", \"text\": {\"fi\": \"A?\"}}]', 'active')", round_id)
    world.database.run("INSERT INTO survey (id, unit_id, question_set_id, title, audience) VALUES (%s::uuid, %s::uuid, %s::uuid,"
                       " '{\"fi\": \"A\"}', 'clients')", round_id, world.units["ward"], round_id)
    world.database.run("INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at) VALUES (%s::uuid, %s::uuid, 1, app_now()"
                       " + interval '1 day', app_now() + interval '2 days')", round_id, round_id)
    world.database.run("INSERT INTO survey_link_batch (id, round_id, link_count) VALUES (%s::uuid, %s::uuid, 1)", round_id, round_id)


def add_survey_link(world, round_id, key, email="a@example.org"):
    world.database.run("INSERT INTO survey_link (id, round_id, batch_id, token_hash, sealed, key_id, address_hash)"
                       " SELECT gen_random_uuid(), %s::uuid, %s::uuid, sha256(gen_random_uuid()::text::bytea), %s, %s, %s",
                       round_id, round_id, seal(b"{}"), key_id(key["public"]), address_hash(email))


class Posting(threading.Thread):
    """Voices with an address each, one after another, to the APIs in turn, until it is told to stop."""

    def __init__(self, world, apis):
        super().__init__(daemon=True)
        self.world, self.apis = world, list(apis)
        self.addresses, self.failures = [], []
        self.is_over = threading.Event()
        self.changed = threading.Condition()

    def run(self):
        while not self.is_over.is_set():
            address = f"antaja{len(self.addresses)}@example.org"
            api = self.apis[len(self.addresses) % len(self.apis)]
            reply = Client(api, self.world.keys["submit"], checked=False).post("/v1/feedback", {
                "unit_id": self.world.units["ward"], "kind": "idea", "text": "Ajatus", "channel": "web", "lang": "fi",
                "contact": {"email": address}}, idempotency=str(uuid.uuid4()))
            with self.changed:
                self.addresses.append(address)
                if reply.status_code != 201:
                    self.failures.append(reply.text)
                self.changed.notify_all()

    def wait_more(self, count=15):
        """Until so many more have been posted."""
        with self.changed:
            wanted = len(self.addresses) + count
            assert self.changed.wait_for(lambda: len(self.addresses) >= wanted, 60)

    def end(self):
        self.is_over.set()
        self.join(30)


def test_a_rotation_under_load_loses_no_mail_and_ends_with_nothing_under_the_old_key(fresh_world, new):
    world = fresh_world
    world.api.start()
    first_mailer = world.start_worker("mail")
    posting = Posting(world, [world.api])
    posting.start()
    posting.wait_more()
    mailer = rotating(world, new)
    first_mailer.stop()
    posting.wait_more()
    new_api = world.new_api(MAIL_PUBLIC_KEY=new["public"]).start()
    posting.apis.append(new_api)
    posting.wait_more()
    posting.apis.remove(world.api)
    posting.wait_more(2)
    wait_resealed(world, mailer)
    posting.wait_more()
    posting.end()
    assert posting.failures == []
    world.sink.wait_for(count=len(posting.addresses), timeout=60)
    assert sorted(mail.to for mail in world.sink.mails) == sorted(posting.addresses)
    assert (under(world, OLD), under(world, new)) == (0, len(posting.addresses))

    assert "retired" in world.admin.run("contact-key", "retire", key_id(OLD["public"])).stdout
    mailer.stop()
    world.start_worker("mail", MAIL_SECRET_KEY=new["secret"])
    earliest = world.database.value("SELECT feedback_id::text FROM contact ORDER BY feedback_id LIMIT 1")
    mail = add_mail(world, earliest)
    world.sink.wait_for(count=len(posting.addresses) + 1)
    world.programs[-1].wait_for(lambda: mail_state(world, mail) == "sent", "sent mail")


def test_a_mailer_that_is_killed_while_it_reseals_loses_nothing(fresh_world, new):
    cases = reachable(fresh_world, 900)
    fresh_world.database.run("DELETE FROM job WHERE kind = 'mail'")
    mailer = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=new["secret"], MAIL_OLD_SECRET_KEYS=OLD["secret"], LEASE_S=5)
    for _ in range(4):
        hurry(fresh_world)
        mailer.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM job WHERE kind = 'reseal' AND state = 'running'")
                        or under(fresh_world, OLD) == 0, "work under way")
        mailer.kill()
        mailer.start()
    wait_resealed(fresh_world, mailer)
    assert under(fresh_world, new) == len(cases)
    fresh_world.start_worker("mail", MAIL_SECRET_KEY=new["secret"])
    for case in cases[::100]:
        add_mail(fresh_world, case)
    assert {mail.to for mail in fresh_world.sink.wait_for(count=9)} == {f"saaja{number}@example.org" for number in range(0, 900, 100)}


def test_addresses_of_survey_links_are_resealed_too(fresh_world, new):
    made = str(uuid.uuid4())
    add_round(fresh_world, made)
    add_survey_link(fresh_world, made, OLD)
    before = fresh_world.database.value("SELECT sealed FROM survey_link")
    mailer = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=new["secret"], MAIL_OLD_SECRET_KEYS=OLD["secret"])
    mailer.wait_for(lambda: fresh_world.database.value("SELECT key_id FROM survey_link") == key_id(new["public"]), "the new key")
    assert bytes(fresh_world.database.value("SELECT sealed FROM survey_link")) != bytes(before)


def test_a_key_is_retired_only_when_nothing_needs_it(fresh_world, new):
    def retire(public):
        done = fresh_world.admin.run("contact-key", "retire", key_id(public), check=False)
        return done.returncode, done.stdout + done.stderr

    reachable(fresh_world, 3)
    assert retire(OLD["public"])[0] == 1
    first = fresh_world.start_worker("reseal")
    first.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM contact_key") == 1, "known key")
    assert "newest" in retire(OLD["public"])[1]
    first.stop()
    other = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=new["secret"])  # which was not given the old one
    hurry(fresh_world)
    other.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM contact_key") == 2, "known key")
    assert "there is still contact data" in retire(OLD["public"])[1]
    listed = fresh_world.admin.run("contact-key", "list").stdout
    assert f"{key_id(OLD['public'])}\told\t3\t0" in listed and f"{key_id(new['public'])}\tnewest\t0\t0" in listed
    assert "warn contact keys: 3 addresses" in fresh_world.admin.run("doctor", check=False).stdout
    other.stop()
    wait_resealed(fresh_world, rotating(fresh_world, new))
    assert retire(OLD["public"])[0] == 0
    assert fresh_world.database.rows("SELECT action, code FROM audit WHERE resource = 'contact_key' ORDER BY xid, place") == [
        ("contact_key.announced", key_id(OLD["public"])), ("contact_key.announced", key_id(new["public"])),
        ("contact_key.retired", key_id(OLD["public"]))]


def test_nothing_is_taken_under_a_retired_key(fresh_world, new):
    mailer = fresh_world.start_worker("reseal")
    mailer.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM contact_key") == 1, "known key")
    mailer.stop()
    mailer = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=new["secret"])
    hurry(fresh_world)
    mailer.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM contact_key") == 2, "known key")
    fresh_world.admin.run("contact-key", "retire", key_id(OLD["public"]))
    client = Client(fresh_world.api.start(), fresh_world.keys["submit"], checked=False)
    voice = {"unit_id": fresh_world.units["ward"], "kind": "idea", "text": "Ajatus", "channel": "web", "lang": "fi"}
    client.post("/v1/feedback", {**voice, "contact": {"email": "a@example.org"}}, idempotency=str(uuid.uuid4()), expect=503,
                problem="contact_key_retired")
    client.post("/v1/feedback", voice, idempotency=str(uuid.uuid4()), expect=201)
    assert fresh_world.database.value("SELECT count(*) FROM contact") == 0
    made = str(uuid.uuid4())
    add_round(fresh_world, made)
    add_survey_link(fresh_world, made, new)
    with pytest.raises(psycopg2.Error, match="contact_key_is_not_retired"):
        add_survey_link(fresh_world, made, OLD, "b@example.org")


def test_doctor_finds_addresses_under_a_key_that_no_mailer_has(fresh_world, new):
    def found():
        return fresh_world.admin.run("doctor", check=False).stdout

    reachable(fresh_world, 2)
    assert "warn contact keys: 2 addresses are under a key that no mailer has had" in found()
    other = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=new["secret"])
    other.wait_for(lambda: fresh_world.database.value("SELECT count(*) FROM contact_key") == 1, "known key")
    assert "fail contact keys: 2 addresses are under a key that no mailer has had" in found()


def test_a_mailer_with_an_older_key_does_not_seal_back(fresh_world, new):
    reachable(fresh_world, 3)
    wait_resealed(fresh_world, rotating(fresh_world, new))
    fresh_world.programs[-1].stop()
    behind = fresh_world.start_worker("reseal", MAIL_SECRET_KEY=OLD["secret"], MAIL_OLD_SECRET_KEYS=new["secret"])
    hurry(fresh_world)
    behind.wait_for(lambda: fresh_world.database.value("SELECT run_at > app_now() AND state = 'waiting' FROM job WHERE kind = 'reseal'"), "a look")
    assert (under(fresh_world, OLD), under(fresh_world, new)) == (0, 3)


def test_what_does_not_open_is_named_and_keeps_nobody_waiting(fresh_world, new):
    cases = reachable(fresh_world, 3)
    fresh_world.database.run("UPDATE contact SET sealed = sha256('x') || sha256('y') WHERE feedback_id = %s::uuid", cases[0])
    wait_resealed(fresh_world, rotating(fresh_world, new))
    assert fresh_world.database.value("SELECT key_id FROM contact WHERE feedback_id = %s::uuid", cases[0]) == "?"
    assert under(fresh_world, new) == 2
    assert "fail contact keys: 1 addresses" in fresh_world.admin.run("doctor", check=False).stdout


@pytest.mark.parametrize("role", ["api", "worker", "reader"])
def test_the_mailer_alone_may_seal_anew(fresh_world, role):
    for table in ("contact", "survey_link"):
        assert not fresh_world.database.value("SELECT has_any_column_privilege(%s, %s, 'UPDATE') AND has_column_privilege(%s, %s, 'sealed', 'UPDATE')",
                                              f"osallisuus_{role}", table, f"osallisuus_{role}", table)
