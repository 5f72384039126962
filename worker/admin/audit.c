/*
 * audit verify: reads the whole audit and its chain, computes every hash again,
 * and names the first row that does not fit. A head that was kept elsewhere
 * shows that nothing was cut off the end since. Statements: sql/admin/audit.sql.
 */
#include "admin_sql.h"
#include "common/arena.h"
#include "common/buffer.h"
#include "common/secret.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX_HASH_SIZE = 2 * SECRET_HASH_SIZE + 1, NUMBER_SIZE = 24, NUMBER_BASE = 10 };

/* How far the chain has been followed. */
struct position {
	int64_t n;
	char xid[NUMBER_SIZE];
	char place[NUMBER_SIZE];
	unsigned char hash[SECRET_HASH_SIZE];
};

/* A head that was kept elsewhere. */
struct kept {
	bool is_wanted, is_found;
	int64_t n;
	char hash[HEX_HASH_SIZE];
};

static bool show_head(struct pg *pg, int argc, char **argv, struct err *err);
static bool verify(struct pg *pg, int argc, char **argv, struct err *err);
static bool read_kept(const char *text, struct kept *kept, struct err *err);
static bool begin(struct pg *pg, struct position *position, struct err *err);
static bool check_kept_anchor(
    struct pg *pg, const struct position *begun, struct kept *kept, struct err *err);
static bool check_before(struct pg *pg, const struct position *begun, struct err *err);
static bool follow(struct pg *pg, struct position *position, struct kept *kept, struct err *err);
static bool follow_row(
    const struct pg_result *part, int row, struct position *position, struct kept *kept, struct err *err);
static bool check_row(const struct pg_result *part, int row, const struct position *before, struct err *err);
static void next_hash(const struct position *before, const char *row_text, char ret_hash[HEX_HASH_SIZE]);
static bool conclude(struct pg *pg, const struct position *end, const struct kept *kept, struct err *err);

bool command_audit(int argc, char **argv, struct err *err)
{
	static const struct command_verb verbs[] = {{"head", show_head}, {"verify", verify}, {NULL, NULL}};

	return command_run_verb(verbs, argc, argv, err);
}

static bool show_head(struct pg *pg, int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct pg_result *result;

	if (!arguments_read(argc, argv, &none, err) || !sql_audit_head(pg, &result, err))
		return false;
	printf("%s:%s\n", pg_text(result, 0, SQL_AUDIT_HEAD_N), pg_text(result, 0, SQL_AUDIT_HEAD_HASH));
	pg_result_free(result);
	return true;
}

