/*
 * What the parts of an import share; private to import*.c.
 *
 * An import lives in the arena of its request. Its body comes in pieces and
 * becomes lines; each is a request of the operation that the contract names
 * (x-lines). Lines go to the database in batches, each with an arena of its own:
 *
 *   filling → its lines are made → what came of them is noted → gone
 *
 * Few batches are under way at once; meanwhile the body is not read. That is
 * all the memory that an import takes, however long it is.
 */
#ifndef OSALLISUUS_API_IMPORT_H
#define OSALLISUUS_API_IMPORT_H

#include "api/import_reader.h"
#include "api/pg_engine.h"
#include "api/request.h"
#include "common/buffer.h"

enum {
	IMPORT_BATCH_LINES = PG_BULK_BATCH,
	IMPORT_BATCH_BYTES = 256 * 1024,
	IMPORT_BATCHES = 4,     /* under way at once */
	IMPORT_WAIT_MS = 1000,  /* a batch that fills slowly goes, so that its import is seen to move */
	IMPORT_SHOWN = 100,     /* refusals in the reply */
	IMPORT_KEPT = 10000,    /* refusals in the database, and lines when all results are asked for */
	IMPORT_LINE_ERRORS = 5, /* of one line */
	IMPORT_SOURCE_REF_MAX = 200
};

#define IMPORT_SOURCE_REF "source_ref"

enum import_status {
	IMPORT_CREATED,
	IMPORT_REPLAYED,
	IMPORT_REFUSED,
	IMPORT_STATUS_COUNT,
	IMPORT_UNKNOWN = IMPORT_STATUS_COUNT /* not answered: the next run will tell */
};

struct import_batch;

struct import_line {
	struct request req; /* of the lines' operation; it has no exchange */
	struct http_request http;
	struct import_batch *batch;
	uint64_t number;
	enum import_status status;
	unsigned reissue;
	const char *code; /* IMPORT_REFUSED: the problem; its errors are in req.problem */
};

struct import_batch {
	struct import *import;
	struct arena *arena;
	struct import_line *lines[IMPORT_BATCH_LINES];
	unsigned count, open; /* lines; those that are being made */
	uint64_t first_line;
	size_t bytes;
	int64_t since_us;
	struct pg_query note;
};

/* The JSON of a refused line, kept for the reply. */
struct import_shown {
	uint64_t line;
	const char *json;
};

/* What came of the lines of a batch, as the items of a JSON array. */
struct import_results {
	const struct import_results *next;
	uint64_t first_line;
	const char *items;
	size_t length;
};

struct import {
	struct request *req;
	struct import_reader *reader;
	struct validate_report header_report;
	struct http_head line_head; /* of each line's request: its path is that of the import */
	int64_t run;
	uint64_t bytes, lines, counts[IMPORT_STATUS_COUNT];
	uint64_t kept; /* refusals in the database */
	struct import_batch *filling;
	unsigned under_way;
	bool with_results, is_paused, body_ended, is_ending;
	const char *problem_code; /* why it fails; NULL: it does not */
	struct import_shown shown[IMPORT_SHOWN];
	unsigned shown_count;
	const struct import_results *results; /* with_results; the last first */
	unsigned results_count;
	struct pg_query end;
};

/* ---- import.c ---- */

/* The first reason counts; nothing more is read then. */
void import_fail(struct import *import, const char *problem_code);
/* When a batch is gone: reads on, or ends. */
void import_go_on(struct import *import);

/* ---- import_batch.c ---- */

/* Into the batch that is filling; it goes when it is full. */
void import_batch_take(struct import *import, const struct import_text *text);
/* What is filling goes now; NULL is fine. */
void import_batch_launch(struct import_batch *batch);
/* Nothing of it has gone yet. */
void import_batch_drop(struct import_batch *batch);

/* ---- import_line.c ---- */

/* True: its query is ready to be submitted; else it is refused. */
MUST_USE bool import_line_prepare(struct import_line *line, const struct import_text *text);
/* False: it must be submitted again. When the import cannot go on, it fails. */
MUST_USE bool import_line_answered(struct import_line *line, const struct pg_answer *answer);

/* ---- import_reply.c ---- */

/* The members of the object that is open. */
void import_write_problem(struct json_out *out, const struct import_line *line);
void import_keep_results(struct import *import, const struct import_batch *batch);
/* Keeps the first refusals of the file. */
void import_show(struct import *import, const struct import_line *line);
/* Everything has come and is dealt with. */
void import_reply(struct import *import);

#endif
