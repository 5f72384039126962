/* What makes a voice of the demo data a case that its giver can come back to. */
#ifndef OSALLISUUS_WORKER_ADMIN_DEMO_GIVER_H
#define OSALLISUUS_WORKER_ADMIN_DEMO_GIVER_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/secret.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * Gives each voice of the list an id and a receipt_hash, and replaces its
 * email, if it has one, by sealed, address_hash and key_id (bytes in
 * hexadecimal digits), as the api would. *ret_code is the receipt code of the
 * voice with show_receipt. secret_init was called. err codes:
 * demo (an address that is not at example.org), sealed_box.
 */
MUST_USE bool demo_givers_add(
    struct arena *arena, json_t *voices, char ret_code[SECRET_CODE_SIZE], struct err *err);

#endif
