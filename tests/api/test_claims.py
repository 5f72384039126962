"""
Claims: what an expert is paid for a booking, who may do what to it, and what payroll gets.
"""

import csv
import html
import io
import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.claims import Task
from support.client import Client, new_key, problem_pointers

FEES = {"per_hour": 80, "per_task": 10, "per_km": 0.55, "per_meal": 12.5}
WORK = {"hours": 2.5, "km": 42.04, "meals": 1, "expenses": 7.8, "expenses_for": "Junalippu"}
CODES = itertools.count(1)


@pytest.fixture(scope="module")
def manager(world):
    """Who manages bookings; "other" is another one."""
    for name, scopes in (("manager", ["bookings:manage", "admin"]), ("other", ["bookings:manage"]), ("orderer", ["bookings:order", "experts:read"])):
        world.keys[name] = world.new_key(scopes)
    client = world.client("manager")
    client.post("/v1/fee-classes", {"unit_id": world.units["hospital"], "code": "tunti", "name": {"fi": "Tuntipalkkio"}, "form": "wage",
                                    "valid_from": "2020-01-01", **FEES}, expect=201)
    return client


@pytest.fixture
def task(world, manager):
    return Task(world, world.units["ward"])


def claim_of(client, task):
    return client.get(f"/v1/claims/{task.claim}", expect=200).json()


def approve(client, task, **options):
    return client.move(f"/v1/claims/{task.claim}", "approved", **{"expect": 200, **options})


# ---- how a claim comes, and what it comes to ----

@pytest.mark.parametrize("state, who, is_fee_due", [
    ("done", "coordinator", True), ("client_absent", "expert", True), ("cancelled_late", "orderer", True), ("cancelled_late", "expert", False)])
def test_a_booking_that_is_over_opens_a_claim(manager, task, state, who, is_fee_due):
    task.over(state, who, "Este" if state == "cancelled_late" else None)
    shown = claim_of(manager, task)
    assert (shown["state"], shown["because"], shown["is_fee_due"], shown["total"]) == ("open", state, is_fee_due, None)


@pytest.mark.parametrize("state, who", [("cancelled_early", "orderer"), ("expert_absent", "orderer")])
def test_nothing_is_due_for_an_early_cancellation_or_an_expert_who_did_not_come(task, state, who):
    assert task.over(state, who).claim is None


@pytest.mark.parametrize("members, who, expected", [
    ({}, None, {"form": "wage", "fee": 210, "travel": 23.1, "meal_money": 12.5, "expenses": 7.8, "total": 253.4}),
    ({"only_expenses": True}, None, {"form": "expense_only", "fee": 0, "total": 43.4}),
    ({}, "expert", {"form": "expense_only", "fee": 0, "total": 43.4})])
def test_a_claim_comes_to_what_its_class_pays(manager, task, members, who, expected):
    task.over(*(("cancelled_late", who, "Sairastuin") if who else ()))
    task.claims(**WORK, **members)
    shown = claim_of(manager, task)
    assert {"state": "submitted", "hours": 2.5, "km": 42.0, "meals": 1, **expected}.items() <= shown.items()
    own = task.client.get(f"{task.path}/claims", expect=200).json()["items"]
    assert [(item["id"], item["total"], item["task"]) for item in own] == [(task.claim, expected["total"], "lecture")]


def test_a_claim_keeps_what_it_came_to_when_its_class_changes(world, manager):
    made = manager.post("/v1/fee-classes", {"unit_id": world.units["ward"], "code": f"muuttuva_{next(CODES)}", "name": {"fi": "Media"}, "form": "non_wage",
                                            "tasks": ["media"], "per_task": 100, "valid_from": "2020-01-01"}, expect=201)
    task = Task(world, world.units["ward"], task="media").over()
    task.claims(hours=1)
    manager.patch(made.headers["Location"], {"per_task": 200}, etag="*", expect=200)
    assert {"form": "non_wage", "fee": 100, "total": 100}.items() <= claim_of(manager, task).items()


