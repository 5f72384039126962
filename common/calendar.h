/*
 * Calendars (RFC 5545), written by libical: feeds, and what is attached to mails. This is the only module
 * that knows it. All times are in UTC, so that a calendar needs no rules of time zones. Any thread may call
 * it.
 */
#ifndef OSALLISUUS_COMMON_CALENDAR_H
#define OSALLISUUS_COMMON_CALENDAR_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * `told`: what SQL tells of a calendar, an object with `name` (or null) and `events`, each with `uid`,
 * `changed_at`, `starts_at`, `ends_at` (YYYYMMDDThhmmssZ), `sequence`, `status` (RFC 5545), and, or null,
 * `summary`, `description`, `location`, `url`. err code: internal.
 */
MUST_USE bool calendar_text(
    struct arena *arena, const char *told, size_t length, const char **ret_text, struct err *err);

#endif
