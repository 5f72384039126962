/*
 * A list read to its end, as a file. It is in C because neither NDJSON nor CSV
 * is a reply that rows make by themselves, and because it has no bound: page
 * after page of the list that the contract names (x-lines) is asked for as the
 * client reads, and none is kept.
 */
#include "api/bind.h"
#include "api/export_csv.h"
#include "api/reply.h"
#include "api/reply_columns.h"
#include "api/request.h"
#include "api/service.h"
#include "common/json_out.h"
#include "contract_handlers.h"

#include <assert.h>
#include <string.h>

enum { PAGE_ROWS = 100 };

struct export
{
	struct request *req;
	bool is_csv, is_begun;
	struct arena *arena; /* of the page that is asked for, and of where it begins */
	struct request page; /* a request of the list */
	struct pg_param after[CURSOR_PARTS_MAX];
};

static void free_page(void *object);
static void ask(struct export *export);
static void take_params(struct export *export, struct param_values *ret_values);
static void on_page(struct pg_query *query, const struct pg_answer *answer);
static void fail(struct export *export, const struct pg_answer *answer);
static bool is_problem(const struct pg_rows *rows, struct err *err);
static void write_headers(struct export *export, const struct pg_rows *rows);
static void write_rows(struct export *export, const struct pg_rows *rows, unsigned count);
static void write_object(
    struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows, unsigned row);
static void keep_cursor(struct export *export, const struct pg_rows *rows, unsigned last);
static void on_room(void *context);

bool list_export(struct request *req, struct err *err)
{
	struct export *export = arena_alloc(req->arena, sizeof *export);
	const struct param_value *format = params_find(req->operation, &req->params, "format");
	const char *accept = request_header(req, "Accept");

	(void)err;
	export->req = req;
	if (format->text != NULL)
		export->is_csv = strcmp(format->text, "csv") == 0;
	else
		export->is_csv = accept != NULL && strstr(accept, "text/csv") != NULL;
	export->arena = arena_new();
	arena_on_free(req->arena, free_page, export);
	ask(export);
	return true;
}

static void free_page(void *object)
{
	struct export *export = object;

	arena_free(export->arena);
}

static void ask(struct export *export)
{
	struct request *page = &export->page;
	const struct statement *statement = export->req->operation->lines->statement;

	*page = (struct request){.arena = export->arena,
	    .loop = export->req->loop,
	    .http = export->req->http,
	    .operation = export->req->operation->lines,
	    .caller = export->req->caller,
	    .language = export->req->language};
	take_params(export, &page->params);
	bind_page(page, statement, export->after);
	page->query.done = on_page;
	page->query.context = export;
	pg_engine_submit(page->loop->engine, &page->query);
}

/* The filters have the same names there. */
static void take_params(struct export *export, struct param_values *ret_values)
{
	const struct operation *list = export->req->operation->lines;
	struct param_value *values = arena_array(export->arena, list->param_count, sizeof *values);

	for (unsigned i = 0; i < list->param_count; i++) {
		const char *name = list->params[i].name;
		const struct param_value *given =
		    params_find(export->req->operation, &export->req->params, name);

		if (given != NULL)
			values[i] = *given;
		if (strcmp(name, "limit") == 0) {
			values[i].text = arena_printf(export->arena, "%d", PAGE_ROWS);
			values[i].length = strlen(values[i].text);
		}
	}
	*ret_values = (struct param_values){values, list->param_count};
}

/* One row more than a page tells that there is another. */
static void on_page(struct pg_query *query, const struct pg_answer *answer)
{
	struct export *export = query->context;
	struct request *req = export->req;
	struct err err = {0};
	unsigned count, shown;

	if (answer->outcome != PG_ROWS) {
		fail(export, answer);
		return;
	}
	if (!export->is_begun && is_problem(answer->rows, &err)) {
		request_fail(req, &err);
		return;
	}
	count = pg_rows_count(answer->rows);
	shown = count > PAGE_ROWS ? PAGE_ROWS : count;
	if (!export->is_begun)
		write_headers(export, answer->rows);
	write_rows(export, answer->rows, shown);
	if (count > PAGE_ROWS)
		keep_cursor(export, answer->rows, shown - 1);
	export->is_begun = true;
	if (!request_part(req, on_room, export) || count <= PAGE_ROWS || req->http->head->method == HTTP_HEAD)
		request_end(req);
}

