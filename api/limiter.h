/*
 * Token buckets per key (an address, as a keyed hash), shared by all loops:
 * against guessing of codes and against floods of forms. The table has a fixed
 * size; when it is full the bucket that was idle longest makes room, so that an
 * attacker with many addresses can at worst make buckets fresh, never make us
 * grow. Thread-safe.
 */
#ifndef OSALLISUUS_API_LIMITER_H
#define OSALLISUUS_API_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

struct limiter;

/* `rate` requests in so many seconds, and `burst` at once when nothing came for a while. */
struct limiter *limiter_new(unsigned rate, unsigned seconds, unsigned burst);
void limiter_free(struct limiter *limiter);

/* Takes a token; false when there is none. `key` is a hash: its bits are evenly spread. */
bool limiter_take(struct limiter *limiter, uint64_t key, int64_t now_us);

#endif
