"""
What is published: frozen figures of at least five people.
"""

import pytest

from publications import YEAR, County


@pytest.fixture
def county(database):
    return County(database)


def test_a_figure_of_five_is_shown_and_one_of_four_is_not(county):
    county.add_voices(5, 3, 1)
    county.add_voices(4, 4, 1)
    assert county.tables(3, f"{YEAR}-01")["received"] == {"all": 5}
    assert county.tables(4, f"{YEAR}-01")["received"] is None


def test_what_is_published_is_planned_for_what_its_tables_hold_now(county):
    county.add_voices(5, 3, 1)
    county.tables(3, f"{YEAR}-01")
    assert county.database.value("SELECT bool_and(reltuples > 0) FROM pg_class WHERE relname IN ('report_frozen_unit', 'report_frozen')")


def test_five_voices_of_one_person_are_one_person(county):
    county.add_voices(5, 3, 1, email="one@example.org")
    assert county.tables(3, f"{YEAR}-01")["received"] is None


def test_a_unit_is_left_out_when_its_sibling_could_be_worked_out(county):
    county.add_voices(20, 3, 1)
    county.add_voices(3, 4, 1)
    assert county.tables(1, f"{YEAR}-01")["received"] == {"all": 25}
    assert county.tables(3, f"{YEAR}-01")["received"] is None


def test_a_month_is_left_out_when_the_rest_of_the_year_would_be_few(county):
    county.add_voices(20, 3, 1)
    county.add_voices(3, 3, 2)
    assert county.tables(3, str(YEAR))["received"] == {"all": 25}
    assert county.tables(3, f"{YEAR}-01")["received"] is None


def test_a_table_with_a_small_figure_is_left_out_and_the_sum_is_shown(county):
    county.add_voices(20, 3, 1, lang="fi")
    county.add_voices(20, 3, 1, lang="sv")
    county.add_voices(2, 3, 1, lang="en")
    tables = county.tables(3, f"{YEAR}-01")
    assert (tables["received"], tables["lang"]) == ({"all": 40}, None)


def test_a_table_is_shown_when_each_of_its_figures_counts_five(county):
    for lang in ("fi", "sv", "en"):
        county.add_voices(7, 3, 1, lang=lang)
    assert county.tables(3, f"{YEAR}-01")["lang"] == {"fi": 5, "sv": 5, "other": 5}


def test_figures_of_fifty_or_more_are_exact(county):
    county.add_voices(51, 3, 1)
    assert county.tables(3, f"{YEAR}-01")["received"] == {"all": 51}


def test_staff_is_no_client(county):
    county.add_voices(6, 3, 1, respondent_role="staff")
    assert county.tables(3, f"{YEAR}-01")["received"] == {"all": 0}


def test_what_comes_later_changes_no_frozen_figure(county):
    county.add_voices(52, 3, 1)
    county.tables(3, f"{YEAR}-01")
    county.add_voices(10, 3, 1)
    assert county.tables(1, f"{YEAR}-01")["received"] == {"all": 52}


def test_a_correction_by_fewer_than_five_keeps_the_figures(county):
    county.add_voices(52, 3, 1)
    county.publish(3, f"{YEAR}-01")
    county.add_voices(4, 3, 1)
    body, version, is_corrected = county.publish(3, f"{YEAR}-01")
    assert (body["tables"][0]["figures"], version, is_corrected) == ({"all": 52}, 2, False)


def test_a_correction_by_five_is_made_once(county):
    county.add_voices(52, 3, 1)
    county.publish(3, f"{YEAR}-01")
    for figure, is_corrected in ((57, True), (57, False)):
        county.add_voices(5, 3, 1)
        body, _, found = county.publish(3, f"{YEAR}-01")
        assert (body["tables"][0]["figures"], found) == ({"all": figure}, is_corrected)


def test_a_part_of_what_is_published_is_not_corrected(county):
    county.add_voices(52, 3, 1)
    county.add_voices(52, 4, 1)
    county.publish(1, f"{YEAR}-01")
    county.publish(3, f"{YEAR}-01")
    county.add_voices(60, 4, 1)
    assert county.publish(1, f"{YEAR}-01")[2] is True
    assert county.tables(3, f"{YEAR}-01")["received"] == {"all": 52}


def test_every_value_that_a_voice_may_have_has_a_figure(database):
    listed = {}
    for table, value in database.rows("SELECT table_name, value FROM report_block"):
        listed.setdefault(table, set()).add(value)
    for table, column in (("role", "respondent_role"), ("age_band", "age_band"), ("lang", "lang"), ("channel", "channel"),
                          ("kind", "kind"), ("outcome", "outcome")):
        rule = database.value("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", f"feedback_{column}")
        values = {part.split("'")[1] for part in rule.split(",")}
        assert values - {"staff"} == listed[table] - {"unknown"}, table


def test_the_worker_makes_a_publication_that_is_asked_for(fresh_world):
    made = fresh_world.database.value(
        "INSERT INTO report_publication (id, unit_id, period) VALUES (gen_random_uuid(), %s::uuid, '2024-01') RETURNING id::text",
        fresh_world.units["ward"])
    fresh_world.start_worker("report", REPORT_S=1)
    fresh_world.programs[-1].wait_for(
        lambda: fresh_world.database.value("SELECT version FROM report_publication WHERE id = %s::uuid", made) == 1, "the publication")
