#!/usr/bin/python3
"""
The pipeline engine without HTTP beside pgbench with the same statements, in a private cluster with fsync on.

    tests/bench/pg_engine.py [SECONDS]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.dont_write_bytecode = True

from support.cluster import Cluster, find_program  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COMMON = ("arena", "buffer", "clock", "err", "json_out", "log", "sqlstate", "utf8")

SCHEMA = """
CREATE TABLE schema_migration (number int);
INSERT INTO schema_migration VALUES (1);
CREATE TABLE bench_thing (id uuid PRIMARY KEY, body jsonb);
CREATE TABLE bench_row AS SELECT g AS id, repeat('x', 200) AS filler FROM generate_series(1, 10000) g;
ALTER TABLE bench_row ADD PRIMARY KEY (id);
ANALYZE bench_row;
"""
BODY = '{"kind":"concern","text":"The queue at the health station was long and nobody told us why it was so long that day"}'
READ = "\\set id random(1, 10000)\nSELECT id, filler FROM bench_row WHERE id = :id;\n"
WRITE = f"INSERT INTO bench_thing VALUES (gen_random_uuid(), '{BODY}') ON CONFLICT (id) DO NOTHING RETURNING id;\n"
# mode, callers, threads
RUNS = [("read", 8, 1), ("read", 64, 1), ("read", 256, 1), ("read", 64, 2), ("alone", 32, 1), ("own", 32, 1),
        ("many", 32, 1), ("many", 64, 1), ("many", 32, 2)]


def main():
    seconds = sys.argv[1] if len(sys.argv) > 1 else "4"
    with tempfile.TemporaryDirectory() as directory, Cluster.private(fsync=True) as cluster:
        program = compile_into(directory)
        cluster.execute(SCHEMA)
        for mode, callers, threads in RUNS:
            shown = subprocess.run([program, cluster.conninfo("postgres"), mode, str(callers), seconds, str(threads)],
                                   stdout=subprocess.PIPE, text=True, check=True).stdout
            print(f"{mode:6}", shown, end="", flush=True)
        for name, script in (("read", READ), ("write", WRITE)):
            for clients in (8, 32):
                print(f"pgbench {name} {clients} clients", pgbench(cluster, directory, script, (clients, seconds)), flush=True)


def compile_into(directory):
    program = f"{directory}/pg_engine_bench"
    sources = [*ROOT.glob("api/pg_*.c"), *(ROOT / f"common/{name}.c" for name in COMMON),
               ROOT / "tests/bench/pg_engine_bench.c"]
    subprocess.run(["gcc", "-std=c17", "-D_GNU_SOURCE", "-O2", f"-I{ROOT}", "-include", "common/banned.h", "-isystem",
                    "/usr/include/postgresql", "-o", program, *map(str, sources), "-levent_core", "-lpq", "-lpthread"],
                   cwd=ROOT, check=True)
    return program


def pgbench(cluster, directory, script, size):
    path = Path(directory) / "script.sql"
    path.write_text(script)
    shown = subprocess.run([find_program("pgbench"), "-n", "-M", "prepared", "-c", str(size[0]), "-j", "2", "-T", size[1],
                            "-f", str(path), cluster.conninfo("postgres")], capture_output=True, text=True, check=True).stdout
    return next(line for line in shown.splitlines() if line.startswith("tps"))


main()
