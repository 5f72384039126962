"""Each mistake in the sources fails the build with the file and the line to open."""

import pytest
from tree import Tree

ROOT_YAML = "openapi/openapi.yaml"
PATHS = "openapi/paths/thing.yaml"
SCHEMAS = "openapi/schemas/thing.yaml"
PROBLEMS = "openapi/problems.yaml"
QUERIES = "sql/queries/thing.sql"
ENGINE = "sql/queries/engine.sql"
JOBS = "sql/jobs/job.sql"

# what the mistake is: (file, old text, new text, part of the message, text of the line that is named, and its file if another)
MISTAKES = {
    # names and casts
    "a name that nobody knows": (QUERIES, ":from::date", ":since::date", ":since is neither a built-in name", ":since"),
    "a missing cast": (QUERIES, ":from::date", ":from", ":from has no cast", ":from"),
    "a type that is not known": (QUERIES, ":from::date", ":from::interval", "this type is not known", ":from"),
    "a cast that does not fit a built-in": (QUERIES, ":limit_and_one::int", ":limit_and_one::text",
                                            ":limit_and_one is int or bigint", ":limit_and_one"),
    "a cast that does not fit a parameter": (QUERIES, ":from::date", ":from::uuid", "does not fit", ":from"),
    "a list cast to one value": (QUERIES, ":kind::text[]", ":kind::text", "does not fit", ":kind"),
    "one value cast to a list": (QUERIES, ":from::date", ":from::date[]", "does not fit", ":from"),
    "two casts of one name": (QUERIES, "WHERE id = :id::uuid AND unit_is_visible(path, :caller_units::text)\nRETURNING",
                              "WHERE id = :id::uuid AND :id::text <> '' AND unit_is_visible(path, :caller_units::text)\nRETURNING",
                              ":id is cast to text here and to uuid before", ":id::text"),
    "a scalar type in lane many": (QUERIES, ":new_id::uuid[]", ":new_id::uuid", "lane many takes uuid[]", ":new_id"),
    "a type that lane many cannot carry": (QUERIES, ":new_id::uuid[]", ":new_id::int[]", "lane many takes uuid[]", ":new_id"),
    "body_names in lane many": (QUERIES, ":receipt_hash::bytea[]", ":body_names::text[]", "cannot stand in lane many",
                                ":body_names"),
    "a body where the operation has none": (QUERIES, "WHERE id = :id::uuid AND unit_is_visible(path, :caller_units::text);",
                                            "WHERE id = :id::uuid AND unit_is_visible(path, :caller_units::text)"
                                            " AND :body::jsonb IS NULL;", "has no JSON request body", ":body::jsonb IS NULL"),
    "contact data where nothing is sealed": (SCHEMAS, "      x-sealed: true\n", "", "has no x-sealed member",
                                             ":contact_sealed", QUERIES),
    "the giver's hash under bearer": (QUERIES, ":from::date", ":giver_hash::bytea", "has no receipt security", ":giver_hash"),
    "a position instead of a name": (QUERIES, "FOR UPDATE", "AND $1 FOR UPDATE", "write :name::type", "$1"),
    # statements and operations
    "an operation without a statement": (PATHS, "    x-handler: c\n", "", "contract_json has neither a statement",
                                         "operationId: contract_json"),
    "a statement without an operation": (QUERIES, "-- name: thing_get", "-- name: thing_got", "'thing_got' has no operation",
                                         "-- name: thing_got"),
    "a statement that stands twice": (ENGINE, "-- name: key_reload", "-- name: thing_get", "stands also at", "-- name: thing_get", QUERIES),
    "units that are not used": (QUERIES, "-- units: a thing belongs to no unit\n", "", "does not use :caller_units",
                                "-- name: thing_create"),
    "units without a reason": (QUERIES, "-- units: a thing belongs to no unit", "-- units:", "must say why", "-- units:"),
    "a reason although units are used": (QUERIES, "-- name: thing_get\n", "-- name: thing_get\n-- units: none\n", "but it is used",
                                         "-- units: none"),
    "no lane": (QUERIES, "-- lane: many\n", "", "'-- lane:' must be one of", "-- name: thing_create"),
    "a lane that is not known": (QUERIES, "-- lane: many", "-- lane: fast", "'-- lane:' must be one of", "-- lane: fast"),
    "a directive that is misspelt": (QUERIES, "-- lane: many", "-- lame: many", "'-- lame:' is not known", "-- lame"),
    "two statements in one block": (QUERIES, "RETURNING id, name, 'a :quoted", "; SELECT 'a :quoted", "one statement", "; SELECT"),
    "an empty block": (ENGINE, "SELECT id, hash FROM api_key WHERE changed_at > :since::timestamptz AND kind = :kind::text;", "",
                       "'key_reload' is empty", "-- name: key_reload"),
    "a lock in another lane": (QUERIES, "-- lane: own", "-- lane: write", "lane own only", "-- name: thing_update"),
    "a lock without a run": (QUERIES, "-- run:\n", "", "comes '-- run:'", "-- name: thing_update"),
    "SQL before the first name": (JOBS, "-- name: job_claim", "SELECT 1;\n-- name: job_claim", "before the first", "SELECT 1"),
    "a quote that is not closed": (ENGINE, ":kind::text", ":kind::text || 'x", "is not closed", "'x"),
    "a form of what is not for everybody": (PATHS, "    x-receipt: true\n", "    x-receipt: true\n    x-form: true\n", "x-form is for a POST", "x-form: true"),
    # lists
    "a list without a cursor": (QUERIES, "-- cursor: made_on date, id uuid\n", "", "needs '-- cursor:'", "-- name: thing_list"),
    "a cursor of another type": (QUERIES, "-- cursor: made_on date,", "-- cursor: made_on timestamptz,",
                                 ":after_made_on is timestamptz", ":after_made_on"),
    "a cursor column without its name": (QUERIES, "-- cursor: made_on date,", "-- cursor: kind text, made_on date,",
                                         "has no :after_kind", "-- cursor"),
    "a list that takes no cursor": (PATHS, "      - $ref: '#/components/parameters/Cursor'\n", "", "limit and cursor",
                                    "operationId: thing_list"),
    # headers
    "no If-Match": (PATHS, "      - $ref: '#/components/parameters/IfMatch'\n", "      []\n", "thing_update needs the header parameter IfMatch",
                    "operationId: thing_update"),
    "an If-Match that the statement does not use": (QUERIES, "version <> :if_match::bigint", "version = 0", "does not use :if_match",
                                                    "-- name: thing_update"),
    "no Idempotency-Key": (PATHS, "      - $ref: '#/components/parameters/IdempotencyKey'\n", "      []\n",
                           "thing_create needs the header parameter IdempotencyKey", "operationId: thing_create"),
    # bodies in pieces
    "a stream without a handler": (PATHS, "    operationId: thing_create\n", "    operationId: thing_create\n    x-stream: true\n",
                                   "x-stream is for a POST with a body and x-handler: c", "x-stream: true"),
    "lines without a handler": (PATHS, "    operationId: thing_create\n", "    operationId: thing_create\n    x-lines: thing_create\n",
                                "x-lines is for an operation with x-handler: c", "x-lines: thing_create"),
    "a file of what is no list": (PATHS, "    operationId: thing_create\n", "    operationId: thing_create\n    x-file: things\n",
                                  "x-file is for a GET with x-lines and no x-handler", "x-file: things"),
    "lines of an operation that has no body": (PATHS, "    operationId: thing_create\n",
                                               "    operationId: thing_create\n    x-stream: true\n    x-lines: thing_get\n",
                                               "must name a POST with a JSON body", "operationId: thing_create"),
    "lines that are no list": (PATHS, "    operationId: thing_create\n", "    operationId: thing_create\n    x-lines: thing_get\n",
                               "must name a list", "operationId: thing_create"),
    # schemas
    "a keyword that the validator does not know": (SCHEMAS, "  minProperties: 1\n  properties:\n    name: {$ref",
                                                   "  oneOf: []\n  properties:\n    name: {$ref", "'oneOf' is not known", "oneOf"),
    "a format that is not known": (SCHEMAS, "format: email", "format: ipv4", "format 'ipv4' is not known", "format: ipv4"),
    "a reference that names nothing": (SCHEMAS, "  properties:\n    name: {$ref: '#/components/schemas/ThingName'}\n    count",
                                       "  properties:\n    name: {$ref: '#/components/schemas/Nobody'}\n    count",
                                       "$ref '#/components/schemas/Nobody' names nothing", "Nobody"),
    "a schema that refers to itself": (SCHEMAS, "    count: {type: integer, minimum: 0, maximum: 9}",
                                       "    count: {$ref: '#/components/schemas/ThingCreate'}", "refers to itself",
                                       "count: {$ref"),
    "an integer without its range": (SCHEMAS, "minimum: 0, maximum: 9", "minimum: 0", "has minimum and maximum", "count:"),
    "an enum of what may be null without null": (SCHEMAS, "odd, null]", "odd]", "an enum lists null", "kind:"),
    "a pattern that is not POSIX": (SCHEMAS, "'^[a-z ]+$'", "'^\\d+$'", "POSIX", "pattern"),
    "a pattern without anchors": (SCHEMAS, "'^[a-z ]+$'", "'[a-z ]+'", "anchored", "pattern"),
    "unique items without a bound": (SCHEMAS, "uniqueItems: true, maxItems: 5", "uniqueItems: true", "needs maxItems", "labels"),
    "two types": (SCHEMAS, "count: {type: integer", "count: {type: [integer, string]", "has one type", "count"),
    "a required member that is none": (SCHEMAS, "      required: [email]", "      required: [mail]", "'mail' is required", "[mail]"),
    # the contract
    "an operationId twice": (PATHS, "operationId: thing_get", "operationId: thing_list", "'thing_list' stands also at", None),
    "a path twice": (PATHS, "/openapi.json:", "/v1/things/{other}:\n  parameters: [{name: other, in: path, required: true, schema: "
                     "{type: string}}]", "is the same as", "/v1/things/{other}"),
    "a method twice": (PATHS, "  patch:", "  get:", "'get' stands twice", None),
    "a scope that is not known": (PATHS, "    x-id: random\n    x-receipt: true\n    security: [{bearer: [things:write]}]",
                                  "    x-id: random\n    x-receipt: true\n    security: [{bearer: [things:own]}]",
                                  "scope 'things:own' is not in", "things:own"),
    "an undeclared path parameter": (PATHS, "  parameters:\n    - $ref: '#/components/parameters/Id'\n", "",
                                     "{id} of thing_get is not declared", "operationId: thing_get"),
    "a parameter with the name of a built-in": (PATHS, "name: from, in: query", "name: body, in: query", "name of a built-in", "name: body"),
    "a list parameter that explodes": (PATHS, "explode: false, ", "", "explode: false", "name: kind"),
    "a default that does not fit": (ROOT_YAML, "default: 50", "default: 500", "does not fit", "parameters/Limit", PATHS),
    "no default reply": (PATHS, "        content: {application/json: {schema: {type: object}}}\n"
                         "      default: {$ref: '#/components/responses/Problem'}",
                         "        content: {application/json: {schema: {type: object}}}", "responses need default", None),
    "an extension that is not known": (PATHS, "    x-public: true", "    x-publik: true", "'x-publik' is not known", "x-publik"),
    "YAML that is none": (PATHS, "/openapi.json:", "/openapi.json: [", "not YAML", None),
    # problems
    "a problem code twice": (PROBLEMS, "- code: stale_version", "- code: thing_name_taken", "code 'thing_name_taken' stands twice", None),
    "a constraint that is in no migration": (PROBLEMS, "constraint: thing_name_is_free", "constraint: thing_name_is_fre",
                                             "'thing_name_is_fre' is in no migration", "thing_name_is_fre"),
    "a language that is missing": (PROBLEMS, "sv: Föråldrad, ", "", "has no title in sv", "Vanhentunut"),
    "a _problem that is not known": (QUERIES, "THEN 'stale_version' END", "THEN 'stale' END", "problem 'stale' is not in", "'stale'"),
    "a _problem without a CASE": (QUERIES, "SELECT id, name, version AS _version", "SELECT id, 'gone' AS _problem, version AS _version",
                                  "problem 'gone' is not in", "'gone'"),
    # workers and admin
    "rows without columns": (JOBS, "-- columns: id, kind\n", "", "needs '-- columns", "-- name: job_claim"),
    "columns without rows": (JOBS, "-- name: job_sweep\n", "-- name: job_sweep\n-- columns: gone\n", "returns no rows", "-- columns: gone"),
    "a word of C": (JOBS, ":most::int", ":register::int", "word of C", ":register"),
    "a missing cast in a job": (JOBS, ":most::int", ":most", ":most has no cast", ":most"),
}


