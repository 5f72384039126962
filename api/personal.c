#include "api/personal.h"

#include <stdio.h>
#include <string.h>

enum { SECRET_BYTES = 16 };

static void receipt_secret(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE]);
static void stored_hash(
    enum secret_purpose purpose, const unsigned char *secret, unsigned char ret_hash[SECRET_HASH_SIZE]);

void receipt_code(const struct uuid *id, unsigned reissue, char ret_code[SECRET_CODE_SIZE])
{
	unsigned char secret[SECRET_HASH_SIZE];

	receipt_secret(id, reissue, secret);
	secret_code_format(secret, ret_code);
}

void receipt_hash(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	unsigned char secret[SECRET_HASH_SIZE];

	receipt_secret(id, reissue, secret);
	stored_hash(SECRET_RECEIPT_HASH, secret, ret_hash);
}

bool receipt_code_hash(const char *code, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	unsigned char secret[SECRET_BYTES];

	if (!secret_code_parse(code, length, secret))
		return false;
	stored_hash(SECRET_RECEIPT_HASH, secret, ret_hash);
	return true;
}

bool link_token_hash(
    struct arena *arena, const char *token, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	struct secret_part secret;

	if (!secret_unbase64url(arena, token, length, &secret) || secret.length != SECRET_BYTES)
		return false;
	stored_hash(SECRET_LINK_HASH, secret.bytes, ret_hash);
	return true;
}

const char *api_key_secret(struct arena *arena, const struct uuid *id)
{
	struct secret_part part = {id->bytes, UUID_SIZE};
	unsigned char secret[SECRET_HASH_SIZE];

	secret_hash(SECRET_API_KEY, &part, 1, secret);
	return secret_base64url(arena, secret, sizeof secret);
}

static void receipt_secret(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	char number[12];
	struct secret_part parts[2] = {{id->bytes, UUID_SIZE}, {number, 0}};

	parts[1].length = (size_t)snprintf(number, sizeof number, "%u", reissue);
	secret_hash(SECRET_RECEIPT_CODE, parts, 2, ret_hash);
}

static void stored_hash(
    enum secret_purpose purpose, const unsigned char *secret, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	struct secret_part part = {secret, SECRET_BYTES};

	secret_hash(purpose, &part, 1, ret_hash);
}
