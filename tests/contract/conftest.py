"""Fixtures of this folder."""

import pytest

from statement_county import County


@pytest.fixture
def county(database):
    made = County(database)
    yield made
    made.close()
