#!/usr/bin/python3
"""Runs the tests and ends with one line, `N passed, N failed`.

    tests/run.py [PATH…]      default: the C unit tests and every directory of tests/ with pytest files

BUILD names the directory with the programs, TEST_PROCESSES how many tests run side by side. Tests that are marked `alone`
measure: they run after the others, one at a time. A skipped test counts as failed: it did not show what it should.
"""

import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("BUILD", "build")
ALONE = "pytest.mark.alone"
NOT_TESTS = {"bench", "lint", "fuzz", "unit", "node_modules"}
UNIT_TIMEOUT_S = 300
# One more than there are cores: a test waits now and then, be it for PostgreSQL.
PROCESSES = min(4, (os.cpu_count() or 1) + 1)


def main():
    chosen = [str(Path(path)).rstrip("/") for path in sys.argv[1:]]
    tally = Tally()
    if not chosen or "tests/unit" in chosen:
        run_unit(tally)
    directories = [path for path in chosen if path != "tests/unit"] if chosen else pytest_directories()
    if directories:
        run_pytest(tally, directories, ["-m", "not alone", "-n", os.environ.get("TEST_PROCESSES", str(PROCESSES))])
    if alone := [path for path in test_files(directories) if ALONE in (ROOT / path).read_text(encoding="utf-8")]:
        run_pytest(tally, alone, ["-m", "alone", "-p", "no:xdist"])
    for name in tally.failures:
        print("FAILED", name)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    @property
    def failed(self):
        return len(self.failures)


def pytest_directories():
    """Those that hold test files, and the files that lie in tests/ itself."""
    tests = ROOT / "tests"
    found = sorted({path.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")} - NOT_TESTS)
    return [f"tests/{name}" for name in found] + sorted(f"tests/{path.name}" for path in tests.glob("test_*.py"))


def test_files(paths):
    """What pytest finds in these directories and files."""
    found = ((ROOT / path).rglob("test_*.py") if (ROOT / path).is_dir() else [ROOT / path] for path in paths)
    return [str(path.relative_to(ROOT)) for paths in found for path in sorted(paths)]


def run_unit(tally):
    """Each program tells its tests one by one (cmocka). One that ends badly without naming a test has failed once."""
    for name in sorted(path.stem for path in (ROOT / "tests/unit").glob("test_*.c")):
        try:
            done = subprocess.run([BUILD / "unit" / name], cwd=ROOT, capture_output=True, text=True, errors="replace",
                                  timeout=UNIT_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as problem:
            print(f"{name}: {problem}")
            tally.failures.append(name)
            continue
        said = done.stdout + done.stderr
        started, good = (set(re.findall(rf"^\[ {mark} \] (.*)$", said, re.MULTILINE)) for mark in ("RUN     ", "      OK"))
        bad = [f"{name}: {title}" for title in sorted(started - good)]
        if not bad and (done.returncode != 0 or not started):
            bad = [f"{name}: exit status {done.returncode}"]
        tally.passed += len(good)
        tally.failures += bad
        print(f"{name}: {len(started)} tests" + (f", {len(bad)} failed" if bad else ""), flush=True)
        if bad:
            print(said, flush=True)


def run_pytest(tally, paths, options):
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *options, *paths]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    bad = []
    for case in cases:
        if any(child.tag in ("failure", "error", "skipped") for child in case):
            bad.append(f"{case.get('classname')}::{case.get('name')}")
        else:
            tally.passed += 1
    if not bad and status not in (0, 5):
        bad = [f"pytest {' '.join(paths)}: exit status {status}"]
    tally.failures += bad


if __name__ == "__main__":
    sys.exit(main())
