"""
Voices, contacts and changes written straight into the database, as the API writes them.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import json
import re
import secrets
import uuid

from support.inputs import Member
from support.programs import MAIL_PUBLIC_KEY, SERVER_KEY

_sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
SEAL_BYTES = 48
SECRET_LINK_HASH = 8
# Mails say that there is news: no topic, no unit, no word of health.
UNSAID = re.compile(r"palaut|hoito|terve|potilas|sairaal|osasto|lääk|vård|hälso|patient|sjuk|feedback|health|care|hospital|ward",
                    re.IGNORECASE)


def seal(plain):
    """A sealed box for the mailer."""
    sealed = ctypes.create_string_buffer(len(plain) + SEAL_BYTES)
    if _sodium.crypto_box_seal(sealed, plain, ctypes.c_ulonglong(len(plain)), bytes.fromhex(MAIL_PUBLIC_KEY)) != 0:
        raise RuntimeError("crypto_box_seal failed")
    return sealed.raw


def address_hash(email):
    """Stands for the API's keyed hash: to workers it is 32 bytes that are equal for one address."""
    return hashlib.sha256(email.encode()).digest()


def address(email):
    """The columns of a person who can be reached there."""
    return {"sealed": seal(json.dumps({"email": email}).encode()), "key_id": "test", "address_hash": address_hash(email)}


def add_member(world, panel, email, *, wants_news=True, **options):
    """A member with an address; options are those of Member."""
    return Member(world, panel, wants_news=wants_news, **address(email), **options)


def link_hash(token):
    """What is stored of a personal link, as common/secret.c makes it."""
    secret = base64.urlsafe_b64decode(token + "==")
    key = hashlib.blake2b(digest_size=32, key=bytes.fromhex(SERVER_KEY), person=b"osallisu",
                          salt=SECRET_LINK_HASH.to_bytes(8, "little")).digest()
    return hashlib.blake2b(len(secret).to_bytes(8, "little") + secret, digest_size=32, key=key).digest()


def add_voice(world, unit="ward", *, text="Jonotin kauan.", email=None, **columns):
    """A case; with an email, one whose giver can be reached and wants everything. Its id."""
    case = columns.get("id") or str(uuid.uuid4())
    row = {"id": case, "unit_id": world.units[unit], "kind": "concern", "channel": "web", "lang": "fi", **columns}
    if row.get("due_on"):
        row["wants_answer"] = True
    parts = [_insertion("feedback", row), _insertion("giver", {"feedback_id": case, "receipt_hash": secrets.token_bytes(32)})]
    if text:
        parts.append(_insertion("feedback_text", {"feedback_id": case, "original": text}))
    # In one transaction, so that no worker sees a case without its text.
    world.database.run("; ".join(sql for sql, _ in parts), *(value for _, values in parts for value in values))
    if email:
        add_contact(world, case, email)
    return case


def add_contact(world, case, email, *, lang="fi", wants_news=True, wants_follow_up=True, plain=None):
    if plain is None:
        plain = json.dumps({"email": email}).encode()
    _insert(world.database, "contact", {
        "feedback_id": case, "sealed": seal(plain), "key_id": "test", "address_hash": address_hash(email), "lang": lang,
        "wants_news": wants_news, "wants_follow_up": wants_follow_up})


def add_change(world, cases=(), unit="ward"):
    """A change that is planned and has these cases as sources. Its id."""
    change = str(uuid.uuid4())
    _insert(world.database, "change", {
        "id": change, "unit_id": world.units[unit], "title": '{"fi": "Uusi ajanvaraus"}', "said": '{"fi": "Jonotus"}',
        "done": '{"fi": "Aikoja on lisätty"}', "owner_ref": "omistaja", "planned_for": "2030-01-01", "evidence": "kyllä"})
    for case in cases:
        _insert(world.database, "change_source", {
            "id": str(uuid.uuid4()), "change_id": change, "kind": "feedback", "feedback_id": case})
    return change


def move(world, resource, subject, to_state, *, who="owner", reason=None, data=None):
    """A step, as a transition of the API makes it."""
    world.database.run(
        "INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)"
        f" SELECT gen_random_uuid(), %s, id, state, %s, %s, %s, %s::jsonb, version + 1 FROM {resource} WHERE id = %s::uuid",
        resource, to_state, who, reason, json.dumps(data or {}), subject)


def make_change(world, cases=(), unit="ward"):
    """A change that has gone all the way to made."""
    change = add_change(world, cases, unit)
    for state in ("under_review", "planned", "made"):
        move(world, "change", change, state)
    return change


def add_mail(world, case, template="case_news", **columns):
    """A mail to a giver, or with a mailbox to staff. Its id."""
    mail = str(uuid.uuid4())
    _insert(world.database, "mail", {"id": mail, "template": template, "feedback_id": case, **columns})
    return mail


def mail_state(world, mail):
    return world.database.value("SELECT state FROM mail WHERE id = %s::uuid", mail)


def add_job(world, kind, **columns):
    return world.database.rows(
        f"INSERT INTO job (kind{''.join(', ' + name for name in columns)})"
        f" VALUES (%s{', %s' * len(columns)}) RETURNING id", kind, *columns.values())[0][0]


def job(world, number):
    """state, attempts and last_error of a job; None when it is finished."""
    rows = world.database.rows("SELECT state, attempts, last_error FROM job WHERE id = %s", number)
    return rows[0] if rows else None


def count_jobs(world, kind):
    return world.database.value("SELECT count(*) FROM job WHERE kind = %s AND run_at <= app_now()", kind)


def _insert(database, table, row):
    sql, values = _insertion(table, row)
    database.run(sql, *values)


def _insertion(table, row):
    """The statement and its values."""
    names = ", ".join(row)
    places = ", ".join("%s::uuid" if name == "id" or name.endswith("_id") and name != "key_id" else "%s" for name in row)
    return f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values())
