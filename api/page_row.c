#include "api/page_row.h"

#include "api/bind.h"
#include "api/service.h"
#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool page_query(struct request *req, request_step *next, struct err *err)
{
	page_choose_language(req);
	if (!bind_params(req, req->operation->statement, err))
		return false;
	request_query(req, req->operation->statement, next);
	return true;
}

void page_make_key(struct request *req)
{
	struct secret_part body = {req->http->body.at, req->http->body.length};
	unsigned char hash[SECRET_HASH_SIZE];
	const char *key;

	secret_hash(SECRET_REQUEST, &body, 1, hash);
	key = secret_base64url(req->arena, hash, sizeof hash);
	req->idempotency_key = (struct http_slice){key, strlen(key)};
	bind_new_id(req);
}

void page_fail(struct request *req, const char *code)
{
	struct err err = {0};

	(void)err_set(&err, code, "what a page asked for");
	request_fail(req, &err);
}

void page_show(struct request *req, enum page page, const char *title, json_t *values)
{
	page_show_as(
	    req, &(struct page_view){
		     .page = page, .status = req->operation->status, .title = title, .values = values});
}

void page_show_as(struct request *req, const struct page_view *view)
{
	struct err err = {0};

	if (!page_reply(req, view, &err))
		request_fail(req, &err);
	json_decref(view->values);
}

const struct operation *page_operation(const char *id)
{
	for (unsigned i = 0; i < contract_operation_count; i++)
		if (strcmp(contract_operations[i].id, id) == 0)
			return &contract_operations[i];
	abort();
}

const char *page_posted_words(struct arena *arena, const json_t *posted, const char *name)
{
	const char *text = json_string_value(json_object_get(posted, name));
	char *words, *end;

	if (text == NULL || text[strspn(text, " \t\r\n")] == '\0')
		return NULL;
	words = end = arena_string(arena, text);
	for (; *text != '\0'; text++)
		if (text[0] != '\r' || text[1] != '\n')
			*end++ = *text;
	*end = '\0';
	return words;
}

void page_put_most(const struct request *req, json_t *values, unsigned most)
{
	const char *separator = req->language == LANGUAGE_EN ? "," : "\u00a0";

	json_object_set_new(values, "most", json_integer(most));
	json_object_set_new(
	    values, "most_text", json_sprintf("%u%s%03u", most / 1000, separator, most % 1000));
}

bool page_words_are_too_many(const char *words, unsigned most)
{
	return words != NULL && utf8_count(words, strlen(words)) > most;
}

const char *page_cell(const struct pg_rows *rows, const char *name)
{
	int column = pg_rows_find(rows, name);
	size_t length;

	if (column < 0 || pg_rows_count(rows) == 0)
		return NULL;
	return pg_rows_value(rows, 0, (unsigned)column, &length);
}

bool page_cell_is_true(const struct pg_rows *rows, const char *name)
{
	const char *value = page_cell(rows, name);

	return value != NULL && value[0] == 't';
}

const char *page_text_of(const struct request *req, const char *prefix, const char *value)
{
	char name[40];

	if (value == NULL)
		return NULL;
	snprintf(name, sizeof name, "%s_%s", prefix, value);
	return page_text(req, name);
}

void page_put_words(const struct request *req, json_t *values, const char *name, json_t *texts)
{
	const char *tag = page_language(req);

	if (json_object_get(texts, tag) == NULL)
		tag = language_tag(req->language);
	if (json_object_get(texts, tag) == NULL)
		tag = language_tag(LANGUAGE_FI);
	if (json_object_get(texts, tag) == NULL)
		tag = json_object_iter_key(json_object_iter(texts));
	json_object_set_new(values, name,
	    tag == NULL ? json_false()
			: json_pack("{s:s, s:O}", "lang", tag, "text", json_object_get(texts, tag)));
}

void page_put_cell_words(
    const struct request *req, json_t *values, const char *name, const struct pg_rows *rows)
{
	const char *texts = page_cell(rows, name);
	json_t *map = texts == NULL ? NULL : json_loads(texts, 0, NULL);

	page_put_words(req, values, name, map);
	json_decref(map);
}

const char *page_address(struct request *req, const char *path)
{
	const char *host = strstr(req->loop->service->public_url, "://") + 3;

	return arena_printf(req->arena, "%s%s", host, path);
}

const char *page_url(struct request *req, const char *path)
{
	return arena_printf(req->arena, "%s%s", req->loop->service->public_url, path);
}

void page_put_day(json_t *values, const char *name, const char *day)
{
	if (day == NULL || strlen(day) != strlen("2026-01-31"))
		json_object_set_new(values, name, json_false());
	else
		json_object_set_new(values, name,
		    json_sprintf("%ld.%ld.%.4s", strtol(day + 8, NULL, 10), strtol(day + 5, NULL, 10), day));
}
