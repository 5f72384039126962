"""
A small county for tests of statements: units, a service, voices, and requests as the API makes them.

    county ── hospital ── ward
          └── social
"""

import hashlib
import uuid

from support.statements import Statements

HANDLER = "{feedback:read,feedback:handle}"
COORDINATOR = "{feedback:read,feedback:handle,feedback:coordinate}"


class County:
    """units: {name: id}; run() is one request of the API's role, with fresh ids where none are given."""

    def __init__(self, database):
        self.database = database
        self.connection = database.connect("api")
        self.statements = Statements(self.connection)
        self.units = {name: str(uuid.uuid4()) for name in ("county", "hospital", "ward", "social")}
        for name, parent in (("county", None), ("hospital", "county"), ("ward", "hospital"), ("social", "county")):
            database.run("INSERT INTO unit (id, parent_id, name) VALUES (%s::uuid, %s::uuid, jsonb_build_object('fi', %s))",
                         self.units[name], self.units.get(parent), name)
        self.service = str(uuid.uuid4())
        database.run("INSERT INTO service (id, unit_id, name) VALUES (%s::uuid, %s::uuid, '{\"fi\": \"Vastaanotto\"}')",
                     self.service, self.units["ward"])

    def close(self):
        self.connection.close()

    def run(self, name, **values):
        return self.statements.run(name, **values)

    def one(self, name, **values):
        rows = self.run(name, **values)
        assert len(rows) == 1, rows
        return rows[0]

    def limited(self, *names):
        """caller_units of a caller that is limited to these units."""
        return "{" + ",".join(self.units[name] for name in names) + "}"

    # ---- voices ----

    def request(self, **changes):
        """The values of one feedback_create; `body` members can be given as keywords of their own."""
        values = {"new_id": str(uuid.uuid4()), "receipt_hash": uuid.uuid4().bytes * 2, "request_hash": b"\1" * 32}
        body = {"unit_id": self.units["ward"], "kind": "concern", "text": "Odotin kauan.", "channel": "web", "lang": "fi"}
        for key, value in changes.items():
            (values if key in ("new_id", "receipt_hash", "request_hash", "caller_units", "contact_sealed", "contact_index",
                               "contact_key") else body)[key] = value
        return {**values, "body": {key: value for key, value in body.items() if value is not None}}

    def voice(self, **changes):
        """A new case: its id."""
        row = self.one("feedback_create", **self.request(**changes))
        assert row["_problem"] is None, row
        return row["id"]

    def giver(self, **changes):
        """A new case: (id, receipt hash)."""
        receipt = uuid.uuid4().bytes * 2
        return self.voice(receipt_hash=receipt, **changes), receipt

    def move(self, case, to, *, if_match=None, scopes=HANDLER, new_id=None, request_hash=b"\1" * 32, units=None, **members):
        return self.one("feedback_transition", id=case, if_match=if_match, caller_scopes=scopes, caller_id=uuid.uuid4(),
                        new_id=new_id or uuid.uuid4(), request_hash=request_hash, caller_units=units, body={"to": to, **members})

    def giver_moves(self, receipt, to, *, new_id=None, request_hash=b"\1" * 32, **members):
        return self.one("receipt_transition", giver_hash=receipt, new_id=new_id or uuid.uuid4(), request_hash=request_hash,
                        body={"to": to, **members})

    def case(self, case):
        return self.one("feedback_get", id=case)


def with_contact():
    """What the API hands over when the giver can be reached."""
    return {"contact_sealed": b"\2" * 60, "contact_index": hashlib.sha256(b"a@example.org").digest(), "contact_key": "key"}
