"""
Applying for a place in a panel, and what members see and do by their personal link.
"""

import html
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.client import Client, new_key, problem_pointers
from support.panels import day, make_member, make_panel
from support.people import add_person, person
from support.sessions import token_of
from test_personal_page import TEXTS, Page

APPLICATION = {"role": "client", "name": "Aino Hakija", "lang": "sv", "age_band": "18_29"}


@pytest.fixture
def anyone(world):
    return Client(world.api)


@pytest.fixture
def coordinator(world):
    return world.client("coordinator")


def recruiting(world, **body):
    return make_panel(world, "client_panel", state="recruiting", **{"is_public": True, **body})


def apply(client, panel, **body):
    options = {name: body.pop(name) for name in ("expect", "problem", "idempotency") if name in body}
    return client.post(f"/v1/panels/{panel}/applications", {**APPLICATION, **body}, **{"expect": 201, **options})


def path_of(link):
    return f"/v1/personal/{token_of(link)}/membership"


def member_with_link(world, panel, **columns):
    """(id, path of the membership) of a member in any state."""
    member = make_member(world, panel, **columns)
    return member, f"/v1/personal/{add_person(world, 'member', member)}/membership"


def act(client, path, to, **options):
    body = {"to": to, **({"reason": options.pop("reason")} if "reason" in options else {})}
    return client.post(f"{path}/transitions", body, **{"expect": 200, **options})


# ---- applying ----

def test_anybody_applies_to_a_public_panel_and_follows_it_by_the_link(world, anyone, coordinator):
    panel = recruiting(world)
    made = apply(anyone, panel).json()
    shown = anyone.get(path_of(made["link"]), expect=200).json()
    assert shown == {**shown, "id": made["id"], "state": "applied", "name": "Aino Hakija", "panel_kind": "client_panel", "can_move_to": ["withdrawn"]}
    member = coordinator.get(f"/v1/members/{made['id']}", expect=200).json()
    assert (member["came_by"], member["name"], member["age_band"], member["applied_on"]) == ("application", "Aino Hakija", "18_29", day(0))
    act(anyone, path_of(made["link"]), "withdrawn")
    assert anyone.get(path_of(made["link"]), expect=200).json()["can_move_to"] == []


