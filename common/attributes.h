/*
 * Compiler attributes that carry a contract: a result that must be looked at,
 * a format string that is checked.
 */
#ifndef OSALLISUUS_COMMON_ATTRIBUTES_H
#define OSALLISUUS_COMMON_ATTRIBUTES_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))

#endif
