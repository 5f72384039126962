#include "api/page_cache.h"

#include "api/pg_engine.h"
#include "common/clock.h"
#include "contract_statements.h"

#include <stdlib.h>
#include <string.h>

/* A page of which the writing was begun is old to others for so long, in case that nothing came of it. */
enum { SETS = 512, WAYS = 8, GENERATION_SIZE = 100, REWRITE_US = 1000000 };

struct entry {
	char *key; /* NULL: free; the bytes of its page stand behind it */
	struct cached_page page;
	uint64_t epoch;
	int64_t seen_us;
	int64_t rewritten_us; /* when somebody began to write it anew */
};

struct page_cache {
	struct pg_engine *engine;
	struct pg_query query;
	bool is_asking;
	char generation[GENERATION_SIZE]; /* of what is public, as last seen */
	uint64_t epoch;
	size_t bytes, most_bytes;
	unsigned hand; /* the entry that goes next when there is no room */
	struct entry sets[SETS][WAYS];
};

static void on_generation(struct pg_query *query, const struct pg_answer *answer);
static struct entry *find_set(struct page_cache *cache, const char *key);
static struct entry *find_entry(struct page_cache *cache, const char *key);
static void release(struct page_cache *cache, struct entry *entry);
static size_t size_of(const struct entry *entry);

struct page_cache *page_cache_new(struct pg_engine *engine, size_t bytes)
{
	struct page_cache *cache = calloc(1, sizeof *cache);

	if (cache == NULL)
		abort();
	cache->engine = engine;
	cache->most_bytes = bytes;
	return cache;
}

void page_cache_free(struct page_cache *cache)
{
	if (cache == NULL)
		return;
	for (unsigned i = 0; i < SETS * WAYS; i++)
		free(cache->sets[i / WAYS][i % WAYS].key);
	free(cache);
}

void page_cache_refresh(struct page_cache *cache)
{
	if (cache->is_asking || cache->bytes == 0)
		return;
	cache->is_asking = true;
	cache->query = (struct pg_query){
	    .statement = &statement_public_generation, .done = on_generation, .context = cache};
	pg_engine_submit(cache->engine, &cache->query);
}

uint64_t page_cache_epoch(const struct page_cache *cache)
{
	return cache->epoch;
}

const struct cached_page *page_cache_find(struct page_cache *cache, const char *key)
{
	struct entry *entry = find_entry(cache, key);
	int64_t now_us = clock_monotonic_us();

	if (entry == NULL)
		return NULL;
	entry->seen_us = now_us;
	if (entry->epoch == cache->epoch || now_us - entry->rewritten_us < REWRITE_US)
		return &entry->page;
	entry->rewritten_us = now_us;
	return NULL;
}

const struct cached_page *page_cache_last(struct page_cache *cache, const char *key)
{
	struct entry *entry = find_entry(cache, key);

	return entry == NULL ? NULL : &entry->page;
}

void page_cache_put(struct page_cache *cache, const char *key, uint64_t epoch, const struct cached_page *page)
{
	size_t key_size = strlen(key) + 1;
	struct entry *entry = find_entry(cache, key);
	struct entry *set = find_set(cache, key);

	if (key_size + page->length > cache->most_bytes)
		return;
	for (unsigned i = 0; entry == NULL && i < WAYS; i++)
		if (set[i].key == NULL)
			entry = &set[i];
	if (entry == NULL) {
		entry = set;
		for (unsigned i = 1; i < WAYS; i++)
			if (set[i].seen_us < entry->seen_us)
				entry = &set[i];
	}
	release(cache, entry);
	while (cache->bytes + key_size + page->length > cache->most_bytes) {
		release(cache, &cache->sets[cache->hand / WAYS][cache->hand % WAYS]);
		cache->hand = (cache->hand + 1) % (SETS * WAYS);
	}
	entry->key = malloc(key_size + page->length);
	if (entry->key == NULL)
		abort();
	memcpy(entry->key, key, key_size);
	memcpy(entry->key + key_size, page->bytes, page->length);
	entry->page = *page;
	entry->page.bytes = entry->key + key_size;
	entry->epoch = epoch;
	entry->seen_us = clock_monotonic_us();
	entry->rewritten_us = entry->seen_us - REWRITE_US;
	cache->bytes += size_of(entry);
}

static void on_generation(struct pg_query *query, const struct pg_answer *answer)
{
	struct page_cache *cache = query->context;
	const char *generation;
	size_t length;

	cache->is_asking = false;
	if (answer->outcome != PG_ROWS || pg_rows_count(answer->rows) != 1)
		return;
	generation = pg_rows_value(answer->rows, 0, 0, &length);
	if (generation == NULL || length >= sizeof cache->generation ||
	    strcmp(generation, cache->generation) == 0)
		return;
	memcpy(cache->generation, generation, length + 1);
	cache->epoch++;
}

static struct entry *find_set(struct page_cache *cache, const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return cache->sets[(hash ^ (hash >> 32)) % SETS];
}

static struct entry *find_entry(struct page_cache *cache, const char *key)
{
	struct entry *set = find_set(cache, key);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].key != NULL && strcmp(set[i].key, key) == 0)
			return &set[i];
	return NULL;
}

static void release(struct page_cache *cache, struct entry *entry)
{
	if (entry->key == NULL)
		return;
	cache->bytes -= size_of(entry);
	free(entry->key);
	*entry = (struct entry){0};
}

static size_t size_of(const struct entry *entry)
{
	return strlen(entry->key) + 1 + entry->page.length;
}
