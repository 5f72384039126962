/*
 * The kinds mail and mail_bulk. Whether a mail is sent at all is decided right
 * before, by the database; sending is at least once, with one Message-ID.
 */
#include "common/log.h"
#include "jobs_sql.h"
#include "worker/array.h"
#include "worker/kind.h"
#include "worker/link.h"
#include "worker/postbag.h"
#include "worker/transport.h"

enum { UNREACHED_DELAY_S = 15 };

struct mailer {
	struct transport *transport;
	struct postbag *postbag;
};

/* What is kept of a mail from reach to apply. */
struct mail {
	const char *id;
	const char *state;               /* the one that it ends in; NULL: it stays queued */
	struct secret_part address_hash; /* NULL bytes: a mailbox of the house */
	bool is_dead_address;
};

static bool prepare(struct run *run, struct pg_result **ret_result, struct err *err);
static void write_letters(struct run *run, const struct pg_result *prepared, struct letter *letters,
    struct job **senders, size_t *ret_count);
static bool read_mail(struct run *run, const struct pg_result *prepared, int row, struct job **ret_job,
    struct postbag_mail *ret_mail);
static struct job *job_of(struct run *run, const char *mail_id);
static struct secret_part bytes_of(struct run *run, const struct pg_result *result, int row, int column);
static void conclude(struct run *run, struct job *job, const struct letter *letter);
static void retry(struct run *run, struct job *job, const char *code, int delay_s);

bool mail_open(void **ret_state, struct err *err)
{
	struct mailer *mailer = calloc(1, sizeof *mailer);

	if (mailer == NULL)
		abort();
	if (!postbag_open(&mailer->postbag, err) || !transport_new(&mailer->transport, err)) {
		mail_close(mailer);
		return false;
	}
	*ret_state = mailer;
	return true;
}

void mail_close(void *state)
{
	struct mailer *mailer = state;

	transport_free(mailer->transport);
	postbag_close(mailer->postbag);
	free(mailer);
}

bool mail_reach(struct run *run, struct err *err)
{
	struct mailer *mailer = run->state;
	struct letter *letters = arena_array(run->arena, run->count, sizeof *letters);
	struct job **senders = arena_array(run->arena, run->count, sizeof(struct job *));
	struct pg_result *prepared;
	size_t count;

	if (!prepare(run, &prepared, err))
		return false;
	write_letters(run, prepared, letters, senders, &count);
	pg_result_free(prepared);
	transport_send(mailer->transport, letters, count, run->stop);
	for (size_t i = 0; i < count; i++)
		conclude(run, senders[i], &letters[i]);
	return true;
}

bool mail_apply(struct run *run, struct err *err)
{
	struct sql_mail_dead_addresses dead;
	struct sql_mail_settle settled;
	struct array hashes;
	struct array states;
	struct array ids;

	array_init(&ids, run->arena);
	array_init(&states, run->arena);
	array_init(&hashes, run->arena);
	for (size_t i = 0; i < run->count; i++) {
		const struct mail *mail = run->jobs[i].kept;

		if (mail == NULL || mail->state == NULL)
			continue;
		array_text(&ids, mail->id);
		array_text(&states, mail->state);
		if (mail->is_dead_address && mail->address_hash.bytes != NULL)
			array_bytes(&hashes, mail->address_hash.bytes, mail->address_hash.length);
	}
	settled.mail_ids = array_value(&ids);
	settled.states = array_value(&states);
	dead.hashes = array_value(&hashes);
	return sql_mail_settle(run->pg, &settled, NULL, err) &&
	       sql_mail_dead_addresses(run->pg, &dead, NULL, err);
}

static bool prepare(struct run *run, struct pg_result **ret_result, struct err *err)
{
	struct sql_mail_prepare values;
	struct array hashes;
	struct array ids;

	array_init(&ids, run->arena);
	array_init(&hashes, run->arena);
	for (size_t i = 0; i < run->count; i++) {
		const char *id = run->jobs[i].subject;
		unsigned char hash[SECRET_HASH_SIZE];
		struct uuid uuid;

		if (id == NULL || !uuid_read(id, strlen(id), &uuid))
			continue;
		link_hash(LINK_UNSUBSCRIBE, &uuid, hash);
		array_text(&ids, id);
		array_bytes(&hashes, hash, sizeof hash);
	}
	values.mail_ids = array_value(&ids);
	values.unsubscribe_hashes = array_value(&hashes);
	return sql_mail_prepare(run->pg, &values, ret_result, err);
}

/* `senders`: whose letter each is. A mail that is gone or was sent before is simply done. */
static void write_letters(struct run *run, const struct pg_result *prepared, struct letter *letters,
    struct job **senders, size_t *ret_count)
{
	const struct mailer *mailer = run->state;
	size_t count = 0;

