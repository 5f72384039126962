"""
YAML with the line of every key and item. Scalars follow the JSON schema of
YAML 1.2: only true, false, null, plain decimal numbers and strings, so that
`no`, `12:30` and `2024-01-01` stay what they look like.
"""

import re

import yaml

from .report import Where

INTEGER = re.compile(r"[-+]?[0-9]+\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class Map(dict):
    """A mapping that knows where it and its members stand."""

    def __init__(self, where):
        super().__init__()
        self.where = where
        self.at = {}


class Seq(list):
    """A sequence that knows where it and its items stand."""

    def __init__(self, where):
        super().__init__()
        self.where = where
        self.at = []


def load(text, file, mistakes):
    """The document as Map, Seq and plain scalars; None when it cannot be read."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mistakes.add(Where(file, line), f"not YAML: {error.problem}")
        return None
    except yaml.reader.ReaderError as error:
        mistakes.add(Where(file, 1), f"not YAML: {error.reason}")
        return None
    return _build(node, file, mistakes) if node is not None else Map(Where(file, 1))


def where_of(parent, key):
    """Where a member or item of a Map or Seq stands."""
    if isinstance(parent, Map):
        return parent.at.get(key, parent.where)
    return parent.at[key]


def _build(node, file, mistakes):
    where = Where(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _build_map(node, where, mistakes)
    if isinstance(node, yaml.SequenceNode):
        seq = Seq(where)
        for item in node.value:
            seq.append(_build(item, file, mistakes))
            seq.at.append(Where(file, item.start_mark.line + 1))
        return seq
    return _scalar(node)


def _build_map(node, where, mistakes):
    result = Map(where)
    for key_node, value_node in node.value:
        at = Where(where.file, key_node.start_mark.line + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            mistakes.add(at, "a key must be plain text")
            continue
        key = key_node.value
        if key in result:
            mistakes.add(at, f"'{key}' stands twice in one mapping")
            continue
        result[key] = _build(value_node, where.file, mistakes)
        result.at[key] = at
    return result


def _scalar(node):
    text = node.value
    if node.style is not None:
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.match(text):
        return int(text)
    if FLOAT.match(text):
        return float(text)
    return text
