/*
 * Receipt codes, base64url, hexadecimal and UUIDs from arbitrary bytes: what is
 * taken is written again as what was read.
 */
#include "common/secret.h"
#include "common/uuid.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_code(const char *bytes, size_t size)
{
	unsigned char secret[16];
	unsigned char again[16];
	char code[SECRET_CODE_SIZE];

	if (!secret_code_parse(bytes, size, secret))
		return;
	secret_code_format(secret, code);
	if (!secret_code_parse(code, strlen(code), again))
		abort();
	assert(memcmp(secret, again, sizeof secret) == 0);
}

static void check_base64url(struct arena *arena, const char *bytes, size_t size)
{
	struct secret_part part;
	const char *text;

	if (!secret_unbase64url(arena, bytes, size, &part))
		return;
	text = secret_base64url(arena, part.bytes, part.length);
	assert(strlen(text) == size && memcmp(text, bytes, size) == 0);
}

static void check_hex(struct arena *arena, const char *bytes, size_t size)
{
	const char *text = arena_copy(arena, bytes, size);
	unsigned char *read = arena_alloc(arena, size / 2);
	char *written = arena_alloc(arena, size + 2);

	if (!secret_unhex(text, read, size / 2))
		return;
	secret_hex(read, size / 2, written);
	assert(strcasecmp(written, text) == 0);
}

static void check_uuid(const char *bytes, size_t size)
{
	struct uuid uuid;
	char text[UUID_TEXT_SIZE];

	if (!uuid_read(bytes, size, &uuid))
		return;
	uuid_write(&uuid, text);
	assert(size == strlen(text) && strncasecmp(text, bytes, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *bytes = (const char *)data;

	check_code(bytes, size);
	check_base64url(arena, bytes, size);
	check_hex(arena, bytes, size);
	check_uuid(bytes, size);
	arena_free(arena);
	return 0;
}
