"""
How long what is kept: everybody may read it, an administrator sets it within its bounds, and doctor tells of what is late.
"""

import html

import pytest

from support.statements import Statements


def catalogue(world):
    return {one["class"]: one for one in world.client().all_items("/v1/retention", limit=4)}


def test_everybody_reads_how_long_what_is_kept(world):
    shown = catalogue(world)
    assert len(shown) == world.database.value("SELECT count(*) FROM retention")
    texts = shown["texts"]
    assert (texts["days"], texts["least"], texts["most"]) == (730, 180, 3650)
    assert all(set(texts[member]) == {"fi", "sv", "en"} for member in ("what", "kept", "ground"))


def privacy_page(world, language):
    return html.unescape(world.client().get(f"/privacy?language={language}", expect=200).text)


@pytest.mark.parametrize("language, times", [("fi", ("2 vuotta.", "60 päivää.")), ("sv", ("2 år.", "60 dagar.")), ("en", ("2 years.", "60 days."))])
def test_the_page_of_privacy_tells_how_long_what_is_kept(world, language, times):
    page = privacy_page(world, language)
    for one in catalogue(world).values():
        assert one["what"][language] in page and one["kept"][language] in page
    assert all(f"<strong>{time}</strong>" in page for time in times)


def test_whole_years_are_told_in_years_with_leap_days_or_without(database):
    statements = Statements(database.connect("api"))
    for days, told in ((364, ("364", None, False)), (365, (None, None, True)), (366, (None, None, True)), (367, ("367", None, False)),
                       (729, ("729", None, False)), (730, (None, "2", False)), (731, (None, "2", False)), (3653, (None, "10", False))):
        database.run("UPDATE retention SET days = %s, most = 4000 WHERE class = 'texts'", days)
        texts = statements.run("privacy_page", lang="fi")[0]["kept"][0]
        assert (texts["days"], texts["years"], bool(texts["one_year"])) == told, days


def test_an_administrator_sets_the_days_and_the_audit_tells_so(fresh_world):
    fresh_world.api.start()
    assert fresh_world.admin.run("retention", "set", "texts", "400").stdout == "texts: 400 days\n"
    assert catalogue(fresh_world)["texts"]["days"] == 400
    assert "\ntexts\t400\t180\t3650\t" in fresh_world.admin.run("retention").stdout
    assert fresh_world.database.rows("SELECT actor, code FROM audit WHERE action = 'retention.set' AND code LIKE 'texts=%'") == [
        ("administrator", "texts=400")]


@pytest.mark.parametrize("arguments, status, said", [
    (("set", "texts", "179"), 1, "texts are kept from 180 to 3650 days, not 179"),
    (("set", "texts", "3651"), 1, "texts are kept from 180 to 3650 days, not 3651"),
    (("set", "sanat", "400"), 1, "no class 'sanat': retention lists them"),
    (("set", "texts", "pitkään"), 2, "which class, and how many days?"), (("set", "texts", "-1"), 2, "what is '-1'?"),
    (("set", "texts"), 2, "which class, and how many days?")])
def test_what_cannot_be_set_is_refused_in_plain_words(world, arguments, status, said):
    done = world.admin.run("retention", *arguments, check=False)
    assert done.returncode == status and said in done.stderr
    assert world.database.value("SELECT days FROM retention WHERE class = 'texts'") == 730


@pytest.mark.parametrize("days", [180, 3650])
def test_the_bounds_themselves_can_be_set(fresh_world, days):
    fresh_world.admin.run("retention", "set", "texts", str(days))
    assert fresh_world.database.value("SELECT days FROM retention WHERE class = 'texts'") == days


def test_doctor_warns_of_what_should_have_been_purged_more_than_two_days_ago(fresh_world):
    fresh_world.database.run("INSERT INTO import (id, caller_id) VALUES (gen_random_uuid(), gen_random_uuid())")
    for days, said in ((92, "ok   retention: nothing is kept longer than it may be"),
                       (93, "warn retention: should have been purged more than two days ago: imports;")):
        fresh_world.database.move_clock(f"{days} days")
        assert said in fresh_world.admin.run("doctor", check=False).stdout
