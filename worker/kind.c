#include "worker/kind.h"

/*
 * Mail is tried for about three days: 5, 10, … 320 minutes, then every 6 hours.
 * Two threads, so that one receiver who makes us wait does not keep the others;
 * two that report, so that months are counted beside each other.
 * Sizes of batches: as many as one transaction may hold for a moment without
 * keeping others from working.
 */
const struct kind kind_table[] = {
    {.name = "mail",
	.attempts = 18,
	.batch = 0,
	.threads = 2,
	.delay_s = 300,
	.is_service = true,
	.reach = mail_reach,
	.apply = mail_apply,
	.open = mail_open,
	.close = mail_close},
    {.name = "mail_bulk",
	.attempts = 18,
	.batch = 64,
	.threads = 2,
	.delay_s = 300,
	.is_service = true,
	.reach = mail_reach,
	.apply = mail_apply,
	.open = mail_open,
	.close = mail_close},
    {.name = "news",
	.attempts = 12,
	.batch = 1,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = news_apply},
    {.name = "follow_up",
	.attempts = 12,
	.batch = 1,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = follow_up_apply},
    {.name = "clock",
	.attempts = 12,
	.batch = 200,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = clock_apply},
    {.name = "report",
	.attempts = 12,
	.batch = 1,
	.threads = 2,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = report_apply},
    {.name = "index",
	.attempts = 6,
	.batch = 500,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = index_apply,
	.open = index_open,
	.close = index_close},
    /* It never ends as dead: what is not chained is not safe. */
    {.name = "audit",
	.attempts = 1000000,
	.batch = 1,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = audit_apply},
    {.name = "reseal",
	.attempts = 1000000,
	.batch = 1,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = reseal_apply,
	.open = reseal_open,
	.close = reseal_close},
    {.name = "retention",
	.attempts = 1000000,
	.batch = 1,
	.threads = 1,
	.delay_s = 15,
	.is_quick = true,
	.is_service = true,
	.apply = retention_apply},
    /* Does nothing: for benches of the queue itself. */
    {.name = "noop", .attempts = 6, .batch = 500, .threads = 2, .delay_s = 15, .is_quick = true},
};

const size_t kind_count = sizeof kind_table / sizeof kind_table[0];

const struct kind *kind_find(const char *name)
{
	for (size_t i = 0; i < kind_count; i++) {
		if (strcmp(kind_table[i].name, name) == 0)
			return &kind_table[i];
	}
	return NULL;
}