@pytest.mark.parametrize("members, pointers, code", [
    ({}, ["/hours"], "claim_hours_are_told"),
    ({"hours": 1, "expenses": 5}, ["/expenses_for"], "claim_expenses_are_named"),
    ({"expenses": 5}, ["/expenses_for", "/hours"], "claim_hours_are_told"), ({"hours": 1, "expenses": 5, "expenses_for": " "}, ["/expenses_for"], "contract_violation")])
def test_a_claim_says_how_long_it_took_and_what_the_expenses_were(task, members, pointers, code):
    task.over()
    assert problem_pointers(task.claims(expect=422, problem=code, **members)) == pointers


@pytest.mark.parametrize("members", [{"hours": 25}, {"hours": -1}, {"hours": "2"}, {"hours": 1, "km": -5}, {"hours": 1, "meals": 1.5}, {"to": "approved"}])
def test_bad_input_is_refused(task, members):
    task.over()
    task.claims(expect=422, **members)


def test_what_tells_who_somebody_is_is_masked(manager, task):
    task.over().claims(hours=1, expenses=5, expenses_for="Taksi, soita 040 123 4567")
    assert "123 4567" not in claim_of(manager, task)["expenses_for"]


# ---- who does what ----

def test_an_expert_alone_waives_and_the_booking_is_settled(manager, task):
    task.over()
    manager.move(f"/v1/claims/{task.claim}", "waived", expect=409, problem="illegal_transition")
    task.claims("waived")
    assert (claim_of(manager, task)["state"], task.state) == ("waived", "settled")
    assert "Luovuit palkkiosta ja kuluista." in html.unescape(task.client.get(f"/m/{task.token}?language=fi", expect=200).text)
    task.claims(hours=1, expect=409, problem="illegal_transition")


def test_a_returned_claim_comes_again_and_is_approved_and_settles_the_booking(manager, task):
    task.over().claims(hours=3)
    path = f"/v1/claims/{task.claim}"
    manager.move(path, "returned", expect=422, problem="reason_required")
    manager.move(path, "returned", reason="Tunteja oli kaksi.", expect=200)
    assert task.client.get(f"{task.path}/claims", expect=200).json()["items"][0]["state_reason"] == "Tunteja oli kaksi."
    task.claims(hours=2)
    approve(manager, task)
    assert (claim_of(manager, task)["total"], task.state) == (170, "settled")


@pytest.mark.parametrize("state, who, told", [("done", "coordinator", "Tehtävä on tehty."), ("client_absent", "expert", "Asiakas ei tullut paikalle."),
                                             ("cancelled_late", "orderer", "Varaus peruttiin myöhään. Este.")])
def test_what_became_of_a_booking_is_told_also_once_it_is_settled(world, manager, state, who, told):
    task = Task(world, world.units["ward"], days=1 if state == "cancelled_late" else -1).over(state, who, "Este." if state == "cancelled_late" else None)
    task.claims(hours=1)
    approve(manager, task)
    orderer = world.client("orderer")
    seen, own = orderer.get(f"/v1/bookings/{task.id}", expect=200).json(), task.client.get(f"{task.path}/bookings", expect=200).json()["items"][0]
    listed, = (item for item in orderer.all_items("/v1/bookings", expert_id=task.expert))
    assert [(item["state"], item["outcome"]) for item in (seen, own, listed)] == [("settled", state)] * 3
    page = html.unescape(task.client.get(f"/m/{task.token}?language=fi", expect=200).text)
    assert told in page and "Palkkio ja kulut on hyväksytty." in page and ("Tehtävä on tehty." in page) == (state == "done")


