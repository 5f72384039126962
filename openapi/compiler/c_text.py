"""Pieces of C source."""

BANNER = "/* Made by openapi/generate.py. Changes belong into openapi/ and sql/. */\n"
LONG_STRINGS = '#pragma GCC diagnostic ignored "-Woverlength-strings"\n'


def string(text):
    """A C string literal; NULL for None."""
    if text is None:
        return "NULL"
    return f'"{_escaped(text)}"'


def lines(text, indent="\t"):
    """A C string literal over several source lines, one for each line of the text."""
    parts = text.splitlines(keepends=True) or [""]
    return "\n".join(f'{indent}"{_escaped(part)}"' for part in parts)


def boolean(value):
    return "true" if value else "false"


def int64(value):
    if value == -(2**63):
        return "INT64_MIN"
    return f"INT64_C({value})"


def array(kind, name, items, per_line=1):
    """`static const kind name[] = {…};` with trailing blank line; nothing for no items."""
    if not items:
        return ""
    rows = [", ".join(items[at:at + per_line]) for at in range(0, len(items), per_line)]
    body = "".join(f"\t{row},\n" for row in rows)
    return f"static const {kind}{name}[] = {{\n{body}}};\n\n"


def fields(pairs):
    """Designated initialisers, without those that are zero anyway."""
    shown = [f".{name} = {value}" for name, value in pairs if value not in ("NULL", "0", "false", None)]
    return "{" + ", ".join(shown) + "}"


def _escaped(text):
    out = []
    for char in text:
        if char in '"\\?':
            out.append("\\" + char)
        elif char == "\n":
            out.append("\\n")
        elif char == "\t":
            out.append("\\t")
        elif ord(char) < 0x20 or ord(char) == 0x7F:
            out.append(f"\\{ord(char):03o}")
        else:
            out.append(char)
    return "".join(out)
