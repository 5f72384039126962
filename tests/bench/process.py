"""
Section connections: memory of the API at 1,000 open connections. Section start: from exec to the first answer.
"""

import http.client
import resource
import socket
import statistics
import time

from bench_world import bench_world

from support.ports import free_port

CONNECTIONS = 1000
RSS_MB = 40
START_MS = 300
STARTS = 7


def run_connections(cluster, options, figures):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * CONNECTIONS), most))
    with bench_world(cluster, options) as world:
        path = f"/v1/units/{world.units['ward']}"
        opened = [http.client.HTTPConnection("127.0.0.1", world.api.port, timeout=10) for _ in range(CONNECTIONS)]
        for connection in opened:
            connection.request("GET", path, headers={"Authorization": f"Bearer {world.keys['caller']}"})
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200 or reply.will_close:
                raise RuntimeError(f"GET {path} answered {reply.status}")
        megabytes = world.api.rss_bytes() / 1e6
        for connection in opened:
            connection.close()
    figures.goal(f"API memory at {CONNECTIONS} open connections", f"{megabytes:.1f} MB", megabytes <= RSS_MB, f"{RSS_MB} MB")


def run_start(cluster, options, figures):
    """The median of a few starts, the first answer being one out of the database."""
    with bench_world(cluster, options) as world:
        key, path = world.keys["caller"], f"/v1/units/{world.units['ward']}"
        world.api.stop()
        measured = []
        for _ in range(STARTS):
            api = world.new_api(PORT=free_port())
            began = time.monotonic()
            api.launch()
            _wait_answer(api.settings["PORT"], path, key, began)
            measured.append((time.monotonic() - began) * 1000)
            api.stop()
    median = statistics.median(measured)
    figures.note("ms: " + " ".join(f"{value:.0f}" for value in measured))
    figures.goal("start to first answer, median", f"{median:.0f} ms", median <= START_MS, f"{START_MS} ms")


def _wait_answer(port, path, key, began):
    while time.monotonic() - began < 30:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
                                   "Connection: close\r\n\r\n".encode())
                if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass  # not listening yet: the next attempt is the wait
    raise RuntimeError("no answer within 30 s")
