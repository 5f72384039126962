#include "worker/keeper.h"

#include "common/arena.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/queue.h"
#include "worker/session.h"

#include <unistd.h>

enum {
	US_PER_S = 1000000,
	US_PER_MS = 1000,
	TAKE_BACK_US = 5 * US_PER_S,
	RETRY_US = 1 * US_PER_S,
	BEATS_PER_LEASE = 3,
	SLOT_SIZE = 160,
	HOST_SIZE = 65,
	SLOTS = 100,
	/* A killed process's connection, and the lock with it, is gone after a moment. */
	SLOT_TRIES = 10,
	SLOT_TRY_MS = 50
};

struct keeper {
	const struct kind *const *kinds;
	size_t kind_count;
	const struct stop *stop;
	struct session *session;
	unsigned locked_on; /* the number of the connection that holds the slot's lock */
	char slot[SLOT_SIZE];
	int64_t next_beat_us;
	int64_t next_take_back_us;
};

static void slot_name(const struct keeper *keeper, int number, char ret_slot[SLOT_SIZE]);
static bool find_slot(struct keeper *keeper, struct pg *pg, struct err *err);
static bool lock_slot(struct pg *pg, const char *slot, bool *ret_locked, struct err *err);
static bool sign_of_life(struct keeper *keeper, struct pg *pg, struct arena *arena, struct err *err);
static struct pg_value held_leases(struct arena *arena, struct runner *const *runners, size_t count);
static int64_t beat_us(void);
static void log_keeper(const char *event, const struct err *err);

struct keeper *keeper_new(const struct kind *const *kinds, size_t count, const struct stop *stop)
{
	struct keeper *keeper = calloc(1, sizeof *keeper);

	if (keeper == NULL)
		abort();
	keeper->kinds = kinds;
	keeper->kind_count = count;
	keeper->stop = stop;
	keeper->session = session_new(
	    &(struct session_options){.name = "osallisuus-worker keeper", .is_quick = true}, stop);
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (keeper == NULL)
		return;
	session_free(keeper->session);
	free(keeper);
}

const char *keeper_take_slot(struct keeper *keeper)
{
	struct pg *pg;

	while ((pg = session_pg(keeper->session)) != NULL) {
		struct arena *arena = arena_new();
		struct err err = {0};
		bool ok = find_slot(keeper, pg, &err) && queue_take_back(pg, arena, keeper->slot, &err) &&
			  sign_of_life(keeper, pg, arena, &err);

		arena_free(arena);
		if (ok) {
			keeper->locked_on = session_number(keeper->session);
			return keeper->slot;
		}
		log_keeper("slot_failed", &err);
		stop_wait(keeper->stop, -1, config_int("POLL_MS"));
	}
	return NULL;
}

void keeper_turn(struct keeper *keeper, struct runner *const *runners, size_t count)
{
	struct pg *pg = session_pg(keeper->session);
	int64_t now_us = clock_monotonic_us();
	struct arena *arena;
	struct err err = {0};
	bool ok = true;

	if (pg == NULL)
		return;
	arena = arena_new();
	if (session_number(keeper->session) != keeper->locked_on) {
		bool locked;

		/* Another process has it only when it took this one for dead: the leases stand by their
		 * tokens. */
		ok = lock_slot(pg, keeper->slot, &locked, &err);
		keeper->locked_on = ok ? session_number(keeper->session) : 0;
	}
	if (ok && now_us >= keeper->next_beat_us) {
		ok = queue_extend(pg, held_leases(arena, runners, count), (int)config_int("LEASE_S"), &err);
		keeper->next_beat_us = now_us + beat_us();
	}
	if (ok && now_us >= keeper->next_take_back_us) {
		ok = sign_of_life(keeper, pg, arena, &err) && queue_take_back(pg, arena, NULL, &err);
		keeper->next_take_back_us = now_us + TAKE_BACK_US;
	}
	if (!ok) {
		log_keeper("keeper_failed", &err);
		keeper->next_beat_us = now_us + RETRY_US;
		keeper->next_take_back_us = now_us + RETRY_US;
	}
	arena_free(arena);
}

