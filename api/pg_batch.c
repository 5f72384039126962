#include "api/pg_batch.h"

#include "api/pg_rows.h"
#include "api/pg_shared.h"
#include "common/arena.h"

#include <libpq-fe.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum pg_step_kind { STEP_PREPARE_LOCK, STEP_LOCK, STEP_PREPARE, STEP_RUN, STEP_SYNC };
enum { STEPS_PER_QUERY = 4, NO_STEP = -1, NAME_SIZE = 64 };

/* Each step has one result in the pipeline. */
struct pg_step {
	enum pg_step_kind kind;
	const struct statement *statement;
	struct pg_queue queries; /* STEP_RUN: of one execution, and STEP_LOCK of its single one */
	PGresult *result;        /* STEP_RUN: kept until the Sync */
	bool has_result;         /* its result has come; the NULL that ends it has not */
};

struct pg_batch {
	struct pg_lane *lane;
	struct pg_step *steps;
	int step_count, step_max, at;
	unsigned query_count;
	int64_t sent_us;
	int failed_at; /* NO_STEP: all went well */
	struct pg_answer failure;
};

static struct pg_step *add_step(
    struct pg_batch *batch, enum pg_step_kind kind, const struct statement *statement);
static struct pg_step *find_run(struct pg_batch *batch, const struct statement *statement);
static int send_step(const struct pg_step *step, PGconn *pg, struct pg_values *values);
static int send_execution(PGconn *pg, const char *name, const struct pg_values *values);
static void write_lock_name(const struct statement *statement, char name[NAME_SIZE]);
static enum pg_progress take_error(struct pg_batch *batch, struct pg_result *result);
static void take_rows(struct pg_batch *batch, struct pg_step *step, PGresult *result);
static void forget_failed(const struct pg_step *step, struct pg_prepared *prepared, const char *sqlstate);
static const char *field(const PGresult *result, int code);
static void answer_step(struct pg_batch *batch, struct pg_step *step);
static void answer_shared(struct pg_batch *batch, struct pg_step *step);
static void settle_failed_step(struct pg_batch *batch, int at);
static void settle_failed_query(struct pg_batch *batch, struct pg_query *query, enum pg_run run);
static bool is_guilty(const struct pg_batch *batch, int at);
static void reset(struct pg_batch *batch);

struct pg_batch *pg_batch_new(struct arena *arena, struct pg_lane *lane, unsigned query_max)
{
	struct pg_batch *batch = arena_alloc(arena, sizeof *batch);

	batch->lane = lane;
	batch->step_max = (int)query_max * STEPS_PER_QUERY + 1;
	batch->steps = arena_array(arena, (size_t)batch->step_max, sizeof *batch->steps);
	reset(batch);
	return batch;
}

void pg_batch_add(struct pg_batch *batch, struct pg_query *query, struct pg_prepared *prepared)
{
	const struct statement *statement = query->statement;
	struct pg_step *run = find_run(batch, statement);

	batch->query_count++;
	if (run != NULL) {
		pg_queue_push(&run->queries, query);
		return;
	}
	if (statement->lock_sql != NULL) {
		assert(statement->lane != LANE_MANY); /* the others of its execution would not be locked */
		if (pg_prepared_learn(prepared, &statement->lock_sql))
			add_step(batch, STEP_PREPARE_LOCK, statement);
		add_step(batch, STEP_LOCK, statement)->queries.head = query;
	}
	if (pg_prepared_learn(prepared, &statement->sql))
		add_step(batch, STEP_PREPARE, statement);
	pg_queue_push(&add_step(batch, STEP_RUN, statement)->queries, query);
}

bool pg_batch_send(struct pg_batch *batch, PGconn *pg, int64_t now_us)
{
	struct pg_shared *shared = pg_lane_shared(batch->lane);

	add_step(batch, STEP_SYNC, NULL);
	for (int i = 0; i < batch->step_count; i++)
		if (send_step(&batch->steps[i], pg, &shared->values) != 1)
			return false;
	batch->sent_us = now_us;
	pg_count(&shared->batches, 1);
	return true;
}

int64_t pg_batch_sent_us(const struct pg_batch *batch)
{
	return batch->sent_us;
}

const char *pg_batch_sqlstate(const struct pg_batch *batch)
{
	return batch->failure.sqlstate;
}

enum pg_progress pg_batch_take(struct pg_batch *batch, PGresult *result, struct pg_prepared *prepared)
{
	struct pg_step *step = &batch->steps[batch->at];
	ExecStatusType status = PQresultStatus(result);
	enum pg_progress progress = PG_PROGRESS_GOING;

