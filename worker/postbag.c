#include "worker/postbag.h"

#include "common/calendar.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/json.h"
#include "common/uuid.h"
#include "worker/contact_keys.h"
#include "worker/link.h"
#include "worker/message.h"
#include "worker/templates.h"

enum { CONTACT_DEPTH = 4, CONTACT_NODES = 50, PLACES_DEPTH = 2, PLACES_NODES = 100 };

struct postbag {
	struct templates *templates;
	struct contact_keys *keys;
};

static bool open_addresses(const struct postbag *postbag, struct arena *arena,
    const struct postbag_mail *mail, struct message *message, struct err *err);
static bool open_address(const struct postbag *postbag, struct arena *arena, struct secret_part sealed,
    const char **ret_address, struct err *err);
static bool make_links(struct arena *arena, const struct postbag_mail *mail, const char *lang,
    struct template_values *ret_values, struct err *err);
static bool read_places(struct arena *arena, const struct postbag_mail *mail,
    struct template_values *ret_values, struct err *err);
static const char *message_id(struct arena *arena, const struct postbag_mail *mail);

bool postbag_open(struct postbag **ret_postbag, struct err *err)
{
	struct postbag *postbag;

	if (!config_require("MAIL_FROM", err))
		return false;
	if (!message_is_address(config_text("MAIL_FROM")))
		return err_set(err, "setting", "OSALLISUUS_MAIL_FROM is not an address");
	postbag = calloc(1, sizeof *postbag);
	if (postbag == NULL)
		abort();
	if (!contact_keys_open(&postbag->keys, err) ||
	    !templates_load(config_text("TEMPLATES"), &postbag->templates, err)) {
		contact_keys_close(postbag->keys);
		free(postbag);
		return false;
	}
	*ret_postbag = postbag;
	return true;
}

void postbag_close(struct postbag *postbag)
{
	if (postbag == NULL)
		return;
	templates_free(postbag->templates);
	contact_keys_close(postbag->keys);
	free(postbag);
}

bool postbag_write(const struct postbag *postbag, struct arena *arena, const struct postbag_mail *mail,
    struct letter *ret_letter, struct err *err)
{
	const char *lang = templates_language(postbag->templates, mail->template, mail->lang);
	const char *county = config_text_in("CONTROLLER", lang);
	const char *sender = config_text("MAIL_FROM_NAME");
	struct message message = {.id = message_id(arena, mail),
	    .from = config_text("MAIL_FROM"),
	    .from_name = *sender == '\0' ? county : sender,
	    .date_ms = clock_wall_ms()};
	struct template_values values = {
	    .unsubscribe = "", .case_id = "", .county = *county == '\0' ? sender : county};
	struct template_text text;
	struct buffer out;

	if (!open_addresses(postbag, arena, mail, &message, err))
		return false;
	values.can_answer = message.reply_to != NULL;
	if (!make_links(arena, mail, lang, &values, err) || !read_places(arena, mail, &values, err) ||
	    !templates_render(postbag->templates, arena, mail->template, lang, &values, &text, err))
		return false;
	message.subject = text.subject;
	message.text = text.body;
	message.lang = text.lang;
	if (mail->calendar != NULL &&
	    !calendar_text(arena, mail->calendar, strlen(mail->calendar), &message.calendar, err))
		return false;
	message.unsubscribe_url = mail->is_capped ? values.unsubscribe : NULL;
	buffer_init(&out, arena);
	if (!message_write(&out, &message, err))
		return false;
	*ret_letter = (struct letter){.from = arena_printf(arena, "<%s>", message.from),
	    .to = arena_printf(arena, "<%s>", message.to),
	    .bytes = out.bytes,
	    .length = out.length};
	return true;
}

/* Whoever cannot be answered is no reason not to write. */
static bool open_addresses(const struct postbag *postbag, struct arena *arena,
    const struct postbag_mail *mail, struct message *message, struct err *err)
{
	struct err unknown = {0};
	const char *answers;

	if (mail->answers.bytes != NULL && open_address(postbag, arena, mail->answers, &answers, &unknown) &&
	    message_is_address(answers))
		message->reply_to = answers;
	if (mail->mailbox == NULL)
		return open_address(postbag, arena, mail->sealed, &message->to, err);
	message->to = mail->mailbox;
	return true;
}

static bool open_address(const struct postbag *postbag, struct arena *arena, struct secret_part sealed,
    const char **ret_address, struct err *err)
{
	static const struct json_limits limits = {.depth = CONTACT_DEPTH, .nodes = CONTACT_NODES};
	struct err unread = {0};
	struct secret_part plain;
	const json_t *email;
	json_t *contact;

	if (!contact_keys_unseal(postbag->keys, arena, sealed, &plain, err))
		return false;
	if (!json_read(arena, plain.bytes, plain.length, &limits, &contact, &unread))
		return err_set(err, "contact_data", "contact data that is not JSON");
	email = json_object_get(contact, "email");
	if (!json_is_string(email))
		return err_set(err, "contact_data", "contact data without an address");
	*ret_address = json_string_value(email);
	return true;
}

/* Where the template leads: to the page of a token that the mail's row has, to what staff read in their
 * system, or to a page. */
static bool make_links(struct arena *arena, const struct postbag_mail *mail, const char *lang,
    struct template_values *ret_values, struct err *err)
{
	unsigned char token[LINK_TOKEN_SIZE];
	struct uuid link_id;
	struct uuid id;

	if (!uuid_read(mail->id, strlen(mail->id), &id))
		return err_set(err, "template", "a mail has no UUID");
	if (mail->is_capped) {
		link_token(LINK_UNSUBSCRIBE, &id, token);
		ret_values->unsubscribe = link_url(arena, "/u/", token, lang);
	}
	if (mail->link == NULL)
		return err_set(err, "template", "the template '%s' leads nowhere", mail->template);
	if (mail->token_of != NULL) {
		if (mail->link_id == NULL || !uuid_read(mail->link_id, strlen(mail->link_id), &link_id))
			return err_set(err, "template", "the link of a mail has no UUID");
		link_token(mail->token_of, &link_id, token);
		ret_values->link = link_url(arena, mail->link, token, lang);
	} else if (mail->mailbox != NULL) {
		ret_values->case_id = mail->link_id;
		ret_values->link = arena_printf(arena, "%s%s", config_text("PUBLIC_URL"), mail->link);
	} else {
		ret_values->link =
		    arena_printf(arena, "%s%s?language=%s", config_text("PUBLIC_URL"), mail->link, lang);
	}
	return true;
}

static bool read_places(
    struct arena *arena, const struct postbag_mail *mail, struct template_values *ret_values, struct err *err)
{
	static const struct json_limits limits = {.depth = PLACES_DEPTH, .nodes = PLACES_NODES};

	return mail->places == NULL ||
	       json_read(arena, mail->places, strlen(mail->places), &limits, &ret_values->about, err);
}

/* The same over all tries, so that a receiver who gets it twice sees one. */
static const char *message_id(struct arena *arena, const struct postbag_mail *mail)
{
	const char *host = strstr(config_text("PUBLIC_URL"), "://") + strlen("://");
	size_t length = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");

	return arena_printf(arena, "%s@%.*s", mail->id, (int)length, host);
}
