/* UUIDs as 16 bytes; texts are lower case, 36 characters. */
#ifndef OSALLISUUS_COMMON_UUID_H
#define OSALLISUUS_COMMON_UUID_H

#include "common/attributes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_SIZE = 16, UUID_TEXT_SIZE = 37 };

struct uuid {
	unsigned char bytes[UUID_SIZE];
};

struct uuid uuid_random(void);       /* version 4: tells nothing, not even when */
struct uuid uuid_time_ordered(void); /* version 7, RFC 9562: clock_wall_ms and 74 random bits */
struct uuid uuid_from_hash(const unsigned char hash[UUID_SIZE]); /* version 8: shaped over a keyed hash */

/* Either case, exactly 8-4-4-4-12 hex digits; *ret_uuid is untouched on failure. */
MUST_USE bool uuid_read(const char *text, size_t length, struct uuid *ret_uuid);
void uuid_write(const struct uuid *uuid, char ret_text[UUID_TEXT_SIZE]);

#endif
