"""The statements of sql/queries: lanes, cursors, locks, and where each :name comes from."""

from dataclasses import dataclass, field

from . import sql_text, sql_types
from .report import Where

DIRECTIVES = {"lane", "cursor", "units", "use", "lock", "run"}
LANES = {"read": "LANE_READ", "many": "LANE_MANY", "write": "LANE_WRITE", "own": "LANE_OWN", "search": "LANE_SEARCH"}

# name: (source, types in scalar lanes, element types in lane many, what the operation must have)
BUILT_IN = {
    "body": ("BIND_BODY", ("jsonb",), ("jsonb",), "body"),
    "body_names": ("BIND_BODY_NAMES", ("text[]",), (), "body"),
    "new_id": ("BIND_NEW_ID", ("uuid",), ("uuid",), None),
    "request_hash": ("BIND_REQUEST_HASH", ("bytea",), ("bytea",), "key"),
    "caller_id": ("BIND_CALLER_ID", ("uuid",), ("uuid",), "bearer"),
    "caller_units": ("BIND_CALLER_UNITS", ("text", "text[]", "uuid[]"), ("text",), "bearer"),
    "caller_scopes": ("BIND_CALLER_SCOPES", ("text", "text[]"), ("text",), "bearer"),
    "lang": ("BIND_LANG", ("text",), ("text",), None),
    "if_match": ("BIND_IF_MATCH", ("bigint",), (), "if_match"),
    "limit_and_one": ("BIND_LIMIT_AND_ONE", ("int", "bigint"), (), "limit"),
    "contact_sealed": ("BIND_CONTACT_SEALED", ("bytea",), ("bytea",), "sealed"),
    "contact_index": ("BIND_CONTACT_INDEX", ("bytea",), ("bytea",), "sealed"),
    "contact_key": ("BIND_CONTACT_KEY", ("text",), ("text",), "sealed"),
    "receipt_hash": ("BIND_RECEIPT_HASH", ("bytea",), ("bytea",), None),
    "giver_hash": ("BIND_GIVER_HASH", ("bytea",), ("bytea",), "receipt"),
    "link_hash": ("BIND_LINK_HASH", ("bytea",), ("bytea",), "link"),
    "feed_id": ("BIND_FEED_ID", ("uuid",), (), "link"),
    "new_link_hash": ("BIND_NEW_LINK_HASH", ("bytea",), ("bytea",), "new link"),
    "secret_hash": ("BIND_SECRET_HASH", ("bytea",), ("bytea",), None),
    "trace_id": ("BIND_TRACE_ID", ("text",), ("text",), None),
}


@dataclass
class Bind:
    source: str
    type: str
    index: int
    oid: int


@dataclass
class Statement:
    name: str
    where: Where
    lane: str
    sql: str
    binds: list
    cursor: list
    lock_sql: str = None
    lock_binds: list = field(default_factory=list)