def test_a_repeated_application_is_one_and_shows_the_same_link(world, anyone):
    panel, key = recruiting(world), new_key()
    first, again = (apply(anyone, panel, idempotency=key) for _ in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    apply(anyone, panel, name="Toinen", idempotency=key, expect=422, problem="idempotency_key_reused")
    assert world.database.value("SELECT count(*) FROM member WHERE panel_id = %s", panel) == 1


def test_a_panel_that_does_not_recruit_takes_no_application(world, anyone, coordinator):
    over = recruiting(world)
    world.database.run("UPDATE panel SET recruits_until = app_today() - 1 WHERE id = %s::uuid", over)
    apply(anyone, over, expect=409, problem="panel_does_not_recruit")
    coordinator.patch(f"/v1/panels/{over}", {"recruits_until": day(0)}, etag="*", expect=200)
    apply(anyone, over)
    coordinator.move(f"/v1/panels/{over}", "active", expect=200)
    apply(anyone, over, expect=409, problem="panel_does_not_recruit")


@pytest.mark.parametrize("body, state", [({"is_public": False}, "recruiting"), ({"is_public": True}, "draft")])
def test_a_panel_that_is_not_public_or_a_draft_does_not_exist_for_applicants(world, anyone, body, state):
    apply(anyone, make_panel(world, "client_panel", state=state, **body), expect=404)
    apply(anyone, uuid.uuid4(), expect=404)


def test_a_last_day_to_apply_that_has_passed_is_refused_with_its_place(world, coordinator):
    body = {"unit_id": world.units["ward"], "kind": "client_panel", "name": {"fi": "Raati"}, "recruits_until": day(-1)}
    for reply in (coordinator.post("/v1/panels", body, expect=422, problem="day_is_past"),
                  coordinator.patch(f"/v1/panels/{recruiting(world)}", {"recruits_until": day(-1)}, etag="*", expect=422, problem="day_is_past")):
        assert problem_pointers(reply) == ["/recruits_until"]


def test_a_last_day_to_apply_after_the_term_is_refused_with_its_place(world, coordinator):
    panel = recruiting(world)
    problem = coordinator.patch(f"/v1/panels/{panel}", {"recruits_until": day(301)}, etag="*", expect=422, problem="panel_recruits_before_it_ends")
    assert problem_pointers(problem) == ["/recruits_until"]


@pytest.mark.parametrize("body, pointer", [({"role": "chair"}, "/role"), ({"contact": {"email": "nobody"}}, "/contact/email"), ({"lang": "de"}, "/lang"), ({"name": "x" * 201}, "/name")])
def test_bad_applications_are_refused_with_their_place(world, anyone, body, pointer):
    assert problem_pointers(apply(anyone, recruiting(world), expect=422, **body)) == [pointer]


@pytest.mark.parametrize("lang, words", [("sv", "Din ansökan har kommit fram"), ("en", "Your application has come"), ("se", "Your application has come")])
def test_the_link_opens_the_page_in_the_language_of_who_applied(world, anyone, lang, words):
    link = apply(anyone, recruiting(world), lang=lang).json()["link"]
    assert words in anyone.get(link, headers={"Accept-Language": "en"}, expect=200).text


# ---- one person, once ----

def links_mailed(world, member):
    return world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_link'", member)


@pytest.mark.parametrize("state", ["applied", "eligible", "reserve", "selected", "active", "nominated"])
def test_an_address_that_applies_again_gets_its_link_once_more_and_learns_nothing(world, anyone, coordinator, state):
    panel, key, email = recruiting(world), new_key(), f"{state}@example.org"
    first = apply(anyone, panel, contact={"email": email})
    world.database.run("UPDATE member SET state = %s WHERE id = %s::uuid", state, first.json()["id"])
    before = links_mailed(world, first.json()["id"])
    again, replayed = (apply(anyone, panel, name="Toinen", contact={"email": email.capitalize()}, idempotency=key) for _ in range(2))
    apply(anyone, panel, contact={"email": email})
    assert set(first.json()) == set(again.json()) == {"id", "panel_id", "applied_on"} and first.json()["id"] != again.json()["id"]
    assert again.json() == replayed.json() and replayed.headers["Idempotent-Replayed"] == "true"
    apply(anyone, panel, contact={"email": "toinen@example.org"}, idempotency=key, expect=422, problem="idempotency_key_reused")
    assert links_mailed(world, first.json()["id"]) == before + 1
    assert [one["id"] for one in coordinator.all_items(f"/v1/panels/{panel}/members")] == [first.json()["id"]]
    coordinator.post(f"/v1/panels/{panel}/members", {"role": "client", "name": "Sama", "contact": {"email": email}}, expect=409, problem="member_is_once_in_panel")


def test_one_address_at_the_same_time_is_one_application(world, anyone):
    panel = recruiting(world)
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda _: apply(Client(world.api), panel, contact={"email": "yhtaikaa@example.org"}), range(4)))
    assert world.database.value("SELECT count(*) FROM member WHERE panel_id = %s::uuid", panel) == 1


@pytest.mark.parametrize("state", ["withdrawn", "ineligible"])
def test_whose_application_has_ended_may_apply_again(world, anyone, coordinator, state):
    panel, contact = recruiting(world), {"email": f"{state}@example.org"}
    first = apply(anyone, panel, contact=contact).json()
    world.database.run("UPDATE member SET state = %s WHERE id = %s::uuid", state, first["id"])
    again = apply(anyone, panel, contact=contact).json()
    coordinator.move(f"/v1/members/{again['id']}", "eligible", expect=200)


