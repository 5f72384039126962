"""
Worlds that may be broken: in a cluster of their own, with fsync on.
"""

import os
import random

import pytest

from support.cluster import Cluster
from support.database import Database
from support.ports import free_port
from support.world import World


@pytest.fixture
def seed():
    """FAULT_SEED repeats a run; it is printed with every failure."""
    chosen = int(os.environ.get("FAULT_SEED", random.SystemRandom().randrange(10**9)))
    print(f"FAULT_SEED={chosen}")
    return chosen


@pytest.fixture(scope="module")
def one_cluster():
    with Cluster.private(fsync=True) as cluster:
        yield cluster


@pytest.fixture
def fault_cluster(one_cluster):
    """A cluster that may be killed and stalled; it runs again after the test."""
    yield one_cluster
    one_cluster.resume()
    if one_cluster.postmaster_pid() is None:
        one_cluster.start()


@pytest.fixture
def fault_world(fault_cluster, tmp_path):
    """A world whose cluster may be killed; its API has the same port after each restart."""
    with World(Database.create(fault_cluster), tmp_path) as world:
        world.keys["writer"] = world.new_key(["feedback:submit", "feedback:read", "feedback:handle"], ["county"])
        world.api.settings["PORT"] = free_port()
        yield world
