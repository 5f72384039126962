"""
Voices that speak of the same as a change and are not its sources yet.
"""

import uuid

import pytest

from support.client import problem_pointers
from support.words import index

TITLE = {"fi": "Takaisinsoitto samana päivänä", "sv": "Uppringning samma dag"}
SAID = {"fi": "Puhelimeen ei vastata aamuisin", "sv": "Ingen svarar i telefonen"}


def speak(world, text, **more):
    voice = {"unit_id": world.units["ward"], "kind": "concern", "text": text, "channel": "web", "lang": "fi", **more}
    return world.client("submit").post("/v1/feedback", voice, expect=201).json()


@pytest.fixture
def county(fresh_world):
    """A change with one source, and voices of all sorts."""
    fresh_world.api.start()
    owner = fresh_world.client("handler")
    fresh_world.change = owner.post("/v1/changes", {"unit_id": fresh_world.units["hospital"], "title": TITLE, "said": SAID},
                                    expect=201).headers["Location"]
    fresh_world.cases = {name: speak(fresh_world, text, **more)["id"] for name, (text, more) in {
        "source": ("Soitin takaisinsoittoon ja jonotin puhelimessa tunnin", {}),
        "close": ("Puhelin soi aamuisin, mutta takaisinsoittoa ei tullut", {}),
        "far": ("Soitin puhelimella", {}),
        "swedish": ("Jag väntade på en uppringning i telefonen", {"lang": "sv"}),
        "office": ("Takaisinsoitto jäi tulematta", {"unit_id": fresh_world.units["office"]}),
        "other": ("Ruoka oli kylmää ja se ei maistunut", {}),
        "queue": ("Jonotin tunnin laboratorioon", {}),
        "masked": ("Odotan takaisinsoittoa numeroon 040 1234567", {}),
    }.items()}
    owner.post(f"{fresh_world.change}/sources", {"kind": "feedback", "feedback_id": fresh_world.cases["source"]}, expect=201)
    index(fresh_world.database)
    return fresh_world


def similar(world, role="handler", **params):
    return world.client(role).all_items(f"{world.change}/similar", **params)


def names(world, items):
    return [next(name for name, case in world.cases.items() if case == item["id"]) for item in items]


def test_voices_of_the_same_are_found_by_the_words_of_the_change_and_of_its_sources_the_closest_first(county):
    items = similar(county)
    found = names(county, items)
    assert found[0] == "close" and set(found) == {"close", "far", "swedish", "office", "queue", "masked"}
    hits = {name: [piece["text"] for piece in item["snippet"] if piece["hit"]] for name, item in zip(found, items)}
    assert hits["close"] == ["Puhelin", "aamuisin", "takaisinsoittoa"] and hits["swedish"] == ["uppringning", "telefonen"]
    assert hits["queue"] == ["Jonotin", "tunnin"]  # words of the source alone
    assert "1234567" not in str(items) and all(item["rank"] > 0 for item in items)


def test_what_is_linked_or_follows_what_is_linked_is_not_similar_any_more(county):
    owner = county.client("handler")
    owner.post(f"{county.change}/sources", {"kind": "feedback", "feedback_id": county.cases["close"]}, expect=201)
    county.client("handler").move(f"/v1/feedback/{county.cases['far']}", "duplicate", duplicate_of=county.cases["close"], expect=200)
    assert {"close", "far", "source"}.isdisjoint(names(county, similar(county)))


def test_only_voices_of_the_callers_units_are_found_and_of_one_when_it_is_asked_for(county):
    assert names(county, similar(county, unit_id=county.units["social"])) == ["office"]
    county.keys["limited"] = county.new_key(["changes:write", "feedback:read"], ["hospital"])
    assert "office" not in names(county, similar(county, "limited"))
    county.keys["stranger"] = county.new_key(["changes:write", "feedback:read"], ["office"])
    for params in ({}, {"text": "puhelin"}):
        county.client("stranger").get(f"{county.change}/similar", params=params, expect=404, problem="not_found")
    county.client("handler").get(f"/v1/changes/{uuid.uuid4()}/similar", expect=404, problem="not_found")


def test_without_the_scope_to_read_voices_no_text_is_shown(county):
    county.keys["owner"] = county.new_key(["changes:write"])
    items = similar(county, "owner")
    assert items and all(item["text"] is None and item["snippet"] == [] for item in items)


def test_pages_go_on_where_the_last_one_ended(county):
    assert similar(county, limit=1) == similar(county)


def test_voices_older_than_the_rule_says_are_left_out(county):
    assert "far" in names(county, similar(county))
    for months, is_found in ((1, False), (18, True)):
        county.database.run("UPDATE rule SET value = %s WHERE name = 'similar_months'", months)
        county.database.run("UPDATE feedback SET received_on = app_today() - 60 WHERE id = %s", county.cases["far"])
        county.database.run("DELETE FROM feedback_words")
        index(county.database)
        assert ("far" in names(county, similar(county))) == is_found


def test_other_words_can_be_looked_for_in_place_of_the_changes_own(county):
    assert "other" in names(county, similar(county, text="kylmä ruoka"))


def test_a_change_that_says_nothing_telling_finds_nothing(county):
    path = county.client("handler").post("/v1/changes", {"unit_id": county.units["ward"], "title": {"fi": "\"-ja, - or ei!\" se'\\"}},
                                         expect=201).headers["Location"]
    assert county.client("handler").get(f"{path}/similar", expect=200).json() == {"items": [], "next_cursor": None}
    refused = county.client("handler").get(f"{path}/similar", params={"text": ""}, expect=400)
    assert problem_pointers(refused) == ["text"]
