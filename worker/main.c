/* osallisuus-worker: what is done behind the API: mails, news, questions, deadlines, reports, search words.
 */
#include "common/config.h"
#include "common/err.h"
#include "common/log.h"
#include "common/secret.h"
#include "worker/kind.h"
#include "worker/process.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2, KINDS_MAX = 16 };

static const char usage[] =
    "Usage: osallisuus-worker KIND… | all\n"
    "\n"
    "Works through the jobs of these kinds until SIGTERM. Any number of processes may do the same kinds,\n"
    "on any machine.\n"
    "\n"
    "  mail        mails to one: receipts, answers, reminders to staff (database role osallisuus_mailer)\n"
    "  mail_bulk   mails to many: news and questions (the same role; comes with mail)\n"
    "  reseal      contact data under old keys is sealed anew (the same role; comes with mail)\n"
    "  news        tells each contributor once of each state of a change (osallisuus_worker, as all below)\n"
    "  follow_up   asks whether it is better now, decides what the answers say; links to rounds\n"
    "  clock       reminder, overdue, escalation; partitions of the months ahead\n"
    "  report      what changed because people spoke, by unit and period\n"
    "  index       words of texts for searching\n"
    "  audit       the chain of hashes over the audit\n"
    "  all         all of these (osallisuus_all)\n"
    "  noop        does nothing; for benches\n";

static bool choose_kinds(
    char **names, const struct kind *ret_kinds[KINDS_MAX], size_t *ret_count, struct err *err);
static void add_kind(const struct kind *kind, const struct kind *kinds[KINDS_MAX], size_t *count);
static bool start_log(struct err *err);

int main(int argc, char **argv)
{
	const struct kind *kinds[KINDS_MAX];
	size_t count = 0;
	struct err err = {0};

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		config_print_help(argc < 2 ? stderr : stdout, CONFIG_WORKER, usage);
		return argc < 2 ? EXIT_USAGE : EXIT_SUCCESS;
	}
	if (!choose_kinds(argv + 1, kinds, &count, &err)) {
		fprintf(stderr, "osallisuus-worker: %s; --help lists the kinds\n", err.message);
		return EXIT_USAGE;
	}
	if (config_load(CONFIG_WORKER, &err) && start_log(&err) &&
	    secret_init(config_text("SERVER_KEY"), &err) && process_run(kinds, count, &err))
		return EXIT_SUCCESS;
	fprintf(stderr, "osallisuus-worker: %s\n", err.message);
	return EXIT_FAILURE;
}

static bool choose_kinds(
    char **names, const struct kind *ret_kinds[KINDS_MAX], size_t *ret_count, struct err *err)
{
	for (; *names != NULL; names++) {
		const struct kind *kind = kind_find(*names);

		if (kind == NULL && strcmp(*names, "all") != 0)
			return err_set(err, "usage", "no kind '%s'", *names);
		if (kind != NULL)
			add_kind(kind, ret_kinds, ret_count);
		for (size_t i = 0; i < kind_count; i++) {
			if ((kind == NULL && kind_table[i].is_service) ||
			    (strcmp(*names, "mail") == 0 && (strcmp(kind_table[i].name, "mail_bulk") == 0 ||
								strcmp(kind_table[i].name, "reseal") == 0)))
				add_kind(&kind_table[i], ret_kinds, ret_count);
		}
	}
	return true;
}

static void add_kind(const struct kind *kind, const struct kind *kinds[KINDS_MAX], size_t *count)
{
	for (size_t i = 0; i < *count; i++) {
		if (kinds[i] == kind)
			return;
	}
	kinds[(*count)++] = kind;
}

static bool start_log(struct err *err)
{
	enum log_level least;

	if (!log_level_parse(config_text("LOG_LEVEL"), &least))
		return err_set(err, "setting", "OSALLISUUS_LOG_LEVEL is none of debug, info, warning, error");
	log_init("osallisuus-worker", least);
	return true;
}
