"""
Consultations open and close by the clock.
"""

from support.consultations import Consultation
from support.panels import day


def state(world, made):
    return world.database.value("SELECT state FROM consultation WHERE id = %s::uuid", made.id)


def test_a_consultation_opens_and_closes_on_its_days(fresh_world):
    world = fresh_world
    world.api.start()
    today = Consultation(world, state="draft")
    later = Consultation(world, state="draft", opens_on=day(3), due_on=day(5))
    nobody = Consultation(world, state="draft", asked=[])
    clock = world.start_worker("clock")
    clock.wait_for(lambda: state(world, today) == "open", "an open consultation")
    assert (state(world, later), state(world, nobody)) == ("draft", "draft")
    world.move_clock("4 days")
    clock.wait_for(lambda: state(world, later) == "open", "the other too")
    world.move_clock("6 days")
    clock.wait_for(lambda: state(world, later) == "closed", "its end")
    assert state(world, today) == "open"
    assert world.database.rows("SELECT who, to_state FROM step WHERE subject = %s::uuid ORDER BY version", later.id) == [("system", "open"), ("system", "closed")]


def test_a_last_day_that_moved_is_kept(fresh_world):
    world = fresh_world
    world.api.start()
    moved, kept = (Consultation(world, due_on=day(2)) for _ in range(2))
    moved.patch({"due_on": day(10)})
    clock = world.start_worker("clock")
    world.move_clock("4 days")
    clock.wait_for(lambda: state(world, kept) == "closed", "the end of the one")
    assert state(world, moved) == "open"
    world.move_clock("11 days")
    clock.wait_for(lambda: state(world, moved) == "closed", "the end of the other")
