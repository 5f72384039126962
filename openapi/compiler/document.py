"""
The contract as one OpenAPI 3.1 document: openapi.yaml with paths/*.yaml and
schemas/*.yaml put into its namespace, and every $ref checked.
"""

import json

import yaml

from .marked_yaml import Map, Seq, load, where_of
from .report import Where

# How an operation is carried out is no business of its clients.
INTERNAL = {"x-handler", "x-lines", "x-location", "x-stream"}
ROOT_FILE = "openapi/openapi.yaml"


class Document:
    """The bundled document; Map nodes keep where they came from."""

    def __init__(self, root, mistakes):
        self.mistakes = mistakes
        self.tree = self._read(root, ROOT_FILE)
        if self.tree is None:
            self.tree = Map(Where(ROOT_FILE, 1))
        self.paths = self._section(self.tree, "paths")
        self.components = self._section(self.tree, "components")
        schemas = self._section(self.components, "schemas")
        self._take(root, "openapi/paths", self.paths, "path")
        self._take(root, "openapi/schemas", schemas, "schema")
        self._check_refs(self.tree)

    def resolve(self, ref):
        """The node that a local reference names; None when there is none."""
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return None
        node = self.tree
        for part in ref[2:].split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, Map) or part not in node:
                return None
            node = node[part]
        return node

    def follow(self, node):
        """The node itself, or what it refers to, through any number of references."""
        for _ in range(20):
            if not isinstance(node, Map) or "$ref" not in node:
                return node
            node = self.resolve(node["$ref"])
        return None

    def as_json(self):
        return json.dumps(_public(self.tree), ensure_ascii=False, separators=(",", ":")) + "\n"

    def as_yaml(self):
        return yaml.dump(_public(self.tree), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)

    def _read(self, root, file):
        path = root / file
        if not path.is_file():
            self.mistakes.add(Where(file, 1), "there is no such file")
            return None
        tree = load(path.read_text(encoding="utf-8"), file, self.mistakes)
        if tree is not None and not isinstance(tree, Map):
            self.mistakes.add(Where(file, 1), "must be a mapping")
            return None
        return tree

    def _section(self, parent, name):
        section = parent.get(name)
        if isinstance(section, Map):
            return section
        if section is not None:
            self.mistakes.add(where_of(parent, name), f"'{name}' must be a mapping")
        parent[name] = Map(parent.where)
        return parent[name]

    def _take(self, root, folder, target, what):
        for path in sorted((root / folder).glob("*.yaml")):
            part = self._read(root, path.relative_to(root).as_posix())
            for name, node in (part or {}).items():
                where = where_of(part, name)
                if name in target:
                    self.mistakes.add(where, f"{what} '{name}' stands also at {_place(where_of(target, name))}")
                else:
                    target[name] = node
                    target.at[name] = where

    def _check_refs(self, node):
        if isinstance(node, Map):
            ref = node.get("$ref")
            if "$ref" in node and not isinstance(ref, Map) and self.resolve(ref) is None:
                self.mistakes.add(where_of(node, "$ref"), f"$ref '{ref}' names nothing")
            for value in node.values():
                self._check_refs(value)
        elif isinstance(node, Seq):
            for value in node:
                self._check_refs(value)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def _place(where):
    return f"{where.file}:{where.line}"


def _public(node):
    if isinstance(node, Map):
        return {key: _public(value) for key, value in node.items() if key not in INTERNAL}
    if isinstance(node, Seq):
        return [_public(value) for value in node]
    return node
