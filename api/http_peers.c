#include "api/http_connection.h"

#include <assert.h>
#include <pthread.h>

/*
 * A chained hash table under one mutex: it is touched when a connection opens
 * and when it closes, never by a request. An IPv6 subscriber has a network of
 * 64 bits, so that is what counts as one peer.
 */
enum { BUCKETS = 1024, PREFIX_BYTES = 8 };

struct peer {
	struct peer *next;
	struct in6_addr address;
	unsigned count;
};

struct http_peers {
	pthread_mutex_t lock;
	struct peer *buckets[BUCKETS];
};

static struct in6_addr network_of(const struct in6_addr *address);
static struct peer **bucket_of(struct http_peers *peers, const struct in6_addr *network);
static struct peer *add(struct peer **bucket, const struct in6_addr *network);

struct http_peers *http_peers_new(void)
{
	struct http_peers *peers = calloc(1, sizeof *peers);

	if (!peers || pthread_mutex_init(&peers->lock, NULL) != 0)
		abort();
	return peers;
}

void http_peers_free(struct http_peers *peers)
{
	if (!peers)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		assert(!peers->buckets[i]);
	pthread_mutex_destroy(&peers->lock);
	free(peers);
}

bool http_peers_enter(struct http_peers *peers, const struct in6_addr *address, unsigned most)
{
	struct in6_addr network = network_of(address);
	struct peer **bucket = bucket_of(peers, &network);
	struct peer *peer;
	bool entered;

	pthread_mutex_lock(&peers->lock);
	peer = *bucket;
	while (peer && memcmp(&peer->address, &network, sizeof network) != 0)
		peer = peer->next;
	if (!peer)
		peer = add(bucket, &network);
	entered = most == 0 || peer->count < most;
	if (entered)
		peer->count++;
	pthread_mutex_unlock(&peers->lock);
	return entered;
}

void http_peers_leave(struct http_peers *peers, const struct in6_addr *address)
{
	struct in6_addr network = network_of(address);
	struct peer **place = bucket_of(peers, &network);

	pthread_mutex_lock(&peers->lock);
	while (*place && memcmp(&(*place)->address, &network, sizeof network) != 0)
		place = &(*place)->next;
	assert(*place && (*place)->count > 0);
	if (*place && --(*place)->count == 0) {
		struct peer *gone = *place;

		*place = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&peers->lock);
}

static struct in6_addr network_of(const struct in6_addr *address)
{
	struct in6_addr network = *address;

	if (!IN6_IS_ADDR_V4MAPPED(address))
		memset(network.s6_addr + PREFIX_BYTES, 0, sizeof network.s6_addr - PREFIX_BYTES);
	return network;
}

static struct peer **bucket_of(struct http_peers *peers, const struct in6_addr *network)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a: no attacker chooses more than a few networks */

	for (size_t i = 0; i < sizeof network->s6_addr; i++)
		hash = (hash ^ network->s6_addr[i]) * 1099511628211u;
	return &peers->buckets[(hash ^ hash >> 32) % BUCKETS];
}

static struct peer *add(struct peer **bucket, const struct in6_addr *network)
{
	struct peer *peer = calloc(1, sizeof *peer);

	if (!peer)
		abort();
	peer->address = *network;
	peer->next = *bucket;
	*bucket = peer;
	return peer;
}
