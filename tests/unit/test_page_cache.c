#include "api/page_cache.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

enum { PAGE_BYTES = 1000, PAGES = 10000, SETS_TIMES_WAYS = 4096 };

static struct cached_page page_of(const char *bytes)
{
	struct cached_page page = {.bytes = bytes, .length = strlen(bytes)};

	snprintf(page.etag, sizeof page.etag, "\"%s\"", "tag");
	return page;
}

static void put(struct page_cache *cache, const char *key, const char *bytes)
{
	struct cached_page page = page_of(bytes);

	page_cache_put(cache, key, page_cache_epoch(cache), &page);
}

/* Pages with keys of their own, as many as wanted; how many of them can be found then. */
static unsigned fill(struct page_cache *cache, unsigned count)
{
	char bytes[PAGE_BYTES + 1], key[20];
	unsigned found = 0;

	memset(bytes, 'x', PAGE_BYTES);
	bytes[PAGE_BYTES] = '\0';
	for (unsigned i = 0; i < count; i++) {
		snprintf(key, sizeof key, "page %u", i);
		put(cache, key, bytes);
		assert_non_null(page_cache_find(cache, key));
	}
	for (unsigned i = 0; i < count; i++) {
		snprintf(key, sizeof key, "page %u", i);
		found += page_cache_find(cache, key) != NULL;
	}
	return found;
}

static void a_page_is_found_by_its_key_alone(void **state)
{
	struct page_cache *cache = page_cache_new(NULL, 100000);

	(void)state;
	assert_null(page_cache_find(cache, "front fi"));
	put(cache, "front fi", "Etusivu");
	assert_null(page_cache_find(cache, "front sv"));
	assert_int_equal(page_cache_find(cache, "front fi")->length, strlen("Etusivu"));
	assert_memory_equal(page_cache_find(cache, "front fi")->bytes, "Etusivu", strlen("Etusivu"));
	assert_string_equal(page_cache_find(cache, "front fi")->etag, "\"tag\"");
	page_cache_free(cache);
}

static void the_last_one_of_a_key_is_kept(void **state)
{
	struct page_cache *cache = page_cache_new(NULL, 100000);

	(void)state;
	put(cache, "front fi", "vanha");
	put(cache, "front fi", "uusi sivu");
	assert_memory_equal(page_cache_find(cache, "front fi")->bytes, "uusi sivu", strlen("uusi sivu"));
	page_cache_free(cache);
}

static void no_more_bytes_are_kept_than_were_given(void **state)
{
	unsigned most = 50;
	struct page_cache *cache = page_cache_new(NULL, (size_t)most * PAGE_BYTES);
	unsigned found = fill(cache, PAGES);

	(void)state;
	assert_in_range(found, 1, most);
	page_cache_free(cache);
}

static void no_more_pages_are_kept_than_there_is_room_for(void **state)
{
	struct page_cache *cache = page_cache_new(NULL, (size_t)PAGES * 2 * PAGE_BYTES);
	unsigned found = fill(cache, PAGES);

	(void)state;
	assert_in_range(found, SETS_TIMES_WAYS / 2, SETS_TIMES_WAYS);
	page_cache_free(cache);
}

static void a_page_that_is_too_large_is_not_kept(void **state)
{
	struct page_cache *cache = page_cache_new(NULL, 10);

	(void)state;
	put(cache, "k", "12345678"); /* with its key and the NUL behind that 10 bytes */
	assert_non_null(page_cache_find(cache, "k"));
	put(cache, "l", "123456789");
	assert_null(page_cache_find(cache, "l"));
	page_cache_free(cache);
	cache = page_cache_new(NULL, 0);
	put(cache, "", "");
	assert_null(page_cache_find(cache, ""));
	page_cache_free(cache);
}

static void one_that_was_written_before_a_change_is_old_to_one_reader_at_a_time(void **state)
{
	struct page_cache *cache = page_cache_new(NULL, 100000);
	struct cached_page page = page_of("sivu");

	(void)state;
	page_cache_put(cache, "front fi", page_cache_epoch(cache) + 1, &page); /* of another time */
	assert_non_null(page_cache_last(cache, "front fi"));
	assert_null(page_cache_find(cache, "front fi"));
	assert_non_null(page_cache_find(cache, "front fi")); /* the first one is at it */
	put(cache, "front fi", "uusi");
	assert_non_null(page_cache_find(cache, "front fi"));
	page_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_is_found_by_its_key_alone),
	    cmocka_unit_test(the_last_one_of_a_key_is_kept),
	    cmocka_unit_test(no_more_bytes_are_kept_than_were_given),
	    cmocka_unit_test(no_more_pages_are_kept_than_there_is_room_for),
	    cmocka_unit_test(a_page_that_is_too_large_is_not_kept),
	    cmocka_unit_test(one_that_was_written_before_a_change_is_old_to_one_reader_at_a_time),
	};

	return cmocka_run_group_tests_name("page_cache", tests, NULL, NULL);
}
