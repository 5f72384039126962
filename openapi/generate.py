#!/usr/bin/python3
"""
The contract compiler: openapi/ and sql/ → C tables, and openapi.json.

    generate.py [--root DIR] --check       only says what is wrong
    generate.py [--root DIR] --out DIR     writes the files that changed

The same input gives the same bytes. Each mistake is a line `file:line: message`
on standard error, and the exit status is then 1; nothing is written.
"""

import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from compiler import contract, emit_sql, emit_tables, emit_texts  # noqa: E402
from compiler.report import Mistakes  # noqa: E402


def main():
    options = _options()
    mistakes = Mistakes()
    source = contract.read(options.root, mistakes)
    if mistakes:
        for line in mistakes.lines():
            print(line, file=sys.stderr)
        return 1
    if not options.check:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, text in files(source).items():
            _write(options.out / name, text.encode())
    return 0


def files(source):
    """The text of every file to write, by name."""
    schemas = emit_tables.Schemas(source.operations)
    json_text, yaml_text = source.document.as_json(), source.document.as_yaml()
    return {
        "contract_schemas.h": emit_tables.schemas_h(schemas),
        "contract_schemas.c": emit_tables.schemas_c(schemas),
        "contract_handlers.h": emit_tables.handlers_h(source.operations),
        "contract_operations.c": emit_tables.operations_c(source.operations, schemas),
        "contract_routes.c": emit_tables.routes_c(source.operations),
        "contract_statements.h": emit_sql.statements_h(source.statements),
        "contract_statements.c": emit_sql.statements_c(source.statements),
        "contract_problems.c": emit_texts.problems_c(source.problems),
        "contract_openapi.c": emit_texts.openapi_c(json_text, yaml_text, source.schema_version),
        "jobs_sql.h": emit_sql.plain_h(source.jobs, "JOBS_SQL_H"),
        "jobs_sql.c": emit_sql.plain_c(source.jobs, "jobs_sql.h"),
        "admin_sql.h": emit_sql.plain_h(source.admin, "ADMIN_SQL_H"),
        "admin_sql.c": emit_sql.plain_c(source.admin, "admin_sql.h"),
        "openapi.json": json_text,
    }


def _options():
    parser = argparse.ArgumentParser(description="Compiles the contract into C tables.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the source tree")
    parser.add_argument("--check", action="store_true", help="write nothing, only look for mistakes")
    parser.add_argument("--out", type=Path, help="the folder to write into")
    options = parser.parse_args()
    if options.check == (options.out is not None):
        parser.error("give either --check or --out")
    return options


def _write(path, content):
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