/* Behind its beginning a reply cannot say what went wrong any more: it is cut. */
static void fail(struct export *export, const struct pg_answer *answer)
{
	struct err err = {0};

	if (export->is_begun) {
		request_cut(export->req);
		return;
	}
	if (answer->outcome == PG_FAILED)
		(void)err_set(&err, "internal", "SQLSTATE %s", answer->sqlstate);
	else
		(void)err_set(&err, "service_unavailable", "the database did not answer in time");
	request_fail(export->req, &err);
}

/* A list of what belongs to something says so when that is not there. */
static bool is_problem(const struct pg_rows *rows, struct err *err)
{
	int column = pg_rows_find(rows, "_problem");
	const char *code = NULL;
	size_t length;

	if (column >= 0 && pg_rows_count(rows) > 0)
		code = pg_rows_value(rows, 0, (unsigned)column, &length);
	return code != NULL && !err_set(err, code, "the list is not there");
}

static void write_headers(struct export *export, const struct pg_rows *rows)
{
	struct http_reply *reply = http_exchange_reply(export->req->exchange);
	struct reply_columns columns;
	const char *rest;

	reply_columns_find(&columns, rows);
	rest = reply_columns_text(&columns, rows, 0, COLUMN_FILE);
	http_reply_status(reply, export->req->operation->status);
	http_reply_header(reply, "Content-Type",
	    export->is_csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson");
	http_reply_header(reply, "Content-Disposition",
	    arena_printf(export->req->arena, "attachment; filename=\"%s%s%s.%s\"",
		export->req->operation->file, rest == NULL ? "" : "-", rest == NULL ? "" : rest,
		export->is_csv ? "csv" : "ndjson"));
	http_reply_header(
	    reply, "Cache-Control", export->req->operation->personal ? "no-store" : "public, max-age=60");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
}

static void write_rows(struct export *export, const struct pg_rows *rows, unsigned count)
{
	struct json_sink sink = http_reply_sink(http_exchange_reply(export->req->exchange));
	struct reply_columns columns;
	struct json_out out;

	reply_columns_find(&columns, rows);
	if (export->is_csv && !export->is_begun)
		export_csv_header(&sink, &columns, rows);
	for (unsigned row = 0; row < count; row++) {
		if (export->is_csv) {
			export_csv_row(&sink, &columns, rows, row);
			continue;
		}
		json_out_init(&out, sink);
		write_object(&out, &columns, rows, row);
		*sink.reserve(sink.context, 1) = '\n';
		sink.commit(sink.context, 1);
	}
}

static void write_object(
    struct json_out *out, const struct reply_columns *columns, const struct pg_rows *rows, unsigned row)
{
	json_out_object(out);
	for (unsigned i = 0; i < columns->shown_count; i++) {
		const char *name = pg_rows_name(rows, columns->shown[i]);

		json_out_name(out, name, strlen(name));
		reply_value(out, rows, row, columns->shown[i]);
	}
	json_out_object_end(out);
}

/* Into the arena of the next page; that of this one goes, with its query. */
static void keep_cursor(struct export *export, const struct pg_rows *rows, unsigned last)
{
	const struct statement *statement = export->page.query.statement;
	struct arena *next = arena_new();

	for (unsigned i = 0; i < statement->cursor_count; i++) {
		int column = pg_rows_find(rows, statement->cursor[i]);
		size_t length;
		const char *value;

		assert(column >= 0 && i < CURSOR_PARTS_MAX);
		value = pg_rows_value(rows, last, (unsigned)column, &length);
		export->after[i] =
		    (struct pg_param){value == NULL ? NULL : arena_copy(next, value, length), length};
	}
	arena_free(export->arena);
	export->arena = next;
}

static void on_room(void *context)
{
	struct export *export = context;

	if (http_exchange_is_gone(export->req->exchange))
		request_end(export->req);
	else
		ask(export);
}
