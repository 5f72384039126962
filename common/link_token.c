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

void feed_token(const struct uuid *id, unsigned char ret_token[FEED_TOKEN_SIZE])
{
	memcpy(ret_token, id->bytes, UUID_SIZE);
	link_token(LINK_FEED, id, ret_token + UUID_SIZE);
}

bool feed_token_read(const void *token, size_t length, struct uuid *ret_id)
{
	unsigned char made[FEED_TOKEN_SIZE];
	struct uuid id;

	if (length != FEED_TOKEN_SIZE)
		return false;
	memcpy(id.bytes, token, UUID_SIZE);
	feed_token(&id, made);
	if (!secret_equal(made, token, FEED_TOKEN_SIZE))
		return false;
	*ret_id = id;
	return true;
}
