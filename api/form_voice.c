#include "api/form_voice.h"

#include "api/body.h"
#include "api/page_row.h"
#include "api/request.h"
#include "common/json.h"

#include <stdlib.h>
#include <string.h>

/* No place in a voice: the page takes less than the contract. */
#define TOO_LONG ""

/* What can be wrong, in the order of the page: the place in the voice, the field to go to, what is said. */
static const struct place {
	const char *pointer, *field, *text;
} places[] = {
    {"/kind", "kind", "form_fault_kind"},
    {"/text", "text", "form_fault_text"},
    {TOO_LONG, "text", "form_fault_long"},
    {"/contact", "email", "form_fault_no_email"},
    {"/contact/email", "email", "form_fault_email"},
    {"/respondent_role", "respondent_role", "form_fault_choice"},
    {"/on_behalf_of", "on_behalf_of", "form_fault_choice"},
    {"/age_band", "age_band", "form_fault_choice"},
};

/* What can be chosen, in the order in which people read it; a list ends with NULL. */
static const struct choice {
	const char *name;
	const char *const *values;
} choices[] = {
    {"kind", (const char *const[]){"thanks", "concern", "idea", "question", "safety", NULL}},
    {"respondent_role",
	(const char *const[]){"client", "relative", "guardian", "child", "youth", "resident", "staff", NULL}},
    {"on_behalf_of", (const char *const[]){"self", "relative", "guardian", "staff_wrote_down", NULL}},
    {"age_band", (const char *const[]){"under_13", "13_17", "18_29", "30_64", "65_74", "75_plus", NULL}},
};

static const char *const needs[] = {
    "easy_language", "interpreter", "sign_language", "large_print", "phone_call", "support_person"};
static const char *const consents[] = {"wants_answer", "wants_news", "wants_follow_up"};

static json_t *make_voice(struct request *req, const char *unit_id, json_t *posted);
static void put_contact(struct request *req, json_t *voice, const json_t *posted);
static json_t *list_faults(const struct request *req, const struct request *voice, const json_t *posted);
static bool is_faulty(const struct place *place, const struct request *voice, const json_t *posted);
static json_t *choice_options(const struct request *req, const struct choice *choice, const json_t *posted);
static bool says_more(const struct request *req, const json_t *posted);
static json_t *need_options(const struct request *req, const json_t *posted);
static const char *posted_text(const json_t *posted, const char *name);
static const char *label(const struct request *req, const char *name, const char *value);

bool form_voice_take(
    struct request *req, const char *unit_id, json_t *posted, json_t **ret_faults, struct err *err)
{
	struct request voice = *req;
	struct err fault = {0};
	json_t *faults;

	voice.operation = page_operation("feedback_create");
	voice.body = (struct request_body){.json = make_voice(req, unit_id, posted)};
	body_write_again(&voice);
	if (!body_accept(&voice, &fault) && strcmp(fault.code, "contract_violation") != 0)
		return err_set(err, fault.code, "%s", fault.message);
	faults = json_keep(req->arena, list_faults(req, &voice, posted));
	*ret_faults = json_array_size(faults) > 0 ? faults : NULL;
	if (*ret_faults == NULL)
		req->body = voice.body;
	return true;
}

json_t *form_voice_without_text(struct request *req)
{
	return json_keep(req->arena,
	    json_pack("[{s:s, s:s}]", "field", "text", "text", page_text(req, "form_fault_text")));
}

json_t *form_voice_values(const struct request *req, const json_t *posted)
{
	json_t *values = json_object();

	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
		json_object_set_new(values, choices[i].name, choice_options(req, &choices[i], posted));
	for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++)
		json_object_set_new(
		    values, consents[i], json_boolean(*posted_text(posted, consents[i]) != 0));
	json_object_set_new(values, "needs", need_options(req, posted));
	json_object_set_new(values, "says_more", json_boolean(says_more(req, posted)));
	json_object_set_new(values, "text", json_string(posted_text(posted, "text")));
	json_object_set_new(values, "email", json_string(posted_text(posted, "email")));
	page_put_most(req, values, FORM_WORDS_MOST);
	return values;
}

