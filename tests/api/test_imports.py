"""
POST /v1/imports: many voices from one file, line by line, resumable, in constant memory.
"""

import json
import uuid

import pytest

from support.imports import CSV, NDJSON, as_csv, comments, line, ndjson, send

FORMS = {"ndjson": (NDJSON, ndjson), "csv": (CSV, as_csv)}
MANY = 1700  # more than three batches
BODY_BYTES = 65536
RESULTS_MOST = 10000


@pytest.fixture(params=FORMS)
def form(request):
    return FORMS[request.param]


def texts_of(world, source):
    """The texts of the cases with these ids."""
    return dict(world.database.rows(
        "SELECT feedback_id::text, original FROM feedback_text WHERE feedback_id = ANY (%s::uuid[])", list(source)))


def count(world):
    return world.database.value("SELECT count(*) FROM feedback")


def test_every_line_becomes_a_case_like_that_of_a_single_post(world, form):
    kind, write = form
    texts = [f"Ääni {number}: \"lainaus\", pilkku\r\nja rivi" for number in range(MANY)]
    before = count(world)
    done = send(world.client("submit"), write([line(world, text) for text in texts]), kind=kind)
    assert (done["lines"], done["created"], done["replayed"], done["refused"]) == (MANY, MANY, 0, 0)
    assert done["state"] == "finished" and done["refusals"] == [] and "results" not in done
    assert count(world) == before + MANY
    kept = world.database.rows("SELECT original FROM feedback_text WHERE original LIKE 'Ääni %%: \"lain%%'")
    assert {text for text, in kept} >= set(texts)


def test_a_file_sent_again_makes_nothing_twice(world, form):
    kind, write = form
    body, key = write([line(world, f"Kerran {number}") for number in range(MANY)]), str(uuid.uuid4())
    first = send(world.client("submit"), body, kind=kind, key=key)
    before = count(world)
    second = send(world.client("submit"), body, kind=kind, key=key)
    assert second["id"] == first["id"]
    assert (second["created"], second["replayed"]) == (0, MANY)
    assert count(world) == before


def test_the_same_file_with_another_key_or_caller_is_another_file(world):
    body, key = ndjson([line(world, "Toisen tiedosto")]), str(uuid.uuid4())
    ids = {send(world.client("submit"), body, key=key)["id"], send(world.client("submit"), body)["id"]}
    world.keys["other"] = world.new_key(["feedback:submit"])
    other = send(world.client("other"), body, key=key)
    assert other["created"] == 1
    assert len(ids | {other["id"]}) == 3


def test_a_line_is_known_by_its_source_ref_wherever_it_stands(world, form):
    kind, write = form
    lines = [line(world, f"Viite {number}", source_ref=f"A-{number}") for number in range(10)]
    key = str(uuid.uuid4())
    send(world.client("submit"), write(lines), kind=kind, key=key)
    done = send(world.client("submit"), write([line(world, "Uusi", source_ref="B"), *reversed(lines)]), kind=kind, key=key)
    assert (done["created"], done["replayed"], done["refused"]) == (1, 10, 0)


def test_a_line_that_changed_under_its_source_ref_is_refused(world):
    key = str(uuid.uuid4())
    send(world.client("submit"), ndjson([line(world, "Ensin", source_ref="A")]), key=key)
    done = send(world.client("submit"), ndjson([line(world, "Sitten", source_ref="A")]), key=key)
    assert [each["problem"]["code"] for each in done["refusals"]] == ["idempotency_key_reused"]


def test_one_in_a_hundred_lines_is_bad_and_the_others_go_in(world, form):
    kind, write = form
    lines = [line(world, f"Sadasta {number}", kind="rant") if number % 100 == 50 else line(world, f"Sadasta {number}")
             for number in range(MANY)]
    done = send(world.client("submit"), write(lines), kind=kind)
    assert (done["created"], done["refused"]) == (MANY - 17, 17)
    # The header of CSV is a line.
    first = 51 + (kind == CSV)
    problem = {"code": "contract_violation", "errors": [{"pointer": "/kind", "code": "not_in_enum"}]}
    expected = [{"line": first + 100 * number, "status": "refused", "problem": problem} for number in range(17)]
    assert done["refusals"] == expected
    assert world.client("submit").all_items(f"/v1/imports/{done['id']}/refusals", limit=5) == expected