static bool verify(struct pg *pg, int argc, char **argv, struct err *err)
{
	const char *head = NULL;
	const struct argument_option options[] = {{"--head", &head, NULL}};
	const struct argument_list list = {options, sizeof options / sizeof options[0], NULL, 0};
	struct kept kept = {0};
	struct position position;

	/* One snapshot, so that nothing is chained or purged between two parts. */
	if (!arguments_read(argc, argv, &list, err) || (head != NULL && !read_kept(head, &kept, err)) ||
	    !pg_script(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", PG_TRUSTED, err) ||
	    !begin(pg, &position, err) || !check_kept_anchor(pg, &position, &kept, err) ||
	    !check_before(pg, &position, err) || !follow(pg, &position, &kept, err))
		return false;
	return conclude(pg, &position, &kept, err);
}

/* N:HASH, as head prints it. */
static bool read_kept(const char *text, struct kept *kept, struct err *err)
{
	const char *colon = strchr(text, ':');
	char *end = NULL;
	unsigned char hash[SECRET_HASH_SIZE];

	kept->n = strtoll(text, &end, NUMBER_BASE);
	if (colon == NULL || end != colon || kept->n < 0 || !secret_unhex(colon + 1, hash, sizeof hash))
		return err_set(err, "usage", "--head takes N:HASH, as audit head prints it");
	secret_hex(hash, sizeof hash, kept->hash);
	kept->is_wanted = true;
	return true;
}

static bool begin(struct pg *pg, struct position *position, struct err *err)
{
	struct pg_result *result;
	bool ok;

	if (!sql_audit_begin(pg, &result, err))
		return false;
	if (pg_rows(result) == 0) {
		pg_result_free(result);
		return err_set(err, "audit", "the chain has no beginning: its anchor is missing");
	}
	position->n = pg_int(result, 0, SQL_AUDIT_BEGIN_N);
	(void)snprintf(position->xid, sizeof position->xid, "%s", pg_text(result, 0, SQL_AUDIT_BEGIN_XID));
	(void)snprintf(
	    position->place, sizeof position->place, "%s", pg_text(result, 0, SQL_AUDIT_BEGIN_PLACE));
	ok = secret_unhex(pg_text(result, 0, SQL_AUDIT_BEGIN_HASH), position->hash, sizeof position->hash);
	pg_result_free(result);
	return ok ? true : err_set(err, "audit", "the anchor of the chain has no hash");
}

/* A head from before the beginning can still be compared when it is that of an anchor. */
static bool check_kept_anchor(struct pg *pg, const struct position *begun, struct kept *kept, struct err *err)
{
	char n[NUMBER_SIZE];
	struct pg_result *result;
	bool is_anchor, is_same;

	if (!kept->is_wanted || kept->n > begun->n)
		return true;
	(void)snprintf(n, sizeof n, "%" PRId64, kept->n);
	if (!sql_audit_anchor_hash(pg, &(struct sql_audit_anchor_hash){.n = PG_TEXT(n)}, &result, err))
		return false;
	is_anchor = pg_rows(result) == 1;
	is_same = is_anchor && strcmp(pg_text(result, 0, SQL_AUDIT_ANCHOR_HASH_HASH), kept->hash) == 0;
	pg_result_free(result);
	if (!is_anchor)
		return err_set(err, "audit",
		    "row %" PRId64 " cannot be compared: the chain begins after %" PRId64
		    ", and what was before is purged",
		    kept->n, begun->n);
	if (!is_same)
		return err_set(err, "audit", "row %" PRId64 " is not the one that was kept", kept->n);
	kept->is_found = true;
	return true;
}

static bool check_before(struct pg *pg, const struct position *begun, struct err *err)
{
	char n[NUMBER_SIZE];
	struct pg_result *result;
	int64_t found;

	(void)snprintf(n, sizeof n, "%" PRId64, begun->n);
	if (!sql_audit_before(pg,
		&(struct sql_audit_before){
		    .n = PG_TEXT(n), .xid = PG_TEXT(begun->xid), .place = PG_TEXT(begun->place)},
		&result, err))
		return false;
	found = pg_int(result, 0, SQL_AUDIT_BEFORE_FOUND);
	pg_result_free(result);
	if (found > 0)
		return err_set(err, "audit",
		    "%" PRId64 " rows were added before the beginning of the chain, row %" PRId64, found,
		    begun->n);
	return true;
}

static bool follow(struct pg *pg, struct position *position, struct kept *kept, struct err *err)
{
	bool ok = true;
	int rows;

	do {
		char n[NUMBER_SIZE];
		struct pg_result *part;

		(void)snprintf(n, sizeof n, "%" PRId64, position->n);
		if (!sql_audit_part(pg,
			&(struct sql_audit_part){.after_n = PG_TEXT(n),
			    .after_xid = PG_TEXT(position->xid),
			    .after_place = PG_TEXT(position->place)},
			&part, err))
			return false;
		rows = pg_rows(part);
		for (int row = 0; row < rows && ok; row++)
			ok = follow_row(part, row, position, kept, err);
		pg_result_free(part);
	} while (ok && rows > 0);
	return ok;
}

static bool follow_row(
    const struct pg_result *part, int row, struct position *position, struct kept *kept, struct err *err)
{
	const char *hash = pg_text(part, row, SQL_AUDIT_PART_HASH);

	if (!check_row(part, row, position, err))
		return false;
	position->n++;
	(void)snprintf(position->xid, sizeof position->xid, "%s", pg_text(part, row, SQL_AUDIT_PART_XID));
	(void)snprintf(
	    position->place, sizeof position->place, "%s", pg_text(part, row, SQL_AUDIT_PART_PLACE));
	if (!secret_unhex(hash, position->hash, sizeof position->hash))
		return err_set(err, "audit", "row %" PRId64 " has no hash", position->n);
	if (!kept->is_wanted || kept->n != position->n)
		return true;
	kept->is_found = true;
	if (strcmp(hash, kept->hash) != 0)
		return err_set(err, "audit", "row %" PRId64 " is not the one that was kept", kept->n);
	return true;
}

static bool check_row(const struct pg_result *part, int row, const struct position *before, struct err *err)
{
	const char *row_text = pg_text(part, row, SQL_AUDIT_PART_ROW_TEXT);
	int64_t n = pg_int(part, row, SQL_AUDIT_PART_N);
	char hash[HEX_HASH_SIZE];

	if (pg_text(part, row, SQL_AUDIT_PART_N) == NULL)
		return err_set(err, "audit",
		    "a row was added after row %" PRId64 ": (%s, %s) is not in the chain", before->n,
		    pg_text(part, row, SQL_AUDIT_PART_XID), pg_text(part, row, SQL_AUDIT_PART_PLACE));
	if (n > before->n + 1)
		return err_set(err, "audit", "row %" PRId64 " is missing from the chain", before->n + 1);
	if (n <= before->n)
		return err_set(err, "audit", "row %" PRId64 " is not in its place in the chain", n);
	if (row_text == NULL)
		return err_set(err, "audit", "row %" PRId64 " is missing from the audit", n);
	next_hash(before, row_text, hash);
	if (!pg_bool(part, row, SQL_AUDIT_PART_FITS) ||
	    strcmp(hash, pg_text(part, row, SQL_AUDIT_PART_HASH)) != 0)
		return err_set(err, "audit", "row %" PRId64 " was changed", n);
	return true;
}

static void next_hash(const struct position *before, const char *row_text, char ret_hash[HEX_HASH_SIZE])
{
	struct arena *arena = arena_new();
	unsigned char hash[SECRET_HASH_SIZE];
	struct buffer bytes;

	buffer_init(&bytes, arena);
	buffer_add(&bytes, before->hash, sizeof before->hash);
	buffer_text(&bytes, row_text);
	secret_sha256(bytes.bytes, bytes.length, hash);
	secret_hex(hash, sizeof hash, ret_hash);
	arena_free(arena);
}

static bool conclude(struct pg *pg, const struct position *end, const struct kept *kept, struct err *err)
{
	char hash[HEX_HASH_SIZE];
	struct pg_result *result;

	if (kept->is_wanted && !kept->is_found)
		return err_set(err, "audit",
		    "the chain ends with row %" PRId64 ": what was there up to row %" PRId64 " is cut off",
		    end->n, kept->n);
	if (!sql_audit_head(pg, &result, err))
		return false;
	secret_hex(end->hash, sizeof end->hash, hash);
	printf("ok: every row fits; %s wait for the chain\n%" PRId64 ":%s\n",
	    pg_text(result, 0, SQL_AUDIT_HEAD_WAITING), end->n, hash);
	pg_result_free(result);
	return true;
}
