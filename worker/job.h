/*
 * A claimed job, and what is to become of it. All texts belong to the arena of
 * the batch. A kind says its verdict per job; what it leaves alone is done.
 */
#ifndef OSALLISUUS_WORKER_JOB_H
#define OSALLISUUS_WORKER_JOB_H

#include "common/arena.h"
#include "common/attributes.h"
#include "common/err.h"

#include <stddef.h>
#include <stdint.h>

enum verdict {
	JOB_DONE,     /* it is deleted */
	JOB_RETRY,    /* later, or dead after its last attempt */
	JOB_DEAD,     /* kept until somebody has looked */
	JOB_AGAIN,    /* at next_run_at with next_data, as a new one: its attempts begin anew */
	JOB_GIVE_BACK /* was not tried: the attempt does not count */
};

struct job {
	const char *id;       /* decimal digits */
	const char *subject;  /* a UUID, or NULL */
	const char *data;     /* a JSON object */
	const char *trace_id; /* or NULL */
	int64_t attempts;     /* this one included */
	int64_t run_at_us;    /* since 1970 */
	enum verdict verdict;
	const char *code; /* JOB_RETRY, JOB_DEAD: why; static */
	int delay_s;      /* JOB_RETRY: the first delay, doubled with every attempt; 0: the usual one */
	const char *next_run_at; /* JOB_AGAIN: a timestamp as PostgreSQL writes it */
	const char *next_data;   /* JOB_AGAIN: a JSON object */
	void *kept;              /* the kind's own, from reach to apply */
};

/* A text member of a job's data; NULL when it has none of this name. err code: job_data. */
MUST_USE bool job_text(
    struct arena *arena, const struct job *job, const char *name, const char **ret_text, struct err *err);

/* That a job goes on with this data at this time, both copied to the arena; done, when there is no data
 * (NULL). */
void job_go_on(struct arena *arena, struct job *job, const char *run_at, const char *data);

#endif
