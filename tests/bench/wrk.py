"""
wrk with load.lua: a load is a method, paths, bodies and a key; a Load is what came of it.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass
class Load:
    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int
    cpu_seconds: float = 0.0


def load(url, connections, seconds, *, method="GET", paths=("/",), bodies=(), key=None, etag=None, program=None, is_split=False):
    """Runs wrk; `program` is the one whose CPU time is taken. Errors are replies ≥ 400 and broken connections. is_split: each request once, by one thread."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "LOAD_METHOD": method, "LOAD_PATHS": _file(directory, "paths", paths)}
        if bodies:
            environment["LOAD_BODIES"] = _file(directory, "bodies", bodies)
        if is_split:
            environment["LOAD_THREADS"] = str(min(2, connections))
        if etag:
            environment["LOAD_ETAG"] = etag
        if key:
            environment["LOAD_KEY"] = key
        before = program.cpu_seconds() if program else 0.0
        done = subprocess.run(["wrk", "--latency", "-t", str(min(2, connections)), "-c", str(connections), "-d", f"{seconds}s",
                               "--timeout", "10s", "-s", str(SCRIPT), url], env=environment, capture_output=True, text=True,
                              check=False)
        after = program.cpu_seconds() if program else 0.0
    lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("LOAD ")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    requests, duration_us, p50, p99, most, refused, broken = map(float, lines[0])
    return Load(int(requests), requests * 1e6 / duration_us, p50, p99, most, int(refused + broken), after - before)


def _file(directory, name, lines):
    path = Path(directory) / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)
