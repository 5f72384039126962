#include "api/loop.h"
#include "tests/unit/unit.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { CALLERS = 4, CALLS = 2000 };

struct noted {
	pthread_t thread;       /* of init */
	unsigned next[CALLERS]; /* touched on the loop only */
	atomic_uint calls;
	bool elsewhere, out_of_order;
	unsigned signals;
};

struct ticket {
	struct noted *noted;
	unsigned caller, number;
};

struct caller {
	struct loop *loop;
	struct ticket tickets[CALLS];
};

static bool note_thread(struct loop *loop, void *context, struct err *err)
{
	struct noted *noted = context;

	(void)loop;
	(void)err;
	noted->thread = pthread_self();
	return true;
}

static bool refuse(struct loop *loop, void *context, struct err *err)
{
	(void)loop;
	(void)context;
	return err_set(err, "system", "init says no");
}

static void take_ticket(struct loop *loop, void *context)
{
	struct ticket *ticket = context;
	struct noted *noted = ticket->noted;

	noted->elsewhere |= !pthread_equal(pthread_self(), noted->thread) || loop_context(loop) != noted;
	noted->out_of_order |= noted->next[ticket->caller]++ != ticket->number;
	atomic_fetch_add(&noted->calls, 1);
}

static void *call_often(void *context)
{
	struct caller *caller = context;

	for (unsigned i = 0; i < CALLS; i++)
		loop_call(caller->loop, take_ticket, &caller->tickets[i]);
	return NULL;
}

static struct loop *new_loop(void)
{
	struct loop *loop = NULL;
	struct err err = {0};

	assert_true(loop_new(3, &loop, &err));
	assert_int_equal(loop_index(loop), 3);
	return loop;
}

static void calls_of_many_threads_run_on_the_loop_in_the_order_of_each(void **state)
{
	static struct caller callers[CALLERS];
	struct noted noted = {0};
	pthread_t threads[CALLERS];
	struct loop *loop = new_loop();
	struct err err = {0};

	(void)state;
	assert_true(loop_start(loop, note_thread, &noted, &err));
	for (unsigned i = 0; i < CALLERS; i++) {
		callers[i].loop = loop;
		for (unsigned number = 0; number < CALLS; number++)
			callers[i].tickets[number] = (struct ticket){&noted, i, number};
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, &callers[i]), 0);
	}
	for (unsigned i = 0; i < CALLERS; i++)
		pthread_join(threads[i], NULL);
	loop_stop(loop);
	loop_join(loop);
	loop_free(loop);
	assert_int_equal(noted.calls, CALLERS * CALLS);
	assert_false(noted.elsewhere);
	assert_false(noted.out_of_order);
}

static void a_failing_init_is_the_failure_of_the_start(void **state)
{
	struct loop *loop = new_loop();
	struct err err = {0};

	(void)state;
	assert_false(loop_start(loop, refuse, NULL, &err));
	assert_string_equal(err.message, "init says no");
	loop_free(loop);
}

static void calls_that_never_ran_are_dropped_with_the_loop(void **state)
{
	struct loop *loop = new_loop();
	struct noted noted = {0};
	struct ticket ticket = {.noted = &noted};

	(void)state;
	loop_call(loop, take_ticket, &ticket);
	loop_free(loop);
	assert_int_equal(noted.calls, 0);
}

static void stop_at_signal(struct loop *loop, void *context)
{
	struct noted *noted = context;

	noted->signals++;
	loop_stop(loop);
}

static bool wait_for_signal(struct loop *loop, void *context, struct err *err)
{
	(void)context;
	return loop_on_signal(loop, SIGUSR1, stop_at_signal, err);
}

static void a_signal_runs_its_function_on_the_loop(void **state)
{
	struct loop *loop = new_loop();
	struct noted noted = {0};
	struct err err = {0};

	(void)state;
	assert_true(loop_start(loop, wait_for_signal, &noted, &err));
	assert_int_equal(raise(SIGUSR1), 0);
	loop_join(loop);
	loop_free(loop);
	assert_int_equal(noted.signals, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_of_many_threads_run_on_the_loop_in_the_order_of_each),
	    cmocka_unit_test(a_failing_init_is_the_failure_of_the_start),
	    cmocka_unit_test(calls_that_never_ran_are_dropped_with_the_loop),
	    cmocka_unit_test(a_signal_runs_its_function_on_the_loop),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
