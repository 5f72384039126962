"""
pgbench with the statements of sql/, as the API or the worker sends them: prepared, arrays of one in lane many.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from compiler import sql_text
from compiler.report import Mistakes

from support.cluster import find_program
from support.programs import ROOT

DIRECTIVES = {"lane", "cursor", "units", "columns", "lock", "run"}


def statement(folder, name):
    """The text of a named statement of sql/<folder>."""
    blocks = {block.name: block for block in _blocks(folder)}
    return blocks[name].run[0]


def script(folder, name, values):
    """
    The statement with SQL expressions in place of its :names. An expression may use pgbench variables;
    every name must have one.
    """
    parts = []
    for token in sql_text.tokens(statement(folder, name), 1):
        if token.kind == "comment":
            continue
        parts.append(values[token.text[1:]] if token.kind == "name" else token.text)
    return "".join(parts).strip().rstrip(";") + ";\n"


def run(database, text, *, clients, seconds, role="api", variables=None, options=""):
    """Transactions per second of a script."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "script.sql"
        path.write_text(text)
        defined = [argument for name, value in (variables or {}).items() for argument in ("-D", f"{name}={value}")]
        done = subprocess.run([find_program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(2, clients)),
                               "-T", str(seconds), "-f", str(path), *defined, database.conninfo(role)],
                              env={**os.environ, "PGOPTIONS": options}, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or not found or (failed and failed[1] != "0"):
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}"[:4000])
    return float(found[1])


def quoted(text):
    """An SQL literal; a pgbench variable cannot stand in it."""
    return "'" + text.replace("'", "''") + "'"


def _blocks(folder):
    mistakes = Mistakes()
    return list(sql_text.read_blocks(ROOT, f"sql/{folder}", DIRECTIVES, mistakes).values())
