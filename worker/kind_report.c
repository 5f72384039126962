/*
 * The kind report. The job without a period looks for periods that may have
 * changed, makes a job for each, and comes again; a job with one builds the
 * reports of all units for it.
 */
#include "common/config.h"
#include "jobs_sql.h"
#include "worker/kind.h"

#include <inttypes.h>

static bool plan(struct run *run, struct job *job, struct err *err);

bool report_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		struct job *job = &run->jobs[i];
		struct sql_report_build values;
		const char *period;

		if (!job_text(run->arena, job, "period", &period, err))
			return false;
		values.period = PG_TEXT(period);
		if (!(period == NULL ? plan(run, job, err) : sql_report_build(run->pg, &values, NULL, err)))
			return false;
	}
	return true;
}

static bool plan(struct run *run, struct job *job, struct err *err)
{
	const struct sql_report_plan values = {.data = PG_TEXT(job->data),
	    .report_s = PG_TEXT(arena_printf(run->arena, "%" PRId64, config_int("REPORT_S")))};
	struct pg_result *result;

	if (!sql_report_plan(run->pg, &values, &result, err))
		return false;
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_REPORT_PLAN_RUN_AT));
	job->next_data = arena_string(run->arena, pg_text(result, 0, SQL_REPORT_PLAN_DATA));
	pg_result_free(result);
	return true;
}