def test_hours_beyond_those_that_were_booked_are_shown_to_who_approves(manager, task):
    task.over()
    assert claim_of(manager, task)["over_booked_hours"] is None
    task.claims(hours=5.5)
    assert claim_of(manager, task)["over_booked_hours"] == 3.5
    manager.move(f"/v1/claims/{task.claim}", "returned", reason="Tunteja oli kaksi.", expect=200)
    task.claims(hours=1.5)
    assert [item["over_booked_hours"] for item in manager.all_items("/v1/claims", booking_id=task.id)] == [0]


def test_nobody_is_asked_for_hours_where_no_fee_is_due(world, manager, task):
    late = Task(world, world.units["ward"]).over("cancelled_late", "expert", "Sairastuin.")
    manager.post(f"/v1/claims/{late.claim}/submission", {"expenses": 12, "expenses_for": "Junalippu"}, expect=200)
    assert (claim_of(manager, late)["hours"], claim_of(manager, late)["fee"], claim_of(manager, late)["total"]) == (0, 0, 12)
    task.over()
    assert problem_pointers(manager.post(f"/v1/claims/{task.claim}/submission", {"km": 3}, expect=422, problem="claim_hours_are_told")) == ["/hours"]


def test_whoever_wrote_a_claim_down_does_not_approve_it(world, manager, task):
    task.over()
    key = new_key()
    path = f"/v1/claims/{task.claim}"
    assert problem_pointers(manager.post(f"{path}/submission", {"hours": 1, "expenses": 3}, expect=422, problem="claim_expenses_are_named")) == ["/expenses_for"]
    first, again = (manager.post(f"{path}/submission", {"hours": 1}, idempotency=key, expect=200) for _ in range(2))
    assert again.headers["Idempotent-Replayed"] == "true" and first.json() == again.json()
    approve(manager, task, expect=409, problem="claim_is_approved_by_another")
    approve(world.client("other"), task)


def test_a_claim_without_a_class_waits_for_one(world, manager):
    task = Task(world, world.units["office"]).over()
    task.claims(hours=2)
    approve(manager, task, expect=409, problem="claim_has_fee_class")
    path = f"/v1/claims/{task.claim}"
    theirs = manager.get("/v1/fee-classes", expect=200).json()["items"][0]["id"]
    assert problem_pointers(manager.patch(path, {"fee_class_id": theirs}, etag="*", expect=422, problem="unknown_reference")) == ["/fee_class_id"]
    made = manager.post("/v1/fee-classes", {"unit_id": world.units["social"], "code": "sosiaali", "name": {"fi": "Sosiaali"}, "form": "wage", "tasks": ["media"],
                                            "per_hour": 40, "valid_from": "2020-01-01"}, expect=201).json()["id"]
    changed = manager.patch(path, {"fee_class_id": made}, etag="*", expect=200)
    assert changed.json()["total"] == 80
    manager.post(f"{path}/transitions", {"to": "approved"}, etag=changed.headers["ETag"], expect=200)
    manager.patch(path, {"fee_class_id": made}, etag="*", expect=409, problem="claim_is_settled")


def test_no_statement_changes_an_approved_claim(world, manager, task):
    task.over().claims(hours=1)
    approve(manager, task)
    with pytest.raises(Exception, match="claim_is_settled"):
        world.database.run("UPDATE claim SET hours = 9 WHERE id = %s::uuid", task.claim)


def test_others_see_no_claims(world, manager, task):
    task.over()
    other = Task(world, world.units["ward"]).over()
    other.client.post(f"{other.path}/claims/{task.claim}/transitions", {"to": "waived"}, expect=404)
    assert task.claim not in other.client.get(f"{other.path}/claims", expect=200).text
    for path in ("/v1/claims", f"/v1/claims/{task.claim}", "/v1/claim-exports"):
        world.client("orderer").get(path, expect=403)


# ---- payroll ----

