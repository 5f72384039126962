/*
 * The kind retention: one job that purges some of a class, comes again at once
 * while there is more, goes on with the next class, and rests until the next
 * night. Which classes there are and what is due the database knows.
 */
#include "common/arena.h"
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/kind.h"

/* Rows in one transaction: erasing so many cases takes about a second. */
#define PURGED_AT_ONCE "500"

static bool purge(struct run *run, struct job *job, struct err *err);

bool retention_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		if (!purge(run, &run->jobs[i], err))
			return false;
	}
	return true;
}

static bool purge(struct run *run, struct job *job, struct err *err)
{
	const struct sql_retention_purge values = {
	    .data = PG_TEXT(job->data), .most = PG_TEXT(PURGED_AT_ONCE)};
	struct pg_result *result;
	int64_t purged;

	if (!sql_retention_purge(run->pg, &values, &result, err))
		return false;
	purged = pg_int(result, 0, SQL_RETENTION_PURGE_PURGED);
	if (purged > 0)
		log_event(LOG_INFO, "purged",
		    log_text("class", pg_text(result, 0, SQL_RETENTION_PURGE_CLASS)),
		    log_int("rows", purged));
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_RETENTION_PURGE_RUN_AT));
	job->next_data = arena_string(run->arena, pg_text(result, 0, SQL_RETENTION_PURGE_DATA));
	pg_result_free(result);
	return true;
}
