/*
 * The one-time secrets of people without an account: receipt codes and the
 * tokens of personal links. Both are derived from the id of their row under a
 * server key, so that a repeated request shows the same, and only a keyed hash
 * of them is stored.
 */
#ifndef OSALLISUUS_API_PERSONAL_H
#define OSALLISUUS_API_PERSONAL_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/secret.h"
#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* reissue: 0 for the first code of the row; a new number makes a new code, and the old one void. */
void receipt_code(const struct uuid *id, unsigned reissue, char ret_code[SECRET_CODE_SIZE]);
void receipt_hash(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE]);

/* The hash of a code as a person wrote it; false: it cannot be one. */
MUST_USE bool receipt_code_hash(const char *code, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE]);

/* The hash of a token as it stands in a path (22 characters of base64url); false: it cannot be one. */
MUST_USE bool link_token_hash(
    struct arena *arena, const char *token, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE]);

/*
 * The secret of an API key that is made, 43 characters: derived from the key's
 * id as the others are, so that a repeated request shows the same key.
 */
const char *api_key_secret(struct arena *arena, const struct uuid *id);

#endif
