"""
Reliability goal 2: while PostgreSQL is away or stalled the API says so at once, stays up, and is back with it.
"""

import threading
import time
import uuid

import pytest

from checker import check
from load import Writers
from support.client import Client

pytestmark = pytest.mark.alone

NEW_REQUEST_SECONDS = 1.0
IN_FLIGHT_SECONDS = 5.0
RETURN_SECONDS = 3.0
# What the machine and the client may add to a promise.
GRACE_SECONDS = 0.4


def voice(world):
    return {"unit_id": world.units["ward"], "kind": "thanks", "channel": "web", "lang": "fi", "text": "Kiitos."}


def timed_post(world):
    client = Client(world.api, world.keys["writer"])
    began = time.monotonic()
    response = client.post("/v1/feedback", voice(world), idempotency=str(uuid.uuid4()))
    return response, time.monotonic() - began


def wait_until_served(world, seconds):
    began = time.monotonic()
    while True:
        response, _ = timed_post(world)
        if response.status_code == 201:
            return time.monotonic() - began
        assert response.status_code == 503
        assert time.monotonic() - began < seconds, f"not back {seconds} s after PostgreSQL"
        world.api.wait_for(lambda: True, "life")


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_without_a_database_new_requests_get_503_within_a_second_and_service_returns_with_it(fault_world, fault_cluster, way):
    fault_world.api.start()
    assert timed_post(fault_world)[0].status_code == 201
    fault_cluster.kill() if way == "kill" else fault_cluster.stop()

    answers = [timed_post(fault_world) for _ in range(3)]
    assert {response.status_code for response, _ in answers} == {503}
    assert min(seconds for _, seconds in answers) <= NEW_REQUEST_SECONDS + GRACE_SECONDS  # a busy machine may delay one
    fault_world.api.wait_for(lambda: not fault_world.api.is_ready(), "readyz to say no", 5)
    fault_cluster.start()

    assert wait_until_served(fault_world, RETURN_SECONDS + GRACE_SECONDS) <= RETURN_SECONDS + GRACE_SECONDS
    fault_world.api.wait_for(fault_world.api.is_ready, "readyz to say yes", 5)


def test_an_api_that_starts_without_a_database_waits_for_it(fault_world, fault_cluster):
    fault_cluster.stop()
    fault_world.api.launch()
    fault_world.api.wait_listening()
    assert timed_post(fault_world)[0].status_code == 503
    assert not fault_world.api.is_ready()
    fault_cluster.start()
    assert wait_until_served(fault_world, RETURN_SECONDS + GRACE_SECONDS) <= RETURN_SECONDS + GRACE_SECONDS


def test_a_stalled_database_is_given_up_in_time_and_service_returns_with_it(fault_world, fault_cluster, tmp_path, seed):
    fault_world.api.start()
    writers = Writers(fault_world, [fault_world.api.settings["PORT"]], tmp_path, threads=8, seed=seed).start()
    fault_world.api.wait_for(lambda: writers.answers.get(201, 0) > 100, "writes")

    fault_cluster.pause()
    try:
        answers = [timed_post(fault_world) for _ in range(3)]
        everyone = [threading.Thread(target=lambda: answers.append(timed_post(fault_world))) for _ in range(20)]
        for thread in everyone:
            thread.start()
        for thread in everyone:
            thread.join()
    finally:
        fault_cluster.resume()

    assert {response.status_code for response, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) <= IN_FLIGHT_SECONDS + GRACE_SECONDS
    assert wait_until_served(fault_world, RETURN_SECONDS + GRACE_SECONDS) <= RETURN_SECONDS + GRACE_SECONDS
    writers.stop()
    check(fault_world, writers.acknowledged())


def test_public_pages_that_are_in_memory_are_served_without_a_database(fault_world, fault_cluster):
    fault_world.api.start()
    everyone = Client(fault_world.api)
    wait_until_served(fault_world, RETURN_SECONDS)
    pages = {connection: Client(fault_world.api) for connection in range(12)}  # so that every loop has the page
    kept = {connection: client.get("/units", expect=200).headers["ETag"] for connection, client in pages.items()}
    fault_cluster.stop()
    assert {connection: client.get("/units", expect=200).headers["ETag"] for connection, client in pages.items()} == kept
    reply = everyone.get("/house")
    assert reply.status_code == 503 and reply.headers["Retry-After"] and reply.headers["Cache-Control"] == "no-store"
    fault_cluster.start()
