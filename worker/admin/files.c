#include "worker/admin/files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 10000 };

static int compare_names(const void *a, const void *b);
static bool ends_with(const char *name, const char *ending);

bool files_list(struct arena *arena, const char *directory, const char *ending, const char *const **ret_names,
    struct err *err)
{
	const char **names = arena_array(arena, NAMES_MAX + 1, sizeof *names);
	size_t count = 0;
	struct dirent *entry;
	DIR *open_directory = opendir(directory);

	if (open_directory == NULL)
		return err_errno(err, "cannot open '%s'", directory);
	while (count < NAMES_MAX && (entry = readdir(open_directory)) != NULL)
		if (ends_with(entry->d_name, ending))
			names[count++] = arena_string(arena, entry->d_name);
	closedir(open_directory);
	qsort(names, count, sizeof *names, compare_names);
	*ret_names = names;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *first = a;
	const char *const *second = b;

	return strcmp(*first, *second);
}

static bool ends_with(const char *name, const char *ending)
{
	size_t length = strlen(name);
	size_t ending_length = strlen(ending);

	return length > ending_length && strcmp(name + length - ending_length, ending) == 0;
}
