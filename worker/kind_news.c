/*
 * The kind news: each contributor of a change hears once of each of its
 * states. A job tells so many of them at a time, and then goes on behind the
 * last.
 */
#include "jobs_sql.h"
#include "worker/kind.h"

#define CHUNK "2000"

static bool tell_chunk(struct run *run, struct job *job, struct err *err);

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
	const struct sql_news_chunk values = {
	    .change_id = PG_TEXT(job->subject), .data = PG_TEXT(job->data), .most = PG_TEXT(CHUNK)};
	struct pg_result *result;

	if (!sql_news_chunk(run->pg, &values, &result, err))
		return false;
	job_go_on(run->arena, job, pg_text(result, 0, SQL_NEWS_CHUNK_TOLD_AT),
	    pg_text(result, 0, SQL_NEWS_CHUNK_NEXT));
	pg_result_free(result);
	return true;
}
