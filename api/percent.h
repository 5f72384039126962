/* Percent-encoding (RFC 3986), as it stands in paths, queries and forms. */
#ifndef OSALLISUUS_API_PERCENT_H
#define OSALLISUUS_API_PERCENT_H

#include "api/http_parse.h"
#include "common/attributes.h"
#include "common/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * False for a % without two hexadecimal digits, a NUL, or what is not UTF-8.
 * `out` has room for text.length + 1 and ends with NUL.
 */
MUST_USE bool percent_decode(struct http_slice text, bool plus_is_space, char *out, size_t *ret_length);

/* The text as it stands in a query: all but letters, digits and -._~ as %XX. */
void percent_encode(struct buffer *out, const char *text);

#endif
