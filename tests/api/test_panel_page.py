"""
What members of panels find behind their personal link: their inputs with fates, changes, votes, what came of rounds.
"""

import html
import re

import pytest

from support.inputs import Member, session_of
from support.panels import make_member, make_panel
from support.people import add_person
from support.questions import moment, text
from support.rounds import Round

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def panel(world):
    return make_panel(world, "online_panel", state="active")


@pytest.fixture
def member(world, panel):
    return Member(world, panel)


def page(member, language="fi"):
    return member.client.get(f"/m/{member.token}?language={language}", expect=200).text


@pytest.mark.parametrize("language, title, fate", [
    ("fi", "Mitä olet tuonut esiin", "Tämä otettiin mukaan osittain."), ("sv", "Det du har tagit upp", "Det här togs delvis med."),
    ("en", "What you brought up", "This was taken up in part.")])
def test_one_reads_what_became_of_ones_own(world, member, language, title, fate):
    made = member.bring(text="Lisää penkkejä pihalle.").json()["id"]
    world.client("coordinator").move(f"/v1/inputs/{made}", "partly", reason="Yksi penkki tulee.", expect=200)
    shown = page(member, language)
    assert title in shown and "Lisää penkkejä pihalle." in shown and fate in shown and "Yksi penkki tulee." in shown


def test_what_others_brought_is_not_there(world, panel, member):
    Member(world, panel).bring(text="Toisen ajatus.")
    assert "Toisen ajatus." not in page(member)


def test_a_change_that_came_of_it_is_there_once_it_is_decided(world, member):
    made = member.bring().json()["id"]
    change = world.database.value("INSERT INTO change (id, unit_id, title, owner_ref, planned_for, state) VALUES (gen_random_uuid(), %s::uuid,"
                                  " '{\"fi\": \"Uudet penkit\"}', 'x', app_today(), 'under_review') RETURNING id::text", world.units["ward"])
    world.database.run("INSERT INTO change_source (id, change_id, kind, input_id) VALUES (gen_random_uuid(), %s::uuid, 'idea', %s::uuid)", change, made)
    assert "Uudet penkit" not in page(member)
    world.client("coordinator").move(f"/v1/changes/{change}", "planned", expect=200)
    assert "Uudet penkit" in page(member) and "Muutos on suunniteltu." in page(member)


