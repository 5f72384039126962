/* What the kind clock does for rounds of surveys: opens and closes them, invites, reminds, and forgets who
 * had which link. */
#ifndef OSALLISUUS_WORKER_SURVEY_ROUND_H
#define OSALLISUUS_WORKER_SURVEY_ROUND_H

#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"
#include "worker/kind.h"

#include <stdbool.h>

/* Whether it is one of a round; NULL is none. */
bool survey_round_has_phase(const char *phase);

/* subjects, phases: arrays with one element for each job of the run. Those of another phase are left alone.
 */
MUST_USE bool survey_rounds_apply(
    struct run *run, struct pg_value subjects, struct pg_value phases, struct err *err);

#endif
