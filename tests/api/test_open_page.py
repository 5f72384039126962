"""
The page of an open session, a panel that takes applications and an open budget: without any other system one reads what it is and takes part,
by the same rules as by the API.
"""

import re
import time

import pytest

from support.client import Client
from support.consultations import BUDGET, Consultation
from support.database import Database
from support.forms import made_token
from support.open_pages import TEXTS, OpenPage, own_link, words
from support.panels import day, make_panel
from support.public_pages import read
from support.sessions import Session, register
from support.world import World

APPLICATION = {"role": "client", "name": "Aino Esimerkki"}
HOUR_MS = 3600 * 1000


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    with World(Database.create(cluster), tmp_path_factory.mktemp("world"), FORM_LEAST_S=0, FORM_BURST_PER_PEER=100000) as made:
        made.api.start()
        yield made


@pytest.fixture(scope="module")
def budget(world):
    return Consultation(world, kind="budget", budget=BUDGET, is_open=True).id


def recruiting(world, **members):
    return make_panel(world, "client_panel", state="recruiting", is_public=True, **members)


def count(world, table, thing):
    column = {"registration": "session_id", "member": "panel_id", "budget_answer": "consultation_id"}[table]
    return world.database.value(f"SELECT count(*) FROM {table} WHERE {column} = %s::uuid", thing)


# ---- what is shown ----
def test_a_session_says_what_when_where_and_how_many_places_are_left(world):
    session = Session(world, is_open=True, capacity=12, starts_at="2031-02-01T15:00:00Z", ends_at="2031-02-01T17:30:00Z", support=["hearing_loop", "transport"],
                      online_url="https://example.org/etana", description={"fi": "Kerro, mikä toimii.", "sv": "Berätta."})
    page = OpenPage(world, session.id).page
    for said in ("Osallisuusilta", "Kerro, mikä toimii.", "lauantai 1.2.2031 klo 17.00–19.30 (Suomen aikaa)", "Sali 2, Keskuskatu 1", "Hissi on ovella.",
                 "Vapaita paikkoja on vielä", "induktiosilmukka kuulolaitteille, kuljetus", "60 päivän kuluttua"):
        assert said in page.words
    assert "https://example.org/etana" not in page.response.text
    swedish = OpenPage(world, session.id, "sv").page
    assert "lördag 1.2.2031 kl. 17.00–19.30 (finsk tid)" in swedish.words and swedish.lang_of("Hissi on ovella.") == "fi"


def test_a_panel_says_what_is_asked_and_why(world):
    page = OpenPage(world, recruiting(world, purpose={"fi": "Raati kertoo."}, recruits_until=day(5))).page
    for said in ("Raati kertoo.", "Hae viimeistään", "Jäsenet arvotaan", "Jäsen ei voi olla hyvinvointialueen työntekijä", "Nimesi näkevät vain ne"):
        assert said in page.words


def test_a_text_in_easy_finnish_is_offered_and_read(world):
    session = Session(world, is_open=True, description={"fi": "Keskustelemme hoidosta.", "fi-x-selko": "Tule puhumaan hoidosta."})
    assert "Selkosuomi" in OpenPage(world, session.id).page.response.text
    easy = OpenPage(world, session.id, "fi-x-selko")
    assert "Tule puhumaan hoidosta." in easy.page.words and TEXTS["fi-x-selko"]["register_how"] in easy.page.words
    assert easy.fields["lang"] == "fi" and TEXTS["fi-x-selko"]["registered_words"] in words(easy.send())
    assert "Selkosuomi" not in OpenPage(world, Session(world, is_open=True).id).page.response.text


def test_each_opportunity_leads_to_its_page_in_the_same_language(world, budget):
    made = {recruiting(world), Session(world, is_open=True).id, budget}

    def look():
        page = read(world, "/opportunities", language="sv")
        return page if all(f"{world.settings.get('PUBLIC_URL', 'http://127.0.0.1:8080')}/opportunities/{thing}?language=sv" in page.links
                           or any(link.endswith(f"/opportunities/{thing}?language=sv") for link in page.links) for thing in made) else None
    world.api.wait_for(look, "links to all of them", 10)


def test_what_is_not_open_to_all_has_no_page(world):
    hidden = [Session(world).id, Session(world, is_open=True, is_published=False).id, make_panel(world, "client_panel", state="recruiting"),
              make_panel(world, "client_panel", is_public=True), Consultation(world).id, Consultation(world, is_open=True, state="draft").id]
    for thing in [*hidden, "00000000-0000-4000-8000-000000000000", "x"]:
        assert Client(world.api).get(f"/opportunities/{thing}", expect=404).headers["Content-Type"].startswith("text/html")


