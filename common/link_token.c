#include "common/link_token.h"

#include <string.h>

void link_token(const char *purpose, const struct uuid *row, unsigned char ret_token[LINK_TOKEN_SIZE])
{
	const struct secret_part parts[] = {{purpose, strlen(purpose)}, {row->bytes, sizeof row->bytes}};
	unsigned char hash[SECRET_HASH_SIZE];

	secret_hash(SECRET_LINK, parts, sizeof parts / sizeof parts[0], hash);
	memcpy(ret_token, hash, LINK_TOKEN_SIZE);
}

void link_hash(const char *purpose, const struct uuid *row, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	unsigned char token[LINK_TOKEN_SIZE];
	const struct secret_part part = {token, sizeof token};

	link_token(purpose, row, token);
	secret_hash(SECRET_LINK_HASH, &part, 1, ret_hash);
}
