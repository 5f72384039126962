"""
The public pages in a real browser, in each language, narrow and wide and on paper; and every link of them leads somewhere.
"""

from urllib.parse import urljoin, urlsplit

import pytest

from support.browser import GOOD_PRACTICE, check_page, visit
from support.client import Client
from support.consultations import Consultation, add_hearings
from support.database import Database
from support.panels import make_panel
from support.public_pages import add_year, public_change, public_report, read
from support.sessions import Session
from support.world import World

PHONE, DESK = 320, 1280
PAGES_MOST = 400


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    """With something published on every page."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), ACCESSIBILITY_URL="/accessibility") as made:
        made.api.start()
        add_year(made, year=2023)
        add_year(made, year=2024)
        for states in ((), ("in_progress",), ("made",)):
            made.change = public_change(made, *states, theme="waiting", done={"fi": "Tehtiin.", "fi-x-selko": "Me teimme sen."})
        Session(made, is_open=True, capacity=1, online_url="https://example.org/a")
        make_panel(made, "client_panel", state="recruiting", is_public=True, purpose={"fi": "Kerro."})
        Consultation(made, is_open=True)
        add_hearings(made, 2024)
        made.reports = [public_report(made, period=period) for period in ("2023", "2024", "2024-02")] + [public_report(made, unit="ward")]
        yield made


def paths(world):
    return ["/", "/changes", "/changes?level=strategy", f"/changes/{world.change}", "/units", f"/units/{world.units['ward']}", f"/units/{world.units['office']}",
            "/house", "/reports", "/reports/2024", f"/publications/{world.reports[2]}", "/embed", "/accessibility", "/embed/changes",
            "/opportunities", f"/opportunities?unit={world.units['ward']}", f"/opportunities?unit={world.units['office']}"]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_public_pages_are_accessible_and_load_nothing_else(world, language, width):
    for report in visit(*({"url": world.api.url + path, "language": language, "width": width, "axe": GOOD_PRACTICE} for path in paths(world))):
        check_page(world, report, language)


def test_the_list_of_changes_is_chosen_from_without_a_script(world):
    report, = visit({"url": world.api.url + "/changes", "language": "fi", "script": False, "open": "summary", "choose": {"#state": "made", "#level": "feedback"}, "press": ["Näytä"]})
    assert report["status"] == 200 and "Muutoksia: 1" in report["text"] and "Poista rajaukset" in report["text"]


def test_the_year_on_paper_has_its_figures_and_no_ways_on(world):
    report, = visit({"url": world.api.url + "/reports/2024", "language": "fi", "print": True})
    assert "Osallisuuskertomus 2024" in report["text"] and "palautetta saatiin" in report["text"]
    assert "Yksiköt" not in report["text"] and "Svenska" not in report["text"] and "CSV" not in report["text"]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_link_of_every_page_leads_somewhere(world, language):
    public = world.settings.get("PUBLIC_URL", "http://127.0.0.1:8080")
    seen, waiting = set(), [f"/?language={language}"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        assert len(seen) < PAGES_MOST
        reply = Client(world.api).get(path)
        assert reply.status_code in (200, 405), path
        if reply.headers["Content-Type"].startswith("text/html") and f"language={language}" in path and not path.startswith(("/docs", "/p/", "/r?")):
            links = {urljoin(reply.url, link).replace(public, world.api.url) for link in read(world, path).links}
            waiting += sorted(link.removeprefix(world.api.url).split("#")[0] for link in links if urlsplit(link).netloc == urlsplit(world.api.url).netloc)
    templates = {path.split("?")[0].split("/")[1] for path in seen}
    assert {"", "changes", "units", "house", "reports", "publications", "embed", "changes.atom", "v1", "p", "r", "accessibility", "opportunities", "opportunities.atom"} <= templates
