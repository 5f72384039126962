"""A copy of the small good contract in fixtures/good, to be changed and compiled."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "openapi"))

from compiler import contract  # noqa: E402
from compiler.report import Mistakes  # noqa: E402

GOOD = Path(__file__).resolve().parent / "fixtures" / "good"
GENERATE = ROOT / "openapi" / "generate.py"


class Tree:
    """Sources in a folder of their own."""

    def __init__(self, folder):
        self.root = folder / "source"
        self.out = folder / "gen"
        shutil.copytree(GOOD, self.root)

    def replace(self, file, old, new):
        """Puts new for the one place of old."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new))

    def append(self, file, text):
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.is_file() else "") + text)

    def line_of(self, file, text):
        """The number of the first line that has the text."""
        lines = (self.root / file).read_text().split("\n")
        return next(number for number, line in enumerate(lines, 1) if text in line)

    def check(self):
        """The lines that the compiler says; empty when all is well. Without a process of its own, which takes long."""
        mistakes = Mistakes()
        contract.read(self.root, mistakes)
        return mistakes.lines()

    def generate(self):
        """{name: bytes} of what it writes."""
        run = self.run("--out", str(self.out))
        assert run.returncode == 0, run.stderr
        return {path.name: path.read_bytes() for path in self.out.iterdir()}

    def run(self, *arguments):
        command = [sys.executable, str(GENERATE), "--root", str(self.root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)
