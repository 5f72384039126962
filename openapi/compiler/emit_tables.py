"""contract_schemas, contract_operations, contract_routes: what the api walks through for each request."""

from . import c_text as c

METHOD_ORDER = ["HTTP_GET", "HTTP_POST", "HTTP_PUT", "HTTP_PATCH", "HTTP_DELETE"]
UNICODE = "api/contract.h"


class Schemas:
    """Gives every distinct schema a name, inner ones first, and every pattern a number."""

    def __init__(self, operations):
        self.names = {}
        self.patterns = []
        for operation in operations:
            for schema in [param.schema for param in operation.params] + [operation.body]:
                if schema is not None:
                    self._number(schema)

    def name(self, schema):
        return f"contract_schema_{self.names[schema]}"

    def pointer(self, schema):
        return "NULL" if schema is None else "&" + self.name(schema)

    def _number(self, schema):
        if schema in self.names:
            return
        for _, inner, _, _ in schema.members:
            self._number(inner)
        for inner in (schema.additional, schema.items):
            if inner is not None:
                self._number(inner)
        if schema.pattern is not None and schema.pattern not in self.patterns:
            self.patterns.append(schema.pattern)
        self.names[schema] = len(self.names)


def schemas_h(schemas):
    declared = "".join(f"extern const struct schema {schemas.name(schema)};\n" for schema in schemas.names)
    return _header("CONTRACT_SCHEMAS_H", f'#include "{UNICODE}"\n', declared)


def schemas_c(schemas):
    out = [c.BANNER, '#include "contract_schemas.h"\n\n']
    for schema in schemas.names:
        out.append(_schema(schemas, schema))
    patterns = "".join(f"\t{c.string(pattern)},\n" for pattern in schemas.patterns)
    out.append(f"const char *const contract_patterns[] = {{\n{patterns}\tNULL,\n}};\n")
    out.append(f"const unsigned contract_pattern_count = {len(schemas.patterns)};\n")
    return "".join(out)


def operations_c(operations, schemas):
    out = [c.BANNER, '#include "contract_handlers.h"\n#include "contract_schemas.h"\n#include "contract_statements.h"\n\n']
    for operation in operations:
        rows = [_param(schemas, param) for param in operation.params]
        out.append(c.array("struct param_rule ", f"params_{operation.id}", rows))
    out.append("const struct operation contract_operations[] = {\n")
    places = {operation.id: index for index, operation in enumerate(operations)}
    for operation in operations:
        out.append(_operation(schemas, operation, places))
    if not operations:
        out.append("\t{.id = NULL},\n")
    out.append(f"}};\n\nconst unsigned contract_operation_count = {len(operations)};\n")
    return "".join(out)


def handlers_h(operations):
    declared = "".join(f"request_handler op_{operation.id};\n" for operation in operations if operation.handler and not operation.file)
    declared += "request_handler list_export;\n" if any(operation.file for operation in operations) else ""
    declared += "request_handler page_public;\n" if any(operation.page for operation in operations) else ""
    return _header("CONTRACT_HANDLERS_H", f'#include "{UNICODE}"\n', declared)


def routes_c(operations):
    tree = {}
    for index, operation in enumerate(operations):
        node = tree
        for segment in operation.path.strip("/").split("/") if operation.path != "/" else []:
            node = node.setdefault(None if segment.startswith("{") else segment, {})
        node.setdefault("/", {})[operation.method] = index
    out = [c.BANNER, '#include "api/contract.h"\n\n']
    root = _route(tree, None, "root", out)
    out.append(f"const struct route contract_root = {root};\n")
    return "".join(out)


