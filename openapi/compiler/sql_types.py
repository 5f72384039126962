"""SQL types that a :name may be cast to, and which of them fit a parameter."""

from collections import namedtuple

SqlType = namedtuple("SqlType", "name array oid bind")

_SCALARS = {
    # name: (oid, oid of the array type, how one value is sent)
    "uuid": (2950, 2951, "BIND_UUID"),
    "jsonb": (3802, 3807, "BIND_JSONB"),
    "bytea": (17, 1001, "BIND_BYTEA"),
    "text": (25, 1009, "BIND_TEXT"),
    "smallint": (21, 1005, "BIND_INT"),
    "int": (23, 1007, "BIND_INT"),
    "bigint": (20, 1016, "BIND_INT"),
    "boolean": (16, 1000, "BIND_BOOL"),
    "date": (1082, 1182, "BIND_DATE"),
    "timestamptz": (1184, 1185, "BIND_TIMESTAMPTZ"),
}
_ALIASES = {"int2": "smallint", "int4": "int", "integer": "int", "int8": "bigint", "bool": "boolean"}
_RANGES = {"smallint": 2**15, "int": 2**31, "bigint": 2**63}
_BY_FORMAT = {"FORMAT_UUID": "uuid", "FORMAT_DATE": "date", "FORMAT_DATE_TIME": "timestamptz"}
MANY = ("uuid", "jsonb", "bytea", "text")


def parse(text):
    """The SqlType of a cast such as `uuid` or `text[]`; None when it is not known."""
    array = text.endswith("[]")
    name = text[:-2] if array else text
    name = _ALIASES.get(name.lower(), name.lower())
    if name not in _SCALARS:
        return None
    oid, array_oid, bind = _SCALARS[name]
    if array:
        bind = "BIND_UUID_ARRAY" if name == "uuid" else "BIND_TEXT_ARRAY"
    return SqlType(name, array, array_oid if array else oid, bind)


def of_lane(sql_type, many):
    """
    The type of one request's value: in lane many the element's, elsewhere the
    type itself. None when lane many cannot carry it.
    """
    if not many:
        return sql_type
    if not sql_type.array or sql_type.name not in MANY:
        return None
    return SqlType(sql_type.name, False, sql_type.oid, _SCALARS[sql_type.name][2])


def fits(param, sql_type):
    """Whether every value that the parameter's schema lets through can be cast."""
    schema = param.schema
    if sql_type.array != param.list:
        return False
    if sql_type.name == "text":
        return True
    if schema.type == "integer":
        limit = _RANGES.get(sql_type.name)
        return limit is not None and -limit <= schema.minimum and schema.maximum < limit
    if schema.type == "boolean":
        return sql_type.name == "boolean"
    return _BY_FORMAT.get(schema.format) == sql_type.name
