#include "api/reply.h"

#include "api/bind.h"
#include "api/conditions.h"
#include "api/personal.h"
#include "api/reply_columns.h"
#include "api/request.h"
#include "api/service.h"
#include "common/calendar.h"
#include "common/link_token.h"
#include "common/receipt.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reply_one(struct request *req, const struct pg_rows *rows, struct err *err);
static bool reply_list(struct request *req, const struct pg_rows *rows, struct err *err);
static bool row_problem(
    struct request *req, const struct reply_columns *columns, const struct pg_rows *rows, struct err *err);
static void add_errors(struct request *req, const char *list);
static bool write_text(struct request *req, const struct pg_rows *rows, struct err *err);
static void write_row(
    struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows, unsigned row);
static void write_page(struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows);
static void write_secret(struct request *req, struct json_out *out, const struct reply_columns *columns,
    const struct pg_rows *rows);
static void write_headers(
    struct request *req, const struct reply_columns *columns, const struct pg_rows *rows);
static bool write_etag(struct request *req, const char *version);
static void write_location(struct request *req, const char *id);
static void write_next(struct request *req, struct json_out *out, const struct pg_rows *rows, unsigned last);
static unsigned row_status(
    const struct request *req, const struct reply_columns *columns, const struct pg_rows *rows);

bool reply_rows(struct request *req, const struct pg_rows *rows, struct err *err)
{
	switch (req->operation->shape) {
	case REPLY_ONE:
	case REPLY_NONE:
	case REPLY_TEXT:
		return reply_one(req, rows, err);
	case REPLY_LIST:
		return reply_list(req, rows, err);
	case REPLY_RAW:
		break;
	}
	return err_set(err, "internal", "an operation whose reply only its handler can write");
}

void reply_value(struct json_out *out, const struct pg_rows *rows, unsigned row, unsigned column)
{
	size_t length;
	const char *value = pg_rows_value(rows, row, column, &length);
	char moment[40];

	if (value == NULL) {
		json_out_null(out);
		return;
	}
	switch (pg_rows_kind(rows, column)) {
	case PG_KIND_NUMBER:
		/* NaN and Infinity are numbers to PostgreSQL and none to JSON. */
		if (value[0] == 'N' || value[0] == 'I' || value[1] == 'I')
			json_out_null(out);
		else
			json_out_raw(out, value, length);
		break;
	case PG_KIND_BOOL:
		json_out_bool(out, value[0] == 't');
		break;
	case PG_KIND_JSON:
		json_out_raw(out, value, length);
		break;
	case PG_KIND_TIMESTAMPTZ:
		json_out_text(out, moment, reply_moment(value, length, moment));
		break;
	case PG_KIND_TEXT:
	case PG_KIND_DATE:
		json_out_text(out, value, length);
		break;
	case PG_KIND_BYTEA: /* after \x */
		json_out_text(out, value + 2, length - 2);
		break;
	}
}

bool reply_problem(struct request *req, const struct pg_rows *rows, struct err *err)
{
	struct reply_columns columns;

	reply_columns_find(&columns, rows);
	return row_problem(req, &columns, rows, err);
}

static bool reply_one(struct request *req, const struct pg_rows *rows, struct err *err)
{
	struct reply_columns columns;
	struct http_reply *reply = http_exchange_reply(req->exchange);
	const char *version;
	struct json_out out;

	reply_columns_find(&columns, rows);
	if (!row_problem(req, &columns, rows, err))
		return false;
	http_reply_status(reply, row_status(req, &columns, rows));
	write_headers(req, &columns, rows);
	version = reply_columns_text(&columns, rows, 0, COLUMN_VERSION);
	if (version != NULL && write_etag(req, version)) {
		http_reply_status(reply, 304);
		return true;
	}
	if (http_reply_get_status(reply) == 204)
		return true;
	if (req->operation->shape == REPLY_TEXT)
		return write_text(req, rows, err);
	http_reply_header(reply, "Content-Type", "application/json");
	json_out_init(&out, http_reply_sink(reply));
	json_out_object(&out);
	write_row(&out, &columns, rows, 0);
	write_secret(req, &out, &columns, rows);
	if (req->added_name != NULL) {
		json_out_name(&out, req->added_name, strlen(req->added_name));
		json_out_raw(&out, req->added_json, strlen(req->added_json));
	}
	json_out_object_end(&out);
	if (http_reply_body_length(reply) > req->loop->service->reply_bytes)
		return err_set(err, "reply_too_large", "%zu bytes", http_reply_body_length(reply));
	return true;
}

