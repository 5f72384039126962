#include "api/loop.h"

#include "common/arena.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct call {
	struct call *next;
	loop_function *function;
	void *context;
};

struct signal_handler {
	struct signal_handler *next;
	struct loop *loop;
	struct event *event;
	loop_function *function;
};

enum loop_state { LOOP_NEW, LOOP_RUNNING, LOOP_FAILED };

struct loop {
	unsigned index;
	struct event_base *base;
	struct event *wake;
	int wake_fd;
	struct signal_handler *signals;
	loop_init *init;
	void *context;
	struct err *init_err; /* of loop_start, which waits */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t started;
	enum loop_state state;
	struct call *first, *last;
};

static bool make_base(struct loop *loop, struct err *err);
static void *run(void *context);
static void block_sigpipe(void);
static void tell_start(struct loop *loop, enum loop_state state);
static void on_wake(int fd, short what, void *context);
static struct call *take_calls(struct loop *loop);
static void on_signal(int signal_number, short what, void *context);
static void stop_here(struct loop *loop, void *context);

bool loop_new(unsigned index, struct loop **ret_loop, struct err *err)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (!loop || pthread_mutex_init(&loop->lock, NULL) != 0 ||
	    pthread_cond_init(&loop->started, NULL) != 0)
		abort();
	loop->index = index;
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0) {
		(void)err_errno(err, "cannot make the eventfd of a loop");
		loop_free(loop);
		return false;
	}
	if (!make_base(loop, err)) {
		loop_free(loop);
		return false;
	}
	*ret_loop = loop;
	return true;
}

unsigned loop_index(const struct loop *loop)
{
	return loop->index;
}

struct event_base *loop_base(const struct loop *loop)
{
	return loop->base;
}

void *loop_context(const struct loop *loop)
{
	return loop->context;
}

bool loop_start(struct loop *loop, loop_init *init, void *context, struct err *err)
{
	enum loop_state state;

	loop->init = init;
	loop->context = context;
	loop->init_err = err;
	if (pthread_create(&loop->thread, NULL, run, loop) != 0)
		return err_set(err, "system", "cannot start the thread of a loop");
	pthread_mutex_lock(&loop->lock);
	while (loop->state == LOOP_NEW)
		pthread_cond_wait(&loop->started, &loop->lock);
	state = loop->state;
	pthread_mutex_unlock(&loop->lock);
	if (state == LOOP_FAILED)
		loop_join(loop);
	return state == LOOP_RUNNING;
}

void loop_call(struct loop *loop, loop_function *function, void *context)
{
	struct call *call = malloc(sizeof *call);
	uint64_t one = 1;

	if (!call)
		abort();
	*call = (struct call){.function = function, .context = context};
	pthread_mutex_lock(&loop->lock);
	if (loop->last)
		loop->last->next = call;
	else
		loop->first = call;
	loop->last = call;
	/* Inside the lock, so that the loop is not freed between; it fails only when the counter is full:
	 * awake. */
	if (write(loop->wake_fd, &one, sizeof one) < 0)
		(void)one;
	pthread_mutex_unlock(&loop->lock);
}

bool loop_on_signal(struct loop *loop, int signal_number, loop_function *function, struct err *err)
{
	struct signal_handler *handler = calloc(1, sizeof *handler);

	if (!handler)
		abort();
	handler->loop = loop;
	handler->function = function;
	handler->event = evsignal_new(loop->base, signal_number, on_signal, handler);
	if (!handler->event || event_add(handler->event, NULL) < 0) {
		if (handler->event)
			event_free(handler->event);
		free(handler);
		return err_set(err, "system", "cannot take signal %d", signal_number);
	}
	handler->next = loop->signals;
	loop->signals = handler;
	return true;
}

void loop_stop(struct loop *loop)
{
	loop_call(loop, stop_here, NULL);
}

void loop_join(struct loop *loop)
{
	(void)pthread_join(loop->thread, NULL);
}

void loop_free(struct loop *loop)
{
	struct call *call;

	if (!loop)
		return;
	call = take_calls(loop);
	while (call) {
		struct call *next = call->next;

		free(call);
		call = next;
	}
	while (loop->signals) {
		struct signal_handler *handler = loop->signals;

		loop->signals = handler->next;
		event_free(handler->event);
		free(handler);
	}
	if (loop->wake)
		event_free(loop->wake);
	if (loop->base)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	pthread_cond_destroy(&loop->started);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

/* No locks in the base: it is used by one thread only. */
static bool make_base(struct loop *loop, struct err *err)
{
	struct event_config *config = event_config_new();

	if (!config || event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) < 0)
		abort();
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!loop->base)
		return err_set(err, "system", "cannot make an event base");
	loop->wake = event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, on_wake, loop);
	if (!loop->wake || event_add(loop->wake, NULL) < 0)
		return err_set(err, "system", "cannot make the wake event of a loop");
	return true;
}

static void *run(void *context)
{
	struct loop *loop = context;
	bool ok;

	block_sigpipe();
	ok = loop->init(loop, loop->context, loop->init_err);
	tell_start(loop, ok ? LOOP_RUNNING : LOOP_FAILED);
	if (ok)
		(void)event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	arena_thread_release();
	return NULL;
}

static void block_sigpipe(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void tell_start(struct loop *loop, enum loop_state state)
{
	pthread_mutex_lock(&loop->lock);
	loop->state = state;
	pthread_cond_signal(&loop->started);
	pthread_mutex_unlock(&loop->lock);
}

static void on_wake(int fd, short what, void *context)
{
	struct loop *loop = context;
	struct call *call;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) < 0)
		return;
	call = take_calls(loop);
	while (call) {
		struct call *next = call->next;

		call->function(loop, call->context);
		free(call);
		call = next;
	}
}

static struct call *take_calls(struct loop *loop)
{
	struct call *first;

	pthread_mutex_lock(&loop->lock);
	first = loop->first;
	loop->first = NULL;
	loop->last = NULL;
	pthread_mutex_unlock(&loop->lock);
	return first;
}

static void on_signal(int signal_number, short what, void *context)
{
	struct signal_handler *handler = context;

	(void)signal_number;
	(void)what;
	handler->function(handler->loop, handler->loop->context);
}

static void stop_here(struct loop *loop, void *context)
{
	(void)context;
	(void)event_base_loopexit(loop->base, NULL);
}
