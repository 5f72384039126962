"""
Schemas of request bodies and parameters: a subset of JSON Schema that the
validator in api/validate.c knows. What it does not know is a mistake here.
"""

import re
from dataclasses import dataclass

from .marked_yaml import Map, Seq, where_of

FORMATS = {
    "uuid": "FORMAT_UUID",
    "date": "FORMAT_DATE",
    "date-time": "FORMAT_DATE_TIME",
    "x-month": "FORMAT_MONTH",
    "email": "FORMAT_EMAIL",
    "uri": "FORMAT_URI",
}
INTEGER_FORMATS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
ANNOTATIONS = {"title", "description", "example", "examples", "default", "deprecated", "writeOnly", "$comment", "x-sealed"}
KEYWORDS = {
    "string": {"minLength", "maxLength", "pattern", "enum", "format"},
    "integer": {"minimum", "maximum", "format"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "object": {"properties", "required", "minProperties", "additionalProperties", "propertyNames"},
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "any": set(),
}
NOT_POSIX = re.compile(r"\\[A-Za-z0-9]|\(\?|[*+?}][?+]")
UNSIGNED_MAX = 2**32 - 1
UNIQUE_ITEMS_MAX = 200  # each is compared with each


@dataclass(frozen=True)
class Schema:
    """One struct schema; equal ones are one in the output."""

    type: str
    nullable: bool = False
    format: str = "FORMAT_NONE"
    min_length: int = 0
    max_length: int = 0
    pattern: str = None
    values: tuple = None
    minimum: int = None
    maximum: int = None
    members: tuple = ()  # (name, Schema, required, sealed)
    min_members: int = 0
    additional: "Schema" = None
    additional_names: tuple = None
    items: "Schema" = None
    min_items: int = 0
    max_items: int = 0
    unique_items: bool = False

    def is_sealed(self):
        return any(sealed for _, _, _, sealed in self.members)


ANY = Schema("any", nullable=True)


class SchemaCompiler:
    """Compiles schema nodes; None stands for one with mistakes."""

    def __init__(self, document, mistakes):
        self.document = document
        self.mistakes = mistakes

    def compile(self, node, where, path=()):
        """`path`: the references and members that led here."""
        if node is True:
            return ANY
        if not isinstance(node, Map):
            return self._wrong(where, "a schema must be a mapping")
        if "$ref" in node:
            return self._reference(node, path)
        name, nullable = self._type(node)
        if name is None:
            return None
        allowed = KEYWORDS[name] | ANNOTATIONS | {"type"}
        unknown = [key for key in node if key not in allowed]
        for key in unknown:
            self._wrong(where_of(node, key), f"'{key}' is not known in a request schema of type {name}")
        if unknown:
            return None
        return getattr(self, "_" + name)(node, nullable, path)

    def _wrong(self, where, message):
        self.mistakes.add(where, message)

    def _reference(self, node, path):
        for key in node:
            if key != "$ref" and key not in ANNOTATIONS:
                return self._wrong(where_of(node, key), f"'{key}' beside $ref is not known in a request schema")
        ref = node["$ref"]
        target = self.document.resolve(ref)
        if target is None:
            return None  # said by the document
        if ref in path:
            return self._wrong(where_of(node, "$ref"), f"schema '{ref}' refers to itself")
        return self.compile(target, where_of(node, "$ref"), path + (ref,))

    def _type(self, node):
        names = node.get("type")
        if names is None:
            return "any", True
        names = list(names) if isinstance(names, Seq) else [names]
        nullable = "null" in names
        names = [name for name in names if name != "null"]
        if len(names) != 1 or names[0] not in KEYWORDS or names[0] == "any":
            self._wrong(where_of(node, "type"), "a request schema has one type, beside \"null\"")
            return None, False
        return names[0], nullable

    def _count(self, node, key):
        value = node.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= UNSIGNED_MAX:
            self._wrong(where_of(node, key), f"'{key}' must be a number from 0 to {UNSIGNED_MAX}")
            return 0
        if key.startswith("max") and key in node and value == 0:
            self._wrong(where_of(node, key), f"'{key}' must be at least 1")
        return value

    def _bound(self, node, key):
        value = node.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 2**63 - 1):
            self._wrong(where_of(node, key), f"'{key}' must be a whole number of 64 bits")
            return None
        return value

    def _flag(self, node, key):
        value = node.get(key, False)
        if not isinstance(value, bool):
            self._wrong(where_of(node, key), f"'{key}' must be true or false")
        return value is True

    def _any(self, _node, _nullable, _path):
        return ANY

    def _boolean(self, _node, nullable, _path):
        return Schema("boolean", nullable)

    def _string(self, node, nullable, _path):
        form = node.get("format")
        if form is not None and form not in FORMATS:
            return self._wrong(where_of(node, "format"), f"format '{form}' is not known in a request schema")
        least, most = self._count(node, "minLength"), self._count(node, "maxLength")
        if most and least > most:
            self._wrong(where_of(node, "minLength"), "minLength is above maxLength")
        return Schema("string", nullable, format=FORMATS.get(form, "FORMAT_NONE"), min_length=least, max_length=most,
                      pattern=self._pattern(node), values=self._enum(node, nullable))

    def _enum(self, node, nullable):
        if "enum" not in node:
            return None
        where = where_of(node, "enum")
        values = node["enum"]
        if not isinstance(values, Seq) or not values:
            return self._wrong(where, "enum must be a list that is not empty")
        if nullable != (None in values):
            self._wrong(where, "an enum lists null when, and only when, its type has \"null\"")
        texts = [value for value in values if value is not None]
        if not all(isinstance(value, str) for value in texts):
            return self._wrong(where, "an enum in a request schema has strings only")
        if len(set(texts)) != len(texts):
            self._wrong(where, "enum has a value twice")
        return tuple(sorted(texts, key=lambda text: text.encode()))

    def _pattern(self, node):
        pattern = node.get("pattern")
        if pattern is None:
            return None
        where = where_of(node, "pattern")
        if not isinstance(pattern, str) or not pattern.isascii():
            return self._wrong(where, "pattern must be ASCII text")
        if not (pattern.startswith("^") and pattern.endswith("$")):
            self._wrong(where, "pattern must be anchored: ^…$")
        if NOT_POSIX.search(pattern):
            self._wrong(where, "pattern must be a POSIX extended one: no \\d, \\w, \\1, (?…), lazy or possessive parts")
        try:
            re.compile(pattern)
        except re.error as error:
            self._wrong(where, f"pattern is wrong: {error}")
        return pattern

    def _integer(self, node, nullable, _path):
        least, most = self._bound(node, "minimum"), self._bound(node, "maximum")
        form = node.get("format")
        if form is not None and form not in INTEGER_FORMATS:
            return self._wrong(where_of(node, "format"), f"format '{form}' is not known for an integer")
        if form is not None:
            low, high = INTEGER_FORMATS[form]
            least, most = low if least is None else least, high if most is None else most
        if least is None or most is None:
            return self._wrong(node.where, "an integer in a request has minimum and maximum, or format int32 or int64")
        if least > most:
            self._wrong(node.where, "minimum is above maximum")
        return Schema("integer", nullable, minimum=least, maximum=most)

    def _number(self, node, nullable, _path):
        return Schema("number", nullable, minimum=self._bound(node, "minimum"), maximum=self._bound(node, "maximum"))

    def _array(self, node, nullable, path):
        if "items" not in node:
            return self._wrong(node.where, "an array in a request has items")
        items = self.compile(node["items"], where_of(node, "items"), path + ("items",))
        unique = self._flag(node, "uniqueItems")
        if unique and items is not None and items.type != "string":
            self._wrong(where_of(node, "uniqueItems"), "uniqueItems is known for strings only")
        if unique and not 1 <= self._count(node, "maxItems") <= UNIQUE_ITEMS_MAX:
            self._wrong(where_of(node, "uniqueItems"), f"uniqueItems needs maxItems, at most {UNIQUE_ITEMS_MAX}")
        return Schema("array", nullable, items=items, min_items=self._count(node, "minItems"),
                      max_items=self._count(node, "maxItems"), unique_items=unique)

    def _object(self, node, nullable, path):
        properties = node.get("properties", Map(node.where))
        if not isinstance(properties, Map):
            return self._wrong(where_of(node, "properties"), "properties must be a mapping")
        required = node.get("required", [])
        for name in required:
            if name not in properties:
                self._wrong(where_of(node, "required"), f"'{name}' is required but is no property")
        members = []
        for name in sorted(properties, key=lambda text: text.encode()):
            schema = self.compile(properties[name], where_of(properties, name), path + ("." + name,))
            sealed = isinstance(properties[name], Map) and self._flag(properties[name], "x-sealed")
            if sealed and any(step.startswith((".", "items")) for step in path):
                self._wrong(where_of(properties, name), "only a top-level member of the body can be x-sealed")
            members.append((name, schema, name in required, sealed))
        if any(schema is None for _, schema, _, _ in members):
            return None
        return Schema("object", nullable, members=tuple(members), min_members=self._count(node, "minProperties"),
                      additional=self._additional(node, path), additional_names=self._names(node))

    def _additional(self, node, path):
        extra = node.get("additionalProperties", False)
        if extra is False:
            return None
        return self.compile(extra, where_of(node, "additionalProperties"), path + (".*",))

    def _names(self, node):
        if "propertyNames" not in node:
            return None
        where = where_of(node, "propertyNames")
        names = self.document.follow(node["propertyNames"])
        if not isinstance(names, Map) or any(key not in ANNOTATIONS | {"type", "enum"} for key in names):
            return self._wrong(where, "propertyNames is known with enum only")
        if node.get("additionalProperties", False) is False:
            self._wrong(where, "propertyNames needs a schema in additionalProperties")
        return self._enum(names, False)
