"""Reads all sources and joins operations with their statements."""

import re
from dataclasses import dataclass

from . import plain_sql, sql_text
from .document import Document
from .operation import OperationCompiler
from .problem import ProblemCompiler
from .report import Where
from .statement import DIRECTIVES, StatementCompiler

MIGRATION = re.compile(r"([0-9]{4})_[a-z0-9_]+\.sql\Z")


@dataclass
class Contract:
    document: Document
    operations: list
    statements: list
    problems: list
    jobs: list
    admin: list
    schema_version: int


def read(root, mistakes):
    """The whole contract; `mistakes` says what is wrong with it."""
    document = Document(root, mistakes)
    operations = OperationCompiler(document, mistakes).compile()
    blocks = sql_text.read_blocks(root, "sql/queries", DIRECTIVES, mistakes)
    statements = _statements(blocks, operations, mistakes)
    problem_compiler = ProblemCompiler(root, mistakes)
    problems = problem_compiler.compile()
    problem_compiler.check_sql(blocks, problems)
    jobs = plain_sql.compile_folder(root, "sql/jobs", mistakes)
    admin = plain_sql.compile_folder(root, "sql/admin", mistakes)
    for name in sorted({one.name for one in jobs} & {one.name for one in admin}):
        mistakes.add(Where("sql/admin", 1), f"statement '{name}' stands also in sql/jobs")
    return Contract(document, operations, statements, problems, jobs, admin, _schema_version(root, mistakes))


def _statements(blocks, operations, mistakes):
    compiler = StatementCompiler(mistakes)
    by_id = {operation.id: operation for operation in operations}
    statements = []
    for name in sorted(blocks):
        block = blocks[name]
        operation = by_id.get(name)
        if "use" in block.directives:
            _check_engine_use(block, operation, mistakes)
            operation = None
        elif operation is None:
            mistakes.add(block.where, f"statement '{name}' has no operation of this operationId (engine's own: '-- use: engine')")
            continue
        statement = compiler.compile(block, operation)
        statements.append(statement)
        if operation is not None:
            operation.statement = statement
            _check_pair(operation, statement, mistakes)
    for operation in operations:
        if operation.streams and operation.lines is not None and (operation.lines.statement is None or operation.lines.statement.lane != "many"):
            mistakes.add(operation.where, f"x-lines of {operation.id}: the statement of {operation.lines.id} must be in lane many")
        if operation.statement is None and not operation.handler:
            mistakes.add(operation.where, f"operation {operation.id} has neither a statement in sql/queries nor x-handler: c")
        if operation.statement is None and operation.handler and operation.shape != "REPLY_NONE":
            operation.shape = "REPLY_RAW"
    return statements


def _check_engine_use(block, operation, mistakes):
    value, where = block.directives["use"]
    if value != "engine":
        mistakes.add(where, "'-- use:' can only be engine")
    if operation is not None:
        mistakes.add(where, f"'-- use: engine' in the statement of operation {operation.id}")


def _check_pair(operation, statement, mistakes):
    sources = {bind.source for bind in statement.binds}
    if operation.shape == "REPLY_LIST" and not statement.cursor:
        mistakes.add(statement.where, f"the statement of the list operation {operation.id} needs '-- cursor:'")
    if operation.shape != "REPLY_LIST" and statement.cursor and not operation.handler:
        mistakes.add(statement.where, f"'-- cursor:', but the reply of {operation.id} has not items and next_cursor")
    if operation.shape == "REPLY_LIST" and "BIND_LIMIT_AND_ONE" not in sources:
        mistakes.add(statement.where, f"the statement of the list operation {operation.id} does not use :limit_and_one")
    if operation.handler:
        return
    if "if-match" in operation.headers and "BIND_IF_MATCH" not in sources:
        mistakes.add(statement.where, f"{operation.id} asks for If-Match, but its statement does not use :if_match")
    if operation.id_kind == "ID_NONE" and sources & {"BIND_NEW_ID", "BIND_RECEIPT_HASH"}:
        operation.id_kind = "ID_TIME_ORDERED"


def _schema_version(root, mistakes):
    numbers = {}
    for path in sorted((root / "sql/migrations").glob("*.sql")):
        where = Where(path.relative_to(root).as_posix(), 1)
        match = MIGRATION.match(path.name)
        if not match:
            mistakes.add(where, "a migration is named 0001_what_it_does.sql")
        elif int(match.group(1)) in numbers:
            mistakes.add(where, f"migration number {match.group(1)} stands twice")
        else:
            numbers[int(match.group(1))] = where
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        mistakes.add(Where("sql/migrations", 1), "migrations are numbered from 0001 without gaps")
    return max(numbers, default=0)
