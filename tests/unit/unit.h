/* What every cmocka program includes, in the order that cmocka asks for. */
#ifndef OSALLISUUS_TESTS_UNIT_UNIT_H
#define OSALLISUUS_TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

/* Runs in a child process: true when it ended by abort(). Nothing of its standard error is shown. */
bool unit_aborts(void (*run)(void));

#endif
