/*
 * The parts of a Finnish word, from what the dictionary says of it: BASEFORM (mielenterveyspalvelu),
 * WORDBASES
 * (+mielen(mieli)+terve(terve)+ys(+ys)+palvel(palvella)+u(+u)) and STRUCTURE, a letter for each character as
 * it is written, with a
 * '=' before each part.
 */
#ifndef OSALLISUUS_COMMON_WORDS_PARTS_H
#define OSALLISUUS_COMMON_WORDS_PARTS_H

#include <stddef.h>

typedef void words_part(void *context, const char *text, size_t length);

/*
 * mieli, terveys, palvelu, and what is left of the word when it loses its first or its last parts:
 * mielenterveys, terveyspalvelu. None of a word of one part.
 */
void words_parts(const char *base, const char *bases, const char *structure, words_part *add, void *context);

/* The verb that a participle is a form of: hoitaa of hoitanut, which is a word of its own to the dictionary.
 */
void words_verb(const char *bases, words_part *add, void *context);

#endif
