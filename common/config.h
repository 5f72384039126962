/*
 * Settings are environment variables with the prefix OSALLISUUS_, described in
 * one table (config_table.c) with type, range, default and help: --help and
 * docs are generated from it. A secret may also come from a file named by
 * OSALLISUUS_<NAME>_FILE (one trailing newline is dropped). A wrong setting
 * stops the start with one clear line, and so does a variable that begins with
 * OSALLISUUS_ and is in no row, save OSALLISUUS_TEST_…: it is a misspelt one.
 * Programs that read a setting differently have a row each.
 */
#ifndef OSALLISUUS_COMMON_CONFIG_H
#define OSALLISUUS_COMMON_CONFIG_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Which programs read a setting; a mask. */
enum config_program { CONFIG_API = 1, CONFIG_WORKER = 2, CONFIG_ADMIN = 4, CONFIG_ALL = 7 };

enum config_type { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_SECRET };

struct config_setting {
	const char *name; /* without the prefix: "PORT" */
	enum config_type type;
	int64_t least, most; /* CONFIG_INT: the range, CONFIG_TEXT and CONFIG_SECRET: the length in bytes */
	const char *default_value; /* NULL: must be set */
	unsigned programs;         /* of enum config_program */
	const char *unit;          /* "s", "bytes", "" */
	const char *help;          /* one sentence */
	const char *shape;         /* of texts and secrets: a POSIX extended regular expression, or NULL */
};

extern const struct config_setting config_table[];
extern const unsigned config_table_count;

/*
 * Reads and checks every setting of `program` once, at start, before threads.
 * err code: setting; the message names the variable, and the value only of
 * numbers and truths. After a failure what was loaded before still stands.
 */
MUST_USE bool config_load(enum config_program program, struct err *err);

/*
 * Looked up by name at start, not per request; abort() on a name or type that is
 * not in the table and on a setting that the loaded program does not read.
 */
int64_t config_int(const char *name);
bool config_bool(const char *name);
const char *config_text(const char *name); /* texts and secrets; "" when the default is empty */

/*
 * The same of a text for people that has the rows NAME, NAME_SV and NAME_EN: that of the language, a tag of
 * BCP 47; NAME where there is none.
 */
const char *config_text_in(const char *name, const char *tag);

/* For a text that only some of a program's tasks need: false, with code setting, when it is empty. */
MUST_USE bool config_require(const char *name, struct err *err);

/* The --help text of the program: usage is its first lines. */
void config_print_help(FILE *out, enum config_program program, const char *usage);

#endif
