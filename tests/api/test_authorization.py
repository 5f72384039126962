"""
Reliability goal 8: every operation of the contract × every kind of caller × own and other units.
"""

import pytest

from authorization_rows import ROWS, ask
from authorization_things import Things
from support import contract
from support.client import Client
from support.database import Database
from support.keys import make_key
from support.world import World

OPERATIONS = {operation["operationId"]: {**operation, "method": method, "path": path}
              for (method, path), operation in contract.operations().items()}
SCOPES = sorted({scope for operation in OPERATIONS.values() for need in operation["security"] for scope in need.get("bearer", [])})


def kind_of(operation):
    """none, bearer, receipt or link."""
    return next(iter(operation["security"][0])) if operation["security"] else "none"


def scope_of(operation):
    """The scope that is needed; admin stands in for any where any key will do."""
    scopes = operation["security"][0]["bearer"]
    return scopes[0] if scopes else "admin"


BEARER = [name for name, operation in OPERATIONS.items() if kind_of(operation) == "bearer"]
SCOPED = [name for name in BEARER if OPERATIONS[name]["security"][0]["bearer"]]
REFUSED_KEYS = ["nobody", "wrong secret", "unknown key", "malformed key", "expired", "revoked", "receipt"]


@pytest.fixture(scope="module")
def matrix(cluster, tmp_path_factory):
    """A world with every key that the matrix needs, known to the API from its start."""
    with World(Database.create(cluster), tmp_path_factory.mktemp("matrix")) as world:
        world.keys["all"] = make_key(world.database, SCOPES)
        world.keys["expired"] = make_key(world.database, SCOPES, expires_on="2020-01-01")
        world.keys["revoked"] = make_key(world.database, SCOPES, revoked_on="2020-01-01")
        world.keys["wrong secret"] = world.keys["all"][:-1] + ("A" if world.keys["all"][-1] != "A" else "B")
        world.keys["unknown key"] = "osal_" + "0" * 32 + "_" + "A" * 43
        world.keys["malformed key"] = "osal_none"
        for scope in SCOPES:
            world.keys[f"{scope} nowhere"] = make_key(world.database, [other for other in SCOPES if other != scope])
            world.keys[f"{scope} everywhere"] = make_key(world.database, [scope])
            for unit in ("ward", "hospital", "office"):
                world.keys[f"{scope} in {unit}"] = make_key(world.database, [scope], units=[world.units[unit]])
        world.api.start()
        world.things = Things(world, "ward", world.keys["all"]).make_all()
        yield world


@pytest.fixture
def nothing_changes(matrix):
    def fingerprint():
        return matrix.database.rows(
            "SELECT (SELECT (count(*), sum(version)) FROM feedback)::text, (SELECT (count(*), sum(version)) FROM change)::text,"
            " (SELECT (count(*), sum(version)) FROM unit)::text, (SELECT (count(*), sum(version)) FROM service)::text,"
            " (SELECT (count(*), sum(version)) FROM api_key)::text, (SELECT count(*) FROM message),"
            " (SELECT count(*) FROM step), (SELECT count(*) FROM change_source), (SELECT count(*) FROM event),"
            " (SELECT count(*) FROM job), (SELECT (count(*), sum(version)) FROM survey)::text,"
            " (SELECT (count(*), sum(version)) FROM survey_round)::text, (SELECT count(*) FROM survey_link),"
            " (SELECT (count(*), min(encode(token_hash, 'hex'))) FROM person)::text,"
            " (SELECT (count(*), sum(version)) FROM decision)::text, (SELECT (count(*), sum(version)) FROM consultation)::text,"
            " (SELECT count(*) FROM budget_ballot), (SELECT count(*) FROM budget_answer),"
            " (SELECT (count(*), sum(version)) FROM panel)::text, (SELECT (count(*), sum(version)) FROM member)::text,"
            " (SELECT (count(*), sum(version)) FROM session)::text, (SELECT (count(*), sum(version)) FROM expert)::text, (SELECT count(*) FROM availability),"
            " (SELECT (count(*), sum(version)) FROM statement)::text, (SELECT (count(*), sum(version)) FROM input)::text,"
            " (SELECT (count(*), sum(version)) FROM vote)::text, (SELECT count(*) FROM ballot),"
            " (SELECT (count(*), sum(version)) FROM round)::text")
    before = fingerprint()
    yield
    assert fingerprint() == before


def test_every_operation_has_a_row_and_every_row_an_operation():
    assert set(ROWS) == set(OPERATIONS)


