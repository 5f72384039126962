/* Arbitrary templates over a few values: a page, or an error that tells the line. */
#include "common/mustache.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char values_json[] =
    "{\"a\":\"\\u0001\",\"n\":7,\"t\":true,\"f\":false,\"z\":null,\"l\":[\"x\",\"y\"],"
    "\"o\":{\"a\":{\"b\":\"\\u0001\"}},\"p\":[{\"q\":[1,2]},{\"q\":[]}]}";

enum { TEMPLATE_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	json_t *values = json_loads(values_json, 0, NULL);
	const char *source = arena_copy(arena, data, size < TEMPLATE_MAX ? size : TEMPLATE_MAX);
	enum mustache_escape escape = size % 2 == 0 ? MUSTACHE_TEXT : MUSTACHE_HTML;
	struct err err = {0};
	struct buffer out;

	buffer_init(&out, arena);
	if (mustache_render(&out, source, values, escape, &err)) {
		assert(err.code == NULL);
		assert(strlen(out.bytes) == out.length);
		/* Without a tag a template is its own page. */
		assert(strstr(source, "{{") != NULL || strcmp(out.bytes, source) == 0);
	} else {
		assert(strcmp(err.code, "template") == 0);
		assert(strncmp(err.message, "line ", 5) == 0);
	}
	json_decref(values);
	arena_free(arena);
	return 0;
}
