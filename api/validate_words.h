/* What is wrong with a value, in words: the plain sentence that goes with each code of validate.h. */
#ifndef OSALLISUUS_API_VALIDATE_WORDS_H
#define OSALLISUUS_API_VALIDATE_WORDS_H

#include "api/contract.h"
#include "api/language.h"
#include "common/arena.h"

/* "must have at most 20 characters", by the limits of the schema. In the arena or static. */
const char *validate_words(
    struct arena *arena, enum language language, const struct schema *schema, const char *code);

/* The same for a code whose sentence ends with something of the request. */
const char *validate_words_with(
    struct arena *arena, enum language language, const char *code, const char *what);

#endif
