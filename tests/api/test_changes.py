"""
Changes over HTTP: what they need in each state, whose voices they came from, and when they may be public.
"""

import uuid

import pytest

from support.client import new_key, problem_pointers


def suggest(world, **more):
    body = {"unit_id": world.units["hospital"], "title": {"fi": "Takaisinsoitto"}, **more}
    return world.client("handler").post("/v1/changes", body, expect=201).headers["Location"]


def speak(world, unit="ward"):
    voice = {"unit_id": world.units[unit], "kind": "concern", "text": "Puhelimeen ei vastata.", "channel": "web", "lang": "fi"}
    return world.client("submit").post("/v1/feedback", voice, expect=201).json()["id"]


def test_a_change_is_suggested_read_and_edited(world):
    owner = world.client("handler")
    path = suggest(world, said={"fi": "Ei vastata.", "sv": "Ingen svarar."}, theme="puhelin", level="feedback")
    seen = owner.get(path, expect=200)
    assert (seen.json()["state"], seen.headers["ETag"], seen.json()["source_count"]) == ("suggested", '"1"', 0)
    changed = owner.patch(path, {"said": {"sv": None, "en": "No answer."}, "theme": None, "owner_ref": "päällikkö"}, etag='"1"',
                          expect=200).json()
    assert changed["said"] == {"fi": "Ei vastata.", "en": "No answer."}
    assert (changed["theme"], changed["owner_ref"]) == (None, "päällikkö")
    owner.patch(path, {"theme": "x"}, etag='"1"', expect=412, problem="stale_version")
    refused = owner.patch(path, {"title": {"fi": None}}, etag='"2"', expect=422, problem="change_title_required")
    assert problem_pointers(refused) == ["/title"]
    owner.patch(path, {"unit_id": str(uuid.uuid4())}, etag='"2"', expect=422, problem="unknown_reference")


def test_what_a_state_needs_is_asked_for_all_at_once(world):
    owner = world.client("handler")
    path = suggest(world)
    owner.move(path, "under_review", expect=200)
    refused = owner.move(path, "planned", expect=422, problem="change_incomplete")
    assert problem_pointers(refused) == ["/owner_ref", "/planned_for"]
    owner.patch(path, {"planned_for": "2027-01-31"}, etag="*", expect=200)
    assert problem_pointers(owner.move(path, "planned", expect=422, problem="change_incomplete")) == ["/owner_ref"]
    owner.patch(path, {"owner_ref": "päällikkö"}, etag="*", expect=200)
    owner.move(path, "planned", expect=200)
    assert problem_pointers(owner.move(path, "made", expect=422, problem="change_incomplete")) == ["/done", "/evidence"]
    owner.patch(path, {"done": {"fi": "Soitamme takaisin."}}, etag="*", expect=200)
    assert problem_pointers(owner.move(path, "made", expect=422, problem="change_incomplete")) == ["/evidence"]
    owner.patch(path, {"evidence": "Vasteaika 1 h"}, etag="*", expect=200)
    owner.move(path, "made", expect=200)
    assert owner.get(path, expect=200).json()["made_on"] is not None


@pytest.mark.parametrize("taken, problem", [
    ({"owner_ref": None}, "change_planned_has_owner"), ({"planned_for": None}, "change_planned_has_date"),
    ({"evidence": None}, "change_made_has_evidence"), ({"done": {"fi": None}}, "change_made_has_public_text")])
def test_what_a_state_needs_stays_while_it_lasts(world, taken, problem):
    owner = world.client("handler")
    path = suggest(world, owner_ref="päällikkö", planned_for="2027-01-31", evidence="Vasteaika 1 h", done={"fi": "Soitamme takaisin."})
    for state in ("under_review", "planned", "made"):
        owner.move(path, state, expect=200)
    refused = owner.patch(path, taken, etag="*", expect=409, problem=problem)
    assert problem_pointers(refused) == ["/" + next(iter(taken))]


