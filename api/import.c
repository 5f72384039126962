#include "api/import.h"

#include "api/bind.h"
#include "api/service.h"
#include "common/clock.h"
#include "common/config.h"
#include "contract_handlers.h"
#include "contract_statements.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { END_BINDS = 4 };

static bool find_format(struct request *req, enum import_format *ret_format, struct err *err);
static void on_made(struct request *req, const struct pg_answer *made);
static struct import *import_new(struct request *req, const struct pg_rows *rows);
static bool wants_results(const struct request *req);
static void free_import(void *object);
static void on_piece(void *context, const char *bytes, size_t length);
static void on_end(void *context, enum http_stream_end how, const char *problem_code);
static void on_text(void *context, const struct import_text *text);
static void end(struct import *import);
static void on_ended(struct pg_query *query, const struct pg_answer *ended);
static void answer(struct import *import);

/* The import is a row before its body is read, so that who is cut off can ask for it. */
bool op_import_create(struct request *req, struct err *err)
{
	enum import_format format;

	if (!find_format(req, &format, err))
		return false;
	if (req->idempotency_key.at == NULL)
		return err_set(err, "idempotency_key_required", "an import without its key");
	if (req->loop->imports >= (unsigned)config_int("IMPORTS"))
		return err_set(err, "service_unavailable", "as many imports as may be at once");
	if (!bind_params(req, &statement_import_create, err))
		return false;
	request_query(req, &statement_import_create, on_made);
	return true;
}

void import_fail(struct import *import, const char *problem_code)
{
	if (import->problem_code == NULL)
		import->problem_code = problem_code;
	http_stream_pause(import->req->exchange);
}

void import_go_on(struct import *import)
{
	if (import->under_way == 0 && (import->problem_code != NULL || import->body_ended)) {
		end(import);
		return;
	}
	if (!import->is_paused || import->under_way >= IMPORT_BATCHES || import->problem_code != NULL)
		return;
	import->is_paused = false;
	http_stream_resume(import->req->exchange);
}

static bool find_format(struct request *req, enum import_format *ret_format, struct err *err)
{
	static const char *const types[] = {
	    [IMPORT_NDJSON] = "application/x-ndjson", [IMPORT_CSV] = "text/csv"};
	const char *type = request_header(req, "Content-Type");
	size_t length = type == NULL ? 0 : strcspn(type, "; \t");
	const char *charset = type == NULL ? NULL : strcasestr(type, "charset=");

	if (charset != NULL && strncasecmp(charset + 8 + (charset[8] == '"'), "utf-8", 5) != 0)
		return err_set(err, "unsupported_media_type", "a body that is not UTF-8");
	for (unsigned i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (type != NULL && length == strlen(types[i]) && strncasecmp(type, types[i], length) == 0) {
			*ret_format = (enum import_format)i;
			return true;
		}
	}
	return err_set(err, "unsupported_media_type", "neither NDJSON nor CSV");
}

static void on_made(struct request *req, const struct pg_answer *made)
{
	struct import *import = import_new(req, made->rows);
	const struct http_stream stream = {.on_piece = on_piece, .on_end = on_end, .context = import};

	http_stream_begin(req->exchange, &stream);
}

static struct import *import_new(struct request *req, const struct pg_rows *rows)
{
	struct import *import = arena_alloc(req->arena, sizeof *import);
	struct import_reader_options options = {.schema = req->operation->lines->body,
	    .also = IMPORT_SOURCE_REF,
	    .line_bytes = (size_t)config_int("BODY_BYTES"),
	    .report = &import->header_report};
	struct err err = {0};
	size_t length;

	import->req = req;
	import->header_report = (struct validate_report){.arena = req->arena, .language = req->language};
	import->line_head = *req->http->head;
	import->run = strtoll(pg_rows_value(rows, 0, (unsigned)pg_rows_find(rows, "run"), &length), NULL, 10);
	import->with_results = wants_results(req);
	if (!find_format(req, &options.format, &err))
		abort(); /* it was found before */
	import->reader = import_reader_new(&options, on_text, import);
	req->loop->imports++;
	arena_on_free(req->arena, free_import, import);
	return import;
}

