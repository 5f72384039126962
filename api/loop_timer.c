#include "api/loop_timer.h"

#include "api/loop.h"

#include <event2/event.h>
#include <stdlib.h>

struct loop_timer {
	struct event *event;
	loop_timer_function *function;
	void *context;
};

static void on_time(evutil_socket_t fd, short what, void *context);

struct loop_timer *loop_timer_new(
    struct loop *loop, unsigned milliseconds, loop_timer_function *function, void *context)
{
	struct loop_timer *timer = calloc(1, sizeof *timer);
	struct timeval every = {
	    .tv_sec = milliseconds / 1000, .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000};

	if (timer == NULL)
		abort();
	timer->function = function;
	timer->context = context;
	timer->event = event_new(loop_base(loop), -1, EV_PERSIST, on_time, timer);
	if (timer->event == NULL || event_add(timer->event, &every) != 0)
		abort();
	return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

static void on_time(evutil_socket_t fd, short what, void *context)
{
	struct loop_timer *timer = context;

	(void)fd;
	(void)what;
	timer->function(timer->context);
}
