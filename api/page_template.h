/*
 * Templates of pages as they are read at start. A line `{{> name}}` is the part
 * of this name in the same directory; parts may have parts.
 */
#ifndef OSALLISUUS_API_PAGE_TEMPLATE_H
#define OSALLISUUS_API_PAGE_TEMPLATE_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

/*
 * The template between head and foot of every page, unless it begins with `<!` or `<?`: then it is the whole.
 * `pages` is the directory of the pages, `folder` one in it ("public/") or "". The text is in the arena.
 */
MUST_USE bool page_template_read(struct arena *arena, const char *pages, const char *folder, const char *name,
    const char **ret_text, struct err *err);

#endif
