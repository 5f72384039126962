#include "common/receipt.h"

#include <stdio.h>

enum { SECRET_BYTES = 16, NUMBER_SIZE = 12 };

static void derive(const struct uuid *id, unsigned reissue, unsigned char ret_secret[SECRET_HASH_SIZE]);
static void store(const unsigned char *secret, unsigned char ret_hash[SECRET_HASH_SIZE]);

void receipt_code(const struct uuid *id, unsigned reissue, char ret_code[SECRET_CODE_SIZE])
{
	unsigned char secret[SECRET_HASH_SIZE];

	derive(id, reissue, secret);
	secret_code_format(secret, ret_code);
}

void receipt_hash(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	unsigned char secret[SECRET_HASH_SIZE];

	derive(id, reissue, secret);
	store(secret, ret_hash);
}

bool receipt_code_hash(const char *code, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	unsigned char secret[SECRET_BYTES];

	if (!secret_code_parse(code, length, secret))
		return false;
	store(secret, ret_hash);
	return true;
}

/* A code holds the first 128 bits. */
static void derive(const struct uuid *id, unsigned reissue, unsigned char ret_secret[SECRET_HASH_SIZE])
{
	char number[NUMBER_SIZE];
	struct secret_part parts[2] = {{id->bytes, UUID_SIZE}, {number, 0}};

	parts[1].length = (size_t)snprintf(number, sizeof number, "%u", reissue);
	secret_hash(SECRET_RECEIPT_CODE, parts, 2, ret_secret);
}

static void store(const unsigned char *secret, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	const struct secret_part part = {secret, SECRET_BYTES};

	secret_hash(SECRET_RECEIPT_HASH, &part, 1, ret_hash);
}
