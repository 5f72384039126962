/* The legal transitions: from sql/states/<resource>.csv into the table transition. */
#ifndef OSALLISUUS_WORKER_ADMIN_STATES_H
#define OSALLISUUS_WORKER_ADMIN_STATES_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"

#include <stdbool.h>

/* All files at once, in one statement. err code states: a line that is not from,to,who,reason. */
MUST_USE bool states_load(struct pg *pg, struct arena *arena, const char *directory, struct err *err);

#endif