BAD_LINES = {
    "not JSON": (b"{", "not_json", []),
    "no object": (b"[]", "contract_violation", [("", "wrong_type")]),
    "not UTF-8": (b'{"text": "\xff"}', "not_utf8", []),
    "a member twice": (b'{"kind": "idea", "kind": "idea"}', "duplicate_member", []),
    "NUL": (b'{"text": "a\\u0000"}', "json_nul", []),
    "too deep": (b"[" * 100 + b"]" * 100, "json_too_deep", []),
    "a source_ref that is no text": (b'{"source_ref": 1}', "contract_violation", [("/source_ref", "wrong_type")]),
    "an empty source_ref": (b'{"source_ref": ""}', "contract_violation", [("/source_ref", "too_short")]),
    "a long source_ref": (b'{"source_ref": "%s"}' % (b"a" * 201), "contract_violation", [("/source_ref", "too_long")]),
    "too long": (b'{"text": "%s"}' % (b"a" * BODY_BYTES), "line_too_long", []),
}


@pytest.mark.parametrize("bad, code, errors", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_with_what_is_wrong_and_costs_itself_alone(world, bad, code, errors):
    good = ndjson([line(world, "Hyvä rivi")])
    done = send(world.client("submit"), good + b"\n" + bad + b"\r\n" + good)
    assert (done["created"], done["refused"]) == (2, 1)
    refusal, = done["refusals"]
    assert refusal["line"] == 3 and refusal["problem"]["code"] == code
    assert [(error["pointer"], error["code"]) for error in refusal["problem"]["errors"]] == errors


def test_a_unit_that_does_not_exist_costs_its_line_alone(world):
    lines = [line(world, "Oma"), {**line(world), "unit_id": str(uuid.uuid4())}, line(world, "Toinen")]
    done = send(world.client("submit"), ndjson(lines))
    assert done["created"] == 2
    assert done["refusals"] == [{"line": 2, "status": "refused", "problem": {
        "code": "unknown_reference", "errors": [{"pointer": "/unit_id", "code": "unknown_reference"}]}}]


def test_a_bad_line_does_not_tell_what_was_written(world):
    done = send(world.client("submit"), ndjson([line(world, "kanarialintu " * 2000)]))
    assert done["refused"] == 1
    assert "kanarialintu" not in json.dumps(done)


def test_a_large_number_of_bad_lines_is_counted_and_the_first_are_shown(world):
    done = send(world.client("submit"), b"{}\n" * MANY)
    assert done["refused"] == MANY and [each["line"] for each in done["refusals"]] == list(range(1, 101))
    stored = world.client("submit").all_items(f"/v1/imports/{done['id']}/refusals", limit=200)
    assert [each["line"] for each in stored] == list(range(1, MANY + 1))


def test_results_with_receipts_come_when_they_are_asked_for(world, form):
    kind, write = form
    lines = [line(world, f"Kuitti {number}", **({"kind": "rant"} if number == 700 else {})) for number in range(1200)]
    key = str(uuid.uuid4())
    done = send(world.client("submit"), write(lines), kind=kind, key=key, params={"receipts": "true"})
    first = 1 + (kind == CSV)
    assert [each["line"] for each in done["results"]] == list(range(first, first + 1200))
    assert done["results"][700]["problem"]["code"] == "contract_violation"
    made = [each for each in done["results"] if each["status"] == "created"]
    assert len(made) == 1199
    assert texts_of(world, [made[0]["id"]])[made[0]["id"]] == "Kuitti 0"
    assert world.giver(made[-1]["receipt_code"]).get("/v1/receipt", expect=200).json()["state"] == "received"
    again = send(world.client("submit"), write(lines), kind=kind, key=key, params={"receipts": "true"})
    assert [each.get("receipt_code") for each in again["results"]] == [each.get("receipt_code") for each in done["results"]]


def test_results_are_for_no_more_lines_than_a_reply_can_hold(world):
    body = b"{}\n" * RESULTS_MOST
    assert len(send(world.client("submit"), body, params={"receipts": "true"})["results"]) == RESULTS_MOST
    send(world.client("submit"), body + b"{}\n", params={"receipts": "true"}, problem="import_too_long", expect=422)


def test_contact_data_of_lines_is_sealed_and_nowhere_else(world, form):
    kind, write = form
    contact = {"contact.email": "kanaria@example.org"} if kind == CSV else {"contact": {"email": "kanaria@example.org"}}
    done = send(world.client("submit"), write([line(world, "Yhteys", wants_news="true" if kind == CSV else True, **contact)]),
                kind=kind, params={"receipts": "true"})
    sealed, news = world.database.rows("SELECT sealed, wants_news FROM contact WHERE feedback_id = %s::uuid", done["results"][0]["id"])[0]
    assert news and b"kanaria" not in bytes(sealed)
    assert "kanaria" not in world.api.log_text()


def test_an_import_shows_how_far_it_is_to_the_key_that_made_it(world):
    done = send(world.client("submit"), ndjson([line(world, "Tila")]) + b"x\n")
    seen = world.client("submit").get(f"/v1/imports/{done['id']}", expect=200).json()
    assert seen == {"id": done["id"], "state": "finished", "lines": 2, "created": 1, "replayed": 0, "refused": 1,
                    "bytes": done["bytes"], "problem": None}
    world.keys["stranger"] = world.new_key(["feedback:submit"])
    world.client("stranger").get(f"/v1/imports/{done['id']}", expect=404)
    world.client("stranger").get(f"/v1/imports/{done['id']}/refusals", expect=404)


def test_the_counts_are_those_of_the_last_time_it_was_sent(world):
    key = str(uuid.uuid4())
    done = send(world.client("submit"), b"x\n" + ndjson([line(world, "Kahdesti")]), key=key)
    send(world.client("submit"), b"\n" + ndjson([line(world, "Kahdesti")]), key=key)
    seen = world.client("submit").get(f"/v1/imports/{done['id']}", expect=200).json()
    assert (seen["created"], seen["replayed"], seen["refused"]) == (0, 1, 0)
    assert world.client("submit").all_items(f"/v1/imports/{done['id']}/refusals") == []


def test_an_import_of_nothing_is_finished(world, form):
    done = send(world.client("submit"), b"", kind=form[0])
    assert (done["state"], done["lines"]) == ("finished", 0)


@pytest.mark.parametrize("kind, options, problem, status", [
    ("application/json", {}, "unsupported_media_type", 415),
    ("text/csv; charset=iso-8859-1", {}, "unsupported_media_type", 415),
    (NDJSON, {"params": {"receipts": "maybe"}}, "bad_parameter", 400),
], ids=["another type", "another charset", "a bad parameter"])
def test_what_is_no_import_is_refused_before_its_body(world, kind, options, problem, status):
    send(world.client("submit"), b"{}\n", kind=kind, problem=problem, expect=status, **options)


def test_an_import_needs_a_key(world):
    world.client("submit").post("/v1/imports", raw=b"{}\n", content_type=NDJSON, problem="idempotency_key_required", expect=400)


def test_real_comments_come_in_byte_for_byte(world, form):
    kind, write = form
    lines = [line(world, text, source_ref=f"{kind} {name}", lang="en") for name, text in dict(comments()).items()]
    key, before = str(uuid.uuid4()), count(world)
    for created in (True, False):
        done = send(world.client("submit"), write(lines), kind=kind, key=key, params={"receipts": "true"})
        good = sum(each["text"].strip() != "" for each in lines)
        assert (done["created"], done["replayed"], done["refused"]) == (good * created, good * (not created), len(lines) - good)
    assert count(world) == before + good
    kept = texts_of(world, [each["id"] for each in done["results"] if "id" in each])
    for each, result in zip(lines, done["results"]):
        assert kept.get(result.get("id"), "") == (each["text"] if each["text"].strip() else "")
