"""
The public pages: what is published is there, in the reader's language, and nothing else is.
"""

import json
import uuid
import xml.etree.ElementTree as ElementTree

import pytest

from support.client import Client
from support.inputs import Member
from support.links import new_link
from support.panels import make_panel
from support.programs import ROOT
from support.public_pages import TEXTS, parse, public_change, publish, read, suggest, wait_for_text, wait_for_words

LANGUAGES = ("fi", "sv", "en")
TEXTS_FILE = json.loads((ROOT / "api/pages/public/public_texts.json").read_text())
ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = '<script>alert("x")</script> & \'"> {{t.title}} {"$text": "nav_front"}'


def test_every_text_is_there_in_every_language():
    assert {language: set(texts) for language, texts in TEXTS_FILE.items()} == {language: set(TEXTS_FILE["fi"]) for language in LANGUAGES}
    assert all(text for texts in TEXTS_FILE.values() for text in texts.values())


def test_a_published_change_is_read_from_what_was_said_to_whether_it_is_better(world):
    change = public_change(world, "made", theme="puhelin")
    page = read(world, f"/changes/{change}", language="fi")
    order = [page.words.index(words) for words in (
        "Takaisinsoitto samana päivänä", "Mitä meille sanottiin", "Kukaan ei soittanut.", "Mitä teimme", "Soitamme samana päivänä.", "Onko nyt paremmin?",
        "Osasto 3", "Osastonhoitaja", "puhelin", "Päätetty tehdä")]
    assert order == sorted(order)
    for path in (f"/changes/{change}", "/changes", "/changes.atom", f"/units/{world.units['ward']}", "/embed/changes"):
        assert "Soittolista" not in Client(world.api).get(path, expect=200).text  # the evidence is for staff


def test_it_is_in_the_lists_of_its_unit_and_of_all_above(world):
    change = public_change(world, title={"fi": "Uusi penkki aulaan"})
    for path in ("/", "/changes", *(f"/units/{world.units[name]}" for name in ("ward", "hospital", "county"))):
        page = wait_for_words(world, path, "Uusi penkki aulaan", language="fi")
        assert f"{world.api.url}/changes/{change}?language=fi" in page.links
    assert "Uusi penkki aulaan" not in read(world, f"/units/{world.units['office']}").words


def test_a_draft_is_nowhere(world):
    path = suggest(world, title={"fi": "Salainen luonnos"})
    change = path.rsplit("/", 1)[1]
    Client(world.api).get(f"/changes/{change}", expect=404)
    for page in ("/", "/changes", "/units", f"/units/{world.units['ward']}", "/reports", "/embed/changes"):
        assert "Salainen luonnos" not in read(world, page).words
    assert "Salainen luonnos" not in Client(world.api).get("/changes.atom", expect=200).text


def test_what_is_written_after_the_publication_is_a_draft_until_the_next(world):
    change = public_change(world, title={"fi": "Ensimmäinen otsikko"})
    path, owner = f"/v1/changes/{change}", world.client("handler")
    owner.patch(path, {"title": {"fi": "Toinen otsikko"}, "done": {"fi": "Uutta"}, "theme": "uusi", "owner_ref": "Toinen"}, etag="*", expect=200)
    owner.move(path, "in_progress", expect=200)  # so that it is seen when the page was written anew
    page = wait_for_words(world, f"/changes/{change}", "Työn alla", language="fi")
    assert "Ensimmäinen otsikko" in page.words
    assert not any(words in page.words for words in ("Toinen", "Uutta", "uusi"))
    publish(world, path)
    page = wait_for_words(world, f"/changes/{change}", "Toinen otsikko", language="fi")
    assert "Päivitetty" in page.words and "Ensimmäinen otsikko" not in page.words


def test_whom_a_change_came_of_reads_no_draft_either(world):
    change = public_change(world, "made")
    member, case = Member(world, make_panel(world, "co_development", state="active")), world.client("submit").post(
        "/v1/feedback", {"unit_id": world.units["ward"], "kind": "concern", "text": "Kukaan ei soita.", "channel": "web", "lang": "fi"}, expect=201).json()
    owner, (token, token_hash) = world.client("coordinator"), new_link()
    for source in ({"kind": "feedback", "feedback_id": case["id"]}, {"kind": "idea", "input_id": member.bring().json()["id"]}):
        owner.post(f"/v1/changes/{change}/sources", source, expect=201)
    world.database.run("INSERT INTO follow_up (id, change_id, contributor, feedback_id, token_hash, expires_on)"
                       " VALUES (gen_random_uuid(), %s, 'x', %s, %s, app_today())", change, case["id"], token_hash)
    draft = {name: {"fi": "Luonnos"} for name in ("title", "said", "done")}
    owner.patch(f"/v1/changes/{change}", draft, etag="*", expect=200)

    def seen():
        yield world.giver(case["receipt_code"]).get("/v1/receipt", expect=200).text
        yield member.client.get(f"{member.path}/changes", expect=200).text
        for path in (f"/f/{token}", f"/m/{member.token}"):
            yield Client(world.api).get(path, expect=200).text

    for text in seen():
        assert "Soitamme samana päivänä." in text and "Luonnos" not in text
    publish(world, f"/v1/changes/{change}")
    for text in seen():
        assert "Luonnos" in text and "Soitamme samana päivänä." not in text