int64_t keeper_wait_ms(const struct keeper *keeper)
{
	int64_t next_us = keeper->next_beat_us < keeper->next_take_back_us ? keeper->next_beat_us
									   : keeper->next_take_back_us;
	int64_t wait_us = next_us - clock_monotonic_us();

	return wait_us > 0 ? wait_us / US_PER_MS + 1 : 0;
}

void keeper_leave(struct keeper *keeper, struct runner *const *runners, size_t count)
{
	const struct sql_worker_gone values = {.slot = PG_TEXT(keeper->slot)};
	struct arena *arena = arena_new();
	struct pg *pg = session_pg(keeper->session);
	struct err err = {0};

	if (pg != NULL && !(queue_give_back(pg, held_leases(arena, runners, count), &err) &&
			      sql_worker_gone(pg, &values, NULL, &err)))
		log_keeper("sign_off_failed", &err);
	arena_free(arena);
}

static void slot_name(const struct keeper *keeper, int number, char ret_slot[SLOT_SIZE])
{
	const char *wanted = config_text("WORKER_SLOT");
	char suffix[8] = "";
	char name[SLOT_SIZE - sizeof suffix];

	if (wanted[0] != '\0') {
		(void)snprintf(name, sizeof name, "%s", wanted);
	} else {
		char host[HOST_SIZE] = "";
		int length;

		(void)gethostname(host, sizeof host - 1);
		length = snprintf(name, sizeof name, "%s", host);
		for (size_t i = 0; i < keeper->kind_count && (size_t)length < sizeof name; i++)
			length += snprintf(
			    name + length, sizeof name - (size_t)length, " %s", keeper->kinds[i]->name);
	}
	if (number > 1)
		(void)snprintf(suffix, sizeof suffix, "#%d", number);
	(void)snprintf(ret_slot, SLOT_SIZE, "%s%s", name, suffix);
}

static bool find_slot(struct keeper *keeper, struct pg *pg, struct err *err)
{
	bool locked = false;

	for (int number = 1; number <= SLOTS && !locked; number++) {
		slot_name(keeper, number, keeper->slot);
		for (int try = 0; try < SLOT_TRIES && !locked && !stop_is_asked(keeper->stop); try++) {
			if (try > 0)
				stop_wait(keeper->stop, -1, SLOT_TRY_MS);
			if (!lock_slot(pg, keeper->slot, &locked, err))
				return false;
		}
	}
	return locked || err_set(err, "slot", "no free slot, or no time to find one");
}

static bool lock_slot(struct pg *pg, const char *slot, bool *ret_locked, struct err *err)
{
	const struct sql_worker_slot_lock values = {.slot = PG_TEXT(slot)};
	struct pg_result *result;

	if (!sql_worker_slot_lock(pg, &values, &result, err))
		return false;
	*ret_locked = pg_bool(result, 0, SQL_WORKER_SLOT_LOCK_LOCKED);
	pg_result_free(result);
	return true;
}

static bool sign_of_life(struct keeper *keeper, struct pg *pg, struct arena *arena, struct err *err)
{
	struct sql_worker_alive values = {.slot = PG_TEXT(keeper->slot)};
	struct array kinds;

	array_init(&kinds, arena);
	for (size_t i = 0; i < keeper->kind_count; i++)
		array_text(&kinds, keeper->kinds[i]->name);
	values.kinds = array_value(&kinds);
	return sql_worker_alive(pg, &values, NULL, err);
}

static struct pg_value held_leases(struct arena *arena, struct runner *const *runners, size_t count)
{
	struct array leases;

	array_init(&leases, arena);
	for (size_t i = 0; i < count; i++) {
		char lease[UUID_TEXT_SIZE];

		if (runner_lease(runners[i], lease))
			array_text(&leases, lease);
	}
	return array_value(&leases);
}

/* A lease outlives a beat that comes late, whatever the settings say. */
static int64_t beat_us(void)
{
	int64_t wanted_us = config_int("HEARTBEAT_S") * US_PER_S;
	int64_t most_us = config_int("LEASE_S") * US_PER_S / BEATS_PER_LEASE;

	return wanted_us < most_us ? wanted_us : most_us;
}

static void log_keeper(const char *event, const struct err *err)
{
	log_event(LOG_WARNING, event, log_text("code", err->code), log_text("message", err->message));
}