	if (result == NULL) {
		if (!step->has_result || step->kind == STEP_SYNC)
			return PG_PROGRESS_PAUSED;
		batch->at++;
		return PG_PROGRESS_GOING;
	}
	step->has_result = true;
	if (status == PGRES_PIPELINE_SYNC && step->kind == STEP_SYNC) {
		progress = PG_PROGRESS_SYNCED;
	} else if (status == PGRES_FATAL_ERROR) {
		forget_failed(step, prepared, field(result, PG_DIAG_SQLSTATE));
		progress = take_error(batch, result);
	} else if (status == PGRES_PIPELINE_ABORTED) {
		forget_failed(step, prepared, "");
	} else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
		take_rows(batch, step, result);
		return progress;
	} else {
		progress = PG_PROGRESS_ENDED; /* COPY, or a Sync out of step */
	}
	PQclear(result);
	return progress;
}

void pg_batch_settle(struct pg_batch *batch)
{
	for (int i = 0; i < batch->step_count; i++) {
		if (batch->steps[i].kind != STEP_RUN)
			continue;
		if (batch->failed_at == NO_STEP)
			answer_step(batch, &batch->steps[i]);
		else
			settle_failed_step(batch, i);
	}
	reset(batch);
}

void pg_batch_abandon(struct pg_batch *batch)
{
	for (int i = 0; i < batch->step_count; i++) {
		struct pg_query *query;

		if (batch->steps[i].kind != STEP_RUN)
			continue;
		while ((query = pg_queue_pop(&batch->steps[i].queries)) != NULL)
			pg_query_answer(query, PG_UNAVAILABLE);
	}
	reset(batch);
}

static struct pg_step *add_step(
    struct pg_batch *batch, enum pg_step_kind kind, const struct statement *statement)
{
	struct pg_step *step = &batch->steps[batch->step_count++];

	assert(batch->step_count <= batch->step_max);
	*step = (struct pg_step){.kind = kind, .statement = statement};
	return step;
}

/* NULL: the query needs an execution of its own. */
static struct pg_step *find_run(struct pg_batch *batch, const struct statement *statement)
{
	if (statement->lane != LANE_MANY)
		return NULL;
	for (int i = 0; i < batch->step_count; i++)
		if (batch->steps[i].kind == STEP_RUN && batch->steps[i].statement == statement)
			return &batch->steps[i];
	return NULL;
}

static int send_step(const struct pg_step *step, PGconn *pg, struct pg_values *values)
{
	const struct statement *statement = step->statement;
	char lock_name[NAME_SIZE];

	switch (step->kind) {
	case STEP_PREPARE_LOCK:
		write_lock_name(statement, lock_name);
		pg_values_lock_types(values, statement);
		return PQsendPrepare(pg, lock_name, statement->lock_sql, values->count, values->oids);
	case STEP_LOCK:
		write_lock_name(statement, lock_name);
		pg_values_lock(values, step->queries.head);
		return send_execution(pg, lock_name, values);
	case STEP_PREPARE:
		pg_values_types(values, statement);
		return PQsendPrepare(pg, statement->name, statement->sql, values->count, values->oids);
	case STEP_RUN:
		if (statement->lane == LANE_MANY)
			pg_values_arrays(values, step->queries.head, step->queries.count);
		else
			pg_values_single(values, step->queries.head);
		return send_execution(pg, statement->name, values);
	case STEP_SYNC:
		return PQpipelineSync(pg);
	}
	return 0;
}

static int send_execution(PGconn *pg, const char *name, const struct pg_values *values)
{
	return PQsendQueryPrepared(
	    pg, name, values->count, values->values, values->lengths, values->formats, 0);
}

/* PostgreSQL tells longer names of prepared statements apart by their beginning only. */
static void write_lock_name(const struct statement *statement, char name[NAME_SIZE])
{
	if (snprintf(name, NAME_SIZE, "%s_lock", statement->name) >= NAME_SIZE)
		abort();
}

/* Clears nothing: the result is the caller's. */
static enum pg_progress take_error(struct pg_batch *batch, PGresult *result)
{
	const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
	const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	bool is_read_only = pg_lane_rules(batch->lane)->is_read_only;

