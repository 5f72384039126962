/*
 * The keys that open contact data: the newest, which it is sealed to as well,
 * and the old ones that a rotation has not made superfluous yet. From the
 * settings, of the mailer alone; it never changes after it was opened.
 */
#ifndef OSALLISUUS_WORKER_CONTACT_KEYS_H
#define OSALLISUUS_WORKER_CONTACT_KEYS_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"

#include <stdbool.h>
#include <stddef.h>

struct contact_keys;

/* err code: setting. */
MUST_USE bool contact_keys_open(struct contact_keys **ret_keys, struct err *err);
void contact_keys_close(struct contact_keys *keys); /* NULL is fine */

/* With whichever key it opens. err code: sealed_box. */
MUST_USE bool contact_keys_unseal(const struct contact_keys *keys, struct arena *arena,
    struct secret_part sealed, struct secret_part *ret_plain, struct err *err);

/* To the newest. */
MUST_USE bool contact_keys_seal(const struct contact_keys *keys, struct arena *arena,
    struct secret_part plain, struct secret_part *ret_sealed, struct err *err);

/* Of the newest (0) and the old ones, as they stand in key_id columns; NULL: there are no more. */
const char *contact_keys_id(const struct contact_keys *keys, size_t index);

#endif
