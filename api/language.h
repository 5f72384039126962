/* Which of the languages of our texts a client would rather have. */
#ifndef OSALLISUUS_API_LANGUAGE_H
#define OSALLISUUS_API_LANGUAGE_H

#include <stddef.h>

/* In the order of struct problem.texts. */
enum language { LANGUAGE_FI, LANGUAGE_SV, LANGUAGE_EN, LANGUAGE_COUNT };

/* "fi", "sv", "en" */
const char *language_tag(enum language language);

/* The best match of an Accept-Language field (RFC 9110 12.5.4); Finnish when nothing matches. */
enum language language_accepted(const char *field, size_t length);

#endif
