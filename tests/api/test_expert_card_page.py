"""
What an expert sees and does on the page of the personal link: the card, what of it is shown, and when they can be booked.
"""

import html

import pytest
from test_personal_page import Page

from support.bookings import Booking
from support.claims import Task
from support.client import Client
from support.experts import add_days, add_hours, add_time, make_expert
from support.open_pages import TEXTS


@pytest.fixture
def expert(world):
    return make_expert(world, story="Sairastuin nuorena.", areas=["cancer"], tasks=["lecture"], shown="{areas}", is_remote=True)


def card(world, expert):
    return Client(world.api).get(f"/v1/personal/{expert.token}/expert", expect=200).json()


def test_the_form_writes_the_card_anew_and_what_is_not_ticked_goes(world, expert):
    page = Page(world, expert.token)
    text = page.get("?language=fi").text
    assert 'name="areas.cancer" value="true" checked' in text and 'name="tasks.media" value="true">' in text and "Sairastuin nuorena." in text
    page.send({**page.form("own_expert_put"), "name": "Eeva", "areas.violence": "true", "languages.fse": "true", "notice_hours": "24", "travel_minutes": "0"})
    now = card(world, expert)
    assert now == {**now, "name": "Eeva", "areas": ["violence"], "tasks": [], "languages": ["fse"], "is_remote": False, "story": None, "notice_hours": 24}
    page.send({**page.form("own_expert_show"), "shown.story": "true", "shown.name": "true"})
    assert card(world, expert)["shown"] == ["name", "story"]
    page.send(page.form("own_expert_show"))
    assert card(world, expert)["shown"] == []


def test_what_is_wrong_is_said_at_its_field_and_what_was_written_stays(world, expert):
    page = Page(world, expert.token)
    wrong = page.send({**page.form("own_expert_put"), "name": "Eeva", "week_hours": "99", "notice_hours": "24", "travel_minutes": "0"}, expect=422).text
    assert 'value="99"' in wrong and 'name="is_remote" value="true" checked' not in wrong and 'name="areas.cancer" value="true" checked' not in wrong


@pytest.mark.parametrize("language, weekly, exception", [
    ("fi", "Joka viikko: maanantai klo 9.00–24.00", "Ei 24.12.2035–26.12.2035"),
    ("sv", "Varje vecka: måndag kl. 9.00–24.00", "Inte 24.12.2035–26.12.2035"),
    ("en", "Each week: Monday 9.00–24.00", "Not from 24.12.2035 to 26.12.2035")])
def test_times_are_told_in_words(world, expert, language, weekly, exception):
    add_hours(world, expert.id, 1, "09:00", "24:00")
    add_days(world, expert.id, "2035-12-24", "2035-12-26")
    add_time(world, expert.id, "2020-06-01T10:00Z", "2020-06-01T12:00Z")
    text = Page(world, expert.token).get(f"?language={language}").text
    assert weekly in text and exception in text and "1.6.2020" not in text


def test_a_time_is_added_and_removed_and_a_night_of_the_clocks_is_explained(world, expert):
    page = Page(world, expert.token)
    add = page.form("own_availability_create")
    assert add["kind"] == "weekly"
    page.send({**add, "weekday": "friday", "from": "10:00", "until": "12:00"})
    assert "Joka viikko: perjantai klo 10.00–12.00" in page.get().text
    again = {**page.form("own_availability_create"), "kind": "single", "day": "2026-03-29", "from": "03:30", "until": "05:00"}
    assert "Tätä kellonaikaa ei sinä yönä ole" in page.send(again, expect=422).text
    page.send(page.form("own_availability_delete"))
    assert "Et ole vielä kertonut yhtään aikaa." in page.get().text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_is_to_be_done_comes_first_and_what_ends_something_last_and_folded(world, language):
    task = Task(world, world.units["ward"]).over()
    Booking(world).offer(task.who)
    Task(world, world.units["ward"], days=9, who=task.who)
    said = TEXTS[language]
    text = html.unescape(Page(world, task.token).get(f"?language={language}").text)
    order = [said[name] for name in ("offers_title", "bookings_title", "claims_title", "reviews_title", "expert_part", "available_part", "expert_end_part", "settings_title")]
    places = [text.index(f">{title}</h2>") for title in order]
    assert places == sorted(places)
    bookings = text[places[1]:places[2]]
    assert bookings.index(said["booking_confirmed"]) < bookings.index(said["booking_done"])
    for name in ("expert_ask_on_break", "expert_ask_ended", "erase_title", "expert_edit", "expert_show"):
        assert f"<summary>{said[name]}</summary>" in text


def test_who_ends_or_erases_reads_first_what_is_lost(world, expert):
    page = Page(world, expert.token)
    assert "Tulevia varauksia" not in page.get().text and "Maksamattomia palkkioita" not in page.get().text
    Task(world, world.units["ward"], who=expert).over()
    Task(world, world.units["ward"], days=9, who=expert)
    text = page.get().text
    assert text.count("Tulevia varauksia: 1. Ne perutaan") == 2
    assert "Maksamattomia palkkioita: 1. Voit lähettää" in text and "Maksamattomia palkkioita: 1. Jos poistat tietosi nyt, emme voi enää maksaa niitä." in text


def test_an_expert_takes_a_break_and_comes_back_and_ends(world, expert):
    page = Page(world, expert.token)
    for state in ("on_break", "active", "ended"):
        page.send({**page.form("own_expert_transition"), "to": state})
        assert card(world, expert)["state"] == state
    text = page.get().text
    assert "Kiitos!" in text and "own_expert_put" not in text and "own_availability_create" not in text