@pytest.fixture(name="tree")
def fixture_tree(tmp_path):
    return Tree(tmp_path)


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_file_and_line(tree, mistake):
    file, old, new, message, at, *other = mistake
    tree.replace(file, old, new)
    told = tree.check()
    named = other[0] if other else file
    place = f"{named}:{tree.line_of(named, at.strip())}: " if at is not None else f"{named}:"
    assert [line for line in told if line.startswith(place) and message in line], "\n".join(told)


def test_all_mistakes_are_told_at_once(tree):
    tree.replace(QUERIES, ":from::date", ":since::date")
    tree.replace(SCHEMAS, "format: email", "format: ipv4")
    tree.replace(PROBLEMS, "constraint: thing_name_is_free", "constraint: none")
    told = tree.check()
    assert [line.split(":")[0] for line in told if "is not in" not in line][:3] == [PROBLEMS, SCHEMAS, QUERIES]


def test_a_name_that_stands_in_jobs_and_admin_is_told(tree):
    tree.append("sql/admin/key.sql", "\n-- name: job_sweep\nDELETE FROM job;\n")
    assert any("'job_sweep' stands also in sql/jobs" in line for line in tree.check())


def test_a_schema_that_stands_in_two_files_is_told(tree):
    tree.append("openapi/schemas/zebra.yaml", "Thing: {type: object}\n")
    assert tree.check() == ["openapi/schemas/zebra.yaml:1: schema 'Thing' stands also at openapi/schemas/thing.yaml:1"]


