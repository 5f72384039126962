/*
 * Public pages as they were last written, of one loop: so nothing is locked.
 * Bounded in bytes and in entries.
 *
 * Twice a second it is asked whether what is public has changed since. Then
 * every page is old: whoever asks for it first writes it anew, and the others
 * get the old one until then, so that a change never makes a crowd wait for
 * the database.
 */
#ifndef OSALLISUUS_API_PAGE_CACHE_H
#define OSALLISUUS_API_PAGE_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct page_cache;
struct pg_engine;

enum { CACHED_ETAG_SIZE = 20 };

struct cached_page {
	const char *bytes;
	size_t length;
	char etag[CACHED_ETAG_SIZE]; /* with its quotes */
};

/* `bytes`: the most that its pages take. */
struct page_cache *page_cache_new(struct pg_engine *engine, size_t bytes);
void page_cache_free(struct page_cache *cache); /* NULL is fine */

/* Asks whether what is public has changed; not while there is nothing here. */
void page_cache_refresh(struct page_cache *cache);

/* Goes up with every change that was seen. To be taken before a page is written. */
uint64_t page_cache_epoch(const struct page_cache *cache);

/* NULL: to be written by the caller. Valid until the cache is used again. */
const struct cached_page *page_cache_find(struct page_cache *cache, const char *key);

/* However old; NULL: there is none. */
const struct cached_page *page_cache_last(struct page_cache *cache, const char *key);

/* Takes copies; a page that is too large for the cache is not kept. */
void page_cache_put(
    struct page_cache *cache, const char *key, uint64_t epoch, const struct cached_page *page);

#endif
