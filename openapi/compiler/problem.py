"""openapi/problems.yaml, and whether SQL, C and migrations agree with it."""

import re
from dataclasses import dataclass

from .marked_yaml import Map, Seq, load, where_of
from .report import Where
from .sql_text import tokens

FILE = "openapi/problems.yaml"
LANGUAGES = ("fi", "sv", "en")
TEXTS = ("title", "detail", "help")
KEYWORDS = {"code", "status", "constraint", "pointer", *TEXTS}
CODE = re.compile(r"[a-z][a-z0-9_]*\Z")
NAMED = r"\b(?:(?:CONSTRAINT|INDEX)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:=\s*')?|breaks_rule\('){}\b"
# Codes of err that a process says at its terminal and never to a client.
NOT_SENT = {"system", "setting", "config", "usage", "contract"}
IN_C = (
    re.compile(r'\berr_set\(\s*[^,"]+,\s*"([^"]*)"'),
    re.compile(r'\bcontract_problem\(\s*"([^"]*)"'),
)


@dataclass
class Problem:
    code: str
    status: int
    constraint: str
    pointer: str
    texts: list  # (lang, title, detail, help)


class ProblemCompiler:
    def __init__(self, root, mistakes):
        self.root = root
        self.mistakes = mistakes

    def compile(self):
        """The problems sorted by code."""
        path = self.root / FILE
        if not path.is_file():
            self.mistakes.add(Where(FILE, 1), "there is no such file")
            return []
        entries = load(path.read_text(encoding="utf-8"), FILE, self.mistakes)
        if not isinstance(entries, Seq):
            self.mistakes.add(Where(FILE, 1), "must be a list")
            return []
        problems, constraints = {}, {}
        for index, entry in enumerate(entries):
            problem = self._problem(entry, where_of(entries, index))
            if problem is None:
                continue
            self._once(problems, problem.code, entry, "code")
            problems[problem.code] = problem
            if problem.constraint is not None:
                self._once(constraints, problem.constraint, entry, "constraint")
                constraints[problem.constraint] = where_of(entry, "constraint")
        self._check_constraints(constraints)
        self._check_c(problems)
        return [problems[code] for code in sorted(problems)]

    def check_sql(self, blocks, problems):
        """Each code that a statement writes as `_problem` is known."""
        codes = {problem.code for problem in problems}
        for block in blocks.values():
            for text, line in filter(None, (block.run, block.lock)):
                for token in _problem_literals(tokens(text, line)):
                    code = token.text[1:-1]
                    if code not in codes:
                        self.mistakes.add(Where(block.where.file, token.line), f"problem '{code}' is not in {FILE}")

    def _problem(self, entry, where):
        if not isinstance(entry, Map) or not isinstance(entry.get("code"), str) or not CODE.match(entry["code"]):
            self.mistakes.add(where, "a problem needs a code in lower_snake")
            return None
        code = entry["code"]
        for key in entry:
            if key not in KEYWORDS:
                self.mistakes.add(where_of(entry, key), f"'{key}' is not known in a problem")
        status = entry.get("status")
        if not isinstance(status, int) or not 400 <= status <= 599:
            self.mistakes.add(where, f"problem '{code}' needs a status from 400 to 599")
            status = 500
        texts = [(lang, *(self._text(entry, key, lang, where) for key in TEXTS)) for lang in LANGUAGES]
        return Problem(code, status, entry.get("constraint"), entry.get("pointer"), texts)

    def _text(self, entry, key, lang, where):
        texts = entry.get(key)
        text = texts.get(lang) if isinstance(texts, Map) else None
        if isinstance(text, str) and (text.strip() or key == "help"):
            return text.strip()
        self.mistakes.add(where_of(entry, key) if key in entry else where, f"problem '{entry['code']}' has no {key} in {lang}")
        return ""

    def _once(self, seen, value, entry, key):
        if value in seen:
            self.mistakes.add(where_of(entry, key), f"{key} '{value}' stands twice")

    def _check_constraints(self, constraints):
        text = ""
        for path in sorted((self.root / "sql/migrations").glob("*.sql")):
            found = tokens(path.read_text(encoding="utf-8"), 1)
            text += "".join(" " if token.kind == "comment" else token.text for token in found)
        for name, where in constraints.items():
            if not re.search(NAMED.format(re.escape(name)), text, re.IGNORECASE):
                self.mistakes.add(where, f"constraint '{name}' is in no migration")

    def _check_c(self, problems):
        files = sorted((self.root / "api").glob("*.c")) + [self.root / "common/json.c"]
        for path in files:
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8")
            for pattern in IN_C:
                for match in pattern.finditer(text):
                    if match.group(1) not in problems and match.group(1) not in NOT_SENT:
                        where = Where(path.relative_to(self.root).as_posix(), text.count("\n", 0, match.start()) + 1)
                        self.mistakes.add(where, f"problem '{match.group(1)}' is not in {FILE}")


def _problem_literals(stream):
    """String tokens that can become the value of a column `_problem` (or `problem`, which CTEs call it)."""
    solid = [token for token in stream if token.kind not in ("space", "comment")]
    for index in range(2, len(solid)):
        if solid[index].text.lower() in ("_problem", "problem") and solid[index - 1].text.upper() == "AS":
            yield from _values_before(solid, index - 2)


def _values_before(solid, end):
    """The literals of the expression that ends at `end` which are values, not operands."""
    if solid[end].kind == "string":
        if end == 0 or solid[end - 1].text.upper() in ("SELECT", ",", "DISTINCT", "ALL"):
            yield solid[end]
        return
    if solid[end].text.upper() not in ("END", ")"):
        return
    depth, at = 0, end
    while at >= 0:
        text = solid[at].text.upper()
        if text in ("END", ")"):
            depth += 1
        elif text in ("CASE", "("):
            depth -= 1
            if depth == 0:
                return
        before = solid[at - 1].text.upper()
        outermost = depth == 1 and solid[end].text == ")" and before == ","
        if solid[at].kind == "string" and (before in ("THEN", "ELSE") or (outermost and _opener(solid, at) == "COALESCE")):
            yield solid[at]
        at -= 1


def _opener(solid, at):
    """The word before the parenthesis that is open at `at`."""
    depth = 0
    while at > 0:
        at -= 1
        if solid[at].text == ")":
            depth += 1
        elif solid[at].text == "(":
            if depth == 0:
                return solid[at - 1].text.upper() if at > 0 else ""
            depth -= 1
    return ""