def test_a_gap_in_the_migrations_is_told(tree):
    tree.append("sql/migrations/0003_more.sql", "SELECT 1;\n")
    assert any("without gaps" in line for line in tree.check())


def test_a_code_in_c_that_is_no_problem_is_told(tree):
    tree.append("api/thing.c", 'bool thing(struct err *err)\n{\n\treturn err_set(err,\n\t    "no_such_code", "x");\n}\n')
    assert tree.check() == ["api/thing.c:3: problem 'no_such_code' is not in openapi/problems.yaml"]


def test_codes_of_start_up_are_no_problems(tree):
    tree.append("api/main.c", 'err_set(err, "setting", "x");\nerr_set(err, "stale_version", "x");\n')
    assert tree.check() == []


@pytest.mark.parametrize("expression", [
    "CASE WHEN a = 'x' THEN CASE b WHEN 'y' THEN 'one' END ELSE 'two' END",
    "coalesce(CASE WHEN a IN ('x', 'y') THEN 'one' END, 'two')",
    "CASE WHEN coalesce(a, '{}') = '{}' THEN 'one' ELSE 'two' END",
])
def test_only_the_values_of_a_problem_expression_are_codes(tree, expression):
    tree.replace(QUERIES, "SELECT id, name, version AS _version", f"SELECT id, {expression} AS _problem, name")
    codes = {line.split("problem '")[1].split("'")[0] for line in tree.check()}
    assert codes == {"one", "two"}
