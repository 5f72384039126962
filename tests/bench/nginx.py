"""
nginx for the empty reply: as many workers as there are cores, no log.
"""

import contextlib
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from support.ports import free_port

CONFIGURATION = """
daemon off;
worker_processes auto;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ default_type application/json; return 200 '{{"status":"ok"}}'; }}
    }}
}}
"""


@contextlib.contextmanager
def serving(parent):
    """The URL of an nginx that answers everything with a few bytes."""
    with tempfile.TemporaryDirectory(dir=parent) as directory:
        port = free_port()
        path = Path(directory) / "nginx.conf"
        path.write_text(CONFIGURATION.format(directory=directory, port=port))
        with open(os.devnull, "wb") as nothing:
            process = subprocess.Popen(["/usr/sbin/nginx", "-p", directory, "-c", str(path)], stdout=nothing, stderr=nothing)
        try:
            _wait_listening(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def _wait_listening(process, port):
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise RuntimeError(f"nginx ended with {process.wait(0.02)}") from None
