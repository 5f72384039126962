/* The checks of doctor that ask the database. Statements: sql/admin/doctor.sql. */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/clock.h"
#include "common/config.h"
#include "worker/admin/doctor.h"
#include "worker/admin/migration.h"

#include <gnu/libc-version.h>
#include <jansson.h>

enum {
	SERVER_MAJOR_LEAST = 15,
	CLOCK_WARN_MS = 2000,
	CLOCK_FAIL_MS = 30000,
	PARTITIONS_LEAST = 2,
	JOB_LATE_S = 300,
	AUDIT_WAITING_MOST = 100000,
	NUMBER_BASE = 10
};

static bool compare_schema(struct pg *pg, struct arena *arena, size_t *ret_pending, struct err *err);

bool check_versions(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	const char *version;
	const char *state = "";

	if (!sql_doctor_server(pg, &result, err))
		return false;
	version = pg_text(result, 0, SQL_DOCTOR_SERVER_VERSION);
	finding->status = strtol(version, NULL, NUMBER_BASE) < SERVER_MAJOR_LEAST ? FINDING_FAIL : FINDING_OK;
	if (pg_bool(result, 0, SQL_DOCTOR_SERVER_STANDBY)) {
		finding->status = FINDING_FAIL;
		state = " (a standby: nothing can be written)";
	} else if (pg_bool(result, 0, SQL_DOCTOR_SERVER_READ_ONLY)) {
		finding->status = FINDING_FAIL;
		state = " (read only)";
	}
	finding_set(finding, finding->status, "PostgreSQL %s%s, Jansson %s, glibc %s", version, state,
	    jansson_version_str(), gnu_get_libc_version());
	pg_result_free(result);
	return true;
}

bool check_schema(struct pg *pg, struct finding *finding, struct err *err)
{
	struct arena *arena = arena_new();
	size_t pending;
	bool ok = compare_schema(pg, arena, &pending, err);

	if (ok && pending > 0)
		finding_set(finding, FINDING_FAIL,
		    "%zu migrations are to be applied: osallisuus-admin migrate", pending);
	else if (ok)
		finding_set(finding, FINDING_OK, "all migrations are applied and unchanged");
	arena_free(arena);
	return ok;
}

static bool compare_schema(struct pg *pg, struct arena *arena, size_t *ret_pending, struct err *err)
{
	struct migration_list list;
	struct pg_result *applied;
	bool ok;

	if (!migration_read_files(arena, config_text("SQL_DIR"), &list, err) ||
	    !sql_migration_list(pg, &applied, err))
		return false;
	ok = migration_compare(&list, applied, err);
	*ret_pending = list.count - (size_t)pg_rows(applied);
	pg_result_free(applied);
	return ok;
}

bool check_roles(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	const char *missing;
	const char *powerful;

	if (!sql_doctor_roles(pg, &result, err))
		return false;
	missing = pg_text(result, 0, SQL_DOCTOR_ROLES_MISSING);
	powerful = pg_text(result, 0, SQL_DOCTOR_ROLES_POWERFUL);
	if (missing != NULL)
		finding_set(finding, FINDING_FAIL, "missing: %s", missing);
	else if (powerful != NULL)
		finding_set(finding, FINDING_FAIL, "with rights that are not theirs: %s", powerful);
	else
		finding_set(finding, FINDING_OK, "all there, none with rights over the whole server");
	pg_result_free(result);
	return true;
}

bool check_rights(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;

	if (!sql_doctor_rights(pg, &result, err))
		return false;
	if (pg_bool(result, 0, SQL_DOCTOR_RIGHTS_API_READS_CONTACT))
		finding_set(finding, FINDING_FAIL, "the api can read contact data");
	else if (pg_bool(result, 0, SQL_DOCTOR_RIGHTS_OTHERS_READ_CONTACT))
		finding_set(
		    finding, FINDING_FAIL, "somebody besides the mailer can read sealed contact data");
	else if (pg_bool(result, 0, SQL_DOCTOR_RIGHTS_ORIGINALS_ARE_READ))
		finding_set(finding, FINDING_FAIL,
		    "a role of the service can read what givers wrote, or who they are, without a note");
	else if (pg_bool(result, 0, SQL_DOCTOR_RIGHTS_SERVICE_OWNS))
		finding_set(finding, FINDING_FAIL, "a role of the service owns tables");
	else
		finding_set(finding, FINDING_OK,
		    "contact data is for the mailer alone, originals and givers for no login, "
		    "no role of the service owns a table");
	pg_result_free(result);
	return true;
}

bool check_clock(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	const char *offset;
	int64_t before_ms = clock_wall_ms();
	int64_t difference_ms;

	if (!sql_doctor_clock(pg, &result, err))
		return false;
	/* The database looked at its clock somewhere between ours before and ours after. */
	difference_ms =
	    llabs(pg_int(result, 0, SQL_DOCTOR_CLOCK_DATABASE_MS) - (before_ms + clock_wall_ms()) / 2);
	offset = pg_text(result, 0, SQL_DOCTOR_CLOCK_NOW_OFFSET);
	if (difference_ms > CLOCK_WARN_MS)
		finding_set(finding, difference_ms > CLOCK_FAIL_MS ? FINDING_FAIL : FINDING_WARN,
		    "%lld ms from the database's", (long long)difference_ms);
	else if (offset != NULL && offset[0] != '\0')
		finding_set(finding, FINDING_WARN, "osallisuus.now_offset is set: only tests may do that");
	else
		finding_set(finding, FINDING_OK, "%lld ms from the database's", (long long)difference_ms);
	pg_result_free(result);
	return true;
}