static bool wants_results(const struct request *req)
{
	const struct param_value *receipts = params_find(req->operation, &req->params, "receipts");

	return receipts != NULL && receipts->text != NULL && strcmp(receipts->text, "true") == 0;
}

static void free_import(void *object)
{
	struct import *import = object;

	import->req->loop->imports--;
	import_reader_free(import->reader);
	import_batch_drop(import->filling);
}

static void on_piece(void *context, const char *bytes, size_t length)
{
	struct import *import = context;
	struct err err = {0};

	if (import->req->loop->service->stopping)
		import_fail(import, "service_unavailable");
	if (import->problem_code != NULL) {
		import_go_on(import);
		return;
	}
	import->bytes += length;
	if (!import_reader_feed(import->reader, bytes, length, &err))
		import_fail(import, err.code);
	if (import->filling != NULL &&
	    clock_monotonic_us() - import->filling->since_us > INT64_C(1000) * IMPORT_WAIT_MS)
		import_batch_launch(import->filling);
	if (import->under_way >= IMPORT_BATCHES) {
		import->is_paused = true;
		http_stream_pause(import->req->exchange);
	}
	if (import->problem_code != NULL)
		import_go_on(import);
}

/* Lines that have come whole go in, whatever became of those behind them. */
static void on_end(void *context, enum http_stream_end how, const char *problem_code)
{
	struct import *import = context;
	struct err err = {0};

	import->body_ended = true;
	if (how == HTTP_STREAM_REFUSED)
		import_fail(import, problem_code);
	else if (how == HTTP_STREAM_GONE)
		import_fail(import, "body_incomplete");
	else if (import->problem_code == NULL && !import_reader_end(import->reader, &err))
		import_fail(import, err.code);
	if (import->req->loop->is_cut) { /* no database any more */
		answer(import);
		return;
	}
	if (!import->is_ending)
		import_batch_launch(import->filling);
	import_go_on(import);
}

static void on_text(void *context, const struct import_text *text)
{
	struct import *import = context;

	if (import->problem_code != NULL)
		return;
	if (import->with_results && import->lines == IMPORT_KEPT) {
		import_fail(import, "import_too_long");
		return;
	}
	import->lines++;
	import_batch_take(import, text);
}

static void end(struct import *import)
{
	struct request *req = import->req;
	struct pg_param *params = arena_array(req->arena, END_BINDS, sizeof *params);
	const char *run, *bytes;

	if (import->is_ending)
		return;
	import->is_ending = true;
	bytes = arena_printf(req->arena, "%llu", (unsigned long long)import->bytes);
	run = arena_printf(req->arena, "%lld", (long long)import->run);
	if (import->problem_code != NULL)
		params[0] = (struct pg_param){import->problem_code, strlen(import->problem_code)};
	params[1] = (struct pg_param){bytes, strlen(bytes)};
	params[2] = (struct pg_param){(const char *)req->new_id.bytes, UUID_SIZE};
	params[3] = (struct pg_param){run, strlen(run)};
	import->end = (struct pg_query){
	    .statement = &statement_import_end, .params = params, .done = on_ended, .context = import};
	pg_engine_submit(req->loop->engine, &import->end);
}

static void on_ended(struct pg_query *query, const struct pg_answer *ended)
{
	struct import *import = query->context;

	if (ended->outcome != PG_ROWS)
		import_fail(import, "service_unavailable");
	else if (pg_rows_count(ended->rows) == 0)
		import_fail(import, "import_superseded");
	answer(import);
}

static void answer(struct import *import)
{
	struct request *req = import->req;
	struct err err = {0};
	char id[UUID_TEXT_SIZE];

	if (import->problem_code == NULL) {
		import_reply(import);
		return;
	}
	uuid_write(&req->new_id, id);
	req->problem.errors = import->header_report.errors;
	req->problem.error_count = import->header_report.count;
	req->problem.members = arena_printf(req->arena, "{\"import_id\": \"%s\"}", id);
	(void)err_set(&err, import->problem_code, "an import that was not finished");
	request_fail(req, &err);
}
