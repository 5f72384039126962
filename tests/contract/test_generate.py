"""The contract compiler writes tables that compile, the same from the same sources."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from tree import ROOT, Tree

GOLDEN = Path(__file__).resolve().parent / "fixtures" / "golden"
WARNINGS = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
            "-Wmissing-prototypes", "-Wvla", "-Werror"]


@pytest.fixture(name="tree")
def fixture_tree(tmp_path):
    return Tree(tmp_path)


def test_the_good_contract_has_no_mistakes(tree):
    assert tree.check() == []


def test_the_small_contract_becomes_the_tables_that_are_kept(tree):
    written = tree.generate()
    kept = {path.stem: path.read_bytes() for path in GOLDEN.glob("*.golden")}
    assert kept and {name: written[name] for name in kept} == kept


def test_the_same_sources_give_the_same_bytes(tree, tmp_path):
    first = tree.generate()
    other = Tree(tmp_path / "other")
    assert other.generate() == first


def test_files_that_did_not_change_keep_their_time(tree):
    tree.generate()
    before = {path.name: path.stat().st_mtime_ns for path in tree.out.iterdir()}
    tree.replace("sql/queries/thing.sql", "SELECT id, name, version", "SELECT id, name AS name, version")
    tree.generate()
    changed = {path.name for path in tree.out.iterdir() if path.stat().st_mtime_ns != before[path.name]}
    assert changed == {"contract_statements.c"}


def test_a_mistake_ends_it_with_a_line_and_nothing_written(tree):
    tree.replace("sql/queries/thing.sql", "-- units: a thing belongs to no unit\n", "")
    for arguments in (["--check"], ["--out", str(tree.out)]):
        run = tree.run(*arguments)
        assert run.returncode == 1 and run.stdout == ""
        assert run.stderr.startswith("sql/queries/thing.sql:") and run.stderr.count("\n") == 1
    assert not tree.out.exists()


def test_a_check_writes_nothing(tree):
    run = tree.run("--check")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not tree.out.exists()


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_tables_compile_with_the_warnings_of_the_build(tree, compiler):
    tree.generate()
    if shutil.which(compiler) is None:
        compiler += "-14"
    for path in sorted(tree.out.glob("*.c")):
        command = [compiler, *WARNINGS, "-I", str(ROOT), "-include", str(ROOT / "common/banned.h"), "-fsyntax-only", str(path)]
        subprocess.run(command, check=True)


def test_the_served_documents_say_the_same(tree):
    written = tree.generate()
    document = json.loads(written["openapi.json"])
    literal = _c_string(written["contract_openapi.c"].decode(), "contract_openapi_json")
    assert json.loads(literal) == document
    assert yaml.safe_load(_c_string(written["contract_openapi.c"].decode(), "contract_openapi_yaml")) == document


def test_the_served_document_tells_nothing_of_how_it_is_done(tree):
    assert b"x-handler" not in tree.generate()["openapi.json"]


def test_plain_words_of_yaml_stay_what_they_look_like(tree):
    tree.replace("openapi/schemas/thing.yaml", "enum: [plain, odd, null]", "enum: [no, 12:30, 2024-01-01, null]")
    document = json.loads(tree.generate()["openapi.json"])
    kind = document["components"]["schemas"]["ThingPatch"]["properties"]["kind"]
    assert kind["enum"] == ["no", "12:30", "2024-01-01", None]


def test_names_in_texts_comments_and_casts_are_no_parameters(tree):
    tree.append("sql/queries/engine.sql", """
-- name: tricky
-- use: engine
-- lane: read
SELECT ':a' || E'\\':b' || $$:c$$ || $x$:d$$:e$x$ || ":f"::text, 1::int /* :g /* :h */ :i */ -- :j
WHERE :k::text = ':l' AND x[1 : n] = 2;
""")
    tricky = tree.generate()["contract_statements.c"].decode().split('.name = "tricky"')[1].split("};")[0]
    assert "WHERE $1::text = ':l' AND x[1 : n] = 2\"" in tricky
    assert "/*" not in tricky and "--" not in tricky and "$2" not in tricky
    assert "$x$:d$$:e$x$" in tricky


def test_a_statement_without_values_has_no_struct(tree):
    header = tree.generate()["jobs_sql.h"].decode()
    assert "bool sql_job_sweep(struct pg *pg, struct pg_result **ret_result, struct err *err);" in header
    assert "enum { SQL_JOB_CLAIM_ID, SQL_JOB_CLAIM_KIND };" in header
    assert "struct sql_job_sweep" not in header


def test_the_schema_version_is_the_last_migration(tree):
    tree.append("sql/migrations/0002_more.sql", "SELECT 1;\n")
    assert b"contract_schema_version = 2;" in tree.generate()["contract_openapi.c"]


def test_prose_in_a_comment_is_no_directive(tree):
    tree.replace("sql/jobs/job.sql", "-- columns: id, kind\n", "-- columns: id, kind\n-- position: of the newest\n")
    assert tree.check() == []


def _c_string(source, name):
    """The text of a string constant in generated C."""
    body = source.split(f"{name}[] =\n")[1].split(";\nconst size_t")[0]
    pieces = [line.strip()[1:-1] for line in body.split("\n")]
    return "".join(pieces).replace("\\?", "?").encode().decode("unicode_escape").encode("latin-1").decode()