def test_approved_claims_are_exported_once_and_can_be_fetched_again(world, manager):
    unit = world.units["ward"]
    manager.post("/v1/claim-exports", {"unit_id": unit})  # what other tests left
    tasks = [Task(world, unit, name=name).over() for name in ("=Kokija", "-Toinen")]
    for task in tasks:
        task.claims(**WORK)
        approve(manager, task)
    key = new_key()
    made, again = (manager.post("/v1/claim-exports", {"unit_id": world.units["hospital"]}, idempotency=key, expect=201) for _ in range(2))
    assert made.json() == again.json() and {"claim_count": 2, "total": 506.8}.items() <= made.json().items()
    manager.post("/v1/claim-exports", {"unit_id": unit}, expect=409, problem="claim_export_has_claims")
    path = made.headers["Location"]
    for _ in range(2):
        lines = list(csv.DictReader(io.StringIO(manager.get(f"{path}/file", expect=200).text)))
        assert sorted(line["expert_name"] for line in lines) == ["'-Toinen", "'=Kokija"]
        assert {(line["fee"], line["travel"], line["total"], line["form"], line["fee_class"]) for line in lines} == {("210.00", "23.10", "253.40", "wage", "tunti")}
    lines = [json.loads(line) for line in manager.get(f"{path}/file", params={"format": "ndjson"}, expect=200).text.splitlines()]
    assert lines == manager.all_items(f"{path}/lines", limit=1) and {line["claim_id"] for line in lines} == {task.claim for task in tasks}
    assert {claim_of(manager, task)["export_id"] for task in tasks} == {made.json()["id"]}
    manager.move(f"/v1/claims/{tasks[0].claim}", "paid", expect=200)
    assert len(manager.all_items(f"{path}/lines")) == 2


def test_two_exports_at_once_share_no_claim(world, manager):
    manager.post("/v1/claim-exports", {"unit_id": world.units["hospital"]})  # what other tests approved and left
    tasks = [Task(world, world.units["ward"]).over() for _ in range(4)]
    for task in tasks:
        task.claims(hours=1)
        approve(manager, task)
    clients = [Client(world.api, world.keys["manager"]) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda client: client.post("/v1/claim-exports", {"unit_id": world.units["hospital"]}), clients))
    assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]
    assert sorted(line["claim_id"] for reply in replies if reply.status_code == 201
                  for line in manager.all_items(f"/v1/claim-exports/{reply.json()['id']}/lines")) == sorted(task.claim for task in tasks)


def test_an_export_of_a_unit_that_is_not_there_is_refused(manager):
    unit = "00000000-0000-4000-8000-000000000000"
    assert problem_pointers(manager.post("/v1/claim-exports", {"unit_id": unit}, expect=422, problem="unknown_reference")) == ["/unit_id"]


@pytest.mark.parametrize("members, pointer, problem", [({"km": 1000.5}, "/km", "claim_km_within_bounds"),
                                                       ({"expenses": 2001, "expenses_for": "Matka"}, "/expenses", "claim_expenses_within_bounds")])
def test_a_claim_has_bounds_that_a_county_may_change(manager, task, members, pointer, problem):
    task.over()
    assert problem_pointers(task.claims(hours=1, **members, expect=422, problem=problem)) == [pointer]
    assert problem_pointers(manager.post(f"/v1/claims/{task.claim}/submission", {"hours": 1, **members}, expect=422, problem=problem)) == [pointer]


def test_the_page_of_a_claim_shows_every_part_of_it(manager, task):
    task.over()
    assert "Korvaus ateriasta 12,50 €" in shown_of(task)
    task.claims(**WORK)
    approve(manager, task)
    shown = shown_of(task)
    for words in ("Palkkio 210,00 €", "Matkakorvaus 23,10 €", "Ateriakorvaus 12,50 €", "Muut kulut 7,80 €", "Yhteensä 253,40 €"):
        assert words in shown


def shown_of(task):
    """The words of the expert's page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", task.client.get(f"/m/{task.token}?language=fi", expect=200).text)).split())
