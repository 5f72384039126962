"""
Reliability goal 1: kill -9 of any process under load loses nothing that was acknowledged and does nothing twice.
"""

import os

import pytest

from chaos import rage
from checker import check
from load import Writers
from support.ports import free_port

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("FAULT_SECONDS", "12"))
THREADS = 32
# The goal is 300 writes per second, reached on an idle machine of two cores; below a third of it a run says nothing.
LEAST_WRITES_PER_SECOND = 100


def test_kill_9_of_any_process_loses_nothing_acknowledged_and_does_nothing_twice(fault_world, fault_cluster, tmp_path, seed):
    apis = [fault_world.api, fault_world.new_api(PORT=free_port())]
    programs = [*(api.start() for api in apis), fault_world.start_worker()]
    victims = {f"{number} {program.name}": (program.check_alive, program.kill, program.launch)
               for number, program in enumerate(programs)}
    victims["postgresql"] = (lambda: None, fault_cluster.kill, fault_cluster.start)
    writers = Writers(fault_world, [api.settings["PORT"] for api in apis], tmp_path, threads=THREADS, seed=seed).start()

    killed = rage(victims, seed=seed, seconds=SECONDS)

    for api in apis:
        api.wait_ready()
    writers.stop()
    acknowledged = writers.acknowledged()
    print(f"{len(killed)} kills in {SECONDS:.0f} s, {len(acknowledged) / SECONDS:.0f} acknowledged per second, "
          f"answers {writers.answers}")
    check(fault_world, acknowledged)
    enough = len(acknowledged) >= LEAST_WRITES_PER_SECOND * SECONDS
    assert enough, f"only {len(acknowledged) / SECONDS:.0f} writes per second"
