#include "common/config.h"

#include <stddef.h>

/* 32 bytes in hexadecimal digits. */
#define HEX_KEY "^[0-9a-fA-F]{64}$"

/*
 * A row is: name, least, most, default (NULL: must be set), who reads it, unit or
 * shape, help. Limits of texts and secrets are bytes. A truth has no limits.
 */
#define NUMBER(id, from, to, preset, who, of, text)                                                         \
	{                                                                                                   \
		.name = (id), .type = CONFIG_INT, .least = (from), .most = (to), .default_value = (preset), \
		.programs = (who), .unit = (of), .help = (text)                                             \
	}
#define TRUTH(id, preset, who, text)                                                                         \
	{                                                                                                    \
		.name = (id), .type = CONFIG_BOOL, .default_value = (preset), .programs = (who), .unit = "", \
		.help = (text)                                                                               \
	}
#define TEXT(id, from, to, preset, who, form, text)                                                          \
	{                                                                                                    \
		.name = (id), .type = CONFIG_TEXT, .least = (from), .most = (to), .default_value = (preset), \
		.programs = (who), .unit = "", .shape = (form), .help = (text)                               \
	}
#define SECRET(id, from, to, preset, who, form, text)                                                     \
	{                                                                                                 \
		.name = (id), .type = CONFIG_SECRET, .least = (from), .most = (to),                       \
		.default_value = (preset), .programs = (who), .unit = "", .shape = (form), .help = (text) \
	}

/* A text for people: one row for each language of ours; a language without one takes the first. */
#define IN_LANGUAGES(id, to, who, form, text)                                                               \
	TEXT(id, 0, to, "", who, form, text), TEXT(id "_SV", 0, to, "", who, form, "The same in Swedish."), \
	    TEXT(id "_EN", 0, to, "", who, form, "The same in English.")

/* A page of the county's or, from a slash on, of ours. */
#define LINK "^((https?:/)?/[^ ]+)?$"

