/*
 * The kind index: the words of cases for searching. All texts of a batch are read, and their words written,
 * in the transaction that settles the jobs.
 */
#include "common/words_index.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"

#include <string.h>

/* Half of the words of a text are among the few thousand that every text has. */
enum { WORDS_CACHED = 32768 };

/* What becomes of the texts, column by column. */
struct columns {
	struct array cases, known, plain, spots, lengths;
};

static void add_case(struct run *run, struct columns *columns, const struct pg_result *texts, int row);
static long long characters(const char *text);

bool index_open(void **ret_state, struct err *err)
{
	struct words *words;

	if (!words_new(WORDS_CACHED, &words, err))
		return false;
	*ret_state = words;
	return true;
}

void index_close(void *state)
{
	words_free(state);
}

bool index_apply(struct run *run, struct err *err)
{
	struct sql_index_texts wanted;
	struct sql_index_words values;
	struct array cases;
	struct columns columns;
	struct pg_result *texts = NULL;

	array_init(&cases, run->arena);
	for (size_t i = 0; i < run->count; i++)
		array_text(&cases, run->jobs[i].subject);
	wanted.cases = array_value(&cases);
	if (!sql_index_texts(run->pg, &wanted, &texts, err))
		return false;
	array_init(&columns.cases, run->arena);
	array_init(&columns.known, run->arena);
	array_init(&columns.plain, run->arena);
	array_init(&columns.spots, run->arena);
	array_init(&columns.lengths, run->arena);
	for (int row = 0; row < pg_rows(texts); row++)
		add_case(run, &columns, texts, row);
	pg_result_free(texts);
	values = (struct sql_index_words){.cases = array_value(&columns.cases),
	    .known = array_value(&columns.known),
	    .plain = array_value(&columns.plain),
	    .spots = array_value(&columns.spots),
	    .text_lengths = array_value(&columns.lengths)};
	return sql_index_words(run->pg, &values, NULL, err);
}

static void add_case(struct run *run, struct columns *columns, const struct pg_result *texts, int row)
{
	const char *said = pg_text(texts, row, SQL_INDEX_TEXTS_SAID);
	bool is_finnish = strcmp(pg_text(texts, row, SQL_INDEX_TEXTS_LANG), "fi") == 0;
	struct words_index index;

	words_index(run->state, run->arena, is_finnish, said, &index);
	array_text(&columns->cases, pg_text(texts, row, SQL_INDEX_TEXTS_FEEDBACK_ID));
	array_text(&columns->known, index.known);
	array_text(&columns->plain, index.plain);
	array_text(&columns->spots, index.spots);
	array_int(&columns->lengths, characters(said));
}

static long long characters(const char *text)
{
	long long count = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xC0) != 0x80)
			count++;
	return count;
}