static bool reply_list(struct request *req, const struct pg_rows *rows, struct err *err)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	unsigned limit = bind_limit(req);
	unsigned count = pg_rows_count(rows);
	unsigned shown = count > limit ? limit : count;
	struct reply_columns columns;
	struct json_out out;

	reply_columns_find(&columns, rows);
	if (count > 0 && !row_problem(req, &columns, rows, err))
		return false;
	http_reply_status(reply, req->operation->status);
	write_headers(req, NULL, rows);
	http_reply_header(reply, "Content-Type", "application/json");
	json_out_init(&out, http_reply_sink(reply));
	json_out_object(&out);
	json_out_name(&out, "items", strlen("items"));
	json_out_array(&out);
	for (unsigned row = 0; row < shown; row++) {
		json_out_object(&out);
		write_row(&out, &columns, rows, row);
		json_out_object_end(&out);
	}
	json_out_array_end(&out);
	json_out_name(&out, "next_cursor", strlen("next_cursor"));
	if (count > limit && shown > 0)
		write_next(req, &out, rows, shown - 1);
	else
		json_out_null(&out);
	write_page(&out, &columns, rows);
	json_out_object_end(&out);
	if (http_reply_body_length(reply) > req->loop->service->reply_bytes)
		return err_set(err, "reply_too_large", "%zu bytes", http_reply_body_length(reply));
	return true;
}

/* False when the first row tells a problem. */
static bool row_problem(
    struct request *req, const struct reply_columns *columns, const struct pg_rows *rows, struct err *err)
{
	const char *code = reply_columns_text(columns, rows, 0, COLUMN_PROBLEM);
	const char *pointer = reply_columns_text(columns, rows, 0, COLUMN_POINTER);
	const char *members = reply_columns_text(columns, rows, 0, COLUMN_MEMBERS);
	const char *errors = reply_columns_text(columns, rows, 0, COLUMN_ERRORS);
	const struct problem *problem;

	if (code == NULL)
		return true;
	problem = contract_problem(code);
	if (members != NULL)
		req->problem.members = arena_string(req->arena, members);
	if (pointer != NULL) {
		struct problem_error *error = arena_alloc(req->arena, sizeof *error);
		bool is_pointer = pointer[0] == '/'; /* or it is the name of a parameter */

		*error = (struct problem_error){
		    .code = problem->code, .detail = problem->texts[req->language].title};
		*(is_pointer ? &error->pointer : &error->parameter) = arena_string(req->arena, pointer);
		req->problem.errors = error;
		req->problem.error_count = 1;
	}
	if (errors != NULL)
		add_errors(req, errors);
	return err_set(err, problem->code, "told by the statement");
}

/* [{"pointer": …, "code": …}]: codes of problems, whose titles tell what is wrong. */
static void add_errors(struct request *req, const char *list)
{
	json_t *entries = json_loads(list, 0, NULL);
	struct problem_error *errors = arena_array(req->arena, json_array_size(entries) + 1, sizeof *errors);
	size_t i;
	json_t *entry;

	json_array_foreach(entries, i, entry)
	{
		const struct problem *problem =
		    contract_problem(json_string_value(json_object_get(entry, "code")));
		const char *pointer = json_string_value(json_object_get(entry, "pointer"));

		errors[i] = (struct problem_error){.pointer = arena_string(req->arena, pointer),
		    .code = problem->code,
		    .detail = problem->texts[req->language].title};
	}
	req->problem.errors = errors;
	req->problem.error_count = json_array_size(entries);
	json_decref(entries);
}

/* The column `text` as it stands, or the calendar that the column `calendar` tells of. */
static bool write_text(struct request *req, const struct pg_rows *rows, struct err *err)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	struct json_sink sink = http_reply_sink(reply);
	bool is_calendar = strcmp(req->operation->media, "text/calendar") == 0;
	int column = pg_rows_find(rows, is_calendar ? "calendar" : "text");
	size_t length = 0;
	const char *text = column < 0 ? NULL : pg_rows_value(rows, 0, (unsigned)column, &length);

	if (is_calendar && text != NULL) {
		if (!calendar_text(req->arena, text, length, &text, err))
			return false;
		length = strlen(text);
	}
	http_reply_header(
	    reply, "Content-Type", arena_printf(req->arena, "%s; charset=utf-8", req->operation->media));
	if (text == NULL)
		return true;
	memcpy(sink.reserve(sink.context, length), text, length);
	sink.commit(sink.context, length);
	return true;
}

static void write_row(
    struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows, unsigned row)
{
	for (unsigned i = 0; i < columns->shown_count; i++) {
		const char *name = pg_rows_name(rows, columns->shown[i]);

		json_out_name(out, name, strlen(name));
		reply_value(out, rows, row, columns->shown[i]);
	}
}

/* What the statement says of the whole list, in each row; null when there is none. */
static void write_page(struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows)
{
	for (unsigned i = 0; i < columns->page_count; i++) {
		const char *name = pg_rows_name(rows, columns->page[i]) + strlen(REPLY_PAGE_PREFIX);

		json_out_name(out, name, strlen(name));
		if (pg_rows_count(rows) == 0)
			json_out_null(out);
		else
			reply_value(out, rows, 0, columns->page[i]);
	}
}

