/*
 * The texts of mails: worker/templates/<name>.<language>.txt, mustache. What is there in fi is a template and
 * must be there in sv and en, too; fi-x-selko where somebody wrote it. The first line is "Subject: …", then
 * an empty line, then the text. They are read and tried out at start: a hole in one is found before a mail is
 * sent. A language without texts gets the Finnish ones.
 */
#ifndef OSALLISUUS_WORKER_TEMPLATES_H
#define OSALLISUUS_WORKER_TEMPLATES_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

struct templates;

/* What a template may name: {{link}}, {{unsubscribe}}, {{case_id}}, {{county}}, {{#can_answer}}, and in
 * {{#about}} what its mails tell. */
struct template_values {
	const char *link;
	const char *unsubscribe; /* "" where there is none */
	const char *case_id;     /* "" in mails to givers */
	const char *county;      /* who writes; "": not known */
	bool can_answer;         /* answers go to somebody */
	json_t *about;           /* an object; NULL: this mail tells nothing */
};

struct template_text {
	const char *lang; /* of the text, not the one that was asked for */
	const char *subject;
	const char *body;
};

/* err codes: template, system. */
MUST_USE bool templates_load(const char *directory, struct templates **ret_templates, struct err *err);
void templates_free(struct templates *templates); /* NULL is fine */

/* The language that a text is in when it is asked for in this one. */
const char *templates_language(const struct templates *templates, const char *name, const char *lang);

/* err code: template, also for a name that there is not. */
MUST_USE bool templates_render(const struct templates *templates, struct arena *arena, const char *name,
    const char *lang, const struct template_values *values, struct template_text *ret_text, struct err *err);

#endif
