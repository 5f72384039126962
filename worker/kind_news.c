/*
 * The kind news: each contributor of a change hears once of each of its
 * states. A job tells those behind so many sources at a time, and then goes on
 * behind the last.
 */
#include "jobs_sql.h"
#include "worker/kind.h"

#define CHUNK "2000"

enum { CHUNK_SIZE = 2000 };

static bool tell_chunk(struct run *run, struct job *job, struct err *err);
static void go_on(struct run *run, struct job *job, const char *state, const struct pg_result *result);

bool news_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		if (!tell_chunk(run, &run->jobs[i], err))
			return false;
	}
	return true;
}

static bool tell_chunk(struct run *run, struct job *job, struct err *err)
{
	struct sql_news_chunk values = {.change_id = PG_TEXT(job->subject), .most = PG_TEXT(CHUNK)};
	struct pg_result *result;
	const char *state;
	const char *after;

	if (!job_text(run->arena, job, "state", &state, err) ||
	    !job_text(run->arena, job, "after", &after, err))
		return false;
	values.state = PG_TEXT(state);
	values.after_source = PG_TEXT(after);
	if (!sql_news_chunk(run->pg, &values, &result, err))
		return false;
	if (pg_int(result, 0, SQL_NEWS_CHUNK_SOURCES) == CHUNK_SIZE)
		go_on(run, job, state, result);
	pg_result_free(result);
	return true;
}

/* The last source is a UUID; names of states are lower case words. */
static void go_on(struct run *run, struct job *job, const char *state, const struct pg_result *result)
{
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_NEWS_CHUNK_TOLD_AT));
	job->next_data = arena_printf(run->arena, "{\"state\": \"%s\", \"after\": \"%s\"}", state,
	    pg_text(result, 0, SQL_NEWS_CHUNK_LAST));
}
