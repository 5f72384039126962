#include "worker/array.h"

#include "common/secret.h"

static void next(struct array *array);

void array_init(struct array *array, struct arena *arena)
{
	buffer_init(&array->text, arena);
	buffer_text(&array->text, "{");
}

void array_text(struct array *array, const char *text)
{
	next(array);
	if (text == NULL) {
		buffer_text(&array->text, "NULL");
		return;
	}
	buffer_text(&array->text, "\"");
	while (*text != '\0') {
		size_t plain = strcspn(text, "\"\\");

		buffer_add(&array->text, text, plain);
		text += plain;
		if (*text != '\0') {
			buffer_text(&array->text, "\\");
			buffer_add(&array->text, text++, 1);
		}
	}
	buffer_text(&array->text, "\"");
}

void array_int(struct array *array, long long number)
{
	next(array);
	buffer_printf(&array->text, "%lld", number);
}

void array_bytes(struct array *array, const void *bytes, size_t length)
{
	char *hex = arena_alloc(array->text.arena, 2 * length + 1);

	secret_hex(bytes, length, hex);
	next(array);
	buffer_printf(&array->text, "\"\\\\x%s\"", hex);
}

struct pg_value array_value(struct array *array)
{
	buffer_text(&array->text, "}");
	return PG_TEXT(array->text.bytes);
}

struct pg_value array_of_one(struct arena *arena, const char *text)
{
	struct array array;

	array_init(&array, arena);
	array_text(&array, text);
	return array_value(&array);
}

static void next(struct array *array)
{
	if (array->text.length > 1)
		buffer_text(&array->text, ",");
}
