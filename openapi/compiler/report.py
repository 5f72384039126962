"""Mistakes are collected, so that one run shows all of them."""

from collections import namedtuple

Where = namedtuple("Where", "file line")


class Mistakes:
    """What is wrong with the sources, each with the file and the line to open."""

    def __init__(self):
        self._found = set()

    def add(self, where, message):
        self._found.add((where.file, where.line, message))

    def __bool__(self):
        return bool(self._found)

    def lines(self):
        return [f"{file}:{line}: {message}" for file, line, message in sorted(self._found)]
