"""
osallisuus-admin questions: what is wrong with a file is told by its JSON pointer, all at once, and nothing of it is loaded.
"""

import copy
import json

import pytest

from support.programs import ROOT, Admin
from support.questions import EXAMPLE

TEXTS = {"fi": "Kysymys"}
SCALE = {"key": "a", "type": "scale", "min": 1, "max": 5, "text": TEXTS}
CHOICE = {"key": "a", "type": "choice", "text": TEXTS, "options": [{"value": "x", "text": TEXTS}, {"value": "y", "text": TEXTS}]}
TEXT = {"key": "b", "type": "text", "text": TEXTS}


def a_set(*questions, **more):
    return {"name": "koe", "version": 1, "group": "13_plus", "title": TEXTS, "questions": list(questions) or [SCALE], **more}


def when(question, **condition):
    return {**TEXT, "shown_if": {"question": question, **condition}}


@pytest.fixture
def admin(database):
    return Admin(database)


@pytest.fixture
def load(admin, tmp_path):
    """Loads sets (or any JSON, or text) from a file; the finished process."""
    def loaded(*sets, content=None):
        path = tmp_path / "questions.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content or {"question_sets": list(sets)}))
        return admin.run("questions", "load", str(path), check=False)
    return loaded


def pointers(done):
    return sorted(line.split(": ")[1] for line in done.stderr.splitlines() if ".json: /" in line)


def test_the_example_loads_and_loads_again(admin, database):
    assert admin.run("questions", "load", str(ROOT / EXAMPLE)).stdout.count("loaded as a draft") == 3
    assert admin.run("questions", "load", str(ROOT / EXAMPLE)).stdout.count("is loaded already") == 3
    groups = database.rows("SELECT respondent_group, state FROM question_set ORDER BY name")
    assert groups == [("13_plus", "draft"), ("7_12", "draft"), ("relative", "draft")]


@pytest.mark.parametrize("sets, expected", [
    ([a_set(name="Koe")], ["/question_sets/0/name"]),
    ([a_set(version=0)], ["/question_sets/0/version"]), ([a_set(version="1")], ["/question_sets/0/version"]),
    ([a_set(group="adults")], ["/question_sets/0/group"]), ([a_set(title={"sv": "Fråga"})], ["/question_sets/0/title/fi"]),
    ([a_set(title={"fi": " "})], ["/question_sets/0/title/fi"]), ([a_set(title={"fi": "x", "de": "x"})], ["/question_sets/0/title"]),
    ([a_set(unit_oid="1.2.3")], ["/question_sets/0/unit_oid"]), ([a_set(extra=1)], ["/question_sets/0/extra"]), ([7], ["/question_sets/0"]),
    ([{}], [f"/question_sets/0/{name}" for name in ("group", "name", "questions", "title", "version")]),
    ([a_set(), a_set()], ["/question_sets/0/version", "/question_sets/1/version"]),
    ([a_set(questions=[])], ["/question_sets/0/questions"]), ([a_set(questions={})], ["/question_sets/0/questions"]),
])
def test_a_wrong_set_is_named_by_its_place(load, database, sets, expected):
    done = load(*sets)
    assert done.returncode == 1 and pointers(done) == expected and database.value("SELECT count(*) FROM question_set") == 0


