"""
Remedies: the catalogue, referral, and that an answer to a concern always carries them.
"""

import re

import pytest

CODES = ["muistutus", "kantelu", "aloite", "potilasvahinko", "asiavastaava"]
SOURCES = {"muistutus": ["785/1992", "812/2000"], "kantelu": ["434/2003", "741/2023"], "aloite": ["611/2021"],
           "potilasvahinko": ["948/2019"], "asiavastaava": ["739/2023"]}


def submit(world, kind="concern"):
    return world.client("submit").post("/v1/feedback", {
        "unit_id": world.units["ward"], "kind": kind, "text": "Odotin kauan.", "channel": "web", "lang": "fi"}, expect=201).json()


def step(world, case, **body):
    return world.client("handler").post(f"/v1/feedback/{case['id']}/transitions", body, etag="*")


def receipt(world, case):
    return world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).json()


def test_the_catalogue_is_for_everyone_and_whole_in_three_languages(world):
    reply = world.client().get("/v1/remedies", expect=200)
    items = reply.json()["items"]
    assert [item["code"] for item in items] == CODES
    for item in items:
        for member in ("name", "text", "legal_source", "link"):
            assert set(item[member]) == {"fi", "sv", "en"} and all(item[member].values())
        for lang in ("fi", "sv", "en"):
            assert all(act in item["legal_source"][lang] for act in SOURCES[item["code"]])
            assert item["link"][lang].startswith("https://")
    times = {item["code"]: (item["answer_within"], item["answer_at_most"]) for item in items}
    assert times["muistutus"] == ("P1M", "P2M") and times["aloite"] == ("P1M", None)
    assert not re.search("aluehallintovirasto|regionförvaltning|Valvira|Lupa- ja", str(items))  # names of authorities change


def test_the_catalogue_has_pages(world):
    client = world.client()
    assert [item["code"] for item in client.all_items("/v1/remedies", limit=2)] == CODES


@pytest.mark.parametrize("kind, carries", [("concern", True), ("safety", True), ("idea", False), ("thanks", False), ("question", False)])
def test_an_answer_to_a_concern_carries_the_remedies(world, kind, carries):
    case = submit(world, kind)
    path = f"/v1/feedback/{case['id']}"
    assert (receipt(world, case)["remedies"], world.client("handler").get(path).json()["remedies"]) == ([], [])
    step(world, case, to="answered", text="Kiitos.")
    expected = CODES if carries else []
    assert [one["code"] for one in receipt(world, case)["remedies"]] == expected
    assert world.client("handler").get(path).json()["remedies"] == expected
    step(world, case, to="closed", outcome="information")
    assert [one["code"] for one in receipt(world, case)["remedies"]] == expected


@pytest.mark.parametrize("code", CODES)
def test_a_referral_names_the_remedy_and_ends_with_advice(world, code):
    case = submit(world)
    assert step(world, case, to="referred", reason="Tee muistutus.").json()["code"] == "remedy_required"
    step(world, case, to="referred", remedy=code, reason="Tämä tutkitaan muualla.", text="Asiavastaava auttaa maksutta.")
    shown = receipt(world, case)
    assert (shown["state"], shown["outcome"], shown["remedy"], shown["reason"]) == ("referred", "referred", code, "Tämä tutkitaan muualla.")
    assert [(message["kind"], message["text"]) for message in shown["messages"]] == [("answer", "Asiavastaava auttaa maksutta.")]
    assert [one["code"] for one in shown["remedies"]] == CODES
    assert world.client("handler").get(f"/v1/feedback/{case['id']}").json()["remedy"] == code


def test_a_remedy_that_is_in_no_catalogue_is_refused(world):
    refused = step(world, submit(world), to="referred", remedy="valitus", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (422, "contract_violation")
