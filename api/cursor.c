#include "api/cursor.h"

#include "common/arena.h"

#include <string.h>

/* A signature, then each value: a byte 0 (NULL) or 1, its length in two bytes, itself. */
enum { SIGNATURE_SIZE = 16, VALUE_HEAD = 3, VALUE_MAX = 512, SCOPE_MAX = 32 };

static void sign(
    struct cursor_scope scope, struct secret_part payload, unsigned char ret_hash[SECRET_HASH_SIZE]);
static bool read_value(
    const unsigned char **at, const unsigned char *end, struct arena *arena, struct pg_param *ret_value);

const char *cursor_write(
    struct arena *arena, struct cursor_scope scope, const struct pg_param *values, size_t count)
{
	unsigned char bytes[SIGNATURE_SIZE + CURSOR_PARTS_MAX * (VALUE_HEAD + VALUE_MAX)];
	unsigned char hash[SECRET_HASH_SIZE];
	unsigned char *at = bytes + SIGNATURE_SIZE;

	for (size_t i = 0; i < count && i < CURSOR_PARTS_MAX; i++) {
		size_t length = values[i].length > VALUE_MAX ? VALUE_MAX : values[i].length;

		at[0] = values[i].bytes != NULL;
		at[1] = (unsigned char)(length >> 8);
		at[2] = (unsigned char)(length & 0xff);
		if (values[i].bytes != NULL)
			memcpy(at + VALUE_HEAD, values[i].bytes, length);
		at += VALUE_HEAD + length;
	}
	sign(
	    scope, (struct secret_part){bytes + SIGNATURE_SIZE, (size_t)(at - bytes) - SIGNATURE_SIZE}, hash);
	memcpy(bytes, hash, SIGNATURE_SIZE);
	return secret_base64url(arena, bytes, (size_t)(at - bytes));
}

bool cursor_read(struct arena *arena, struct cursor_scope scope, const char *cursor,
    struct pg_param *ret_values, size_t count, struct err *err)
{
	struct pg_param values[CURSOR_PARTS_MAX];
	unsigned char hash[SECRET_HASH_SIZE];
	struct secret_part bytes;
	const unsigned char *at, *end;

	if (!secret_unbase64url(arena, cursor, strlen(cursor), &bytes) || bytes.length < SIGNATURE_SIZE)
		return err_set(err, "bad_cursor", "not a cursor");
	at = bytes.bytes;
	end = at + bytes.length;
	sign(scope, (struct secret_part){at + SIGNATURE_SIZE, bytes.length - SIGNATURE_SIZE}, hash);
	if (!secret_equal(hash, at, SIGNATURE_SIZE))
		return err_set(err, "bad_cursor", "a cursor of another list, or altered");
	at += SIGNATURE_SIZE;
	for (size_t i = 0; i < count; i++)
		if (i >= CURSOR_PARTS_MAX || !read_value(&at, end, arena, &values[i]))
			return err_set(err, "bad_cursor", "a cursor of another shape");
	memcpy(ret_values, values, count * sizeof *values);
	return true;
}

static void sign(
    struct cursor_scope scope, struct secret_part payload, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	struct secret_part parts[SCOPE_MAX + 1];
	size_t count = scope.count > SCOPE_MAX ? SCOPE_MAX : scope.count;

	memcpy(parts, scope.parts, count * sizeof *parts);
	parts[count] = payload;
	secret_hash(SECRET_CURSOR, parts, count + 1, ret_hash);
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
