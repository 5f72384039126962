"""The statements of workers and of the admin command (sql/jobs, sql/admin)."""

import re
from dataclasses import dataclass

from . import sql_text
from .report import Where

DIRECTIVES = {"columns"}
C_WORDS = set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while".split()
)
COLUMN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@dataclass
class PlainStatement:
    name: str
    sql: str
    values: list
    columns: list


def compile_folder(root, folder, mistakes):
    """The statements of a folder, sorted by name."""
    blocks = sql_text.read_blocks(root, folder, DIRECTIVES, mistakes)
    return [_compile(blocks[name], mistakes) for name in sorted(blocks)]


def _compile(block, mistakes):
    file = block.where.file
    numbers, casts = {}, {}
    sql, uses = sql_text.bind(block.run, file, numbers, mistakes)
    if not sql:
        mistakes.add(block.where, f"statement '{block.name}' is empty")
    for use in uses:
        known = casts.setdefault(use.name, use.cast)
        if use.cast and known and use.cast.lower() != known.lower():
            mistakes.add(Where(file, use.line), f":{use.name} is cast to {use.cast} here and to {known} before")
        if use.name in C_WORDS:
            mistakes.add(Where(file, use.line), f":{use.name} is a word of C: choose another name")
    return PlainStatement(block.name, sql, list(numbers), _columns(block, sql, mistakes))


def _columns(block, sql, mistakes):
    if "columns" not in block.directives:
        if _returns_rows(sql):
            mistakes.add(block.where, f"statement '{block.name}' returns rows and needs '-- columns: …'")
        return []
    value, where = block.directives["columns"]
    columns = [part.strip() for part in value.split(",")]
    for column in columns:
        if not COLUMN.match(column):
            mistakes.add(where, f"'{column}' in '-- columns:' is no name")
    if len(set(columns)) != len(columns):
        mistakes.add(where, "'-- columns:' names a column twice")
    if not _returns_rows(sql):
        mistakes.add(where, f"statement '{block.name}' has '-- columns:' but returns no rows")
    return columns


def _returns_rows(sql):
    """Whether its main command is SELECT or VALUES, or it ends with RETURNING."""
    depth, main = 0, None
    for token in sql_text.tokens(sql, 1):
        word = token.text.upper() if token.kind == "word" else token.text
        if word in ("(", ")"):
            depth += 1 if word == "(" else -1
        elif depth == 0 and word in ("SELECT", "VALUES", "INSERT", "UPDATE", "DELETE") and main is None:
            main = word
        elif depth == 0 and word == "RETURNING":
            return True
    return main in ("SELECT", "VALUES")