@pytest.mark.parametrize("state", ["rejected", "delayed", "abandoned"])
def test_what_is_not_done_or_not_yet_needs_a_reason(world, state):
    owner = world.client("handler")
    path = suggest(world, owner_ref="päällikkö", planned_for="2027-01-31")
    for before in () if state == "rejected" else ("under_review", "planned"):
        owner.move(path, before, expect=200)
    assert problem_pointers(owner.move(path, state, expect=422, problem="reason_required")) == ["/reason"]
    owner.move(path, state, reasons={"sv": "Det finns inga pengar.", "fi": "Ei ole rahaa."}, expect=200)
    seen = owner.get(path, expect=200).json()
    assert (seen["state_reason"], seen["state_reasons"]) == ("Ei ole rahaa.", {"fi": "Ei ole rahaa.", "sv": "Det finns inga pengar."})
    patched = owner.patch(path, {"state_reasons": {"sv": None, "en": "There is no money."}}, etag="*", expect=200).json()
    assert patched["state_reasons"] == {"fi": "Ei ole rahaa.", "en": "There is no money."}
    owner.patch(path, {"state_reasons": {"fi": None, "en": None}}, etag="*", expect=409, problem="change_reason_stays")
    owner.patch(suggest(world), {"state_reasons": {"fi": "Siksi."}}, etag="*", expect=409, problem="change_reason_stays")


def test_an_illegal_step_names_the_legal_ones_and_a_reason_is_asked_for(world):
    owner = world.client("handler")
    path = suggest(world)
    problem = owner.move(path, "verified", expect=409, problem="illegal_transition").json()
    assert problem["legal"] == ["rejected", "under_review"]
    assert problem_pointers(owner.move(path, "rejected", expect=422, problem="reason_required")) == ["/reason"]
    owner.move(path, "rejected", reason="Ei ole meidän tehtävämme.", expect=200)
    assert owner.get(path, expect=200).json()["state_reason"] == "Ei ole meidän tehtävämme."
    owner.move(path, "under_review", reason="Uudelleen", expect=409, problem="illegal_transition")
    world.client("coordinator").move(path, "under_review", reason="Uudelleen", expect=200)


def test_a_repeated_step_is_made_once(world):
    owner = world.client("handler")
    path, key = suggest(world), new_key()
    first = owner.move(path, "under_review", etag='"1"', idempotency=key, expect=200)
    again = owner.move(path, "under_review", etag='"1"', idempotency=key, expect=200)
    assert (first.json(), first.headers["ETag"]) == (again.json(), again.headers["ETag"])
    assert again.headers["Idempotent-Replayed"] == "true"
    owner.move(path, "rejected", reason="x", etag='"1"', idempotency=key, expect=422, problem="idempotency_key_reused")


def test_a_voice_is_linked_once_and_taken_out_only_before_anyone_was_told(world):
    owner, case, path = world.client("handler"), speak(world), suggest(world)
    source = {"kind": "feedback", "feedback_id": case}
    made = owner.post(f"{path}/sources", source, idempotency="a-key-of-mine", expect=201)
    assert owner.post(f"{path}/sources", source, idempotency="a-key-of-mine", expect=201).json() == made.json()
    owner.post(f"{path}/sources", source, expect=409, problem="change_source_once")
    owner.post(f"{path}/sources", {"kind": "idea", "reference": "urn:idea:1"}, expect=201)
    assert len(owner.all_items(f"{path}/sources", limit=1)) == 2
    assert owner.get(path, expect=200).json()["source_count"] == 2
    owner.delete(f"{path}/sources/{made.json()['id']}", etag='"1"', expect=204)
    owner.delete(f"{path}/sources/{made.json()['id']}", etag='"1"', expect=404)
    owner.move(path, "rejected", reason="Ei nyt", expect=200)
    left = owner.all_items(f"{path}/sources")[0]["id"]
    owner.delete(f"{path}/sources/{left}", etag="*", expect=409, problem="change_source_is_told")


@pytest.mark.parametrize("source, problem, pointers", [
    ({"kind": "feedback"}, "change_source_names_one", ["/kind"]),
    ({"kind": "idea", "feedback_id": "00000000-0000-4000-8000-000000000000"}, "change_source_names_one", ["/kind"]),
    ({"kind": "feedback", "feedback_id": "00000000-0000-4000-8000-000000000000"}, "unknown_reference", ["/feedback_id"])])
def test_a_source_that_names_nothing_is_refused(world, source, problem, pointers):
    refused = world.client("handler").post(f"{suggest(world)}/sources", source, expect=422, problem=problem)
    assert problem_pointers(refused) == pointers


def test_whoever_sees_other_units_sees_no_change(world):
    key = world.new_key(["changes:write", "changes:publish"], ["office"])
    stranger = world.client()
    stranger.session.headers["Authorization"] = f"Bearer {key}"
    path = suggest(world)
    stranger.get(path, expect=404)
    stranger.patch(path, {"theme": "x"}, etag="*", expect=404)
    stranger.move(path, "under_review", etag="*", expect=404)
    stranger.post(f"{path}/sources", {"kind": "idea", "reference": "x"}, expect=404)
    assert path.rpartition("/")[2] not in [item["id"] for item in stranger.all_items("/v1/changes")]


