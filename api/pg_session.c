#include "api/pg_session.h"

#include <libpq-fe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The only SQL that lives in C: it is the connection's own handshake, no
 * statement of the service, must go as one simple query before pipeline mode
 * begins, and its numbers are settings. default_transaction_read_only must come
 * here: in the start packet it would make target_session_attrs refuse the server.
 * No sequential scans: a plan that was made while a table was small lives on while it
 * grows (a list of 50 fell from 2,200 to 55 a second on 20,000 fresh rows).
 */
static const char greeting[] =
    "SET statement_timeout = %u; SET lock_timeout = %u;"
    "SET idle_in_transaction_session_timeout = 5000;"
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601';"
    "SET bytea_output = 'hex'; SET jit = off; SET max_parallel_workers_per_gather = 0;"
    "SET enable_seqscan = off;"
    "%s"
    "SELECT max(number) FROM schema_migration";

static char *rotated(const char *conninfo, const char *name, unsigned by);
static const char *after_commas(const char *list, unsigned count);
static void ignore_notice(void *context, const PGresult *result);

bool pg_session_check(const char *conninfo, struct err *err)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);

	if (options == NULL)
		return err_set(err, "setting", "the database's connection string cannot be read");
	PQconninfoFree(options);
	return true;
}

struct pg_conn *pg_session_start(const char *conninfo, const struct pg_lane_rules *rules, unsigned attempt)
{
	char *host = rotated(conninfo, "host", attempt);
	char *hostaddr = rotated(conninfo, "hostaddr", attempt);
	char *port = rotated(conninfo, "port", attempt);
	/* A NULL value counts as not given; a later name counts more than what conninfo says. */
	const char *const names[] = {"dbname", "host", "hostaddr", "port", "application_name",
	    "client_encoding", "target_session_attrs", "connect_timeout", "tcp_user_timeout", "keepalives",
	    "keepalives_idle", "keepalives_interval", "keepalives_count", NULL};
	const char *const values[] = {conninfo, host, hostaddr, port, rules->application_name, "UTF8",
	    "read-write", "2", "5000", "1", "30", "5", "3", NULL};
	PGconn *pg = PQconnectStartParams(names, values, 1);

	free(host);
	free(hostaddr);
	free(port);
	if (pg != NULL)
		PQsetNoticeReceiver(pg, ignore_notice, NULL);
	return pg;
}

bool pg_session_greet(PGconn *pg, const struct pg_lane_rules *rules, const struct pg_engine_options *options)
{
	enum { GREETING_MAX = 1024 };
	char sql[GREETING_MAX];
	int length = snprintf(sql, sizeof sql, greeting, options->statement_timeout_ms,
	    rules->lock_timeout_ms, rules->settings);

	if (length < 0 || length >= GREETING_MAX)
		abort();
	return PQsetnonblocking(pg, 1) == 0 && PQsendQuery(pg, sql) == 1;
}

enum pg_greeting pg_session_answer(PGconn *pg, unsigned wanted, int64_t *version)
{
	while (PQisBusy(pg) == 0) {
		PGresult *result = PQgetResult(pg);
		ExecStatusType status = PQresultStatus(result);

		if (result == NULL)
			return *version == (int64_t)wanted ? PG_GREETING_DONE : PG_GREETING_SCHEMA;
		if (status == PGRES_TUPLES_OK && PQntuples(result) == 1)
			*version =
			    PQgetisnull(result, 0, 0) ? 0 : strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		PQclear(result);
		if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
			return PG_GREETING_REFUSED;
	}
	return PG_GREETING_GOING;
}

/* The list of conninfo under that name, begun `by` places later; NULL: there is none. The caller frees it. */
static char *rotated(const char *conninfo, const char *name, unsigned by)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	const char *list = NULL, *begin;
	unsigned count = 1;
	char *ret = NULL;

	for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
		if (strcmp(option->keyword, name) == 0)
			list = option->val;
	if (list == NULL)
		goto out;
	for (const char *at = strchr(list, ','); at != NULL; at = strchr(at + 1, ','))
		count++;
	begin = after_commas(list, by % count);
	if (asprintf(&ret, "%s%s%.*s", begin, begin == list ? "" : ",", (int)(begin - list - (begin != list)),
		list) < 0)
		abort();
out:
	PQconninfoFree(options);
	return ret;
}

static const char *after_commas(const char *list, unsigned count)
{
	while (count-- > 0)
		list = strchr(list, ',') + 1;
	return list;
}

/* libpq would print them, and they quote what people wrote. */
static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}
