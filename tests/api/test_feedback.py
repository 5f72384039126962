"""
A voice over HTTP: brought in, found, handled, answered.
"""

import uuid

import pytest

from support.words import index


def body(world, **members):
    return {"unit_id": world.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi", **members}


def submit(world, **members):
    """A new case: what the reply says of it."""
    return world.client("submit").post("/v1/feedback", body(world, **members), expect=201).json()


def move(world, case, to, role="handler", **members):
    return world.client(role).post(f"/v1/feedback/{case}/transitions", {"to": to, **members}, etag="*")


def test_a_voice_is_a_case_that_staff_read_word_for_word(world):
    text = "”Hyvä” \\ \"hoito\" 😀\n\tä ö å \u2028"
    made = world.client("submit").post("/v1/feedback", body(world, text=text), expect=201)
    case = made.json()
    assert made.headers["Location"] == f"/v1/feedback/{case['id']}" and made.headers["ETag"] == '"1"'
    assert uuid.UUID(case["id"]).version == 4 and case["receipt_code"]
    shown = world.client("handler").get(made.headers["Location"], expect=200)
    assert shown.json()["text"] == text and shown.headers["ETag"] == '"1"'
    assert "receipt_code" not in shown.json()


def test_a_repeated_post_makes_one_case_and_shows_the_same_receipt(world):
    client, key = world.client("submit"), str(uuid.uuid4())
    first = client.post("/v1/feedback", body(world), idempotency=key, expect=201)
    again = client.post("/v1/feedback", body(world), idempotency=key, expect=201)
    assert first.json() == again.json() and "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    client.post("/v1/feedback", body(world, text="Toinen"), idempotency=key, expect=422, problem="idempotency_key_reused")


def test_a_unit_that_is_not_there_is_named_by_its_place(world):
    problem = world.client("submit").post("/v1/feedback", body(world, unit_id=str(uuid.uuid4())), expect=422).json()
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("unknown_reference", "/unit_id")


def test_contact_data_reaches_no_reply(world):
    made = world.client("submit").post("/v1/feedback", body(world, contact={"email": "antaja@example.org"}, wants_news=True), expect=201)
    shown = world.client("handler").get(f"/v1/feedback/{made.json()['id']}", expect=200)
    assert "example.org" not in made.text + shown.text
    sealed = world.database.rows("SELECT sealed, wants_news FROM contact WHERE feedback_id = %s::uuid", made.json()["id"])
    assert b"example.org" not in bytes(sealed[0][0]) and sealed[0][1] is True


def test_a_list_leads_from_page_to_page(world):
    unit = world.database.value("INSERT INTO unit (id, parent_id, name) VALUES (gen_random_uuid(), %s::uuid, '{\"fi\": \"U\"}')"
                                " RETURNING id::text", world.units["ward"])
    made = {submit(world, unit_id=unit, kind=("idea", "thanks")[n % 2])["id"] for n in range(5)}
    client, found = world.client("handler"), []
    page = client.get(f"/v1/feedback?unit_id={unit}&limit=2", expect=200)
    while True:
        found += [item["id"] for item in page.json()["items"]]
        if page.json()["next_cursor"] is None:
            break
        page = client.get(page.links["next"]["url"], expect=200)
    assert len(found) == 5 and set(found) == made
    assert len(client.get(f"/v1/feedback?unit_id={unit}&kind=idea", expect=200).json()["items"]) == 3
    assert len(client.get(f"/v1/feedback?unit_id={unit}&kind=idea,thanks&state=received", expect=200).json()["items"]) == 5
    client.get("/v1/feedback?kind=rant", expect=400, problem="bad_parameter")


def test_a_search_finds_what_was_indexed(world):
    case = submit(world, text="Lääkäreiden kiireessä unohduin")["id"]
    index(world.database)
    found = world.client("handler").get("/v1/feedback/search", params={"text": "lääkärit"}, expect=200).json()
    assert [item["id"] for item in found["items"]] == [case] and (found["order"], found["matches"]) == ("rank", 1)
    assert found["items"][0]["snippet"] == [{"text": "Lääkäreiden", "hit": True}, {"text": " kiireessä unohduin", "hit": False}]
    nothing = world.client("handler").get("/v1/feedback/search", params={"text": "!?"}, expect=200).json()
    assert nothing == {"items": [], "next_cursor": None, "order": None, "matches": None}


def test_a_patch_needs_the_version_that_it_changes(world):
    client, path = world.client("handler"), f"/v1/feedback/{submit(world)['id']}"
    client.patch(path, {"severity": 3}, expect=428, problem="if_match_required")
    changed = client.patch(path, {"severity": 3, "handler_ref": "hoitaja-7"}, etag='"1"', expect=200)
    assert changed.headers["ETag"] == '"2"' and changed.json() == client.get(path, expect=200).json()
    client.patch(path, {"severity": None}, etag='"1"', expect=412, problem="stale_version")
    assert client.patch(path, {"severity": None}, etag='"2"', expect=200).json()["severity"] is None
    client.get(path, headers={"If-None-Match": '"3"'}, expect=304)


def test_an_illegal_step_names_the_legal_ones(world):
    case = submit(world)["id"]
    refused = move(world, case, "waiting_giver")
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    assert refused.json()["legal"] == ["answered", "closed", "duplicate", "in_progress", "referred"]
    assert move(world, case, "removed", reason="Nimiä.").status_code == 409
    assert move(world, case, "removed", "coordinator", reason="Nimiä.").status_code == 200
    assert world.client("handler").get(f"/v1/feedback/{case}", expect=200).json()["text"] is None


def test_a_repeated_step_is_made_once_and_is_no_stale_one(world):
    case, key = submit(world)["id"], str(uuid.uuid4())
    client, path = world.client("handler"), f"/v1/feedback/{case}/transitions"
    for replayed in (None, "true"):
        reply = client.post(path, {"to": "answered", "text": "Pahoittelemme."}, etag='"1"', idempotency=key, expect=200)
        assert (reply.json()["state"], reply.headers["ETag"], reply.headers.get("Idempotent-Replayed")) == (
            "answered", '"2"', replayed)
    assert len(client.get(f"/v1/feedback/{case}/messages", expect=200).json()["items"]) == 1


@pytest.mark.parametrize("to, members, code, pointer", [
    ("answered", {}, "answer_required", "/text"),
    ("closed", {}, "outcome_required", "/outcome"),
    ("closed", {"outcome": "no_change"}, "reason_required", "/reason"),
])
def test_what_a_step_lacks_is_named_by_its_place(world, to, members, code, pointer):
    problem = move(world, submit(world)["id"], to, **members)
    assert problem.status_code == 422
    assert (problem.json()["code"], problem.json()["errors"][0]["pointer"]) == (code, pointer)


def test_events_tell_what_happened_to_a_case(world):
    case = submit(world)["id"]
    world.client("handler").post(f"/v1/feedback/{case}/messages", {"text": "Milloin?", "kind": "question"}, expect=201)
    move(world, case, "closed", outcome="information")
    events = world.client("handler").get(f"/v1/feedback/{case}/events", expect=200).json()["items"]
    assert [event["type"] for event in events] == ["feedback.received", "feedback.message", "feedback.closed"]


def test_another_unit_s_case_does_not_exist(world):
    case = submit(world)["id"]
    other = world.client(None)
    other.session.headers["Authorization"] = "Bearer " + world.new_key(["feedback:read", "feedback:handle"], ["social"])
    for path in ("", "/messages", "/events"):
        other.get(f"/v1/feedback/{case}{path}", expect=404, problem="not_found")
    other.post(f"/v1/feedback/{case}/transitions", {"to": "in_progress"}, etag="*", expect=404, problem="not_found")
    other.post(f"/v1/feedback/{case}/messages", {"text": "Hei"}, expect=404, problem="not_found")
    other.patch(f"/v1/feedback/{case}", {"severity": 1}, etag="*", expect=404, problem="not_found")
    assert case not in [item["id"] for item in other.get("/v1/feedback", expect=200).json()["items"]]
