/*
 * How letters leave the house. The mail kinds know no protocol: they hand over
 * letters and learn what became of each. One transport belongs to one thread;
 * it keeps its connections for the next letters.
 */
#ifndef OSALLISUUS_WORKER_TRANSPORT_H
#define OSALLISUUS_WORKER_TRANSPORT_H

#include "common/attributes.h"
#include "common/err.h"
#include "worker/stop.h"

#include <stdbool.h>
#include <stddef.h>

enum delivery {
	DELIVERY_SENT,
	DELIVERY_LATER,       /* the server asks to come again */
	DELIVERY_NOT_REACHED, /* no server, no login, no certificate: nobody has judged the letter */
	DELIVERY_REFUSED,     /* for good */
	DELIVERY_CUT_OFF      /* a stop was asked and the time was over */
};

/* Texts belong to the caller; the last four are what became of it. */
struct letter {
	const char *from;
	const char *to;
	const char *bytes;
	size_t length;
	enum delivery delivery;
	const char *code;     /* static; NULL when it was sent */
	long reply;           /* the server's last reply code; 0: none */
	bool is_dead_address; /* refused for its receiver */
};

struct transport;

/* At start, before there are threads. From the settings SMTP_…; err codes: setting, system. */
MUST_USE bool transport_new(struct transport **ret_transport, struct err *err);
void transport_free(struct transport *transport); /* NULL is fine */

/* Sends them all, CONCURRENCY at once, and returns when each has ended. */
void transport_send(
    struct transport *transport, struct letter *letters, size_t count, const struct stop *stop);

#endif
