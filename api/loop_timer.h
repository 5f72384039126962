/* A function that runs again and again on a loop, until it is freed there. */
#ifndef OSALLISUUS_API_LOOP_TIMER_H
#define OSALLISUUS_API_LOOP_TIMER_H

struct loop;
struct loop_timer;

typedef void loop_timer_function(void *context);

/* The first time after `milliseconds`; may free itself from its function. */
struct loop_timer *loop_timer_new(
    struct loop *loop, unsigned milliseconds, loop_timer_function *function, void *context);
void loop_timer_free(struct loop_timer *timer); /* NULL is fine */

#endif
