"""
The register of experts: who keeps it, who finds whom in it, and what experts show of themselves.
"""

import base64
import uuid

import pytest

from support.client import Client, new_key, problem_pointers
from support.experts import add_hours, make_expert
from support.panels import day
from support.people import person

ALL_DAY = ("00:00", "24:00")


@pytest.fixture
def coordinator(world):
    return world.client("experts")


@pytest.fixture(scope="module")
def orderer(world):
    return Client(world.api, world.new_key(["experts:read"]))


@pytest.fixture(scope="module")
def municipality(world):
    world.database.run("INSERT INTO municipality (id, unit_id, code, name) VALUES (gen_random_uuid(), %s::uuid, '837', '{\"fi\": \"Tampere\"}')",
                       world.units["county"])
    return "837"


def make(coordinator, unit, **body):
    options = {name: body.pop(name) for name in ("expect", "problem", "idempotency") if name in body}
    return coordinator.post("/v1/experts", {"unit_id": unit, "name": "Eeva Kokija", **body}, **{"expect": 201, **options})


def ids(client, **query):
    return [item["id"] for item in client.all_items("/v1/experts", **query)]


# ---- the register ----

def test_an_expert_is_taken_in_gets_an_agreement_and_becomes_active(world, coordinator, municipality):
    made = make(coordinator, world.units["ward"], contact={"email": "eeva@example.org"}, lang="sv", areas=["cancer"], tasks=["lecture", "media"],
                languages=["fse", "fi"], municipalities=[municipality], story="Soita 040 123 4567.", training="Kurssi", trained_on="2020-05-05")
    path = made.headers["Location"]
    shown = coordinator.get(path, expect=200).json()
    assert shown == {**shown, "state": "applied", "areas": ["cancer"], "tasks": ["lecture", "media"], "languages": ["fi", "fse"], "has_address": True,
                     "municipalities": [municipality], "lang": "sv", "notice_hours": 48, "shown": ["tasks", "languages", "municipalities", "is_remote"]}
    assert "040" not in shown["story"] and shown["story"].startswith("Soita ")
    coordinator.move(path, "active", expect=409, problem="expert_has_agreement")
    changed = coordinator.patch(path, {"agreement_from": "2026-01-01", "tasks": ["media"], "title": "Vertainen", "training": None}, etag="*", expect=200).json()
    assert changed == {**shown, "agreement_from": "2026-01-01", "tasks": ["media"], "title": "Vertainen", "training": None}
    coordinator.move(path, "active", expect=200)
    assert made.json()["id"] in [item["id"] for item in coordinator.all_items("/v1/expert-register", state="active,on_break")]
    assert world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_news'", made.json()["id"]) == 1


def test_a_repetition_makes_one_expert_and_shows_the_same_link(world, coordinator):
    key = new_key()
    first, again = (make(coordinator, world.units["ward"], areas=["cancer"], idempotency=key) for _ in range(2))
    assert first.json() == again.json() and first.json()["link"].startswith("/m/") and again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("body, status, problem, pointer", [
    ({"name": " \u2003"}, 422, "contract_violation", "/name"),
    ({"areas": ["cancer", "nothing"]}, 422, "unknown_reference", "/areas/1"),
    ({"tasks": ["nothing"]}, 422, "unknown_reference", "/tasks/0"),
    ({"languages": ["fi", "zz"]}, 422, "unknown_reference", "/languages/1"),
    ({"municipalities": ["000"]}, 422, "unknown_reference", "/municipalities/0"),
    ({"agreement_from": "2026-02-01", "agreement_until": "2026-01-01"}, 422, "expert_agreement_ends_after_it_starts", "/agreement_until"),
    ({"agreement_until": "2026-01-01"}, 409, "expert_has_agreement", "/agreement_from"),
    ({"agreement_from": "9999-01-01"}, 422, "date_is_near", "/agreement_from"),
    ({"week_hours": 0}, 422, "contract_violation", "/week_hours")])
def test_what_is_wrong_with_an_expert_is_named(world, coordinator, body, status, problem, pointer):
    refused = make(coordinator, world.units["ward"], **body, expect=status, problem=problem)
    assert problem_pointers(refused) == [pointer]
    applied = make_expert(world, state="applied", agreement_from=None).id
    coordinator.patch(f"/v1/experts/{applied}", body, etag="*", expect=status, problem=problem)


