"""
What every pytest suite shares: one cluster per run, a world per test module or per test.
"""

import os
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.cluster import Cluster, wait_for_shared  # noqa: E402
from support.database import Database  # noqa: E402
from support.smtp import MailSink  # noqa: E402
from support.world import World  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes longer than a few seconds; left out by -m 'not slow'")
    config.addinivalue_line("markers", "alone: measures; tests/run.py runs it after the others, one at a time")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or getattr(config.option, "testrunuid", None) or uuid.uuid4().hex
    config.option.testrunuid = run  # xdist hands it to its workers


def pytest_unconfigure(config):
    if "PYTEST_XDIST_WORKER" not in os.environ:
        wait_for_shared(config.option.testrunuid)


@pytest.fixture(scope="session")
def cluster(pytestconfig):
    """The PostgreSQL cluster of this run. Nobody stops or stalls it: who wants to takes private_cluster."""
    with Cluster.shared(pytestconfig.option.testrunuid) as shared:
        yield shared


@pytest.fixture
def private_cluster():
    """A cluster that the test may kill."""
    with Cluster.private() as private:
        yield private


@pytest.fixture
def database(cluster):
    """An empty migrated database for one test."""
    made = Database.create(cluster)
    yield made
    made.drop()


@pytest.fixture
def sink():
    """An SMTP server for one test."""
    with MailSink() as running:
        yield running


@pytest.fixture(scope="module")
def world(cluster, tmp_path_factory):
    """Database, units, keys and a running API for all tests of a module, which must not disturb each other."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("world")) as made:
        made.api.start()
        yield made


@pytest.fixture
def fresh_world(cluster, tmp_path):
    """Database, units and keys for one test; it starts api, worker and sink as it needs them."""
    with World(Database.create(cluster), tmp_path) as made:
        yield made
