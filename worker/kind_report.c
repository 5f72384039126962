/*
 * The kind report. The job without a month or period looks for what happened,
 * makes jobs for the months in which voices are to be counted anew (count) and
 * for the periods that are to be added up anew (period), and comes again. A
 * publication that is asked for has a job of its own.
 */
#include "common/config.h"
#include "jobs_sql.h"
#include "worker/kind.h"

#include <inttypes.h>

typedef bool begin_function(struct pg *pg, struct pg_result **ret_result, struct err *err);

static bool work(struct run *run, struct job *job, struct err *err);
static bool begin(struct run *run, begin_function *function, struct err *err);
static bool publish(struct run *run, const char *publication, struct err *err);
static bool plan(struct run *run, struct job *job, struct err *err);

bool report_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		if (!work(run, &run->jobs[i], err))
			return false;
	}
	return true;
}

static bool work(struct run *run, struct job *job, struct err *err)
{
	const char *month, *period, *publication;

	if (!job_text(run->arena, job, "count", &month, err) ||
	    !job_text(run->arena, job, "period", &period, err) ||
	    !job_text(run->arena, job, "publication", &publication, err))
		return false;
	if (month != NULL)
		return begin(run, sql_report_begin_count, err) &&
		       sql_report_count(
			   run->pg, &(struct sql_report_count){.month = PG_TEXT(month)}, NULL, err);
	if (!begin(run, sql_report_begin, err))
		return false;
	if (period != NULL)
		return sql_report_build(
		    run->pg, &(struct sql_report_build){.period = PG_TEXT(period)}, NULL, err);
	if (publication != NULL)
		return publish(run, publication, err);
	return plan(run, job, err);
}

static bool begin(struct run *run, begin_function *function, struct err *err)
{
	struct pg_result *begun;

	if (!function(run->pg, &begun, err))
		return false;
	pg_result_free(begun);
	return true;
}

static bool publish(struct run *run, const char *publication, struct err *err)
{
	struct pg_result *made;

	if (!sql_publication_make(
		run->pg, &(struct sql_publication_make){.publication = PG_TEXT(publication)}, &made, err))
		return false;
	pg_result_free(made);
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
