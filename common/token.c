#include "common/token.h"

#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <wctype.h>

enum {
	DIAERESIS = 0x308,
	ACUTE = 0x301,
	RING = 0x30A,
	SOFT_HYPHEN = 0xAD,
	MARKS_FROM = 0x300,
	MARKS_TO = 0x36F
};

/* Letters that some keyboards send as two characters. */
static const struct composed {
	wint_t letter, mark, whole;
} composed[] = {
    {L'a', DIAERESIS, 0xE4},
    {L'o', DIAERESIS, 0xF6},
    {L'u', DIAERESIS, 0xFC},
    {L'a', RING, 0xE5},
    {L'e', ACUTE, 0xE9},
};

static wint_t peek(const struct token_reader *reader, size_t *ret_bytes);
static bool skip_to_word(struct token_reader *reader, enum token_joint *ret_joint);
static enum token_joint joint_of(wint_t character);
static void keep(struct token *token, wint_t character, size_t *last_bytes);
static bool compose(struct token *token, wint_t mark, size_t *last_bytes);
static size_t write_utf8(char *at, wint_t character);

void token_reader_init(struct token_reader *reader, locale_t letters, const char *text, size_t length)
{
	*reader = (struct token_reader){.at = text, .end = text + length, .letters = letters};
}

bool token_next(struct token_reader *reader, struct token *ret_token)
{
	size_t bytes, last_bytes = 0;

	ret_token->bytes = 0;
	ret_token->chars = 0;
	if (!skip_to_word(reader, &ret_token->joint))
		return false;
	ret_token->start = reader->chars;
	while (reader->at < reader->end) {
		wint_t character = peek(reader, &bytes);

		if (character >= MARKS_FROM && character <= MARKS_TO)
			(void)compose(ret_token, character, &last_bytes);
		else if (iswalnum_l(character, reader->letters))
			keep(ret_token, towlower_l(character, reader->letters), &last_bytes);
		else if (character != SOFT_HYPHEN)
			break;
		reader->at += bytes;
		reader->chars++;
		ret_token->chars++;
	}
	ret_token->text[ret_token->bytes] = '\0';
	return true;
}

locale_t token_letters(void)
{
	locale_t letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	if (letters == (locale_t)0)
		abort(); /* it is part of the C library */
	return letters;
}

/* The character that comes next; WEOF for bytes that are none. */
static wint_t peek(const struct token_reader *reader, size_t *ret_bytes)
{
	static const unsigned char first_bits[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
	const unsigned char *at = (const unsigned char *)reader->at;
	size_t length = utf8_character(reader->at, (size_t)(reader->end - reader->at));
	wint_t character;

	*ret_bytes = length == 0 ? 1 : length;
	if (length == 0)
		return WEOF;
	character = at[0] & first_bits[length];
	for (size_t i = 1; i < length; i++)
		character = character << 6 | (at[i] & 0x3F);
	return character;
}

/* Whether a word comes, and what stands between it and the one before. */
static bool skip_to_word(struct token_reader *reader, enum token_joint *ret_joint)
{
	bool is_first = reader->chars == 0;
	size_t skipped = 0;

	*ret_joint = TOKEN_APART;
	while (reader->at < reader->end) {
		size_t bytes;
		wint_t character = peek(reader, &bytes);

		if (iswalnum_l(character, reader->letters))
			return true;
		*ret_joint = skipped == 0 && !is_first ? joint_of(character) : TOKEN_APART;
		skipped++;
		reader->at += bytes;
		reader->chars++;
	}
	return false;
}

static enum token_joint joint_of(wint_t character)
{
	switch (character) {
	case L'-':
	case 0x2010: /* hyphen */
	case 0x2011: /* the same that breaks no line */
		return TOKEN_HYPHEN;
	case L':':
		return TOKEN_COLON;
	case L'\'':
	case 0x2019: /* ’ */
		return TOKEN_APOSTROPHE;
	default:
		return TOKEN_APART;
	}
}

static void keep(struct token *token, wint_t character, size_t *last_bytes)
{
	*last_bytes = 0;
	if (token->bytes + 4 >= TOKEN_BYTES || token->chars >= TOKEN_CHARS)
		return;
	*last_bytes = write_utf8(token->text + token->bytes, character);
	token->bytes += *last_bytes;
}

/* The last letter with a mark becomes the letter that both are; a mark that makes none is left out. */
static bool compose(struct token *token, wint_t mark, size_t *last_bytes)
{
	if (*last_bytes != 1)
		return false;
	for (size_t i = 0; i < sizeof composed / sizeof composed[0]; i++) {
		if (composed[i].mark != mark || (wint_t)token->text[token->bytes - 1] != composed[i].letter)
			continue;
		token->bytes--;
		keep(token, composed[i].whole, last_bytes);
		return true;
	}
	return false;
}

static size_t write_utf8(char *at, wint_t character)
{
	if (character < 0x80) {
		at[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		at[0] = (char)(0xC0 | character >> 6);
		at[1] = (char)(0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000) {
		at[0] = (char)(0xE0 | character >> 12);
		at[1] = (char)(0x80 | (character >> 6 & 0x3F));
		at[2] = (char)(0x80 | (character & 0x3F));
		return 3;
	}
	at[0] = (char)(0xF0 | character >> 18);
	at[1] = (char)(0x80 | (character >> 12 & 0x3F));
	at[2] = (char)(0x80 | (character >> 6 & 0x3F));
	at[3] = (char)(0x80 | (character & 0x3F));
	return 4;
}
