#include "api/import.h"

#include "api/bind.h"
#include "api/body.h"
#include "api/reply_columns.h"
#include "api/service.h"
#include "api/validate_words.h"
#include "common/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 2 };

static void begin_request(struct import_line *line, const struct import_text *text);
static bool read_text(struct import_line *line, const char **ret_ref, size_t *ret_length, struct err *err);
static bool take_source_ref(struct request *req, const char **ret_ref, size_t *ret_length, struct err *err);
static void make_id(struct import_line *line, const char *source_ref, size_t length);
static bool take_rows(struct import_line *line, const struct pg_rows *rows);
static void take_failure(struct import_line *line, const struct pg_answer *answer);
static void refuse(struct import_line *line, const char *code);
static void refuse_at(struct import_line *line, const char *code, const char *pointer);

bool import_line_prepare(struct import_line *line, const struct import_text *text)
{
	struct request *req = &line->req;
	const char *source_ref = NULL;
	struct err err = {0};
	size_t length = 0;

	line->status = IMPORT_UNKNOWN;
	if (text->problem_code != NULL) {
		refuse(line, text->problem_code);
		return false;
	}
	begin_request(line, text);
	if (!read_text(line, &source_ref, &length, &err)) {
		refuse(line, err.code);
		return false;
	}
	make_id(line, source_ref, length);
	if (!bind_params(req, req->operation->statement, &err)) {
		refuse(line, err.code);
		return false;
	}
	return true;
}

bool import_line_answered(struct import_line *line, const struct pg_answer *answer)
{
	switch (answer->outcome) {
	case PG_ROWS:
		return take_rows(line, answer->rows);
	case PG_FAILED:
		take_failure(line, answer);
		return true;
	case PG_TIMED_OUT:
	case PG_UNAVAILABLE:
		break;
	}
	import_fail(line->batch->import, "service_unavailable");
	return true;
}

/* What a single POST would be, asked for by the import's caller. */
static void begin_request(struct import_line *line, const struct import_text *text)
{
	const struct request *parent = line->batch->import->req;
	struct request *req = &line->req;

	line->http = *parent->http;
	line->http.head = &line->batch->import->line_head;
	line->http.arena = line->batch->arena;
	line->http.body =
	    (struct http_slice){arena_copy(line->batch->arena, text->at, text->length), text->length};
	req->http = &line->http;
	req->arena = line->batch->arena;
	req->loop = parent->loop;
	req->operation = parent->operation->lines;
	req->caller = parent->caller;
	req->language = parent->language;
	req->idempotency_key = parent->idempotency_key;
	memcpy(req->trace_id, parent->trace_id, sizeof req->trace_id);
}

static bool read_text(struct import_line *line, const char **ret_ref, size_t *ret_length, struct err *err)
{
	struct request *req = &line->req;
	struct http_slice body = line->http.body;

	if (!json_read(req->arena, body.at, body.length, &req->loop->service->json, &req->body.json, err))
		return false;
	req->body.text = (struct pg_param){body.at, body.length};
	return take_source_ref(req, ret_ref, ret_length, err) && body_accept(req, err);
}

/* The contract of the lines does not know it. */
static bool take_source_ref(struct request *req, const char **ret_ref, size_t *ret_length, struct err *err)
{
	json_t *value =
	    json_is_object(req->body.json) ? json_object_get(req->body.json, IMPORT_SOURCE_REF) : NULL;
	struct validate_report report = {.arena = req->arena, .language = req->language};
	const struct schema source_ref = {
	    .type = SCHEMA_STRING, .min_length = 1, .max_length = IMPORT_SOURCE_REF_MAX};
	struct problem_error error = {.pointer = "/" IMPORT_SOURCE_REF};

	if (value == NULL)
		return true;
	if (!json_is_string(value))
		error.code = "wrong_type";
	else if (json_string_length(value) == 0)
		error.code = "too_short";
	else if (json_string_length(value) > IMPORT_SOURCE_REF_MAX)
		error.code = "too_long";
	if (error.code != NULL) {
		error.detail = validate_words(req->arena, req->language, &source_ref, error.code);
		validate_report_add(&report, &error);
		req->problem.errors = report.errors;
		req->problem.error_count = report.count;
		return err_set(err, "contract_violation", "a source_ref that is none");
	}
	*ret_ref = arena_copy(req->arena, json_string_value(value), json_string_length(value));
	*ret_length = json_string_length(value);
	(void)json_object_del(req->body.json, IMPORT_SOURCE_REF);
	return true;
}

/* Of the import, which is its caller's and its key's, and of what names the line in it: so a line is made
 * once. */
static void make_id(struct import_line *line, const char *source_ref, size_t length)
{
	const struct request *parent = line->batch->import->req;
	struct secret_part parts[3] = {{parent->new_id.bytes, UUID_SIZE}, {"source_ref", 10}};
	unsigned char hash[SECRET_HASH_SIZE];
	char number[24];

	if (source_ref != NULL) {
		parts[2] = (struct secret_part){source_ref, length};
	} else {
		(void)snprintf(number, sizeof number, "%llu", (unsigned long long)line->number);
		parts[1] = (struct secret_part){"line", 4};
		parts[2] = (struct secret_part){number, strlen(number)};
	}
	secret_hash(SECRET_ID, parts, 3, hash);
	line->req.new_id = uuid_from_hash(hash);
	line->req.has_new_id = true;
}

/* False: the loser of a race against itself, to be run once more. */
static bool take_rows(struct import_line *line, const struct pg_rows *rows)
{
	struct reply_columns columns;
	const char *problem, *pointer, *text;

	line->req.runs++;
	if (pg_rows_count(rows) == 0) {
		if (line->req.runs < RUNS_MAX)
			return false;
		import_fail(line->batch->import, "service_unavailable");
		return true;
	}
	reply_columns_find(&columns, rows);
	problem = reply_columns_text(&columns, rows, 0, COLUMN_PROBLEM);
	if (problem != NULL) {
		pointer = reply_columns_text(&columns, rows, 0, COLUMN_POINTER);
		refuse_at(line, contract_problem(problem)->code, pointer);
		return true;
	}
	text = reply_columns_text(&columns, rows, 0, COLUMN_REPLAYED);
	line->status = text != NULL && text[0] == 't' ? IMPORT_REPLAYED : IMPORT_CREATED;
	text = reply_columns_text(&columns, rows, 0, COLUMN_REISSUE);
	line->reissue = text == NULL ? 0 : (unsigned)strtoul(text, NULL, 10);
	return true;
}

static void take_failure(struct import_line *line, const struct pg_answer *answer)
{
	const struct problem *problem = contract_problem_of_constraint(answer->constraint);

	if (problem == NULL)
		import_fail(line->batch->import, "internal");
	else
		refuse_at(line, problem->code, problem->pointer);
}

static void refuse(struct import_line *line, const char *code)
{
	line->status = IMPORT_REFUSED;
	line->code = code;
}

static void refuse_at(struct import_line *line, const char *code, const char *pointer)
{
	struct problem_error *error;

	refuse(line, code);
	if (pointer == NULL)
		return;
	error = arena_alloc(line->batch->arena, sizeof *error);
	*error = (struct problem_error){.pointer = arena_string(line->batch->arena, pointer), .code = code};
	line->req.problem.errors = error;
	line->req.problem.error_count = 1;
}
