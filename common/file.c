#include "common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_whole(int fd, char *bytes, size_t size, struct err *err);

bool file_read(
    struct arena *arena, const char *path, const char **ret_bytes, size_t *ret_length, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	bool ok = false;
	char *bytes;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	if (fstat(fd, &status) != 0) {
		err_errno(err, "cannot look at '%s'", path);
		goto out;
	}
	bytes = arena_alloc(arena, (size_t)status.st_size + 1);
	if (!read_whole(fd, bytes, (size_t)status.st_size, err))
		goto out;
	*ret_bytes = bytes;
	if (ret_length != NULL)
		*ret_length = (size_t)status.st_size;
	ok = true;
out:
	close(fd);
	return ok;
}

static bool read_whole(int fd, char *bytes, size_t size, struct err *err)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, bytes + used, size - used);

		if (got < 0)
			return err_errno(err, "cannot read");
		if (got == 0)
			return err_set(err, "system", "a file that shrinks while it is read");
		used += (size_t)got;
	}
	return true;
}
