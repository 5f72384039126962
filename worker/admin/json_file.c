#include "worker/admin/json_file.h"

#include "common/file.h"
#include "common/json.h"
#include "worker/admin/arguments.h"

enum { JSON_DEPTH = 16, JSON_NODES = 10000000 };

bool json_file_argument(
    struct arena *arena, int argc, char **argv, struct json_file *ret_file, struct err *err)
{
	static const struct json_limits limits = {.depth = JSON_DEPTH, .nodes = JSON_NODES};
	const char *words[1];
	const struct argument_list list = {NULL, 0, words, 1};
	struct err cause = {0};
	struct json_file file;
	size_t length;

	if (!arguments_read(argc, argv, &list, err))
		return false;
	if (words[0] == NULL)
		return err_set(err, "usage", "which file?");
	file.path = words[0];
	if (!file_read(arena, file.path, &file.bytes, &length, err))
		return false;
	if (!json_read(arena, file.bytes, length, &limits, &file.json, &cause))
		return err_set(err, cause.code, "%s: %s", file.path, cause.message);
	*ret_file = file;
	return true;
}
