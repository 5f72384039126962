/*
 * Voices that speak of the same as a change. In C because the base forms of Finnish
 * words are: the change is read first, and its texts become what is looked for.
 */
#include "api/bind.h"
#include "api/request.h"
#include "common/buffer.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <assert.h>
#include <string.h>

/* Of each text in each language so many words: a search has 64 terms, and no language is to take all. */
enum { WORDS_OF_TEXT = 15 };

static void on_change(struct request *req, const struct pg_answer *answer);
static bool look(struct request *req, struct err *err);
static void add_texts(struct buffer *out, const struct pg_rows *rows, const char *column);
static void add_words(struct buffer *out, const char *text);
static void set_text(struct request *req, const struct buffer *words);

bool op_change_similar(struct request *req, struct err *err)
{
	if (params_find(req->operation, &req->params, "text")->text != NULL)
		return look(req, err);
	assert(strcmp(req->operation->params[0].name, "id") == 0); /* as in change_get */
	if (!bind_params(req, &statement_change_get, err))
		return false;
	request_query(req, &statement_change_get, on_change);
	return true;
}

static void on_change(struct request *req, const struct pg_answer *answer)
{
	struct err err = {0};
	struct buffer words;

	if (pg_rows_count(answer->rows) == 0) {
		err_set(&err, "not_found", "no such change");
		request_fail(req, &err);
		return;
	}
	buffer_init(&words, req->arena);
	add_texts(&words, answer->rows, "title");
	add_texts(&words, answer->rows, "said");
	add_texts(&words, answer->rows, "done");
	set_text(req, &words);
	if (!look(req, &err))
		request_fail(req, &err);
}

static bool look(struct request *req, struct err *err)
{
	if (!bind_params(req, req->operation->statement, err))
		return false;
	request_run(req);
	return true;
}

static void add_texts(struct buffer *out, const struct pg_rows *rows, const char *column)
{
	size_t length;
	const char *value = pg_rows_value(rows, 0, (unsigned)pg_rows_find(rows, column), &length);
	json_t *texts = json_loadb(value, length, 0, NULL);
	const char *lang;
	json_t *text;

	json_object_foreach(texts, lang, text) add_words(out, json_string_value(text));
	json_decref(texts);
}

/* Signs that mean something in a search mean nothing in a text. */
static void add_words(struct buffer *out, const char *text)
{
	unsigned words = 0;

	for (bool is_between = true; *text != '\0' && words <= WORDS_OF_TEXT; text++) {
		bool is_sign = (unsigned char)*text <= ' ' || *text == '"' || *text == '-';

		words += is_between && !is_sign;
		if (words <= WORDS_OF_TEXT)
			buffer_add(out, is_sign ? " " : text, 1);
		is_between = is_sign;
	}
	buffer_text(out, " ");
}

static void set_text(struct request *req, const struct buffer *words)
{
	unsigned count = req->params.count;
	struct param_value *values = arena_array(req->arena, count, sizeof *values);

	for (unsigned i = 0; i < count; i++) {
		values[i] = req->params.at[i];
		if (strcmp(req->operation->params[i].name, "text") == 0)
			values[i] = (struct param_value){.text = words->bytes, .length = words->length};
	}
	req->params.at = values;
}
