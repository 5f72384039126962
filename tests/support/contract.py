"""
The contract as the test oracle: build/gen/openapi.json, and the check of a reply against it.
"""

import functools
import json
import re
import threading

import jsonschema
import yaml

from support.programs import ROOT, build_directory

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "instance", "code", "trace_id"}
ERROR_MEMBERS = {"code", "detail"}
# What PostgreSQL says in its own words, and must never reach a client.
DATABASE_WORDS = re.compile(r"SQLSTATE|psql|PostgreSQL|pg_|relation \"|violates|constraint \"|syntax error at or near|DETAIL:")

# A new resolver walks the whole contract before it finds its first reference; one cannot be shared among threads.
_of_thread = threading.local()


@functools.cache
def document():
    """The bundled contract."""
    return json.loads((build_directory() / "gen" / "openapi.json").read_text())


@functools.cache
def problems():
    """The problem catalogue as {code: entry}."""
    entries = yaml.safe_load((ROOT / "openapi" / "problems.yaml").read_text())
    entries = entries["problems"] if isinstance(entries, dict) else entries
    return {entry["code"]: entry for entry in entries}


@functools.cache
def operations():
    """Every operation: {(METHOD, path template): operation}, with the path's shared parameters put into it."""
    found = {}
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                shared = [*item.get("parameters", []), *operation.get("parameters", [])]
                found[method.upper(), path] = {**operation, "parameters": [resolve(entry) for entry in shared]}
    return found


def resolve(entry):
    """What a $ref points to; anything else as it is."""
    while isinstance(entry, dict) and "$ref" in entry:
        target = document()
        for part in entry["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        entry = target
    return entry


@functools.cache
def find_operation(method, path):
    """(template, operation) for a path without its query; literals win over parameters; None when there is none."""
    method = "GET" if method == "HEAD" else method
    matches = [(template.count("{"), template, operation) for (known, template), operation in operations().items()
               if known == method and _template_pattern(template).fullmatch(path)]
    return min(matches, key=lambda match: match[0])[1:] if matches else None


def check_reply(method, path, response):
    """Fails unless the reply is one that the contract allows and every error is a whole problem document."""
    where = f"{method} {path} → {response.status_code}: {response.text[:2000]}"
    found = find_operation(method, path)
    if response.status_code >= 400 and not (found and is_page(found[1])):
        check_problem(response, where, has_body=method != "HEAD")
    assert not DATABASE_WORDS.search(response.text if response.status_code >= 400 else ""), where
    if found is None:
        return
    responses = found[1]["responses"]
    declared = responses.get(str(response.status_code)) or (responses.get("default") if response.status_code >= 400 else None)
    assert declared is not None or response.status_code == 304, f"not in the contract: {where}"
    if method == "HEAD" or response.status_code in (204, 304):
        assert response.content == b"", where
    elif declared:
        _check_body(resolve(declared), response, where)


def is_page(operation):
    """Whether it answers with HTML, also when something goes wrong."""
    return "text/html" in resolve(operation["responses"].get("200", {})).get("content", {})


def check_problem(response, where="", has_body=True):
    """RFC 9457, with all members that CONVENTIONS promises."""
    assert response.headers.get("Content-Type") == "application/problem+json", f"{response.headers}\n{where}"
    if not has_body:
        return None
    problem = response.json()
    missing = PROBLEM_MEMBERS - problem.keys()
    assert not missing, f"missing {missing}: {where}"
    assert problem["status"] == response.status_code, where
    assert problem["type"].endswith("/problems/" + problem["code"]), where
    known = problems().get(problem["code"])
    assert known, f"code {problem['code']} is not in openapi/problems.yaml: {where}"
    assert known["status"] == response.status_code, where
    for error in problem.get("errors", []):
        assert ERROR_MEMBERS <= error.keys() and ("pointer" in error) != ("parameter" in error), where
    if response.status_code == 401:
        assert "WWW-Authenticate" in response.headers, where
    if response.status_code in (429, 503):
        assert "Retry-After" in response.headers, where
    if response.status_code == 405:
        assert "Allow" in response.headers, where
    return problem


def validator(schema):
    """A validator that knows the components; formats are checked too."""
    if not hasattr(_of_thread, "resolver"):
        _of_thread.resolver = jsonschema.RefResolver("", document())
    return jsonschema.Draft202012Validator(schema, resolver=_of_thread.resolver, format_checker=jsonschema.FormatChecker())


def _check_body(declared, response, where):
    content = declared.get("content")
    if not content:
        assert response.content == b"", f"the contract declares no body: {where}"
        return
    media_type = response.headers.get("Content-Type", "").split(";")[0].strip()
    assert media_type in content, f"media type {media_type} is not in the contract: {where}"
    schema = content[media_type].get("schema")
    if schema and (media_type == "application/json" or media_type.endswith("+json")):
        errors = [f"{list(error.absolute_path)}: {error.message}" for error in validator(schema).iter_errors(response.json())]
        assert not errors, "\n".join([*errors[:10], where])


@functools.cache
def _template_pattern(template):
    parts = re.split(r"(\{[^}]+\})", template)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))
