/*
 * The operations port, loopback by default: /healthz (the process answers),
 * /readyz (it can serve: database, schema version, keys; and whether workers
 * are alive), /metrics. It has no key, so it is never open to the outside.
 */
#ifndef OSALLISUUS_API_OPS_H
#define OSALLISUUS_API_OPS_H

#include "api/http.h"

struct service_loop;

/* For http_server_new; runs on the first loop. */
struct http_callbacks ops_callbacks(struct service_loop *loop);

#endif
