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
 * A JSON object in the arena, of texts in the form of tsquery: "finnish" with base forms, where '@1' and '#1'
 * stand for the first of "unknown", words that are to be stemmed; "plain", where they stand for the first of
 * "words"; '@' where the word is a term of its own, '#' in a phrase. "finnish_any" and "plain_any" have all
 * words that are looked for, each enough. "" where there are none. Terms behind WORDS_TERMS_MAX are left out.
 */
const char *words_query(struct words *words, struct arena *arena, const char *text, size_t length);

#endif
