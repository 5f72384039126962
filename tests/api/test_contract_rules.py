"""
What CONVENTIONS promises of every operation alike, asked of each one that the contract has: versions in If-Match,
repeats under one Idempotency-Key, If-None-Match, HEAD and OPTIONS.
"""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from authorization_rows import ROWS, ask, path_of
from authorization_things import Things
from support import contract
from support.client import Client
from support.database import Database
from support.keys import make_key
from support.world import World

OPERATIONS = {operation["operationId"]: {**operation, "method": method, "path": path}
              for (method, path), operation in contract.operations().items()}
# Links are tried by their own tests, and so are imports and forms, whose token stands for the key.
LINKS = {name for name, operation in OPERATIONS.items() if operation["security"] == [{"link": []}]} | {
    "receipt_open", "form_send", "open_page_act", "import_create"}
SCOPES = sorted({scope for operation in OPERATIONS.values() for need in operation["security"] for scope in need.get("bearer", [])})
# The browser alone may keep it, so that who goes back finds the same form; nobody's words are in it.
KEPT_BY_BROWSERS = {"form_page", "open_page"}
# What is erased answers no repeat, and has forgotten what it was asked.
ERASURES = {"receipt_erase", "feedback_erase"}
SENT_AT_ONCE = 8


def with_parameter(name):
    return [key for key, operation in OPERATIONS.items()
            if key not in LINKS and name in {parameter["name"] for parameter in operation["parameters"]}]


REPEATABLE = sorted(set(with_parameter("Idempotency-Key")) - ERASURES)


@pytest.fixture(scope="module")
def ruled(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("ruled")) as world:
        world.keys["all"] = make_key(world.database, SCOPES)
        world.api.start()
        yield world


@pytest.fixture
def things(ruled):
    """For one test, which may change them."""
    return Things(ruled, "ward", ruled.keys["all"])


@pytest.fixture(scope="module")
def kept(ruled):
    """For tests that change nothing."""
    return Things(ruled, "ward", ruled.keys["all"]).make_all()


def client_for(world, name, things):
    """The one who may do it: the giver or a key with all scopes."""
    if OPERATIONS[name]["security"] == [{"receipt": []}]:
        return Client(world.api, receipt=things.receipt)
    return Client(world.api, world.keys["all"])


@pytest.mark.parametrize("name", with_parameter("If-Match"))
@pytest.mark.parametrize("etag, status", [
    (None, 428), ('"999"', 412), ("1", 400), ('"one"', 412), ('""', 412), ('W/"1"', 412), ('"99999999999999999999"', 412)])
def test_a_change_needs_the_version_that_it_changes(ruled, kept, name, etag, status):
    operation = OPERATIONS[name]
    plain = {**operation, "parameters": [entry for entry in operation["parameters"] if entry["name"] != "If-Match"]}
    ask(client_for(ruled, name, kept), plain, ROWS[name], kept, etag=etag, expect=status)


@pytest.mark.parametrize("name", REPEATABLE)
def test_a_repeat_has_one_effect_and_the_same_answer(ruled, things, name):
    client, key = client_for(ruled, name, things), str(uuid.uuid4())
    body = ROWS[name].body(things) if ROWS[name].body else None
    first = post(client, name, things, body, key)
    assert first.status_code in (200, 201), first.text
    before = fingerprint(ruled)
    for spelling in (key, f'"{key}"'):
        again = post(client, name, things, body, spelling)
        assert again.status_code == first.status_code, again.text
        assert again.headers.get("Idempotent-Replayed") == "true"
        assert again.json() == first.json()
    assert "Idempotent-Replayed" not in first.headers
    assert fingerprint(ruled) == before


@pytest.mark.parametrize("name", [name for name in REPEATABLE if ROWS[name].body])
def test_a_key_with_another_body_is_refused(ruled, things, name):
    client, key = client_for(ruled, name, things), str(uuid.uuid4())
    body = ROWS[name].body(things)
    assert post(client, name, things, body, key).status_code in (200, 201)
    before = fingerprint(ruled)
    raw = json.dumps(body, indent=3).encode()
    response = post(client, name, things, None, key, raw=raw)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert fingerprint(ruled) == before


