"""
The list of changes with its filters and pages, the house, the units and the feeds.
"""

from datetime import datetime, timezone
import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

import pytest

from support.client import Client
from support.public_pages import public_change, read

ATOM = "{http://www.w3.org/2005/Atom}"
SVG = "{http://www.w3.org/2000/svg}"
PAGE = 20
BEGAN = datetime.now(timezone.utc).replace(microsecond=0)


@pytest.fixture(scope="module")
def changes(world):
    """Published before any page was asked for: {name: id}."""
    made = {
        "bench": public_change(world, title={"fi": "Penkki"}, theme="aula", level="feedback"),
        "panel": public_change(world, "made", title={"fi": "Raati"}, theme="osallisuus", level="dialogue", unit="office"),
        "clock": public_change(world, "in_progress", title={"fi": "Kello"}, theme="aula", level="feedback", unit="hospital"),
    }
    world.database.run("UPDATE change SET made_on = '2023-05-01' WHERE id = %s::uuid", made["panel"])
    return made


def titles(page):
    return {element.text for element in page.tree.iter("a") if "/changes/" in element.get("href")} & {"Penkki", "Raati", "Kello"}


@pytest.mark.parametrize("chosen, found", [
    ({}, {"Penkki", "Raati", "Kello"}),
    ({"state": "", "level": "", "theme": "", "unit": "", "year": "", "page": ""}, {"Penkki", "Raati", "Kello"}),
    ({"state": "made"}, {"Raati"}), ({"level": "dialogue"}, {"Raati"}), ({"theme": "aula"}, {"Penkki", "Kello"}),
    ({"year": "2023"}, {"Raati"}), ({"year": "1999"}, set()), ({"unit": "hospital"}, {"Penkki", "Kello"}), ({"unit": "ward"}, {"Penkki"}),
    ({"theme": "aula", "state": "planned"}, {"Penkki"}), ({"page": "9"}, set()), ({"theme": "' OR true --"}, set())])
def test_changes_are_chosen_with_a_plain_form(world, changes, chosen, found):
    if chosen.get("unit"):
        chosen = {**chosen, "unit": world.units[chosen["unit"]]}
    page = read(world, "/changes", language="fi", **chosen)
    assert titles(page) == found
    selected = {select.get("name"): next((option.get("value") for option in select.iter("option") if "selected" in option.attrib), "")
                for select in page.tree.iter("select")}
    wanted = {name: chosen.get(name, "") for name in ("state", "level", "theme", "unit", "year")}
    assert selected == wanted
    assert found or ("Tällä sivulla ei ole" if chosen.get("page") else "Näillä rajauksilla ei löytynyt") + " muutoksia." in page.words


@pytest.mark.parametrize("query", ["state=drafts", "level=roof", "unit=5", "year=20", "page=0", "page=x", "page=123456", "theme=" + "x" * 101])
def test_what_cannot_be_chosen_is_as_if_it_were_not_there(world, changes, query):
    plain = Client(world.api).get("/changes", expect=200)
    assert Client(world.api).get(f"/changes?{query}", expect=200).headers["ETag"] == plain.headers["ETag"]


def test_the_language_links_keep_what_was_chosen(world, changes):
    page = read(world, "/changes", language="fi", theme="aula", level="feedback")
    swedish = next(link.get("href") for link in page.tree.iter("a") if link.get("hreflang") == "sv")
    assert swedish == "?language=sv&level=feedback&theme=aula"


def test_a_long_list_has_pages(fresh_world):
    world = fresh_world
    world.api.start()
    first = public_change(world)
    world.database.run("INSERT INTO change (id, unit_id, title, said, done) SELECT gen_random_uuid(), unit_id, jsonb_build_object('fi', 'Muutos ' || n), said, done"
                       " FROM change, generate_series(1, %s) n WHERE id = %s::uuid", 2 * PAGE, first)
    world.database.run("INSERT INTO change_publication (id, change_id) SELECT gen_random_uuid(), id FROM change WHERE published_on IS NULL")
    world.database.run("UPDATE change SET published_on = app_today() WHERE published_on IS NULL")
    seen, query = set(), ""
    for number in range(1, 4):
        page = read(world, f"/changes{query}")
        listed = {link for link in page.links if urlsplit(link).path.startswith("/changes/")}
        assert len(listed) == (PAGE if number < 3 else 1) and not seen & listed
        seen |= listed
        turn = {link.get("rel"): link.get("href") for link in page.tree.iter("a") if link.get("rel")}
        assert set(turn) == {1: {"next"}, 2: {"prev", "next"}, 3: {"prev"}}[number]
        query = turn.get("next", "").removeprefix("/changes")
    assert len(seen) == 2 * PAGE + 1


def test_the_house_counts_what_lives_on_its_floors(world, changes):
    page = read(world, "/house", language="fi")
    rows = {row.find("th").find("a").text: [cell.text for cell in row.iter("td")] for row in page.tree.find("body").iter("tr") if row.find("td") is not None}
    assert list(rows)[0] == "Strategia ja ohjelmat" and list(rows)[-1] == "Osallisuus omaan palveluun"
    assert (rows["Palaute"], rows["Vuoropuhelu"], rows["Yhteiskehittäminen"]) == (["0", "2"], ["1", "0"], ["0", "0"])
    assert sum("lit" in (rect.get("class") or "").split() for rect in page.tree.iter(f"{SVG}rect")) == 3


def test_units_lead_to_their_forms_until_they_are_closed(world):
    unit = world.units["office"]
    form = world.database.value("SELECT '/p/' || form_code FROM unit WHERE id = %s::uuid", unit)
    assert f"{world.api.url}/units/{unit}?language=fi" in read(world, "/units", language="fi").links
    assert f"{world.api.url}{form}?language=fi" in read(world, f"/units/{unit}", language="fi").links
    world.database.run("UPDATE unit SET closed_on = app_today() WHERE id = %s::uuid", unit)

    def closed():
        page = read(world, f"/units/{unit}", language="fi")
        return page if "lopettanut" in page.words else None
    assert f"{world.api.url}{form}?language=fi" not in world.api.wait_for(closed, "the closed unit", 10).links
    world.api.wait_for(lambda: f"{world.api.url}/units/{unit}?language=fi" not in read(world, "/units", language="fi").links, "a list without it", 10)
    world.database.run("UPDATE unit SET closed_on = NULL WHERE id = %s::uuid", unit)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_feeds_are_atom_in_each_language(world, changes, language):
    for path, expected in (("/changes.atom", set(changes.values())), (f"/units/{world.units['hospital']}/changes.atom", {changes["bench"], changes["clock"]})):
        reply = Client(world.api).get(path, params={"language": language}, expect=200)
        assert reply.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        feed = ElementTree.fromstring(reply.content)
        assert feed.tag == f"{ATOM}feed" and feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        entries = feed.findall(f"{ATOM}entry")
        assert {entry.findtext(f"{ATOM}id") for entry in entries} == {f"urn:uuid:{change}" for change in expected}
        for element in (feed, *entries):
            assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
            assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")) >= BEGAN
            assert [link.get("href") for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert feed.find(f"{ATOM}author").findtext(f"{ATOM}name")
        assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["self", "alternate"]
