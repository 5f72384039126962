/*
 * Everything that needs a key or randomness, on libsodium. The server key (32
 * bytes, OSALLISUUS_SERVER_KEY in hex) never leaves this module: each purpose
 * has a subkey of its own (crypto_kdf). Thread-safe after secret_init.
 */
#ifndef OSALLISUUS_COMMON_SECRET_H
#define OSALLISUUS_COMMON_SECRET_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SECRET_HASH_SIZE = 32,
	SECRET_BOX_KEY_SIZE = 32,
	/* 26 Crockford base32 characters (130 bits: 128 of secret, 2 zero) and 1 check character, in groups:
	 */
	/* 00000-00000-00000-00000-00000-00 */
	SECRET_CODE_SIZE = sizeof "00000-00000-00000-00000-00000-00"
};

/* A purpose is a number that is never reused for something else. */
enum secret_purpose {
	SECRET_ID = 1,           /* ids from idempotency keys */
	SECRET_REQUEST = 2,      /* hashes of request bodies */
	SECRET_RECEIPT_CODE = 3, /* receipt codes from ids */
	SECRET_RECEIPT_HASH = 4, /* what is stored of a receipt code */
	SECRET_CURSOR = 5,       /* hashes of what cursors are bound to */
	SECRET_ADDRESS = 6,      /* hashes of normalised mail addresses */
	SECRET_LINK = 7,         /* personal links from ids */
	SECRET_LINK_HASH = 8,    /* what is stored of a personal link */
	SECRET_PEER = 9,         /* hashes of peer addresses in rate limits, never stored */
	SECRET_API_KEY = 10,     /* secrets of API keys from ids */
	SECRET_FORM = 11,        /* signatures of forms as they were shown */
	SECRET_CURSOR_KEY = 12   /* what cursors hold */
};

struct secret_part {
	const void *bytes;
	size_t length;
};

/* The key in 64 hex digits. */
MUST_USE bool secret_init(const char *server_key_hex, struct err *err);
void secret_random(void *ret_bytes, size_t length);

/* Keyed BLAKE2b-256 over the parts, each preceded by its length, so that no two lists of parts collide. */
void secret_hash(enum secret_purpose purpose, const struct secret_part *parts, size_t count,
    unsigned char ret_hash[SECRET_HASH_SIZE]);
void secret_sha256(const void *bytes, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE]);
bool secret_equal(const void *a, const void *b, size_t length); /* constant time */

/*
 * What the service gives out to get back, and nobody else reads: `bound` (32 bytes) is not in it, and
 * it opens with the same alone. Locked is plain + 40 bytes, and different each time.
 */
struct secret_part secret_lock(struct arena *arena, enum secret_purpose purpose,
    const unsigned char bound[SECRET_HASH_SIZE], struct secret_part plain);
MUST_USE bool secret_unlock(struct arena *arena, enum secret_purpose purpose,
    const unsigned char bound[SECRET_HASH_SIZE], struct secret_part locked, struct secret_part *ret_plain);

/*
 * Codes that are read over the phone: Crockford base32 in groups of five with a
 * check character of the same alphabet, which shows every single wrong character and every
 * two that have changed places. Parsing takes either case, spaces and hyphens anywhere, I and
 * L for 1, O for 0; false for any other shape.
 */
void secret_code_format(const unsigned char secret[16], char ret_code[SECRET_CODE_SIZE]);
MUST_USE bool secret_code_parse(const char *code, size_t length, unsigned char ret_secret[16]);

/* Sealed boxes: sealed is plain + 48 bytes. Opening fails with code "sealed_box" on any alteration. */
void secret_box_new_pair(
    unsigned char ret_public[SECRET_BOX_KEY_SIZE], unsigned char ret_secret[SECRET_BOX_KEY_SIZE]);
MUST_USE bool secret_seal(struct arena *arena, const unsigned char public_key[SECRET_BOX_KEY_SIZE],
    struct secret_part plain, struct secret_part *ret_sealed, struct err *err);
MUST_USE bool secret_open(struct arena *arena, const unsigned char secret_key[SECRET_BOX_KEY_SIZE],
    struct secret_part sealed, struct secret_part *ret_plain, struct err *err);
/* What a public key is named by: the first 8 bytes of its SHA-256, in hex. */
enum { SECRET_BOX_KEY_ID_SIZE = 17 };
void secret_box_key_id(
    const unsigned char public_key[SECRET_BOX_KEY_SIZE], char ret_id[SECRET_BOX_KEY_ID_SIZE]);
/* The public key that belongs to a secret one. */
void secret_box_public(
    const unsigned char secret_key[SECRET_BOX_KEY_SIZE], unsigned char ret_public[SECRET_BOX_KEY_SIZE]);

void secret_hex(const void *bytes, size_t length, char *ret_text);            /* 2 * length + 1 bytes */
MUST_USE bool secret_unhex(const char *text, void *ret_bytes, size_t length); /* exactly length bytes */
/* URL-safe base64 without padding (RFC 4648 5). */
char *secret_base64url(struct arena *arena, const void *bytes, size_t length);
MUST_USE bool secret_unbase64url(
    struct arena *arena, const char *text, size_t text_length, struct secret_part *ret_bytes);

#endif
