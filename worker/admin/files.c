#include "worker/admin/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 16 * 1024 * 1024, NAMES_MAX = 10000 };

static bool read_open(struct arena *arena, int fd, struct secret_part *ret_bytes);
static int compare_names(const void *a, const void *b);
static bool ends_with(const char *name, const char *ending);

bool files_read(struct arena *arena, const char *path, struct secret_part *ret_bytes, struct err *err)
{
	bool ok;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	ok = read_open(arena, fd, ret_bytes);
	if (!ok)
		err_errno(err, "cannot read '%s'", path);
	close(fd);
	return ok;
}

static bool read_open(struct arena *arena, int fd, struct secret_part *ret_bytes)
{
	struct stat status;
	size_t length = 0;
	char *bytes;

	if (fstat(fd, &status) != 0)
		return false;
	if (status.st_size > FILE_BYTES_MAX) {
		errno = EFBIG;
		return false;
	}
	bytes = arena_alloc(arena, (size_t)status.st_size + 1);
	while (length < (size_t)status.st_size) {
		ssize_t got = read(fd, bytes + length, (size_t)status.st_size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	*ret_bytes = (struct secret_part){.bytes = bytes, .length = length};
	return true;
}

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
