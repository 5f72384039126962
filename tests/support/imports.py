"""
Imports as a client system sends them: lines, files, and the real comments where they are present.
"""

import csv
import io
import json
import uuid

from support.programs import ROOT

COMMENTS = ROOT.parent / "shared" / "data" / "patient_feedback.csv"
NDJSON, CSV = "application/x-ndjson", "text/csv"
HEADER = ["unit_id", "kind", "channel", "lang", "text"]


def line(world, text="Odotin kauan.", **members):
    """A voice in the ward."""
    return {"unit_id": world.units["ward"], "kind": "concern", "channel": "import", "lang": "fi", "text": text, **members}


def ndjson(lines):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines).encode()


def as_csv(lines, header=None):
    """Every value as text; what a line has not is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header or [*HEADER, *sorted({name for each in lines for name in each} - set(HEADER))])
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def send(client, body, *, kind=NDJSON, key=None, expect=200, **options):
    """The reply's JSON; the whole response when another status than 200 is expected."""
    response = client.post("/v1/imports", raw=body, content_type=kind, idempotency=key or str(uuid.uuid4()), expect=expect, **options)
    return response.json() if expect == 200 else response


def comments():
    """
    (comment_id, comment) of each of the real comments; the empty ones, too. They are no part of the project: where they are
    not present, invented ones as untidy as they stand in for them.
    """
    if not COMMENTS.exists():
        texts = ["", "Did not answer", "a\r\nb\nc", 'He said "no", twice.', " spaces ", "\ufeffmark", "Ääkkösiä – ”lainaus” 👍", "a" * 4000]
        return [(f"{number}-{text[:3]}", text) for number in range(600) for text in texts]
    with open(COMMENTS, newline="", encoding="utf-8") as file:
        return [(row["comment_id"], row["comment"]) for row in csv.DictReader(file)]
