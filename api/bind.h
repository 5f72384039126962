/* The values of an operation's statement: each :name's source is in the contract. */
#ifndef OSALLISUUS_API_BIND_H
#define OSALLISUUS_API_BIND_H

#include "api/cursor.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

struct request;
struct statement;

/* Makes req->new_id where the operation makes something. Before bind_params. */
void bind_new_id(struct request *req);

/* Fills req->query.params. err code: bad_cursor. */
MUST_USE bool bind_params(struct request *req, const struct statement *statement, struct err *err);

/* The same for a page of a list that begins behind a row, of which `after` has the columns of the cursor; the
 * first one behind NULLs. */
void bind_page(struct request *req, const struct statement *statement, const struct pg_param *after);

/* The page's size, from ?limit=. */
unsigned bind_limit(const struct request *req);

/* What the cursors of this request are bound to. */
struct cursor_scope bind_cursor_scope(struct request *req);

#endif
