"""
Units, services and keys, and what the API asks for itself.
"""

import hashlib
import uuid

import pytest

ADMIN = "{admin}"


def make(county, resource, body, *, new_id=None, request_hash=b"\1" * 32, units=None):
    extra = {"secret_hash": hashlib.sha256(b"secret").digest()} if resource == "api_key" else {}
    return county.one(f"{resource}_create", new_id=new_id or uuid.uuid4(), body=body, request_hash=request_hash,
                      caller_units=units, **extra)


def patch(county, resource, thing, body, *, if_match=None, units=None):
    return county.one(f"{resource}_patch", id=thing, body=body, body_names=list(body), if_match=if_match, caller_units=units)


def unit(county, name, **values):
    return county.one("unit_get", id=county.units[name], caller_scopes=ADMIN, **values)


# ---- units ----


def test_a_unit_is_made_below_its_parent(county):
    row = make(county, "unit", {"parent_id": county.units["ward"], "oid": "1.2.246", "name": {"fi": "Huone", "sv": "Rum"},
                                "mailboxes": {"handler": "a@example.org"}})
    assert (row["_status"], row["_version"], row["_problem"]) == (201, 1, None)
    assert row["path"] == [county.units[name] for name in ("county", "hospital", "ward")] + [row["id"]]
    assert county.one("unit_get", id=row["id"], caller_scopes=ADMIN)["mailboxes"] == {"handler": "a@example.org"}


def test_mailboxes_are_shown_to_admin_alone(county):
    made = make(county, "unit", {"name": {"fi": "Juuri"}, "mailboxes": {"handler": "a@example.org"}})["id"]
    assert county.one("unit_get", id=made, caller_scopes="{feedback:read}")["mailboxes"] is None
    rows = county.run("unit_list", caller_scopes="{feedback:read}", limit_and_one=50)
    assert {row["mailboxes"] for row in rows} == {None}


@pytest.mark.parametrize("parent", ["social", None])
def test_a_limited_caller_makes_units_below_its_own_only(county, parent):
    body = {"name": {"fi": "Uusi"}, **({"parent_id": county.units[parent]} if parent else {})}
    row = make(county, "unit", body, units=county.limited("hospital"))
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/parent_id")
    assert make(county, "unit", {**body, "parent_id": county.units["ward"]}, units=county.limited("hospital"))["_problem"] is None


def test_an_oid_names_one_unit(county):
    make(county, "unit", {"name": {"fi": "A"}, "oid": "1.2.3"})
    row = make(county, "unit", {"name": {"fi": "B"}, "oid": "1.2.3"})
    assert (row["_problem"], row["_pointer"]) == ("unit_oid_is_unique", "/oid")
    row = patch(county, "unit", county.units["ward"], {"oid": "1.2.3"})
    assert (row["_problem"], row["_pointer"]) == ("unit_oid_is_unique", "/oid")


@pytest.mark.parametrize("resource", ["unit", "service", "api_key"])
def test_a_repetition_makes_nothing_new(county, resource):
    body = {"unit": {"name": {"fi": "A"}}, "service": {"unit_id": county.units["ward"], "name": {"fi": "A"}},
            "api_key": {"name": "A", "scopes": ["admin"]}}[resource]
    new_id = str(uuid.uuid4())
    first, again = (make(county, resource, body, new_id=new_id) for _ in range(2))
    assert (first["id"], first["_replayed"], again["id"], again["_replayed"]) == (new_id, False, new_id, True)
    other = make(county, resource, body, new_id=new_id, request_hash=b"\2" * 32)
    assert other["_problem"] == "idempotency_key_reused"


def test_a_moved_unit_takes_what_is_below_it_along(county):
    row = patch(county, "unit", county.units["hospital"], {"parent_id": county.units["social"]}, if_match=1)
    assert row["_problem"] is None
    assert unit(county, "ward")["path"] == [county.units[name] for name in ("county", "social", "hospital", "ward")]


def test_a_unit_does_not_move_below_itself(county):
    row = patch(county, "unit", county.units["hospital"], {"parent_id": county.units["ward"]})
    assert (row["_problem"], row["_pointer"]) == ("unit_is_not_under_itself", "/parent_id")


def test_a_limited_caller_moves_no_unit_out_of_its_own(county):
    row = patch(county, "unit", county.units["ward"], {"parent_id": county.units["social"]}, units=county.limited("hospital"))
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/parent_id")
    same = {"parent_id": county.units["county"], "name": {"sv": "Sjukhus"}}
    assert patch(county, "unit", county.units["hospital"], same, units=county.limited("hospital"))["_problem"] is None


def test_a_patch_of_a_name_sets_and_takes_away_languages(county):
    ward = county.units["ward"]
    assert patch(county, "unit", ward, {"name": {"sv": "Avdelning"}}, if_match=1)["name"] == {"fi": "ward", "sv": "Avdelning"}
    assert patch(county, "unit", ward, {"name": {"fi": None}}, if_match=2)["name"] == {"sv": "Avdelning"}
    row = patch(county, "unit", ward, {"name": {"sv": None}}, if_match=3)
    assert (row["_problem"], row["_pointer"]) == ("name_required", "/name")
    assert patch(county, "unit", ward, {"closed_on": "2026-01-01"}, if_match=1)["_problem"] == "stale_version"


def test_units_out_of_sight_do_not_exist(county):
    limited = county.limited("hospital")
    rows = county.run("unit_list", caller_scopes=ADMIN, caller_units=limited, limit_and_one=50)
    assert {row["id"] for row in rows} == {county.units["hospital"], county.units["ward"]}
    assert county.run("unit_get", id=county.units["social"], caller_scopes=ADMIN, caller_units=limited) == []
    assert county.run("unit_patch", id=county.units["social"], body={}, body_names=[], caller_units=limited) == []


