"""
The pages behind the links of offers, of experts and of who ordered: GET shows, POST acts.
"""

import html
import re

import pytest

from support.bookings import Booking, answer
from support.calendars import own_calendar
from support.client import Client
from support.experts import add_time, always, make_expert
from support.links import person_link_hash, token_of_person
from support.questions import moment
from support.sessions import token_of

OWN_ACTS = ("personal_offer_transition", "personal_booking_transition")


def page(world, token, query=""):
    return html.unescape(Client(world.api).get(f"/m/{token}{query}", expect=200).text)


def buttons(world, token):
    """What can be done: the fields of each form, unseen ones alone."""
    forms = [dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)) for form in re.findall(r"<form.*?</form>", page(world, token), re.DOTALL)]
    return [fields for fields in forms if fields.get("operation") in OWN_ACTS]


def press(world, token, to, **typed):
    """Sends the form that means this state, as a browser does. The reply."""
    fields = next(fields for fields in buttons(world, token) if to in fields.values())
    return Client(world.api, checked=False).session.post(f"{world.api.url}/m/{token}", data={**fields, **typed}, allow_redirects=False)


def can(world, token):
    return sorted(value for fields in buttons(world, token) for value in fields.values() if value in (
        "accepted", "declined", "done", "client_absent", "expert_absent", "cancelled_early", "cancelled_late"))


def test_the_link_of_an_offer_shows_it_and_a_button_takes_it(world):
    expert = make_expert(world)
    booking = Booking(world, about="Kertomus osaston henkilöstölle.", area="mental_health")
    made = booking.offer(expert)
    token = token_of(made["link"])
    shown = page(world, token)
    for text in ("Luento tai puheenvuoro", "Kertomus osaston henkilöstölle.", "Sali 2, Keskuskatu 1", "Mielenterveys", "Osasto 3", "Otan tehtävän", "En ota tehtävää"):
        assert text in shown
    assert "personal_erase" not in shown and booking.state() == "offered"
    assert press(world, token, "accepted").status_code == 303 and booking.state() == "confirmed"
    assert "Olet ottanut tämän tehtävän." in page(world, token) and "tai kerro siitä koordinaattorille" in page(world, token) and can(world, token) == []


def test_the_link_of_an_offer_speaks_the_language_of_its_expert(world):
    expert = make_expert(world)
    world.database.run("UPDATE person SET lang = 'sv' WHERE id = %s::uuid", expert.id)
    link = Booking(world).offer(expert)["link"]
    assert "Jag tar uppdraget" in html.unescape(Client(world.api).get(link, headers={"Accept-Language": "fi"}, expect=200).text)


def test_an_offer_outside_the_hours_of_an_expert_says_so_and_can_be_taken(world):
    expert, other = make_expert(world), always(world, make_expert(world))
    booking = Booking(world)
    add_time(world, expert.id, moment(days=60), moment(days=61))
    outside, within = booking.offer(expert), booking.offer(other)
    assert (outside["is_outside_hours"], within["is_outside_hours"]) == (True, False)
    assert [item["is_outside_hours"] for item in booking.manager.all_items(f"{booking.path}/offers")] == [True, False]
    assert Client(world.api).get(f"/v1/personal/{expert.token}/offers", expect=200).json()["items"][0]["is_outside_hours"]
    told = "Tämä aika ei ole niiden aikojen joukossa"
    assert told in page(world, token_of(outside["link"])) and told not in page(world, token_of(within["link"]))
    assert press(world, token_of(outside["link"]), "accepted").status_code == 303 and booking.state() == "confirmed"


def test_where_one_meets_online_is_told_to_whoever_has_the_booking(world):
    first, second = make_expert(world), make_expert(world)
    booking = Booking(world, is_remote=True, online_url="https://meet.example/tila", about="Soita 040 123 4567.")
    tokens = [token_of(booking.offer(expert)["link"]) for expert in (first, second)]
    for token in tokens:
        shown = page(world, token)
        assert "meet.example" not in shown and "040 123 4567" not in shown and "Soita " in shown
    press(world, tokens[0], "accepted")
    assert "https://meet.example/tila" in page(world, first.token) and "meet.example" not in page(world, tokens[1]) + page(world, second.token)


@pytest.mark.parametrize("language, told", [("fi", "joku toinen ehti ottaa sen"), ("sv", "någon annan hann ta det"), ("en", "somebody else took it")])
def test_a_link_that_is_used_again_or_comes_too_late_meets_a_friendly_page(world, language, told):
    first, second = make_expert(world), make_expert(world)
    booking = Booking(world)
    tokens = [token_of(booking.offer(expert)["link"]) for expert in (first, second)]
    old = next(fields for fields in buttons(world, tokens[1]) if "accepted" in fields.values())
    press(world, tokens[0], "accepted")
    assert told in page(world, tokens[1], f"?language={language}") and can(world, tokens[1]) == []
    late = Client(world.api, checked=False).session.post(f"{world.api.url}/m/{tokens[1]}?language={language}", data=old, allow_redirects=False)
    assert late.status_code == 409 and told in html.unescape(late.text)


