"""
The facts of mail templates in the database and their texts: of each there are both.
"""

import pytest

from support.database import Database
from support.programs import ROOT

TEXTS = ROOT / "worker" / "templates"
LINK = {"follow_up": "/f/", "survey": "/s/", "person": "/m/"}


@pytest.fixture(scope="module")
def templates(cluster):
    database = Database.create(cluster)
    yield database.rows("SELECT name, link, token_of, wish FROM mail_template ORDER BY name")
    database.drop()


def test_each_template_has_texts_and_each_text_a_template(templates):
    assert [row[0] for row in templates] == sorted({path.name.split(".")[0] for path in TEXTS.iterdir()})
    for name, *_ in templates:
        assert {"fi", "sv", "en"} <= {path.name.split(".")[1] for path in TEXTS.glob(f"{name}.*.txt")}


def test_a_token_leads_to_the_page_that_it_is_for(templates):
    assert {(token_of, link) for _, link, token_of, _ in templates if token_of} == set(LINK.items())


def test_what_waits_for_a_wish_can_be_stopped_in_its_text(templates):
    for name, _, _, wish in templates:
        for path in TEXTS.glob(f"{name}.*.txt"):
            text = path.read_text(encoding="utf-8")
            assert "{{link}}" in text and (wish is None or "{{unsubscribe}}" in text), path.name