def test_a_vote_is_offered_while_it_is_open(world, panel, member):
    made = world.client("coordinator").post("/v1/votes", {"panel_id": panel, "question": text("Kokoonnutaanko illalla?"), "closes_at": moment(days=2), "options": [
        {"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]}, expect=201)
    assert "Kokoonnutaanko illalla?" in page(member) and "Olet äänestänyt" not in page(member)
    assert re.search(r"Vastaa viimeistään</dt><dd[^>]*>[0-9.]+ klo [0-9.]+", page(member))
    member.client.post(f"{member.path}/votes/{made.json()['id']}/ballot", {"option": "no"}, expect=200)
    assert "Olet äänestänyt" in page(member)
    world.client("coordinator").move(made.headers["Location"], "closed", expect=200)
    assert "Äänestys on päättynyt. Ääniä tuli niin vähän" in page(member) and "Äänestä<" not in page(member)


def test_members_are_told_of_a_vote_and_read_what_came_of_it(world):
    panel = make_panel(world, "online_panel", state="active")
    voters = [Member(world, panel) for _ in range(5)]
    made = world.client("coordinator").post("/v1/votes", {"panel_id": panel, "question": text("Kokoonnutaanko aamulla?"), "closes_at": moment(days=2), "options": [
        {"key": "yes", "text": {"fi": "Aamulla"}}, {"key": "no", "text": {"fi": "Illalla"}}]}, expect=201)
    for voter in voters:
        voter.client.post(f"{voter.path}/votes/{made.json()['id']}/ballot", {"option": "yes"}, expect=200)
    world.client("coordinator").move(made.headers["Location"], "closed", expect=200)
    shown = " ".join(html.unescape(re.sub("<[^>]*>", " ", page(voters[0]))).split())
    assert "Kokoonnutaanko aamulla? Äänestys on päättynyt. Näin äänet jakautuivat: Aamulla 5 Illalla 0" in shown


def test_an_active_member_with_an_address_gets_a_mail_of_a_vote(world):
    panel = make_panel(world, "online_panel", state="active")
    told, waiting = make_member(world, panel), make_member(world, panel, state="reserve")
    for one in (told, waiting):
        add_person(world, "member", one, sealed=b"x", key_id="test", address_hash=one.encode())
    vote = world.client("coordinator").post("/v1/votes", {"panel_id": panel, "question": text("Mikä?"), "closes_at": moment(days=2), "options": [
        {"key": "yes", "text": {"fi": "Kyllä"}}, {"key": "no", "text": {"fi": "Ei"}}]}, expect=201).json()["id"]
    assert world.database.rows("SELECT person_id::text, template FROM mail WHERE unique_key LIKE %s", f"%:vote:{vote}") == [(told, "member_selected")]


def test_who_brought_up_nothing_and_cannot_reads_no_empty_heading(world):
    member = make_member(world, make_panel(world, "online_panel", state="active"), state="reserve")
    shown = world.client().get(f"/m/{add_person(world, 'member', member)}", expect=200).text
    assert "Mitä olet tuonut esiin" not in shown and "Viimeinen päivä" not in shown
    assert "Kerromme, jos" not in shown and "Näet tältä sivulta, jos paikka vapautuu." in shown


def test_what_came_of_a_round_is_there_when_it_is_fed_back(world, panel, member):
    made = Round(world, panel=panel)
    made.move("open", "closed")
    made.patch({"summary": text("Moni haluaa iltoja."), "feedback": text("Auki tiistaisin.")})
    made.move("summarised")
    assert "Auki tiistaisin." not in page(member)
    made.move("fed_back")
    assert "Moni haluaa iltoja." in page(member) and "Auki tiistaisin." in page(member)


# ---- what one has to say of a statement, a session, a round ----

def statement_of(world, panel):
    return world.database.value("INSERT INTO statement (id, panel_id, title, text, due_on, decision_on, state, adopted_on) VALUES (gen_random_uuid(), %s::uuid,"
                                " '{\"fi\": \"Palveluverkko\"}', '{\"fi\": \"Lähipalvelut säilyvät.\"}', app_today() + 1, app_today() + 9, 'adopted', app_today())"
                                " RETURNING id::text", panel)


def discussed_round(world, panel, member):
    made = Round(world, panel=panel, has_discussion=True)
    made.move("open")
    world.database.run("WITH b AS (INSERT INTO survey_link_batch (id, round_id, link_count) VALUES (gen_random_uuid(), %s::uuid, 1) RETURNING id, round_id)"
                       " INSERT INTO survey_link (id, round_id, batch_id, token_hash, person_id, lang) SELECT gen_random_uuid(), round_id, id, decode(md5(%s), 'hex'), %s::uuid, 'fi'"
                       " FROM b", made.asked("id"), member.id, member.id)  # as the worker does
    return made.id


@pytest.mark.parametrize("language, heading, how", [
    ("fi", "Keskustelussa on sanottu:", "Nimeäsi ei näytetä."), ("sv", "I diskussionen har sagts:", "Ditt namn visas inte."),
    ("en", "What has been said in the discussion:", "Your name is not shown.")])
def test_members_read_what_others_say_in_an_open_discussion_and_not_who(world, panel, member, language, heading, how):
    asked, other = discussed_round(world, panel, member), Member(world, panel, role="relative")
    world.database.run("INSERT INTO member_name (member_id, name) VALUES (%s::uuid, 'Aino Salattu')", other.id)
    path = f"{member.path.replace('/v1/personal', '/m')}?language={language}"
    shown = world.client().get(path, expect=200).text
    assert heading not in shown and how in shown
    other.bring("comment", "Iltaisin sopii. Soita 040 123 4567.", round_id=asked)
    gone = other.bring("comment", "Ei sovi.", round_id=asked).json()["id"]
    world.client("coordinator").post("/v1/inputs", {"kind": "comment", "text": "Muualla.", "speaker_role": "client", "panel_id": panel}, expect=201)
    other.client.post(f"{other.path}/inputs/{gone}/transitions", {"to": "withdrawn"}, expect=200)
    shown = html.unescape(world.client().get(path, expect=200).text)
    assert heading in shown and ("“" if language == "en" else "”") + "Iltaisin sopii." in shown
    assert not any(words in shown for words in ("040 123", "Ei sovi.", "Muualla.", "Salattu"))


def test_what_others_say_is_shown_in_a_round_with_a_discussion_alone(world, panel, member):
    asked = discussed_round(world, panel, member)
    Member(world, panel).bring("comment", "Iltaisin sopii.", round_id=asked)
    world.database.run("UPDATE round SET has_discussion = false WHERE id = %s::uuid", asked)
    assert "Iltaisin" not in page(member)


PLACES = {"statement_id": (lambda world, panel, member: statement_of(world, panel), "dissent", "Kirjoita eriävä näkemys"),
          "session_id": (lambda world, panel, member: session_of(world, panel), "comment", "Kommentoi tätä tilaisuutta"),
          "round_id": (discussed_round, "comment", "Osallistu keskusteluun")}


@pytest.mark.parametrize("name", PLACES)
def test_a_member_says_what_they_think_where_it_belongs(world, member, panel, name):
    make, kind, button = PLACES[name]
    place = make(world, panel, member)
    sent = {"operation": "own_input_create", "kind": kind, name: place, "text": "Toisin."}
    assert button in page(member)
    form, = [form for form in re.findall(r"<form.*?</form>", page(member), re.DOTALL) if place in form and 'value="own_input_create"' in form]
    sent["token"] = re.search(r'name="token" value="([^"]+)"', form)[1]
    again = member.client.session.post(f"{world.api.url}/m/{member.token}?language=fi", data={**sent, "text": " "}, allow_redirects=False)
    assert again.status_code == 422 and again.text.count('aria-invalid="true"') == 1
    reply = member.client.session.post(f"{world.api.url}/m/{member.token}?language=fi", data=sent, allow_redirects=False)
    assert reply.status_code == 303
    assert world.database.rows(f"SELECT kind, text FROM input WHERE person_id = %s::uuid AND {name} = %s::uuid", member.id, place) == [(kind, "Toisin.")]


def test_what_takes_no_words_has_no_form_for_them(world, panel):
    statement = statement_of(world, panel)
    world.database.run("UPDATE statement SET state = 'published', effect = text WHERE id = %s::uuid", statement)
    cancelled = session_of(world, panel)
    world.client("panels").move(f"/v1/sessions/{cancelled}", "cancelled", reason="Syy.", expect=200)
    member = Member(world, panel)
    shown = page(member)
    assert statement not in shown and cancelled not in shown
