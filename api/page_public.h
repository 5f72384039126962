/*
 * Pages for everybody (x-page): what an operation's statement finds in its
 * column `page`, a JSON object, shown in the operation's template
 * (api/pages/public/) between head and foot; a template that begins with `<!` or `<?` is
 * the whole reply. They are served from memory (page_cache.h).
 *
 * Texts by name (page_texts.h) are those of public_texts.json. Its member `title`, a text
 * or a list of pieces, is the page's. Besides what every page gets the template knows: site (the public
 * address), path, also and filters (what the reader chose, as it stands in an address: all but the language,
 * and without `page`).
 */
#ifndef OSALLISUUS_API_PAGE_PUBLIC_H
#define OSALLISUUS_API_PAGE_PUBLIC_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

/* Once, before threads, from pages_init. `directory` is that of the pages, `style` what all of them have. */
MUST_USE bool page_public_init(
    struct arena *arena, const char *directory, const char *style, struct err *err);
void page_public_release(void);

#endif
