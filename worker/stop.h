/*
 * SIGTERM, as the threads of a worker see it: asked once, waited for anywhere.
 * One object per process, made before the threads and freed after them.
 */
#ifndef OSALLISUUS_WORKER_STOP_H
#define OSALLISUUS_WORKER_STOP_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct stop;

MUST_USE bool stop_new(struct stop **ret_stop, struct err *err);
void stop_free(struct stop *stop); /* NULL is fine */

/* What is under way has until `deadline_us` (clock_monotonic_us). Later calls change nothing. */
void stop_ask(struct stop *stop, int64_t deadline_us);

bool stop_is_asked(const struct stop *stop);
bool stop_is_late(const struct stop *stop); /* asked, and the deadline is over */

/* Readable for ever as soon as a stop is asked: for poll(2). */
int stop_fd(const struct stop *stop);

/* Waits until a stop is asked, `other_fd` (none: -1) can be read, or the time is over. */
void stop_wait(const struct stop *stop, int other_fd, int64_t timeout_ms);

#endif
