"""
What experts and those who order them see behind their links, in a real browser: accessible in each language, with the keyboard alone.
"""

import pytest

from support.bookings import Booking
from support.browser import GOOD_PRACTICE, check_page, visit
from support.claims import Task
from support.experts import add_days, add_hours
from support.open_pages import TEXTS
from support.sessions import token_of

PHONE, DESK = 320, 1280


@pytest.fixture(scope="module")
def pages(world):
    """An expert who is offered a task, has one to come and one that is over; the page of the offer; the page of who ordered."""
    task = Task(world, world.units["ward"]).over()
    Task(world, world.units["ward"], days=9, who=task.who)
    add_hours(world, task.expert, 1, "09:00", "15:00")
    add_days(world, task.expert, "2035-12-24", "2035-12-26")
    booking = Booking(world)
    offer = token_of(booking.offer(task.who)["link"])
    return {name: f"{world.api.url}/m/{token}" for name, token in (("expert", task.token), ("offer", offer), ("booking", booking.token))}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_page_is_accessible_on_a_phone_and_on_a_desk(world, pages, language):
    def look(name, width, fold=None):
        return {"url": f"{pages[name]}?language={language}", "axe": GOOD_PRACTICE, "width": width, **({"open": f"details:has({fold}) summary"} if fold else {})}
    looks = [look(name, width) for name in pages for width in (PHONE, DESK)]
    looks += [look("expert", PHONE, fold) for fold in ("[name='areas.cancer']", "[name='shown.name']", "[name=weekday]", "[value=ended]", "[value=personal_erase]")]
    for report in visit(*looks):
        check_page(world, report, language)


def test_an_offer_is_taken_with_the_keyboard_alone(world):
    task = Task(world, world.units["ward"], days=30)
    booking = Booking(world)
    offer = token_of(booking.offer(task.who)["link"])
    report, = visit({"url": f"{world.api.url}/m/{offer}", "width": PHONE, "keys": [*["Tab"] * 5, "Enter"]})
    assert TEXTS["fi"]["offer_accepted_unmailed"] in report["text"] and booking.state() == "confirmed"


def test_with_the_keyboard_nothing_ends_by_one_key(world):
    expert = Task(world, world.units["ward"], days=30).who
    folded, opened = visit({"url": f"{world.api.url}/m/{expert.token}", "width": PHONE, "keys": ["Tab"] * 5},
                           {"url": f"{world.api.url}/m/{expert.token}", "width": PHONE, "keys": [*["Tab"] * 5, "Enter"]})
    for report in (folded, opened):
        assert TEXTS["fi"]["booking_confirmed"] in report["text"]
    assert folded["focus"] == opened["focus"] == "summary"
    assert TEXTS["fi"]["booking_act_cancelled_early"] in opened["text"] and world.database.value("SELECT state FROM expert WHERE id = %s::uuid", expert.id) == "active"
