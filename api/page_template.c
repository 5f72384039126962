#include "api/page_template.h"

#include "common/buffer.h"
#include "common/file.h"

#include <string.h>

/* How deep parts may have parts. */
enum { DEPTH_MAX = 4 };

#define TAG_BEGIN "{{> "
#define TAG_END "}}\n"

static bool add_template(
    struct buffer *out, const char *directory, const char *name, unsigned depth, struct err *err);

bool page_template_read(struct arena *arena, const char *pages, const char *folder, const char *name,
    const char **ret_text, struct err *err)
{
	const char *directory = arena_printf(arena, "%s/%s", pages, folder);
	const char *head, *foot;
	struct buffer body;

	buffer_init(&body, arena);
	if (!file_read(arena, arena_printf(arena, "%s/page_head.html", pages), &head, NULL, err) ||
	    !file_read(arena, arena_printf(arena, "%s/page_foot.html", pages), &foot, NULL, err) ||
	    !add_template(&body, directory, name, 0, err))
		return false;
	if (strncmp(body.bytes, "<!", 2) == 0 || strncmp(body.bytes, "<?", 2) == 0)
		*ret_text = body.bytes;
	else
		*ret_text = arena_printf(arena, "%s%s%s", head, body.bytes, foot);
	return true;
}

static bool add_template(
    struct buffer *out, const char *directory, const char *name, unsigned depth, struct err *err)
{
	const char *at, *tag;

	if (depth > DEPTH_MAX)
		return err_set(err, "config", "%s: parts within parts without an end", name);
	if (!file_read(out->arena, arena_printf(out->arena, "%s%s", directory, name), &at, NULL, err))
		return false;
	for (; (tag = strstr(at, TAG_BEGIN)) != NULL && strstr(tag, TAG_END) != NULL;
	     at = strstr(tag, TAG_END) + strlen(TAG_END)) {
		const char *part = tag + strlen(TAG_BEGIN);

		buffer_add(out, at, (size_t)(tag - at));
		if (!add_template(out, directory,
			arena_printf(out->arena, "%.*s", (int)strcspn(part, "}"), part), depth + 1, err))
			return false;
	}
	buffer_text(out, at);
	return true;
}
