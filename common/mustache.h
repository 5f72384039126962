/*
 * A subset of mustache for mails and pages: {{name}} (escaped for HTML in
 * HTML templates, as it is in text ones), {{{name}}}, {{#section}} over
 * objects, lists and truths, {{^inverted}}, {{.}} and {{! comments }}. Names
 * may be dotted; the first part is sought from the innermost section outwards.
 * Not true are null, false, 0, "" and the empty list. The tag of a section or a
 * comment that is alone on its line takes the line with it. No partials, no
 * lambdas, no delimiters of one's own. An unknown name is an error, not an empty
 * string, and so is null where a text should be: a mail with a hole is worse
 * than none.
 */
#ifndef OSALLISUUS_COMMON_MUSTACHE_H
#define OSALLISUUS_COMMON_MUSTACHE_H

#include "common/attributes.h"
#include "common/buffer.h"
#include "common/err.h"

#include <jansson.h>
#include <stdbool.h>

enum mustache_escape { MUSTACHE_TEXT, MUSTACHE_HTML };

/* err code "template"; the message names the line and the name, never a value. */
MUST_USE bool mustache_render(
    struct buffer *out, const char *source, json_t *values, enum mustache_escape escape, struct err *err);

#endif
