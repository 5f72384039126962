/*
 * Arbitrary bytes as a name and as a text: what comes out is always JSON, and
 * is the same text where the bytes were UTF-8.
 */
#include "common/buffer.h"
#include "common/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	size_t name_length = size / 3;
	struct arena *arena = arena_new();
	struct buffer buffer;
	struct json_out out;
	json_t *list;
	const json_t *text;

	buffer_init(&buffer, arena);
	json_out_init(&out, buffer_sink(&buffer));
	json_out_array(&out);
	json_out_text(&out, bytes + name_length, size - name_length);
	json_out_object(&out);
	json_out_name(&out, bytes, name_length);
	json_out_text(&out, bytes, name_length);
	json_out_object_end(&out);
	json_out_array_end(&out);
	list = json_loadb(buffer.bytes, buffer.length, JSON_ALLOW_NUL, NULL);
	/* Jansson takes no name with a NUL; all else must be read. */
	assert(list != NULL || memchr(bytes, '\0', name_length) != NULL);
	text = json_array_get(list, 0);
	if (text != NULL && json_is_utf8(bytes + name_length, size - name_length)) {
		assert(json_string_length(text) == size - name_length);
		assert(memcmp(json_string_value(text), bytes + name_length, size - name_length) == 0);
	}
	json_decref(list);
	arena_free(arena);
	return 0;
}
