/*
 * Who asks, and whether they may: API keys (Authorization: Bearer
 * osal_<keyid>_<secret>), receipt codes (Authorization: Receipt <code>) and
 * personal links (the path's token).
 */
#ifndef OSALLISUUS_API_AUTH_H
#define OSALLISUUS_API_AUTH_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

struct limiter;
struct request;

/*
 * Fills req->caller. err codes: unauthorized, forbidden, too_many_requests; and
 * not_found for a code or a token that cannot be one, so that it looks like one that is not there.
 */
MUST_USE bool auth_check(struct request *req, struct err *err);

/* Takes a token of the caller's address, of which nothing is kept; false when there is none. */
MUST_USE bool auth_take_token(struct request *req, struct limiter *limiter);

#endif
