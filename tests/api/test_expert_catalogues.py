"""
What experts choose from: areas, tasks and languages, as coordinators keep them, and what becomes of it when one is retired.
"""

import pytest
from test_personal_page import Page

from support.client import Client, new_key, problem_pointers
from support.experts import make_expert

PATHS = {"areas": "/v1/experience-areas", "tasks": "/v1/experience-tasks", "languages": "/v1/spoken-languages"}
LISTS = sorted(PATHS)


@pytest.fixture
def coordinator(world):
    return world.client("experts")


def retire(coordinator, field, code):
    return coordinator.patch(f"{PATHS[field]}/{code}", {"closed_on": "2020-01-01"}, etag="*", expect=200).json()


@pytest.mark.parametrize("field", LISTS)
def test_an_entry_is_added_renamed_and_retired_and_everybody_sees_it(world, coordinator, field):
    body = {"unit_id": world.units["ward"], "code": "xqa", "name": {"fi": "Uusi", "sv": "Ny", "en": "New"}}
    key = new_key()
    made, again = (coordinator.post(PATHS[field], body, idempotency=key, expect=201) for _ in range(2))
    assert again.json() == made.json() == {**body, "closed_on": None} and again.headers["Idempotent-Replayed"] == "true"
    refused = coordinator.post(PATHS[field], {**body, "name": {"fi": "Toinen"}}, expect=409, problem="catalogue_code_is_unique")
    assert problem_pointers(refused) == ["/code"]
    anyone, path = Client(world.api), made.headers["Location"]
    assert anyone.get(path, expect=200).json() == made.json()
    coordinator.patch(path, {"name": {"fi": None, "sv": None, "en": None}}, etag='"1"', expect=422, problem="name_required")
    assert coordinator.patch(path, {"name": {"fi": "Uudempi"}}, etag='"1"', expect=200).json()["name"] == {**body["name"], "fi": "Uudempi"}
    coordinator.patch(path, {}, etag='"1"', expect=412)
    retire(coordinator, field, "xqa")
    assert {item["code"]: item for item in anyone.all_items(PATHS[field], limit=20)}["xqa"]["closed_on"] == "2020-01-01"
    assert coordinator.patch(path, {"closed_on": None}, etag="*", expect=200).json()["closed_on"] is None
    elsewhere = Client(world.api, world.new_key(["experts:write"], units=["office"]))
    for code in ("xqa", "xqb", {"areas": "cancer", "tasks": "media", "languages": "fi"}[field]):  # another unit's, nobody's, the county's
        elsewhere.patch(f"{PATHS[field]}/{code}", {"closed_on": "2020-01-01"}, etag="*", expect=404)
    coordinator.get(f"{PATHS[field]}/xqb", expect=404)


@pytest.mark.parametrize("field", LISTS)
def test_who_has_something_that_is_retired_keeps_it_and_nobody_else_chooses_it(world, coordinator, field):
    code = {"areas": "cancer", "tasks": "media", "languages": "th"}[field]
    expert, other = make_expert(world, **{field: [code]}), make_expert(world)
    retire(coordinator, field, code)
    page = Page(world, expert.token)
    assert f'name="{field}.{code}" value="true" checked' in page.get().text and f'name="{field}.{code}"' not in Page(world, other.token).get().text
    page.send({**page.form("own_expert_put"), "name": "Eeva", f"{field}.{code}": "true", "notice_hours": "24", "travel_minutes": "0"})
    assert code in Client(world.api).get(f"/v1/personal/{expert.token}/expert", expect=200).json()[field]
    refused = coordinator.patch(f"/v1/experts/{other.id}", {field: [code]}, etag="*", expect=422, problem="unknown_reference")
    assert problem_pointers(refused) == [f"/{field}/0"]
    coordinator.patch(f"{PATHS[field]}/{code}", {"closed_on": None}, etag="*", expect=200)


@pytest.mark.parametrize("tag, words", [("fi", "suomenruotsalainen viittomakieli"), ("sv", "finlandssvenskt teckenspråk"), ("en", "Finland-Swedish Sign Language")])
def test_languages_have_names_on_the_page(world, tag, words):
    assert words in Page(world, make_expert(world).token).get(f"?language={tag}").text
