#include "worker/link.h"

#include "common/config.h"

const char *link_url(
    struct arena *arena, const char *path, const unsigned char token[LINK_TOKEN_SIZE], const char *lang)
{
	return arena_printf(arena, "%s%s%s?language=%s", config_text("PUBLIC_URL"), path,
	    secret_base64url(arena, token, LINK_TOKEN_SIZE), lang);
}
