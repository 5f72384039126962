/*
 * Receipt codes: the giver's only way back to a case. A code is derived from
 * the case's id under a server key, so that a repeated request shows the same,
 * and only a keyed hash of it is stored.
 */
#ifndef OSALLISUUS_COMMON_RECEIPT_H
#define OSALLISUUS_COMMON_RECEIPT_H

#include "common/attributes.h"
#include "common/secret.h"
#include "common/uuid.h"

#include <stdbool.h>
#include <stddef.h>

/* reissue: 0 for the first code of the case; a new number makes a new code, and the old one void. */
void receipt_code(const struct uuid *id, unsigned reissue, char ret_code[SECRET_CODE_SIZE]);
void receipt_hash(const struct uuid *id, unsigned reissue, unsigned char ret_hash[SECRET_HASH_SIZE]);

/* The hash of a code as a person wrote it; false: it cannot be one. */
MUST_USE bool receipt_code_hash(const char *code, size_t length, unsigned char ret_hash[SECRET_HASH_SIZE]);

#endif