	if (batch->failed_at == NO_STEP) {
		batch->failed_at = batch->at;
		batch->failure.outcome = PG_FAILED;
		(void)snprintf(batch->failure.sqlstate, sizeof batch->failure.sqlstate, "%s", sqlstate);
		(void)snprintf(batch->failure.constraint, sizeof batch->failure.constraint, "%s",
		    field(result, PG_DIAG_CONSTRAINT_NAME));
		(void)snprintf(batch->failure.column, sizeof batch->failure.column, "%s",
		    field(result, PG_DIAG_COLUMN_NAME));
	}
	if (sqlstate[0] == '\0' || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 ||
	    pg_sqlstate_ends_connection(sqlstate, is_read_only))
		return PG_PROGRESS_ENDED;
	/* "cached plan must not change result type": its text is translated, its place in the server is not.
	 */
	if (strcmp(sqlstate, "0A000") == 0 &&
	    strcmp(field(result, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") == 0)
		return PG_PROGRESS_STALE;
	return PG_PROGRESS_GOING;
}

/* Takes the result over. */
static void take_rows(struct pg_batch *batch, struct pg_step *step, PGresult *result)
{
	if (step->kind != STEP_RUN) {
		PQclear(result);
		return;
	}
	assert(step->result == NULL);
	step->result = result;
	if (pg_lane_rules(batch->lane)->answers_early)
		answer_step(batch, step);
}

/* A Parse that did not come about (42P05: it was there already), or a statement that the server does not
 * know. */
static void forget_failed(const struct pg_step *step, struct pg_prepared *prepared, const char *sqlstate)
{
	bool is_prepare = step->kind == STEP_PREPARE || step->kind == STEP_PREPARE_LOCK;
	bool is_lock = step->kind == STEP_LOCK || step->kind == STEP_PREPARE_LOCK;

	if (step->kind == STEP_SYNC || (is_prepare && strcmp(sqlstate, "42P05") == 0))
		return;
	if (is_prepare || strcmp(sqlstate, "26000") == 0)
		pg_prepared_forget(prepared, is_lock ? &step->statement->lock_sql : &step->statement->sql);
}

static const char *field(const PGresult *result, int code)
{
	const char *text = PQresultErrorField(result, code);

	return text == NULL ? "" : text;
}

static void answer_step(struct pg_batch *batch, struct pg_step *step)
{
	struct pg_query *query;

	if (step->statement->lane == LANE_MANY) {
		answer_shared(batch, step);
	} else if ((query = pg_queue_pop(&step->queries)) != NULL) {
		const struct pg_rows rows = pg_rows_all(step->result);
		const struct pg_answer answer = {.outcome = PG_ROWS, .rows = &rows};

		query->done(query, &answer);
	}
	PQclear(step->result);
	step->result = NULL;
}

/* A statement without _n cannot say whose row is whose: a bug of the statement, told to all of its callers.
 */
static void answer_shared(struct pg_batch *batch, struct pg_step *step)
{
	struct pg_split *split = &pg_lane_shared(batch->lane)->split;
	bool is_split = pg_split_make(split, step->result, step->queries.count);
	struct pg_query *query;

	for (unsigned n = 0; (query = pg_queue_pop(&step->queries)) != NULL; n++) {
		if (is_split) {
			const struct pg_rows rows = pg_split_rows(split, step->result, n);
			const struct pg_answer answer = {.outcome = PG_ROWS, .rows = &rows};

			query->done(query, &answer);
		} else {
			pg_query_answer_failed(query, "XX000");
		}
	}
}

static void settle_failed_step(struct pg_batch *batch, int at)
{
	struct pg_step *step = &batch->steps[at];
	enum pg_run run = PG_RUN_SHARED;
	struct pg_query *query;

	if (batch->query_count == 1)
		run = PG_RUN_ALONE;
	else if (is_guilty(batch, at) && step->queries.count == 1)
		run = PG_RUN_OWN_STATEMENT;
	while ((query = pg_queue_pop(&step->queries)) != NULL)
		settle_failed_query(batch, query, run);
}

static void settle_failed_query(struct pg_batch *batch, struct pg_query *query, enum pg_run run)
{
	struct pg_shared *shared = pg_lane_shared(batch->lane);
	bool is_impatient = pg_lane_rules(batch->lane)->is_impatient;
	struct pg_answer answer = batch->failure;

	switch (pg_verdict_of(answer.sqlstate, query->state, run, is_impatient)) {
	case PG_VERDICT_FAILED:
		query->done(query, &answer);
		return;
	case PG_VERDICT_TIMED_OUT:
		pg_count(&shared->timeouts, 1);
		answer.outcome = PG_TIMED_OUT;
		query->done(query, &answer);
		return;
	case PG_VERDICT_AGAIN:
		pg_query_move(query, run == PG_RUN_ALONE ? PG_QUERY_LAST : PG_QUERY_AGAIN);
		pg_lane_push_again(batch->lane, query);
		return;
	case PG_VERDICT_OWN:
		pg_query_move(query, PG_QUERY_LAST);
		pg_lane_push_again(shared->own, query);
		return;
	}
}

/* The failed step is this execution or what was sent to make it ready. A failed Sync is nobody's. */
static bool is_guilty(const struct pg_batch *batch, int at)
{
	int first = batch->failed_at;

	while (first < batch->step_count && batch->steps[first].kind != STEP_RUN)
		first++;
	return first == at;
}

static void reset(struct pg_batch *batch)
{
	for (int i = 0; i < batch->step_count; i++)
		PQclear(batch->steps[i].result);
	batch->step_count = 0;
	batch->at = 0;
	batch->query_count = 0;
	batch->failed_at = NO_STEP;
	batch->failure = (struct pg_answer){0};
}
