/* osallisuus-admin: what an administrator does by hand or by script. */
#include "common/attributes.h"
#include "common/config.h"
#include "common/err.h"
#include "common/log.h"
#include "common/pg.h"
#include "worker/admin/command.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
	const char *name;
	command_run *run;
	bool needs_settings;
	const char *usage;
	const char *help;
};

static const struct command commands[] = {
    {"migrate", command_migrate, true, "migrate [--status] [--dir DIRECTORY]",
	"bring the database to the newest schema; --status only tells"},
    {"key", command_key, true,
	"key create --name NAME --scopes A,B [--units ID,ID] [--expires YYYY-MM-DD] | key list | key revoke "
	"ID",
	"API keys; a new key is printed once and never again"},
    {"mail-key", command_mail_key, false, "mail-key new", "a new pair of keys for contact data, as settings"},
    {"server-key", command_server_key, false, "server-key new", "a new server key, as a setting"},
    {"questions", command_questions, true,
	"questions load FILE | questions list | questions activate NAME VERSION | questions retire NAME "
	"VERSION",
	"question sets from a JSON file, as drafts; one version of a name is active at a time"},
    {"contact-key", command_contact_key, true, "contact-key list | contact-key retire ID",
	"how much contact data is sealed to which key; a key is retired when nothing is left under it"},
    {"retention", command_retention, true, "retention [list] | retention set CLASS DAYS",
	"how long what is kept; a worker purges every night what is over its days"},
    {"erasure", command_erasure, true, "erasure list | erasure repeat FILE",
	"who was erased, as JSON; after a dump came back, erase them again"},
    {"audit", command_audit, true, "audit verify [--head N:HASH] | audit head",
	"compute the chain of the audit again, exit status 1 at the first row that does not fit; a head that "
	"is "
	"kept elsewhere shows that nothing was cut off"},
    {"demo", command_demo, true, "demo [--keys] [--dir DIRECTORY]",
	"fill an empty database with an invented county; prints one key per role. --keys: only the keys"},
    {"doctor", command_doctor, true, "doctor",
	"look at everything the service leans on; exit status 1 on a failure"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0], EXIT_USAGE = 2 };

static const struct command *find_command(const char *name);
static int run_command(const struct command *command, int argc, char **argv);
static void print_help(FILE *out);

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
		print_help(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_SUCCESS;
	}
	log_init("osallisuus-admin", LOG_WARNING);
	command = find_command(argv[1]);
	if (command == NULL) {
		fprintf(stderr, "osallisuus-admin: no command '%s'; osallisuus-admin --help lists them\n",
		    argv[1]);
		return EXIT_USAGE;
	}
	return run_command(command, argc - 2, argv + 2);
}

bool command_run_verb(const struct command_verb *verbs, int argc, char **argv, struct err *err)
{
	struct pg *pg;
	bool ok;

	while (verbs->name != NULL && (argc == 0 || strcmp(verbs->name, argv[0]) != 0))
		verbs++;
	if (verbs->name == NULL)
		return err_set(err, "usage", "%s", argc == 0 ? "what is to be done?" : "that is not known");
	if (!command_open(&pg, err))
		return false;
	ok = verbs->run(pg, argc - 1, argv + 1, err);
	pg_close(pg);
	return ok;
}

bool command_open(struct pg **ret_pg, struct err *err)
{
	return pg_open(config_text("DB"), "osallisuus-admin", ret_pg, err);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct err err = {0};

	if (command->needs_settings && !config_load(CONFIG_ADMIN, &err))
		goto failed;
	if (command->run(argc, argv, &err) && fflush(stdout) == 0)
		return EXIT_SUCCESS;
failed:
	fprintf(stderr, "osallisuus-admin: %s\n", err.code != NULL ? err.message : "cannot write the result");
	if (err.code == NULL || strcmp(err.code, "usage") != 0)
		return EXIT_FAILURE;
	fprintf(stderr, "usage: osallisuus-admin %s\n", command->usage);
	return EXIT_USAGE;
}

static void print_help(FILE *out)
{
	static char usage[4096];
	size_t used = 0;

	used += (size_t)snprintf(usage, sizeof usage, "usage: osallisuus-admin COMMAND\n\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT && used < sizeof usage; i++)
		used += (size_t)snprintf(usage + used, sizeof usage - used, "  %s\n      %s\n",
		    commands[i].usage, commands[i].help);
	config_print_help(out, CONFIG_ADMIN, usage);
}
