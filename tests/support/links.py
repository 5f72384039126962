"""
Personal links of mails, for tests that need one without a worker: a token of a test's own and the hash
that the database keeps of it, made as common/secret.h describes it (libsodium's crypto_kdf and keyed BLAKE2b).
"""

import base64
import hashlib
import secrets

from support.programs import SERVER_KEY

KDF_CONTEXT = b"osallisu"
LINK_HASH_PURPOSE = 8


def new_link():
    """(the token as it stands in a link, the hash as it stands in the database)"""
    token = secrets.token_bytes(16)
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode(), _keyed_hash(LINK_HASH_PURPOSE, token)


def _keyed_hash(purpose, part):
    subkey = hashlib.blake2b(key=bytes.fromhex(SERVER_KEY), digest_size=32, salt=purpose.to_bytes(16, "little"),
                             person=KDF_CONTEXT).digest()
    return hashlib.blake2b(len(part).to_bytes(8, "little") + part, key=subkey, digest_size=32).digest()