static json_t *make_voice(struct request *req, const char *unit_id, json_t *posted)
{
	const struct param_value *channel = params_find(req->operation, &req->params, "c");
	json_t *voice =
	    json_keep(req->arena, json_pack("{s:s, s:s#, s:s}", "unit_id", unit_id, "channel", channel->text,
				      (int)channel->length, "lang", language_tag(req->language)));
	const char *words = page_posted_words(req->arena, posted, "text");
	json_t *wanted = json_array();

	if (words != NULL)
		json_object_set_new(voice, "text", json_string(words));
	put_contact(req, voice, posted);
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
		if (*posted_text(posted, choices[i].name) != '\0')
			json_object_set(voice, choices[i].name, json_object_get(posted, choices[i].name));
	for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++)
		if (*posted_text(posted, consents[i]) != '\0')
			json_object_set_new(voice, consents[i], json_true());
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		if (*posted_text(posted, arena_printf(req->arena, "need_%s", needs[i])) != '\0')
			json_array_append_new(wanted, json_string(needs[i]));
	json_object_set_new(voice, "support_needs", wanted);
	return voice;
}

static void put_contact(struct request *req, json_t *voice, const json_t *posted)
{
	const char *email = posted_text(posted, "email");
	size_t length;

	email += strspn(email, " \t");
	length = strcspn(email, " \t");
	if (email[length + strspn(email + length, " \t")] != '\0')
		length = strlen(email); /* blanks inside: no address, and to be told so */
	if (length > 0)
		json_object_set_new(
		    voice, "contact", json_pack("{s:s}", "email", arena_copy(req->arena, email, length)));
}

static json_t *list_faults(const struct request *req, const struct request *voice, const json_t *posted)
{
	json_t *faults = json_array();

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (is_faulty(&places[i], voice, posted))
			json_array_append_new(faults, json_pack("{s:s, s:s}", "field", places[i].field,
							  "text", page_text(req, places[i].text)));
	return faults;
}

/* By the contract, and what the form asks besides: a text, and an address where mail is wished for. */
static bool is_faulty(const struct place *place, const struct request *voice, const json_t *posted)
{
	const char *words = json_string_value(json_object_get(voice->body.json, "text"));

	if (strcmp(place->pointer, "/text") == 0 &&
	    (words == NULL || page_words_are_too_many(words, FORM_WORDS_MOST)))
		return words == NULL;
	if (strcmp(place->pointer, TOO_LONG) == 0)
		return page_words_are_too_many(words, FORM_WORDS_MOST);
	if (strcmp(place->pointer, "/contact") == 0)
		return posted_text(posted, "email")[strspn(posted_text(posted, "email"), " \t")] == '\0' &&
		       (*posted_text(posted, "wants_news") != '\0' ||
			   *posted_text(posted, "wants_follow_up") != '\0');
	for (size_t i = 0; i < voice->problem.error_count; i++)
		if (strcmp(voice->problem.errors[i].pointer, place->pointer) == 0)
			return true;
	return false;
}

/* The first one has the name as its id, so that a link to the field leads to it. */
static json_t *choice_options(const struct request *req, const struct choice *choice, const json_t *posted)
{
	const char *chosen = posted_text(posted, choice->name);
	json_t *options = json_array();

	for (const char *const *value = choice->values; *value != NULL; value++) {
		const char *id = arena_printf(req->arena, "%s_%s", choice->name, *value);

		json_array_append_new(
		    options, json_pack("{s:s, s:s, s:s, s:b}", "id",
				 value == choice->values ? choice->name : id, "value", *value, "label",
				 label(req, choice->name, *value), "chosen", strcmp(chosen, *value) == 0));
	}
	return options;
}

/* Whether something is chosen in the part that is closed at first. */
static bool says_more(const struct request *req, const json_t *posted)
{
	bool chosen = false;

	for (size_t i = 1; i < sizeof choices / sizeof choices[0]; i++)
		chosen |= *posted_text(posted, choices[i].name) != '\0';
	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
		chosen |= *posted_text(posted, arena_printf(req->arena, "need_%s", needs[i])) != '\0';
	return chosen;
}

static json_t *need_options(const struct request *req, const json_t *posted)
{
	json_t *options = json_array();

	for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
		const char *name = arena_printf(req->arena, "need_%s", needs[i]);

		json_array_append_new(options,
		    json_pack("{s:s, s:s, s:b}", "name", name, "label", label(req, "support_need", needs[i]),
			"chosen", *posted_text(posted, name) != '\0'));
	}
	return options;
}

static const char *posted_text(const json_t *posted, const char *name)
{
	const char *text = json_string_value(json_object_get(posted, name));

	return text == NULL ? "" : text;
}

static const char *label(const struct request *req, const char *name, const char *value)
{
	return page_text(req, arena_printf(req->arena, "form_%s_%s", name, value));
}
