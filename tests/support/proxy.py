"""
nginx in front of API processes, as docker/nginx.conf sets it up: loopback only, connections to the API kept alive.

    with Proxy([api.port], directory) as proxy:
        RawConnection(proxy.port)
"""

import contextlib
import json
import os
import socket
import subprocess
import time
from pathlib import Path

READY_SECONDS = 10

# One worker, so that what a client does next is done after what it did before; a body that does not come is given up soon.
CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{
    log_format exchange escape=json '{{"probe":"$http_x_probe","sent":"$request_id","got":"$upstream_http_x_request_id",'
        '"upstream":"$upstream_status","status":"$status"}}';
    access_log {directory}/access.log exchange;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    client_header_timeout 1s;
    client_body_timeout 1s;
    keepalive_requests 1000000;
    upstream api {{
        {servers}
        keepalive 64;
        keepalive_requests 1000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{
            proxy_pass http://api;
            proxy_http_version 1.1;
            proxy_request_buffering {buffering};
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Request-Id $request_id;
            proxy_connect_timeout 2s;
            proxy_read_timeout 15s;
            proxy_next_upstream error timeout http_503;
            proxy_next_upstream_tries 2;
        }}
    }}
}}
"""


class Proxy:
    """A running nginx. `buffering`: whether it takes a whole body before it passes the request on."""

    def __init__(self, api_ports, directory, *, buffering=True):
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.process = None
        servers = "\n".join(f"server 127.0.0.1:{port} max_fails=2 fail_timeout=2s;" for port in api_ports)
        self.configuration = CONFIGURATION.format(
            user="user root;" if os.geteuid() == 0 else "", directory=self.directory, servers=servers, port=self.port,
            buffering="on" if buffering else "off")

    def __enter__(self):
        path = self.directory / "nginx.conf"
        path.write_text(self.configuration)
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.directory, "-c", path, "-e", self.directory / "error.log"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait_listening()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(READY_SECONDS)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def exchanges(self):
        """What nginx did, request by request, in the order in which each was done with."""
        path = self.directory / "access.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_exchange(self, probe):
        """Everything until the request with this X-Probe field is in the log; returns all of it."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            seen = self.exchanges()
            if any(each["probe"] == probe for each in seen):
                return seen
            assert time.monotonic() < deadline, f"nginx never logged {probe}"

    def _wait_listening(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self.process.wait(0.02)
                raise AssertionError(f"nginx ended with {status}: {(self.directory / 'error.log').read_text()}")
        raise AssertionError("nginx does not listen")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