def test_what_is_over_says_so_and_has_no_form(world):
    begun, cancelled, late = (Session(world, is_open=True) for _ in range(3))
    form = OpenPage(world, late.id)
    begun.begin()
    late.begin()
    cancelled.move("cancelled", reason="Sairastuin.")
    ended = recruiting(world)
    world.client("coordinator").move(f"/v1/panels/{ended}", "active", expect=200)
    for thing, said in ((begun.id, "register_over"), (ended, "apply_over"), (Consultation(world, is_open=True, state="closed").id, "hearing_over")):
        assert TEXTS["fi"][said] in OpenPage(world, thing).page.words and not OpenPage(world, thing).fields
    assert "Tilaisuus on peruttu. Sairastuin." in OpenPage(world, cancelled.id).page.words
    refused = form.send()
    assert refused.status_code == 409 and TEXTS["fi"]["register_over"] in words(refused)


def test_a_panel_takes_no_applications_after_its_last_day(world):
    panel = recruiting(world)
    world.database.run("UPDATE panel SET recruits_until = app_today() - 1 WHERE id = %s::uuid", panel)
    assert not OpenPage(world, panel).fields
    assert panel not in {item["id"] for item in Client(world.api).all_items("/v1/opportunities")}


# ---- taking part ----
@pytest.mark.parametrize("places, told", [(5, "muutama"), (6, "on vielä")])
def test_places_that_are_left_are_told_in_words_so_that_nobody_learns_who_is_registered(world, places, told):
    assert f"Vapaita paikkoja {told}" in OpenPage(world, Session(world, is_open=True, capacity=places).id).page.words


def test_who_registers_is_told_so_and_finds_their_page(world):
    session = Session(world, is_open=True, capacity=1)
    done = OpenPage(world, session.id).send(**{"support_needs.transport": "true", "support_needs.large_print": "true"})
    assert done.status_code == 200 and done.headers["Cache-Control"] == "no-store"
    assert words(done).startswith("Olet ilmoittautunut") and re.search(r"https?://\S+/m/[\w-]{22}\?language=fi", words(done))
    assert "Olet ilmoittautunut." in Client(world.api).get(own_link(done), expect=200).text
    assert sorted(world.database.value("SELECT support_needs FROM registration WHERE session_id = %s::uuid", session.id)) == ["large_print", "transport"]
    full = OpenPage(world, session.id)
    assert "Vapaita paikkoja ei yhtään" in full.page.words and TEXTS["fi"]["register_full"] in full.page.words
    assert words(full.send()).startswith("Olet jonossa")


def test_who_gives_an_address_gets_the_link_by_mail_alone_and_learns_nothing_of_others(world):
    session = Session(world, is_open=True)
    register(world, session, email="ennen@example.org")
    for _ in range(2):
        done = OpenPage(world, session.id).send(**{"contact.email": "ennen@example.org"})
        assert words(done).startswith("Olet ilmoittautunut") and TEXTS["fi"]["open_link_mailed"] in words(done) and own_link(done) is None
    assert count(world, "registration", session.id) == 1


def test_an_address_that_is_none_is_told_at_its_field_with_what_was_chosen(world):
    session = Session(world, is_open=True)
    form = OpenPage(world, session.id)
    again = form.send(**{"contact.email": "ei osoite", "support_needs.assistant": "true"})
    assert again.status_code == 422 and "pitää olla sähköpostiosoite" in words(again)
    assert 'value="ei osoite"' in again.text and again.text.count(" checked") == 1 and count(world, "registration", session.id) == 0
    assert form.fields["token"] in again.text and words(form.send()).startswith("Olet ilmoittautunut")