def test_a_reason_is_public_with_the_state_that_it_is_of(world):
    change, owner = public_change(world), world.client("handler")
    owner.move(f"/v1/changes/{change}", "delayed", reason="Tilat ovat remontissa.", expect=200)
    page = wait_for_words(world, f"/changes/{change}", "Tilat ovat remontissa.", language="fi")
    assert "Viivästyi" in page.words
    wait_for_text(world, "/changes.atom", "Tilat ovat remontissa.", language="fi")
    owner.move(f"/v1/changes/{change}", "abandoned", reason="Rahat loppuivat.", expect=200)
    page = wait_for_words(world, f"/changes/{change}", "Rahat loppuivat.", language="fi")
    assert "Tilat ovat remontissa." not in page.words


def test_a_reason_and_who_sees_to_it_are_read_in_ones_language_else_marked(world):
    owner, change = world.client("handler"), public_change(world, owner={"sv": "Avdelningsskötaren"})
    owner.move(f"/v1/changes/{change}", "delayed", reason="Tilat ovat remontissa.", reasons={"sv": "Lokalerna renoveras.", "fi-x-selko": "Talo korjataan."}, expect=200)
    page = wait_for_words(world, f"/changes/{change}", "Lokalerna renoveras.", language="sv")
    assert "Avdelningsskötaren" in page.words and page.lang_of("Lokalerna renoveras.") == page.lang_of("Avdelningsskötaren") == "sv"
    page = wait_for_words(world, f"/changes/{change}", "Tilat ovat remontissa.", language="en")
    assert page.lang_of("Tilat ovat remontissa.") == page.lang_of("Osastonhoitaja") == "fi"
    assert owner.get(f"/v1/changes/{change}", expect=200).json()["state_reasons"] == {
        "fi": "Tilat ovat remontissa.", "sv": "Lokalerna renoveras.", "fi-x-selko": "Talo korjataan."}


def test_beside_a_state_stands_its_own_day_and_beside_a_publication_that_one(world):
    change = public_change(world, "delayed", reason="Tilat ovat remontissa.")
    world.database.run("UPDATE step SET made_on = '2026-01-16' WHERE subject = %s::uuid AND to_state = 'delayed'", change)
    world.database.run("UPDATE change_publication SET published_on = '2026-01-20' WHERE change_id = %s::uuid", change)
    world.database.run("UPDATE change SET state_at = '2026-01-15T22:30Z' WHERE id = %s::uuid", change)  # the last: pages are looked at anew
    page = wait_for_words(world, f"/changes/{change}", "Viivästyi 16.1.2026", language="fi")
    assert "Julkaistu 20.1.2026" in page.words and "16.1.2026 Viivästyi" in page.words


@pytest.mark.parametrize("state, shown, hidden", [
    ("verified", "Kyllä. Kysyimme", "Ei vielä."), ("not_effective", "Ei vielä. Kysyimme", "Kyllä."),
    ("inconclusive", "Kerromme tuloksen, kun vastauksia on tarpeeksi.", "viisi")])
def test_whether_it_is_better_is_said_in_words(world, state, shown, hidden):
    change = public_change(world, "made")
    world.database.run(
        "INSERT INTO step (id, resource, subject, from_state, to_state, who, version)"
        " SELECT gen_random_uuid(), 'change', id, state, %s, 'system', version + 1 FROM change WHERE id = %s::uuid", state, change)
    page = wait_for_words(world, f"/changes/{change}", shown, language="fi")
    assert hidden not in page.words


def test_what_is_not_done_yet_is_not_said_to_be_done(world):
    page = read(world, f"/changes/{public_change(world)}", language="fi")
    assert "Mitä teemme" in page.words and "Mitä teimme" not in page.words


def test_texts_of_people_become_no_markup(world):
    change = public_change(world, title={"fi": NASTY}, said={"fi": NASTY + "\u0001\u000b\u001f\ufffe"}, done={"fi": NASTY}, theme=NASTY, owner_ref=NASTY)
    for path in (f"/changes/{change}", "/changes", "/", f"/units/{world.units['ward']}", "/embed/changes"):
        page = wait_for_words(world, path, NASTY)
        assert "<script" not in page.response.text and not list(page.tree.iter("script"))
    feed = wait_for_text(world, "/changes.atom", f"urn:uuid:{change}").text
    assert NASTY in ["".join(title.itertext()) for title in ElementTree.fromstring(feed).iter(f"{ATOM}title")]


