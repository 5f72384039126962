/*
 * The subcommands of osallisuus-admin. Each gets its arguments without its own
 * name, writes its result to standard output and returns true; or sets err,
 * whose message main.c prints. Settings are loaded before those that need the
 * database.
 */
#ifndef OSALLISUUS_WORKER_ADMIN_COMMAND_H
#define OSALLISUUS_WORKER_ADMIN_COMMAND_H

#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"

#include <stdbool.h>

/* err code "usage": main.c prints how the command is called. */
typedef bool command_run(int argc, char **argv, struct err *err);

command_run command_migrate;
command_run command_key;
command_run command_mail_key;
command_run command_server_key;
command_run command_questions;
command_run command_audit;
command_run command_contact_key;
command_run command_retention;
command_run command_erasure;
command_run command_demo;
command_run command_doctor;

/* A command whose first argument says what is to be done: each verb gets a connection and the arguments after
 * its own name. */
struct command_verb {
	const char *name;
	bool (*run)(struct pg *pg, int argc, char **argv, struct err *err);
};

/* Ends with a verb without a name. What none of them is called is of code "usage". */
MUST_USE bool command_run_verb(const struct command_verb *verbs, int argc, char **argv, struct err *err);

/* The connection of the setting DB, for work that may take as long as it takes. */
MUST_USE bool command_open(struct pg **ret_pg, struct err *err);

#endif
