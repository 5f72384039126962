/*
 * What kinds of jobs there are and what runs them. A kind works on a whole
 * claimed batch: `reach` talks to others with no transaction open, `apply`
 * writes its effects in the transaction that also settles the jobs, so that
 * they happen once or not at all. Either may be NULL. When a batch fails, its
 * jobs are applied again one by one, so `apply` starts from what it is given.
 */
#ifndef OSALLISUUS_WORKER_KIND_H
#define OSALLISUUS_WORKER_KIND_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"
#include "worker/job.h"
#include "worker/stop.h"

#include <stdbool.h>
#include <stddef.h>

struct kind;

/* What a kind works with; laid out by the runner, valid during the call. */
struct run {
	const struct kind *kind;
	struct pg *pg;
	struct arena *arena; /* lives as long as the batch */
	const struct stop *stop;
	void *state; /* what `open` made, of this thread alone */
	struct job *jobs;
	size_t count;
};

typedef bool kind_work(struct run *run, struct err *err);
typedef bool kind_open(void **ret_state, struct err *err);
typedef void kind_close(void *state);

struct kind {
	const char *name;
	int attempts;    /* a job that failed so often is dead */
	int batch;       /* jobs claimed at once; 0: as many as the setting CONCURRENCY */
	int threads;     /* each with a connection of its own */
	int delay_s;     /* the first delay of a retry */
	bool is_quick;   /* commits need not wait for the disk: nothing leaves the database */
	bool is_service; /* one of `all` */
	kind_work *reach;
	kind_work *apply;
	kind_open *open; /* at start, before there are threads; may be NULL, as `close` */
	kind_close *close;
};

extern const struct kind kind_table[];
extern const size_t kind_count;

const struct kind *kind_find(const char *name); /* NULL: there is none */

/* By kind_mail.c, kind_news.c, … */
kind_work mail_reach, mail_apply, news_apply, follow_up_apply, clock_apply, index_apply, report_apply,
    audit_apply, reseal_apply, retention_apply;
kind_open mail_open, index_open, reseal_open;
kind_close mail_close, index_close, reseal_close;

#endif
