/*
 * The API keys, as the loop last read them: a key that is made, revoked or
 * changed counts within a second. Each loop has a cache of its own, so nothing
 * is locked on the path of a request. While the database cannot be reached the
 * last state counts.
 */
#ifndef OSALLISUUS_API_KEYS_H
#define OSALLISUUS_API_KEYS_H

#include "common/attributes.h"
#include "common/secret.h"
#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_cache;
struct pg_engine;

struct api_key {
	struct uuid id;
	unsigned char secret_hash[SECRET_HASH_SIZE]; /* SHA-256 of the secret, as written in the key */
	const char *scopes;                          /* array literal: {feedback:read,…} */
	const char *units;                           /* array literal of unit ids; NULL: all */
};

struct key_cache *key_cache_new(struct pg_engine *engine);
void key_cache_free(struct key_cache *cache);

/* Asks the database whether the keys have changed, and reads them anew if so. To be called every half second.
 */
void key_cache_refresh(struct key_cache *cache);
bool key_cache_is_loaded(const struct key_cache *cache); /* from any thread */

/* How many changes of keys it knows of; 0: not loaded yet. From any thread. */
uint64_t key_cache_changes(const struct key_cache *cache);

/* NULL: no such key. Valid until the loop's next turn. */
const struct api_key *key_cache_find(const struct key_cache *cache, const struct uuid *id);
bool api_key_has_scope(const struct api_key *key, const char *scope);

#endif
