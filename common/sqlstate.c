#include "common/sqlstate.h"

/* The first that fits. */
static const struct sqlstate sqlstates[] = {
    {"08", "database_unavailable", true},
    {"25006", "database_unavailable", true}, /* read-only: another server is the primary now */
    {"25P03", "database_unavailable", true}, /* idle in a transaction for too long */
    {"53300", "database_unavailable", true}, /* too many connections */
    {"57P01", "database_unavailable", true}, /* an administrator ended the session */
    {"57P02", "database_unavailable", true}, /* another session crashed */
    {"57P03", "database_unavailable", true}, /* starting or stopping */
    {"57P05", "database_unavailable", true}, /* idle for too long */
    {"57014", "database_timeout", false},    /* statement_timeout */
    {"40001", "database_conflict", false},   /* serialization */
    {"40P01", "database_conflict", false},   /* deadlock */
    {"55P03", "database_conflict", false},   /* lock_timeout */
    {"23", "constraint", false},
    {"", "database_error", false},
};

const struct sqlstate *sqlstate_find(const char *state)
{
	const struct sqlstate *found = sqlstates;

	/* The last row fits every state. */
	while (strncmp(state, found->prefix, strlen(found->prefix)) != 0)
		found++;
	return found;
}
