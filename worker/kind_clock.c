/*
 * The kind clock. A job with a case is one phase of its deadline: the reminder
 * to the handler, overdue to the coordinator, escalation to management; then
 * it becomes the next phase. Rounds of surveys have phases too (survey_round.h).
 * Jobs without a case come again and again: one
 * makes the partitions of the months ahead, every night, and the one of phase
 * `rules` moves what rules move by themselves.
 */
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"
#include "worker/survey_round.h"

static bool add_phase(
    struct run *run, const struct job *job, struct array *cases, struct array *phases, struct err *err);
static bool tell(struct run *run, struct pg_value cases, struct pg_value phases, struct err *err);
static bool schedule_next(struct run *run, struct pg_value cases, struct pg_value phases, struct err *err);
static bool do_rounds(struct run *run, struct err *err);
static bool make_partitions(struct run *run, struct job *job, struct err *err);
static bool apply_rules(struct run *run, struct job *job, struct err *err);

bool clock_apply(struct run *run, struct err *err)
{
	struct pg_value case_values;
	struct pg_value phase_values;
	struct array cases;
	struct array phases;

	array_init(&cases, run->arena);
	array_init(&phases, run->arena);
	for (size_t i = 0; i < run->count; i++) {
		if (!add_phase(run, &run->jobs[i], &cases, &phases, err))
			return false;
	}
	case_values = array_value(&cases);
	phase_values = array_value(&phases);
	return tell(run, case_values, phase_values, err) &&
	       schedule_next(run, case_values, phase_values, err) &&
	       survey_rounds_apply(run, case_values, phase_values, err) && do_rounds(run, err);
}

static bool add_phase(
    struct run *run, const struct job *job, struct array *cases, struct array *phases, struct err *err)
{
	static const char *const known[] = {"reminder", "overdue", "escalation"};
	bool is_known = job->subject == NULL;
	const char *phase;

	if (!job_text(run->arena, job, "phase", &phase, err))
		return false;
	for (size_t i = 0; i < sizeof known / sizeof known[0] && phase != NULL; i++)
		is_known = is_known || strcmp(phase, known[i]) == 0;
	if (!is_known && !survey_round_has_phase(phase))
		return err_set(err, "job_data", "job %s has no phase that is known", job->id);
	array_text(cases, job->subject);
	array_text(phases, phase);
	return true;
}

static bool tell(struct run *run, struct pg_value cases, struct pg_value phases, struct err *err)
{
	const struct sql_clock_tell values = {.cases = cases, .phases = phases};

	return sql_clock_tell(run->pg, &values, NULL, err);
}

static bool schedule_next(struct run *run, struct pg_value cases, struct pg_value phases, struct err *err)
{
	const struct sql_clock_next values = {.cases = cases, .phases = phases};
	struct pg_result *result;

	if (!sql_clock_next(run->pg, &values, &result, err))
		return false;
	for (int row = 0; row < pg_rows(result); row++) {
		struct job *job = &run->jobs[pg_int(result, row, SQL_CLOCK_NEXT_N) - 1];

		job->verdict = JOB_AGAIN;
		job->next_run_at = arena_string(run->arena, pg_text(result, row, SQL_CLOCK_NEXT_RUN_AT));
		job->next_data = arena_string(run->arena, pg_text(result, row, SQL_CLOCK_NEXT_DATA));
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
