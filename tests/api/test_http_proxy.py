"""
The messages of test_http_messages.py once more, through nginx with kept-alive connections to the API: what nginx lets
through never becomes two requests there, and no answer goes to another request than the one it was made for.
"""

import uuid

import pytest

from support.proxy import Proxy
from support.raw_http import RawConnection, get
from test_http_messages import BODIES, REFUSED, SMUGGLED

OK_PATH = "/openapi.json"
LAST = get("/last", "Connection: close")


class Watch:
    """Counts what nginx passed on and what the API took, from the moment it is made."""

    def __init__(self, proxy, api):
        self.proxy = proxy
        self.api = api
        self.before = self._now()

    def check(self):
        """No request more than nginx passed on, and each answer carries the id of its own request."""
        seen, taken = self._now()
        new = seen[len(self.before[0]):]
        passed_on = sum(len(each["upstream"].split(",")) for each in new if each["upstream"])
        assert taken - self.before[1] <= passed_on, new
        assert all(each["got"] in ("", each["sent"]) for each in new), new
        return new

    def _now(self):
        """After a request of our own through nginx: whatever hides on a kept-alive connection would be its answer."""
        probe = str(uuid.uuid4())
        with RawConnection(self.proxy.port) as connection:
            connection.send(get(OK_PATH, f"X-Probe: {probe}", "Connection: close"))
            assert connection.reply().status == 200
        seen = self.proxy.wait_exchange(probe)
        requests = (value for name, value in self.api.metrics().items() if name.startswith("osallisuus_requests_total"))
        return seen, sum(requests)


@pytest.fixture(scope="module", params=[True, False], ids=["buffered", "passed through"])
def proxy(request, world, tmp_path_factory):
    with Proxy([world.api.port], tmp_path_factory.mktemp("nginx"), buffering=request.param) as running:
        yield running


@pytest.fixture
def watch(proxy, world):
    return Watch(proxy, world.api)


def talk(proxy, data):
    """Sends all of it and reads until nginx closes, as it does after LAST or when it waits for more in vain."""
    with RawConnection(proxy.port) as connection:
        try:
            connection.send(data)
            return connection.rest()
        except (BrokenPipeError, ConnectionResetError):
            return b""


@pytest.mark.parametrize("message", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_malformed_message_smuggles_nothing_past_nginx(proxy, watch, message):
    talk(proxy, message + SMUGGLED + SMUGGLED + LAST)
    watch.check()


@pytest.mark.parametrize("message", [row[1] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_nor_after_a_good_one_on_the_same_connection(proxy, watch, message):
    talk(proxy, get(OK_PATH) + message + SMUGGLED + LAST)
    watch.check()


@pytest.mark.parametrize("request_of", [row[1] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_request_inside_a_body_is_never_run_behind_nginx(proxy, watch, request_of):
    talk(proxy, request_of("/first") + LAST)
    first_and_last = [each["upstream"] for each in watch.check()[:-1]]
    assert len(first_and_last) == 2 and all(first_and_last)


def test_connections_to_the_api_are_kept_alive(proxy, world):
    """Else nothing here would say anything: a hidden request shows on a connection that is used again."""
    before = world.api.metrics()["osallisuus_connections"]
    for _ in range(20):
        with RawConnection(proxy.port) as connection:
            connection.send(get(OK_PATH))
            assert connection.reply().status == 200
    assert world.api.metrics()["osallisuus_connections"] <= before + 1
