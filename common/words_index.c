#include "common/words_index.h"

#include "common/buffer.h"
#include "common/token.h"

#include <string.h>

/* Words that hang together by hyphens: e-resepti is ereseptikin to some. */
struct chain {
	char text[TOKEN_BYTES];
	size_t bytes, words;
	unsigned position; /* of its first word */
};

struct indexing {
	struct words *words;
	bool is_finnish;
	struct buffer known, plain, spots;
	unsigned position;
	struct chain chain;
};

static bool is_full(const struct indexing *indexing);
static void take(struct indexing *indexing, const struct token *token);
static void end_chain(struct indexing *indexing);
static void add_word(struct indexing *indexing, const char *word, unsigned position);

void words_index(struct words *words, struct arena *arena, bool is_finnish, const char *text,
    struct words_index *ret_index)
{
	struct indexing indexing = {.words = words, .is_finnish = is_finnish};
	struct token_reader reader;
	struct token token;

	buffer_init(&indexing.known, arena);
	buffer_init(&indexing.plain, arena);
	buffer_init(&indexing.spots, arena);
	buffer_text(&indexing.spots, "{");
	token_reader_init(&reader, words_letters(words), text, strlen(text));
	while (!is_full(&indexing) && token_next(&reader, &token))
		take(&indexing, &token);
	end_chain(&indexing);
	buffer_text(&indexing.spots, "}");
	ret_index->known = indexing.known.bytes;
	ret_index->plain = indexing.plain.bytes;
	ret_index->spots = indexing.spots.bytes;
}

static bool is_full(const struct indexing *indexing)
{
	return indexing->position >= WORDS_POSITIONS_MAX ||
	       indexing->known.length + indexing->plain.length >= WORDS_BYTES_MAX;
}

static void take(struct indexing *indexing, const struct token *token)
{
	struct chain *chain = &indexing->chain;
	size_t shown = token->chars < WORDS_SPOT_CHARS ? token->chars : WORDS_SPOT_CHARS - 1;

	indexing->position++;
	buffer_printf(&indexing->spots, "%s%zu", indexing->position == 1 ? "" : ",",
	    token->start * WORDS_SPOT_CHARS + shown);
	if (token->joint != TOKEN_HYPHEN && token->joint != TOKEN_COLON) {
		end_chain(indexing);
		*chain = (struct chain){.position = indexing->position};
	}
	if (token->joint == TOKEN_COLON && indexing->is_finnish)
		return;
	if (chain->bytes + token->bytes < sizeof chain->text) {
		memcpy(chain->text + chain->bytes, token->text, token->bytes + 1);
		chain->bytes += token->bytes;
	}
	chain->words++;
	add_word(indexing, token->text, indexing->position);
}

/* In Finnish also as one word. */
static void end_chain(struct indexing *indexing)
{
	if (indexing->is_finnish && indexing->chain.words > 1)
		add_word(indexing, indexing->chain.text, indexing->chain.position);
	indexing->chain.words = 0;
}

/* Words are letters and digits, so that quotes need no escape. */
static void add_word(struct indexing *indexing, const char *word, unsigned position)
{
	struct word_forms forms = {.count = 0};

	if (indexing->is_finnish)
		words_lookup(indexing->words, word, &forms);
	for (size_t i = 0; i < forms.count; i++)
		buffer_printf(&indexing->known, "'%s':%u%s ", forms.at[i].text, position,
		    forms.at[i].is_part ? "C" : "A");
	if (forms.count == 0)
		buffer_printf(&indexing->plain, "'%s':%uA ", word, position);
}