	for (int row = 0; row < pg_rows(prepared); row++) {
		struct postbag_mail mail;
		struct err err = {0};
		struct job *job;

		if (!read_mail(run, prepared, row, &job, &mail))
			continue;
		if (postbag_write(mailer->postbag, run->arena, &mail, &letters[count], &err)) {
			senders[count++] = job;
			continue;
		}
		log_event(LOG_ERROR, "mail_not_written", log_text("mail", mail.id),
		    log_text("code", err.code), log_text("message", err.message));
		/* Another address will not come; another key or a better template may. */
		if (strcmp(err.code, "mail_address") == 0 || strcmp(err.code, "contact_data") == 0)
			((struct mail *)job->kept)->state = "failed";
		else
			retry(run, job, err.code, 0);
	}
	*ret_count = count;
}

/* False: nothing is to be sent. */
static bool read_mail(struct run *run, const struct pg_result *prepared, int row, struct job **ret_job,
    struct postbag_mail *ret_mail)
{
	const char *verdict = pg_text(prepared, row, SQL_MAIL_PREPARE_VERDICT);
	struct job *job = job_of(run, pg_text(prepared, row, SQL_MAIL_PREPARE_MAIL_ID));
	struct mail *mail = arena_alloc(run->arena, sizeof *mail);

	mail->id = job->subject;
	mail->address_hash = bytes_of(run, prepared, row, SQL_MAIL_PREPARE_ADDRESS_HASH);
	job->kept = mail;
	if (strcmp(verdict, "wait") == 0) {
		job->verdict = JOB_AGAIN;
		job->next_run_at = arena_string(run->arena, pg_text(prepared, row, SQL_MAIL_PREPARE_SEND_AT));
		job->next_data = job->data;
		return false;
	}
	if (strcmp(verdict, "send") != 0) {
		mail->state = strcmp(verdict, "over") == 0 ? NULL : arena_string(run->arena, verdict);
		return false;
	}
	*ret_job = job;
	*ret_mail = (struct postbag_mail){.id = mail->id,
	    .template = pg_text(prepared, row, SQL_MAIL_PREPARE_TEMPLATE),
	    .lang = pg_text(prepared, row, SQL_MAIL_PREPARE_LANG),
	    .mailbox = pg_text(prepared, row, SQL_MAIL_PREPARE_MAILBOX),
	    .link_id = pg_text(prepared, row, SQL_MAIL_PREPARE_LINK_ID),
	    .sealed = bytes_of(run, prepared, row, SQL_MAIL_PREPARE_SEALED),
	    .answers = bytes_of(run, prepared, row, SQL_MAIL_PREPARE_ANSWERS),
	    .is_capped = pg_bool(prepared, row, SQL_MAIL_PREPARE_CAPPED),
	    .link = pg_text(prepared, row, SQL_MAIL_PREPARE_LINK),
	    .token_of = pg_text(prepared, row, SQL_MAIL_PREPARE_TOKEN_OF),
	    .places = pg_text(prepared, row, SQL_MAIL_PREPARE_PLACES),
	    .calendar = pg_text(prepared, row, SQL_MAIL_PREPARE_CALENDAR)};
	return true;
}

/* The database tells only of mails that it was asked for. */
static struct job *job_of(struct run *run, const char *mail_id)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->jobs[i].subject != NULL && strcmp(run->jobs[i].subject, mail_id) == 0)
			return &run->jobs[i];
	}
	abort();
}

static struct secret_part bytes_of(struct run *run, const struct pg_result *result, int row, int column)
{
	size_t length = 0;
	const void *bytes = pg_bytes(result, row, column, &length);

	return (struct secret_part){bytes == NULL ? NULL : arena_copy(run->arena, bytes, length), length};
}

static void conclude(struct run *run, struct job *job, const struct letter *letter)
{
	struct mail *mail = job->kept;

	switch (letter->delivery) {
	case DELIVERY_SENT:
		mail->state = "sent";
		break;
	case DELIVERY_REFUSED:
		mail->state = "failed";
		mail->is_dead_address = letter->is_dead_address;
		break;
	case DELIVERY_LATER:
		retry(run, job, letter->code, 0);
		break;
	case DELIVERY_NOT_REACHED:
		retry(run, job, letter->code, UNREACHED_DELAY_S);
		break;
	case DELIVERY_CUT_OFF:
		job->verdict = JOB_GIVE_BACK;
		break;
	}
	log_event(letter->delivery == DELIVERY_SENT ? LOG_DEBUG : LOG_WARNING, "mail",
	    log_text("mail", mail->id), log_text("state", mail->state != NULL ? mail->state : "queued"),
	    log_text("code", letter->code), log_int("reply", letter->reply),
	    log_int("attempts", job->attempts));
}

/* After the last try the job is dead, and the mail has failed. */
static void retry(struct run *run, struct job *job, const char *code, int delay_s)
{
	struct mail *mail = job->kept;

	job->verdict = JOB_RETRY;
	job->code = code;
	job->delay_s = delay_s;
	if (job->attempts >= run->kind->attempts)
		mail->state = "failed";
}
