#include "api/pg_flight.h"

#include "api/pg_shared.h"
#include "common/arena.h"

#include <event2/event.h>
#include <libpq-fe.h>

#include <assert.h>

enum { STUCK_US = 100000 };   /* no further batch is sent behind one as old as this */
enum { BULK_STATEMENTS = 8 }; /* that may stand in one batch: its queries share executions */

static struct pg_batch *next_batch(const struct pg_flight *flight);
static struct pg_batch *land(struct pg_flight *flight);

void pg_flight_init(struct pg_flight *flight, struct arena *arena, struct pg_lane *lane)
{
	const struct pg_lane_rules *rules = pg_lane_rules(lane);
	unsigned query_max = rules->shares ? pg_lane_shared(lane)->options.batch : 1;

	if (rules->batch > 0)
		query_max = BULK_STATEMENTS;

	assert(rules->in_flight <= PG_FLIGHT_MAX && rules->again_in_flight <= PG_FLIGHT_MAX);
	flight->lane = lane;
	for (unsigned i = 0; i < PG_FLIGHT_MAX; i++)
		flight->batches[i] = pg_batch_new(arena, lane, query_max);
}

void pg_flight_release(struct pg_flight *flight)
{
	pg_prepared_release(&flight->prepared);
}

bool pg_flight_has_room(const struct pg_flight *flight, unsigned most, int64_t now_us)
{
	if (flight->count >= most)
		return false;
	return flight->count == 0 || now_us - pg_flight_oldest_us(flight) < STUCK_US;
}

void pg_flight_add(struct pg_flight *flight, struct pg_query *query)
{
	pg_batch_add(next_batch(flight), query, &flight->prepared);
}

bool pg_flight_send(struct pg_flight *flight, PGconn *pg, int64_t now_us)
{
	struct pg_batch *batch = next_batch(flight);

	flight->count++;
	return pg_batch_send(batch, pg, now_us);
}

int64_t pg_flight_oldest_us(const struct pg_flight *flight)
{
	return pg_batch_sent_us(flight->batches[flight->first]);
}

enum pg_progress pg_flight_take(struct pg_flight *flight, PGconn *pg)
{
	enum pg_progress ret = PG_PROGRESS_PAUSED;
	unsigned pauses = 0; /* one NULL stands between results, two are the end */

	while (PQisBusy(pg) == 0 && flight->count > 0 && pauses < 2) {
		enum pg_progress progress =
		    pg_batch_take(flight->batches[flight->first], PQgetResult(pg), &flight->prepared);

		pauses = progress == PG_PROGRESS_PAUSED ? pauses + 1 : 0;
		if (progress == PG_PROGRESS_ENDED)
			return PG_PROGRESS_ENDED;
		if (progress == PG_PROGRESS_STALE)
			ret = PG_PROGRESS_STALE;
		if (progress == PG_PROGRESS_SYNCED)
			pg_batch_settle(land(flight));
	}
	return ret;
}

void pg_flight_abandon(struct pg_flight *flight)
{
	pg_prepared_forget_all(&flight->prepared);
	while (flight->count > 0)
		pg_batch_abandon(land(flight));
}

static struct pg_batch *next_batch(const struct pg_flight *flight)
{
	return flight->batches[(flight->first + flight->count) % PG_FLIGHT_MAX];
}

/* What waits can go now, together with what comes in the rest of this turn. */
static struct pg_batch *land(struct pg_flight *flight)
{
	struct pg_batch *batch = flight->batches[flight->first];

	flight->first = (flight->first + 1) % PG_FLIGHT_MAX;
	flight->count--;
	pg_lane_landed(flight->lane, pg_batch_sent_us(batch));
	event_active(pg_lane_shared(flight->lane)->turn, EV_TIMEOUT, 0);
	return batch;
}
