#include "api/form.h"

#include "api/percent.h"
#include "common/json.h"

#include <string.h>

static bool read_pair(struct arena *arena, const char *at, size_t length, json_t *object, struct err *err);
static bool decode(struct arena *arena, const char *at, size_t length, char **ret_text, struct err *err);

bool form_read(struct arena *arena, const char *bytes, size_t length, json_t **ret_object, struct err *err)
{
	json_t *object = json_keep(arena, json_object());
	const char *at = bytes;
	const char *end = bytes + length;

	while (at < end) {
		const char *ampersand = memchr(at, '&', (size_t)(end - at));
		size_t pair = (size_t)((ampersand == NULL ? end : ampersand) - at);

		if (pair > 0 && !read_pair(arena, at, pair, object, err))
			return false;
		at += pair + 1;
	}
	*ret_object = object;
	return true;
}

static bool read_pair(struct arena *arena, const char *at, size_t length, json_t *object, struct err *err)
{
	const char *equals = memchr(at, '=', length);
	size_t name_length = equals == NULL ? length : (size_t)(equals - at);
	size_t value_length = equals == NULL ? 0 : length - name_length - 1;
	char *name, *value;

	if (!decode(arena, at, name_length, &name, err))
		return false;
	if (!decode(arena, equals == NULL ? at : equals + 1, value_length, &value, err))
		return false;
	if (json_object_get(object, name) != NULL)
		return err_set(err, "duplicate_member", "a field stands twice");
	if (json_object_set_new(object, name, json_string(value)) != 0)
		return err_set(err, "bad_form", "a field that is no text");
	return true;
}

static bool decode(struct arena *arena, const char *at, size_t length, char **ret_text, struct err *err)
{
	char *text = arena_alloc(arena, length + 1);
	size_t used;

	if (!percent_decode((struct http_slice){at, length}, true, text, &used))
		return err_set(err, "bad_form", "a field that is not encoded correctly");
	*ret_text = text;
	return true;
}
