/*
 * The tokens of personal links. A token is made from the id of the row that it
 * belongs to, under a server key, so that every try of a mail and every
 * repetition of a request has the same; the database keeps only a keyed hash.
 */
#ifndef OSALLISUUS_COMMON_LINK_TOKEN_H
#define OSALLISUUS_COMMON_LINK_TOKEN_H

#include "common/secret.h"
#include "common/uuid.h"

enum { LINK_TOKEN_SIZE = 16 };

/* What a token is for goes into it: a token of one purpose is none of another. */
#define LINK_FOLLOW_UP "follow_up"
#define LINK_UNSUBSCRIBE "unsubscribe"
#define LINK_SURVEY "survey"
#define LINK_PERSON "person"

void link_token(const char *purpose, const struct uuid *row, unsigned char ret_token[LINK_TOKEN_SIZE]);
void link_hash(const char *purpose, const struct uuid *row, unsigned char ret_hash[SECRET_HASH_SIZE]);

#endif
