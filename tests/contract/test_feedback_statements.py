"""
What the statements of sql/queries/feedback.sql do when voices come in, are looked for and are changed.
"""

import datetime
import uuid

import psycopg2
import pytest

from statement_county import with_contact


def test_a_voice_becomes_a_case_with_its_text_its_event_and_its_job(county):
    row = county.one("feedback_create", **county.request(text="Hyvää — ja \"lainaus\" \\ ä"))
    assert (row["_status"], row["state"], row["_version"], row["_replayed"], row["_problem"]) == (201, "received", 1, False, None)
    assert county.database.rows("SELECT original FROM feedback_text WHERE feedback_id = %s::uuid", row["id"]) == [
        ("Hyvää — ja \"lainaus\" \\ ä",)]
    assert county.database.value("SELECT type FROM event WHERE subject = %s::uuid", row["id"]) == "feedback.received"
    assert county.database.value("SELECT kind FROM job WHERE subject = %s::uuid", row["id"]) == "index"


def test_what_is_not_said_has_its_default(county):
    row = county.case(county.voice())
    assert (row["respondent_role"], row["age_band"], row["wants_answer"], row["due_on"]) == ("client", None, False, None)


def test_a_wanted_answer_is_due_in_fourteen_days_or_on_the_next_working_day(county):
    row = county.one("feedback_create", **county.request(wants_answer=True))
    assert row["due_on"] == county.database.value("SELECT limit_day(%s)", row["received_on"] + datetime.timedelta(days=14))
    assert county.database.value("SELECT count(*) FROM job WHERE kind = 'clock' AND subject = %s::uuid", row["id"]) == 1


def test_contact_data_is_stored_and_the_receipt_is_mailed(county):
    case = county.voice(wants_news=True, **with_contact())
    assert county.database.rows("SELECT key_id, wants_news, wants_follow_up FROM contact WHERE feedback_id = %s::uuid", case) == [
        ("key", True, False)]
    assert county.database.value("SELECT template FROM mail WHERE feedback_id = %s::uuid", case) == "received"


def test_the_api_can_not_read_contact_data(county):
    county.voice(**with_contact())
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        county.connection.cursor().execute("SELECT feedback_id FROM contact")


@pytest.mark.parametrize("case, pointer", [
    ({"unit_id": str(uuid.uuid4())}, "/unit_id"),
    ({"service_id": str(uuid.uuid4())}, "/service_id"),
])
def test_a_reference_that_is_not_there_is_a_problem_with_its_place(county, case, pointer):
    row = county.one("feedback_create", **county.request(**case))
    assert (row["_problem"], row["_pointer"], row["id"]) == ("unknown_reference", pointer, None)


def test_units_and_services_out_of_sight_are_as_unknown_as_those_that_are_not_there(county):
    row = county.one("feedback_create", **county.request(caller_units=county.limited("social")))
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/unit_id")
    row = county.one("feedback_create", **county.request(caller_units=county.limited("social"), unit_id=county.units["social"],
                                                         service_id=county.service))
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/service_id")
    county.voice(caller_units=county.limited("hospital"), service_id=county.service)


def test_a_closed_unit_takes_nothing_from_its_closing_day_on(county):
    county.database.run("UPDATE unit SET closed_on = app_today() + 1 WHERE id = %s::uuid", county.units["ward"])
    county.voice()
    county.database.run("UPDATE unit SET closed_on = app_today() WHERE id = %s::uuid", county.units["ward"])
    assert county.one("feedback_create", **county.request())["_problem"] == "unknown_reference"


def test_the_good_ones_of_a_batch_are_made_beside_the_bad_ones(county):
    requests = [county.request(unit_id=str(uuid.uuid4()) if n % 3 == 0 else county.units["ward"], text=f"Ääni {n}",
                               **(with_contact() if n % 2 else {})) for n in range(12)]
    rows = county.statements.run_many("feedback_create", requests)
    assert [row["_n"] for row in rows] == list(range(1, 13))
    assert [row["_problem"] for row in rows] == [None if n % 3 else "unknown_reference" for n in range(12)]
    assert county.database.value("SELECT count(*) FROM contact") == 4
    for request, row in zip(requests, rows):
        if row["id"]:
            assert county.case(row["id"])["text"] == request["body"]["text"]


def test_a_repetition_is_answered_with_what_is_there_and_makes_nothing(county):
    request = county.request(**with_contact())
    first = county.one("feedback_create", **request)
    county.move(first["id"], "in_progress")
    again = county.one("feedback_create", **request)
    assert (again["id"], again["_status"], again["state"], again["_version"], again["_replayed"]) == (
        first["id"], 201, "in_progress", 2, True)
    assert county.database.value("SELECT count(*) FROM mail") == 1


def test_a_repetition_succeeds_though_its_unit_was_closed_meanwhile(county):
    request = county.request()
    county.one("feedback_create", **request)
    county.database.run("UPDATE unit SET closed_on = app_today() WHERE id = %s::uuid", county.units["ward"])
    assert county.one("feedback_create", **request)["_problem"] is None


def test_a_key_that_was_used_for_another_body_is_refused(county):
    request = county.request()
    county.one("feedback_create", **request)
    assert county.one("feedback_create", **{**request, "request_hash": b"\3" * 32})["_problem"] == "idempotency_key_reused"


def test_the_same_request_twice_in_one_batch_makes_one_case(county):
    request = county.request(**with_contact())
    other = {**request, "request_hash": b"\3" * 32}
    rows = county.statements.run_many("feedback_create", [county.request(), request, other, request])
    assert [row["_replayed"] for row in rows] == [False, False, True, True]
    assert [row["_problem"] for row in rows] == [None, None, "idempotency_key_reused", None]
    assert county.database.value("SELECT count(*) FROM feedback") == 2


