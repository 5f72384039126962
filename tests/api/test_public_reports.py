"""
Published figures as pages: the same that the publication has, small ones in words, and each with its files.
"""

from urllib.parse import urlsplit

import pytest

from support.client import Client
from support.public_pages import TEXTS, add_year, public_change, public_report, read

SVG = "{http://www.w3.org/2000/svg}"
SHOWN = {"kind", "role", "age_band", "lang", "channel", "answer_time", "answer_days", "outcome", "led_to_change", "is_better"}
NOTE = '{"fi": "Lomakkeita puuttui.", "sv": "Blanketter saknades."}'


@pytest.fixture(scope="module")
def reports(world):
    """Published before any page was asked for: {name: id}."""
    add_year(world, year=2023)
    add_year(world, year=2024)
    add_year(world, unit="office", year=2024, count=7)
    return {"before": public_report(world, period="2023"), "year": public_report(world), "small": public_report(world, unit="office"),
            "month": public_report(world, period="2024-03")}


def figures(page):
    """{table: [figures]} as the tables of the page say, and as its pictures do."""
    in_tables, in_pictures = {}, {}
    for section in page.tree.iter("section"):
        if section.get("class") == "chart":
            name = section.find("h3").get("id").removeprefix("chart_")
            in_tables[name] = [row.findall("td")[0].text for row in section.iter("tr") if row.find("td") is not None]
            in_pictures[name] = [text.text for text in section.iter(f"{SVG}text") if text.get("class") == "value"]
    return in_tables, in_pictures


def published(world, report):
    tables = Client(world.api).get(f"/v1/reports/publications/{report}", expect=200).json()["tables"]
    return {table["name"]: table["figures"] for table in tables}


def test_the_front_page_has_the_figures_of_the_period_that_ended_last(world, reports):
    page = read(world, "/", language="fi")
    assert "Luvut, vuosi 2024" in page.words
    values = {tile.find("dt").text: "".join(tile.find("dd").itertext()) for tile in page.tree.iter("div") if tile.find("dt") is not None}
    assert (values["palautetta saatiin"], values["sai vastauksen"]) == ("607", "607")
    assert values["vastanneista sanoi, että nyt on paremmin"] == "Tästä ei ole vielä tietoja."  # nobody was asked


@pytest.mark.parametrize("name", ["year", "before", "small", "month"])
def test_a_page_shows_the_figures_of_the_publication_and_no_other(world, reports, name):
    tables = published(world, reports[name])
    in_tables, in_pictures = figures(read(world, f"/publications/{reports[name]}", language="fi"))
    assert set(in_tables) == SHOWN and in_tables == in_pictures
    for table, shown in in_tables.items():
        voices = (tables[table] or {}).values()
        assert sorted(shown) == (sorted(str(one) for one in voices) if sum(voices) else [])


def test_what_would_tell_of_few_is_said_in_words(world, reports):
    left_out = {name for name, found in published(world, reports["small"]).items() if found is None} & SHOWN
    page = read(world, f"/publications/{reports['small']}", language="fi")
    assert len(left_out) >= 5 and page.words.count("Tätä ei näytetä, koska jokin luku kertoisi alle viidestä ihmisestä") == len(left_out)


def test_the_year_of_the_council_is_on_one_page(world, reports):
    change = public_change(world, "made", title={"fi": "Vanha muutos"})
    world.database.run("UPDATE change SET made_on = '2024-06-01' WHERE id = %s::uuid", change)
    page = read(world, "/reports/2024", language="fi")
    order = [page.words.index(words) for words in (
        "Osallisuuskertomus 2024", "611/2021", "palautetta saatiin", "Vuosi ja sitä edellinen", "Osallisuuden talo", "Mitä seurasi",
        "Pidettiinkö aikarajat", "Keitä kuultiin", "Muutokset", "Vanha muutos")]
    assert order == sorted(order)
    rows = [[cell.text for cell in row.iter("td")] for row in page.tree.iter("tr") if (row.find("th") is not None and row.find("th").text == "palautetta saatiin")]
    assert rows == [["607", "600"]]
    assert "Vanha muutos" not in read(world, "/reports/2023").words


@pytest.mark.parametrize("year", ["2019", "20245", "2024-03"])
def test_a_year_without_a_report_is_not_there(world, reports, year):
    Client(world.api).get(f"/reports/{year}", expect=404)


def test_every_report_is_listed_with_its_files(world, reports):
    page = read(world, "/reports", language="fi")
    paths = {urlsplit(link).path for link in page.links}
    for report in reports.values():
        assert {f"/publications/{report}", f"/v1/reports/publications/{report}", f"/v1/reports/publications/{report}/file"} <= paths
    assert {"/reports/2023", "/reports/2024"} <= paths


def test_a_later_version_takes_the_place_of_the_one_before(fresh_world):
    world = fresh_world
    add_year(world)
    first = public_report(world)
    world.database.run("UPDATE report_publication SET correction_note = NULL WHERE id = %s::uuid", first)
    second = public_report(world)
    world.database.run("UPDATE report_publication SET correction_note = %s::jsonb WHERE id = %s::uuid", NOTE, second)
    world.api.start()
    page = read(world, f"/publications/{first}", language="fi")
    assert "Tästä raportista on uudempi versio." in page.words and f"{world.api.url}/publications/{second}?language=fi" in page.links
    page = read(world, f"/publications/{second}", language="sv")
    assert "Version 2." in page.words and "Blanketter saknades." in page.words
    for path in ("/", "/reports", f"/units/{world.units['county']}"):
        links = read(world, path, language="fi").links
        assert f"{world.api.url}/publications/{second}?language=fi" in links and f"{world.api.url}/publications/{first}?language=fi" not in links


def test_one_that_is_not_made_yet_is_not_there(world):
    asked = world.database.value("INSERT INTO report_publication (id, unit_id, period) VALUES (gen_random_uuid(), %s::uuid, '2024-05') RETURNING id",
                                 world.units["office"])
    Client(world.api).get(f"/publications/{asked}", expect=404)


def test_its_changes_have_the_words_that_were_published(fresh_world):
    world = fresh_world
    world.api.start()
    change = public_change(world, title={"fi": "Julkaistu otsikko"})
    world.client("handler").patch(f"/v1/changes/{change}", {"title": {"fi": "Luonnos"}, "done": {"fi": "Luonnos"}}, etag="*", expect=200)
    world.database.run("UPDATE change SET suggested_on = '2024-02-01' WHERE id = %s::uuid", change)
    report = public_report(world)
    shown, = Client(world.api).get(f"/v1/reports/publications/{report}", expect=200).json()["changes"]
    assert (shown["title"], shown["done"]) == ({"fi": "Julkaistu otsikko"}, TEXTS["done"])
    assert "Julkaistu otsikko" in read(world, f"/publications/{report}").words
