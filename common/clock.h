/*
 * The only way in for time. Tests set the wall clock with clock_set_for_test.
 * The database has its own clock, app_now(); rules use that one.
 */
#ifndef OSALLISUUS_COMMON_CLOCK_H
#define OSALLISUUS_COMMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_monotonic_us(void);
int64_t clock_wall_ms(void);              /* since 1970-01-01T00:00:00Z */
int64_t clock_thread_cpu_us(void);        /* CPU time of the calling thread */
void clock_set_for_test(int64_t wall_ms); /* negative: the real clock again */

enum {
	CLOCK_RFC3339_SIZE = sizeof "2026-01-01T00:00:00.000Z",
	CLOCK_HTTP_DATE_SIZE = sizeof "Sun, 06 Nov 1994 08:49:37 GMT"
};
void clock_format_rfc3339(int64_t wall_ms, char ret_text[CLOCK_RFC3339_SIZE]);
void clock_format_http_date(int64_t wall_ms, char ret_text[CLOCK_HTTP_DATE_SIZE]); /* RFC 9110 5.6.7 */

#endif
