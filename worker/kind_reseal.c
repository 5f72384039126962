/*
 * The kind reseal: contact data that is sealed to a key that this mailer knows
 * as old is sealed anew to its newest, some hundred rows in a transaction. A
 * mailer whose newest key is not the newest of all leaves it to the others.
 */
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/contact_keys.h"
#include "worker/kind.h"

/* One row after the other, for the statement that keeps them. */
struct batch {
	struct array sources, ids, sealed;
	int64_t unreadable;
};

static bool announce(struct run *run, const struct contact_keys *keys, bool *ret_is_newest, struct err *err);
static bool reseal_key(
    struct run *run, const struct contact_keys *keys, const char *old_id, int *ret_rows, struct err *err);
static bool add_row(struct run *run, const struct contact_keys *keys, const struct pg_result *found, int row,
    struct batch *batch, struct err *err);
static bool come_again(struct run *run, struct job *job, bool has_more, struct err *err);

bool reseal_open(void **ret_state, struct err *err)
{
	struct contact_keys *keys;

	if (!contact_keys_open(&keys, err))
		return false;
	*ret_state = keys;
	return true;
}

void reseal_close(void *state)
{
	contact_keys_close(state);
}

bool reseal_apply(struct run *run, struct err *err)
{
	const struct contact_keys *keys = run->state;
	bool is_newest = false;
	int rows = 0;

	if (!announce(run, keys, &is_newest, err))
		return false;
	for (size_t i = 1; is_newest && rows == 0 && contact_keys_id(keys, i) != NULL; i++) {
		if (!reseal_key(run, keys, contact_keys_id(keys, i), &rows, err))
			return false;
	}
	for (size_t i = 0; i < run->count; i++) {
		if (!come_again(run, &run->jobs[i], rows > 0, err))
			return false;
	}
	return true;
}

/* The old ones first: a mailer that was left behind must not take one of them for the newest. */
static bool announce(struct run *run, const struct contact_keys *keys, bool *ret_is_newest, struct err *err)
{
	struct sql_reseal_announce values;
	struct pg_result *result;
	struct array ids;
	size_t count = 0;

	while (contact_keys_id(keys, count) != NULL)
		count++;
	array_init(&ids, run->arena);
	while (count > 0)
		array_text(&ids, contact_keys_id(keys, --count));
	values.key_ids = array_value(&ids);
	if (!sql_reseal_announce(run->pg, &values, &result, err))
		return false;
	*ret_is_newest =
	    strcmp(pg_text(result, 0, SQL_RESEAL_ANNOUNCE_NEWEST), contact_keys_id(keys, 0)) == 0;
	pg_result_free(result);
	return true;
}

static bool reseal_key(
    struct run *run, const struct contact_keys *keys, const char *old_id, int *ret_rows, struct err *err)
{
	struct batch batch = {0};
	struct sql_reseal_keep values;
	struct pg_result *found;
	bool ok = true;

	if (!sql_reseal_find(run->pg, &(struct sql_reseal_find){.key_id = PG_TEXT(old_id)}, &found, err))
		return false;
	*ret_rows = pg_rows(found);
	array_init(&batch.sources, run->arena);
	array_init(&batch.ids, run->arena);
	array_init(&batch.sealed, run->arena);
	for (int row = 0; row < *ret_rows && ok; row++)
		ok = add_row(run, keys, found, row, &batch, err);
	pg_result_free(found);
	if (!ok || *ret_rows == 0)
		return ok;
	values.sources = array_value(&batch.sources);
	values.ids = array_value(&batch.ids);
	values.sealed = array_value(&batch.sealed);
	values.key_id = PG_TEXT(contact_keys_id(keys, 0));
	log_event(batch.unreadable > 0 ? LOG_WARNING : LOG_INFO, "resealed", log_text("key", old_id),
	    log_int("rows", *ret_rows), log_int("unreadable", batch.unreadable));
	return sql_reseal_keep(run->pg, &values, NULL, err);
}

static bool add_row(struct run *run, const struct contact_keys *keys, const struct pg_result *found, int row,
    struct batch *batch, struct err *err)
{
	struct secret_part sealed = {0};
	struct secret_part plain;
	struct err unread = {0};

	sealed.bytes = pg_bytes(found, row, SQL_RESEAL_FIND_SEALED, &sealed.length);
	array_text(&batch->sources, pg_text(found, row, SQL_RESEAL_FIND_SOURCE));
	array_text(&batch->ids, pg_text(found, row, SQL_RESEAL_FIND_ID));
	if (!contact_keys_unseal(keys, run->arena, sealed, &plain, &unread)) {
		batch->unreadable++;
		array_text(&batch->sealed, NULL);
		return true;
	}
	if (!contact_keys_seal(keys, run->arena, plain, &sealed, err))
		return false;
	array_bytes(&batch->sealed, sealed.bytes, sealed.length);
	return true;
}

static bool come_again(struct run *run, struct job *job, bool has_more, struct err *err)
{
	struct pg_result *result;

	if (!sql_reseal_next(run->pg, &(struct sql_reseal_next){.more = PG_TEXT(has_more ? "true" : "false")},
		&result, err))
		return false;
	job->verdict = JOB_AGAIN;
	job->next_run_at = arena_string(run->arena, pg_text(result, 0, SQL_RESEAL_NEXT_RUN_AT));
	job->next_data = "{}";
	pg_result_free(result);
	return true;
}
