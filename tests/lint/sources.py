"""
The files of the project, read once, and texts of them without comments or strings.
"""

import functools
import re

SKIPPED = {".git", "build", "var", "node_modules", "__pycache__", ".pytest_cache", ".hypothesis"}
C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


class Sources:
    """Paths are relative to the root, with slashes."""

    def __init__(self, root):
        self.root = root
        self.paths = sorted(self._walk(root))

    def _walk(self, directory):
        for entry in directory.iterdir():
            if entry.name in SKIPPED or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from self._walk(entry)
            elif entry.suffix != ".pyc":
                yield str(entry.relative_to(self.root))

    def ending(self, *suffixes, under=("",)):
        return [path for path in self.paths if path.endswith(suffixes) and path.startswith(tuple(under))]

    @functools.cache
    def text(self, path):
        return (self.root / path).read_bytes().decode(errors="replace")

    def lines(self, path):
        """(number, line) pairs, from 1."""
        return enumerate(self.text(path).split("\n"), 1)

    @functools.cache
    def c_code(self, path):
        """A C file with comments and literals blanked; lines stay where they are."""
        return C_TOKEN.sub(lambda match: blank(match[0]), self.text(path))

    @functools.cache
    def c_strings(self, path):
        """(line number, content) of each string literal; adjacent ones are joined."""
        found, end = [], -1
        for match in C_TOKEN.finditer(self.text(path)):
            if match[0][0] != '"':
                continue
            between = self.text(path)[end:match.start()] if end >= 0 else "x"
            if not between.strip():
                found[-1] = (found[-1][0], found[-1][1] + match[0][1:-1])
            else:
                found.append((self.text(path).count("\n", 0, match.start()) + 1, match[0][1:-1]))
            end = match.end()
        return found


def blank(text):
    """Spaces of the same length; line ends are kept."""
    return re.sub(r"[^\n]", " ", text)
