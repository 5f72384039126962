/*
 * Any bytes as a text and as a search: what comes out is as long as it may be, has only signs that PostgreSQL
 * reads, and quotes and brackets that match.
 */
#include "common/words_index.h"
#include "common/words_query.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_index(struct words *words, struct arena *arena, const char *text, bool is_finnish);
static void check_query(struct words *words, struct arena *arena, const char *text, size_t length);
static void check_quotes(const char *text, const char *outside);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct words *words;
	struct err err = {0};
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);

	if (words == NULL && !words_new(64, &words, &err))
		return 0;
	check_index(words, arena, text, true);
	check_index(words, arena, text, false);
	check_query(words, arena, text, size);
	arena_free(arena);
	return 0;
}

static void check_index(struct words *words, struct arena *arena, const char *text, bool is_finnish)
{
	struct words_index index;
	size_t spots = 0, length = strlen(text);

	words_index(words, arena, is_finnish, text, &index);
	assert(strlen(index.known) + strlen(index.plain) <= (size_t)2 * WORDS_BYTES_MAX);
	check_quotes(index.known, ":0123456789AC ");
	check_quotes(index.plain, ":0123456789A ");
	for (const char *at = index.spots; *at != '\0'; at++)
		spots += *at == ',';
	assert(spots <= length);
}

static void check_query(struct words *words, struct arena *arena, const char *text, size_t length)
{
	const char *query = words_query(words, arena, text, length);
	int depth = 0;

	for (const char *at = query; *at != '\0'; at++) {
		depth += (*at == '(') - (*at == ')');
		assert(depth >= 0 && *at != '\\' && (unsigned char)*at >= ' ');
	}
	assert(depth == 0);
}

/* 'word' with nothing in it that ends it, and between words only these signs. */
static void check_quotes(const char *text, const char *outside)
{
	while (*text != '\0') {
		text += strspn(text, outside);
		if (*text == '\0')
			return;
		assert(*text == '\'');
		text++;
		assert(strcspn(text, "'\\ ") == strcspn(text, "'") && *text != '\'');
		text += strcspn(text, "'");
		assert(*text == '\'');
		text++;
	}
}
