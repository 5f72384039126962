"""
Draws of public panels, as anybody without a key follows and repeats them.
"""

import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from support.panels import make_member, make_panel
from support.people import add_person
from support.public_draw import document

SCRIPT = Path(__file__).parents[1] / "support" / "public_draw.py"
YOUNG = {"name": "nuoret", "is": {"age_band": ["13_17", "18_29"]}, "least": 2, "most": 3}
OLD = {"name": "vanhat", "is": {"age_band": ["65_74", "75_plus"]}, "least": 1}


def public_panel(world, *, size=4, quota=(), **body):
    return make_panel(world, "client_panel", state="recruiting", checks_by_hand=False, is_public=True, rules={"size": size}, quota=list(quota), **body)


def apply(world, panel, count, **columns):
    return [make_member(world, panel, state="applied", **columns) for _ in range(count)]


def draw(world, panel, **body):
    return world.client("coordinator").post(f"/v1/panels/{panel}/selections", body, expect=201)


def public_draw(world, panel, n=1):
    return world.client().get(f"/v1/panels/{panel}/draws/{n}", expect=200).json()


def repeated(drawn):
    """Whether the independent script, which gets what is public alone, draws the same."""
    return subprocess.run([sys.executable, SCRIPT], input=json.dumps(drawn), text=True, check=False).returncode == 0


def test_everybody_reads_the_hash_before_the_draw_and_the_seed_after_it(world):
    panel = public_panel(world)
    before = world.client().all_items(f"/v1/panels/{panel}/draws")
    assert [(one["n"], one["seed"], one["made_on"], one["candidate_count"]) for one in before] == [(1, None, None, None)]
    members = apply(world, panel, 6)
    draw(world, panel, reserve_most=1)
    after = world.client().all_items(f"/v1/panels/{panel}/draws")
    assert after[0] == {**after[0], "seed_hash": before[0]["seed_hash"], "places": 4, "candidate_count": 6, "is_shown": True}
    assert hashlib.sha256(after[0]["seed"].encode()).hexdigest() == before[0]["seed_hash"]
    assert after[1] == {**after[1], "n": 2, "seed": None, "document_hash": None}
    assert {one["id"] for one in public_draw(world, panel)["candidates"]} == set(members)


@pytest.mark.parametrize("quota", [[], [YOUNG], [YOUNG, OLD]])
def test_whoever_has_no_key_draws_the_same(world, quota):
    panel = public_panel(world, size=7, quota=quota)
    make_member(world, panel, age_band="18_29")
    for age in ("18_29", "75_plus", "30_64"):
        apply(world, panel, 5, age_band=age, gender="woman")
    draw(world, panel, reserve_most=4)
    drawn = public_draw(world, panel)
    assert repeated(drawn) and len(drawn["cells"]) == len(quota)
    changed = [{**one, "result": "selected"} for one in drawn["candidates"]]
    assert not repeated({**drawn, "candidates": changed, "places": 15}) and not repeated({**drawn, "seed": "0" * 64})


def test_nothing_public_tells_who_the_candidates_are(world):
    panel = public_panel(world, quota=[YOUNG])
    apply(world, panel, 5, age_band="18_29", gender="other", municipality=None)
    apply(world, panel, 5, age_band="75_plus", role="relative")
    draw(world, panel)
    text = world.client().get(f"/v1/panels/{panel}/draws/1", expect=200).text
    assert not any(word in text for word in ("nuoret", "18_29", "75_plus", "other", "relative", "attributes"))


@pytest.mark.parametrize("young, others, counted", [(4, 6, 10), (5, 4, 9), (0, 4, None)])
def test_cells_of_a_few_stay_with_the_panel_and_the_hash_tells_what_was_drawn(world, young, others, counted):
    panel = public_panel(world, quota=[{**YOUNG, "least": 0}])
    apply(world, panel, young, age_band="18_29"), apply(world, panel, others, age_band="30_64")
    draw(world, panel)
    drawn = public_draw(world, panel)
    assert drawn == {**drawn, "is_shown": False, "cells": None, "candidates": None, "candidate_count": counted}
    said = subprocess.run([sys.executable, SCRIPT], input=json.dumps(drawn), text=True, check=False, capture_output=True)
    assert said.returncode == 1 and said.stderr.startswith("a cell has so few candidates")
    kept = world.client("coordinator").get(f"/v1/panels/{panel}/selections/1", expect=200).json()
    names = [None, *(cell["name"] for cell in kept["quota"])]
    lots = [[one["id"], names.index(one["cell"]), one["result"]] for one in kept["candidates"]]
    text = document({**kept, "cells": kept["quota"]}, lots)
    assert hashlib.sha256(text.encode()).hexdigest() == drawn["document_hash"] == kept["document_hash"]


def test_somebody_who_is_erased_changes_nothing_of_what_was_drawn(world):
    panel = public_panel(world, quota=[YOUNG])
    members = apply(world, panel, 5, age_band="18_29") + apply(world, panel, 5)
    draw(world, panel)
    before = public_draw(world, panel)
    add_person(world, "member", members[0])
    world.client("coordinator").post(f"/v1/people/{members[0]}/erasure", expect=200)
    assert public_draw(world, panel) == before and repeated(before)


def test_draws_of_what_is_not_public_are_not_there(world):
    for panel in (make_panel(world, "client_panel", state="recruiting"), make_panel(world, "client_panel", is_public=True), str(uuid.uuid4())):
        world.client().get(f"/v1/panels/{panel}/draws", expect=404)
        world.client().get(f"/v1/panels/{panel}/draws/1", expect=404)


@pytest.mark.parametrize("language, words", [("fi", "Näin paikat arvotaan"), ("sv", "Så lottas platserna"), ("en", "How places are drawn")])
def test_the_page_of_the_panel_shows_both(world, language, words):
    panel = public_panel(world)
    page = f"/opportunities/{panel}?language={language}"
    known = world.client().all_items(f"/v1/panels/{panel}/draws")[0]["seed_hash"]
    text = world.client().get(page, expect=200).text
    assert words in text and known in text and f"/v1/panels/{panel}/draws" in text
    apply(world, panel, 5)
    draw(world, panel)
    text = world.client().get(page, expect=200).text
    assert public_draw(world, panel)["seed"] in text and known not in text and public_draw(world, panel, 2)["seed_hash"] in text


def test_an_applicant_sees_by_which_code_they_are_in_the_draw(world):
    panel = public_panel(world)
    member, *_ = apply(world, panel, 5)
    page = f"/m/{add_person(world, 'member', member)}"
    assert member in world.client().get(page, expect=200).text
    draw(world, panel)
    text = world.client().get(page, expect=200).text
    assert member in text and f"/opportunities/{panel}" in text
