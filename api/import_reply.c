#include "api/import.h"
#include "common/receipt.h"

#include <stdlib.h>
#include <string.h>

static const char *const status_names[IMPORT_STATUS_COUNT] = {
    [IMPORT_CREATED] = "created", [IMPORT_REPLAYED] = "replayed", [IMPORT_REFUSED] = "refused"};

static void write_line(struct json_out *out, const struct import_line *line);
static void write_shown(struct json_out *out, struct import *import);
static void write_results(struct json_out *out, struct import *import);
static int compare_shown(const void *left, const void *right);
static int compare_results(const void *left, const void *right);

void import_write_problem(struct json_out *out, const struct import_line *line)
{
	const struct problem_details *problem = &line->req.problem;

	json_out_member_text(out, "code", line->code);
	json_out_name(out, "errors", strlen("errors"));
	json_out_array(out);
	for (size_t i = 0; i < problem->error_count && i < IMPORT_LINE_ERRORS; i++) {
		json_out_object(out);
		json_out_member_text(out, "pointer", problem->errors[i].pointer);
		json_out_member_text(out, "code", problem->errors[i].code);
		json_out_object_end(out);
	}
	json_out_array_end(out);
}

/* When there is no more room, it takes the place of the last one, if it stands before that. */
void import_show(struct import *import, const struct import_line *line)
{
	struct import_shown *place = &import->shown[0];
	struct buffer text;
	struct json_out out;

	if (import->shown_count < IMPORT_SHOWN) {
		place = &import->shown[import->shown_count++];
	} else {
		for (unsigned i = 1; i < IMPORT_SHOWN; i++)
			if (import->shown[i].line > place->line)
				place = &import->shown[i];
		if (place->line < line->number)
			return;
	}
	buffer_init(&text, import->req->arena);
	json_out_init(&out, buffer_sink(&text));
	write_line(&out, line);
	*place = (struct import_shown){line->number, text.bytes};
}

void import_keep_results(struct import *import, const struct import_batch *batch)
{
	struct import_results *results;
	struct buffer text;
	struct json_out out;

	buffer_init(&text, batch->arena);
	json_out_init(&out, buffer_sink(&text));
	json_out_array(&out);
	for (unsigned i = 0; i < batch->count; i++)
		if (batch->lines[i]->status != IMPORT_UNKNOWN)
			write_line(&out, batch->lines[i]);
	json_out_array_end(&out);
	results = arena_alloc(import->req->arena, sizeof *results);
	results->next = import->results;
	results->first_line = batch->first_line;
	results->length = text.length - 2; /* without its brackets */
	results->items = arena_copy(import->req->arena, text.bytes + 1, results->length);
	import->results = results;
	import->results_count++;
}

void import_reply(struct import *import)
{
	struct request *req = import->req;
	struct http_reply *reply = http_exchange_reply(req->exchange);
	uint64_t lines = 0;
	char id[UUID_TEXT_SIZE];
	struct json_out out;

	uuid_write(&req->new_id, id);
	http_reply_status(reply, req->operation->status);
	http_reply_header(reply, "Content-Type", "application/json");
	http_reply_header(reply, "Cache-Control", "no-store");
	http_reply_header(reply, "X-Content-Type-Options", "nosniff");
	json_out_init(&out, http_reply_sink(reply));
	json_out_object(&out);
	json_out_member_text(&out, "id", id);
	json_out_member_text(&out, "state", "finished");
	for (unsigned i = 0; i < IMPORT_STATUS_COUNT; i++)
		lines += import->counts[i];
	json_out_member_int(&out, "lines", (int64_t)lines);
	for (unsigned i = 0; i < IMPORT_STATUS_COUNT; i++)
		json_out_member_int(&out, status_names[i], (int64_t)import->counts[i]);
	json_out_member_int(&out, "bytes", (int64_t)import->bytes);
	write_shown(&out, import);
	if (import->with_results)
		write_results(&out, import);
	json_out_object_end(&out);
	request_end(req);
}

static void write_line(struct json_out *out, const struct import_line *line)
{
	char text[UUID_TEXT_SIZE], code[SECRET_CODE_SIZE];

	json_out_object(out);
	json_out_member_int(out, "line", (int64_t)line->number);
	json_out_member_text(out, "status", status_names[line->status]);
	if (line->status == IMPORT_REFUSED) {
		json_out_name(out, "problem", strlen("problem"));
		json_out_object(out);
		import_write_problem(out, line);
		json_out_object_end(out);
	} else {
		uuid_write(&line->req.new_id, text);
		json_out_member_text(out, "id", text);
		receipt_code(&line->req.new_id, line->reissue, code);
		json_out_member_text(out, "receipt_code", code);
	}
	json_out_object_end(out);
}

static void write_shown(struct json_out *out, struct import *import)
{
	qsort(import->shown, import->shown_count, sizeof import->shown[0], compare_shown);
	json_out_name(out, "refusals", strlen("refusals"));
	json_out_array(out);
	for (unsigned i = 0; i < import->shown_count; i++)
		json_out_raw(out, import->shown[i].json, strlen(import->shown[i].json));
	json_out_array_end(out);
}

/* In the order of the file: batches are done in another. */
static void write_results(struct json_out *out, struct import *import)
{
	const struct import_results **all =
	    arena_array(import->req->arena, import->results_count + 1, sizeof(void *));
	unsigned count = 0;

	for (const struct import_results *each = import->results; each != NULL; each = each->next)
		if (each->length > 0)
			all[count++] = each;
	qsort(all, count, sizeof(void *), compare_results);
	json_out_name(out, "results", strlen("results"));
	json_out_array(out);
	for (unsigned i = 0; i < count; i++)
		json_out_raw(out, all[i]->items, all[i]->length);
	json_out_array_end(out);
}

static int compare_shown(const void *left, const void *right)
{
	uint64_t a = ((const struct import_shown *)left)->line,
		 b = ((const struct import_shown *)right)->line;

	return (a > b) - (a < b);
}

static int compare_results(const void *left, const void *right)
{
	uint64_t a = (*(const struct import_results *const *)left)->first_line;
	uint64_t b = (*(const struct import_results *const *)right)->first_line;

	return (a > b) - (a < b);
}
