#include "common/words_query.h"

#include "common/buffer.h"
#include "common/token.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Words that a statement stems: "a","b" */
struct word_list {
	struct buffer text;
	unsigned count;
};

/* One word, chain of words or phrase. Each text is a whole operand. */
struct term {
	const char *finnish, *finnish_any, *plain, *plain_any;
	bool is_unwanted;
	bool is_needless; /* a conjunction */
	bool begins_list; /* behind `or` */
};

struct asking {
	struct words *words;
	struct arena *arena;
	struct word_list unknown, plain;
	struct term terms[WORDS_TERMS_MAX];
	size_t count;
	bool after_or;
};

/* The operands of a term as they are written. */
struct operands {
	struct buffer finnish, finnish_any, plain, plain_any;
	struct buffer chain; /* its words as one, where hyphens hold them together */
	size_t words, chained;
	bool is_needless;
};

static const char *read_term(struct asking *asking, const char *at, const char *end);
static void add_term(struct asking *asking, const char *at, size_t length, bool is_unwanted);
static void add_word(struct asking *asking, struct operands *operands, const struct token *token);
static void add_forms(struct asking *asking, struct operands *operands, struct buffer *out, const char *word);
static unsigned list_word(struct word_list *list, const char *word);
static const char *in_one(struct asking *asking, struct operands *operands);
static bool is_needed(const struct asking *asking, size_t at);
static void write_queries(const struct asking *asking, struct buffer *out);
static void write_all(const struct asking *asking, struct buffer *out, bool is_finnish);
static void write_any(const struct asking *asking, struct buffer *out, bool is_finnish);

const char *words_query(struct words *words, struct arena *arena, const char *text, size_t length)
{
	struct asking *asking = arena_alloc(arena, sizeof *asking);
	const char *at = text;
	struct buffer out;

	asking->words = words;
	asking->arena = arena;
	buffer_init(&asking->unknown.text, arena);
	buffer_init(&asking->plain.text, arena);
	while (at < text + length && asking->count < WORDS_TERMS_MAX)
		at = read_term(asking, at, text + length);
	buffer_init(&out, arena);
	write_queries(asking, &out);
	return out.bytes;
}

/* Reads what comes up to a space, or up to the next quotation mark; returns what is behind it. */
static const char *read_term(struct asking *asking, const char *at, const char *end)
{
	bool is_unwanted = false;
	const char *stop;

	while (at < end && isspace((unsigned char)*at))
		at++;
	if (at < end && *at == '-') {
		is_unwanted = true;
		at++;
	}
	if (at < end && *at == '"') {
		stop = memchr(at + 1, '"', (size_t)(end - at - 1));
		if (stop == NULL)
			stop = end;
		add_term(asking, at + 1, (size_t)(stop - at - 1), is_unwanted);
		return stop < end ? stop + 1 : end;
	}
	for (stop = at; stop < end && !isspace((unsigned char)*stop) && *stop != '"'; stop++)
		;
	if (!is_unwanted && stop - at == 2 && strncasecmp(at, "or", 2) == 0)
		asking->after_or = true;
	else
		add_term(asking, at, (size_t)(stop - at), is_unwanted);
	return stop;
}

/* What stands between spaces and between quotation marks is one term: its words must follow each other. */
static void add_term(struct asking *asking, const char *at, size_t length, bool is_unwanted)
{
	struct operands operands = {.is_needless = true};
	struct term *term = &asking->terms[asking->count];
	struct token_reader reader;
	struct token token;

	buffer_init(&operands.finnish, asking->arena);
	buffer_init(&operands.finnish_any, asking->arena);
	buffer_init(&operands.plain, asking->arena);
	buffer_init(&operands.plain_any, asking->arena);
	buffer_init(&operands.chain, asking->arena);
	token_reader_init(&reader, words_letters(asking->words), at, length);
	while (token_next(&reader, &token))
		add_word(asking, &operands, &token);
	if (operands.words == 0)
		return;
	if (operands.words == 1)
		operands.plain.bytes[1] = '@'; /* of '#n' */
	*term = (struct term){.finnish = in_one(asking, &operands),
	    .finnish_any = operands.finnish_any.bytes,
	    .plain = operands.plain.bytes,
	    .plain_any = operands.plain_any.bytes,
	    .is_unwanted = is_unwanted,
	    .is_needless = operands.words == 1 && operands.is_needless,
	    .begins_list = asking->after_or};
	asking->after_or = false;
	asking->count++;
}

