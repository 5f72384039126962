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
