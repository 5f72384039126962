#include "worker/process.h"

#include "common/arena.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/log.h"
#include "worker/array.h"
#include "worker/keeper.h"
#include "worker/runner.h"
#include "worker/stop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum {
	US_PER_S = 1000000,
	JOIN_US = US_PER_S,
	/* Behind the deadline: for giving leases back. Then the process ends whatever the database does. */
	GRACE_S = 3
};

struct process {
	struct stop *stop;
	struct runner **runners;
	size_t runner_count;
	struct keeper *keeper;
	pthread_t signal_thread;
};

static bool make_runners(
    struct process *process, const struct kind *const *kinds, size_t count, struct err *err);
static bool run(struct process *process, struct err *err);
static void keep_until_ended(struct process *process);
static bool join_runners(struct process *process);
static void end_late(struct process *process);
static bool start_signal_thread(struct process *process, struct err *err);
static void *wait_for_signals(void *context);

bool process_run(const struct kind *const *kinds, size_t count, struct err *err)
{
	struct process process = {0};
	bool ok = false;

	if (!stop_new(&process.stop, err))
		return false;
	if (!make_runners(&process, kinds, count, err))
		goto out;
	process.keeper = keeper_new(kinds, count, process.stop);
	if (!start_signal_thread(&process, err))
		goto out;
	ok = run(&process, err);
	(void)pthread_cancel(process.signal_thread);
	(void)pthread_join(process.signal_thread, NULL);
out:
	keeper_free(process.keeper);
	for (size_t i = 0; i < process.runner_count; i++)
		runner_free(process.runners[i]);
	free(process.runners);
	stop_free(process.stop);
	return ok;
}

static bool make_runners(
    struct process *process, const struct kind *const *kinds, size_t count, struct err *err)
{
	size_t threads = 0;

	for (size_t i = 0; i < count; i++)
		threads += (size_t)kinds[i]->threads;
	process->runners = calloc(threads > 0 ? threads : 1, sizeof(struct runner *));
	if (process->runners == NULL)
		abort();
	for (size_t i = 0; i < count; i++) {
		for (int n = 0; n < kinds[i]->threads; n++) {
			if (!runner_new(
				kinds[i], process->stop, &process->runners[process->runner_count], err))
				return false;
			process->runner_count++;
		}
	}
	return true;
}

/* The slot, and with it the leases that an earlier process left, comes before the first claim. */
static bool run(struct process *process, struct err *err)
{
	const char *slot = keeper_take_slot(process->keeper);

	if (slot == NULL)
		return true;
	for (size_t i = 0; i < process->runner_count; i++) {
		if (!runner_start(process->runners[i], slot, err)) {
			stop_ask(process->stop, clock_monotonic_us());
			break;
		}
	}
	log_event(
	    LOG_INFO, "started", log_text("slot", slot), log_int("runners", (int64_t)process->runner_count));
	keep_until_ended(process);
	return err->code == NULL;
}

static void keep_until_ended(struct process *process)
{
	while (!stop_is_asked(process->stop)) {
		keeper_turn(process->keeper, process->runners, process->runner_count);
		stop_wait(process->stop, -1, keeper_wait_ms(process->keeper));
	}
	log_event(LOG_INFO, "stopping", log_int("seconds", config_int("STOP_S")));
	while (!join_runners(process)) {
		if (stop_is_late(process->stop))
			end_late(process);
		keeper_turn(process->keeper, process->runners, process->runner_count);
	}
	keeper_leave(process->keeper, process->runners, process->runner_count);
	log_event(LOG_INFO, "stopped", log_bool("late", false));
}

static bool join_runners(struct process *process)
{
	int64_t until_us = clock_monotonic_us() + JOIN_US;
	bool all = true;

	for (size_t i = 0; i < process->runner_count; i++)
		all = runner_join(process->runners[i], until_us) && all;
	return all;
}

/* Threads still run, so nothing can be freed. Their transactions end with the process, uncommitted. */
static void end_late(struct process *process)
{
	keeper_leave(process->keeper, process->runners, process->runner_count);
	log_event(LOG_WARNING, "stopped", log_bool("late", true));
	_exit(EXIT_SUCCESS);
}

static bool start_signal_thread(struct process *process, struct err *err)
{
	sigset_t signals;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGPIPE);
	/* Threads inherit the mask: signals come to the one that waits for them. */
	if (pthread_sigmask(SIG_BLOCK, &signals, NULL) != 0)
		return err_set(err, "system", "cannot block signals");
	if (pthread_create(&process->signal_thread, NULL, wait_for_signals, process->stop) != 0)
		return err_set(err, "system", "cannot start a thread");
	return true;
}

static void *wait_for_signals(void *context)
{
	struct stop *stop = context;
	int64_t stop_s = config_int("STOP_S");
	const struct timespec patience = {.tv_sec = stop_s + GRACE_S};
	sigset_t signals;
	int number;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	while (sigwait(&signals, &number) != 0)
		;
	stop_ask(stop, clock_monotonic_us() + stop_s * US_PER_S);
	while (sigtimedwait(&signals, NULL, &patience) >= 0 || errno == EINTR)
		;
	/* A call to the database does not come back. */
	log_event(LOG_WARNING, "stopped", log_bool("late", true));
	_exit(EXIT_SUCCESS);
}
