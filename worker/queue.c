#include "worker/queue.h"

#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"

#include <inttypes.h>

static struct pg_value number(struct arena *arena, int64_t value);
static bool finish(struct pg *pg, struct arena *arena, const struct queue_batch *batch, size_t *ret_settled,
    struct err *err);
static bool move(struct pg *pg, struct arena *arena, const struct queue_batch *batch, size_t *ret_settled,
    struct err *err);
static const char *state_after(const struct kind *kind, const struct job *job);
static int delay_after(const struct kind *kind, const struct job *job);
static const char *copy(struct arena *arena, const char *text);

bool queue_claim(
    struct pg *pg, struct arena *arena, const struct queue_claim *claim, struct run *ret_run, struct err *err)
{
	const struct sql_job_claim values = {.kind = PG_TEXT(claim->kind),
	    .after_us =
		claim->after.run_at_us == INT64_MIN ? PG_TEXT(NULL) : number(arena, claim->after.run_at_us),
	    .after_id = number(arena, claim->after.id),
	    .most = number(arena, claim->most),
	    .lease = PG_TEXT(claim->lease),
	    .slot = PG_TEXT(claim->slot),
	    .lease_s = number(arena, claim->lease_s)};
	struct pg_result *result;

	if (!sql_job_claim(pg, &values, &result, err))
		return false;
	ret_run->count = (size_t)pg_rows(result);
	ret_run->jobs = arena_array(arena, ret_run->count, sizeof *ret_run->jobs);
	for (int row = 0; row < pg_rows(result); row++)
		ret_run->jobs[row] = (struct job){.id = copy(arena, pg_text(result, row, SQL_JOB_CLAIM_ID)),
		    .subject = copy(arena, pg_text(result, row, SQL_JOB_CLAIM_SUBJECT)),
		    .data = copy(arena, pg_text(result, row, SQL_JOB_CLAIM_DATA)),
		    .trace_id = copy(arena, pg_text(result, row, SQL_JOB_CLAIM_TRACE_ID)),
		    .attempts = pg_int(result, row, SQL_JOB_CLAIM_ATTEMPTS),
		    .run_at_us = pg_int(result, row, SQL_JOB_CLAIM_RUN_AT_US)};
	pg_result_free(result);
	return true;
}

bool queue_claim_suspect(
    struct pg *pg, struct arena *arena, const struct queue_claim *claim, struct run *ret_run, struct err *err)
{
	const struct sql_job_claim_suspect values = {.lease = PG_TEXT(claim->lease),
	    .slot = PG_TEXT(claim->slot),
	    .lease_s = number(arena, claim->lease_s),
	    .kind = PG_TEXT(claim->kind)};
	struct pg_result *result;

	if (!sql_job_claim_suspect(pg, &values, &result, err))
		return false;
	ret_run->count = (size_t)pg_rows(result);
	if (ret_run->count > 0) {
		ret_run->jobs = arena_alloc(arena, sizeof *ret_run->jobs);
		*ret_run->jobs = (struct job){.id = copy(arena, pg_text(result, 0, SQL_JOB_CLAIM_SUSPECT_ID)),
		    .subject = copy(arena, pg_text(result, 0, SQL_JOB_CLAIM_SUSPECT_SUBJECT)),
		    .data = copy(arena, pg_text(result, 0, SQL_JOB_CLAIM_SUSPECT_DATA)),
		    .trace_id = copy(arena, pg_text(result, 0, SQL_JOB_CLAIM_SUSPECT_TRACE_ID)),
		    .attempts = pg_int(result, 0, SQL_JOB_CLAIM_SUSPECT_ATTEMPTS)};
	}
	pg_result_free(result);
	return true;
}

bool queue_settle(struct pg *pg, struct arena *arena, const struct queue_batch *batch, struct err *err)
{
	size_t finished = 0;
	size_t moved = 0;

	if (!finish(pg, arena, batch, &finished, err) || !move(pg, arena, batch, &moved, err))
		return false;
	if (finished + moved != batch->count)
		return err_set(err, "lease_lost", "%zu of %zu jobs are not ours any more",
		    batch->count - finished - moved, batch->count);
	return true;
}

bool queue_give_back(struct pg *pg, struct pg_value leases, struct err *err)
{
	const struct sql_job_give_back values = {.leases = leases};

	return sql_job_give_back(pg, &values, NULL, err);
}

bool queue_extend(struct pg *pg, struct pg_value leases, int lease_s, struct err *err)
{
	char seconds[24];
	const struct sql_job_extend values = {.lease_s = PG_TEXT(seconds), .leases = leases};

	(void)snprintf(seconds, sizeof seconds, "%d", lease_s);
	return sql_job_extend(pg, &values, NULL, err);
}

