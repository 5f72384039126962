#!/usr/bin/python3
"""
Throughput and size of the service beside what is possible on the same machine in the same run: pgbench with
the very statements, nginx for the empty reply. The cluster is private, with fsync on and defaults otherwise.

    tests/bench/run.py [--only http,rows,…] [--seconds 5] [--json FILE]
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1]), str(Path(__file__).parents[2] / "openapi")]
sys.dont_write_bytecode = True

import bookings  # noqa: E402
import comments  # noqa: E402
import experts  # noqa: E402
import growth  # noqa: E402
import http_load  # noqa: E402
import imports  # noqa: E402
import inputs  # noqa: E402
import jobs  # noqa: E402
import news  # noqa: E402
import process  # noqa: E402
import public_load  # noqa: E402
import report  # noqa: E402
import search  # noqa: E402
import safety  # noqa: E402
import sessions  # noqa: E402
from figures import Figures  # noqa: E402
from support.cluster import Cluster  # noqa: E402

SECTIONS = {
    "http": http_load.run,
    "bad": http_load.run_bad_references,
    "safety": safety.run,
    "growth": growth.run,
    "connections": process.run_connections,
    "start": process.run_start,
    "public": public_load.run,
    "queue": jobs.run_queue,
    "mail": jobs.run_mail,
    "news": news.run,
    "comments": comments.run,
    "search": search.run,
    "sessions": sessions.run,
    "bookings": bookings.run,
    "inputs": inputs.run,
    "experts": experts.run,
    "imports": imports.run,
    "report": report.run,
}


def main():
    options = parse()
    figures = Figures(machine())
    print("\n".join(f"{name}: {value}" for name, value in figures.machine.items()), flush=True)
    with Cluster.private(fsync=True) as cluster, tempfile.TemporaryDirectory(prefix="osallisuus-bench-") as directory:
        options.directory = Path(directory)
        for name in options.only:
            print(f"\n== {name}", flush=True)
            SECTIONS[name](cluster, options, figures)
    figures.print_goals()
    if options.json:
        Path(options.json).write_text(json.dumps(figures.as_dict(), indent=1) + "\n")
    return 0


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas: " + ", ".join(SECTIONS))
    parser.add_argument("--seconds", type=int, default=5, help="for each measurement (default 5)")
    parser.add_argument("--connections", default="8,64,256", help="numbers of connections for section http")
    parser.add_argument("--grow-rows", type=int, default=1_000_000, help="section growth ends at so many rows …")
    parser.add_argument("--grow-seconds", type=int, default=150, help="… or after so many seconds")
    parser.add_argument("--report-cases", type=int, default=5_000_000, help="cases of section report")
    parser.add_argument("--races", type=int, default=bookings.ROUNDS, help="section bookings: so many races")
    parser.add_argument("--search-rows", type=int, default=1_000_000, help="section search: so many cases")
    parser.add_argument("--json", metavar="FILE", help="writes every figure there, too")
    options = parser.parse_args()
    options.only = options.only.split(",")
    options.connections = [int(number) for number in options.connections.split(",")]
    if unknown := set(options.only) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}")
    return options


def machine():
    """What the figures were measured on."""
    cpu = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")]
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    return {"cpu": f"{len(os.sched_getaffinity(0))} × {cpu[0] if cpu else platform.machine()}",
            "memory": f"{memory_kb / 1024 ** 2:.0f} GiB", "kernel": platform.release(),
            "load before": f"{os.getloadavg()[0]:.1f} (above 0.5 others are at work, and the figures say less)"}


if __name__ == "__main__":
    sys.exit(main())
