#include "worker/runner.h"

#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "worker/array.h"
#include "worker/queue.h"
#include "worker/session.h"

#include <pthread.h>

enum {
	US_PER_S = 1000000,
	US_PER_MS = 1000,
	/* Jobs whose transactions commit up to so much later are found without a sweep. */
	HINT_US = 1 * US_PER_S,
	SWEEP_US = 1 * US_PER_S,
	/* A long transaction of others keeps what was settled in the way of a sweep: it may take 1/20 of
	   the time (with 1,000,000 dead rows it takes 0.3 s). */
	SWEEP_SHARE = 20
};

struct runner {
	const struct kind *kind;
	const struct stop *stop;
	const char *slot;
	struct session *session;
	void *state; /* the kind's own */
	pthread_t thread;
	bool is_started;
	struct queue_position newest; /* of all that was claimed */
	bool was_full;                /* the last claim got all that it asked for */
	int64_t next_sweep_us;
	pthread_mutex_t mutex;      /* guards: */
	char lease[UUID_TEXT_SIZE]; /* "": none */
};

static void *work(void *context);
static bool turn(struct runner *runner, struct pg *pg, struct arena *arena, bool *ret_found, struct err *err);
static void log_turn(const struct runner *runner, const struct err *err);
static void claim_init(const struct runner *runner, struct queue_claim *claim);
static bool claim_more(struct runner *runner, struct queue_claim *claim, struct run *run, struct err *err);
static void hold(struct runner *runner, const char *lease);
static bool run_batch(struct runner *runner, struct run *run, struct err *err);
static bool settle(struct runner *runner, struct run *run, bool applies, struct err *err);
static bool retry_all(struct runner *runner, struct run *run, const struct err *bad, struct err *err);
static void give_back(struct runner *runner, struct pg *pg, struct arena *arena);
static void log_failure(
    const struct runner *runner, const struct run *run, const char *event, const struct err *err);
static bool is_hopeless(const struct err *err);

bool runner_new(const struct kind *kind, const struct stop *stop, struct runner **ret_runner, struct err *err)
{
	struct runner *runner = calloc(1, sizeof *runner);
	char name[64];

	if (runner == NULL)
		abort();
	if (kind->open != NULL && !kind->open(&runner->state, err)) {
		free(runner);
		return false;
	}
	(void)snprintf(name, sizeof name, "osallisuus-worker %s", kind->name);
	runner->kind = kind;
	runner->stop = stop;
	runner->session = session_new(
	    &(struct session_options){.name = name, .is_quick = kind->is_quick, .listens = true}, stop);
	runner->newest = QUEUE_START;
	if (pthread_mutex_init(&runner->mutex, NULL) != 0)
		abort();
	*ret_runner = runner;
	return true;
}

void runner_free(struct runner *runner)
{
	if (runner == NULL)
		return;
	session_free(runner->session);
	if (runner->kind->close != NULL)
		runner->kind->close(runner->state);
	(void)pthread_mutex_destroy(&runner->mutex);
	free(runner);
}

bool runner_start(struct runner *runner, const char *slot, struct err *err)
{
	runner->slot = slot;
	if (pthread_create(&runner->thread, NULL, work, runner) != 0)
		return err_set(err, "system", "cannot start a thread");
	runner->is_started = true;
	return true;
}

bool runner_join(struct runner *runner, int64_t until_us)
{
	const struct timespec until = {
	    .tv_sec = until_us / US_PER_S, .tv_nsec = until_us % US_PER_S * (US_PER_S / US_PER_MS)};

	if (!runner->is_started)
		return true;
	if (pthread_clockjoin_np(runner->thread, NULL, CLOCK_MONOTONIC, &until) != 0)
		return false;
	runner->is_started = false;
	return true;
}

