"""
What the pages say of the service itself, and what comes of an address that is not quite right.
"""

import re
import xml.etree.ElementTree

import pytest
import requests

from support.browser import GOOD_PRACTICE, visit
from support.database import Database
from support.forms import path_of, text_of
from support.world import World

LANGUAGES = ("fi", "sv", "en", "fi-x-selko")
COUNTY = {"fi": "Suvirannan hyvinvointialue", "sv": "Suviranta välfärdsområde", "en": "Suvirannan hyvinvointialue",
          "fi-x-selko": "Suvirannan hyvinvointialue"}
NOT_FOUND = {"fi": "Sivua ei löydy", "sv": "Sidan hittades inte", "en": "Page not found", "fi-x-selko": "Sivua ei löydy"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WIDTHS = (320, 1280)


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), CONTROLLER=COUNTY["fi"], CONTROLLER_SV=COUNTY["sv"],
               PRIVACY_URL="/privacy", ACCESSIBILITY_URL="https://example.org/saavutettavuus?sivu=1&osa=2", CONTACT="palvelu@example.org",
               PUBLIC_URL="https://example.org/osallisuus") as made:
        made.api.start()
        yield made


def get(world, path, language="fi", **headers):
    return requests.get(world.api.url + path, headers={"Accept": BROWSER, "Accept-Language": language, **headers}, timeout=10,
                        allow_redirects=False)


def footer(page):
    return re.search(r"<footer>(.*)</footer>", text_of(page), re.S)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_names_the_county_and_leads_to_its_notices(world, language):
    for path in ("/r", path_of(world, "ward"), "/p/nobodys", "/privacy", "/problems/not_found", "/f/AAAAAAAAAAAAAAAAAAAAAA", "/nowhere"):
        said = footer(get(world, f"{path}?language={language}"))
        shown = "fi" if path in ("/problems/not_found", "/f/AAAAAAAAAAAAAAAAAAAAAA") and language == "fi-x-selko" else language
        assert f"<strong>{COUNTY[shown]}</strong>" in said, path
        assert f'href="/osallisuus/privacy?language={language}"' in said, path
        assert 'href="https://example.org/saavutettavuus?sivu=1&osa=2"' in said, path
        assert 'href="mailto:palvelu@example.org"' in said, path


@pytest.mark.parametrize("accepted, shown", [
    ("fi-x-selko", "fi-x-selko"), ("sv;q=0.8, FI-X-Selko", "fi-x-selko"), ("sv, fi-x-selko;q=0.9", "sv"), ("fi, fi-x-selko;q=0.9", "fi"),
    ("fi-x-selk", "fi"), ("fi-x-selkoa", "fi")])
def test_a_browser_may_prefer_easy_finnish(world, accepted, shown):
    page = get(world, "/r", accepted)
    assert (page.headers["Content-Language"], f'<html lang="{shown}">' in page.text) == (shown, True)


def test_what_the_county_has_not_set_is_not_in_the_footer(world):
    with world.new_api(CONTROLLER="", CONTROLLER_SV="", PRIVACY_URL="", ACCESSIBILITY_URL="", CONTACT="").start() as api:
        said = footer(requests.get(f"{api.url}/r", timeout=10))
    assert "href" not in said and "<li>" not in said and "vastaa" not in said


@pytest.mark.parametrize("contact, shown", [("https://example.org/palaute", 'href="https://example.org/palaute"'),
                                            ("Soita 03 123 45, kysy @osallisuutta", "Soita 03 123 45, kysy @osallisuutta</li>"),
                                            ('"><script>alert(1)</script>', "&quot;&gt;&lt;script&gt;")])
def test_a_contact_is_a_link_only_where_it_can_be_one(world, contact, shown):
    with world.new_api(CONTACT=contact).start() as api:
        page = requests.get(f"{api.url}/r", timeout=10).content.decode()
    assert shown in page and page.count("<script") == 0
    assert page.count("mailto:") == 0


