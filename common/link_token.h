/*
 * The tokens of personal links. A token is made from the id of the row that it
 * belongs to, under a server key, so that every try of a mail and every
 * repetition of a request has the same; the database keeps only a keyed hash.
 */
#ifndef OSALLISUUS_COMMON_LINK_TOKEN_H
#define OSALLISUUS_COMMON_LINK_TOKEN_H

#include "common/attributes.h"
#include "common/secret.h"
#include "common/uuid.h"

enum { LINK_TOKEN_SIZE = 16 };

/* What a token is for goes into it: a token of one purpose is none of another. */
#define LINK_FOLLOW_UP "follow_up"
#define LINK_UNSUBSCRIBE "unsubscribe"
#define LINK_SURVEY "survey"
#define LINK_PERSON "person"

/*
 * What a program subscribes to is read by a token of another kind: an id, and its token. Whoever has
 * it reads what belongs to the id, and does nothing; another id in the row is another token.
 */
#define LINK_FEED "feed"
enum { FEED_TOKEN_SIZE = UUID_SIZE + LINK_TOKEN_SIZE };

void link_token(const char *purpose, const struct uuid *row, unsigned char ret_token[LINK_TOKEN_SIZE]);
void link_hash(const char *purpose, const struct uuid *row, unsigned char ret_hash[SECRET_HASH_SIZE]);
void feed_token(const struct uuid *id, unsigned char ret_token[FEED_TOKEN_SIZE]);
/* False: not a token that feed_token made. */
MUST_USE bool feed_token_read(const void *token, size_t length, struct uuid *ret_id);

#endif
