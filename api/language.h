/* Which of the languages of our texts a client would rather have. */
#ifndef OSALLISUUS_API_LANGUAGE_H
#define OSALLISUUS_API_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

/* In the order of struct problem.texts. */
enum language { LANGUAGE_FI, LANGUAGE_SV, LANGUAGE_EN, LANGUAGE_COUNT };

/* "fi", "sv", "en" */
const char *language_tag(enum language language);

/* Finnish that is easy to read: a language of pages, which are in Finnish where they have no such texts. */
#define LANGUAGE_EASY_FINNISH "fi-x-selko"

/*
 * The best match of an Accept-Language field (RFC 9110 12.5.4); Finnish when nothing matches. *ret_is_easy:
 * whether it was easy Finnish that matched.
 */
enum language language_accepted(const char *field, size_t length, bool *ret_is_easy);

#endif
