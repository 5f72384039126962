/*
 * Personal links in mails. A token is made from the id of the row that it
 * belongs to, under a server key, so that every try of a mail has the same;
 * the database keeps only a keyed hash of it.
 */
#ifndef OSALLISUUS_WORKER_LINK_H
#define OSALLISUUS_WORKER_LINK_H

#include "common/arena.h"
#include "common/secret.h"
#include "common/uuid.h"

enum { LINK_TOKEN_SIZE = 16 };

/* What a token is for goes into it: a token of one purpose is none of another. */
#define LINK_FOLLOW_UP "follow_up"
#define LINK_UNSUBSCRIBE "unsubscribe"

void link_token(const char *purpose, const struct uuid *row, unsigned char ret_token[LINK_TOKEN_SIZE]);
void link_hash(const char *purpose, const struct uuid *row, unsigned char ret_hash[SECRET_HASH_SIZE]);

/* PUBLIC_URL, the path (with slashes around it), and the token in URL-safe base64. */
const char *link_url(struct arena *arena, const char *path, const unsigned char token[LINK_TOKEN_SIZE]);

#endif
