#include "api/personal.h"

#include "common/link_token.h"

#include <string.h>

enum { TOKEN_BYTES = 16 };

bool link_token_hash(
    struct arena *arena, const char *token, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE])
{
	struct secret_part secret;

	if (!secret_unbase64url(arena, token, length, &secret) || secret.length != TOKEN_BYTES)
		return false;
	secret_hash(SECRET_LINK_HASH, &secret, 1, ret_hash);
	return true;
}

bool link_feed_id(struct arena *arena, const char *token, size_t length, struct uuid *ret_id)
{
	struct secret_part bytes;

	return secret_unbase64url(arena, token, length, &bytes) &&
	       feed_token_read(bytes.bytes, bytes.length, ret_id);
}

const char *link_text(struct arena *arena, const char *purpose, const struct uuid *id)
{
	unsigned char token[FEED_TOKEN_SIZE];
	bool is_feed = strcmp(purpose, LINK_FEED) == 0;

	if (is_feed)
		feed_token(id, token);
	else
		link_token(purpose, id, token);
	return secret_base64url(arena, token, is_feed ? FEED_TOKEN_SIZE : LINK_TOKEN_SIZE);
}

const char *link_path(struct arena *arena, const struct uuid *id)
{
	return arena_printf(arena, "/m/%s", link_text(arena, LINK_PERSON, id));
}

const char *api_key_secret(struct arena *arena, const struct uuid *id)
{
	const struct secret_part part = {id->bytes, UUID_SIZE};
	unsigned char secret[SECRET_HASH_SIZE];

	secret_hash(SECRET_API_KEY, &part, 1, secret);
	return secret_base64url(arena, secret, sizeof secret);
}