def test_a_text_in_another_language_is_marked(world):
    change = public_change(world)
    page = read(world, f"/changes/{change}", language="sv")
    assert page.tree.get("lang") == "sv" and page.lang_of("Uppringning samma dag") == "sv"
    assert page.lang_of("Soitamme samana päivänä.") == "fi"
    page = read(world, f"/changes/{change}", language="en")
    assert page.lang_of("Nobody called.") == "en" and page.lang_of(TEXTS["title"]["fi"]) == "fi"


def test_easy_finnish_stands_beside_finnish(world):
    change = public_change(world, done={"fi": "Soitamme samana päivänä.", "fi-x-selko": "Me soitamme sinulle."})
    page = read(world, f"/changes/{change}", language="fi")
    assert page.lang_of("Me soitamme sinulle.") == "fi-x-selko"
    assert "Me soitamme sinulle." not in read(world, f"/changes/{change}", language="sv").words


def test_whom_a_change_came_of_reads_it_in_easy_finnish_or_marked_in_another_language(world):
    change = public_change(world, "made", done={"fi": "Soitamme samana päivänä.", "fi-x-selko": "Me soitamme sinulle."})
    member = Member(world, make_panel(world, "co_development", state="active"))
    world.client("coordinator").post(f"/v1/changes/{change}/sources", {"kind": "idea", "input_id": member.bring().json()["id"]}, expect=201)
    finnish, easy, swedish = (read(world, f"/m/{member.token}", language=tag) for tag in ("fi", "fi-x-selko", "sv"))
    assert "Me soitamme sinulle." not in finnish.words and any(link.endswith("?language=fi-x-selko") for link in finnish.links)
    assert easy.lang_of("Me soitamme sinulle.") == easy.tree.get("lang") == "fi-x-selko"
    assert swedish.lang_of("Soitamme samana päivänä.") == "fi" and swedish.lang_of("Uppringning samma dag") == "sv"


@pytest.mark.parametrize("accepted, wanted, language", [
    ("sv", None, "sv"), ("en-GB, sv;q=0.5", None, "en"), ("de", None, "fi"), ("sv", "en", "en"), ("en", "fi", "fi"), ("en", "fi-x-selko", "fi"), ("sv", "xx", "sv")])
def test_the_language_is_that_of_the_address_else_of_the_browser(world, accepted, wanted, language):
    reply = Client(world.api, language=accepted).get("/units", params={"language": wanted} if wanted else None, expect=200)
    page = parse(reply)
    assert (page.tree.get("lang"), reply.headers["Content-Language"]) == (language, language)
    assert "Accept-Language" in reply.headers["Vary"]
    alternates = {link.get("hreflang"): link.get("href") for link in page.tree.iter("link") if link.get("hreflang")}
    assert {tag: href.rsplit("/", 1)[1] for tag, href in alternates.items()} == {tag: f"units?language={tag}" for tag in LANGUAGES}


def test_a_page_that_the_reader_has_is_not_sent_again(world):
    public_change(world, title={"fi": "Jotakin vanhaa"})
    reader = Client(world.api)  # one connection, one loop: each looks for itself at what is public
    world.api.wait_for(lambda: "Jotakin vanhaa" in parse(reader.get("/changes", expect=200)).words, "the change in the list", 10)
    first = reader.get("/changes", expect=200)
    again = reader.get("/changes", headers={"If-None-Match": first.headers["ETag"]}, expect=304)
    assert again.headers["ETag"] == first.headers["ETag"] and again.headers["Cache-Control"].startswith("public, max-age=")
    public_change(world, title={"fi": "Jotakin uutta"})
    page = wait_for_words(world, "/changes", "Jotakin uutta")
    assert page.response.headers["ETag"] != first.headers["ETag"]


def test_what_others_hang_on_an_address_makes_no_other_page(world):
    plain = Client(world.api).get("/accessibility", expect=200)
    assert Client(world.api).get("/accessibility?utm_source=x", expect=200).headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("path", ["/changes/{}", "/units/{}", "/publications/{}"])
def test_what_is_not_there_is_a_page_that_says_so(world, path):
    reply = Client(world.api, language="sv").get(path.format(uuid.uuid4()), expect=404)
    assert parse(reply).tree.get("lang") == "sv" and reply.headers["Cache-Control"] == "no-store"


def test_only_the_embedded_page_may_stand_in_a_frame(world):
    for path in ("/", "/changes", "/units", "/house", "/reports", "/embed", "/accessibility"):
        assert "frame-ancestors 'none'" in Client(world.api).get(path, expect=200).headers["Content-Security-Policy"]
    assert "frame-ancestors *" in Client(world.api).get("/embed/changes", expect=200).headers["Content-Security-Policy"]
