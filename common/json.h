/*
 * JSON in, with Jansson, strict: RFC 8259, valid UTF-8, no duplicate members,
 * no NUL character in a string (PostgreSQL cannot keep it), bounded depth and
 * node count (both checked before memory is taken for the tree). Any JSON
 * value may stand at the top. The tree is released with the arena.
 */
#ifndef OSALLISUUS_COMMON_JSON_H
#define OSALLISUUS_COMMON_JSON_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct json_limits {
	unsigned depth; /* containers inside each other */
	unsigned nodes; /* values and members */
};

/*
 * err codes: not_json, not_utf8, duplicate_member, json_too_deep,
 * json_too_large, and json_nul for "\u0000". Messages tell line and column,
 * never the input.
 */
MUST_USE bool json_read(struct arena *arena, const char *bytes, size_t length,
    const struct json_limits *limits, json_t **ret_json, struct err *err);

bool json_is_utf8(const char *bytes, size_t length);

/* Gives the arena this reference, which it releases at its end; the same value. */
json_t *json_keep(struct arena *arena, json_t *value);

#endif
