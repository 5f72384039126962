#include "api/keys.h"

#include "api/pg_engine.h"
#include "common/arena.h"
#include "common/log.h"
#include "contract_statements.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct key_cache {
	struct pg_engine *engine;
	struct pg_query query;
	bool asking;
	bool has_complained;   /* said once until it works again: a role without rights looks like this */
	atomic_bool is_loaded; /* read by the loop that answers /readyz */
	atomic_uint_fast64_t changes; /* the number in generation; read by the loop that answers /metrics */
	char generation[24];          /* of what is loaded; "": nothing yet */
	char seen[24];                /* of what is being loaded */
	struct arena *arena;          /* of what is loaded */
	struct api_key *keys;         /* sorted by id */
	size_t count;
};

static void on_generation(struct pg_query *query, const struct pg_answer *answer);
static void on_keys(struct pg_query *query, const struct pg_answer *answer);
static void load_rows(struct key_cache *cache, const struct pg_rows *rows);
static bool load_row(struct arena *arena, const struct pg_rows *rows, unsigned row, struct api_key *ret_key);
static int compare_keys(const void *left, const void *right);

struct key_cache *key_cache_new(struct pg_engine *engine)
{
	struct key_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		abort();
	cache->engine = engine;
	return cache;
}

void key_cache_free(struct key_cache *cache)
{
	if (cache == NULL)
		return;
	if (cache->arena != NULL)
		arena_free(cache->arena);
	free(cache);
}

bool key_cache_is_loaded(const struct key_cache *cache)
{
	return cache->is_loaded;
}

uint64_t key_cache_changes(const struct key_cache *cache)
{
	return cache->changes;
}

void key_cache_refresh(struct key_cache *cache)
{
	if (cache->asking)
		return;
	cache->asking = true;
	cache->query = (struct pg_query){
	    .statement = &statement_api_keys_generation, .done = on_generation, .context = cache};
	pg_engine_submit(cache->engine, &cache->query);
}

const struct api_key *key_cache_find(const struct key_cache *cache, const struct uuid *id)
{
	struct api_key wanted = {.id = *id};

	if (cache->count == 0)
		return NULL;
	return bsearch(&wanted, cache->keys, cache->count, sizeof *cache->keys, compare_keys);
}

bool api_key_has_scope(const struct api_key *key, const char *scope)
{
	size_t length = strlen(scope);

	for (const char *at = strstr(key->scopes, scope); at != NULL; at = strstr(at + 1, scope))
		if ((at[-1] == '{' || at[-1] == ',') && (at[length] == ',' || at[length] == '}'))
			return true;
	return false;
}

static void on_generation(struct pg_query *query, const struct pg_answer *answer)
{
	struct key_cache *cache = query->context;
	const char *generation;
	size_t length;

	cache->asking = false;
	if (answer->outcome == PG_FAILED && !cache->has_complained)
		log_event(LOG_ERROR, "api_keys_not_read", log_text("sqlstate", answer->sqlstate));
	cache->has_complained = answer->outcome == PG_FAILED;
	if (answer->outcome != PG_ROWS || pg_rows_count(answer->rows) != 1)
		return;
	generation = pg_rows_value(answer->rows, 0, 0, &length);
	if (generation == NULL || length >= sizeof cache->seen || strcmp(generation, cache->generation) == 0)
		return;
	memcpy(cache->seen, generation, length + 1);
	cache->asking = true;
	cache->query =
	    (struct pg_query){.statement = &statement_api_keys_load, .done = on_keys, .context = cache};
	pg_engine_submit(cache->engine, &cache->query);
}

static void on_keys(struct pg_query *query, const struct pg_answer *answer)
{
	struct key_cache *cache = query->context;

	cache->asking = false;
	if (answer->outcome != PG_ROWS)
		return;
	load_rows(cache, answer->rows);
	memcpy(cache->generation, cache->seen, sizeof cache->generation);
	cache->changes = strtoull(cache->generation, NULL, 10);
}

static void load_rows(struct key_cache *cache, const struct pg_rows *rows)
{
	struct arena *arena = arena_new();
	unsigned count = pg_rows_count(rows);
	struct api_key *keys = arena_array(arena, count, sizeof *keys);
	size_t loaded = 0;

	for (unsigned row = 0; row < count; row++)
		if (load_row(arena, rows, row, &keys[loaded]))
			loaded++;
	qsort(keys, loaded, sizeof *keys, compare_keys);
	if (cache->arena != NULL)
		arena_free(cache->arena);
	cache->arena = arena;
	cache->keys = keys;
	cache->count = loaded;
	cache->is_loaded = true;
	log_event(LOG_INFO, "api_keys_loaded", log_int("count", (int64_t)loaded));
}

/* Columns by name: id, secret_hash (hex), scopes, unit_ids (array literals). */
static bool load_row(struct arena *arena, const struct pg_rows *rows, unsigned row, struct api_key *ret_key)
{
	static const char *const names[] = {"id", "secret_hash", "scopes", "unit_ids"};
	const char *values[4];
	size_t lengths[4] = {0};

	for (unsigned i = 0; i < 4; i++) {
		int column = pg_rows_find(rows, names[i]);

		values[i] = column < 0 ? NULL : pg_rows_value(rows, row, (unsigned)column, &lengths[i]);
	}
	if (values[0] == NULL || values[1] == NULL || values[2] == NULL)
		return false;
	if (!uuid_read(values[0], lengths[0], &ret_key->id) ||
	    !secret_unhex(values[1], ret_key->secret_hash, SECRET_HASH_SIZE))
		return false;
	ret_key->scopes = arena_copy(arena, values[2], lengths[2]);
	ret_key->units = values[3] == NULL ? NULL : arena_copy(arena, values[3], lengths[3]);
	return true;
}

static int compare_keys(const void *left, const void *right)
{
	const struct api_key *a = left;
	const struct api_key *b = right;

	return memcmp(a->id.bytes, b->id.bytes, UUID_SIZE);
}
