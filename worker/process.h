/*
 * A worker process: one runner per kind and thread, and a keeper, the thread
 * that calls process_run. The keeper says that the process lives, extends the
 * runners' leases, takes back expired ones, and ends it all after SIGTERM.
 */
#ifndef OSALLISUUS_WORKER_PROCESS_H
#define OSALLISUUS_WORKER_PROCESS_H

#include "common/attributes.h"
#include "common/err.h"
#include "worker/kind.h"

#include <stdbool.h>
#include <stddef.h>

/* Returns after SIGTERM or SIGINT. err codes: setting, system, and what a kind needs at start. */
MUST_USE bool process_run(const struct kind *const *kinds, size_t count, struct err *err);

#endif