def test_an_active_expert_keeps_an_agreement_and_their_visibility_is_their_own(world, coordinator):
    path = f"/v1/experts/{make_expert(world).id}"
    coordinator.patch(path, {"agreement_from": None}, etag="*", expect=409, problem="expert_has_agreement")
    coordinator.patch(path, {"shown": ["areas"]}, etag="*", expect=422)
    coordinator.move(path, "on_break", expect=200)
    coordinator.patch(path, {"agreement_until": day(-1)}, etag="*", expect=200)
    coordinator.move(path, "active", expect=409, problem="expert_has_agreement")


# ---- what orderers see ----

def test_a_field_that_is_not_shown_is_absent_and_finds_nobody(world, orderer, municipality):
    full = {"story": "Sairastuin nuorena.", "areas": ["memory_illness"], "tasks": ["group_leader"], "languages": ["et"], "municipalities": [municipality],
            "is_remote": True, "training": "Kurssi"}
    shows, hides = make_expert(world, **full).id, make_expert(world, **full, shown="{}").id
    filters = ({"area": "memory_illness"}, {"task": "group_leader"}, {"language": "et"}, {"municipality": municipality}, {"is_remote": "true"})
    for query in filters:
        found = ids(orderer, **query)
        assert shows in found and hides not in found, query
    profile = orderer.get(f"/v1/experts/{shows}/profile", expect=200).json()["profile"]
    assert profile == {"name": "Eeva Kokija", "story": "Sairastuin nuorena.", "areas": ["memory_illness"], "tasks": ["group_leader"], "languages": ["et"],
                       "municipalities": [municipality], "is_remote": True, "training": "Kurssi"}
    assert orderer.get(f"/v1/experts/{hides}/profile", expect=200).json()["profile"] == {}
    assert hides in ids(orderer)
    orderer.get(f"/v1/experts/{shows}", expect=403)


def test_municipality_or_remote_finds_either(world, orderer, municipality):
    near = make_expert(world, municipalities=[municipality], areas=["violence"]).id
    afar, neither = make_expert(world, is_remote=True, areas=["violence"]).id, make_expert(world, areas=["violence"]).id
    assert set(ids(orderer, area="violence", municipality=municipality)) == {near}
    assert set(ids(orderer, area="violence", municipality=municipality, is_remote="true")) == {near, afar}
    assert set(ids(orderer, area="violence")) == set(ids(orderer, area="violence", is_remote="false")) == {near, afar, neither}


def test_only_who_is_active_and_under_agreement_is_found(world, orderer):
    gone = [make_expert(world, **columns).id for columns in (
        {"state": "on_break"}, {"state": "applied"}, {"agreement_until": day(-1)}, {"state": "applied", "agreement_from": None})]
    there = make_expert(world, agreement_until=day(0)).id
    found = ids(orderer)
    assert there in found and not set(gone) & set(found)
    for expert in gone:
        orderer.get(f"/v1/experts/{expert}/profile", expect=404)
        orderer.get(f"/v1/experts/{expert}/free-slots", params={"from": "2030-01-01T00:00:00Z", "until": "2030-01-02T00:00:00Z"}, expect=404)


def test_a_bank_that_is_kept_higher_up_is_there_for_the_units_below(world):
    bank, hospital, office = (make_expert(world, unit=unit).id for unit in ("county", "hospital", "office"))
    found = ids(Client(world.api, world.new_key(["experts:read"], units=["hospital"])))
    assert {bank, hospital} <= set(found) and office not in found


def test_a_time_finds_who_is_free_then_and_who_worked_least_comes_first(world, orderer):
    worked, rested, busy = (make_expert(world, areas=["homelessness"]).id for _ in range(3))
    for expert in (worked, rested):
        add_hours(world, expert, 2, "09:00", "11:00")
    world.database.run("INSERT INTO booking (id, unit_id, task, lang, is_remote, starts_at, ends_at, state, expert_id, held)"
                       " SELECT gen_random_uuid(), %s::uuid, 'lecture', 'fi', true, b, b + interval '2 hours', 'confirmed', %s::uuid,"
                       " tstzrange(b, b + interval '2 hours') FROM (SELECT app_now() - interval '9 days') x (b)", world.units["ward"], worked)
    assert ids(orderer, area="homelessness", limit=1) == [*sorted([rested, busy]), worked]
    times = {"from": "2030-01-01T00:00:00Z", "until": "2030-01-02T00:00:00Z"}
    assert ids(orderer, area="homelessness", **times, minutes=120) == [rested, worked]
    assert ids(orderer, area="homelessness", **times, minutes=121) == []
    item = orderer.get("/v1/experts", params={"area": "homelessness", **times}, expect=200).json()["items"][0]
    assert item["free"] == [{"starts_at": "2030-01-01T07:00:00Z", "ends_at": "2030-01-01T09:00:00Z"}] and "_worked" not in item


