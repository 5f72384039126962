#include "common/uuid.h"

#include "common/clock.h"

#include <uuid/uuid.h>

enum { VERSION_AT = 6, VARIANT_AT = 8, TIME_SIZE = 6 };

static void set_version(struct uuid *uuid, unsigned version);

struct uuid uuid_random(void)
{
	struct uuid uuid;

	uuid_generate_random(uuid.bytes);
	return uuid;
}

struct uuid uuid_time_ordered(void)
{
	struct uuid uuid = uuid_random();
	uint64_t ms = (uint64_t)clock_wall_ms();

	for (unsigned i = 0; i < TIME_SIZE; i++)
		uuid.bytes[i] = (unsigned char)(ms >> (8 * (TIME_SIZE - 1 - i)));
	set_version(&uuid, 7);
	return uuid;
}

struct uuid uuid_from_hash(const unsigned char hash[UUID_SIZE])
{
	struct uuid uuid;

	memcpy(uuid.bytes, hash, sizeof uuid.bytes);
	set_version(&uuid, 8);
	return uuid;
}

bool uuid_read(const char *text, size_t length, struct uuid *ret_uuid)
{
	struct uuid uuid;

	if (length != UUID_TEXT_SIZE - 1 || uuid_parse_range(text, text + length, uuid.bytes) != 0)
		return false;
	*ret_uuid = uuid;
	return true;
}

void uuid_write(const struct uuid *uuid, char ret_text[UUID_TEXT_SIZE])
{
	uuid_unparse_lower(uuid->bytes, ret_text);
}

/* RFC 9562 4.1 and 4.2. */
static void set_version(struct uuid *uuid, unsigned version)
{
	uuid->bytes[VERSION_AT] = (unsigned char)((uuid->bytes[VERSION_AT] & 0x0f) | version << 4);
	uuid->bytes[VARIANT_AT] = (unsigned char)((uuid->bytes[VARIANT_AT] & 0x3f) | 0x80);
}
