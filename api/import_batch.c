#include "api/import.h"
#include "api/service.h"
#include "common/clock.h"
#include "contract_statements.h"

#include <string.h>

enum { NOTE_BINDS = 7 };

static struct import_batch *batch_new(struct import *import, uint64_t first_line);
static void on_made(struct pg_query *query, const struct pg_answer *answer);
static void note(struct import_batch *batch);
static struct pg_param refusals(struct import_batch *batch);
static struct pg_param number(struct import_batch *batch, uint64_t value);
static void on_noted(struct pg_query *query, const struct pg_answer *answer);

void import_batch_take(struct import *import, const struct import_text *text)
{
	struct import_batch *batch = import->filling;
	struct import_line *line;

	if (batch == NULL)
		batch = batch_new(import, text->line);
	line = arena_alloc(batch->arena, sizeof *line);
	line->batch = batch;
	line->number = text->line;
	batch->lines[batch->count++] = line;
	batch->bytes += text->length;
	if (import_line_prepare(line, text))
		batch->open++;
	if (batch->count == IMPORT_BATCH_LINES || batch->bytes >= IMPORT_BATCH_BYTES)
		import_batch_launch(batch);
}

void import_batch_launch(struct import_batch *batch)
{
	if (batch == NULL)
		return;
	batch->import->filling = NULL;
	batch->import->under_way++;
	if (batch->open == 0) {
		note(batch);
		return;
	}
	for (unsigned i = 0; i < batch->count; i++) {
		struct request *req = &batch->lines[i]->req;

		if (batch->lines[i]->status == IMPORT_REFUSED)
			continue;
		req->query.done = on_made;
		req->query.context = batch->lines[i];
		req->query.is_bulk = true;
		pg_engine_submit(req->loop->engine, &req->query);
	}
}

void import_batch_drop(struct import_batch *batch)
{
	if (batch != NULL)
		arena_free(batch->arena);
}

static struct import_batch *batch_new(struct import *import, uint64_t first_line)
{
	struct arena *arena = arena_new();
	struct import_batch *batch = arena_alloc(arena, sizeof *batch);

	batch->arena = arena;
	batch->import = import;
	batch->first_line = first_line;
	batch->since_us = clock_monotonic_us();
	import->filling = batch;
	return batch;
}

static void on_made(struct pg_query *query, const struct pg_answer *answer)
{
	struct import_line *line = query->context;
	struct import_batch *batch = line->batch;

	if (!import_line_answered(line, answer)) {
		pg_engine_submit(line->req.loop->engine, query);
		return;
	}
	batch->open--;
	if (batch->open == 0)
		note(batch);
}

static void note(struct import_batch *batch)
{
	struct import *import = batch->import;
	uint64_t counts[IMPORT_STATUS_COUNT + 1] = {0};
	struct pg_param *params = arena_array(batch->arena, NOTE_BINDS, sizeof *params);

	for (unsigned i = 0; i < batch->count; i++) {
		counts[batch->lines[i]->status]++;
		if (batch->lines[i]->status == IMPORT_REFUSED)
			import_show(import, batch->lines[i]);
	}
	if (import->with_results)
		import_keep_results(import, batch);
	for (unsigned i = 0; i < IMPORT_STATUS_COUNT; i++) {
		import->counts[i] += counts[i];
		params[i] = number(batch, counts[i]);
	}
	params[IMPORT_STATUS_COUNT] = number(batch, import->bytes);
	params[IMPORT_STATUS_COUNT + 1] =
	    (struct pg_param){(const char *)import->req->new_id.bytes, UUID_SIZE};
	params[IMPORT_STATUS_COUNT + 2] = number(batch, (uint64_t)import->run);
	params[IMPORT_STATUS_COUNT + 3] = refusals(batch);
	batch->note = (struct pg_query){
	    .statement = &statement_import_note, .params = params, .done = on_noted, .context = batch};
	pg_engine_submit(import->req->loop->engine, &batch->note);
}

static struct pg_param refusals(struct import_batch *batch)
{
	struct import *import = batch->import;
	struct buffer text;
	struct json_out out;

	buffer_init(&text, batch->arena);
	json_out_init(&out, buffer_sink(&text));
	json_out_array(&out);
	for (unsigned i = 0; i < batch->count && import->kept < IMPORT_KEPT; i++) {
		if (batch->lines[i]->status != IMPORT_REFUSED)
			continue;
		json_out_object(&out);
		json_out_member_int(&out, "line", (int64_t)batch->lines[i]->number);
		import_write_problem(&out, batch->lines[i]);
		json_out_object_end(&out);
		import->kept++;
	}
	json_out_array_end(&out);
	return (struct pg_param){text.bytes, text.length};
}

static struct pg_param number(struct import_batch *batch, uint64_t value)
{
	const char *text = arena_printf(batch->arena, "%llu", (unsigned long long)value);

	return (struct pg_param){text, strlen(text)};
}

static void on_noted(struct pg_query *query, const struct pg_answer *answer)
{
	struct import_batch *batch = query->context;
	struct import *import = batch->import;

	if (answer->outcome != PG_ROWS)
		import_fail(import, "service_unavailable");
	else if (pg_rows_count(answer->rows) == 0)
		import_fail(import, "import_superseded");
	import->under_way--;
	arena_free(batch->arena);
	import_go_on(import);
}