def test_what_a_page_begins_after_tells_nobody_how_much_an_expert_worked(world, orderer):
    for _ in range(2):
        make_expert(world, areas=["informal_care"])
    first, again = (orderer.get("/v1/experts", params={"area": "informal_care", "limit": 1}, expect=200).json() for _ in range(2))
    assert first["next_cursor"] != again["next_cursor"] and len(first["next_cursor"]) == len(again["next_cursor"])
    held = base64.urlsafe_b64decode(first["next_cursor"] + "==")
    assert first["items"][0]["id"].encode() not in held and uuid.UUID(first["items"][0]["id"]).bytes not in held
    pages = [orderer.get("/v1/experts", params={"area": "informal_care", "limit": 1, "cursor": page["next_cursor"]}, expect=200).json()["items"]
             for page in (first, again)]
    assert pages[0] == pages[1] and pages[0][0]["id"] > first["items"][0]["id"]


# ---- experts themselves ----

def test_an_expert_writes_and_shows_takes_a_break_and_ends(world, orderer):
    expert = make_expert(world, story="Vanha.", areas=["cancer"], shown="{areas}")
    me, path = Client(world.api), f"/v1/personal/{expert.token}/expert"
    card = me.put(path, {"name": "Eeva", "areas": ["violence"], "story": "Uusi.", "notice_hours": 5}, expect=200).json()
    assert card == {**card, "areas": ["violence"], "story": "Uusi.", "languages": [], "notice_hours": 5, "travel_minutes": 30, "can_move_to": ["ended", "on_break"]}
    assert orderer.get(f"/v1/experts/{expert.id}/profile", expect=200).json()["profile"] == {"areas": ["violence"]}
    me.put(f"{path}/visibility", {"shown": ["story"]}, expect=200)
    assert orderer.get(f"/v1/experts/{expert.id}/profile", expect=200).json()["profile"] == {"story": "Uusi."}
    me.put(path, {"name": " "}, expect=422)
    me.post(f"{path}/transitions", {"to": "on_break"}, expect=200)
    assert expert.id not in ids(orderer)
    me.post(f"{path}/transitions", {"to": "active"}, expect=200)
    me.post(f"{path}/transitions", {"to": "declined"}, expect=409, problem="illegal_transition")
    me.post(f"{path}/transitions", {"to": "ended"}, expect=200)
    me.put(path, {"name": "Eeva"}, expect=404)
    assert me.get(path, expect=200).json()["can_move_to"] == [] and str(person(world, expert.id, "ended_on")) == day(0)


def test_a_coordinator_gives_a_new_link_and_erases(world, coordinator):
    expert = make_expert(world, story="Tarina.", areas=["cancer"])
    add_hours(world, expert.id, 1, *ALL_DAY)
    link = coordinator.post(f"/v1/experts/{expert.id}/links", expect=200).json()["link"]
    me = Client(world.api)
    me.get(f"/v1/personal/{expert.token}/expert", expect=404)
    me.get(f"/v1/personal/{link.removeprefix('/m/')}/expert", expect=200)
    coordinator.post(f"/v1/experts/{expert.id}/erasure", expect=200)
    left = coordinator.get(f"/v1/experts/{expert.id}", expect=200).json()
    assert (left["state"], left["name"], left["story"], left["areas"]) == ("anonymised", None, None, [])
    assert world.database.value("SELECT count(*) FROM availability WHERE expert_id = %s::uuid", expert.id) == 0
    assert world.database.rows("SELECT to_state, who FROM step WHERE subject = %s::uuid ORDER BY version", expert.id) == [
        ("ended", "expert"), ("anonymised", "system")]


def test_the_link_of_who_has_an_address_is_mailed_to_them_alone(world, coordinator):
    """Whoever has it can waive and send claims, which the coordinator approves."""
    made = make(coordinator, world.units["ward"], contact={"email": "eeva.oma@example.org"}).json()
    assert "link" not in made and "link" not in coordinator.post(f"/v1/experts/{made['id']}/links", expect=200).json()
    assert world.database.value("SELECT count(*) > 0 FROM mail WHERE person_id = %s::uuid AND template = 'person_link'", made["id"])


def test_who_runs_panels_gives_no_links_of_experts_and_erases_none(world):
    expert, panels = make_expert(world), world.client("panels")
    panels.post(f"/v1/people/{expert.id}/links", expect=404)
    panels.post(f"/v1/people/{expert.id}/erasure", expect=404)
    assert person(world, expert.id, "count(*)") == 1
