/*
 * A mail as it goes over the wire (RFC 5322, 2045, 2047, 8058): UTF-8 plain
 * text in quoted-printable, lines that end with CRLF. Nothing that could begin
 * a header or a command of its own is let in.
 */
#ifndef OSALLISUUS_WORKER_MESSAGE_H
#define OSALLISUUS_WORKER_MESSAGE_H

#include "common/attributes.h"
#include "common/buffer.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

/* All texts are UTF-8. */
struct message {
	const char *id; /* without the brackets: unique@host */
	const char *from;
	const char *from_name; /* "": none */
	const char *to;
	const char *reply_to; /* to whom answers go; NULL: nobody */
	const char *subject;
	const char *lang;            /* of subject and text */
	const char *text;            /* lines end with LF */
	const char *unsubscribe_url; /* NULL: none */
	const char *calendar;        /* RFC 5545, attached; NULL: none */
	int64_t date_ms;             /* since 1970 */
};

/* err codes: mail_address, mail_header; the message never quotes them. */
MUST_USE bool message_write(struct buffer *out, const struct message *message, struct err *err);

/* local@domain in printable ASCII without spaces and without what has a meaning in a header or a command. */
bool message_is_address(const char *address);

#endif
