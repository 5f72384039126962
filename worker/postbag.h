/*
 * Makes letters of mails: opens the sealed address, fills the template, makes
 * the links.
 */
#ifndef OSALLISUUS_WORKER_POSTBAG_H
#define OSALLISUUS_WORKER_POSTBAG_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"
#include "worker/transport.h"

#include <stdbool.h>

struct postbag;

/* A row of mail, with what its receiver left. */
struct postbag_mail {
	const char *id;
	const char *template;
	const char *lang;
	const char *mailbox;        /* NULL: to somebody outside the house */
	struct secret_part sealed;  /* their contact data, a JSON object with the member email */
	struct secret_part answers; /* the same of whom answers go to; no bytes: nobody */
	const char *link;           /* the path that its template leads to */
	const char *token_of;       /* what the token behind that path is for, or NULL */
	const char *link_id;        /* the row that the link belongs to, or NULL */
	const char *places;         /* JSON: what it tells of what it is about, or NULL */
	const char *calendar;       /* what common/calendar.h writes of, attached; or NULL */
	bool is_capped;             /* it has an unsubscribe link */
};

/* At start, before there are threads. err codes: setting, template, system. */
MUST_USE bool postbag_open(struct postbag **ret_postbag, struct err *err);
void postbag_close(struct postbag *postbag); /* NULL is fine */

/*
 * The letter's texts belong to the arena. err codes: sealed_box (not sealed for
 * this key), contact_data (no email in it), mail_address, mail_header, template.
 */
MUST_USE bool postbag_write(const struct postbag *postbag, struct arena *arena,
    const struct postbag_mail *mail, struct letter *ret_letter, struct err *err);

#endif
