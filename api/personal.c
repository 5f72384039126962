#include "api/personal.h"

#include "common/link_token.h"

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

const char *link_path(struct arena *arena, const struct uuid *id)
{
	unsigned char token[LINK_TOKEN_SIZE];

	link_token(LINK_PERSON, id, token);
	return arena_printf(arena, "/m/%s", secret_base64url(arena, token, sizeof token));
}

const char *api_key_secret(struct arena *arena, const struct uuid *id)
{
	const struct secret_part part = {id->bytes, UUID_SIZE};
	unsigned char secret[SECRET_HASH_SIZE];

	secret_hash(SECRET_API_KEY, &part, 1, secret);
	return secret_base64url(arena, secret, sizeof secret);
}
