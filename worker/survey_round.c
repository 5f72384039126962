#include "worker/survey_round.h"

#include "jobs_sql.h"

#include <string.h>

static bool mail_links(struct run *run, struct pg_value rounds, struct pg_value phases, struct err *err);

bool survey_round_has_phase(const char *phase)
{
	static const char *const phases[] = {
	    "round_open", "round_invite", "round_remind", "round_close", "round_forget"};

	for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++)
		if (phase != NULL && strcmp(phase, phases[i]) == 0)
			return true;
	return false;
}

bool survey_rounds_apply(struct run *run, struct pg_value subjects, struct pg_value phases, struct err *err)
{
	const struct sql_survey_rounds_move move = {.rounds = subjects, .phases = phases};
	const struct sql_survey_rounds_forget forget = {.rounds = subjects, .phases = phases};

	return sql_survey_rounds_move(run->pg, &move, NULL, err) && mail_links(run, subjects, phases, err) &&
	       sql_survey_rounds_forget(run->pg, &forget, NULL, err);
}

/* A job that has more links to write to comes again at once. */
static bool mail_links(struct run *run, struct pg_value rounds, struct pg_value phases, struct err *err)
{
	const struct sql_survey_rounds_mail values = {.rounds = rounds, .phases = phases};
	struct pg_result *result;

	if (!sql_survey_rounds_mail(run->pg, &values, &result, err))
		return false;
	for (int row = 0; row < pg_rows(result); row++) {
		struct job *job = &run->jobs[pg_int(result, row, SQL_SURVEY_ROUNDS_MAIL_N) - 1];

		job->verdict = JOB_AGAIN;
		job->next_run_at =
		    arena_string(run->arena, pg_text(result, row, SQL_SURVEY_ROUNDS_MAIL_RUN_AT));
		job->next_data = job->data;
	}
	pg_result_free(result);
	return true;
}
