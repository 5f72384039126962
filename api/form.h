/* Forms (application/x-www-form-urlencoded) as JSON: an object of strings, which is then checked like any
 * body. */
#ifndef OSALLISUUS_API_FORM_H
#define OSALLISUUS_API_FORM_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* err codes: bad_form, duplicate_member. The object is released with the arena.
 */
MUST_USE bool form_read(
    struct arena *arena, const char *bytes, size_t length, json_t **ret_object, struct err *err);

#endif
