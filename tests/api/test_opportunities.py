"""
What one can take part in now: as JSON, as a feed and as a page, and only while one can.
"""

import uuid
from datetime import datetime
import xml.etree.ElementTree as ElementTree

import pytest

from support.client import Client
from support.consultations import Consultation, add_hearings
from support.panels import make_panel
from support.public_pages import add_year, public_report, read, wait_for_text, wait_for_words
from support.sessions import Session

ATOM = "{http://www.w3.org/2005/Atom}"


def listed(world, **params):
    """{id: item}"""
    return {item["id"]: item for item in Client(world.api).all_items("/v1/opportunities", **params)}


def recruiting(world, **body):
    return make_panel(world, "client_panel", state="recruiting", is_public=True, **body)


def test_each_kind_is_there_with_what_one_must_know(world):
    panel, session, consultation = recruiting(world, purpose={"fi": "Kerro."}), Session(world, is_open=True, capacity=1), Consultation(world, is_open=True)
    found = listed(world)
    assert [found[made]["kind"] for made in (panel, session.id, consultation.id)] == ["panel", "session", "consultation"]
    assert found[panel]["about"] == {"fi": "Kerro."} and found[panel]["until_on"] is None
    assert found[session.id]["has_room"] is True and found[session.id]["starts_at"] and found[session.id]["place"]["address"] == "Keskuskatu 1"
    assert found[consultation.id]["until_on"] == consultation.get()["due_on"]


def test_only_what_is_open_to_all_is_there(world):
    hidden = [make_panel(world, "client_panel", state="recruiting"), make_panel(world, "client_panel", is_public=True), Session(world).id,
              Session(world, is_open=True, is_published=False).id, Consultation(world).id, Consultation(world, is_open=True, state="draft").id]
    over = Consultation(world, is_open=True, state="closed").id
    begun = Session(world, is_open=True)
    begun.begin()
    late = Consultation(world, is_open=True).id
    world.database.run("UPDATE consultation SET opens_on = app_today() - 9, due_on = app_today() - 1 WHERE id = %s::uuid", late)
    assert not set(listed(world)) & {*hidden, over, begun.id, late}


def test_a_full_session_says_that_one_waits(world):
    session = Session(world, is_open=True, capacity=1)
    Client(world.api).post(f"/v1/open-sessions/{session.id}/registrations", {"lang": "fi"}, idempotency=str(uuid.uuid4()), expect=200)
    assert listed(world)[session.id]["has_room"] is False
    wait_for_words(world, "/opportunities", "Paikat ovat täynnä", language="fi")


@pytest.mark.parametrize("language, at", [("fi", "klo"), ("sv", "kl."), ("en", "at")])
def test_the_time_is_written_as_the_language_does(world, language, at):
    Session(world, is_open=True, starts_at="2031-02-01T15:00:00Z", ends_at="2031-02-01T17:30:00Z")
    Session(world, is_open=True, starts_at="2031-03-01T15:00:00Z", ends_at="2031-03-02T10:00:00Z")
    wait_for_words(world, "/opportunities", f"1.2.2031 {at} 17.00–19.30", language=language)
    wait_for_words(world, "/opportunities", f"1.3.2031 {at} 17.00 – 2.3.2031 {at} 12.00", language=language)


def test_a_unit_shows_its_own_and_what_is_below(world):
    mine, others = recruiting(world), recruiting(world, unit="office")
    for unit, has_mine in (("ward", True), ("hospital", True), ("county", True), ("office", False)):
        assert (mine in listed(world, unit_id=world.units[unit])) is has_mine
    assert others in listed(world, unit_id=world.units["social"])
    assert set(listed(world, kind="session")) & {mine, others} == set()


def test_the_list_goes_on_page_after_page(world):
    made = {recruiting(world) for _ in range(3)} | {Session(world, is_open=True).id}
    assert made <= set(listed(world, limit=1))


@pytest.mark.parametrize("language, kind", [("fi", "Hakee jäseniä"), ("sv", "Söker medlemmar"), ("en", "Looks for members")])
def test_the_page_speaks_the_readers_language_and_says_which_language_a_text_is_in(world, language, kind):
    recruiting(world, name={"fi": f"Raati {language}"})
    page = wait_for_words(world, "/opportunities", f"Raati {language}", language=language)
    assert kind in page.words and page.lang_of(f"Raati {language}") == "fi"


def test_the_page_follows_what_is_open(world):
    consultation = Consultation(world, is_open=True, title={"fi": "Mitä mieltä aukiolosta?"})
    wait_for_words(world, "/opportunities", "Mitä mieltä aukiolosta?", language="fi")
    read(world, f"/opportunities?unit={world.units['office']}", language="fi")
    consultation.move("closed")
    wait_for_words(world, "/opportunities", "Mitä mieltä aukiolosta?", present=False, language="fi")


def test_the_page_of_a_unit_is_of_that_unit(world):
    recruiting(world, name={"fi": "Osaston raati"})
    wait_for_words(world, f"/opportunities?unit={world.units['hospital']}", "Osaston raati", language="fi")
    assert "Osaston raati" not in read(world, f"/opportunities?unit={world.units['office']}", language="fi").words


def test_the_page_is_cached_by_an_etag_and_the_way_there_is_on_the_front_page(world):
    recruiting(world)
    page = read(world, "/opportunities", language="fi").response
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert any("/opportunities?language=fi" in link for link in read(world, "/", language="fi").links)
    assert any(f"/opportunities?language=fi&unit={world.units['ward']}" in link for link in read(world, f"/units/{world.units['ward']}", language="fi").links)


def test_the_feed_has_an_entry_for_each(world):
    panel = recruiting(world, name={"fi": "Syötteen <raati> & muut"})
    reply = wait_for_text(world, "/opportunities.atom", "Syötteen &lt;raati&gt; &amp; muut", language="fi")
    assert reply.headers["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(reply.content)
    entries = {entry.find(f"{ATOM}id").text: entry for entry in feed.iter(f"{ATOM}entry")}
    entry = entries[f"urn:uuid:{panel}"]
    assert entry.find(f"{ATOM}title").text == "Syötteen <raati> & muut"
    changed_at = world.database.value("SELECT changed_at FROM panel WHERE id = %s::uuid", panel)
    assert datetime.fromisoformat(entry.find(f"{ATOM}updated").text) == changed_at.replace(microsecond=0)
    assert {"title", "updated", "id", "author"} <= {child.tag.removeprefix(ATOM) for child in feed}


def test_the_years_report_tells_which_decisions_were_heard(fresh_world):
    world = fresh_world
    world.api.start()
    add_year(world, year=2024)
    add_hearings(world, 2024)
    public_report(world, period="2024")
    page = wait_for_words(world, "/reports/2024", "Kuulemiset ennen päätöksiä", language="fi")
    for words in ("Päätöksiä: 2", "Ennen päätöstä kuultiin: 1", "Ei kuultu: 1", "Vastaanoton sulkeminen", "Asiakasraati (raadissa)", "Otettiin osaksi huomioon",
                  "Aukioloa jatkettiin.", "Ketään ei kuultu. Kiireellinen asia."):
        assert words in page.words, words
