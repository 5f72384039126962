#include "worker/stop.h"

#include "common/clock.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct stop {
	int fd;
	_Atomic int64_t deadline_us; /* 0: nobody has asked */
};

bool stop_new(struct stop **ret_stop, struct err *err)
{
	struct stop *stop = calloc(1, sizeof *stop);

	if (stop == NULL)
		abort();
	stop->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stop->fd < 0) {
		free(stop);
		return err_errno(err, "cannot make an eventfd");
	}
	*ret_stop = stop;
	return true;
}

void stop_free(struct stop *stop)
{
	if (stop == NULL)
		return;
	close(stop->fd);
	free(stop);
}

void stop_ask(struct stop *stop, int64_t deadline_us)
{
	static const uint64_t one = 1;
	int64_t nobody = 0;

	if (!atomic_compare_exchange_strong(&stop->deadline_us, &nobody, deadline_us))
		return;
	if (write(stop->fd, &one, sizeof one) != (ssize_t)sizeof one)
		abort();
}

bool stop_is_asked(const struct stop *stop)
{
	return atomic_load(&stop->deadline_us) != 0;
}

bool stop_is_late(const struct stop *stop)
{
	int64_t deadline_us = atomic_load(&stop->deadline_us);

	return deadline_us != 0 && clock_monotonic_us() >= deadline_us;
}

int stop_fd(const struct stop *stop)
{
	return stop->fd;
}

void stop_wait(const struct stop *stop, int other_fd, int64_t timeout_ms)
{
	struct pollfd fds[] = {
	    {.fd = stop->fd, .events = POLLIN},
	    {.fd = other_fd, .events = POLLIN},
	};

	/* A signal ends the wait early, which does no harm. */
	(void)poll(fds, sizeof fds / sizeof fds[0], timeout_ms < 0 ? 0 : (int)timeout_ms);
}