bool runner_lease(struct runner *runner, char ret_lease[UUID_TEXT_SIZE])
{
	bool has;

	(void)pthread_mutex_lock(&runner->mutex);
	has = runner->lease[0] != '\0';
	memcpy(ret_lease, runner->lease, UUID_TEXT_SIZE);
	(void)pthread_mutex_unlock(&runner->mutex);
	return has;
}

static void *work(void *context)
{
	struct runner *runner = context;
	int64_t poll_ms = config_int("POLL_MS");
	struct pg *pg;

	while ((pg = session_pg(runner->session)) != NULL && !stop_is_asked(runner->stop)) {
		struct arena *arena = arena_new();
		struct err err = {0};
		bool found = false;

		if (!turn(runner, pg, arena, &found, &err))
			log_turn(runner, &err);
		arena_free(arena);
		pg = session_pg(runner->session);
		if (!found && pg != NULL) {
			stop_wait(runner->stop, pg_socket(pg), poll_ms);
			(void)pg_notified(pg);
		}
	}
	arena_thread_release();
	return NULL;
}

/*
 * One claim and what comes of it. *ret_found: there may be more at once. On
 * failure what is left of the lease is given back, so that it is free at once.
 */
static bool turn(struct runner *runner, struct pg *pg, struct arena *arena, bool *ret_found, struct err *err)
{
	struct run run = {
	    .kind = runner->kind, .pg = pg, .arena = arena, .stop = runner->stop, .state = runner->state};
	struct queue_claim claim;
	bool ok;

	claim_init(runner, &claim);
	hold(runner, claim.lease);
	ok = claim_more(runner, &claim, &run, err) && (run.count == 0 || run_batch(runner, &run, err));
	if (!ok)
		give_back(runner, session_pg(runner->session), arena);
	hold(runner, "");
	*ret_found = ok && run.count > 0;
	return ok;
}

/* That the connection is lost is the session's to say. */
static void log_turn(const struct runner *runner, const struct err *err)
{
	if (strcmp(err->code, "database_unavailable") == 0)
		return;
	log_event(LOG_WARNING, strcmp(err->code, "lease_lost") == 0 ? "result_thrown_away" : "queue_failed",
	    log_text("kind", runner->kind->name), log_text("code", err->code),
	    log_text("message", err->message));
}

static void claim_init(const struct runner *runner, struct queue_claim *claim)
{
	struct uuid lease = uuid_random();

	*claim = (struct queue_claim){.kind = runner->kind->name,
	    .slot = runner->slot,
	    .lease_s = (int)config_int("LEASE_S"),
	    .most = runner->kind->batch > 0 ? runner->kind->batch : (int)config_int("CONCURRENCY")};
	uuid_write(&lease, claim->lease);
}

/*
 * Where to begin: while there is more than fits a batch, right behind the
 * newest claimed; else a second before it, for late commits; and from the
 * start about once a second, for later ones and for what was taken back.
 */
static bool claim_more(struct runner *runner, struct queue_claim *claim, struct run *run, struct err *err)
{
	int64_t begun_us = clock_monotonic_us();
	bool is_sweep = begun_us >= runner->next_sweep_us || runner->newest.run_at_us == INT64_MIN;

	if (is_sweep && !queue_claim_suspect(run->pg, run->arena, claim, run, err))
		return false;
	if (run->count > 0)
		return true;
	claim->after = is_sweep ? QUEUE_START : runner->newest;
	if (!is_sweep && !runner->was_full)
		claim->after = (struct queue_position){.run_at_us = runner->newest.run_at_us - HINT_US};
	if (!queue_claim(run->pg, run->arena, claim, run, err))
		return false;
	if (is_sweep) {
		int64_t now_us = clock_monotonic_us();
		int64_t pause_us = (now_us - begun_us) * SWEEP_SHARE;

		runner->next_sweep_us = now_us + (pause_us > SWEEP_US ? pause_us : SWEEP_US);
	}
	runner->was_full = run->count == (size_t)claim->most;
	if (run->count > 0) {
		const struct job *last = &run->jobs[run->count - 1];
		int64_t id = strtoll(last->id, NULL, 10);

		if (last->run_at_us > runner->newest.run_at_us ||
		    (last->run_at_us == runner->newest.run_at_us && id > runner->newest.id))
			runner->newest = (struct queue_position){.run_at_us = last->run_at_us, .id = id};
	}
	return true;
}

