/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef OSALLISUUS_COMMON_UTF8_H
#define OSALLISUUS_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The length (1–4) of the character that the bytes begin with; 0: they begin with none. */
size_t utf8_character(const char *bytes, size_t length);

/* How many bytes from the start are whole characters; `length` when all are. */
size_t utf8_valid(const char *bytes, size_t length);

/* The characters of a text of whole ones. */
size_t utf8_count(const char *bytes, size_t length);

/* Whether nobody can see anything in a text of whole characters: spaces of any kind, and what has no picture.
 * The same as SQL's is_blank. */
bool utf8_is_blank(const char *bytes, size_t length);

#endif
