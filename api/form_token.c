#include "api/form_token.h"

#include "common/secret.h"

#include <string.h>

enum { RANDOM_SIZE = 16, SIGNATURE_SIZE = 16 };

struct form_token {
	int64_t shown_ms;
	unsigned char random[RANDOM_SIZE];
	unsigned char signature[SIGNATURE_SIZE];
};

static void sign(
    const struct form_token *token, const char *unit_id, unsigned char ret_hash[SECRET_HASH_SIZE]);

const char *form_token_new(struct arena *arena, const char *unit_id, int64_t shown_ms)
{
	struct form_token token = {.shown_ms = shown_ms};
	unsigned char hash[SECRET_HASH_SIZE];

	secret_random(token.random, sizeof token.random);
	sign(&token, unit_id, hash);
	memcpy(token.signature, hash, sizeof token.signature);
	return secret_base64url(arena, &token, sizeof token);
}

bool form_token_read(struct arena *arena, const char *unit_id, const char *token, int64_t *ret_shown_ms)
{
	struct secret_part bytes;
	struct form_token read;
	unsigned char hash[SECRET_HASH_SIZE];

	if (!secret_unbase64url(arena, token, strlen(token), &bytes) || bytes.length != sizeof read)
		return false;
	memcpy(&read, bytes.bytes, sizeof read);
	sign(&read, unit_id, hash);
	if (!secret_equal(hash, read.signature, sizeof read.signature))
		return false;
	*ret_shown_ms = read.shown_ms;
	return true;
}

static void sign(
    const struct form_token *token, const char *unit_id, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	const struct secret_part parts[] = {{unit_id, strlen(unit_id)},
	    {&token->shown_ms, sizeof token->shown_ms}, {token->random, sizeof token->random}};

	secret_hash(SECRET_FORM, parts, 3, ret_hash);
}
