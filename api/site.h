/*
 * What every page says of the service itself: who runs it and where its notices are, from
 * the settings; and the page about what is kept.
 */
#ifndef OSALLISUUS_API_SITE_H
#define OSALLISUUS_API_SITE_H

#include <jansson.h>

/* What stands before our paths in links: the path of PUBLIC_URL, "" or "/palaute". */
const char *site_path(void);

/*
 * base (site_path), controller, privacy_url, accessibility_url,
 * contact and contact_url in the language of this tag; what is not set is false. A new object.
 */
json_t *site_values(const char *tag);

#endif