@pytest.mark.parametrize("caller", REFUSED_KEYS)
@pytest.mark.parametrize("name", BEARER)
def test_without_a_good_key_an_operation_is_unauthorized(matrix, nothing_changes, name, caller):
    if caller == "receipt":
        client = Client(matrix.api, receipt=matrix.things.receipt)
    else:
        client = Client(matrix.api, matrix.keys.get(caller))
    ask(client, OPERATIONS[name], ROWS[name], matrix.things, expect=401)


@pytest.mark.parametrize("name", SCOPED)
def test_a_key_with_every_scope_but_the_one_that_is_needed_is_forbidden(matrix, nothing_changes, name):
    client = Client(matrix.api, matrix.keys[f"{scope_of(OPERATIONS[name])} nowhere"])
    ask(client, OPERATIONS[name], ROWS[name], matrix.things, expect=403)


@pytest.mark.parametrize("name", BEARER)
def test_what_belongs_to_another_unit_does_not_exist(matrix, nothing_changes, name):
    operation, row = OPERATIONS[name], ROWS[name]
    client = Client(matrix.api, matrix.keys[f"{scope_of(operation)} in office"])
    response = ask(client, operation, row, matrix.things, expect={"body": 422, "list": 200, "whole": 200, "export": 200, "lines": 200}.get(row.bound, 404))
    if row.bound == "lines":
        assert [line["problem"]["code"] for line in response.json()["refusals"]] == ["unknown_reference"]
    if row.bound in ("list", "export"):
        assert getattr(matrix.things, row.thing) not in response.text
    if row.bound == "whole":
        assert response.json()["items"] == []
    if row.bound == "body":
        assert response.json()["code"] == "unknown_reference"


@pytest.mark.parametrize("where", ["in ward", "in hospital", "everywhere"])
@pytest.mark.parametrize("name", BEARER)
def test_with_its_scope_a_key_acts_in_its_units_and_below_them(matrix, name, where):
    operation, row = OPERATIONS[name], ROWS[name]
    things = Things(matrix, "ward", matrix.keys["all"])
    client = Client(matrix.api, matrix.keys[f"{scope_of(operation)} {where}"])
    if row.bound == "caller":
        things.imported = things.import_by(client)
    response = ask(client, operation, row, things)
    assert response.status_code in (200, 201, 204), response.text
    if row.bound == "list":
        assert getattr(things, row.thing) in str(client.all_items(operation["path"], **row.query, limit=200))
    if row.bound == "export":
        assert getattr(things, row.thing) in response.text


@pytest.mark.parametrize("name", [name for name in OPERATIONS if kind_of(OPERATIONS[name]) == "receipt"])
class TestReceipts:
    @pytest.mark.parametrize("caller", [None, "all", "wrong secret"])
    def test_a_key_opens_no_receipt(self, matrix, nothing_changes, name, caller):
        ask(Client(matrix.api, matrix.keys.get(caller)), OPERATIONS[name], ROWS[name], matrix.things, expect=401)

    @pytest.mark.parametrize("code", ["00000-00000-00000-00000-00000-00", "abc", "é", "A" * 200])
    def test_a_code_that_is_nobodys_opens_nothing(self, matrix, nothing_changes, name, code):
        client = Client(matrix.api)
        client.session.headers["Authorization"] = f"Receipt {code}".encode()
        ask(client, OPERATIONS[name], ROWS[name], matrix.things, expect=404)

    def test_its_own_code_opens_a_case(self, matrix, name):
        things = Things(matrix, "ward", matrix.keys["all"])
        response = ask(Client(matrix.api, receipt=things.receipt), OPERATIONS[name], ROWS[name], things)
        assert response.status_code in (200, 201)


@pytest.mark.parametrize("caller", [None, "all", "receipt"])
@pytest.mark.parametrize("name", [name for name in OPERATIONS if kind_of(OPERATIONS[name]) == "link"])
def test_a_token_that_is_nobodys_leads_nowhere_whoever_follows_it(matrix, nothing_changes, name, caller):
    client = Client(matrix.api, matrix.keys.get(caller), receipt=matrix.things.receipt if caller == "receipt" else None)
    response = ask(client, OPERATIONS[name], ROWS[name], matrix.things)
    if response.headers["Content-Type"].startswith("text/html"):  # a friendly page, with nothing to press
        assert response.status_code == 422 or response.status_code in (200, 404) and "<button" not in response.text
    else:
        assert response.status_code == 404


@pytest.mark.parametrize("caller", [None, "wrong secret", "expired", "all"])
@pytest.mark.parametrize("name", [name for name in OPERATIONS if kind_of(OPERATIONS[name]) == "none"])
def test_what_is_public_is_for_everyone(matrix, name, caller):
    response = ask(Client(matrix.api, matrix.keys.get(caller)), OPERATIONS[name], ROWS[name], matrix.things)
    assert response.status_code in (200, 201), response.text
