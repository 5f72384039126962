#include "common/log.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/clock.h"
#include "common/json_out.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

/* A longer text is cut, so that a line stays one write to a pipe. */
enum { TEXT_MAX = 1000 };

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

/* Set once before there are threads. */
static const char *log_program = "osallisuus";
static enum log_level log_least = LOG_INFO;

static void add_field(struct json_out *out, const struct log_field *field);
static void write_line(const char *line, size_t length);

void log_init(const char *program, enum log_level least)
{
	log_program = program;
	log_least = least;
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
	for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

bool log_wants(enum log_level level)
{
	return level >= log_least;
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
	char time[CLOCK_RFC3339_SIZE];
	int number = errno;
	struct arena *arena;
	struct buffer line;
	struct json_out out;

	if (!log_wants(level))
		return;
	arena = arena_new();
	clock_format_rfc3339(clock_wall_ms(), time);
	buffer_init(&line, arena);
	json_out_init(&out, buffer_sink(&line));
	json_out_object(&out);
	json_out_member_text(&out, "time", time);
	json_out_member_text(&out, "level", level_names[level]);
	json_out_member_text(&out, "program", log_program);
	json_out_member_text(&out, "event", event);
	for (size_t i = 0; i < count; i++)
		add_field(&out, &fields[i]);
	json_out_object_end(&out);
	assert(json_out_is_whole(&out));
	buffer_add(&line, "\n", 1);
	write_line(line.bytes, line.length);
	arena_free(arena);
	errno = number;
}

static void add_field(struct json_out *out, const struct log_field *field)
{
	json_out_name(out, field->name, strlen(field->name));
	switch (field->type) {
	case LOG_TYPE_TEXT:
		if (field->text == NULL)
			json_out_null(out);
		else
			json_out_text(out, field->text, strnlen(field->text, TEXT_MAX));
		break;
	case LOG_TYPE_INT:
		json_out_int(out, field->number);
		break;
	case LOG_TYPE_BOOL:
		json_out_bool(out, field->number != 0);
		break;
	}
}

/* A line that cannot be written is lost: a full disk or a closed pipe must not stop the service. */
static void write_line(const char *line, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t written = write(STDERR_FILENO, line + done, length - done);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		done += (size_t)written;
	}
}
