/*
 * What words mean to a search: for Finnish, the base forms of a word and those of the parts of a compound, by
 * libvoikko's dictionary. This is the only module that knows it. A dictionary belongs to one thread. What a
 * search and a text have in common is what words_lookup says of both, so a change here wants all texts
 * indexed anew.
 */
#ifndef OSALLISUUS_COMMON_WORDS_H
#define OSALLISUUS_COMMON_WORDS_H

#include "common/attributes.h"
#include "common/err.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

struct words;

/* A longer word is not looked up: nobody writes one, and the time for a made-up compound grows with its
 * length. */
enum { WORDS_CHARS_MAX = 50, WORDS_FORMS_MAX = 24 };

struct word_form {
	const char *text; /* lower case, letters and digits only */
	bool is_part;     /* of a compound; else the whole word */
};

struct word_forms {
	struct word_form at[WORDS_FORMS_MAX];
	size_t count;        /* 0: the dictionary does not know the word */
	bool is_conjunction; /* whatever it means: a search does not need it */
};

/* `cached`: how many looked-up words are kept. err code: dictionary. */
MUST_USE bool words_new(size_t cached, struct words **ret_words, struct err *err);
void words_free(struct words *words); /* NULL is fine */

/* For token_reader_init. */
locale_t words_letters(const struct words *words);

/* `word` is in lower case. The forms are there until the next call. */
void words_lookup(struct words *words, const char *word, struct word_forms *ret_forms);

#endif
