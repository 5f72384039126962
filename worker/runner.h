/*
 * A thread that works through one kind: claims a batch, runs it, settles it,
 * and waits when there is none. It holds at most one lease at a time, which
 * the process keeps alive for it. A batch that fails is run again job by job,
 * so that one bad job costs the others nothing; a batch whose lease was lost
 * is thrown away, with its effects.
 */
#ifndef OSALLISUUS_WORKER_RUNNER_H
#define OSALLISUUS_WORKER_RUNNER_H

#include "common/attributes.h"
#include "common/err.h"
#include "common/uuid.h"
#include "worker/kind.h"
#include "worker/stop.h"

#include <stdbool.h>
#include <stdint.h>

struct runner;

/* Opens the kind, before there are threads. err codes: those of kind_open. `kind` and `stop` outlive it. */
MUST_USE bool runner_new(
    const struct kind *kind, const struct stop *stop, struct runner **ret_runner, struct err *err);
void runner_free(struct runner *runner); /* ended, or never started; NULL is fine */

/* `slot` outlives the thread. */
MUST_USE bool runner_start(struct runner *runner, const char *slot, struct err *err);
/* Waits for the thread's end until clock_monotonic_us() is `until_us`: false when it still runs. */
bool runner_join(struct runner *runner, int64_t until_us);

/* The lease that the runner holds now; false: none. For any thread. */
bool runner_lease(struct runner *runner, char ret_lease[UUID_TEXT_SIZE]);

#endif
