/* The one plain word of a verb's arguments: a JSON file, read whole. */
#ifndef OSALLISUUS_WORKER_ADMIN_JSON_FILE_H
#define OSALLISUUS_WORKER_ADMIN_JSON_FILE_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

/* All of it lives in the arena. */
struct json_file {
	const char *path;
	const char *bytes; /* NUL-terminated, as they stand in the file */
	json_t *json;
};

/* err codes: usage, those of file_read and of json_read, whose messages name the file. */
MUST_USE bool json_file_argument(
    struct arena *arena, int argc, char **argv, struct json_file *ret_file, struct err *err);

#endif
