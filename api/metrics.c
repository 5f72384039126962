#include "api/metrics.h"

#include "api/contract.h"
#include "api/http.h"
#include "api/keys.h"
#include "api/pg_engine.h"
#include "api/service.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CLASSES = 6, BOUNDS = 10 };

static const int64_t bounds_us[BOUNDS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 1000000, 5000000};

struct operation_counts {
	atomic_uint_fast64_t by_class[CLASSES]; /* [2]: 2xx */
	atomic_uint_fast64_t by_bound[BOUNDS + 1];
	atomic_uint_fast64_t us;
};

/* One row per operation, and a last one for requests without a route. */
struct metrics {
	unsigned count;
	atomic_uint_fast64_t refused[CLASSES];
	struct operation_counts operations[];
};

static void write_requests(struct buffer *out, const struct service *service);
static void write_refused(struct buffer *out, const struct service *service);
static void write_durations(struct buffer *out, const struct service *service);
static void write_engine(struct buffer *out, const struct service *service);
static void write_keys(struct buffer *out, const struct service *service);
static uint64_t sum(const struct service *service, unsigned operation, unsigned offset, bool bounds);
static void write_head(struct buffer *out, const char *name, const char *type, const char *help);

struct metrics *metrics_new(void)
{
	unsigned count = contract_operation_count + 1;
	struct metrics *metrics = calloc(1, sizeof *metrics + count * sizeof metrics->operations[0]);

