#include "common/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

enum { ERRNO_TEXT_MAX = 96 };

/* Names in parentheses are the functions, not the macros that err.h lays over them. */
bool(err_set)(struct err *err, const char *code, const char *format, ...)
{
	va_list arguments;

	assert(err != NULL && code != NULL);
	if (err->code != NULL)
		return false;
	err->code = code;
	va_start(arguments, format);
	(void)vsnprintf(err->message, sizeof err->message, format, arguments);
	va_end(arguments);
	return false;
}

bool(err_errno)(struct err *err, const char *format, ...)
{
	int number = errno;
	char space[ERRNO_TEXT_MAX];
	va_list arguments;
	size_t length;

	assert(err != NULL);
	if (err->code != NULL)
		return false;
	err->code = "system";
	va_start(arguments, format);
	(void)vsnprintf(err->message, sizeof err->message, format, arguments);
	va_end(arguments);
	length = strlen(err->message);
	(void)snprintf(err->message + length, sizeof err->message - length, ": %s",
	    strerror_r(number, space, sizeof space));
	return false;
}
