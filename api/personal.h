/*
 * The tokens of personal links as requests bring them, and the secrets of API
 * keys. (Receipt codes: common/receipt.h.)
 */
#ifndef OSALLISUUS_API_PERSONAL_H
#define OSALLISUUS_API_PERSONAL_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/secret.h"
#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* The hash of a token as it stands in a path (22 characters of base64url); false: it cannot be one. */
MUST_USE bool link_token_hash(
    struct arena *arena, const char *token, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE]);

/* The id that a token in a path reads by (common/link_token.h, 43 characters); false: it is none. */
MUST_USE bool link_feed_id(struct arena *arena, const char *token, size_t length, struct uuid *ret_id);
/* The token of a purpose of link_token.h, as it stands in a path. */
const char *link_text(struct arena *arena, const char *purpose, const struct uuid *id);

/* The path of the page of the person who is made with this id, or to whom this new link is given. */
const char *link_path(struct arena *arena, const struct uuid *id);

/*
 * The secret of an API key that is made, 43 characters: derived from the key's
 * id under a server key, so that a repeated request shows the same key.
 */
const char *api_key_secret(struct arena *arena, const struct uuid *id);

#endif