@pytest.mark.parametrize("questions, expected", [
    ([{**SCALE, "type": "stars"}], "/type"), ([{**SCALE, "key": "A"}], "/key"), ([SCALE, {**SCALE}], "1/key"), ([7], "/type"),
    ([{**SCALE, "options": []}], "/options"), ([{**SCALE, "max": 1}], ""), ([{**SCALE, "max": 101}], ""), ([{**SCALE, "min": "1"}], ""),
    ([{**SCALE, "labels": {"6": TEXTS}}], "/labels/6"), ([{**SCALE, "labels": {"5": {"fi": ""}}}], "/labels/5/fi"),
    ([{**SCALE, "required": "yes"}], "/required"), ([{**SCALE, "dont_know": "x"}], "/dont_know"), ([{**SCALE, "text": {}}], "/text/fi"),
    ([{**SCALE, "help": {"fi": "x" * 2001}}], "/help/fi"), ([{**TEXT, "max_length": 0}], "/max_length"), ([{**TEXT, "max_length": 4001}], "/max_length"),
    ([{**CHOICE, "options": [CHOICE["options"][0]]}], "/options"), ([{**CHOICE, "options": [{"value": "x"}] * 2}], None),
    ([{**CHOICE, "options": CHOICE["options"] + [{"value": "x", "text": TEXTS}]}], "/options/2/value"),
    ([{**CHOICE, "options": CHOICE["options"] + [{"value": "A b", "text": TEXTS}]}], "/options/2/value"),
    ([when("a", equals=1), SCALE], "0/shown_if/question"), ([SCALE, when("b", equals=1)], "1/shown_if/question"),
    ([SCALE, when("a")], "1/shown_if"), ([SCALE, when("a", equals=1, at_least=1)], "1/shown_if"), ([SCALE, when("a", equals=9)], "1/shown_if/equals"),
    ([SCALE, when("a", at_least=9)], "1/shown_if/at_least"), ([SCALE, when("a", **{"in": []})], "1/shown_if/in"), ([SCALE, when("a", **{"in": [1, 9]})], "1/shown_if/in"),
    ([CHOICE, when("a", at_most=1)], "1/shown_if/at_most"), ([CHOICE, when("a", equals="z")], "1/shown_if/equals"), ([CHOICE, when("a", more=1)], None),
    ([TEXT, {**when("b", equals="x"), "key": "c"}], "1/shown_if/question"), ([SCALE, {**TEXT, "shown_if": "a"}], "1/shown_if"),
])
def test_a_wrong_question_is_named_by_its_place(load, database, questions, expected):
    done = load(a_set(*questions))
    assert done.returncode == 1 and database.value("SELECT count(*) FROM question_set") == 0
    if expected is None:
        assert len(pointers(done)) > 1
    else:
        expected = expected if expected[:1].isdigit() else "0" + expected
        assert pointers(done) == [f"/question_sets/0/questions/{expected}"]


@pytest.mark.parametrize("content", ["{", "[]", "7", '{"question_sets": [], "x": 1}', '{"question_sets": {}}', '{"question_sets":[{"name":"a","name":"b"}]}', ""])
def test_what_is_no_such_file_is_refused(load, content):
    done = load(content=content)
    assert done.returncode == 1 and "questions.json: " in done.stderr and len(done.stderr) < 300


def test_all_mistakes_are_told_at_once(load):
    assert len(pointers(load(a_set({**SCALE, "key": "A"}, {**TEXT, "text": {}}, name="X"), 7))) == 4


def test_a_loaded_version_never_changes_and_a_new_one_is_added(load, database):
    assert load(a_set()).returncode == 0
    changed = copy.deepcopy(a_set())
    changed["questions"][0]["text"]["fi"] = "Toinen"
    done = load(changed)
    assert pointers(done) == ["/question_sets/0/version"] and "never changes" in done.stderr
    assert load({**changed, "version": 2}).returncode == 0
    assert pointers(load({**changed, "version": 1})) == ["/question_sets/0/version"] * 2
    assert database.rows("SELECT edition FROM question_set ORDER BY edition") == [(1,), (2,)]


def test_one_version_of_a_name_is_active(admin, load, database):
    load(a_set(), a_set(SCALE, TEXT, version=2))
    admin.run("questions", "activate", "koe", "1")
    admin.run("questions", "activate", "koe", "2")
    assert database.rows("SELECT edition, state FROM question_set ORDER BY edition") == [(1, "retired"), (2, "active")]
    assert "koe\t2\t13_plus\tactive\t2" in admin.run("questions", "list").stdout
    admin.run("questions", "retire", "koe", "2")
    assert admin.run("questions", "activate", "koe", "9", check=False).returncode == 1
    assert admin.run("questions", "activate", "koe", check=False).returncode == 2
    assert admin.run("questions", check=False).returncode == 2
    assert database.rows("SELECT DISTINCT state FROM question_set") == [("retired",)]
