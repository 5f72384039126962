/*
 * Functions that are too easy to misuse become compile errors. Every source
 * file gets this header from the command line (-include common/banned.h).
 */
#ifndef OSALLISUUS_COMMON_BANNED_H
#define OSALLISUUS_COMMON_BANNED_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison atoi atol atoll atof gmtime localtime ctime asctime rand srand tmpnam mktemp

#endif
