/* New keys, printed as settings for an environment file. */
#include "common/secret.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdio.h>
#include <string.h>

enum { HEX_KEY_SIZE = 2 * SECRET_BOX_KEY_SIZE + 1 };

static bool asks_for_new(int argc, char **argv, struct err *err);

bool command_mail_key(int argc, char **argv, struct err *err)
{
	unsigned char public_key[SECRET_BOX_KEY_SIZE];
	unsigned char secret_key[SECRET_BOX_KEY_SIZE];
	char text[HEX_KEY_SIZE];

	if (!asks_for_new(argc, argv, err))
		return false;
	secret_box_new_pair(public_key, secret_key);
	secret_hex(public_key, sizeof public_key, text);
	printf("OSALLISUUS_MAIL_PUBLIC_KEY=%s\n", text);
	secret_hex(secret_key, sizeof secret_key, text);
	printf("OSALLISUUS_MAIL_SECRET_KEY=%s\n", text);
	return true;
}

bool command_server_key(int argc, char **argv, struct err *err)
{
	unsigned char key[SECRET_BOX_KEY_SIZE];
	char text[HEX_KEY_SIZE];

	if (!asks_for_new(argc, argv, err))
		return false;
	secret_random(key, sizeof key);
	secret_hex(key, sizeof key, text);
	printf("OSALLISUUS_SERVER_KEY=%s\n", text);
	return true;
}

static bool asks_for_new(int argc, char **argv, struct err *err)
{
	if (argc != 1 || strcmp(argv[0], "new") != 0)
		return err_set(err, "usage", "the only thing to do with keys is 'new'");
	return true;
}
