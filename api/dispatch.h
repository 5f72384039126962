/*
 * From a message to its reply: router → auth → parameters → body → statement
 * or handler. Every failure, wherever it happens, leaves through request_fail.
 */
#ifndef OSALLISUUS_API_DISPATCH_H
#define OSALLISUUS_API_DISPATCH_H

#include "api/http.h"

struct service_loop;

/* For http_server_new; the context is the loop's struct service_loop. */
struct http_callbacks dispatch_callbacks(struct service_loop *loop);

#endif