static void add_word(struct asking *asking, struct operands *operands, const struct token *token)
{
	bool is_ending = token->joint == TOKEN_COLON && operands->words > 0;
	unsigned place = list_word(&asking->plain, token->text);

	buffer_printf(&operands->plain, "%s'#%u'", operands->words > 0 ? " <-> " : "", place);
	buffer_printf(&operands->plain_any, "%s'@%u'", operands->words > 0 ? " | " : "", place);
	if (!is_ending) {
		buffer_text(&operands->finnish, operands->words > 0 ? " <-> " : "");
		buffer_text(&operands->finnish_any, operands->words > 0 ? " | " : "");
		add_forms(asking, operands, &operands->finnish, token->text);
		add_forms(asking, operands, &operands->finnish_any, token->text);
		if (operands->words > 0 && token->joint != TOKEN_HYPHEN)
			buffer_text(&operands->chain, " "); /* no chain */
		buffer_text(&operands->chain, token->text);
		operands->chained++;
	}
	operands->words++;
}

/* ('base' | 'other base'), or '@n' for a word that the dictionary does not know. */
static void add_forms(struct asking *asking, struct operands *operands, struct buffer *out, const char *word)
{
	struct word_forms forms;
	size_t whole = 0;

	words_lookup(asking->words, word, &forms);
	operands->is_needless = operands->is_needless && forms.is_conjunction;
	buffer_text(out, "(");
	for (size_t i = 0; i < forms.count; i++)
		if (!forms.at[i].is_part)
			buffer_printf(out, "%s'%s'", whole++ > 0 ? " | " : "", forms.at[i].text);
	if (whole == 0)
		buffer_printf(out, "'@%u'", list_word(&asking->unknown, word));
	buffer_text(out, ")");
}

/* Its number in the list, from 1. */
static unsigned list_word(struct word_list *list, const char *word)
{
	buffer_printf(&list->text, "%s\"%s\"", list->count > 0 ? "," : "", word);
	return ++list->count;
}

/* A chain of words is looked for as one word, too. */
static const char *in_one(struct asking *asking, struct operands *operands)
{
	bool is_chain = operands->chained > 1 && strchr(operands->chain.bytes, ' ') == NULL &&
			operands->chain.length < TOKEN_BYTES;
	struct buffer out;

	if (!is_chain)
		return operands->finnish.bytes;
	buffer_init(&out, asking->arena);
	add_forms(asking, operands, &out, operands->chain.bytes);
	buffer_text(&operands->finnish_any, " | ");
	buffer_text(&operands->finnish_any, out.bytes);
	buffer_printf(&out, " | (%s)", operands->finnish.bytes);
	return out.bytes;
}

/* A conjunction is not, unless nothing else is looked for. */
static bool is_needed(const struct asking *asking, size_t at)
{
	if (!asking->terms[at].is_needless || asking->terms[at].is_unwanted)
		return true;
	for (size_t i = 0; i < asking->count; i++)
		if (!asking->terms[i].is_needless && !asking->terms[i].is_unwanted)
			return false;
	return true;
}

static void write_queries(const struct asking *asking, struct buffer *out)
{
	buffer_text(out, "{\"finnish\":\"");
	write_all(asking, out, true);
	buffer_text(out, "\",\"finnish_any\":\"");
	write_any(asking, out, true);
	buffer_text(out, "\",\"plain\":\"");
	write_all(asking, out, false);
	buffer_text(out, "\",\"plain_any\":\"");
	write_any(asking, out, false);
	buffer_printf(
	    out, "\",\"unknown\":[%s],\"words\":[%s]}", asking->unknown.text.bytes, asking->plain.text.bytes);
}

/* ((a) & !(b)) | (c) */
static void write_all(const struct asking *asking, struct buffer *out, bool is_finnish)
{
	size_t written = 0;
	bool begins_list = false;

	for (size_t i = 0; i < asking->count; i++) {
		const struct term *term = &asking->terms[i];

		begins_list = begins_list || term->begins_list;
		if (is_finnish && !is_needed(asking, i))
			continue;
		if (written++ > 0)
			buffer_text(out, begins_list ? " | " : " & ");
		begins_list = false;
		buffer_printf(
		    out, "%s(%s)", term->is_unwanted ? "!" : "", is_finnish ? term->finnish : term->plain);
	}
}

static void write_any(const struct asking *asking, struct buffer *out, bool is_finnish)
{
	size_t written = 0;

	for (size_t i = 0; i < asking->count; i++) {
		const struct term *term = &asking->terms[i];

		if (!term->is_unwanted && is_needed(asking, i))
			buffer_printf(out, "%s%s", written++ > 0 ? " | " : "",
			    is_finnish ? term->finnish_any : term->plain_any);
	}
}