def test_units_are_found_by_parent_and_oid_page_by_page(county):
    make(county, "unit", {"name": {"fi": "A"}, "oid": "1.2.3"})
    assert len(county.run("unit_list", caller_scopes=ADMIN, oid="1.2.3", limit_and_one=9)) == 1
    children = county.run("unit_list", caller_scopes=ADMIN, parent_id=county.units["county"], limit_and_one=9)
    assert [row["id"] for row in children] == sorted([county.units["hospital"], county.units["social"]])
    after = county.run("unit_list", caller_scopes=ADMIN, parent_id=county.units["county"], limit_and_one=9,
                       after_id=children[0]["id"])
    assert [row["id"] for row in after] == [children[1]["id"]]


# ---- services ----


def test_a_service_belongs_to_a_unit_that_the_caller_sees(county):
    body = {"unit_id": county.units["social"], "name": {"fi": "Neuvonta"}}
    made = make(county, "service", body)
    assert (made["_problem"], made["_version"]) == (None, 1)
    row = make(county, "service", body, units=county.limited("hospital"))
    assert (row["_problem"], row["_pointer"], row["id"]) == ("unknown_reference", "/unit_id", None)
    row = patch(county, "service", county.service, {"unit_id": county.units["social"]}, units=county.limited("hospital"))
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/unit_id")
    assert county.run("service_get", id=made["id"], caller_units=county.limited("hospital")) == []
    rows = county.run("service_list", unit_id=county.units["hospital"], limit_and_one=9)
    assert [row["id"] for row in rows] == [county.service]


def test_a_patch_of_a_service_changes_what_it_names(county):
    row = patch(county, "service", county.service, {"closed_on": "2026-01-01", "name": {"en": "Reception"}}, if_match=1)
    assert (str(row["closed_on"]), row["name"]) == ("2026-01-01", {"fi": "Vastaanotto", "en": "Reception"})
    assert patch(county, "service", county.service, {"closed_on": None}, if_match=2)["closed_on"] is None
    assert patch(county, "service", county.service, {"name": {"fi": None, "en": None}})["_problem"] == "name_required"


# ---- keys ----


def loaded(county):
    return {row["id"]: row for row in county.run("api_keys_load")}


def test_a_new_key_is_loaded_with_its_hash_scopes_and_units(county):
    before = county.one("api_keys_generation")["generation"]
    row = make(county, "api_key", {"name": "Kioski", "scopes": ["feedback:submit"], "unit_ids": [county.units["ward"]]})
    assert (row["_secret"], row["scopes"], row["unit_ids"]) == (True, ["feedback:submit"], [county.units["ward"]])
    assert county.one("api_keys_generation")["generation"] != before
    key = loaded(county)[row["id"]]
    assert (key["secret_hash"], key["scopes"], key["unit_ids"]) == (
        hashlib.sha256(b"secret").hexdigest(), "{feedback:submit}", "{" + county.units["ward"] + "}")


def test_a_revoked_key_and_an_expired_one_are_not_loaded(county):
    revoked = make(county, "api_key", {"name": "A", "scopes": ["admin"]})["id"]
    today = str(county.database.value("SELECT app_today()"))
    last_day = make(county, "api_key", {"name": "B", "scopes": ["admin"], "expires_on": today})["id"]
    expired = make(county, "api_key", {"name": "C", "scopes": ["admin"], "expires_on": "2020-01-01"})["id"]
    assert county.one("api_key_revoke", id=revoked, if_match=2)["_problem"] == "stale_version"
    assert county.one("api_key_revoke", id=revoked, if_match=1)["_status"] == 204
    assert loaded(county).keys() == {last_day}
    assert str(county.one("api_key_get", id=revoked)["revoked_on"]) == today
    assert {row["id"] for row in county.run("api_key_list", limit_and_one=9)} == {revoked, last_day, expired}


def test_a_limited_caller_makes_and_sees_keys_of_its_units_only(county):
    limited = county.limited("hospital")
    everywhere = make(county, "api_key", {"name": "A", "scopes": ["admin"]})["id"]
    for units in (None, [county.units["social"]], [county.units["ward"], county.units["social"]], [str(uuid.uuid4())]):
        row = make(county, "api_key", {"name": "B", "scopes": ["admin"], "unit_ids": units}, units=limited)
        assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/unit_ids")
    own = make(county, "api_key", {"name": "B", "scopes": ["admin"], "unit_ids": [county.units["ward"]]}, units=limited)["id"]
    assert [row["id"] for row in county.run("api_key_list", limit_and_one=9, caller_units=limited)] == [own]
    assert county.run("api_key_get", id=everywhere, caller_units=limited) == []
    assert county.run("api_key_revoke", id=everywhere, caller_units=limited) == []


def test_a_key_for_a_unit_that_is_not_there_is_refused(county):
    row = make(county, "api_key", {"name": "A", "scopes": ["admin"], "unit_ids": [str(uuid.uuid4())]})
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/unit_ids")


# ---- the API's own ----


def test_readiness_tells_the_schema_and_when_a_worker_was_seen(county):
    last = county.database.value("SELECT max(number) FROM schema_migration")
    assert county.one("readiness") == {"schema_version": last, "worker_seen_s": None}
    county.database.run("INSERT INTO worker_process VALUES ('a', '{mail}', app_now() - interval '90 s')")
    assert 90 <= county.one("readiness")["worker_seen_s"] < 100
