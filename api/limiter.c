#include "api/limiter.h"

#include <pthread.h>
#include <stdlib.h>

enum { STRIPES = 64, WAYS = 8, SETS = 128 };

struct bucket {
	uint64_t key; /* 0: free */
	int64_t seen_us;
	int64_t tokens_us; /* tokens, as the time in which they come */
};

struct stripe {
	pthread_mutex_t mutex;
	struct bucket buckets[SETS][WAYS];
};

struct limiter {
	int64_t token_us; /* time in which one token comes */
	int64_t most_us;
	struct stripe stripes[STRIPES];
};

static struct bucket *bucket_find(
    struct stripe *stripe, const struct limiter *limiter, uint64_t key, int64_t now_us);

struct limiter *limiter_new(unsigned rate, unsigned seconds, unsigned burst)
{
	struct limiter *limiter = calloc(1, sizeof *limiter);

	if (limiter == NULL)
		abort();
	limiter->token_us = (int64_t)seconds * 1000000 / (int64_t)rate;
	limiter->most_us = limiter->token_us * (int64_t)burst;
	for (unsigned i = 0; i < STRIPES; i++)
		pthread_mutex_init(&limiter->stripes[i].mutex, NULL);
	return limiter;
}

void limiter_free(struct limiter *limiter)
{
	if (limiter == NULL)
		return;
	for (unsigned i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&limiter->stripes[i].mutex);
	free(limiter);
}

bool limiter_take(struct limiter *limiter, uint64_t key, int64_t now_us)
{
	struct stripe *stripe = &limiter->stripes[key % STRIPES];
	struct bucket *bucket;
	bool taken;

	pthread_mutex_lock(&stripe->mutex);
	bucket = bucket_find(stripe, limiter, key, now_us);
	if (now_us > bucket->seen_us) {
		bucket->tokens_us += now_us - bucket->seen_us;
		bucket->seen_us = now_us;
	}
	if (bucket->tokens_us > limiter->most_us)
		bucket->tokens_us = limiter->most_us;
	taken = bucket->tokens_us >= limiter->token_us;
	if (taken)
		bucket->tokens_us -= limiter->token_us;
	pthread_mutex_unlock(&stripe->mutex);
	return taken;
}

/* The key's bucket; a new one is full and takes the place of the one that was idle longest. */
static struct bucket *bucket_find(
    struct stripe *stripe, const struct limiter *limiter, uint64_t key, int64_t now_us)
{
	struct bucket *set = stripe->buckets[(key / STRIPES) % SETS];
	struct bucket *oldest = &set[0];

	if (key == 0)
		key = 1;
	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].seen_us < oldest->seen_us)
			oldest = &set[i];
	}
	*oldest = (struct bucket){.key = key, .seen_us = now_us, .tokens_us = limiter->most_us};
	return oldest;
}
