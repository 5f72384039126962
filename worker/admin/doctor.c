/*
 * doctor: one line for each thing that the service leans on, `ok|warn|fail
 * name: text`. It changes nothing.
 */
#include "worker/admin/doctor.h"

#include "common/pg.h"
#include "worker/admin/arguments.h"
#include "worker/admin/command.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	doctor_check *check;
	bool needs_database;
} checks[] = {
    {"versions", check_versions, true},
    {"schema", check_schema, true},
    {"roles", check_roles, true},
    {"rights", check_rights, true},
    {"clock", check_clock, true},
    {"partitions", check_partitions, true},
    {"events", check_events, true},
    {"jobs", check_jobs, true},
    {"audit", check_audit, true},
    {"contact keys", check_contact_keys, true},
    {"retention", check_retention, true},
    {"workers", check_workers, true},
    {"mail server", check_mail_server, false},
};

static unsigned run_checks(struct pg *pg);
static void report(const char *name, const struct finding *finding);

bool command_doctor(int argc, char **argv, struct err *err)
{
	const struct argument_list none = {0};
	struct finding finding;
	struct err cause = {0};
	struct pg *pg = NULL;
	unsigned failures;

	if (!arguments_read(argc, argv, &none, err))
		return false;
	if (command_open(&pg, &cause))
		finding_set(&finding, FINDING_OK, "reachable");
	else
		finding_set(&finding, FINDING_FAIL, "%s", cause.message);
	report("database", &finding);
	failures = run_checks(pg) + (pg == NULL ? 1 : 0);
	pg_close(pg);
	if (failures > 0)
		return err_set(err, "doctor", "%u of these failed", failures);
	return true;
}

void finding_set(struct finding *finding, enum finding_status status, const char *format, ...)
{
	va_list arguments;

	finding->status = status;
	va_start(arguments, format);
	(void)vsnprintf(finding->text, sizeof finding->text, format, arguments);
	va_end(arguments);
}

static unsigned run_checks(struct pg *pg)
{
	unsigned failures = 0;

	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		struct finding finding = {FINDING_OK, ""};
		struct err cause = {0};

		if (pg == NULL && checks[i].needs_database)
			continue;
		if (!checks[i].check(pg, &finding, &cause))
			finding_set(&finding, FINDING_FAIL, "%s", cause.message);
		report(checks[i].name, &finding);
		failures += finding.status == FINDING_FAIL ? 1 : 0;
	}
	return failures;
}

static void report(const char *name, const struct finding *finding)
{
	static const char *const words[] = {
	    [FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_FAIL] = "fail"};

	printf("%-4s %s: %s\n", words[finding->status], name, finding->text);
	(void)fflush(stdout);
}
