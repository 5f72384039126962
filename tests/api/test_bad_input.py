"""
What a caller sends wrongly gets a clear problem document and changes nothing.
"""

import json

import pytest

from support.client import problem_pointers

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def voice(world, **changes):
    body = {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"}
    body.update(changes)
    return {name: value for name, value in body.items() if value is not ...}


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.fixture
def nothing_changes(world):
    """The tables before and after the test are the same."""
    def counts():
        return [world.database.value(f"SELECT count(*) FROM {table}") for table in ("feedback", "feedback_text", "contact", "event", "job")]
    before = counts()
    yield
    assert counts() == before


NOT_READ = {
    "nothing": (b"", 400),
    "not JSON": (b"{", 400),
    "two values": (b"{} {}", 400),
    "a trailing comma": (b'{"kind": "concern",}', 400),
    "a comment": (b'/* */ {"kind": "concern"}', 400),
    "a number with a leading zero": (b'{"kind": 01}', 400),
    "NaN": (b'{"kind": NaN}', 400),
    "a duplicate member": (b'{"kind": "concern", "kind": "thanks"}', 400),
    "bad UTF-8": (b'{"kind": "\xff\xfe"}', 400),
    "an overlong encoding": (b'{"kind": "\xc0\xaf"}', 400),
    "an encoded surrogate": (b'{"kind": "\xed\xa0\x80"}', 400),
    "half of an escaped surrogate pair": (b'{"kind": "\\ud800"}', 400),
    "UTF-16": ('{"kind": "concern"}'.encode("utf-16"), 400),
    "a NUL byte": (b'{"kind": "con\0cern"}', 400),
    "a raw line end in a string": (b'{"kind": "con\ncern"}', 400),
}


@pytest.mark.parametrize("what", NOT_READ)
def test_a_body_that_is_no_json_is_refused(world, nothing_changes, what):
    raw, status = NOT_READ[what]
    world.client("submit").post("/v1/feedback", raw=raw, expect=status)


@pytest.mark.parametrize("value", ["[]", "null", "true", "1", '"text"', nested(5)])
def test_a_body_that_is_no_object_is_refused(world, nothing_changes, value):
    world.client("submit").post("/v1/feedback", raw=value.encode(), expect=422)


def test_a_nul_character_in_a_text_is_refused(world, nothing_changes):
    world.client("submit").post("/v1/feedback", voice(world, text="a\0b"), expect=422, problem="json_nul")


WRONG_MEMBERS = {
    "a missing member": ({"kind": ...}, "/kind"),
    "an unknown member": ({"colour": "red"}, "/colour"),
    "an unknown member with a pointer's own characters": ({"a/b~c": 1}, ""),
    "a wrong type": ({"text": 5}, "/text"),
    "null where there is no null": ({"text": None}, "/text"),
    "a list for a text": ({"text": ["a"]}, "/text"),
    "a text for a truth value": ({"wants_answer": "true"}, "/wants_answer"),
    "a value outside of its list": ({"kind": "complaint"}, "/kind"),
    "a value in the wrong case": ({"kind": "Concern"}, "/kind"),
    "an empty text": ({"text": ""}, "/text"),
    "a text that is too long": ({"text": "ä" * 20001}, "/text"),
    "an id that is none": ({"unit_id": "osasto-3"}, "/unit_id"),
    "an id with braces": ({"unit_id": "{" + UNKNOWN_ID + "}"}, "/unit_id"),
    "an address without an at sign": ({"contact": {"email": "matti"}}, "/contact/email"),
    "an address with a line end": ({"contact": {"email": "a@example.org\r\nBcc: b@example.org"}}, "/contact/email"),
    "an address with a control character": ({"contact": {"email": "a\x07@example.org"}}, "/contact/email"),
    "an address that is too long": ({"contact": {"email": "a" * 250 + "@example.org"}}, "/contact/email"),
    "contact data without its address": ({"contact": {}}, "/contact/email"),
    "an unknown member inside": ({"contact": {"email": "a@example.org", "phone": "1"}}, "/contact/phone"),
}


@pytest.mark.parametrize("what", WRONG_MEMBERS)
def test_a_member_against_the_contract_is_refused_with_its_pointer(world, nothing_changes, what):
    changes, pointer = WRONG_MEMBERS[what]
    response = world.client("submit").post("/v1/feedback", voice(world, **changes), expect=422)
    assert problem_pointers(response) == [pointer]


def test_all_mistakes_are_told_at_once(world, nothing_changes):
    body = voice(world, kind="complaint", text="a" * 20001, channel=5, colour="red", unit_id="x")
    response = world.client("submit").post("/v1/feedback", body, expect=422)
    assert problem_pointers(response) == ["/channel", "/colour", "/kind", "/text", "/unit_id"]


def test_what_was_sent_is_never_repeated_in_the_answer(world, nothing_changes):
    body = voice(world, kind="kanarialintu-1", unit_id="kanarialintu-2", contact={"email": "kanarialintu-3"})
    response = world.client("submit").post("/v1/feedback", body, expect=422)
    assert "kanarialintu" not in response.text


TEXTS = {
    "one character": "x",
    "as many letters as may be": "ä" * 20000,
    "controls": "\u0001\u001fx\u007f",
    "line ends of all kinds": "a\r\nb\nc\u2028d",
    "invisible characters": "\ufeff\u200b\u202ex",
    "emoji": "👩‍👩‍👧 kiitos 😀",
    "unassigned and private characters": "\U0010ffff\ue000\ufffe",
    "SQL": "'); DROP TABLE feedback; --",
    "escapes": '"\\/\\u0041',
    "blanks": "  x\u00a0 ",
}


@pytest.mark.parametrize("what", TEXTS)
def test_any_text_is_kept_as_it_is(world, what):
    made = world.client("submit").post("/v1/feedback", voice(world, text=TEXTS[what]), expect=201).json()
    kept = world.database.value("SELECT original FROM feedback_text WHERE feedback_id = %s::uuid", made["id"])
    assert kept == TEXTS[what]


@pytest.mark.parametrize("depth, status", [(31, 422), (32, 422), (33, 400), (5000, 400), (30000, 400)])
def test_a_body_that_is_too_deep_is_refused(world, nothing_changes, depth, status):
    response = world.client("submit").post("/v1/feedback", raw=nested(depth).encode(), expect=status)
    if status == 400:
        assert response.json()["code"] == "json_too_deep"


def test_a_body_with_too_many_values_is_refused(world, nothing_changes):
    raw = json.dumps([0] * 6000).encode()
    world.client("submit").post("/v1/feedback", raw=raw, expect=400, problem="json_too_large")


@pytest.mark.parametrize("length, status", [(65536, 201), (65537, 413)])
def test_a_body_is_taken_up_to_its_limit_and_not_above(world, length, status):
    raw = json.dumps(voice(world)).encode()
    raw += b" " * (length - len(raw))
    world.client("submit").post("/v1/feedback", raw=raw, expect=status)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/merge-patch+json", "multipart/form-data"])
def test_another_media_type_is_refused(world, nothing_changes, content_type):
    raw = json.dumps(voice(world)).encode()
    world.client("submit").post("/v1/feedback", raw=raw, content_type=content_type, expect=415)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_media_type_may_be_written_in_other_ways(world, content_type):
    raw = json.dumps(voice(world)).encode()
    world.client("submit").post("/v1/feedback", raw=raw, content_type=content_type, expect=201)


@pytest.mark.parametrize("unit, service, pointer", [
    (UNKNOWN_ID, None, "/unit_id"),
    ("ward", UNKNOWN_ID, "/service_id"),
])
def test_a_reference_to_what_is_not_there_is_refused_with_its_pointer(world, nothing_changes, unit, service, pointer):
    body = voice(world, unit_id=world.units.get(unit, unit))
    if service:
        body["service_id"] = world.services.get(service, service)
    response = world.client("submit").post("/v1/feedback", body, expect=422, problem="unknown_reference")
    assert problem_pointers(response) == [pointer]


def test_the_others_in_the_batch_of_a_bad_reference_succeed(world):
    from concurrent.futures import ThreadPoolExecutor

    def send(number):
        unit = UNKNOWN_ID if number % 10 == 0 else world.units["ward"]
        return number, world.client("submit").post("/v1/feedback", voice(world, unit_id=unit)).status_code

    with ThreadPoolExecutor(32) as pool:
        answers = dict(pool.map(send, range(200)))
    assert {number for number, status in answers.items() if status == 422} == set(range(0, 200, 10))
    assert {status for number, status in answers.items() if number % 10} == {201}


WRONG_PARAMETERS = {
    "a limit of 0": ("limit=0", "limit"),
    "a limit that is too large": ("limit=201", "limit"),
    "a limit that is no number": ("limit=ten", "limit"),
    "a limit with a sign": ("limit=%2B5", "limit"),
    "an unknown parameter": ("colour=red", "colour"),
    "the same parameter twice": ("limit=5&limit=6", "limit"),
    "a cursor of one's own making": ("cursor=abc", "cursor"),
    "an id that is none": ("unit_id=5", "unit_id"),
    "a day that is none": ("received_from=2026-02-30", "received_from"),
    "a date that is a time": ("received_from=2026-02-01T00:00:00Z", "received_from"),
    "a kind that is none": ("kind=concern,complaint", "kind"),
    "a truth value that is none": ("overdue=yes", "overdue"),
    "bad percent coding": ("unit_id=%zz", "unit_id"),
    "bad UTF-8": ("kind=%ff", "kind"),
    "a NUL": ("kind=%00", "kind"),
}


@pytest.mark.parametrize("what", WRONG_PARAMETERS)
def test_a_parameter_against_the_contract_is_refused_with_its_name(world, what):
    query, name = WRONG_PARAMETERS[what]
    response = world.client("coordinator").get(f"/v1/feedback?{query}", expect=400)
    assert name in problem_pointers(response) or response.json()["code"] in ("bad_cursor", "bad_target")


@pytest.mark.parametrize("query", ["limit=1", "limit=200", "kind=concern,thanks&state=received", "overdue=true", "received_to=2026-01-31"])
def test_parameters_at_their_limits_are_taken(world, query):
    world.client("coordinator").get(f"/v1/feedback?{query}", expect=200)


@pytest.mark.parametrize("path", ["/v1/feedback/not-an-id", f"/v1/feedback/{UNKNOWN_ID}", f"/v1/feedback/{UNKNOWN_ID}/messages",
                                  "/v1/feedback/", "/v1", "/v2/feedback", "/v1/Feedback"])
def test_what_is_not_there_is_not_found(world, path):
    world.client("coordinator").get(path, expect=404)


@pytest.mark.parametrize("method, path", [("DELETE", "/v1/feedback"), ("PUT", "/v1/feedback"), ("PATCH", "/v1/feedback"),
                                          ("POST", f"/v1/feedback/{UNKNOWN_ID}"), ("DELETE", f"/v1/feedback/{UNKNOWN_ID}")])
def test_a_method_that_is_not_known_there_is_told_the_known_ones(world, nothing_changes, method, path):
    response = world.client("coordinator").request(method, path, expect=405)
    allowed = {name.strip() for name in response.headers["Allow"].split(",")}
    assert "GET" in allowed and "HEAD" in allowed and "OPTIONS" in allowed and method not in allowed


@pytest.mark.parametrize("language, said", [
    ("fi", {"/kind": "pitää olla jokin näistä: ", "/text": "merkkejä saa olla enintään 20000", "/unit_id": "puuttuu", "/who": "ei ole tunnettu kenttä"}),
    ("sv", {"/kind": "ska vara något av dessa: ", "/text": "får ha högst 20000 tecken", "/unit_id": "saknas", "/who": "är inget känt fält"}),
    ("en", {"/kind": "must be one of: ", "/text": "must have at most 20000 characters", "/unit_id": "is required", "/who": "is not known here"})])
def test_each_error_is_told_in_the_callers_language(world, nothing_changes, language, said):
    client = world.client("submit", language=language)
    reply = client.post("/v1/feedback", voice(world, kind="joy", text="x" * 20001, unit_id=..., who="me"), expect=422)
    details = {error["pointer"]: error["detail"] for error in reply.json()["errors"]}
    assert details.keys() == said.keys() and all(details[pointer].startswith(words) for pointer, words in said.items())
    assert reply.headers["Content-Language"] == language
    reply = world.client("handler", language=language).get("/v1/feedback?limit=0&colour=red", expect=400)
    assert {error["parameter"] for error in reply.json()["errors"]} == {"limit", "colour"}
    assert [error["detail"] for error in reply.json()["errors"] if error["parameter"] == "colour"] == [
        {"fi": "ei ole tunnettu parametri", "sv": "är ingen känd parameter", "en": "is not known here"}[language]]
