"""
API keys written straight into the database, as `osallisuus-admin key create` makes them.
"""

import hashlib
import secrets
import uuid

ROLES = {
    "admin": ["admin"],
    "submit": ["feedback:submit"],
    "handler": ["feedback:read", "feedback:handle", "changes:write"],
    "coordinator": ["feedback:read", "feedback:handle", "feedback:coordinate", "changes:write", "changes:publish",
                    "reports:read", "panels:read", "panels:write"],
    "analyst": ["reports:read"],
    "panels": ["panels:read", "panels:write"],
    "experts": ["experts:read", "experts:write"],
    "orderer": ["bookings:order"],
    "bookings": ["bookings:order", "bookings:manage"],
}


def make_key(database, scopes, *, units=None, expires_on=None, revoked_on=None, name="test"):
    """Inserts a key and returns its text. A running API knows it within a second."""
    key_id, secret = uuid.uuid4(), secrets.token_urlsafe(32)
    database.run("INSERT INTO api_key (id, name, secret_hash, scopes, unit_ids, expires_on, revoked_on)"
                 " VALUES (%s::uuid, %s, %s, %s, %s::uuid[], %s, %s)",
                 str(key_id), name, hashlib.sha256(secret.encode()).digest(), list(scopes), units, expires_on, revoked_on)
    return key_text(key_id, secret)


def key_text(key_id, secret):
    return f"osal_{key_id.hex}_{secret}"