def test_an_expert_answers_offers_and_cancels_bookings_on_the_own_page(world):
    expert = make_expert(world)
    booking, soon = Booking(world), Booking(world, starts_at=moment(hours=20), ends_at=moment(hours=21))
    booking.offer(expert)
    assert can(world, expert.token) == ["accepted", "declined"]
    assert press(world, expert.token, "accepted").status_code == 303
    assert "Varauksesi" in page(world, expert.token) and can(world, expert.token) == ["cancelled_early"]
    assert press(world, expert.token, "cancelled_early", reason="Sairastuin.").status_code == 303
    assert "Varaus on peruttu. Sairastuin." in page(world, booking.token)
    answer(world, expert.token, soon.offer(expert)["id"])
    assert can(world, expert.token) == ["cancelled_late"]
    refused = press(world, expert.token, "cancelled_late")
    assert refused.status_code == 422 and soon.state() == "confirmed"


def test_both_sides_find_their_calendar_on_their_page_and_an_offer_has_none(world):
    expert = make_expert(world)
    world.database.run("UPDATE person SET token_hash = %s WHERE id = %s::uuid", person_link_hash(expert.id), expert.id)
    booking = Booking(world)
    offered = token_of(booking.offer(expert)["link"])
    for token in (token_of_person(expert.id), booking.token):
        shown = page(world, token)
        assert "Varaukset omassa kalenterissasi" in shown and own_calendar(world, token) in shown
        assert b"BEGIN:VCALENDAR" in Client(world.api).get(own_calendar(world, token), expect=200).content
    assert "calendar.ics" not in page(world, offered)


def test_who_ordered_sees_who_comes_as_far_as_the_expert_shows_it(world):
    shown, hidden = make_expert(world, name="Eeva Kokija"), make_expert(world, name="Salli Salainen", shown="{tasks}")
    booking, other = Booking(world), Booking(world)
    assert "Tilaus on vastaanotettu." in page(world, booking.token) and can(world, booking.token) == ["cancelled_early"]
    booking.confirm(shown)
    other.confirm(hidden)
    assert "Eeva Kokija" in page(world, booking.token) and "Salli Salainen" not in page(world, other.token)
    booking.begin()
    assert can(world, booking.token) == ["done", "expert_absent"]
    assert press(world, booking.token, "done").status_code == 303 and booking.state() == "done"


def test_a_taken_offer_shows_where_one_meets_and_what_became_of_it(world):
    expert = make_expert(world)
    booking = Booking(world, is_remote=True, online_url="https://meet.example/huone")
    token = token_of(booking.offer(expert)["link"])
    press(world, token, "accepted")
    assert "https://meet.example/huone" in page(world, token) and "Paikka ja aika ovat tällä sivulla." in page(world, token)
    press(world, booking.token, "cancelled_early", reason="Este.")
    assert "Varaus on peruttu. Este." in page(world, token) and "Olet ottanut" not in page(world, token)


def test_what_collides_is_not_offered_as_a_button_and_the_page_says_why(world):
    expert = make_expert(world)
    first, second = Booking(world), Booking(world)
    first.offer(expert)
    token = token_of(second.offer(expert)["link"])
    assert can(world, token) == ["accepted", "declined"]
    first.confirm(make_expert(world))
    Booking(world).confirm(expert)
    for own in (token, expert.token):
        assert "Sinulla on jo varaus, joka osuu tähän aikaan" in page(world, own)
    assert can(world, token) == ["declined"] and press(world, token, "declined").status_code == 303


@pytest.mark.parametrize("language, sides", [
    ("fi", ("et saa tästä tehtävästä palkkiota", "kokemusasiantuntijalle maksetaan palkkio")), ("sv", ("får du inget arvode", "betalas arvodet till erfarenhetsexperten")),
    ("en", ("you get no fee for this task", "the expert is paid the fee"))])
def test_who_cancels_late_reads_first_what_becomes_of_the_fee(world, language, sides):
    expert = make_expert(world)
    booking, early = Booking(world, starts_at=moment(hours=20), ends_at=moment(hours=21)), Booking(world)
    booking.confirm(expert)
    for token, words in zip((expert.token, booking.token), sides):
        assert words in page(world, token, f"?language={language}")
    early.confirm(other := make_expert(world))
    assert sides[0] not in page(world, other.token, f"?language={language}") + page(world, early.token, f"?language={language}")


def test_who_did_not_come_is_told_folded_and_explained_and_who_says_that_it_was_done(world):
    expert = make_expert(world)
    booking = Booking(world)
    booking.confirm(expert)
    booking.begin()
    shown = page(world, expert.token)
    assert "tilaaja tai koordinaattori merkitsee sen tehdyksi" in shown and "Saat silti palkkion sovituilta tunneilta." in shown
    assert re.search(r"<summary[^>]*>\s*Olin paikalla, mutta asiakas ei tullut", shown) and can(world, expert.token) == ["client_absent"]
    assert re.search(r"<summary[^>]*>\s*Kokemusasiantuntija ei tullut paikalle", page(world, booking.token))
    press(world, booking.token, "done")
    assert "own_claim_transition" in page(world, expert.token) and "merkitsee sen tehdyksi" not in page(world, expert.token)


def test_an_offer_says_what_the_expert_lacks(world):
    able, other = make_expert(world, areas=["cancer"], tasks=["lecture"]), make_expert(world, languages=["sv"])
    booking = Booking(world, area="cancer")
    assert (booking.offer(able)["lacks"], (made := booking.offer(other))["lacks"]) == ([], ["area", "language", "task"])
    assert [item["lacks"] for item in booking.manager.all_items(f"{booking.path}/offers")] == [[], ["area", "language", "task"]]
    assert booking.manager.get(f"/v1/offers/{made['id']}", expect=200).json()["lacks"] == ["area", "language", "task"]
