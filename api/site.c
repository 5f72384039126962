#include "api/site.h"

#include "api/page_row.h"
#include "common/config.h"
#include "contract_handlers.h"

#include <string.h>

static void show_privacy(struct request *req, const struct pg_answer *answer);
static json_t *text(const char *setting, const char *tag);
static json_t *link_to(const char *setting, const char *tag);
static json_t *contact_link(const char *contact);

const char *site_path(void)
{
	const char *host = strstr(config_text("PUBLIC_URL"), "://") + 3;

	return host + strcspn(host, "/");
}

json_t *site_values(const char *tag)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "base", site_path(), "controller",
	    text("CONTROLLER", tag), "privacy_url", link_to("PRIVACY_URL", tag), "accessibility_url",
	    link_to("ACCESSIBILITY_URL", tag), "contact", text("CONTACT", tag), "contact_url",
	    contact_link(config_text_in("CONTACT", tag)));
}

bool op_privacy_page(struct request *req, struct err *err)
{
	return page_query(req, show_privacy, err);
}

static void show_privacy(struct request *req, const struct pg_answer *answer)
{
	page_show(req, PAGE_PRIVACY, page_text(req, "form_privacy_title"),
	    json_pack(
		"{s:b, s:o}", "has_easy", 1, "kept", json_loads(page_cell(answer->rows, "kept"), 0, NULL)));
}

static json_t *text(const char *setting, const char *tag)
{
	const char *value = config_text_in(setting, tag);

	return *value == '\0' ? json_false() : json_string(value);
}

/* A page of ours is asked for in the page's language. */
static json_t *link_to(const char *setting, const char *tag)
{
	const char *value = config_text_in(setting, tag);

	return *value == '/' ? json_sprintf("%s%s?language=%s", site_path(), value, tag) : text(setting, tag);
}

static json_t *contact_link(const char *contact)
{
	if (strncmp(contact, "https://", 8) == 0 || strncmp(contact, "http://", 7) == 0)
		return json_string(contact);
	if (strchr(contact, '@') == NULL || strchr(contact, ' ') != NULL)
		return json_false();
	return json_sprintf("mailto:%s", contact);
}
