/* The addresses of personal links in mails. */
#ifndef OSALLISUUS_WORKER_LINK_H
#define OSALLISUUS_WORKER_LINK_H

#include "common/arena.h"
#include "common/link_token.h"

/*
 * PUBLIC_URL, the path (with slashes around it), the token in URL-safe base64, and the language in which the
 * page is to speak.
 */
const char *link_url(
    struct arena *arena, const char *path, const unsigned char token[LINK_TOKEN_SIZE], const char *lang);

#endif
