#include "common/words.h"

#include "common/token.h"
#include "common/words_parts.h"

#include <libvoikko/voikko.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORM_BYTES = 4 * (WORDS_CHARS_MAX + 14), ANALYSES_MAX = 12 };

/* What the dictionary said of a word: forms one behind the other, each with a mark before it and a NUL
 * behind. */
struct known {
	char *word;
	char *forms;
	bool is_conjunction;
};

struct words {
	struct VoikkoHandle *dictionary;
	locale_t letters;
	struct known *cache;
	size_t cached;
};

/* Forms as they are collected. */
struct forms {
	char text[WORDS_FORMS_MAX * (FORM_BYTES / 4)];
	size_t length, count;
	unsigned conjunctions, analyses;
};

/* Where forms go, for words_parts. */
struct collecting {
	struct words *words;
	struct forms *forms;
	char mark;
};

enum { MARK_WHOLE = 'w', MARK_PART = 'p' };

static struct known *cache_slot(struct words *words, const char *word);
static void analyse(struct words *words, const char *word, struct forms *forms);
static void add_analysis(
    struct words *words, struct forms *forms, const struct voikko_mor_analysis *analysis);
static words_part collect;
static void add_form(struct words *words, struct forms *forms, char mark, const char *text, size_t length);
static bool has_form(struct forms *forms, char mark, const char *form, size_t length);
static size_t characters(const char *text, size_t length);
static const char *upper_first(const char *word, char ret_word[TOKEN_BYTES + 4]);

bool words_new(size_t cached, struct words **ret_words, struct err *err)
{
	struct words *words = calloc(1, sizeof *words);
	const char *problem = NULL;

	if (words == NULL)
		abort();
	words->dictionary = voikkoInit(&problem, "fi", NULL);
	if (words->dictionary == NULL) {
		free(words);
		return err_set(
		    err, "dictionary", "no Finnish dictionary (Debian's package voikko-fi): %s", problem);
	}
	words->letters = token_letters();
	words->cached = cached == 0 ? 1 : cached;
	words->cache = calloc(words->cached, sizeof *words->cache);
	if (words->cache == NULL)
		abort();
	*ret_words = words;
	return true;
}

void words_free(struct words *words)
{
	if (words == NULL)
		return;
	for (size_t i = 0; i < words->cached; i++) {
		free(words->cache[i].word);
		free(words->cache[i].forms);
	}
	free(words->cache);
	freelocale(words->letters);
	voikkoTerminate(words->dictionary);
	free(words);
}

locale_t words_letters(const struct words *words)
{
	return words->letters;
}

void words_lookup(struct words *words, const char *word, struct word_forms *ret_forms)
{
	const struct known *known = cache_slot(words, word);

	ret_forms->count = 0;
	ret_forms->is_conjunction = known->is_conjunction;
	for (const char *at = known->forms; *at != '\0'; at += strlen(at) + 1) {
		ret_forms->at[ret_forms->count].text = at + 1;
		ret_forms->at[ret_forms->count].is_part = *at == MARK_PART;
		ret_forms->count++;
	}
}

/* A word that falls on the place of another takes it. */
static struct known *cache_slot(struct words *words, const char *word)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	struct known *known;
	struct forms forms = {0};
	char upper[TOKEN_BYTES + 4];

	for (const char *at = word; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 1099511628211u;
	known = &words->cache[hash % words->cached];
	if (known->word != NULL && strcmp(known->word, word) == 0)
		return known;
	if (characters(word, strlen(word)) <= WORDS_CHARS_MAX) {
		analyse(words, word, &forms);
		if (forms.analyses == 0)
			analyse(words, upper_first(word, upper), &forms); /* a name */
	}
	free(known->word);
	free(known->forms);
	known->word = strdup(word);
	known->forms = malloc(forms.length + 1);
	if (known->word == NULL || known->forms == NULL)
		abort();
	memcpy(known->forms, forms.text, forms.length);
	known->forms[forms.length] = '\0';
	known->is_conjunction = forms.analyses > 0 && forms.conjunctions == forms.analyses;
	return known;
}

