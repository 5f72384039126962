"""
Units, services and keys over HTTP.
"""

import uuid


def test_a_unit_is_made_read_changed_and_closed(world):
    admin = world.client("admin")
    made = admin.post("/v1/units", {"parent_id": world.units["ward"], "oid": f"1.2.{uuid.uuid4().int}", "name": {"fi": "Huone"},
                                    "mailboxes": {"handler": "huone@example.org"}}, expect=201)
    path = made.headers["Location"]
    assert made.json() == admin.get(path, expect=200).json() and made.json()["path"][-2] == world.units["ward"]
    changed = admin.patch(path, {"name": {"sv": "Rum", "fi": None}, "mailboxes": {"handler": None}}, etag='"1"', expect=200)
    assert (changed.json()["name"], changed.json()["mailboxes"]) == ({"sv": "Rum"}, {})
    admin.patch(path, {"name": {"sv": None}}, etag='"2"', expect=422, problem="name_required")
    admin.patch(path, {"closed_on": "2020-01-01"}, etag='"2"', expect=200)
    voice = {"unit_id": made.json()["id"], "kind": "idea", "text": "Hei", "channel": "web", "lang": "fi"}
    world.client("submit").post("/v1/feedback", voice, expect=422, problem="unknown_reference")


def test_an_oid_that_is_taken_is_refused_with_its_place(world):
    oid = f"1.2.{uuid.uuid4().int}"
    world.client("admin").post("/v1/units", {"oid": oid, "name": {"fi": "A"}}, expect=201)
    problem = world.client("admin").post("/v1/units", {"oid": oid, "name": {"fi": "B"}}, expect=409).json()
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("unit_oid_is_unique", "/oid")


def test_whoever_submits_sees_units_without_mailboxes(world):
    shown = world.client("submit").get(f"/v1/units/{world.units['county']}", expect=200).json()
    assert (shown["name"]["sv"], shown["mailboxes"]) == ("Välfärdsområde", None)
    assert world.client("admin").get(f"/v1/units/{world.units['county']}", expect=200).json()["mailboxes"]["handler"]
    world.client("submit").post("/v1/units", {"name": {"fi": "A"}}, expect=403, problem="forbidden")


def test_a_service_is_made_found_by_unit_and_changed(world):
    admin = world.client("admin")
    made = admin.post("/v1/services", {"unit_id": world.units["social"], "name": {"fi": "Neuvonta"}}, expect=201)
    listed = admin.get(f"/v1/services?unit_id={world.units['social']}", expect=200).json()["items"]
    assert made.json() in listed
    moved = admin.patch(made.headers["Location"], {"unit_id": world.units["office"]}, etag=made.headers["ETag"], expect=200)
    assert moved.json()["unit_id"] == world.units["office"]


def test_a_new_key_works_until_it_is_revoked(world):
    admin = world.client("admin")
    made = admin.post("/v1/api-keys", {"name": "Kioski", "scopes": ["feedback:submit"], "unit_ids": [world.units["ward"]]}, expect=201)
    key = made.json()["key"]
    world.wait_for_keys()
    assert world.knows(key)
    assert key not in admin.get(made.headers["Location"], expect=200).text
    admin.delete(made.headers["Location"], expect=428, problem="if_match_required")
    admin.delete(made.headers["Location"], etag=made.headers["ETag"], expect=204)
    world.wait_for_keys()
    assert not world.knows(key)
    assert admin.get(made.headers["Location"], expect=200).json()["revoked_on"] is not None


def test_a_repeated_request_for_a_key_shows_the_same_key(world):
    key, body = str(uuid.uuid4()), {"name": "Kioski", "scopes": ["feedback:submit"]}
    first, again = (world.client("admin").post("/v1/api-keys", body, idempotency=key, expect=201) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"


def test_scopes_that_nobody_knows_are_refused(world):
    world.client("admin").post("/v1/api-keys", {"name": "A", "scopes": ["everything"]}, expect=422, problem="contract_violation")
    world.client("admin").post("/v1/api-keys", {"name": "A", "scopes": []}, expect=422, problem="contract_violation")


def test_lists_of_units_and_keys_lead_from_page_to_page(world):
    admin = world.client("admin")
    for path in ("/v1/units", "/v1/api-keys"):
        whole = [item["id"] for item in admin.get(path, expect=200).json()["items"]]
        found, page = [], admin.get(path + "?limit=2", expect=200)
        found += [item["id"] for item in page.json()["items"]]
        while page.json()["next_cursor"]:
            page = admin.get(page.links["next"]["url"], expect=200)
            found += [item["id"] for item in page.json()["items"]]
        assert found == whole and len(found) > 2
