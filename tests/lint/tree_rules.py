"""
Rules for every file: length, marks of unfinished work, paths of somebody's machine, READMEs that list what is there.
"""

import ast
import re

FILE_LINES = 400
FUNCTION_LINES = 60
CODE = (".c", ".h", ".py", ".sh", ".sql", ".yaml", ".js", ".ts", ".lua", "Makefile", "Dockerfile")
NOT_CODE = {"sql/schema.sql", "openapi/problems.yaml"}  # a dump, and a catalogue of texts
TEXTS = (*CODE, ".md", ".html", ".css", ".service", ".conf", ".txt", ".csv")
# Written in pieces, so that this file does not find itself.
MARKS = re.compile("|".join(("TO" "DO", "FIX" "ME", r"\bXX" r"X\b", "HA" "CK", "not imple" "mented", "unimple" "mented", "place" "holder")))
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:w" r"ork|home|root|f" r"arm|Users)/[\w.-]+")
SLEEPS = re.compile(r"\btime\." r"sleep\(|^\s*sleep \d")
SKIPS = re.compile(r"pytest\.(?:skip|mark\.(?:skip|xfail))|\bskip" r"\(\)")
# Where it is said which kinds of jobs a worker does, and those that come with the kind mail.
WORKERS = ("docker/compose.yaml", "docker/local/run.sh", "docker/README.md", "docker/systemd/osallisuus-worker@.service")
WITH_MAIL = {"mail", "mail_bulk", "reseal"}
README_FOLDERS = ("api", "worker", "common", "sql", "tests", "openapi", "docker")


def file_lengths(sources):
    for path in sources.ending(*CODE):
        count = sources.text(path).count("\n")
        if count > FILE_LINES and path not in NOT_CODE and not path.endswith("package-lock.json"):
            yield f"{path}:1: {count} lines, more than {FILE_LINES}"


def python_functions(sources):
    for path in sources.ending(".py"):
        try:
            tree = ast.parse(sources.text(path))
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno - node.lineno >= FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"


def unfinished_work(sources):
    for path in sources.ending(*CODE):
        for number, line in sources.lines(path):
            if match := MARKS.search(line):
                yield f"{path}:{number}: '{match[0]}'"


def paths_of_one_machine(sources):
    for path in sources.ending(*TEXTS):
        for number, line in sources.lines(path):
            if match := MACHINE_PATH.search(line):
                yield f"{path}:{number}: the path {match[0]} is of one machine"


def honest_tests(sources):
    """Tests wait for events, and none is left out."""
    for path in sources.ending(".py", ".sh", under=("tests/",)):
        for number, line in sources.lines(path):
            if SLEEPS.search(line):
                yield f"{path}:{number}: wait for the event instead of sleeping"
            if SKIPS.search(line):
                yield f"{path}:{number}: no test is skipped"


def readmes_list_what_is_there(sources):
    """
    Each file stands in its folder's README, or its folder (`name/`) in the README above. A name may be
    written without its ending.
    """
    readmes = {path.rpartition("/")[0]: set(re.findall(r"`([^`\s]+)`", sources.text(path)))
               for path in sources.ending("README.md")}
    for path in sources.paths:
        folder, _, name = path.rpartition("/")
        if path.split("/")[0] not in README_FOLDERS or name == "README.md" or name.startswith("."):
            continue
        if not any(_is_listed(path, home, names) for home, names in readmes.items() if _is_above(home, folder)):
            yield f"{path}:1: no README lists it"


def every_kind_has_a_worker(sources):
    """A kind that nobody runs is a promise that nobody keeps."""
    kinds = set(re.findall(r'\.name = "(\w+)"(?:(?!\.name).)*?\.is_service = true', sources.text("worker/kind.c"), re.DOTALL)) - WITH_MAIL
    for path in WORKERS:
        if not any(kinds <= set(re.findall(r"\w+", line)) for _, line in sources.lines(path)):
            yield f"{path}:1: no line that names all kinds: {' '.join(sorted(kinds))}"


def _is_above(home, folder):
    return home != "" and (home == folder or folder.startswith(home + "/"))


def _is_listed(path, home, names):
    inside = path[len(home) + 1:]
    stem = inside.rpartition(".")[0] or inside
    folders = {inside[:at + 1] for at, letter in enumerate(inside) if letter == "/"}
    return bool({inside, stem} & names or folders & names)


def test_modules_have_names_of_their_own(sources):
    """pytest imports the suites' helpers by their bare names; two of one name would take each other's place."""
    seen = {}
    for path in sources.ending(".py", under=("tests/",)):
        name = path.rpartition("/")[2]
        if path.split("/")[1] not in ("bench", "lint", "support", "contract/fixtures") and name != "conftest.py":
            if name in seen:
                yield f"{path}:1: {seen[name]} has the same name"
            seen[name] = path
        for number, line in sources.lines(path):
            if re.match(r"from conftest import|import conftest", line):
                yield f"{path}:{number}: a conftest is not imported"


RULES = [file_lengths, python_functions, unfinished_work, paths_of_one_machine, honest_tests, test_modules_have_names_of_their_own,
         readmes_list_what_is_there, every_kind_has_a_worker]
