/*
 * Words of a text as they stand there: runs of letters and digits, in lower
 * case, each with its place. Nothing is allocated; a word of any length is read,
 * its first TOKEN_CHARS characters are kept.
 */
#ifndef OSALLISUUS_COMMON_TOKEN_H
#define OSALLISUUS_COMMON_TOKEN_H

#include "common/attributes.h"

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

enum { TOKEN_CHARS = 100, TOKEN_BYTES = 4 * TOKEN_CHARS + 1 };

/* How a word hangs on the one before it. */
enum token_joint {
	TOKEN_APART,
	TOKEN_HYPHEN, /* e-resepti */
	TOKEN_COLON,  /* EKG:n: an ending of the word before, without a meaning of its own */
	TOKEN_APOSTROPHE
};

struct token {
	char text[TOKEN_BYTES]; /* lower case; ä, ö, å and é as one character each, however they were written
				 */
	size_t bytes;
	size_t start, chars; /* characters from the start of the text */
	enum token_joint joint;
};

/* Laid out by the caller. The text must be there as long as the reader. */
struct token_reader {
	const char *at, *end;
	size_t chars; /* how many were read */
	locale_t letters;
};

/* `letters`: what token_letters gave. */
void token_reader_init(struct token_reader *reader, locale_t letters, const char *text, size_t length);
MUST_USE bool token_next(struct token_reader *reader, struct token *ret_token);

/* What a letter is, in every script, whatever the process's locale is; for freelocale. Aborts when there is
 * none. */
locale_t token_letters(void);

#endif
