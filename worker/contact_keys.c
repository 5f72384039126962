#include "worker/contact_keys.h"

#include "common/config.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 11, HEX_SIZE = 2 * SECRET_BOX_KEY_SIZE };

struct contact_key {
	unsigned char secret[SECRET_BOX_KEY_SIZE];
	unsigned char public[SECRET_BOX_KEY_SIZE];
	char id[SECRET_BOX_KEY_ID_SIZE];
};

struct contact_keys {
	struct contact_key keys[KEYS_MAX]; /* the newest first */
	size_t count;
};

static bool add(struct contact_keys *keys, const char *hex, struct err *err);

bool contact_keys_open(struct contact_keys **ret_keys, struct err *err)
{
	struct contact_keys *keys;
	const char *old;

	if (!config_require("MAIL_SECRET_KEY", err))
		return false;
	keys = calloc(1, sizeof *keys);
	if (keys == NULL)
		abort();
	if (!add(keys, config_text("MAIL_SECRET_KEY"), err))
		goto failed;
	for (old = config_text("MAIL_OLD_SECRET_KEYS"); old[0] != '\0';
	     old += old[HEX_SIZE] == ',' ? HEX_SIZE + 1 : HEX_SIZE) {
		if (!add(keys, old, err))
			goto failed;
	}
	*ret_keys = keys;
	return true;
failed:
	contact_keys_close(keys);
	return false;
}

void contact_keys_close(struct contact_keys *keys)
{
	if (keys == NULL)
		return;
	explicit_bzero(keys, sizeof *keys);
	free(keys);
}

bool contact_keys_unseal(const struct contact_keys *keys, struct arena *arena, struct secret_part sealed,
    struct secret_part *ret_plain, struct err *err)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct err ignored = {0};

		if (secret_open(arena, keys->keys[i].secret, sealed, ret_plain, &ignored))
			return true;
	}
	return err_set(err, "sealed_box", "a sealed box does not open with any key");
}

bool contact_keys_seal(const struct contact_keys *keys, struct arena *arena, struct secret_part plain,
    struct secret_part *ret_sealed, struct err *err)
{
	return secret_seal(arena, keys->keys[0].public, plain, ret_sealed, err);
}

const char *contact_keys_id(const struct contact_keys *keys, size_t index)
{
	return index < keys->count ? keys->keys[index].id : NULL;
}

/* The first 64 hexadecimal digits of `hex`; the settings have this form. */
static bool add(struct contact_keys *keys, const char *hex, struct err *err)
{
	struct contact_key *key = &keys->keys[keys->count];
	char digits[HEX_SIZE + 1];

	if (keys->count == KEYS_MAX || strlen(hex) < HEX_SIZE)
		return err_set(err, "setting",
		    "OSALLISUUS_MAIL_OLD_SECRET_KEYS: at most %d keys of %d digits", KEYS_MAX - 1, HEX_SIZE);
	memcpy(digits, hex, HEX_SIZE);
	digits[HEX_SIZE] = '\0';
	if (!secret_unhex(digits, key->secret, sizeof key->secret))
		return err_set(
		    err, "setting", "a secret key of contact data is not %d hexadecimal digits", HEX_SIZE);
	explicit_bzero(digits, sizeof digits);
	secret_box_public(key->secret, key->public);
	secret_box_key_id(key->public, key->id);
	keys->count++;
	return true;
}
