#include "api/form.h"

#include "common/json.h"

#include <string.h>

static bool read_pair(struct arena *arena, const char *at, size_t length, json_t *object, struct err *err);
static bool decode(struct arena *arena, const char *at, size_t length, char **ret_text, struct err *err);
static int hex_digit(char digit);
static void release(void *object);

bool form_read(struct arena *arena, const char *bytes, size_t length, json_t **ret_object, struct err *err)
{
	json_t *object = json_object();
	const char *at = bytes;
	const char *end = bytes + length;

	arena_on_free(arena, release, object);
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
		return err_set(err, "not_utf8", "a field is not UTF-8");
	return true;
}

/* '+' is a space, %XX a byte; the result is UTF-8 without NUL. Line ends of a form are CRLF. */
static bool decode(struct arena *arena, const char *at, size_t length, char **ret_text, struct err *err)
{
	unsigned char *text = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = at[i] == '+' ? ' ' : (unsigned char)at[i];

		if (byte == '%') {
			int high = i + 2 < length ? hex_digit(at[i + 1]) : -1;
			int low = i + 2 < length ? hex_digit(at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return err_set(err, "bad_form", "a %% without two hexadecimal digits");
			byte = (unsigned char)(high * 16 + low);
			i += 2;
		}
		if (byte == '\0')
			return err_set(err, "json_nul", "a NUL in a field");
		text[used++] = byte;
	}
	text[used] = '\0';
	if (!json_is_utf8((const char *)text, used))
		return err_set(err, "not_utf8", "a field is not UTF-8");
	*ret_text = (char *)text;
	return true;
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static void release(void *object)
{
	json_decref(object);
}
