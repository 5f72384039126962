#include "common/clock.h"

#include <stdatomic.h>

enum { MS_PER_S = 1000, US_PER_S = 1000000, NS_PER_US = 1000, NS_PER_MS = 1000000 };

/* Years 1 to 9999, so that a text always has its length. */
static const int64_t wall_least_ms = INT64_C(-62135596800000);
static const int64_t wall_most_ms = INT64_C(253402300799999);

static _Atomic int64_t test_wall_ms = -1;

static struct timespec clock_read(clockid_t id);
static void broken_down(int64_t wall_ms, struct tm *ret_time, int *ret_ms);
static char *digits(char *at, int value, int width);

int64_t clock_monotonic_us(void)
{
	struct timespec now = clock_read(CLOCK_MONOTONIC);

	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

int64_t clock_wall_ms(void)
{
	int64_t set = atomic_load_explicit(&test_wall_ms, memory_order_relaxed);
	struct timespec now;

	if (set >= 0)
		return set;
	now = clock_read(CLOCK_REALTIME);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

int64_t clock_thread_cpu_us(void)
{
	struct timespec used = clock_read(CLOCK_THREAD_CPUTIME_ID);

	return (int64_t)used.tv_sec * US_PER_S + used.tv_nsec / NS_PER_US;
}

void clock_set_for_test(int64_t wall_ms)
{
	atomic_store_explicit(&test_wall_ms, wall_ms < 0 ? -1 : wall_ms, memory_order_relaxed);
}

void clock_format_rfc3339(int64_t wall_ms, char ret_text[CLOCK_RFC3339_SIZE])
{
	struct tm time;
	char *at = ret_text;
	int ms;

	broken_down(wall_ms, &time, &ms);
	at = digits(at, time.tm_year + 1900, 4);
	*at++ = '-';
	at = digits(at, time.tm_mon + 1, 2);
	*at++ = '-';
	at = digits(at, time.tm_mday, 2);
	*at++ = 'T';
	at = digits(at, time.tm_hour, 2);
	*at++ = ':';
	at = digits(at, time.tm_min, 2);
	*at++ = ':';
	at = digits(at, time.tm_sec, 2);
	*at++ = '.';
	at = digits(at, ms, 3);
	*at++ = 'Z';
	*at = '\0';
}

/* English names whatever the locale is. */
void clock_format_http_date(int64_t wall_ms, char ret_text[CLOCK_HTTP_DATE_SIZE])
{
	static const char day_names[] = "Sun, Mon, Tue, Wed, Thu, Fri, Sat, ";
	static const char month_names[] = " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ";
	struct tm time;
	char *at = ret_text;
	int ms;

	broken_down(wall_ms, &time, &ms);
	at = mempcpy(at, day_names + (ptrdiff_t)time.tm_wday * 5, 5);
	at = digits(at, time.tm_mday, 2);
	at = mempcpy(at, month_names + (ptrdiff_t)time.tm_mon * 5, 5);
	at = digits(at, time.tm_year + 1900, 4);
	*at++ = ' ';
	at = digits(at, time.tm_hour, 2);
	*at++ = ':';
	at = digits(at, time.tm_min, 2);
	*at++ = ':';
	at = digits(at, time.tm_sec, 2);
	memcpy(at, " GMT", sizeof " GMT");
}

static struct timespec clock_read(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) != 0)
		abort();
	return now;
}

static void broken_down(int64_t wall_ms, struct tm *ret_time, int *ret_ms)
{
	int64_t clamped = wall_ms;
	int64_t ms;
	time_t seconds;

	if (clamped < wall_least_ms)
		clamped = wall_least_ms;
	if (clamped > wall_most_ms)
		clamped = wall_most_ms;
	ms = clamped % MS_PER_S;
	if (ms < 0)
		ms += MS_PER_S;
	seconds = (time_t)((clamped - ms) / MS_PER_S);
	if (gmtime_r(&seconds, ret_time) == NULL)
		abort();
	*ret_ms = (int)ms;
}

static char *digits(char *at, int value, int width)
{
	for (int place = width - 1; place >= 0; place--) {
		at[place] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + width;
}
