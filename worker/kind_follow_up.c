/*
 * The kind follow_up. Phase ask: everybody whom a change came of and who can
 * be reached gets one question, so many at a time. Phase decide, some weeks later: what the answers make of
 * the change. Phase links: members are asked in a round of their panel (round_links.h).
 */
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"
#include "worker/link.h"
#include "worker/round_links.h"

#define CHUNK "2000"

static bool follow_up(struct run *run, struct job *job, struct err *err);
static bool ask(struct run *run, struct job *job, struct err *err);
static bool ask_these(
    struct run *run, const struct job *job, const struct pg_result *people, struct err *err);
static bool schedule_decision(struct run *run, const struct job *job, struct err *err);
static bool decide(struct run *run, const struct job *job, struct err *err);

bool follow_up_apply(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->count; i++) {
		if (!follow_up(run, &run->jobs[i], err))
			return false;
	}
	return true;
}

static bool follow_up(struct run *run, struct job *job, struct err *err)
{
	const char *phase;

	if (!job_text(run->arena, job, "phase", &phase, err))
		return false;
	if (phase != NULL && strcmp(phase, "ask") == 0)
		return ask(run, job, err);
	if (phase != NULL && strcmp(phase, "decide") == 0)
		return decide(run, job, err);
	if (phase != NULL && strcmp(phase, "links") == 0)
		return round_links_make(run, job, err);
	return err_set(err, "job_data", "job %s has no phase", job->id);
}

static bool ask(struct run *run, struct job *job, struct err *err)
{
	const struct sql_follow_up_people values = {
	    .change_id = PG_TEXT(job->subject), .data = PG_TEXT(job->data), .most = PG_TEXT(CHUNK)};
	struct pg_result *people;
	bool ok;

	if (!sql_follow_up_people(run->pg, &values, &people, err))
		return false;
	ok = pg_text(people, 0, SQL_FOLLOW_UP_PEOPLE_CONTRIBUTOR) == NULL || ask_these(run, job, people, err);
	job_go_on(run->arena, job, pg_text(people, 0, SQL_FOLLOW_UP_PEOPLE_ASKED_AT),
	    pg_text(people, 0, SQL_FOLLOW_UP_PEOPLE_NEXT));
	pg_result_free(people);
	return ok && (job->verdict == JOB_AGAIN || schedule_decision(run, job, err));
}

static bool ask_these(struct run *run, const struct job *job, const struct pg_result *people, struct err *err)
{
	enum { IDS, CONTRIBUTORS, FEEDBACK_IDS, PERSON_IDS, TOKEN_HASHES, COLUMNS };
	struct array columns[COLUMNS];
	struct sql_follow_up_ask values = {.change_id = PG_TEXT(job->subject)};

	for (size_t i = 0; i < COLUMNS; i++)
		array_init(&columns[i], run->arena);
	for (int row = 0; row < pg_rows(people); row++) {
		struct uuid id = uuid_random();
		unsigned char hash[SECRET_HASH_SIZE];
		char text[UUID_TEXT_SIZE];

		uuid_write(&id, text);
		link_hash(LINK_FOLLOW_UP, &id, hash);
		array_text(&columns[IDS], text);
		array_text(&columns[CONTRIBUTORS], pg_text(people, row, SQL_FOLLOW_UP_PEOPLE_CONTRIBUTOR));
		array_text(&columns[FEEDBACK_IDS], pg_text(people, row, SQL_FOLLOW_UP_PEOPLE_FEEDBACK_ID));
		array_text(&columns[PERSON_IDS], pg_text(people, row, SQL_FOLLOW_UP_PEOPLE_PERSON_ID));
		array_bytes(&columns[TOKEN_HASHES], hash, sizeof hash);
	}
	values.ids = array_value(&columns[IDS]);
	values.contributors = array_value(&columns[CONTRIBUTORS]);
	values.feedback_ids = array_value(&columns[FEEDBACK_IDS]);
	values.person_ids = array_value(&columns[PERSON_IDS]);
	values.token_hashes = array_value(&columns[TOKEN_HASHES]);
	return sql_follow_up_ask(run->pg, &values, NULL, err);
}

static bool schedule_decision(struct run *run, const struct job *job, struct err *err)
{
	const struct sql_follow_up_schedule_decision values = {.change_id = PG_TEXT(job->subject)};

	return sql_follow_up_schedule_decision(run->pg, &values, NULL, err);
}

static bool decide(struct run *run, const struct job *job, struct err *err)
{
	const struct sql_follow_up_decide values = {.change_id = PG_TEXT(job->subject)};

	return sql_follow_up_decide(run->pg, &values, NULL, err);
}