# ---- reading ----


def test_a_case_of_another_unit_does_not_exist(county):
    case = county.voice()
    assert county.run("feedback_get", id=case, caller_units=county.limited("social")) == []
    assert county.one("feedback_get", id=case, caller_units=county.limited("hospital"))["id"] == case


def pages(county, name="feedback_list", limit=4, **filters):
    """The ids of all pages, in order."""
    found, after = [], {}
    while True:
        rows = county.run(name, limit_and_one=limit + 1, **filters, **after)
        found += [row["id"] for row in rows[:limit]]
        if len(rows) <= limit:
            return found
        after = {"after_received_on": rows[limit - 1]["received_on"], "after_id": rows[limit - 1]["id"]}


def spread(county, count=14):
    """Cases over units and days; ids, newest first."""
    names = ("ward", "hospital", "social")
    cases = [county.voice(unit_id=county.units[names[n % 3]], kind=("concern", "idea")[n % 2]) for n in range(count)]
    for n, case in enumerate(cases):
        county.database.run("UPDATE feedback SET received_on = app_today() - %s WHERE id = %s::uuid", n // 4, case)
    return [case for case, in county.database.rows("SELECT id::text FROM feedback ORDER BY received_on DESC, id DESC")]


@pytest.mark.parametrize("limits", [{}, {"caller": ("county",)}, {"unit": "county"}, {"unit": "county", "caller": ("county",)}])
def test_pages_follow_each_other_without_gap_or_double(county, limits):
    cases = spread(county)
    filters = {"unit_id": county.units[limits["unit"]]} if "unit" in limits else {}
    filters["caller_units"] = county.limited(*limits["caller"]) if "caller" in limits else None
    assert pages(county, **filters) == cases


def test_a_list_shows_the_units_below_and_never_others(county):
    spread(county)
    below = {case for case, in county.database.rows(
        "SELECT f.id::text FROM feedback f WHERE f.unit_id = ANY (%s::uuid[])", [county.units["hospital"], county.units["ward"]])}
    assert set(pages(county, unit_id=county.units["hospital"])) == below
    assert set(pages(county, caller_units=county.limited("hospital"))) == below
    assert pages(county, unit_id=county.units["social"], caller_units=county.limited("hospital")) == []


def test_filters_narrow_a_list(county):
    cases = spread(county)
    today = county.database.value("SELECT app_today()")
    assert len(pages(county, kind=["idea"])) == 7
    assert len(pages(county, kind=["idea", "concern"])) == 14
    assert len(pages(county, received_from=today)) == 4
    assert len(pages(county, received_to=today - datetime.timedelta(days=1))) == 10
    county.move(cases[0], "in_progress")
    assert pages(county, state=["in_progress"]) == [cases[0]]
    assert pages(county, service_id=county.service) == []


def test_overdue_is_what_was_due_before_today_and_got_no_answer(county):
    late, answered, today = (county.voice(wants_answer=True) for _ in range(3))
    county.move(answered, "answered", text="Kiitos.")
    county.database.run("UPDATE feedback SET due_on = app_today() - 1 WHERE id <> %s::uuid", today)
    county.database.run("UPDATE feedback SET due_on = app_today() WHERE id = %s::uuid", today)
    assert pages(county, overdue=True) == [late]
    assert set(pages(county, overdue=False)) == {answered, today}
    assert county.case(late)["is_overdue"] and not county.case(today)["is_overdue"]


# ---- changing ----


def patch(county, case, body, **values):
    return county.one("feedback_patch", id=case, body=body, body_names=list(body), **values)


def test_a_patch_sets_what_it_names_and_clears_what_it_nulls(county):
    case = county.voice(service_id=county.service)
    row = patch(county, case, {"severity": 4, "handler_ref": "hoitaja-7", "kind": "safety"}, if_match=1)
    assert (row["severity"], row["handler_ref"], row["kind"], row["service_id"], row["_version"]) == (
        4, "hoitaja-7", "safety", county.service, 2)
    row = patch(county, case, {"severity": None, "service_id": None}, if_match=2)
    assert (row["severity"], row["handler_ref"], row["service_id"], row["_version"]) == (None, "hoitaja-7", None, 3)
    shown = county.case(case)
    assert {key: value for key, value in row.items() if key[0] != "_"} == {
        key: value for key, value in shown.items() if key[0] != "_"}


def test_a_patch_that_changes_something_is_an_event_that_names_it(county):
    case = county.voice()
    patch(county, case, {"severity": 4, "kind": "concern", "unit_id": county.units["social"]})
    patch(county, case, {"severity": 4})
    changed = [(e["type"], e["members"]) for e in county.run("feedback_events", id=case, limit_and_one=9) if e["members"]]
    assert changed == [("feedback.assigned", ["unit_id"]), ("feedback.changed", ["severity"])]


def test_a_patch_of_an_old_version_changes_nothing(county):
    case = county.voice()
    county.move(case, "in_progress")
    assert patch(county, case, {"severity": 1}, if_match=1)["_problem"] == "stale_version"
    assert county.case(case)["severity"] is None


def test_a_case_moves_only_to_units_that_the_caller_sees(county):
    case = county.voice()
    hospital = county.limited("hospital")
    row = patch(county, case, {"unit_id": county.units["social"]}, caller_units=hospital)
    assert (row["_problem"], row["_pointer"]) == ("unknown_reference", "/unit_id")
    row = patch(county, case, {"unit_id": county.units["hospital"]}, caller_units=hospital)
    assert (row["_problem"], row["unit_id"]) == (None, county.units["hospital"])
    assert county.run("feedback_patch", id=case, body={}, body_names=[], caller_units=county.limited("social")) == []
