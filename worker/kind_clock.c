/*
 * The kind clock. A job that is about something is in a phase, and the table
 * clock_phase says what is done then; the job may come again for the next.
 * Jobs about nothing come again and again: one makes the partitions of the
 * months ahead, every night, and the one of phase `rules` moves what rules move
 * by themselves.
 */
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"

static bool do_phases(struct run *run, struct pg_value subjects, struct pg_value phases, struct err *err);
static bool do_rounds(struct run *run, struct err *err);
static bool make_partitions(struct run *run, struct job *job, struct err *err);
static bool apply_rules(struct run *run, struct job *job, struct err *err);

bool clock_apply(struct run *run, struct err *err)
{
	struct pg_value subject_values;
	struct array subjects;
	struct array phases;
	const char *phase;

	array_init(&subjects, run->arena);
	array_init(&phases, run->arena);
	for (size_t i = 0; i < run->count; i++) {
		if (!job_text(run->arena, &run->jobs[i], "phase", &phase, err))
			return false;
		array_text(&subjects, run->jobs[i].subject);
		array_text(&phases, phase);
	}
	subject_values = array_value(&subjects);
	return do_phases(run, subject_values, array_value(&phases), err) && do_rounds(run, err);
}

static bool do_phases(struct run *run, struct pg_value subjects, struct pg_value phases, struct err *err)
{
	const struct sql_clock_do values = {.subjects = subjects, .phases = phases};
	struct pg_result *result;

	if (!sql_clock_do(run->pg, &values, &result, err))
		return false;
	for (int row = 0; row < pg_rows(result); row++) {
		struct job *job = &run->jobs[pg_int(result, row, SQL_CLOCK_DO_N) - 1];

		job->verdict = JOB_AGAIN;
		job->next_run_at = arena_string(run->arena, pg_text(result, row, SQL_CLOCK_DO_RUN_AT));
		job->next_data = arena_string(run->arena, pg_text(result, row, SQL_CLOCK_DO_DATA));
	}
	pg_result_free(result);
	return true;
}

static bool do_rounds(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		struct job *job = &run->jobs[i];
		const char *phase;

		if (job->subject != NULL)
			continue;
		if (!job_text(run->arena, job, "phase", &phase, err))
			return false;
		if (!(phase == NULL ? make_partitions(run, job, err) : apply_rules(run, job, err)))
			return false;
	}
	return true;
}

static bool make_partitions(struct run *run, struct job *job, struct err *err)
{
	struct pg_result *result;

	if (!sql_clock_partitions(run->pg, &result, err))
		return false;
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_CLOCK_PARTITIONS_RUN_AT));
	job->next_data = "{}";
	pg_result_free(result);
	return true;
}

static bool apply_rules(struct run *run, struct job *job, struct err *err)
{
	struct pg_result *result;

	if (!sql_clock_rules(run->pg, &result, err))
		return false;
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_CLOCK_RULES_RUN_AT));
	job->next_data = "{\"phase\": \"rules\"}";
	pg_result_free(result);
	return true;
}
