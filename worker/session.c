#include "worker/session.h"

#include "common/config.h"
#include "common/log.h"
#include "common/secret.h"
#include "jobs_sql.h"

enum { NAME_SIZE = 64, FIRST_WAIT_MS = 50, LONGEST_WAIT_MS = 2000, JITTER_PERCENT = 20, PERCENT = 100 };

struct session {
	char name[NAME_SIZE];
	bool is_quick;
	bool listens;
	bool is_lost;
	unsigned number;
	const struct stop *stop;
	struct pg *pg;
};

static bool session_open(struct session *session, struct err *err);
static bool prepare_session(const struct session *session, struct pg *pg, struct err *err);
static int64_t with_jitter(int64_t wait_ms);

struct session *session_new(const struct session_options *options, const struct stop *stop)
{
	struct session *session = calloc(1, sizeof *session);

	if (session == NULL)
		abort();
	(void)snprintf(session->name, sizeof session->name, "%s", options->name);
	session->is_quick = options->is_quick;
	session->listens = options->listens;
	session->stop = stop;
	return session;
}

void session_free(struct session *session)
{
	if (session == NULL)
		return;
	pg_close(session->pg);
	free(session);
}

struct pg *session_pg(struct session *session)
{
	int64_t wait_ms = FIRST_WAIT_MS;

	if (session->pg != NULL && pg_is_alive(session->pg))
		return session->pg;
	while (!stop_is_asked(session->stop)) {
		struct err err = {0};

		if (session_open(session, &err)) {
			if (session->is_lost)
				log_event(LOG_INFO, "database_regained", log_text("session", session->name));
			session->is_lost = false;
			return session->pg;
		}
		if (!session->is_lost)
			log_event(LOG_WARNING, "database_lost", log_text("session", session->name),
			    log_text("code", err.code), log_text("message", err.message));
		session->is_lost = true;
		stop_wait(session->stop, -1, with_jitter(wait_ms));
		wait_ms = wait_ms * 2 < LONGEST_WAIT_MS ? wait_ms * 2 : LONGEST_WAIT_MS;
	}
	return NULL;
}

unsigned session_number(const struct session *session)
{
	return session->number;
}

/* LISTEN comes before the first poll, so that nothing that notifies falls between them. */
static bool session_open(struct session *session, struct err *err)
{
	struct pg *pg;

	pg_close(session->pg);
	session->pg = NULL;
	if (!pg_open(config_text("DB"), session->name, &pg, err))
		return false;
	if (!prepare_session(session, pg, err)) {
		pg_close(pg);
		return false;
	}
	session->pg = pg;
	session->number++;
	return true;
}

static bool prepare_session(const struct session *session, struct pg *pg, struct err *err)
{
	const struct sql_worker_session values = {.is_quick = PG_TEXT(session->is_quick ? "true" : "false")};

	return sql_worker_session(pg, &values, NULL, err) &&
	       (!session->listens || sql_job_listen(pg, NULL, err));
}

static int64_t with_jitter(int64_t wait_ms)
{
	uint32_t random;

	secret_random(&random, sizeof random);
	return wait_ms * (PERCENT - JITTER_PERCENT + random % (2 * JITTER_PERCENT + 1)) / PERCENT;
}
