"""Parameters of operations: path and query ones become struct param_rule, headers become flags."""

import re
from dataclasses import dataclass

from .marked_yaml import Map, Seq, where_of
from .schema import Schema
from .statement import BUILT_IN

HEADERS = {"if-match", "if-none-match", "idempotency-key", "accept-language", "traceparent", "x-request-id"}
KEYWORDS = {"name", "in", "required", "description", "schema", "example", "examples", "deprecated", "style", "explode",
            "allowReserved"}


@dataclass
class Param:
    name: str
    place: str
    required: bool
    list: bool
    schema: Schema
    default: str = None
    max_items: int = 0
    is_words: bool = False


class ParameterCompiler:
    def __init__(self, document, schemas, mistakes):
        self.document = document
        self.schemas = schemas
        self.mistakes = mistakes

    def compile(self, operation, item, node):
        """(path parameters in the order of the path, then query ones as declared; names of header parameters)"""
        params, headers = {}, set()
        for holder in (item, node):
            declared = holder.get("parameters", Seq(holder.where))
            if not isinstance(declared, Seq):
                self.mistakes.add(where_of(holder, "parameters"), "parameters must be a list")
                continue
            for index, entry in enumerate(declared):
                where = where_of(declared, index)
                self._add(self.document.follow(entry), where, params, headers)
        in_path = re.findall(r"\{([^}]*)\}", operation.path)
        for name in in_path:
            if params.get(name) is None or params[name].place != "PARAM_PATH":
                self.mistakes.add(operation.where, f"path parameter {{{name}}} of {operation.id} is not declared")
        for name, param in params.items():
            if param.place == "PARAM_PATH" and name not in in_path:
                self.mistakes.add(operation.where, f"'{name}' of {operation.id} is not in its path")
        path = [params[name] for name in in_path if name in params]
        return path + [param for param in params.values() if param.place == "PARAM_QUERY"], headers

    def _add(self, node, where, params, headers):
        if not isinstance(node, Map):
            return  # an unresolved reference, said by the document
        name, place = node.get("name"), node.get("in")
        if not isinstance(name, str) or place not in ("path", "query", "header"):
            self.mistakes.add(where, "a parameter has a name and stands in path, query or header")
            return
        for key in node:
            if key not in KEYWORDS and not key.startswith("x-"):
                self.mistakes.add(where_of(node, key), f"'{key}' is not known in a parameter")
        if place == "header":
            if name.lower() not in HEADERS:
                self.mistakes.add(where, f"header parameter '{name}' is not known")
            headers.add(name.lower())
            return
        if name in BUILT_IN:
            self.mistakes.add(where, f"parameter '{name}' has the name of a built-in value of statements")
        if place == "path" and node.get("required") is not True:
            self.mistakes.add(where, f"path parameter '{name}' must be required")
        params[name] = self._param(node, name, where)

    def _param(self, node, name, where):
        place = "PARAM_PATH" if node["in"] == "path" else "PARAM_QUERY"
        required = node.get("required") is True
        schema = self.schemas.compile(node.get("schema"), where)
        if schema is None:
            return Param(name, place, required, False, None)
        is_list = schema.type == "array"
        if is_list and (place == "PARAM_PATH" or node.get("explode") is not False):
            self.mistakes.add(where, f"list parameter '{name}' must stand in the query with explode: false")
        if is_list and (schema.min_items > 1 or schema.unique_items):
            self.mistakes.add(where, f"list parameter '{name}' can only have maxItems")
        item = schema.items if is_list else schema
        if item is None or item.type not in ("string", "integer", "boolean") or item.nullable:
            self.mistakes.add(where, f"parameter '{name}' must be a string, an integer, a boolean or a list of these")
            return Param(name, place, required, is_list, None)
        default = self._default(node, item, is_list, name, where)
        is_words = node.get("x-words") is True
        if is_words and (is_list or item.type != "string"):
            self.mistakes.add(where, f"x-words of parameter '{name}' stands on a string only")
        return Param(name, place, required, is_list, item, default, schema.max_items, is_words)

    def _default(self, node, item, is_list, name, where):
        schema = self.document.follow(node["schema"])
        if "default" not in schema:
            return None
        values = schema["default"] if is_list else [schema["default"]]
        for value in values:
            if not _is_allowed(item, value):
                self.mistakes.add(where, f"default of parameter '{name}' does not fit its schema")
                return None
        texts = [_text(value) for value in values]
        if not is_list:
            return texts[0]
        quoted = (re.sub(r'(["\\])', r"\\\1", text) for text in texts)
        return "{" + ",".join(f'"{text}"' for text in quoted) + "}"


def _is_allowed(item, value):
    if item.type == "boolean":
        return isinstance(value, bool)
    if item.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool) and item.minimum <= value <= item.maximum
    return isinstance(value, str) and (item.values is None or value in item.values)


def _text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