def _schema(schemas, schema):
    name = schemas.name(schema)
    values = [c.string(value) for value in schema.values or ()]
    extra_names = [c.string(value) for value in schema.additional_names or ()]
    members = [
        c.fields([("name", c.string(member)), ("schema", schemas.pointer(inner)), ("required", c.boolean(required)),
                  ("sealed", c.boolean(sealed))])
        for member, inner, required, sealed in schema.members
    ]
    pairs = [
        ("type", "SCHEMA_" + schema.type.upper()), ("nullable", c.boolean(schema.nullable)),
        ("format", None if schema.format == "FORMAT_NONE" else schema.format),
        ("min_length", str(schema.min_length)), ("max_length", str(schema.max_length)),
        ("pattern", c.string(schema.pattern)),
        ("pattern_index", str(schemas.patterns.index(schema.pattern)) if schema.pattern is not None else None),
        ("values", f"{name}_values" if values else "NULL"), ("value_count", str(len(values))),
        ("has_minimum", c.boolean(schema.minimum is not None)), ("has_maximum", c.boolean(schema.maximum is not None)),
        ("minimum", None if schema.minimum is None else c.int64(schema.minimum)),
        ("maximum", None if schema.maximum is None else c.int64(schema.maximum)),
        ("members", f"{name}_members" if members else "NULL"), ("member_count", str(len(members))),
        ("min_members", str(schema.min_members)), ("additional", schemas.pointer(schema.additional)),
        ("additional_names", f"{name}_names" if extra_names else "NULL"), ("additional_name_count", str(len(extra_names))),
        ("items", schemas.pointer(schema.items)), ("min_items", str(schema.min_items)),
        ("max_items", str(schema.max_items)), ("unique_items", c.boolean(schema.unique_items)),
    ]
    return (
        c.array("char *const ", f"{name}_values", values)
        + c.array("char *const ", f"{name}_names", extra_names)
        + c.array("struct schema_member ", f"{name}_members", members)
        + f"const struct schema {name} = {c.fields(pairs)};\n\n"
    )


def _param(schemas, param):
    return c.fields([
        ("name", c.string(param.name)), ("place", param.place), ("required", c.boolean(param.required)),
        ("list", c.boolean(param.list)), ("max_items", str(param.max_items)), ("schema", schemas.pointer(param.schema)),
        ("default_value", c.string(param.default)),
    ])


def _operation(schemas, operation, places):
    pairs = [
        ("id", c.string(operation.id)), ("method", operation.method), ("path", c.string(operation.path)),
        ("auth", operation.auth), ("scope", c.string(operation.scope)),
        ("params", f"params_{operation.id}" if operation.params else "NULL"), ("param_count", str(len(operation.params))),
        ("body", schemas.pointer(operation.body)), ("body_required", c.boolean(operation.body_required)),
        ("body_type", c.string(operation.body_type)), ("needs_if_match", c.boolean("if-match" in operation.headers)),
        ("takes_idempotency_key", c.boolean("idempotency-key" in operation.headers)),
        ("giver_key", c.boolean(operation.giver_key)), ("id_kind", operation.id_kind), ("shape", operation.shape),
        ("is_page", c.boolean(operation.is_page)),
        ("status", str(operation.status)), ("location", c.string(operation.location)),
        ("by_language", c.boolean("accept-language" in operation.headers)),
        ("makes_receipt", c.boolean(operation.makes_receipt)), ("makes_link", c.boolean(operation.makes_link)),
        ("has_form", c.boolean(operation.has_form)), ("personal", c.boolean(operation.personal)),
        ("streams", c.boolean(operation.streams)),
        ("lines", f"&contract_operations[{places[operation.lines.id]}]" if operation.lines else "NULL"),
        ("statement", f"&statement_{operation.id}" if operation.statement else "NULL"),
        ("page", c.string(operation.page)), ("media", c.string(operation.media)), ("embeddable", c.boolean(operation.embeddable)),
        ("file", c.string(operation.file)), ("handler", _handler(operation)),
    ]
    return "\t" + c.fields(pairs) + ",\n"


def _handler(operation):
    if operation.file:
        return "list_export"
    return f"op_{operation.id}" if operation.handler else "page_public" if operation.page else "NULL"


def _route(node, segment, name, out):
    """Writes what is below a node and returns its initialiser."""
    children = sorted((key for key in node if key not in ("/", None)), key=lambda text: text.encode())
    if None in node:
        children.append(None)
    rows = [_route(node[key], key, f"{name}_{index}", out) for index, key in enumerate(children)]
    out.append(c.array("struct route ", f"{name}_children", rows))
    methods = node.get("/", {})
    if methods:
        rows = [f"[{method}] = &contract_operations[{methods[method]}]" for method in METHOD_ORDER if method in methods]
        body = "".join(f"\t{row},\n" for row in rows)
        out.append(f"static const struct operation *const {name}_operations[HTTP_METHOD_COUNT] = {{\n{body}}};\n\n")
    return c.fields([
        ("segment", c.string(segment)), ("children", f"{name}_children" if children else "NULL"),
        ("child_count", str(len(children))), ("operations", f"{name}_operations" if methods else "NULL"),
    ])


def _header(guard, includes, body):
    return f"{c.BANNER}#ifndef {guard}\n#define {guard}\n\n{includes}\n{body}\n#endif\n"
