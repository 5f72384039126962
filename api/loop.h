/*
 * A loop: one thread with its own event_base. What lives on a loop (servers,
 * connections to PostgreSQL, timers) is made, used and freed on its thread
 * only; loop_call is the one way in from other threads.
 *
 * The thread has SIGPIPE blocked. Other signals are blocked as they are in the
 * thread that calls loop_start, so main blocks those it wants to wait for
 * before it starts loops; or a loop takes them with loop_on_signal.
 */
#ifndef OSALLISUUS_API_LOOP_H
#define OSALLISUUS_API_LOOP_H

#include "common/attributes.h"
#include "common/err.h"

#include <stdbool.h>

struct event_base;
struct loop;

/* Both run on the loop's thread. */
typedef bool loop_init(struct loop *loop, void *context, struct err *err);
typedef void loop_function(struct loop *loop, void *context);

MUST_USE bool loop_new(unsigned index, struct loop **ret_loop, struct err *err);
unsigned loop_index(const struct loop *loop);
struct event_base *loop_base(const struct loop *loop);

/*
 * Starts the thread, runs init on it and waits for its result. When init
 * fails the thread has ended and err is init's. `context` is also what
 * loop_context returns, for what is called later.
 */
MUST_USE bool loop_start(struct loop *loop, loop_init *init, void *context, struct err *err);
void *loop_context(const struct loop *loop);

/* From any thread: runs the function on the loop, in the order of the calls. What comes after loop_stop never
 * runs. */
void loop_call(struct loop *loop, loop_function *function, void *context);

/*
 * One loop of the process, from its init: the function runs on it when the
 * signal comes. Each signal once.
 */
MUST_USE bool loop_on_signal(struct loop *loop, int signal_number, loop_function *function, struct err *err);

/* From any thread, after all calls made before. */
void loop_stop(struct loop *loop);
/* Waits until the thread has ended. */
void loop_join(struct loop *loop);
/* A loop that was never started, or was joined; NULL is fine. */
void loop_free(struct loop *loop);

#endif
