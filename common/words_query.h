/*
 * What somebody looks for: words that must all be there, "words that follow each other", -words that must
 * not, and `or` between two such lists.
 */
#ifndef OSALLISUUS_COMMON_WORDS_QUERY_H
#define OSALLISUUS_COMMON_WORDS_QUERY_H

#include "common/arena.h"
#include "common/words.h"

enum { WORDS_TERMS_MAX = 64 };

/*
 * A JSON object in the arena, of texts in the form of tsquery: "finnish" with base forms, where '@1' stands
 * for the first of "unknown", words that are to be stemmed; "plain" with words as they stand there;
 * "finnish_any" and "plain_any" with all words that are looked for, each enough. "" where there are none.
 * Terms behind WORDS_TERMS_MAX are left out.
 */
const char *words_query(struct words *words, struct arena *arena, const char *text, size_t length);

#endif
