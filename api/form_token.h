/*
 * What a feedback form carries unseen: when it was shown, for which unit, and a
 * number of its own, signed under a server key. So it is known without a cookie
 * that we showed it, how long ago, and whether it has been sent before.
 */
#ifndef OSALLISUUS_API_FORM_TOKEN_H
#define OSALLISUUS_API_FORM_TOKEN_H

#include "common/arena.h"
#include "common/attributes.h"

#include <stdbool.h>
#include <stdint.h>

/* In the arena. `shown_ms` is of clock_wall_ms. */
const char *form_token_new(struct arena *arena, const char *unit_id, int64_t shown_ms);

/* False: we did not make it, or for another unit. */
MUST_USE bool form_token_read(
    struct arena *arena, const char *unit_id, const char *token, int64_t *ret_shown_ms);

#endif
