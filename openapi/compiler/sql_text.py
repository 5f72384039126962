"""SQL files: named blocks, tokens, and :name::type made into $n::type."""

import difflib
import re
from collections import namedtuple

from .report import Where

Token = namedtuple("Token", "kind text line")
Use = namedtuple("Use", "name cast line")

TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*)
      | (?P<string>[eE]'(?:[^'\\]|''|\\.)*' | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$)
      | (?P<position>\$\d+)
      | (?P<cast>::)
      | (?P<name>:[a-z_][a-z0-9_]*)
      | (?P<word>[^\W\d]\w*)
      | (?P<number>\d[\w.]*)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
DIRECTIVE = re.compile(r"-- ([a-z]+):[ \t]*(.*?)\s*$")
# Whatever comes close to one of these is one, misspelt or in the wrong folder; the rest is prose.
ALL = ("name", "lane", "cursor", "units", "use", "lock", "run", "columns")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class Block:
    """One named statement of a file; bodies are (text, first line)."""

    def __init__(self, name, where):
        self.name = name
        self.where = where
        self.directives = {}  # key: (value, Where)
        self.lock = None
        self.run = None


def read_blocks(root, folder, known, mistakes):
    """The blocks of folder/*.sql by name; `known`: directives that may stand in them."""
    blocks = {}
    for path in sorted((root / folder).glob("*.sql")):
        file = path.relative_to(root).as_posix()
        for block in _split(path.read_text(encoding="utf-8"), file, known, mistakes):
            if block.name in blocks:
                other = blocks[block.name].where
                mistakes.add(block.where, f"statement '{block.name}' stands also at {other.file}:{other.line}")
            else:
                blocks[block.name] = block
    return blocks


def tokens(text, line, mistakes=None, file=""):
    """Tokens of SQL; block comments, which may nest, come as kind comment."""
    found, at = [], 0
    while at < len(text):
        if text.startswith("/*", at):
            end = _comment_end(text, at)
            kind, piece = "comment", text[at:end]
        else:
            match = TOKEN.match(text, at)
            kind, piece = match.lastgroup, match.group()
        if kind == "other" and piece in "'\"" and mistakes is not None:
            mistakes.add(Where(file, line), f"a quote {piece} is not closed")
        found.append(Token(kind, piece, line))
        line += piece.count("\n")
        at += len(piece)
    return found


def bind(body, file, numbers, mistakes):
    """
    The SQL with $n for each :name and without comments, and the Uses in it.
    `numbers`: name → n, filled in order of appearance.
    """
    text, line = body
    out, uses = [], []
    stream = tokens(text, line, mistakes, file)
    for index, token in enumerate(stream):
        if token.kind in ("comment", "space"):
            _add_space(out, token)
        elif token.kind == "position":
            mistakes.add(Where(file, token.line), f"{token.text} in a statement: write :name::type")
        elif token.kind == "name":
            name = token.text[1:]
            cast = _cast_after(stream, index)
            if cast is None:
                mistakes.add(Where(file, token.line), f":{name} has no cast: write :{name}::type")
            uses.append(Use(name, cast, token.line))
            out.append(f"${numbers.setdefault(name, len(numbers) + 1)}")
        else:
            out.append(token.text)
    _check_one_statement(stream, file, mistakes)
    sql = "".join(out).strip()
    return sql[:-1].rstrip() if sql.endswith(";") else sql, uses


def _split(text, file, known, mistakes):
    block, part, start, lines = None, None, 0, []
    for number, line in enumerate(text.split("\n"), 1):
        match = DIRECTIVE.match(line)
        key = match.group(1) if match else None
        if key == "name":
            _close(block, part, lines, start)
            block = Block(match.group(2), Where(file, number))
            if not NAME.match(block.name):
                mistakes.add(block.where, f"'{block.name}' is no name for a statement")
            part, start, lines = "run", number + 1, []
            yield block
        elif block is None:
            if line.strip() and not line.startswith("--"):
                mistakes.add(Where(file, number), "SQL before the first '-- name:'")
        elif key in ("lock", "run") and "lock" in known:
            if key == "lock" and any(line and not line.startswith("--") for line in lines):
                mistakes.add(Where(file, number), "'-- lock:' comes before all SQL of its block")
            _close(block, part if key == "run" else None, lines, start)
            part, start, lines = key, number + 1, []
        elif key in known:
            if key in block.directives:
                mistakes.add(Where(file, number), f"'-- {key}:' stands twice")
            block.directives[key] = (match.group(2), Where(file, number))
            lines.append("")
        else:
            if key is not None and not "".join(lines).strip() and difflib.get_close_matches(key, ALL, 1, 0.7):
                mistakes.add(Where(file, number), f"'-- {key}:' is not known (known: {', '.join(sorted(known))})")
            lines.append(line)
    _close(block, part, lines, start)


def _close(block, part, lines, start):
    if block is not None and part is not None:
        setattr(block, part, ("\n".join(lines), start))


def _comment_end(text, at):
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    return at


def _cast_after(stream, index):
    rest = [token for token in stream[index + 1:index + 8] if token.kind != "space"]
    if len(rest) < 2 or rest[0].kind != "cast" or rest[1].kind not in ("word", "quoted"):
        return None
    array = len(rest) > 3 and rest[2].text == "[" and rest[3].text == "]"
    return rest[1].text + ("[]" if array else "")


def _check_one_statement(stream, file, mistakes):
    solid = [token for token in stream if token.kind not in ("space", "comment")]
    for token in solid[:-1]:
        if token.text == ";" and token.kind == "other":
            mistakes.add(Where(file, token.line), "a block holds one statement; another begins after this ';'")
            return


def _add_space(out, token):
    """One line end with the indentation after it, or one blank; never two in a row."""
    space = " "
    if token.kind == "space" and "\n" in token.text:
        space = "\n" + token.text.rpartition("\n")[2]
    if out and not out[-1].strip():
        if space != " ":
            out[-1] = space
    else:
        out.append(space)
