"""
Joins the journal of acknowledged answers with the tables: nothing acknowledged is lost, nothing is there twice.
"""


def check(world, acknowledged):
    """Fails with every kind of loss or double effect that it finds."""
    database = world.database
    voices = {line["key"]: line["id"] for line in acknowledged if line["kind"] == "voice"}
    messages = {line["key"]: line["case"] for line in acknowledged if line["kind"] == "message"}
    stored_voices = database.rows(
        "SELECT substr(original, 7), feedback_id::text FROM feedback_text WHERE original LIKE 'voice %'")
    stored_messages = database.rows(
        "SELECT substr(text, 9), feedback_id::text FROM message WHERE text LIKE 'message %'")
    wrong = {
        "acknowledged voices that are lost": _missing(voices, stored_voices),
        "acknowledged messages that are lost": _missing(messages, stored_messages),
        "voices that are there twice": _twice(stored_voices),
        "messages that are there twice": _twice(stored_messages),
        "voices without a text": database.value(
            "SELECT count(*) FROM feedback f WHERE NOT EXISTS (SELECT FROM feedback_text t WHERE t.feedback_id = f.id)"),
        "voices whose event is missing or doubled": database.value(
            "SELECT count(*) FROM feedback f WHERE 1 <> (SELECT count(*) FROM event e WHERE e.subject = f.id"
            " AND e.type = 'feedback.received')"),
        "voices with another id than was told": len([key for key, stored in stored_voices
                                                     if key in voices and voices[key] != stored]),
        "messages whose event is missing or doubled": database.value(
            "SELECT abs((SELECT count(*) FROM message) - (SELECT count(*) FROM event WHERE type = 'feedback.message'))"),
    }
    found = {what: count for what, count in wrong.items() if count}
    assert not found, found


def _missing(told, stored):
    there = set(stored)
    return sum((key, subject) not in there for key, subject in told.items())


def _twice(stored):
    return len(stored) - len({key for key, _ in stored})
