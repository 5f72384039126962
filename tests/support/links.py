"""
Personal links of mails, for tests that need one without a worker: a token of a test's own and the hash
that the database keeps of it, made as common/secret.h describes it (libsodium's crypto_kdf and keyed BLAKE2b).
"""

import base64
import hashlib
import secrets
import uuid

from support.programs import SERVER_KEY

KDF_CONTEXT = b"osallisu"
LINK_PURPOSE = 7
LINK_HASH_PURPOSE = 8


def new_link():
    """(the token as it stands in a link, the hash as it stands in the database)"""
    token = secrets.token_bytes(16)
    return base64url(token), keyed_hash(LINK_HASH_PURPOSE, token)


def survey_link_hash(link_id):
    """The hash of the token that belongs to a link of a survey (common/link_token.c)."""
    return keyed_hash(LINK_HASH_PURPOSE, keyed_hash(LINK_PURPOSE, b"survey", uuid.UUID(link_id).bytes)[:16])


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def keyed_hash(purpose, *parts):
    """secret_hash of common/secret.h."""
    subkey = hashlib.blake2b(key=bytes.fromhex(SERVER_KEY), digest_size=32, salt=purpose.to_bytes(16, "little"),
                             person=KDF_CONTEXT).digest()
    framed = b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    return hashlib.blake2b(framed, key=subkey, digest_size=32).digest()


def token_of_person(person_id):
    """The token of a personal link as it stands in its path (common/link_token.c)."""
    return base64url(_person_token(person_id))


def person_link_hash(person_id):
    """The hash of that token."""
    return keyed_hash(LINK_HASH_PURPOSE, _person_token(person_id))


def _person_token(person_id):
    return keyed_hash(LINK_PURPOSE, b"person", uuid.UUID(person_id).bytes)[:16]