static void analyse(struct words *words, const char *word, struct forms *forms)
{
	struct voikko_mor_analysis **analyses = voikkoAnalyzeWordCstr(words->dictionary, word);

	if (analyses == NULL)
		return;
	for (size_t i = 0; i < ANALYSES_MAX && analyses[i] != NULL; i++)
		add_analysis(words, forms, analyses[i]);
	voikko_free_mor_analysis(analyses);
}

static void add_analysis(struct words *words, struct forms *forms, const struct voikko_mor_analysis *analysis)
{
	char *base = voikko_mor_analysis_value_cstr(analysis, "BASEFORM");
	char *bases = voikko_mor_analysis_value_cstr(analysis, "WORDBASES");
	char *structure = voikko_mor_analysis_value_cstr(analysis, "STRUCTURE");
	char *class = voikko_mor_analysis_value_cstr(analysis, "CLASS");
	char *participle = voikko_mor_analysis_value_cstr(analysis, "PARTICIPLE");

	if (base != NULL) {
		forms->analyses++;
		if (class != NULL && strcmp(class, "sidesana") == 0)
			forms->conjunctions++;
		add_form(words, forms, MARK_WHOLE, base, strlen(base));
		if (bases != NULL && structure != NULL)
			words_parts(
			    base, bases, structure, collect, &(struct collecting){words, forms, MARK_PART});
		if (bases != NULL && participle != NULL)
			words_verb(bases, collect, &(struct collecting){words, forms, MARK_WHOLE});
	}
	voikko_free_mor_analysis_value_cstr(base);
	voikko_free_mor_analysis_value_cstr(bases);
	voikko_free_mor_analysis_value_cstr(structure);
	voikko_free_mor_analysis_value_cstr(class);
	voikko_free_mor_analysis_value_cstr(participle);
}

static void collect(void *context, const char *text, size_t length)
{
	struct collecting *collecting = context;

	add_form(collecting->words, collecting->forms, collecting->mark, text, length);
}

/* In lower case and without the signs that the dictionary writes between parts. */
static void add_form(struct words *words, struct forms *forms, char mark, const char *text, size_t length)
{
	struct token_reader reader;
	struct token token;
	char form[FORM_BYTES];
	size_t used = 0;

	token_reader_init(&reader, words->letters, text, length);
	while (token_next(&reader, &token)) {
		if (used + token.bytes > sizeof form)
			return;
		memcpy(form + used, token.text, token.bytes);
		used += token.bytes;
	}
	if (used == 0 || has_form(forms, mark, form, used) || forms->count == WORDS_FORMS_MAX ||
	    forms->length + used + 2 > sizeof forms->text)
		return;
	forms->text[forms->length] = mark;
	memcpy(forms->text + forms->length + 1, form, used);
	forms->text[forms->length + 1 + used] = '\0';
	forms->length += used + 2;
	forms->count++;
}

/* What is a part to one analysis and the whole word to another one is the whole word. */
static bool has_form(struct forms *forms, char mark, const char *form, size_t length)
{
	char *at = forms->text;

	for (size_t i = 0; i < forms->count; i++, at += strlen(at) + 1) {
		if (strlen(at + 1) != length || memcmp(at + 1, form, length) != 0)
			continue;
		if (mark == MARK_WHOLE)
			*at = MARK_WHOLE;
		return true;
	}
	return false;
}

static size_t characters(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		if (((unsigned char)text[i] & 0xC0) != 0x80)
			count++;
	return count;
}

/* The first letter as a capital, where it is one of Finnish or Swedish. */
static const char *upper_first(const char *word, char ret_word[TOKEN_BYTES + 4])
{
	unsigned char first = (unsigned char)word[0];
	size_t length = strlen(word);

	if (length > TOKEN_BYTES)
		return word;
	memcpy(ret_word, word, length + 1);
	if (first >= 'a' && first <= 'z')
		ret_word[0] = (char)(first - 'a' + 'A');
	else if (first == 0xC3 && (unsigned char)word[1] >= 0xA0 &&
		 (unsigned char)word[1] <= 0xBE) /* à … þ */
		ret_word[1] = (char)((unsigned char)word[1] - 0x20);
	return ret_word;
}
