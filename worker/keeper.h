/*
 * What keeps a worker process in good standing with the others, over a
 * connection of its own: its slot, its sign of life, its leases, and the
 * expired leases of anyone.
 */
#ifndef OSALLISUUS_WORKER_KEEPER_H
#define OSALLISUUS_WORKER_KEEPER_H

#include "worker/kind.h"
#include "worker/runner.h"
#include "worker/stop.h"

#include <stddef.h>
#include <stdint.h>

struct keeper;

/* `kinds` and `stop` outlive it. */
struct keeper *keeper_new(const struct kind *const *kinds, size_t count, const struct stop *stop);
void keeper_free(struct keeper *keeper); /* NULL is fine */

/*
 * Waits for the database, takes the slot and takes back the leases that its
 * last holder left. The name lives as long as the keeper; NULL: a stop was
 * asked meanwhile. When a living process has the slot, the next one is
 * taken: name, name#2, name#3 …
 */
const char *keeper_take_slot(struct keeper *keeper);

/* Does what is due. Failures are logged; the next turn tries again. */
void keeper_turn(struct keeper *keeper, struct runner *const *runners, size_t count);
/* Until the next turn is due. */
int64_t keeper_wait_ms(const struct keeper *keeper);

/* Gives back what the runners still hold, and signs off. Does not wait for a lost database. */
void keeper_leave(struct keeper *keeper, struct runner *const *runners, size_t count);

#endif
