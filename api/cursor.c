#include "api/cursor.h"

#include "common/arena.h"

#include <string.h>

/* Each value: a byte 0 (NULL) or 1, its length in two bytes, itself; then zeros up to a whole step, so that
 * the length tells nothing either. */
enum { VALUE_HEAD = 3, VALUE_MAX = 512, STEP = 64, VALUES_MAX = CURSOR_PARTS_MAX * (VALUE_HEAD + VALUE_MAX) };

static void bind_to(struct cursor_scope scope, unsigned char ret_hash[SECRET_HASH_SIZE]);
static bool read_value(
    const unsigned char **at, const unsigned char *end, struct arena *arena, struct pg_param *ret_value);

const char *cursor_write(
    struct arena *arena, struct cursor_scope scope, const struct pg_param *values, size_t count)
{
	unsigned char bytes[VALUES_MAX + STEP] = {0};
	unsigned char bound[SECRET_HASH_SIZE];
	unsigned char *at = bytes;
	struct secret_part plain = {.bytes = bytes}, locked;

	for (size_t i = 0; i < count && i < CURSOR_PARTS_MAX; i++) {
		size_t length = values[i].length > VALUE_MAX ? VALUE_MAX : values[i].length;

		at[0] = values[i].bytes != NULL;
		at[1] = (unsigned char)(length >> 8);
		at[2] = (unsigned char)(length & 0xff);
		if (values[i].bytes != NULL)
			memcpy(at + VALUE_HEAD, values[i].bytes, length);
		at += VALUE_HEAD + length;
	}
	plain.length = ((size_t)(at - bytes) + STEP - 1) / STEP * STEP;
	bind_to(scope, bound);
	locked = secret_lock(arena, SECRET_CURSOR_KEY, bound, plain);
	return secret_base64url(arena, locked.bytes, locked.length);
}

bool cursor_read(struct arena *arena, struct cursor_scope scope, const char *cursor,
    struct pg_param *ret_values, size_t count, struct err *err)
{
	struct pg_param values[CURSOR_PARTS_MAX];
	unsigned char bound[SECRET_HASH_SIZE];
	struct secret_part locked, plain;
	const unsigned char *at, *end;

	if (!secret_unbase64url(arena, cursor, strlen(cursor), &locked))
		return err_set(err, "bad_cursor", "not a cursor");
	bind_to(scope, bound);
	if (!secret_unlock(arena, SECRET_CURSOR_KEY, bound, locked, &plain))
		return err_set(err, "bad_cursor", "a cursor of another list, or altered");
	at = plain.bytes;
	end = at + plain.length;
	for (size_t i = 0; i < count; i++)
		if (i >= CURSOR_PARTS_MAX || !read_value(&at, end, arena, &values[i]))
			return err_set(err, "bad_cursor", "a cursor of another shape");
	memcpy(ret_values, values, count * sizeof *values);
	return true;
}

static void bind_to(struct cursor_scope scope, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	secret_hash(SECRET_CURSOR, scope.parts, scope.count, ret_hash);
}

static bool read_value(
    const unsigned char **at, const unsigned char *end, struct arena *arena, struct pg_param *ret_value)
{
	size_t length;

	if (end - *at < VALUE_HEAD)
		return false;
	length = (size_t)(*at)[1] << 8 | (*at)[2];
	if ((size_t)(end - *at - VALUE_HEAD) < length)
		return false;
	*ret_value = (struct pg_param){0};
	if ((*at)[0] == 1)
		*ret_value = (struct pg_param){arena_copy(arena, *at + VALUE_HEAD, length), length};
	*at += VALUE_HEAD + length;
	return true;
}
