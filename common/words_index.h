/*
 * The words of a text as its index keeps them. Positions number the words of the text, so that phrases can be
 * found and what was found can be shown.
 */
#ifndef OSALLISUUS_COMMON_WORDS_INDEX_H
#define OSALLISUUS_COMMON_WORDS_INDEX_H

#include "common/arena.h"
#include "common/words.h"

#include <stdbool.h>

/* Words behind so many, and behind so many bytes of forms, are not indexed. */
enum { WORDS_POSITIONS_MAX = 16383, WORDS_BYTES_MAX = 400 * 1024, WORDS_SPOT_CHARS = 64 };

/* Texts in the arena. */
struct words_index {
	const char *known; /* a tsvector: base forms (weight A) and parts of compounds (C) */
	const char *plain; /* a tsvector: words as they stand there, for PostgreSQL's stemmers */
	const char *spots; /* an int[] by position: WORDS_SPOT_CHARS * characters before the word + its
			      characters, at most WORDS_SPOT_CHARS - 1 */
};

/* `is_finnish`: words go through the dictionary; those that it does not know, and all others, are plain. */
void words_index(struct words *words, struct arena *arena, bool is_finnish, const char *text,
    struct words_index *ret_index);

#endif