@pytest.mark.parametrize("setting, value", [("PRIVACY_URL", "javascript:alert(1)"), ("ACCESSIBILITY_URL", "example.org/a")])
def test_a_notice_is_at_an_address_of_the_web_or_the_service_does_not_start(world, setting, value):
    api = world.new_api(**{setting: value}).launch()
    api.expect_exit(1)
    assert f"OSALLISUUS_{setting} does not have the form" in api.log_text()


def test_the_icon_is_where_browsers_look_for_it_and_may_be_kept(world):
    for path in ("/favicon.svg", "/favicon.ico"):
        icon = get(world, path)
        assert icon.status_code == 200 and icon.headers["Content-Type"] == "image/svg+xml"
        assert icon.headers["Cache-Control"] == "public, max-age=300"
        assert get(world, path, **{"If-None-Match": icon.headers["ETag"]}).status_code == 304
        assert xml.etree.ElementTree.fromstring(icon.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert 'rel="icon" href="/osallisuus/favicon.svg"' in text_of(get(world, "/r"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_reads_that_there_is_no_such_page(world, language):
    page = get(world, f"/palaute?language={language}", "de")
    assert page.status_code == 404 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert f"<h1>{NOT_FOUND[language]}</h1>" in text_of(page)
    assert f'href="/osallisuus/r?language={language}"' in text_of(page) and f'href="/osallisuus/?language={language}"' in text_of(page)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, text/html", "text/htmlx"])
def test_a_program_reads_a_problem_where_nothing_is(world, accept):
    reply = requests.get(f"{world.api.url}/palaute", headers={"Accept": accept}, timeout=10)
    assert reply.status_code == 404 and reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json()["code"] == "not_found"


@pytest.mark.parametrize("query", ["language=xx", "language=", "language=%FF", "language=%zz", "c=carrier-pigeon", "language=xx&utm=1"])
def test_a_page_passes_over_a_wrong_parameter(world, query):
    page = get(world, f"{path_of(world, 'ward')}?{query}", "sv")
    assert page.status_code == 200 and page.headers["Content-Language"] == "sv"
    assert 'action="?c=web&language=sv"' in text_of(page)


def test_of_a_parameter_that_stands_twice_a_page_takes_the_first_that_it_knows(world):
    page = get(world, "/r?language=xx&language=en&language=fi", "sv")
    assert page.status_code == 200 and page.headers["Content-Language"] == "en"


@pytest.mark.parametrize("path, place", [
    ("/r/", "/osallisuus/r"), ("/r///", "/osallisuus/r"), ("/r/?language=sv", "/osallisuus/r?language=sv"), ("/docs/", "/osallisuus/docs"),
    ("/p/abc/print//", "/osallisuus/p/abc/print"), ("//", "/osallisuus/")])
def test_a_slash_at_the_end_of_a_pages_address_leads_to_the_page(world, path, place):
    for method in ("GET", "HEAD", "POST"):
        if method == "POST" and path != "/r/":
            continue
        reply = requests.request(method, world.api.url + path, timeout=10, allow_redirects=False)
        assert (reply.status_code, reply.headers["Location"]) == (308, place)


@pytest.mark.parametrize("path", ["/v1/units/", "/openapi.json/", "//r", "//example.org/", "/nowhere/"])
def test_no_other_address_is_led_anywhere(world, path):
    reply = world.client("admin", checked=False).session.get(world.api.url + path, timeout=10, allow_redirects=False)
    assert "Location" not in reply.headers and reply.status_code == 404


def test_these_pages_are_accessible_at_any_width(world):
    visits = [{"url": f"{world.api.url}{path}?language={language}", "width": width, "axe": GOOD_PRACTICE}
              for path in ("/privacy", "/palaute") for language in LANGUAGES for width in WIDTHS]
    for asked, report in zip(visits, visit(*visits)):
        assert report["violations"] == [] and not report["too_wide"], asked
        assert report["status"] == (404 if "/palaute" in asked["url"] else 200), asked
        assert f"language={report['language']}" in asked["url"], asked
        assert all("script" not in complaint for complaint in report["complaints"]), report["complaints"]