	if (metrics == NULL)
		abort();
	metrics->count = count;
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void metrics_request(struct metrics *metrics, const struct operation *operation, unsigned status, int64_t us)
{
	unsigned row = operation == NULL ? metrics->count - 1 : (unsigned)(operation - contract_operations);
	struct operation_counts *counts = &metrics->operations[row];
	unsigned bound = 0;

	while (bound < BOUNDS && us > bounds_us[bound])
		bound++;
	atomic_fetch_add_explicit(&counts->by_class[status / 100 % CLASSES], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counts->by_bound[bound], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&counts->us, (uint64_t)us, memory_order_relaxed);
}

void metrics_refused(struct metrics *metrics, unsigned status)
{
	atomic_fetch_add_explicit(&metrics->refused[status / 100 % CLASSES], 1, memory_order_relaxed);
}

void metrics_write(struct buffer *out, const struct service *service)
{
	write_requests(out, service);
	write_refused(out, service);
	write_durations(out, service);
	write_engine(out, service);
	write_keys(out, service);
}

void metrics_write_database(struct buffer *out, const struct pg_rows *rows)
{
	int column = pg_rows_find(rows, "audit_waiting_rows");
	size_t length = 0;
	const char *value = column < 0 ? NULL : pg_rows_value(rows, 0, (unsigned)column, &length);

	if (value == NULL)
		return;
	write_head(out, "osallisuus_audit_waiting_rows", "gauge",
	    "Rows of the audit that the chain of hashes does not have yet, at most 100000.");
	buffer_printf(out, "osallisuus_audit_waiting_rows %.*s\n", (int)length, value);
}

static void write_requests(struct buffer *out, const struct service *service)
{
	write_head(out, "osallisuus_requests_total", "counter",
	    "Requests answered, by operation and class of status.");
	for (unsigned row = 0; row <= contract_operation_count; row++) {
		const char *name = row == contract_operation_count ? "none" : contract_operations[row].id;

		for (unsigned class = 1; class < CLASSES; class ++) {
			uint64_t count = sum(service, row, class, false);

			if (count > 0)
				buffer_printf(out,
				    "osallisuus_requests_total{operation=\"%s\",status=\"%uxx\"} %llu\n",
				    name, class, (unsigned long long)count);
		}
	}
}

static void write_refused(struct buffer *out, const struct service *service)
{
	write_head(out, "osallisuus_refused_messages_total", "counter",
	    "Messages that were refused before they were requests, by class of status.");
	for (unsigned class = 4; class < CLASSES; class ++) {
		uint64_t count = 0;

		for (unsigned i = 0; i < service->loop_count; i++)
			count += service->loops[i].metrics->refused[class];
		buffer_printf(out, "osallisuus_refused_messages_total{status=\"%uxx\"} %llu\n", class,
		    (unsigned long long)count);
	}
}

static void write_durations(struct buffer *out, const struct service *service)
{
	write_head(out, "osallisuus_request_seconds", "histogram",
	    "From the request's head to its reply, by operation.");
	for (unsigned row = 0; row <= contract_operation_count; row++) {
		const char *name = row == contract_operation_count ? "none" : contract_operations[row].id;
		uint64_t count = 0, us = 0;

		for (unsigned bound = 0; bound <= BOUNDS; bound++)
			count += sum(service, row, bound, true);
		if (count == 0)
			continue;
		count = 0;
		for (unsigned bound = 0; bound <= BOUNDS; bound++) {
			count += sum(service, row, bound, true);
			if (bound < BOUNDS)
				buffer_printf(out,
				    "osallisuus_request_seconds_bucket{operation=\"%s\",le=\"%g\"} %llu\n",
				    name, (double)bounds_us[bound] / 1e6, (unsigned long long)count);
		}
		for (unsigned i = 0; i < service->loop_count; i++)
			us += service->loops[i].metrics->operations[row].us;
		buffer_printf(out, "osallisuus_request_seconds_bucket{operation=\"%s\",le=\"+Inf\"} %llu\n",
		    name, (unsigned long long)count);
		buffer_printf(
		    out, "osallisuus_request_seconds_sum{operation=\"%s\"} %.6f\n", name, (double)us / 1e6);
		buffer_printf(out, "osallisuus_request_seconds_count{operation=\"%s\"} %llu\n", name,
		    (unsigned long long)count);
	}
}

static void write_engine(struct buffer *out, const struct service *service)
{
	static const struct {
		const char *name, *type, *help;
	} rows[] = {
	    {"osallisuus_connections", "gauge", "Open connections of clients."},
	    {"osallisuus_database_batches_total", "counter",
		"Batches sent to PostgreSQL, each with one Sync."},
	    {"osallisuus_database_queries_total", "counter", "Queries answered by PostgreSQL."},
	    {"osallisuus_database_replays_total", "counter",
		"Queries run again alone because their batch failed."},
	    {"osallisuus_database_reconnects_total", "counter",
		"Connections to PostgreSQL that were made anew."},
	    {"osallisuus_database_timeouts_total", "counter", "Queries that ran into a timeout."},
	    {"osallisuus_database_refused_total", "counter",
		"Queries refused because the queue was full or too slow."},
	    {"osallisuus_database_waiting", "gauge", "Queries that wait for a connection."},
	};
	uint64_t values[sizeof rows / sizeof rows[0]] = {0};

	for (unsigned i = 0; i < service->loop_count; i++) {
		struct pg_engine_counts counts;

		pg_engine_counts(service->loops[i].engine, &counts);
		values[0] += http_server_connections(service->loops[i].server);
		values[1] += counts.batches;
		values[2] += counts.queries;
		values[3] += counts.replays;
		values[4] += counts.reconnects;
		values[5] += counts.timeouts;
		values[6] += counts.refused;
		values[7] += counts.waiting;
	}
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		write_head(out, rows[i].name, rows[i].type, rows[i].help);
		buffer_printf(out, "%s %llu\n", rows[i].name, (unsigned long long)values[i]);
	}
}

static void write_keys(struct buffer *out, const struct service *service)
{
	uint64_t lowest = UINT64_MAX;

	for (unsigned i = 0; i < service->loop_count; i++) {
		uint64_t changes = key_cache_changes(service->loops[i].keys);

		if (changes < lowest)
			lowest = changes;
	}
	write_head(out, "osallisuus_api_keys_changes", "gauge",
	    "Changes of API keys that every loop knows of: a key counts everywhere once its change is among "
	    "them.");
	buffer_printf(out, "osallisuus_api_keys_changes %llu\n", (unsigned long long)lowest);
}

static uint64_t sum(const struct service *service, unsigned operation, unsigned offset, bool bounds)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < service->loop_count; i++) {
		const struct operation_counts *counts = &service->loops[i].metrics->operations[operation];

		total += bounds ? counts->by_bound[offset] : counts->by_class[offset];
	}
	return total;
}

static void write_head(struct buffer *out, const char *name, const char *type, const char *help)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}
