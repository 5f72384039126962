"""
Debian's Chromium, driven by tests/browser/run.mjs, which says what a visit may ask for and what is reported of it.

    report, = visit({"url": api.url + "/docs", "axe": WCAG})
"""

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from support.programs import ROOT

SECONDS = 300
# Which rules of axe-core are looked at.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GOOD_PRACTICE = [*WCAG, "best-practice"]


class Browser:
    """Chromium, once for all tests of a process: a start takes as long as a dozen visits."""

    def __init__(self):
        self._directory = tempfile.mkdtemp(prefix="web-")  # short: a socket of Chromium lies in it
        self._errors = open(Path(self._directory) / "errors", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            ["node", ROOT / "tests/browser/run.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env={**os.environ, "TMPDIR": self._directory, "HOME": self._directory}, cwd=self._directory)

    def follow(self, visits):
        """The reports of these visits. What goes wrong with the browser itself fails, and the next start is a new one."""
        watch = threading.Timer(SECONDS, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(json.dumps({"visits": visits}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            watch.cancel()
        if not answer:
            self._errors.seek(0)
            raise AssertionError(f"the browser ended, or was silent for {SECONDS} s\n{self._errors.read()[-4000:]}")
        return json.loads(answer)

    def close(self):
        self._process.communicate()  # it ends with its standard input
        self._errors.close()
        shutil.rmtree(self._directory, ignore_errors=True)


_running = []


@atexit.register
def _close():
    while _running:
        _running.pop().close()


def visit(*visits):
    """The reports of these visits, in their order. What a browser remembers is new and gone afterwards."""
    if not _running:
        _running.append(Browser())
    try:
        answer = _running[-1].follow(visits)
    except AssertionError:
        _close()
        raise
    assert "failure" not in answer, answer["failure"]
    return answer["reports"]


def check_page(world, report, language):
    """What holds for every page, whatever it says."""
    where = json.dumps(report, ensure_ascii=False, indent=1)[:4000]
    assert report["status"] == 200 and report["language"] == language, where
    assert report["violations"] == [] and report["complaints"] == [], where
    assert not report["too_wide"], where
    assert len(report["headings"]) == 1 and report["title"].startswith(report["headings"][0]), where
    assert all(request.split()[1].startswith(world.api.url) for request in report["requests"]), where
    policy = report["headers"]["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy, where
