/* What the checks of doctor find. */
#ifndef OSALLISUUS_WORKER_ADMIN_DOCTOR_H
#define OSALLISUUS_WORKER_ADMIN_DOCTOR_H

#include "common/attributes.h"
#include "common/err.h"
#include "common/pg.h"

#include <stdbool.h>

enum finding_status { FINDING_OK, FINDING_WARN, FINDING_FAIL };

enum { FINDING_TEXT_MAX = 300 };

struct finding {
	enum finding_status status;
	char text[FINDING_TEXT_MAX];
};

void finding_set(struct finding *finding, enum finding_status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Fills the finding and returns true; false with err when it cannot even look, which is a failure too. */
typedef bool doctor_check(struct pg *pg, struct finding *finding, struct err *err);

doctor_check check_versions;
doctor_check check_schema;
doctor_check check_roles;
doctor_check check_rights;
doctor_check check_clock;
doctor_check check_partitions;
doctor_check check_events;
doctor_check check_jobs;
doctor_check check_audit;
doctor_check check_contact_keys;
doctor_check check_retention;
doctor_check check_workers;
doctor_check check_mail_server; /* pg is not used and may be NULL */

#endif
