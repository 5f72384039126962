/*
 * Texts against a schema: length, enum, format, pattern. Shared by the bodies
 * (validate.c) and the parameters. Each error is a code in static storage.
 */
#ifndef OSALLISUUS_API_VALIDATE_TEXT_H
#define OSALLISUUS_API_VALIDATE_TEXT_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>

/* The code of what is wrong with a text for a SCHEMA_STRING; NULL: nothing. It must be UTF-8. */
const char *validate_string(const struct schema *schema, const char *text, size_t length);

/*
 * Whether a name that is not known may be repeated in an error: a word of a program, at most 64 characters
 * long. What people wrote comes as a name, too, when a file has no header.
 */
bool validate_may_show(const char *name);

/* Whether sorted names hold this one. */
bool validate_is_listed(const char *const *names, unsigned count, const char *text, size_t length);

#endif
