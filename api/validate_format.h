/*
 * Formats of texts: pure, no allocation, bounded by the text's length.
 * Whatever passes here, PostgreSQL takes.
 */
#ifndef OSALLISUUS_API_VALIDATE_FORMAT_H
#define OSALLISUUS_API_VALIDATE_FORMAT_H

#include "api/contract.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool validate_format(enum schema_format format, const char *text, size_t length);

/* A whole number in plain spelling, as JSON writes it: -?(0|[1-9][0-9]*), within 64 bits. */
bool validate_integer(const char *text, size_t length, int64_t *ret_number);

/* One address that can stand in an SMTP command and a header as it is; used by validate_format. */
bool validate_email(const char *text, size_t length);
bool validate_uri(const char *text, size_t length);

#endif
