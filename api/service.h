/*
 * What all loops of the process share, read-only after start but for `stopping`
 * and the tables that lock themselves; and what each loop has of its own.
 */
#ifndef OSALLISUUS_API_SERVICE_H
#define OSALLISUUS_API_SERVICE_H

#include "api/pg_engine.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/json.h"
#include "common/secret.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_peers;
struct http_server;
struct key_cache;
struct limiter;
struct loop;
struct loop_timer;
struct metrics;
struct page_cache;
struct words;

struct service {
	struct json_limits json;
	size_t reply_bytes;      /* a larger reply is an error of ours: reply_too_large */
	const char *public_url;  /* without a slash at the end */
	const char *public_path; /* of it: "" where the service has a host of its own */
	bool forwarded;          /* the peer's address stands in X-Forwarded-For, written by our own proxy */
	bool request_log;
	unsigned char mail_public_key[SECRET_BOX_KEY_SIZE];
	char mail_key_id[SECRET_BOX_KEY_ID_SIZE];
	struct limiter *limiter;      /* of what givers do, per address */
	struct limiter *form_limiter; /* of feedback forms that are sent, per address */
	int64_t form_least_ms, form_most_ms;
	int listener_fd, ops_fd; /* the first is closed as soon as no loop takes connections any more */
	struct http_peers *peers;
	atomic_uint draining; /* loops that have begun to stop */
	atomic_bool stopping;
	struct pg_load load;
	struct service_loop *loops;
	unsigned loop_count;
};

struct service_loop {
	struct service *service;
	unsigned index;
	struct loop *loop;
	struct http_server *server;
	struct http_server *ops_server; /* on the first loop only */
	struct pg_engine *engine;
	struct key_cache *keys;
	struct page_cache *pages;
	struct words *words; /* of searches */
	struct metrics *metrics;
	struct loop_timer *refresh; /* of the keys and the pages */
	struct loop_timer *stop;    /* looks whether all is answered, once the loop is draining */
	int64_t stop_by_us;         /* what is not answered by then is cut */
	bool is_cut;                /* that moment has come: there is no engine any more */
	unsigned imports;           /* under way */
};

/*
 * Makes the loops, one per core unless LOOPS says otherwise, and starts them:
 * all take connections from listener_fd, the first one also from ops_fd.
 */
MUST_USE bool service_start(struct service *service, int listener_fd, int ops_fd, struct err *err);
/* Waits until SIGTERM or SIGINT has stopped all loops; what was in flight is answered, for at most STOP_S. */
void service_wait(struct service *service);

/* Reads the settings that requests need. Every one has been checked by config_load. */
MUST_USE bool service_init(struct service *service, struct err *err);

#endif
