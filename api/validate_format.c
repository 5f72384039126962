#include "api/validate_format.h"

#include <ctype.h>

enum { UUID_LENGTH = 36, DATE_LENGTH = 10, MONTH_LENGTH = 7, CLOCK_LENGTH = 8, FRACTION_MAX = 9 };
enum { MINUTES_OF_DAY = 24 * 60, OFFSET_HOURS_MAX = 15 };

static bool is_uuid(const char *text, size_t length);
static bool is_month(const char *text, size_t length);
static bool is_date(const char *text, size_t length);
static bool is_date_time(const char *text, size_t length);
static bool read_clock(const char *text, unsigned *ret_minutes);
static size_t fraction_length(const char *text, size_t length);
static bool read_offset(const char *text, size_t length, int *ret_minutes);
static bool is_within_years(const char *date, int minutes);
static unsigned days_of_month(unsigned year, unsigned month);
static bool read_digits(const char *text, unsigned count, unsigned *ret_number);

bool validate_format(enum schema_format format, const char *text, size_t length)
{
	switch (format) {
	case FORMAT_NONE:
		return true;
	case FORMAT_UUID:
		return is_uuid(text, length);
	case FORMAT_DATE:
		return is_date(text, length);
	case FORMAT_DATE_TIME:
		return is_date_time(text, length);
	case FORMAT_MONTH:
		return is_month(text, length);
	case FORMAT_EMAIL:
		return validate_email(text, length);
	case FORMAT_URI:
		return validate_uri(text, length);
	}
	return false;
}

bool validate_integer(const char *text, size_t length, int64_t *ret_number)
{
	bool negative = length > 0 && text[0] == '-';
	size_t at = negative ? 1 : 0;
	int64_t number = 0;

	if (at == length || (text[at] == '0' && length > at + 1))
		return false;
	for (; at < length; at++) {
		int digit = text[at] - '0';

		if (digit < 0 || digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_sub_overflow(number, digit, &number))
			return false;
	}
	/* Reckoned below zero, where there is one number more. */
	if (!negative && number == INT64_MIN)
		return false;
	*ret_number = negative ? number : -number;
	return true;
}

/* Only the shape: libuuid's reader, which goes through strtoull, was the dearest part of a body's check
 * (perf). */
static bool is_uuid(const char *text, size_t length)
{
	if (length != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static bool is_month(const char *text, size_t length)
{
	unsigned year, month;

	return length == MONTH_LENGTH && text[4] == '-' && read_digits(text, 4, &year) &&
	       read_digits(text + 5, 2, &month) && year >= 1 && month >= 1 && month <= 12;
}

static bool is_date(const char *text, size_t length)
{
	unsigned year, month, day;

	if (length != DATE_LENGTH || !is_month(text, MONTH_LENGTH) || text[7] != '-' ||
	    !read_digits(text + 8, 2, &day))
		return false;
	return read_digits(text, 4, &year) && read_digits(text + 5, 2, &month) && day >= 1 &&
	       day <= days_of_month(year, month);
}

/*
 * RFC 3339 5.6, without the leap second (PostgreSQL's clock has none) and with
 * offsets as far as PostgreSQL takes them; in UTC too the year has four digits.
 */
static bool is_date_time(const char *text, size_t length)
{
	size_t at = DATE_LENGTH + 1 + CLOCK_LENGTH;
	unsigned clock = 0;
	int offset = 0;

	if (length <= at || !is_date(text, DATE_LENGTH) ||
	    (text[DATE_LENGTH] != 'T' && text[DATE_LENGTH] != 't') ||
	    !read_clock(text + DATE_LENGTH + 1, &clock))
		return false;
	if (text[at] == '.') {
		size_t digits = fraction_length(text + at + 1, length - at - 1);

		if (digits == 0 || digits > FRACTION_MAX)
			return false;
		at += 1 + digits;
	}
	return read_offset(text + at, length - at, &offset) && is_within_years(text, (int)clock - offset);
}

static bool read_clock(const char *text, unsigned *ret_minutes)
{
	unsigned hours, minutes, seconds;

	if (text[2] != ':' || text[5] != ':' || !read_digits(text, 2, &hours) ||
	    !read_digits(text + 3, 2, &minutes) || !read_digits(text + 6, 2, &seconds))
		return false;
	if (hours > 23 || minutes > 59 || seconds > 59)
		return false;
	*ret_minutes = hours * 60 + minutes;
	return true;
}

static size_t fraction_length(const char *text, size_t length)
{
	size_t digits = 0;

	while (digits < length && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	return digits;
}

static bool read_offset(const char *text, size_t length, int *ret_minutes)
{
	unsigned hours, minutes;

	if (length == 1 && (text[0] == 'Z' || text[0] == 'z')) {
		*ret_minutes = 0;
		return true;
	}
	if (length != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
	    !read_digits(text + 1, 2, &hours) || !read_digits(text + 4, 2, &minutes) ||
	    hours > OFFSET_HOURS_MAX || minutes > 59)
		return false;
	*ret_minutes = (int)(hours * 60 + minutes) * (text[0] == '-' ? -1 : 1);
	return true;
}

/* `minutes`: of the day in UTC, below 0 on the day before, from 1440 on the day after. */
static bool is_within_years(const char *date, int minutes)
{
	if (minutes < 0)
		return memcmp(date, "0001-01-01", DATE_LENGTH) != 0;
	return minutes < MINUTES_OF_DAY || memcmp(date, "9999-12-31", DATE_LENGTH) != 0;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool read_digits(const char *text, unsigned count, unsigned *ret_number)
{
	unsigned number = 0;

	for (unsigned i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	*ret_number = number;
	return true;
}