def test_who_applies_for_a_panel_is_told_what_is_missing_and_then_that_it_came(world):
    world.database.run("INSERT INTO municipality (id, unit_id, code, name) VALUES (gen_random_uuid(), %s::uuid, '091', '{\"fi\": \"Suviranta\"}') ON CONFLICT DO NOTHING",
                       world.units["county"])
    panel = recruiting(world)
    form = OpenPage(world, panel)
    choices = {name: re.search(rf'<select[^>]*name="{name}"[^>]*>.*?</select>', form.page.response.text, re.DOTALL)[0] for name in ("lang", "age_band")}
    assert " required" in choices["lang"] and "En halua kertoa" not in choices["lang"] and "En halua kertoa" in choices["age_band"]
    again = form.send(name=" ")
    assert again.status_code == 422 and "Nimi: puuttuu" in words(again) and "Missä roolissa haet?: puuttuu" in words(again)
    done = form.send(**APPLICATION, lang="sv", municipality="091", age_band="30_64", gender="")
    assert words(done).startswith("Hakemuksesi on saapunut") and "Hakemuksesi on saapunut." in Client(world.api, language="fi").get(own_link(done), expect=200).text
    row = world.database.value("SELECT to_jsonb(m) FROM member m WHERE m.panel_id = %s::uuid", panel)
    assert [row[name] for name in ("role", "lang", "municipality", "age_band", "gender", "is_staff", "state")] == ["client", "sv", "091", "30_64", None, False, "applied"]


def test_a_budget_is_divided_with_amounts_as_people_write_them(world, budget):
    before = count(world, "budget_answer", budget)
    form = OpenPage(world, budget)
    assert "Jaettavana 100 euroa" in form.page.words
    short = form.send(**{"shares.bus": "60", "shares.guide": "10 "})
    assert short.status_code == 422 and "Jaoit 70 euroa. Jaettavana on tasan 100 euroa." in words(short) and 'value="60"' in short.text
    for amount, said in (("81", "shares.bus"), ("kaikki", "shares.bus"), ("-1", "shares.bus")):
        wrong = form.send(**{said: amount})
        assert wrong.status_code == 422 and 'aria-invalid="true"' in wrong.text
    assert count(world, "budget_answer", budget) == before
    done = form.send(**{"shares.bus": "8\u00a00", "shares.guide": "2 0", "shares.coffee": ""})
    assert words(done).startswith("Rahan jakosi on tallennettu")
    assert world.database.value("SELECT shares FROM budget_answer WHERE consultation_id = %s::uuid", budget) == {"bus": 80, "guide": 20}


# ---- against programs, and twice ----
def test_a_form_that_is_sent_twice_registers_once_and_tells_the_same(world):
    session = Session(world, is_open=True)
    form = OpenPage(world, session.id)
    first, second = form.send(), form.send()
    assert own_link(first) == own_link(second) and count(world, "registration", session.id) == 1
    other = form.send(**{"support_needs.transport": "true"})
    assert TEXTS["fi"]["form_again_other"] in words(other) and count(world, "registration", session.id) == 1


def test_a_form_that_looks_as_if_no_person_had_sent_it_comes_again(world):
    session = Session(world, is_open=True)
    form = OpenPage(world, session.id)
    strange = [form.send(homepage="https://spam.example"), form.send({"Sec-Fetch-Site": "cross-site"}), form.send(token=None), form.send(token="x"),
               form.send(token=made_token(Session(world, is_open=True).id, int(time.time() * 1000) - HOUR_MS))]
    late = form.send(token=made_token(session.id, int(time.time() * 1000) - 13 * HOUR_MS))
    assert all(TEXTS["fi"]["form_again"] in words(page) for page in strange) and TEXTS["fi"]["form_again_late"] in words(late)
    assert count(world, "registration", session.id) == 0


def test_a_form_that_comes_at_once_and_too_many_from_one_address_wait(world):
    session = Session(world, is_open=True)
    form = OpenPage(world, session.id)
    with world.new_api(FORM_LEAST_S=600).start() as api:
        assert TEXTS["fi"]["form_again_soon"] in words(form.send(url=form.url.replace(world.api.url, api.url)))
    with world.new_api(FORM_LEAST_S=0, FORM_RATE_PER_PEER_MIN=1, FORM_BURST_PER_PEER=2).start() as api:
        url = form.url.replace(world.api.url, api.url)
        pages = [form.send(url=url, token=made_token(session.id, int(time.time() * 1000) - HOUR_MS - n)) for n in range(3)]
    assert [page.status_code for page in pages] == [200, 200, 429] and TEXTS["fi"]["form_again_many"] in words(pages[2])
    assert pages[2].headers["Retry-After"] == "60" and count(world, "registration", session.id) == 2


@pytest.mark.parametrize("operation", ["feedback_create", "member_apply", "personal_erase", "session_create", "x"])
def test_only_an_operation_that_has_a_form_and_this_thing_is_done(world, operation):
    session = Session(world, is_open=True)
    reply = OpenPage(world, session.id).send(operation=operation, **APPLICATION)
    assert reply.status_code == 404 and reply.headers["Content-Type"].startswith("text/html") and count(world, "registration", session.id) == 0