static void hold(struct runner *runner, const char *lease)
{
	(void)pthread_mutex_lock(&runner->mutex);
	(void)snprintf(runner->lease, sizeof runner->lease, "%s", lease);
	(void)pthread_mutex_unlock(&runner->mutex);
}

static bool run_batch(struct runner *runner, struct run *run, struct err *err)
{
	struct err bad = {0};

	if (run->kind->reach != NULL && !run->kind->reach(run, &bad))
		return retry_all(runner, run, &bad, err);
	if (settle(runner, run, run->kind->apply != NULL, &bad))
		return true;
	if (run->count == 1 || is_hopeless(&bad))
		return retry_all(runner, run, &bad, err);
	log_failure(runner, run, "batch_failed", &bad);
	for (size_t i = 0; i < run->count; i++) {
		struct run one = *run;
		struct err bad_one = {0};

		one.jobs = &run->jobs[i];
		one.count = 1;
		if (!settle(runner, &one, one.kind->apply != NULL, &bad_one) &&
		    !retry_all(runner, &one, &bad_one, err))
			return false;
	}
	return true;
}

/* The effects of a batch and the end of its jobs, in one transaction. */
static bool settle(struct runner *runner, struct run *run, bool applies, struct err *err)
{
	const struct queue_batch batch = {
	    .kind = run->kind, .lease = runner->lease, .jobs = run->jobs, .count = run->count};
	struct err ignored = {0};

	if (!pg_script(run->pg, "BEGIN", PG_TRUSTED, err))
		return false;
	if ((!applies || run->kind->apply(run, err)) && queue_settle(run->pg, run->arena, &batch, err) &&
	    pg_script(run->pg, "COMMIT", PG_TRUSTED, err))
		return true;
	if (pg_is_alive(run->pg) && !pg_script(run->pg, "ROLLBACK", PG_TRUSTED, &ignored))
		log_failure(runner, run, "rollback_failed", &ignored);
	return false;
}

/* After `bad` the jobs are tried again later, unless there is nothing any more to write that to. */
static bool retry_all(struct runner *runner, struct run *run, const struct err *bad, struct err *err)
{
	if (is_hopeless(bad)) {
		*err = *bad;
		return false;
	}
	log_failure(runner, run, run->count == 1 ? "job_failed" : "batch_failed", bad);
	for (size_t i = 0; i < run->count; i++) {
		run->jobs[i].verdict = JOB_RETRY;
		run->jobs[i].code = bad->code;
	}
	return settle(runner, run, false, err);
}

/* When there is no connection the lease expires. */
static void give_back(struct runner *runner, struct pg *pg, struct arena *arena)
{
	struct err err = {0};

	if (pg != NULL && !queue_give_back(pg, array_of_one(arena, runner->lease), &err))
		log_event(LOG_WARNING, "give_back_failed", log_text("kind", runner->kind->name),
		    log_text("code", err.code));
}

static void log_failure(
    const struct runner *runner, const struct run *run, const char *event, const struct err *err)
{
	log_event(LOG_WARNING, event, log_text("kind", runner->kind->name),
	    log_int("jobs", (int64_t)run->count), log_text("job", run->count == 1 ? run->jobs[0].id : NULL),
	    log_text("trace_id", run->count == 1 ? run->jobs[0].trace_id : NULL), log_text("code", err->code),
	    log_text("message", err->message));
}

/* No other try of this batch can end better. */
static bool is_hopeless(const struct err *err)
{
	return strcmp(err->code, "database_unavailable") == 0 || strcmp(err->code, "lease_lost") == 0;
}
