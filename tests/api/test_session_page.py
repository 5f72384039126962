"""
The page of who registered for a session and of a member: what they see of it, and what they do there.
"""

import html
import re

import pytest

from support.calendars import own_calendar
from support.client import Client
from support.panels import make_member, make_panel
from support.people import add_person
from support.sessions import Session, register, token_of


def page(world, token, query=""):
    return html.unescape(Client(world.api).get(f"/m/{token}{query}", expect=200).text)


def press(world, token, to):
    """Sends the form whose button means this state, as a browser does."""
    for form in re.findall(r"<form.*?</form>", page(world, token), re.DOTALL):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        if fields.get("operation") == "personal_registration_transition" and to in fields.values():
            reply = Client(world.api, checked=False).session.post(f"{world.api.url}/m/{token}", data=fields, allow_redirects=False)
            assert reply.status_code == 303, reply.text
            return
    raise AssertionError(f"no button for {to}")


def test_a_participant_sees_the_session_and_cancels_with_a_button(world):
    session = Session(world, is_open=True, capacity=1, online_url="https://example.org/etana", description={"fi": "Kerro, mikä toimii."})
    token = token_of(register(world, session)["link"])
    shown = page(world, token)
    for text in ("Osallisuusilta", "Olet ilmoittautunut.", "Sali 2, Keskuskatu 1", "Hissi on ovella.", '<a href="https://example.org/etana">', "Kerro, mikä toimii."):
        assert text in shown
    press(world, token, "cancelled")
    shown = page(world, token)
    assert "Ilmoittautumisesi on peruttu." in shown and "https://example.org/etana" not in shown and "En pääse tulemaan" not in shown


AGENDA = [{"title": {"fi": "Tervetuloa", "sv": "Välkommen"}, "minutes": 15, "who": "Maija"}, {"title": {"fi": "Keskustelu"}}]


@pytest.mark.parametrize("language, heading, first", [("fi", "Ohjelma:", "Tervetuloa (15 min, Maija)"), ("sv", "Program:", "Välkommen (15 min, Maija)")])
def test_the_agenda_and_the_calendar_are_on_the_page_of_the_session_and_on_ones_own(world, language, heading, first):
    session = Session(world, is_open=True, agenda=AGENDA)
    token = token_of(register(world, session)["link"])
    own = page(world, token, f"?language={language}")
    public = html.unescape(Client(world.api).get(f"/opportunities/{session.id}?language={language}", expect=200).text)
    for shown in (own, public):
        assert heading in shown and f"{first}\nKeskustelu" in shown
    calendar = own_calendar(world, token)
    assert f'href="{calendar}"' in own and f"{calendar}</p>" in own
    assert session.id in Client(world.api).get(calendar, expect=200).text
    assert f'href="/v1/units/{world.units["ward"]}/calendar.ics?language={language}"' in public


@pytest.mark.parametrize("to, told", [("registered", "Olet ilmoittautunut."), ("cancelled", "Ilmoittautumisesi on peruttu.")])
def test_whoever_waits_takes_or_declines_the_place_that_is_offered(world, to, told):
    session = Session(world, is_open=True, capacity=1)
    first, second = (token_of(register(world, session)["link"]) for _ in range(2))
    assert "Olet jonossa." in page(world, second) and "Otan paikan" not in page(world, second)
    assert "Pidämme paikkaa sinulle 24 tuntia, joten katso tätä sivua päivittäin." in page(world, second)  # nobody can write to them
    press(world, first, "cancelled")
    assert "Se on varattu sinulle" in page(world, second)
    press(world, second, to)
    assert told in page(world, second)


@pytest.mark.parametrize("language, told", [("fi", "Tilaisuus on peruttu. Sairastuin."), ("sv", "Tillfället har ställts in. Sairastuin."),
                                            ("en", "The session is cancelled. Sairastuin.")])
def test_a_cancelled_session_says_so_and_why_and_nothing_is_to_be_done(world, language, told):
    session = Session(world, is_open=True)
    token = token_of(register(world, session)["link"])
    session.move("cancelled", reason="Sairastuin.")
    shown = page(world, token, f"?language={language}")
    assert told in shown and "personal_registration_transition" not in shown


def test_a_member_sees_the_sessions_of_the_panel(world):
    panel = make_panel(world, "steering_group")
    token = add_person(world, "member", make_member(world, panel))
    assert "Tilaisuudet" not in page(world, token)
    Session(world, panel_ids=[panel], title={"fi": "Kevään kokous"})
    Session(world, panel_ids=[panel], title={"fi": "Luonnos"}, is_published=False)
    assert "Kevään kokous" in page(world, token) and "Luonnos" not in page(world, token)