bool queue_take_back(struct pg *pg, struct arena *arena, const char *gone_slot, struct err *err)
{
	struct sql_job_take_back values = {.gone_slot = PG_TEXT(gone_slot)};
	struct pg_result *result;
	struct array attempts;
	struct array kinds;

	array_init(&kinds, arena);
	array_init(&attempts, arena);
	for (size_t i = 0; i < kind_count; i++) {
		array_text(&kinds, kind_table[i].name);
		array_int(&attempts, kind_table[i].attempts);
	}
	values.kinds = array_value(&kinds);
	values.attempts = array_value(&attempts);
	if (!sql_job_take_back(pg, &values, &result, err))
		return false;
	for (int row = 0; row < pg_rows(result); row++)
		log_event(LOG_WARNING, "job_taken_back",
		    log_text("job", pg_text(result, row, SQL_JOB_TAKE_BACK_ID)),
		    log_text("kind", pg_text(result, row, SQL_JOB_TAKE_BACK_KIND)),
		    log_text("state", pg_text(result, row, SQL_JOB_TAKE_BACK_STATE)),
		    log_int("attempts", pg_int(result, row, SQL_JOB_TAKE_BACK_ATTEMPTS)));
	pg_result_free(result);
	return true;
}

static struct pg_value number(struct arena *arena, int64_t value)
{
	return PG_TEXT(arena_printf(arena, "%" PRId64, value));
}

static bool finish(
    struct pg *pg, struct arena *arena, const struct queue_batch *batch, size_t *ret_settled, struct err *err)
{
	struct sql_job_finish values = {.lease = PG_TEXT(batch->lease)};
	struct pg_result *result;
	struct array ids;
	size_t count = 0;

	array_init(&ids, arena);
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->jobs[i].verdict != JOB_DONE)
			continue;
		array_text(&ids, batch->jobs[i].id);
		count++;
	}
	if (count == 0)
		return true;
	values.ids = array_value(&ids);
	if (!sql_job_finish(pg, &values, &result, err))
		return false;
	*ret_settled = (size_t)pg_int(result, 0, SQL_JOB_FINISH_SETTLED);
	pg_result_free(result);
	return true;
}

static bool move(
    struct pg *pg, struct arena *arena, const struct queue_batch *batch, size_t *ret_settled, struct err *err)
{
	enum { IDS, STATES, ERRORS, DELAYS, ATTEMPTS_BACK, RUN_ATS, DATAS, COLUMNS };
	struct array columns[COLUMNS];
	struct pg_result *result;
	size_t count = 0;

	for (size_t i = 0; i < COLUMNS; i++)
		array_init(&columns[i], arena);
	for (size_t i = 0; i < batch->count; i++) {
		const struct job *job = &batch->jobs[i];

		if (job->verdict == JOB_DONE)
			continue;
		array_text(&columns[IDS], job->id);
		array_text(&columns[STATES], state_after(batch->kind, job));
		array_text(&columns[ERRORS], job->code);
		array_int(&columns[DELAYS], delay_after(batch->kind, job));
		array_int(&columns[ATTEMPTS_BACK], job->verdict == JOB_GIVE_BACK ? 1 : 0);
		array_text(&columns[RUN_ATS], job->verdict == JOB_AGAIN ? job->next_run_at : NULL);
		array_text(&columns[DATAS], job->verdict == JOB_AGAIN ? job->next_data : NULL);
		count++;
	}
	if (count == 0)
		return true;
	const struct sql_job_settle values = {.ids = array_value(&columns[IDS]),
	    .states = array_value(&columns[STATES]),
	    .errors = array_value(&columns[ERRORS]),
	    .delays = array_value(&columns[DELAYS]),
	    .attempts_back = array_value(&columns[ATTEMPTS_BACK]),
	    .run_ats = array_value(&columns[RUN_ATS]),
	    .datas = array_value(&columns[DATAS]),
	    .lease = PG_TEXT(batch->lease)};

	if (!sql_job_settle(pg, &values, &result, err))
		return false;
	*ret_settled = (size_t)pg_int(result, 0, SQL_JOB_SETTLE_SETTLED);
	pg_result_free(result);
	return true;
}

static const char *state_after(const struct kind *kind, const struct job *job)
{
	bool is_last = job->attempts >= kind->attempts;

	return job->verdict == JOB_DEAD || (job->verdict == JOB_RETRY && is_last) ? "dead" : "waiting";
}

static int delay_after(const struct kind *kind, const struct job *job)
{
	if (job->verdict != JOB_RETRY)
		return 0;
	return job->delay_s > 0 ? job->delay_s : kind->delay_s;
}

static const char *copy(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_string(arena, text);
}