/* Secrets that are shown once, and again to who repeats the request with its key. */
static void write_secret(struct request *req, struct json_out *out, const struct reply_columns *columns,
    const struct pg_rows *rows)
{
	const char *secret = reply_columns_text(columns, rows, 0, COLUMN_SECRET);
	const char *link = reply_columns_text(columns, rows, 0, COLUMN_LINK);
	const char *feed = reply_columns_text(columns, rows, 0, COLUMN_FEED);
	char code[SECRET_CODE_SIZE], id[2 * UUID_SIZE + 1];
	struct uuid of_feed;

	if (req->operation->makes_receipt) {
		const char *reissue = reply_columns_text(columns, rows, 0, COLUMN_REISSUE);

		receipt_code(&req->new_id, reissue == NULL ? 0 : (unsigned)strtoul(reissue, NULL, 10), code);
		json_out_member_text(out, "receipt_code", code);
	}
	if (req->operation->makes_link && (link == NULL || link[0] == 't')) {
		const char *language = reply_columns_text(columns, rows, 0, COLUMN_LINK_LANGUAGE);
		const char *path = link_path(req->arena, &req->new_id);

		json_out_member_text(out, "link",
		    language == NULL ? path : arena_printf(req->arena, "%s?language=%s", path, language));
	}
	if (feed != NULL && uuid_read(feed, strlen(feed), &of_feed))
		json_out_member_text(out, "feed", link_text(req->arena, LINK_FEED, &of_feed));
	if (secret != NULL && secret[0] == 't') {
		secret_hex(req->new_id.bytes, UUID_SIZE, id);
		json_out_member_text(out, "key",
		    arena_printf(req->arena, "osal_%s_%s", id, api_key_secret(req->arena, &req->new_id)));
	}
}

static void write_headers(
    struct request *req, const struct reply_columns *columns, const struct pg_rows *rows)
{
	struct http_reply *reply = http_exchange_reply(req->exchange);
	const char *replayed, *location;

	http_reply_header(
	    reply, "Cache-Control", req->operation->personal ? "no-store" : "public, max-age=60");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	if (req->operation->by_language) {
		http_reply_header(reply, "Content-Language", language_tag(req->language));
		http_reply_header(reply, "Vary", "Accept-Language");
	}
	if (columns == NULL)
		return;
	replayed = reply_columns_text(columns, rows, 0, COLUMN_REPLAYED);
	if (replayed != NULL && replayed[0] == 't')
		http_reply_header(reply, "Idempotent-Replayed", "true");
	location = reply_columns_text(columns, rows, 0, COLUMN_LOCATION);
	if (location != NULL)
		http_reply_header(reply, "Location", arena_string(req->arena, location));
	else if (req->operation->location != NULL && pg_rows_find(rows, "id") >= 0)
		write_location(req, pg_rows_value(rows, 0, (unsigned)pg_rows_find(rows, "id"), &(size_t){0}));
}

/* True when the client has this version already: 304. */
static bool write_etag(struct request *req, const char *version)
{
	const char *tag = arena_printf(req->arena, req->operation->by_language ? "\"%s-%s\"" : "\"%s\"",
	    version, language_tag(req->language));

	http_reply_header(http_exchange_reply(req->exchange), "ETag", tag);
	return req->operation->method == HTTP_GET && conditions_has_etag(req, tag);
}

/* The template's {id} becomes the row's id. */
static void write_location(struct request *req, const char *id)
{
	const char *template = req->operation->location;
	const char *brace = strstr(template, "{id}");

	if (brace == NULL || id == NULL)
		return;
	http_reply_header(http_exchange_reply(req->exchange), "Location",
	    arena_printf(
		req->arena, "%.*s%s%s", (int)(brace - template), template, id, brace + strlen("{id}")));
}

static void write_next(struct request *req, struct json_out *out, const struct pg_rows *rows, unsigned last)
{
	const struct statement *statement = req->query.statement;
	struct pg_param values[CURSOR_PARTS_MAX];
	struct http_slice query = req->http->head->query;
	const char *cursor;
	struct buffer link;

	for (unsigned i = 0; i < statement->cursor_count; i++) {
		int column = pg_rows_find(rows, statement->cursor[i]);

		assert(column >= 0 && i < CURSOR_PARTS_MAX);
		values[i].bytes = pg_rows_value(rows, last, (unsigned)column, &values[i].length);
	}
	cursor = cursor_write(req->arena, bind_cursor_scope(req), values, statement->cursor_count);
	json_out_text(out, cursor, strlen(cursor));
	buffer_init(&link, req->arena);
	buffer_printf(&link, "<%.*s?", (int)req->http->head->path.length, req->http->head->path.at);
	reply_filters(&link, query);
	buffer_printf(&link, "cursor=%s>; rel=\"next\"", cursor);
	http_reply_header(http_exchange_reply(req->exchange), "Link", link.bytes);
}

static unsigned row_status(
    const struct request *req, const struct reply_columns *columns, const struct pg_rows *rows)
{
	const char *status = reply_columns_text(columns, rows, 0, COLUMN_STATUS);

	return status == NULL ? req->operation->status : (unsigned)strtoul(status, NULL, 10);
}
