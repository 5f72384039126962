#include "worker/admin/demo_giver.h"

#include "common/config.h"
#include "common/receipt.h"
#include "common/uuid.h"

#include <stdio.h>

#define DEMO_DOMAIN "@example.org"

static bool add_contact(struct arena *arena, json_t *voice, const char *email, struct err *err);
static void add_receipt(struct arena *arena, json_t *voice, char ret_code[SECRET_CODE_SIZE]);
static void set_hex(struct arena *arena, json_t *voice, const char *name, struct secret_part bytes);

bool demo_givers_add(struct arena *arena, json_t *voices, char ret_code[SECRET_CODE_SIZE], struct err *err)
{
	char code[SECRET_CODE_SIZE];
	size_t i;
	json_t *voice;

	json_array_foreach(voices, i, voice)
	{
		const char *email = json_string_value(json_object_get(voice, "email"));

		add_receipt(arena, voice, code);
		if (json_is_true(json_object_get(voice, "show_receipt")))
			memcpy(ret_code, code, sizeof code);
		if (email != NULL && !add_contact(arena, voice, email, err))
			return false;
	}
	return true;
}

static bool add_contact(struct arena *arena, json_t *voice, const char *email, struct err *err)
{
	const char *plain = arena_printf(arena, "{\"email\":\"%s\"}", email);
	size_t length = strlen(email);
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char hash[SECRET_HASH_SIZE];
	char key_id[SECRET_BOX_KEY_ID_SIZE];
	struct secret_part sealed;

	if (length <= strlen(DEMO_DOMAIN) || strcmp(email + length - strlen(DEMO_DOMAIN), DEMO_DOMAIN) != 0)
		return err_set(err, "demo", "an address of the demo data is not at example.org");
	if (!secret_unhex(config_text("MAIL_PUBLIC_KEY"), public_key, sizeof public_key) ||
	    !secret_seal(arena, public_key, (struct secret_part){plain, strlen(plain)}, &sealed, err))
		return false;
	set_hex(arena, voice, "sealed", sealed);
	secret_hash(SECRET_ADDRESS, &(struct secret_part){email, length}, 1, hash);
	set_hex(arena, voice, "address_hash", (struct secret_part){hash, sizeof hash});
	secret_box_key_id(public_key, key_id);
	(void)json_object_set_new(voice, "key_id", json_string(key_id));
	json_object_del(voice, "email");
	return true;
}

static void add_receipt(struct arena *arena, json_t *voice, char ret_code[SECRET_CODE_SIZE])
{
	struct uuid id = uuid_random();
	unsigned char hash[SECRET_HASH_SIZE];
	char text[UUID_TEXT_SIZE];

	uuid_write(&id, text);
	(void)json_object_set_new(voice, "id", json_string(text));
	receipt_code(&id, 0, ret_code);
	receipt_hash(&id, 0, hash);
	set_hex(arena, voice, "receipt_hash", (struct secret_part){hash, sizeof hash});
}

static void set_hex(struct arena *arena, json_t *voice, const char *name, struct secret_part bytes)
{
	char *text = arena_alloc(arena, 2 * bytes.length + 1);

	secret_hex(bytes.bytes, bytes.length, text);
	(void)json_object_set_new(voice, name, json_string(text));
}