bool check_partitions(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	int64_t ahead;

	if (!sql_doctor_partitions(pg, &result, err))
		return false;
	ahead = pg_int(result, 0, SQL_DOCTOR_PARTITIONS_MONTHS_AHEAD);
	if (ahead < PARTITIONS_LEAST)
		finding_set(finding, FINDING_WARN,
		    "events have partitions for %lld months ahead: is a clock worker running?",
		    (long long)ahead);
	else if (pg_bool(result, 0, SQL_DOCTOR_PARTITIONS_IN_DEFAULT))
		finding_set(finding, FINDING_WARN, "events lie in the default partition");
	else
		finding_set(finding, FINDING_OK, "%lld months ahead", (long long)ahead);
	pg_result_free(result);
	return true;
}

bool check_events(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	int64_t found;

	if (!sql_doctor_future_xids(pg, &result, err))
		return false;
	found = pg_int(result, 0, SQL_DOCTOR_FUTURE_XIDS_FOUND);
	if (found > 0)
		finding_set(finding, FINDING_FAIL,
		    "%lld of the newest have transaction ids from the future: a restored dump, see "
		    "docker/README.md",
		    (long long)found);
	else
		finding_set(finding, FINDING_OK, "no transaction id from the future");
	pg_result_free(result);
	return true;
}

bool check_jobs(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	int64_t dead;
	int64_t late_s;

	if (!sql_doctor_jobs(pg, &result, err))
		return false;
	dead = pg_int(result, 0, SQL_DOCTOR_JOBS_DEAD);
	late_s = pg_int(result, 0, SQL_DOCTOR_JOBS_LATE_S);
	finding_set(finding, dead > 0 || late_s > JOB_LATE_S ? FINDING_WARN : FINDING_OK,
	    "%lld dead, the oldest that waits is %lld s late", (long long)dead,
	    (long long)(late_s > 0 ? late_s : 0));
	pg_result_free(result);
	return true;
}

bool check_audit(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	int64_t waiting;

	if (!sql_audit_head(pg, &result, err))
		return false;
	waiting = pg_int(result, 0, SQL_AUDIT_HEAD_WAITING);
	if (waiting > AUDIT_WAITING_MOST)
		finding_set(finding, FINDING_WARN,
		    "%lld rows wait for the chain: is an audit worker running, or a transaction open?",
		    (long long)waiting);
	else
		finding_set(finding, FINDING_OK, "%s rows in the chain, %lld wait for it",
		    pg_text(result, 0, SQL_AUDIT_HEAD_N), (long long)waiting);
	pg_result_free(result);
	return true;
}

bool check_contact_keys(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	int64_t old;
	int64_t lost;
	int64_t unknown;

	if (!sql_doctor_contact_keys(pg, &result, err))
		return false;
	old = pg_int(result, 0, SQL_DOCTOR_CONTACT_KEYS_OLD);
	lost = pg_int(result, 0, SQL_DOCTOR_CONTACT_KEYS_LOST);
	unknown = pg_int(result, 0, SQL_DOCTOR_CONTACT_KEYS_UNKNOWN);
	if (unknown > 0)
		finding_set(finding,
		    pg_bool(result, 0, SQL_DOCTOR_CONTACT_KEYS_NO_MAILER) ? FINDING_WARN : FINDING_FAIL,
		    "%lld addresses are under a key that no mailer has had: see MAIL_PUBLIC_KEY of the API",
		    (long long)unknown);
	else if (lost > 0)
		finding_set(finding, FINDING_FAIL, "%lld addresses are under a retired key or do not open",
		    (long long)lost);
	else if (old > 0)
		finding_set(finding, FINDING_WARN,
		    "%lld addresses are under old keys: a mailer with MAIL_OLD_SECRET_KEYS seals them anew",
		    (long long)old);
	else
		finding_set(finding, FINDING_OK, "no address is under an old key");
	pg_result_free(result);
	return true;
}

bool check_retention(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	const char *classes;

	if (!sql_doctor_retention(pg, &result, err))
		return false;
	classes = pg_text(result, 0, SQL_DOCTOR_RETENTION_CLASSES);
	if (classes != NULL)
		finding_set(finding, FINDING_WARN,
		    "should have been purged more than two days ago: %s; is a retention worker running?",
		    classes);
	else
		finding_set(finding, FINDING_OK, "nothing is kept longer than it may be");
	pg_result_free(result);
	return true;
}

bool check_workers(struct pg *pg, struct finding *finding, struct err *err)
{
	struct pg_result *result;
	const char *kinds;

	if (!sql_doctor_workers(pg, &result, err))
		return false;
	kinds = pg_text(result, 0, SQL_DOCTOR_WORKERS_KINDS);
	finding_set(finding, kinds != NULL ? FINDING_OK : FINDING_WARN, "%lld alive%s%s",
	    (long long)pg_int(result, 0, SQL_DOCTOR_WORKERS_ALIVE), kinds != NULL ? ": " : "",
	    kinds != NULL ? kinds : "");
	pg_result_free(result);
	return true;
}
