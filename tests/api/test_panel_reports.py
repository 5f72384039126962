"""
The report of a panel: each input with its fate, fates by the role of the speaker, on a page and as a file.
"""

import csv
import io
import json

import pytest

from support.inputs import Member, write_down
from support.panels import day, make_panel


@pytest.fixture(scope="module")
def panel(world):
    """A panel whose inputs are these: two of clients, one of them partly taken; one of a professional; one that was withdrawn."""
    made = make_panel(world, "client_panel", state="active")
    partly = write_down(world, panel_id=made, text="Soittakaa 040 123 4567.").json()["id"]
    world.client("coordinator").move(f"/v1/inputs/{partly}", "partly", reason="Vain \"arkisin\", iltaisin ei.", expect=200)
    write_down(world, panel_id=made, kind="initiative")
    write_down(world, panel_id=made, speaker_role="professional")
    member = Member(world, made, role="relative")
    gone = member.bring().json()["id"]
    member.client.post(f"{member.path}/inputs/{gone}/transitions", {"to": "withdrawn"}, expect=200)
    write_down(world, panel_id=make_panel(world, "client_panel", state="active"))
    return made


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


FATES = {"client": {"partly": 1, "submitted": 1}, "professional": {"submitted": 1}, "relative": {"withdrawn": 1}}


def test_it_lists_each_input_with_its_fate_and_the_fates_by_role(coordinator, panel):
    report = coordinator.get(f"/v1/panels/{panel}/report", expect=200).json()
    assert {role["speaker_role"]: role["fates"] for role in report["roles"]} == FATES
    assert sorted((one["speaker_role"], one["state"]) for one in report["items"]) == [
        ("client", "partly"), ("client", "submitted"), ("professional", "submitted"), ("relative", "withdrawn")]
    partly = next(one for one in report["items"] if one["state"] == "partly")
    assert partly["state_reason"] == "Vain \"arkisin\", iltaisin ei." and partly["is_masked"] and "040" not in partly["text"]


def test_pages_follow_each_other_and_the_counts_are_on_the_first(coordinator, panel):
    first = coordinator.get(f"/v1/panels/{panel}/report?limit=3", expect=200).json()
    second = coordinator.get(f"/v1/panels/{panel}/report", params={"limit": 3, "cursor": first["next_cursor"]}, expect=200).json()
    assert len({one["id"] for one in first["items"] + second["items"]}) == 4 and second["next_cursor"] is None
    assert {role["speaker_role"]: role["fates"] for role in first["roles"]} == FATES and not second["roles"]


def test_days_bound_it_on_both_sides_and_the_counts_with_it(world, coordinator, panel):
    world.database.run("UPDATE input SET brought_on = app_today() - 400 WHERE panel_id = %s::uuid AND speaker_role = 'professional'", panel)
    for bounds, roles in (({"brought_from": day(0)}, {"client", "relative"}), ({"brought_to": day(-400)}, {"professional"}), ({"brought_from": day(1)}, set())):
        report = coordinator.get(f"/v1/panels/{panel}/report", params=bounds, expect=200).json()
        assert {one["speaker_role"] for one in report["items"]} == roles == {role["speaker_role"] for role in report.get("roles") or []}
    world.database.run("UPDATE input SET brought_on = app_today() WHERE panel_id = %s::uuid", panel)


def test_as_a_file_it_is_csv_or_a_line_for_each(coordinator, panel):
    shown = {one["id"]: one for one in coordinator.all_items(f"/v1/panels/{panel}/report")}
    path = f"/v1/panels/{panel}/report/file"
    table = coordinator.get(path, expect=200)
    assert table.headers["Content-Type"].startswith("text/csv") and "panel-report.csv" in table.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert {row["id"]: (row["state"], row["state_reason"]) for row in rows} == {
        key: (one["state"], one["state_reason"] or "") for key, one in shown.items()}
    lines = coordinator.get(f"{path}?format=ndjson", expect=200).content.decode().splitlines()
    assert {line["id"]: line for line in map(json.loads, lines)} == shown


def test_bad_days_and_a_panel_that_is_not_there_are_refused(coordinator, panel):
    coordinator.get(f"/v1/panels/{panel}/report?brought_from=2026-02-30", expect=400)
    for path in ("report", "report/file"):
        coordinator.get(f"/v1/panels/00000000-0000-4000-8000-000000000000/{path}", expect=404)


def test_an_empty_panel_has_an_empty_report(world, coordinator):
    empty = make_panel(world, "client_panel")
    assert coordinator.get(f"/v1/panels/{empty}/report", expect=200).json()["items"] == []