const struct config_setting config_table[] = {
    /* Everything. */
    SECRET("DB", 1, 2000, NULL, CONFIG_ALL, NULL,
	"Where PostgreSQL is, as libpq takes it: host=… dbname=… user=…, or a postgresql:// URL."),
    TEXT("LOG_LEVEL", 1, 7, "info", CONFIG_ALL, "^(debug|info|warning|error)$",
	"The least level of log lines: debug, info, warning or error."),
    TRUTH("REQUEST_LOG", "true", CONFIG_API, "Whether each request gets a line in the log."),
    SECRET("SERVER_KEY", 64, 64, NULL, CONFIG_API | CONFIG_WORKER, HEX_KEY,
	"The key, 64 hexadecimal digits, that ids, receipt codes and links are made with; it may never "
	"change."),
    SECRET("SERVER_KEY", 0, 64, "", CONFIG_ADMIN, "^([0-9a-fA-F]{64})?$",
	"The same key as the service has; demo needs it."),
    TEXT("PUBLIC_URL", 8, 200, "http://127.0.0.1:8080", CONFIG_API | CONFIG_WORKER,
	"^https?://[^/?# ]+(/[^/?# ]+)*$",
	"Where people reach the service, without a slash at the end; links in mails begin with it."),
    /* Who runs the service, as its pages and mails say. */
    IN_LANGUAGES("CONTROLLER", 200, CONFIG_API | CONFIG_WORKER, NULL,
	"The county that runs the service and is the controller of what is kept, by its name in Finnish."),
    IN_LANGUAGES("PRIVACY_URL", 500, CONFIG_API, LINK,
	"Where the privacy notice is: a page of the county's, or /privacy, which says in short what is "
	"kept."),
    IN_LANGUAGES("ACCESSIBILITY_URL", 500, CONFIG_API, LINK,
	"Where the accessibility statement is: a page of the county's, or one of the service from a slash "
	"on."),
    IN_LANGUAGES("CONTACT", 500, CONFIG_API, NULL,
	"Where people tell what they think of the service itself: an e-mail address, a URL or any text."),
    /* Addresses of the api. */
    TEXT("ADDRESS", 1, 100, "127.0.0.1", CONFIG_API, NULL, "The address that the api listens on."),
    NUMBER(
	"PORT", 0, 65535, "8080", CONFIG_API, "", "The port that the api listens on; 0: any that is free."),
    TEXT("OPS_ADDRESS", 1, 100, "127.0.0.1", CONFIG_API, NULL, "The address for health checks and metrics."),
    NUMBER("OPS_PORT", 0, 65535, "8081", CONFIG_API, "",
	"The port for health checks and metrics; 0: any that is free."),
    TEXT("HOSTS", 0, 2000, "", CONFIG_API, NULL,
	"The host names that requests in absolute form may name, separated by commas; none: every one."),
    TRUTH("FORWARDED", "false", CONFIG_API,
	"Whether a proxy of ours writes the peer's address into X-Forwarded-For."),
    TEXT("PAGES", 1, 1000, "api/pages", CONFIG_API, NULL, "The directory of the pages' templates."),
    TEXT("DOCS_SCRIPT", 1, 1000, "build/docs/redoc.js", CONFIG_API, NULL,
	"The script that renders /docs; without it the page only links to the contract."),
    NUMBER("PAGE_CACHE_BYTES", 0, 1073741824, "33554432", CONFIG_API, "bytes",
	"What is kept of the public pages in memory, over all loops."),
    NUMBER("LOOPS", 0, 64, "0", CONFIG_API, "", "Threads that serve connections; 0: one for each core."),
    /* Limits of the api. */
    NUMBER("BODY_BYTES", 1024, 16777216, "65536", CONFIG_API, "bytes",
	"The largest request body, imports apart."),
    NUMBER("IMPORT_BYTES", 1024, 1099511627776, "104857600", CONFIG_API, "bytes",
	"The largest body of an import; each of its lines is bounded by BODY_BYTES."),
    NUMBER("IMPORTS", 1, 64, "2", CONFIG_API, "", "The most imports at once, for each loop."),
    NUMBER("HEAD_BYTES", 1024, 65536, "8192", CONFIG_API, "bytes",
	"The largest request line and header fields together."),
    NUMBER("TARGET_BYTES", 256, 16384, "2048", CONFIG_API, "bytes", "The longest request target."),
    NUMBER("HEADERS", 8, 1000, "100", CONFIG_API, "", "The most header fields in a request."),
    NUMBER("JSON_DEPTH", 1, 256, "32", CONFIG_API, "",
	"The most objects and lists inside each other in a body."),
    NUMBER("JSON_NODES", 1, 1000000, "5000", CONFIG_API, "", "The most values and members in a body."),
    NUMBER("REPLY_BYTES", 65536, 1073741824, "8388608", CONFIG_API, "bytes", "The largest reply."),
    NUMBER("CONNECTIONS", 1, 1000000, "10000", CONFIG_API, "", "The most connections at once."),
    NUMBER("CONNECTIONS_PER_PEER", 1, 1000000, "1000", CONFIG_API, "",
	"The most connections at once from one address."),
    NUMBER("PIPELINED", 1, 1000, "16", CONFIG_API, "",
	"The most requests of one connection that wait for their turn."),
    NUMBER("RATE_PER_PEER_S", 1, 1000000, "20", CONFIG_API, "per second",
	"Operations of givers that one address may ask for, on average."),
    NUMBER("BURST_PER_PEER", 1, 1000000, "200", CONFIG_API, "",
	"Operations of givers that one address may ask for at once: a library, a school or a whole "
	"municipality "
	"may have one address, and all who sit there register at the same time."),
    NUMBER("FORM_RATE_PER_PEER_MIN", 1, 1000000, "30", CONFIG_API, "per minute",
	"Forms that one address may send, on average; a whole hospital may have one address."),
    NUMBER("FORM_BURST_PER_PEER", 1, 1000000, "200", CONFIG_API, "",
	"Forms that one address may send at once, as BURST_PER_PEER."),
    NUMBER("FORM_LEAST_S", 0, 600, "3", CONFIG_API, "s",
	"The time that a person needs at least to fill in a feedback form; one that comes sooner is shown "
	"again."),
    NUMBER("FORM_MOST_S", 60, 604800, "43200", CONFIG_API, "s",
	"How long a feedback form that was shown is taken; one that comes later is shown again."),
    /* Deadlines of the api. */
    NUMBER(
	"HEADER_S", 1, 600, "10", CONFIG_API, "s", "The time for a whole request head, from its first byte."),
    NUMBER("BODY_S", 1, 3600, "30", CONFIG_API, "s", "The time for a whole request body."),
    NUMBER("BODY_RATE", 0, 1048576, "512", CONFIG_API, "bytes/s", "The least rate of a request body."),
    NUMBER("IMPORT_S", 1, 86400, "3600", CONFIG_API, "s", "The time for the whole body of an import."),
    NUMBER("IDLE_S", 1, 3600, "60", CONFIG_API, "s", "How long a connection may wait for its next request."),
    NUMBER("WRITE_S", 1, 3600, "30", CONFIG_API, "s", "The time for a reply to be read by its client."),
    NUMBER("STOP_S", 0, 600, "10", CONFIG_API | CONFIG_WORKER, "s",
	"The time for what is under way after SIGTERM."),
    /* The database, as the api uses it. */
    NUMBER("QUEUE", 1, 100000, "1024", CONFIG_API, "",
	"The most requests that wait for the database, for each loop."),
    NUMBER("QUEUE_WAIT_MS", 1, 60000, "1000", CONFIG_API, "ms",
	"How long a request waits for the database before it gets 503."),
    NUMBER("BATCH", 1, 1000, "64", CONFIG_API, "", "The most requests in one commit."),
    NUMBER("BATCH_BYTES", 65536, 67108864, "1048576", CONFIG_API, "bytes",
	"The most bytes of values in one commit."),
    NUMBER("OWN_CONNECTIONS", 1, 64, "4", CONFIG_API, "",
	"Connections for statements that change existing rows, for each loop."),
    NUMBER("SEARCH_CONNECTIONS", 1, 64, "2", CONFIG_API, "",
	"Connections for full text and exact counts, for each loop."),
    NUMBER("BULK_CONNECTIONS", 1, 64, "2", CONFIG_API, "",
	"Connections for the lines of imports, for each loop."),
    NUMBER("STATEMENT_TIMEOUT_MS", 10, 600000, "3000", CONFIG_API, "ms", "How long one statement may take."),
    /* Contact data. */
    TEXT("MAIL_PUBLIC_KEY", 64, 64, NULL, CONFIG_API, HEX_KEY,
	"The key, 64 hexadecimal digits, that contact data is sealed with."),
    TEXT("MAIL_PUBLIC_KEY", 0, 64, "", CONFIG_ADMIN, "^([0-9a-fA-F]{64})?$",
	"The same key as the api has; demo needs it."),
    SECRET("MAIL_SECRET_KEY", 0, 64, "", CONFIG_WORKER, "^([0-9a-fA-F]{64})?$",
	"The key, 64 hexadecimal digits, that opens contact data; the kind mail needs it, nobody else may "
	"have it."),
    SECRET("MAIL_OLD_SECRET_KEYS", 0, 649, "", CONFIG_WORKER, "^([0-9a-fA-F]{64}(,[0-9a-fA-F]{64})*)?$",
	"Keys that were MAIL_SECRET_KEY before, separated by commas, until a rotation has ended."),
    /* Mail. */
    TEXT("SMTP_URL", 0, 500, "", CONFIG_WORKER | CONFIG_ADMIN, "^(smtps?://[^/?# @]+)?$",
	"The mail server, smtp://host:port or smtps://host:port; the kind mail needs it."),
    TEXT("SMTP_USER", 0, 200, "", CONFIG_WORKER, NULL,
	"The user at the mail server; none: without a password."),
    SECRET("SMTP_PASSWORD", 0, 500, "", CONFIG_WORKER, NULL, "The password at the mail server."),
    TEXT("SMTP_TLS", 1, 7, "try", CONFIG_WORKER, "^(none|try|require)$",
	"STARTTLS to an smtp:// server: none, try (take it when offered) or require (and check who it is); "
	"with a password always require."),
    TEXT("SMTP_CA", 0, 1000, "", CONFIG_WORKER, NULL,
	"A file with the certificates that may vouch for the mail server; none: those of the system."),
    TEXT("MAIL_FROM", 0, 254, "", CONFIG_WORKER, "^([^@<> ]+@[^@<> ]+)?$",
	"The address that mails come from; the kind mail needs it."),
    TEXT("MAIL_FROM_NAME", 0, 200, "", CONFIG_WORKER, NULL,
	"The name that mails come from; none: that of CONTROLLER."),
    TEXT("TEMPLATES", 1, 1000, "worker/templates", CONFIG_WORKER, NULL,
	"The directory of the mail templates."),
    /* Workers. */
    NUMBER("CONCURRENCY", 1, 1000, "16", CONFIG_WORKER, "", "Mails that are sent at once."),
    NUMBER("LEASE_S", 5, 3600, "60", CONFIG_WORKER, "s",
	"How long a claimed job is held without a sign of life."),
    NUMBER("HEARTBEAT_S", 1, 600, "15", CONFIG_WORKER, "s", "How often a worker gives a sign of life."),
    NUMBER("POLL_MS", 10, 1000, "1000", CONFIG_WORKER, "ms",
	"How long a worker waits before it looks for jobs unasked."),
    TEXT("WORKER_SLOT", 0, 100, "", CONFIG_WORKER, NULL,
	"The name under which a worker takes back its own jobs after a restart; none: host name and kinds."),
    NUMBER("REPORT_S", 1, 86400, "300", CONFIG_WORKER, "s", "How often the report is built anew."),
    /* The admin command. */
    TEXT("SQL_DIR", 1, 1000, "sql", CONFIG_ADMIN, NULL,
	"The directory with migrations, states and demo data."),
};

const unsigned config_table_count = sizeof config_table / sizeof config_table[0];
