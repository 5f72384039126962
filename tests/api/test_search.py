"""
Searching over HTTP, with the worker that indexes: what is found, what a cursor is good for, and odd texts.
"""

import pytest

ODD = ["a" * 10000, "\u202eمرحبا\u202c 你好 😀", "x\u0001y\u001f\u007f", "'\"\\%&|!():*<->@d0.1 @kidea", "ha\u0308mmennys", "ä" * 300, "- - or or \" \"",
       "hoito" * 50, "EKG:n e-resepti don't 1.5", "\ufeff\u200b.\u00ad"]


@pytest.fixture
def indexed(fresh_world):
    fresh_world.api.start()
    fresh_world.start_worker("index")
    return fresh_world


def submit(world, text, **members):
    body = {"unit_id": world.units["ward"], "kind": "concern", "text": text, "channel": "web", "lang": "fi", **members}
    return world.client("submit").post("/v1/feedback", body, expect=201).json()


def wait(world):
    """Until all that came is indexed."""
    world.api.wait_for(lambda: world.database.value("SELECT count(*) FROM job WHERE kind = 'index'") == 0, "the end of indexing", 30)


def search(world, text, role="handler", **params):
    return world.client(role).get("/v1/feedback/search", params={"text": text, **params}, expect=200).json()


def test_a_text_is_found_by_other_forms_of_its_words_soon_after_it_came(indexed):
    case = submit(indexed, "Kiitos, asiakaspalautetta luettiin hoidon jälkeen")
    wait(indexed)
    for text in ("palaute", "asiakaspalaute", "hoito", "kiitokset hoidoista", '"hoito jälkeen"'):
        assert [item["id"] for item in search(indexed, text)["items"]] == [case["id"]], text
    hits = [piece["text"] for piece in search(indexed, "palaute hoito")["items"][0]["snippet"] if piece["hit"]]
    assert hits == ["asiakaspalautetta", "hoidon"]


def test_what_is_masked_is_not_found(indexed):
    submit(indexed, "Soittakaa minulle 040 1234567, hoito jäi kesken")
    wait(indexed)
    assert search(indexed, "1234567")["items"] == []
    assert "1234567" not in str(search(indexed, "hoito"))


def test_who_sees_some_units_finds_their_cases_only(indexed):
    case = submit(indexed, "Jono")
    wait(indexed)
    for units, found in ((["ward"], [case["id"]]), (["hospital"], [case["id"]]), (["social"], [])):
        indexed.keys["limited"] = indexed.new_key(["feedback:read"], units)
        page = search(indexed, "jono", "limited")
        assert [item["id"] for item in page["items"]] == found and page["matches"] == (len(found) or None)


def test_a_cursor_is_good_for_its_search_alone(indexed):
    made = {submit(indexed, f"Jono {n}")["id"] for n in range(3)}
    wait(indexed)
    client, first = indexed.client("handler"), search(indexed, "jono", limit=2)
    rest = search(indexed, "jono", limit=2, cursor=first["next_cursor"])
    assert {item["id"] for item in first["items"] + rest["items"]} == made and rest["next_cursor"] is None
    assert first["order"] == rest["order"] == "rank" and first["matches"] == rest["matches"] == 3
    for params in ({"text": "jonot"}, {"text": "jono", "kind": "idea"}):
        client.get("/v1/feedback/search", params={**params, "cursor": first["next_cursor"]}, expect=400, problem="bad_cursor")


def test_odd_texts_are_indexed_and_odd_searches_answered(indexed):
    for lang in ("fi", "sv", "en", "se"):
        for text in ODD:
            submit(indexed, text, lang=lang)
    case = submit(indexed, "Loppu hyvin")
    wait(indexed)
    assert indexed.database.value("SELECT count(*) FROM feedback_words") == 4 * len(ODD) + 1
    for text in ODD:
        search(indexed, text[:200])
    assert [item["id"] for item in search(indexed, "loppua")["items"]] == [case["id"]]
    assert {item["text"] for item in search(indexed, "@kidea")["items"]} == {ODD[3]}  # marks cannot be asked for
    assert search(indexed, "@kconcern")["items"] == []


def test_the_last_word_of_the_longest_text_is_found(indexed):
    case = submit(indexed, "a " * 9990 + "loppu")
    wait(indexed)
    assert [item["id"] for item in search(indexed, "loppu")["items"]] == [case["id"]]