def test_who_applied_is_told_once_of_each_decision(world, anyone, coordinator):
    made = apply(anyone, recruiting(world), contact={"email": "tieto@example.org"}).json()["id"]

    def told():
        return world.database.value("SELECT count(*) FROM mail WHERE person_id = %s::uuid AND template = 'person_news'", made)
    assert told() == 0
    coordinator.move(f"/v1/members/{made}", "ineligible", reason="Asuu muualla", expect=200)
    assert told() == 1
    coordinator.move(f"/v1/members/{made}", "eligible", reason="Muutti alueelle", expect=200)
    assert told() == 2
    for state in ("reserve", "not_selected"):
        world.database.run("UPDATE member SET state = %s, version = version + 1 WHERE id = %s::uuid", state, made)
    assert told() == 4


# ---- what members do ----

@pytest.mark.parametrize("state, to", [("selected", "active"), ("selected", "declined"), ("applied", "withdrawn"), ("eligible", "withdrawn"),
                                       ("reserve", "withdrawn")])
def test_a_member_does_what_is_theirs_to_do(world, anyone, state, to):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state=state)
    act(anyone, path, to)
    assert world.database.rows("SELECT state FROM member WHERE id = %s", member) == [(to,)]
    assert world.database.rows("SELECT who FROM step WHERE subject = %s", member) == [("member",)]


def test_a_member_leaves_with_a_reason(world, anyone):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"))
    act(anyone, path, "ceased", expect=422, problem="reason_required")
    act(anyone, path, "ceased", reason="Muutan muualle")
    assert world.database.value("SELECT until_on FROM member WHERE id = %s", member).isoformat() == day(0)


@pytest.mark.parametrize("state, to", [("applied", "eligible"), ("nominated", "active"), ("ineligible", "withdrawn"), ("reserve", "active")])
def test_a_member_does_nothing_that_is_not_theirs(world, anyone, state, to):
    _, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state=state)
    act(anyone, path, to, expect=409, problem="illegal_transition")


def test_a_late_answer_takes_no_place(world, anyone):
    _, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state="selected", answer_by=day(-1))
    act(anyone, path, "active", expect=409, problem="member_answer_is_late")
    act(anyone, path, "declined")


def test_a_repeated_answer_is_one(world, anyone):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state="selected")
    key = new_key()
    assert [act(anyone, path, "active", idempotency=key).headers.get("Idempotent-Replayed") for _ in range(2)] == [None, "true"]
    assert world.database.value("SELECT count(*) FROM step WHERE subject = %s", member) == 1


# ---- what is known of a person ----

def test_what_is_known_of_somebody_is_marked_to_go_when_their_part_is_over(world, anyone, coordinator):
    panel = recruiting(world)
    applied, active, waiting = (member_with_link(world, panel, state=state) for state in ("applied", "active", "reserve"))
    assert {person(world, one, "ended_on") for one, _ in (applied, active, waiting)} == {None}
    act(anyone, applied[1], "withdrawn")
    assert person(world, applied[0], "ended_on").isoformat() == day(0)
    ineligible, _ = member_with_link(world, panel, state="applied")
    coordinator.move(f"/v1/members/{ineligible}", "ineligible", reason="Muualta", expect=200)
    coordinator.move(f"/v1/members/{ineligible}", "eligible", reason="Erehdys", expect=200)
    assert person(world, ineligible, "ended_on") is None
    coordinator.move(f"/v1/panels/{panel}", "active", expect=200)
    coordinator.move(f"/v1/panels/{panel}", "ended", expect=200)
    assert {person(world, one, "ended_on").isoformat() for one, _ in (active, waiting)} == {day(0)}


