/*
 * Links of members to an online round of their panel: each has one, good for one answer, and gets it by mail.
 * In C, because tokens are made under the server key.
 */
#ifndef OSALLISUUS_WORKER_ROUND_LINKS_H
#define OSALLISUUS_WORKER_ROUND_LINKS_H

#include "common/attributes.h"
#include "common/err.h"
#include "worker/kind.h"

#include <stdbool.h>

/* For the next so many members who have none; the job comes again while there are more. */
MUST_USE bool round_links_make(struct run *run, struct job *job, struct err *err);

#endif