class StatementCompiler:
    """Compiles blocks with the operation of the same name (None: the engine's own use)."""

    def __init__(self, mistakes):
        self.mistakes = mistakes

    def compile(self, block, operation):
        file = block.where.file
        lane = self._lane(block)
        cursor = self._cursor(block)
        numbers, casts = {}, {}
        sql, uses = sql_text.bind(block.run or ("", block.where.line), file, numbers, self.mistakes)
        if not sql:
            self.mistakes.add(block.where, f"statement '{block.name}' is empty")
        self._check_units(block, uses, operation)
        lock_sql, lock_binds = self._lock(block, lane, numbers, uses)
        for use in uses:
            self._remember_cast(casts, use, file)
        binds = []
        for name, number in numbers.items():
            cast, line = casts.get(name, (None, block.where.line))
            bind = self._bind(name, cast, Where(file, line), (operation, lane, cursor, number))
            binds.append(bind or Bind("BIND_PARAM", "BIND_TEXT", 0, 0))
        self._check_cursor(block, cursor, numbers, sql)
        return Statement(block.name, block.where, lane, sql, binds, [name for name, _ in cursor], lock_sql, lock_binds)

    def _lane(self, block):
        value, where = block.directives.get("lane", ("", block.where))
        if value not in LANES:
            self.mistakes.add(where, f"'-- lane:' must be one of {', '.join(LANES)}")
            return "read"
        return value

    def _cursor(self, block):
        if "cursor" not in block.directives:
            return []
        value, where = block.directives["cursor"]
        columns = []
        for part in value.split(","):
            words = part.split()
            if len(words) != 2 or sql_types.parse(words[1]) is None:
                self.mistakes.add(where, f"'{part.strip()}' in '-- cursor:' must be a column and a known type")
            else:
                columns.append((words[0], sql_types.parse(words[1])))
        return columns

    def _lock(self, block, lane, numbers, uses):
        if block.lock is None:
            return None, []
        if lane != "own":
            self.mistakes.add(block.where, "'-- lock:' stands in lane own only")
        if block.run is None:
            self.mistakes.add(block.where, "after '-- lock:' comes '-- run:'")
            return None, []
        own = {}
        sql, lock_uses = sql_text.bind(block.lock, block.where.file, own, self.mistakes)
        uses.extend(lock_uses)
        return sql, [numbers.setdefault(name, len(numbers) + 1) - 1 for name in own]

    def _remember_cast(self, casts, use, file):
        known = casts.setdefault(use.name, (use.cast, use.line))
        if use.cast and known[0] and use.cast.lower() != known[0].lower():
            self.mistakes.add(Where(file, use.line), f":{use.name} is cast to {use.cast} here and to {known[0]} before")

    def _check_units(self, block, uses, operation):
        if "units" in block.directives:
            value, where = block.directives["units"]
            if not value:
                self.mistakes.add(where, "'-- units:' must say why the caller's units are not used")
            if any(use.name == "caller_units" for use in uses):
                self.mistakes.add(where, "'-- units:' says why :caller_units is not used, but it is used")
        elif operation is not None and not any(use.name == "caller_units" for use in uses):
            self.mistakes.add(block.where, f"statement '{block.name}' does not use :caller_units and has no '-- units:' that says why")

    def _check_cursor(self, block, cursor, numbers, sql):
        for column, _ in cursor:
            where = block.directives["cursor"][1]
            if f"after_{column}" not in numbers:
                self.mistakes.add(where, f"cursor column '{column}' has no :after_{column} in the statement")
            if not any(token.kind == "word" and token.text == column for token in sql_text.tokens(sql, 1)):
                self.mistakes.add(where, f"cursor column '{column}' is not in the statement")

    def _bind(self, name, cast, where, context):
        operation, lane, cursor, number = context
        if cast is None:
            return None  # said when it was read
        sql_type = sql_types.parse(cast)
        if sql_type is None:
            self.mistakes.add(where, f":{name}::{cast}: this type is not known")
            return None
        one = sql_types.of_lane(sql_type, lane == "many")
        if one is None:
            kinds = ", ".join(kind + "[]" for kind in sql_types.MANY)
            self.mistakes.add(where, f":{name}::{cast}: lane many takes {kinds} only")
            return None
        if operation is None:
            return Bind("BIND_PARAM", one.bind, number - 1, sql_type.oid)
        found = self._source(name, one, where, (operation, lane, cursor))
        return found and Bind(found[0], one.bind, found[1], sql_type.oid)

    def _source(self, name, one, where, context):
        operation, lane, cursor = context
        if name in BUILT_IN:
            return self._built_in(name, one, where, (operation, lane))
        if name.startswith("after_"):
            return self._after(name, one, where, cursor)
        for index, param in enumerate(operation.params):
            if param.name == name:
                if param.schema is not None and not sql_types.fits(param, one):
                    self.mistakes.add(where, f":{name}::{_spelled(one)} does not fit what the contract lets through")
                return "BIND_PARAM", index
            if param.is_words and name == f"{param.name}_words":
                if _spelled(one) != "jsonb" or lane == "many":
                    self.mistakes.add(where, f":{name} is jsonb, and does not stand in lane many")
                return "BIND_WORDS", index
        self.mistakes.add(where, f":{name} is neither a built-in name nor a parameter of {operation.id}")
        return None

    def _built_in(self, name, one, where, context):
        operation, lane = context
        source, scalar, element, need = BUILT_IN[name]
        allowed = element if lane == "many" else scalar
        if not allowed:
            self.mistakes.add(where, f":{name} cannot stand in lane many")
        elif _spelled(one) not in allowed:
            kinds = " or ".join(kind + "[]" if lane == "many" else kind for kind in allowed)
            self.mistakes.add(where, f":{name} is {kinds}, not what it is cast to")
        if need is not None and not operation.has(need):
            self.mistakes.add(where, f":{name} is not known here: operation {operation.id} has no {NEEDS[need]}")
        return source, 0

    def _after(self, name, one, where, cursor):
        for index, (column, column_type) in enumerate(cursor):
            if name == f"after_{column}":
                if one != column_type:
                    self.mistakes.add(where, f":{name} is {_spelled(column_type)} in '-- cursor:'")
                return "BIND_AFTER", index
        self.mistakes.add(where, f":{name} is no column of '-- cursor:'")
        return None


NEEDS = {
    "body": "JSON request body",
    "key": "Idempotency-Key",
    "bearer": "bearer security",
    "if_match": "If-Match",
    "limit": "parameter limit",
    "sealed": "x-sealed member in its body",
    "receipt": "receipt security",
    "link": "link security",
    "new link": "x-link",
}


def _spelled(sql_type):
    return sql_type.name + ("[]" if sql_type.array else "")
