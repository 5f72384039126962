"""
No table is forgotten: retention.csv says of each which classes purge it, or why it is kept for good.
"""

import csv
import re
from pathlib import Path

import pytest

from support.database import Database
from support.programs import ROOT

TABLE = Path(__file__).parent / "retention.csv"


@pytest.fixture(scope="module")
def database(cluster):
    made = Database.create(cluster)
    yield made
    made.drop()


def rows():
    with open(TABLE, encoding="utf-8", newline="") as file:
        return {row["table"]: row for row in csv.DictReader(file)}


def test_each_table_is_purged_by_a_class_or_kept_for_a_reason(database):
    tables = {name for name, in database.rows("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                                              " AND relkind IN ('r', 'p') AND NOT relispartition")}
    assert set(rows()) == tables
    assert [name for name, row in rows().items() if not row["classes"] and not row["why"]] == []


def test_the_classes_are_those_of_the_database(database):
    classes = {name for name, in database.rows("SELECT class FROM retention")}
    assert {name for row in rows().values() for name in row["classes"].split()} == classes


def test_the_documentation_says_what_the_table_says(database):
    text = (ROOT / "sql" / "README.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+)–(\d+) \|$", text, re.MULTILINE)
    assert [(name, *map(int, numbers)) for name, *numbers in documented] == database.rows(
        "SELECT class, days, least, most FROM retention ORDER BY place")


def test_every_text_is_there_in_three_languages(database):
    assert database.value("SELECT count(*) FROM retention r CROSS JOIN LATERAL (VALUES (r.what), (r.kept), (r.ground)) t (texts)"
                          " WHERE NOT t.texts ?& ARRAY['fi', 'sv', 'en']") == 0
