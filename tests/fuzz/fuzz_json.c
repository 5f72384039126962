/*
 * JSON from arbitrary bytes: what is taken stays within the limits, is UTF-8
 * without NUL, and comes out of json_out as the same value.
 */
#include "common/buffer.h"
#include "common/json.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits limits = {.depth = 8, .nodes = 200};

static void write_value(struct json_out *out, const json_t *value, unsigned depth);
static void write_array(struct json_out *out, const json_t *array, unsigned depth);
static void write_object(struct json_out *out, const json_t *object, unsigned depth);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct err err = {0};
	struct err again_err = {0};
	struct buffer buffer;
	struct json_out out;
	json_t *value = NULL;
	json_t *again = NULL;

	if (!json_read(arena, (const char *)data, size, &limits, &value, &err)) {
		assert(value == NULL && err.code != NULL);
		goto out;
	}
	assert(json_is_utf8((const char *)data, size));
	buffer_init(&buffer, arena);
	json_out_init(&out, buffer_sink(&buffer));
	write_value(&out, value, 0);
	assert(json_out_is_whole(&out));
	if (!json_read(arena, buffer.bytes, buffer.length, &limits, &again, &again_err))
		abort();
	assert(json_equal(value, again));
out:
	arena_free(arena);
	return 0;
}

static void write_value(struct json_out *out, const json_t *value, unsigned depth)
{
	char number[40];

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(out, value, depth + 1);
		break;
	case JSON_ARRAY:
		write_array(out, value, depth + 1);
		break;
	case JSON_STRING:
		assert(memchr(json_string_value(value), '\0', json_string_length(value)) == NULL);
		json_out_text(out, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		json_out_int(out, json_integer_value(value));
		break;
	case JSON_REAL:
		(void)snprintf(number, sizeof number, "%.17e", json_real_value(value));
		json_out_raw(out, number, strlen(number));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_out_bool(out, json_is_true(value));
		break;
	case JSON_NULL:
		json_out_null(out);
		break;
	}
}

static void write_array(struct json_out *out, const json_t *array, unsigned depth)
{
	assert(depth <= limits.depth);
	json_out_array(out);
	for (size_t i = 0; i < json_array_size(array); i++)
		write_value(out, json_array_get(array, i), depth);
	json_out_array_end(out);
}

static void write_object(struct json_out *out, const json_t *object, unsigned depth)
{
	const char *name;
	size_t length;
	json_t *value;

	assert(depth <= limits.depth);
	json_out_object(out);
	json_object_keylen_foreach((json_t *)object, name, length, value)
	{
		json_out_name(out, name, length);
		write_value(out, value, depth);
	}
	json_out_object_end(out);
}