@pytest.mark.parametrize("name", REPEATABLE)
def test_repeats_at_the_same_time_have_one_effect(ruled, things, name):
    key = str(uuid.uuid4())
    body = ROWS[name].body(things) if ROWS[name].body else None

    def send(_):
        return post(client_for(ruled, name, things), name, things, body, key)

    with ThreadPoolExecutor(SENT_AT_ONCE) as pool:
        answers = list(pool.map(send, range(SENT_AT_ONCE)))
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.parametrize("name", with_parameter("Idempotency-Key"))
@pytest.mark.parametrize("key", ["", "a b", "ä" * 30, "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(ruled, kept, name, key):
    body = ROWS[name].body(kept) if ROWS[name].body else None
    response = post(client_for(ruled, name, kept), name, kept, body, key.encode())
    assert response.status_code == 400, response.text


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation["method"] == "GET" and name not in LINKS])
class TestReading:
    def test_head_is_get_without_its_body(self, ruled, kept, name):
        got = ask(client_for(ruled, name, kept), OPERATIONS[name], ROWS[name], kept)
        head = ask(client_for(ruled, name, kept), {**OPERATIONS[name], "method": "HEAD"}, ROWS[name], kept)
        own = {"Date", "X-Request-Id"}
        assert head.status_code == got.status_code
        assert {**head.headers, **dict.fromkeys(own)} == {**got.headers, **dict.fromkeys(own)}

    def test_what_has_a_version_is_not_sent_again(self, ruled, kept, name):
        client = client_for(ruled, name, kept)
        first = ask(client, OPERATIONS[name], ROWS[name], kept, expect=200)
        etag = first.headers.get("ETag")
        wanted = 304 if etag else 200
        for sent in (etag or '"1"', f'"x", {etag or "*"}', "*"):
            again = ask(client, OPERATIONS[name], ROWS[name], kept, headers={"If-None-Match": sent})
            assert again.status_code == wanted
            assert again.headers.get("ETag") == etag
        ask(client, OPERATIONS[name], ROWS[name], kept, headers={"If-None-Match": '"another"'}, expect=200)

    def test_options_tells_what_is_known_there(self, ruled, kept, name):
        response = ask(Client(ruled.api), {**OPERATIONS[name], "method": "OPTIONS"}, ROWS[name], kept)
        known = {operation["method"] for operation in OPERATIONS.values() if operation["path"] == OPERATIONS[name]["path"]}
        assert response.status_code == 204
        assert {word.strip() for word in response.headers["Allow"].split(",")} == known | {"HEAD", "OPTIONS"}

    def test_what_is_personal_is_stored_nowhere(self, ruled, kept, name):
        response = ask(client_for(ruled, name, kept), OPERATIONS[name], ROWS[name], kept, expect=200)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if OPERATIONS[name].get("x-public"):
            assert "no-store" not in response.headers["Cache-Control"]
        elif name in KEPT_BY_BROWSERS:
            assert response.headers["Cache-Control"] == "private, max-age=0"
        else:
            assert response.headers["Cache-Control"] == "no-store"


def post(client, name, things, body, key, raw=None):
    etag = "*" if name in with_parameter("If-Match") else None
    return client.post(path_of(OPERATIONS[name], ROWS[name], things), body, raw=raw, idempotency=key, etag=etag)


def fingerprint(world):
    return world.database.rows(
        "SELECT (SELECT (count(*), sum(version)) FROM feedback)::text, (SELECT (count(*), sum(version)) FROM change)::text,"
        " (SELECT (count(*), sum(version)) FROM unit)::text, (SELECT (count(*), sum(version)) FROM service)::text,"
        " (SELECT (count(*), sum(version)) FROM api_key)::text, (SELECT count(*) FROM message), (SELECT count(*) FROM step),"
        " (SELECT count(*) FROM change_source), (SELECT count(*) FROM change_publication), (SELECT count(*) FROM event),"
        " (SELECT count(*) FROM job), (SELECT (count(*), sum(version)) FROM session)::text")
