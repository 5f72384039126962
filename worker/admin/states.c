#include "worker/admin/states.h"

#include "admin_sql.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/json_out.h"
#include "worker/admin/files.h"

enum { FIELD_FROM, FIELD_TO, FIELD_WHO, FIELD_REASON, FIELD_COUNT };

struct field {
	const char *text;
	size_t length;
};

static bool write_file(
    struct arena *arena, const char *path, struct field resource, struct json_out *out, struct err *err);
static bool write_line(struct field line, struct field resource, struct json_out *out);
static bool split(struct field line, struct field ret_fields[FIELD_COUNT]);
static void write_member(struct json_out *out, const char *name, struct field value);
static bool is_text(struct field field, const char *text);

bool states_load(struct pg *pg, struct arena *arena, const char *directory, struct err *err)
{
	static const char ending[] = ".csv";
	const char *path = arena_printf(arena, "%s/states", directory);
	const char *const *names;
	struct buffer buffer;
	struct json_out out;

	if (!files_list(arena, path, ending, &names, err))
		return false;
	buffer_init(&buffer, arena);
	json_out_init(&out, buffer_sink(&buffer));
	json_out_array(&out);
	for (size_t i = 0; names[i] != NULL; i++) {
		struct field resource = {names[i], strlen(names[i]) - strlen(ending)};

		if (!write_file(arena, arena_printf(arena, "%s/%s", path, names[i]), resource, &out, err))
			return false;
	}
	json_out_array_end(&out);
	return sql_transition_load(
	    pg, &(struct sql_transition_load){.transitions = PG_TEXT(buffer.bytes)}, NULL, err);
}

static bool write_file(
    struct arena *arena, const char *path, struct field resource, struct json_out *out, struct err *err)
{
	const char *line;
	unsigned number = 0;

	if (!file_read(arena, path, &line, NULL, err))
		return false;
	for (; *line != '\0'; number++) {
		struct field field = {line, strcspn(line, "\n")};
		bool ok =
		    number == 0 ? is_text(field, "from,to,who,reason") : write_line(field, resource, out);

		if (!ok)
			return err_set(
			    err, "states", "%s:%u: not from,to,who,reason (yes or no)", path, number + 1);
		line += field.length + (line[field.length] == '\n' ? 1 : 0);
	}
	return true;
}

static bool write_line(struct field line, struct field resource, struct json_out *out)
{
	struct field fields[FIELD_COUNT];

	if (!split(line, fields) ||
	    (!is_text(fields[FIELD_REASON], "yes") && !is_text(fields[FIELD_REASON], "no")))
		return false;
	json_out_object(out);
	write_member(out, "resource", resource);
	write_member(out, "from_state", fields[FIELD_FROM]);
	write_member(out, "to_state", fields[FIELD_TO]);
	write_member(out, "who", fields[FIELD_WHO]);
	json_out_name(out, "reason", strlen("reason"));
	json_out_bool(out, is_text(fields[FIELD_REASON], "yes"));
	json_out_object_end(out);
	return true;
}

static bool split(struct field line, struct field ret_fields[FIELD_COUNT])
{
	const char *end = line.text + line.length;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		const char *comma = memchr(line.text, ',', (size_t)(end - line.text));
		const char *stop = comma != NULL ? comma : end;

		if ((comma == NULL) != (i + 1 == FIELD_COUNT) || stop == line.text)
			return false;
		ret_fields[i] = (struct field){line.text, (size_t)(stop - line.text)};
		line.text = comma != NULL ? comma + 1 : end;
	}
	return true;
}

static void write_member(struct json_out *out, const char *name, struct field value)
{
	json_out_name(out, name, strlen(name));
	json_out_text(out, value.text, value.length);
}

static bool is_text(struct field field, const char *text)
{
	return field.length == strlen(text) && memcmp(field.text, text, field.length) == 0;
}
