/* The kind audit: one job that chains what was written into the audit, and comes again. */
#include "common/arena.h"
#include "jobs_sql.h"
#include "worker/kind.h"

/* Rows in one transaction: a tenth of a second of work. */
#define CHAINED_AT_ONCE "5000"

bool audit_apply(struct run *run, struct err *err)
{
	const struct sql_audit_chain values = {.most = PG_TEXT(CHAINED_AT_ONCE)};

	for (size_t i = 0; i < run->count; i++) {
		struct job *job = &run->jobs[i];
		struct pg_result *result;

		if (!sql_audit_chain(run->pg, &values, &result, err))
			return false;
		job->verdict = JOB_AGAIN;
		job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_AUDIT_CHAIN_RUN_AT));
		job->next_data = "{}";
		pg_result_free(result);
	}
	return true;
}