def test_a_change_becomes_public_when_it_is_decided_and_its_texts_are_there(world):
    coordinator, path = world.client("coordinator"), suggest(world)
    world.client("handler").post(f"{path}/publish", etag="*", expect=403)
    coordinator.post(f"{path}/publish", etag="*", expect=409, problem="change_not_decided")
    coordinator.move(path, "rejected", reason="Ei nyt", expect=200)
    refused = coordinator.post(f"{path}/publish", etag="*", expect=422, problem="change_not_publishable")
    assert problem_pointers(refused) == ["/done", "/said"]
    coordinator.patch(path, {"said": {"fi": "Ei vastata."}, "done": {"fi": "Emme voi."}}, etag="*", expect=200)
    key, etag = new_key(), coordinator.get(path).headers["ETag"]
    shown = coordinator.post(f"{path}/publish", etag=etag, idempotency=key, expect=200)
    again = coordinator.post(f"{path}/publish", etag=etag, idempotency=key, expect=200)
    assert shown.json() == again.json() and shown.json()["published_on"]
    assert path.rpartition("/")[2] in [item["id"] for item in coordinator.all_items("/v1/changes", published="true", limit=2)]
    for text in ("said", "done"):
        refused = coordinator.patch(path, {text: {"fi": None}}, etag="*", expect=409)
        assert problem_pointers(refused) == [f"/{text}"]


@pytest.mark.parametrize("language, title", [("fi", "Muutoksella ei ole vastuutahoa"), ("sv", "Ändringen har ingen ansvarig"),
                                             ("en", "The change has no owner")])
def test_what_is_missing_is_said_in_the_language_that_is_asked_for(world, language, title):
    owner, path = world.client("handler"), suggest(world, planned_for="2027-01-31")
    owner.move(path, "under_review", expect=200)
    refused = owner.post(f"{path}/transitions", {"to": "planned"}, etag="*", headers={"Accept-Language": language}, expect=422).json()
    assert refused["errors"] == [{"pointer": "/owner_ref", "code": "change_planned_has_owner", "detail": title}]


def missing(world, change, **filters):
    """What the list of missing variants says of a change; None when it is not there."""
    items = world.client("handler").all_items("/v1/changes/missing-variants", limit=2, **filters)
    return next((item["missing"] for item in items if item["id"] == change), None)


def test_texts_that_a_language_lacks_are_listed_until_people_have_written_them(world):
    owner = world.client("handler")
    silent = suggest(world).rpartition("/")[2]
    path = suggest(world, title={"fi": "Takaisinsoitto", "sv": "Uppringning"}, said={"fi": "Ei vastata."})
    change = path.rpartition("/")[2]
    said = [{"language": "sv", "texts": ["said"]}, {"language": "en", "texts": ["title", "said"]},
            {"language": "fi-x-selko", "texts": ["title", "said"]}]
    assert missing(world, silent) is None
    assert missing(world, change) == said == missing(world, change, language="sv", unit_id=world.units["county"])
    assert missing(world, change, language="fi") is None and missing(world, change, unit_id=world.units["social"]) is None
    assert missing(world, change, published="true") is None
    seen = owner.get(path, expect=200).json()
    assert seen["missing_languages"] == ["sv", "en", "fi-x-selko"]
    assert next(item for item in owner.all_items("/v1/changes") if item["id"] == change) == seen
    owner.patch(path, {"said": {"sv": "Ingen svarar."}}, etag="*", expect=200)
    assert missing(world, change) == said[1:] and missing(world, change, language="sv") is None
    for tag in ("en", "fi-x-selko"):
        owner.patch(path, {"title": {tag: "x"}, "said": {tag: "x"}}, etag="*", expect=200)
    assert missing(world, change) is None
    assert owner.get(path, expect=200).json()["missing_languages"] == []


def test_a_list_is_filtered_by_unit_state_level_and_theme(world):
    owner, theme = world.client("handler"), uuid.uuid4().hex
    first, second = (suggest(world, theme=theme, level=level).rpartition("/")[2] for level in ("dialogue", "strategy"))
    owner.move(f"/v1/changes/{second}", "under_review", expect=200)

    def found(**filters):
        return {item["id"] for item in owner.all_items("/v1/changes", theme=theme, limit=1, **filters)}
    assert found() == {first, second} == found(unit_id=world.units["county"]) == found(state="suggested,under_review")
    assert found(state="suggested") == {first} == found(level="dialogue")
    assert found(unit_id=world.units["social"]) == set()
