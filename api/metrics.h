/*
 * Counters and latencies of one loop, by operation: written by the loop only,
 * read by the one that answers /metrics (Prometheus text format 0.0.4). Names
 * are documented where they are written, in metrics.c.
 */
#ifndef OSALLISUUS_API_METRICS_H
#define OSALLISUUS_API_METRICS_H

#include "common/buffer.h"

#include <stdint.h>

struct metrics;
struct pg_rows;
struct operation;
struct service;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* operation NULL: no route was found. */
void metrics_request(struct metrics *metrics, const struct operation *operation, unsigned status, int64_t us);

/* A message that was refused before it was a request. */
void metrics_refused(struct metrics *metrics, unsigned status);

/* All loops of the service together. */
void metrics_write(struct buffer *out, const struct service *service);

/* What the statement metrics_database tells. */
void metrics_write_database(struct buffer *out, const struct pg_rows *rows);

#endif
