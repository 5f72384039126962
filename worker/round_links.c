#include "worker/round_links.h"

#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/link.h"

#define CHUNK "2000"

enum { CHUNK_SIZE = 2000 };

static bool make_these(
    struct run *run, const struct job *job, const struct pg_result *people, struct err *err);

bool round_links_make(struct run *run, struct job *job, struct err *err)
{
	const struct sql_round_people values = {.round_id = PG_TEXT(job->subject), .most = PG_TEXT(CHUNK)};
	struct pg_result *people;
	bool ok;

	if (!sql_round_people(run->pg, &values, &people, err))
		return false;
	ok = pg_rows(people) == 0 || make_these(run, job, people, err);
	if (ok && pg_rows(people) == CHUNK_SIZE) {
		job->verdict = JOB_AGAIN;
		job->next_run_at = "now";
		job->next_data = job->data;
	}
	pg_result_free(people);
	return ok;
}

static bool make_these(
    struct run *run, const struct job *job, const struct pg_result *people, struct err *err)
{
	struct sql_round_links_make values = {.round_id = PG_TEXT(job->subject)};
	struct array ids;
	struct array hashes;
	struct array persons;

	array_init(&ids, run->arena);
	array_init(&hashes, run->arena);
	array_init(&persons, run->arena);
	for (int row = 0; row < pg_rows(people); row++) {
		struct uuid id = uuid_random();
		unsigned char hash[SECRET_HASH_SIZE];
		char text[UUID_TEXT_SIZE];

		uuid_write(&id, text);
		link_hash(LINK_SURVEY, &id, hash);
		array_text(&ids, text);
		array_bytes(&hashes, hash, sizeof hash);
		array_text(&persons, pg_text(people, row, SQL_ROUND_PEOPLE_PERSON_ID));
	}
	values.ids = array_value(&ids);
	values.hashes = array_value(&hashes);
	values.people = array_value(&persons);
	return sql_round_links_make(run->pg, &values, NULL, err);
}
