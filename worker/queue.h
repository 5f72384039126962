/*
 * The job table, as a worker sees it: claimed under a lease, settled with it.
 * A lease is a random token of one batch; who lost it settles nothing. Times
 * are the database's own.
 */
#ifndef OSALLISUUS_WORKER_QUEUE_H
#define OSALLISUUS_WORKER_QUEUE_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"
#include "common/uuid.h"
#include "worker/job.h"
#include "worker/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every job before it is left out of a claim; QUEUE_START leaves out none. */
struct queue_position {
	int64_t run_at_us;
	int64_t id;
};

#define QUEUE_START ((struct queue_position){.run_at_us = INT64_MIN})

struct queue_claim {
	const char *kind;
	const char *slot;
	char lease[UUID_TEXT_SIZE]; /* a new one for each claim */
	int lease_s;
	int most;
	struct queue_position after;
};

/* Jobs of a claim or of a part of it. */
struct queue_batch {
	const struct kind *kind;
	const char *lease;
	const struct job *jobs;
	size_t count;
};

/* The oldest waiting jobs behind the position; *ret_count 0: there are none. */
MUST_USE bool queue_claim(struct pg *pg, struct arena *arena, const struct queue_claim *claim,
    struct run *ret_run, struct err *err);

/* At most one job that was running when its worker was lost. */
MUST_USE bool queue_claim_suspect(struct pg *pg, struct arena *arena, const struct queue_claim *claim,
    struct run *ret_run, struct err *err);

/* err code: lease_lost when one of the jobs is not ours any more. */
MUST_USE bool queue_settle(
    struct pg *pg, struct arena *arena, const struct queue_batch *batch, struct err *err);

/* `leases`: an array value of tokens. */
MUST_USE bool queue_give_back(struct pg *pg, struct pg_value leases, struct err *err);
MUST_USE bool queue_extend(struct pg *pg, struct pg_value leases, int lease_s, struct err *err);

/* Expired leases, and those of `gone_slot` (NULL: none). Logs each job that it takes back. */
MUST_USE bool queue_take_back(struct pg *pg, struct arena *arena, const char *gone_slot, struct err *err);

#endif
