"""
Debian's Chromium, driven by tests/browser/run.mjs, which says what a visit may ask for and what is reported of it.

    report, = visit({"url": api.url + "/docs", "axe": WCAG})
"""

import json
import os
import subprocess
import tempfile

from support.programs import ROOT

SECONDS = 120
# Which rules of axe-core are looked at.
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GOOD_PRACTICE = [*WCAG, "best-practice"]


def visit(*visits):
    """The reports of these visits, in their order. The browser's profile is new and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="web-") as directory:  # short: a socket of Chromium lies in it
        done = subprocess.run(["node", ROOT / "tests/browser/run.mjs"], input=json.dumps({"visits": visits}), text=True,
                              env={**os.environ, "TMPDIR": directory, "HOME": directory}, cwd=directory,
                              capture_output=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


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