@pytest.mark.parametrize("state, left", [("active", "ceased"), ("selected", "declined"), ("reserve", "withdrawn"), ("nominated", "declined")])
def test_whoever_is_erased_leaves_no_name_and_no_place(world, coordinator, state, left):
    panel = make_panel(world, "client_panel", state="active")
    member, _ = member_with_link(world, panel, state=state)
    world.database.run("INSERT INTO member_name (member_id, name) VALUES (%s, 'Aino Salattu')", member)
    coordinator.post(f"/v1/people/{member}/erasure", expect=200)
    shown = coordinator.get(f"/v1/members/{member}", expect=200).json()
    assert (shown["state"], shown["name"]) == (left, None)
    assert world.database.value("SELECT count(*) FROM member_name WHERE member_id = %s", member) == 0


# ---- the page ----

def page_of(world, path):
    return Page(world, path.split("/")[3])


@pytest.mark.parametrize("language, says, button", [("fi", "Sinulle on paikka raadissa", "Otan paikan vastaan"), ("sv", "Du har fått en plats", "Jag tar emot platsen"),
                                                    ("en", "There is a place for you", "I take the place")])
def test_whoever_is_selected_takes_the_place_on_their_page(world, language, says, button):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state="selected", answer_by=day(5))
    page = page_of(world, path)
    shown = page.get(f"?language={language}").text
    assert says in shown and button in shown and "Raati" in shown
    page.send(page.form("membership_transition"))
    assert world.database.value("SELECT state FROM member WHERE id = %s", member) == "active"


@pytest.mark.parametrize("state", ["applied", "eligible", "ineligible", "nominated", "reserve", "not_selected", "active", "declined", "withdrawn", "ceased"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_tells_each_state_in_words(world, state, language):
    _, path = member_with_link(world, make_panel(world, "client_panel"), state=state)
    shown = page_of(world, path).get(f"?language={language}").text
    key = f"member_{state}"
    assert TEXTS[language].get(f"{key}_look", TEXTS[language][key]) in html.unescape(shown) and ">Raati</h2>" in shown # there is no address to tell them at


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_and_one_mail_say_that_the_panel_is_over(world, coordinator, language):
    panel = make_panel(world, "client_panel", state="active")
    waited = [make_member(world, panel, state=state) for state in ("applied", "eligible", "selected", "nominated", "reserve")]
    paths = {member: f"/v1/personal/{add_person(world, 'member', member, sealed=b'x', key_id='test', address_hash=member.encode())}/membership" for member in waited}
    member, path = member_with_link(world, panel)
    declined, own = member_with_link(world, panel, state="declined")
    coordinator.move(f"/v1/panels/{panel}", "ended", expect=200)

    def says(of, name):
        shown = html.unescape(page_of(world, of).get(f"?language={language}").text)
        return TEXTS[language][name] in shown and 'name="to"' not in shown
    assert all(says(of, "member_panel_over") for of in paths.values()) and says(path, "member_panel_ceased") and says(own, "member_declined")
    assert sorted(world.database.rows("SELECT person_id::text, template FROM mail WHERE person_id = ANY (%s::uuid[]) AND template <> 'person_link'",
                                      [*paths, member, declined])) == sorted((one, "panel_over") for one in paths)


def test_a_nominee_declines_on_the_page(world):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"), state="nominated")
    page = page_of(world, path)
    assert TEXTS["fi"]["member_nominated"] in html.unescape(page.get("?language=fi").text)
    page.send(page.form("membership_transition"))
    assert world.database.rows("SELECT from_state, to_state, who FROM step WHERE subject = %s", member) == [("nominated", "declined", "member")]


def test_a_member_leaves_on_the_page_with_a_reason(world):
    member, path = member_with_link(world, make_panel(world, "client_panel", state="active"))
    page = page_of(world, path)
    page.send({**page.form("membership_transition"), "reason": "Muutan muualle"})
    assert world.database.rows("SELECT to_state, who, reason FROM step WHERE subject = %s", member) == [("ceased", "member", "Muutan muualle")]
