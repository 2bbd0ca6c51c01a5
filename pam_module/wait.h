/*
 * wait.h: waiting for descriptors, never longer than until a moment of the monotonic clock.
 */
#ifndef HP_PAM_WAIT_H
#define HP_PAM_WAIT_H

#include <poll.h>

/* Seconds of a clock that nobody sets; NAN without one. */
double hp_clock(void);

/*
 * As poll(2), but signals neither end it nor make it longer.  0 at the deadline, also for a clock
 * that is gone, or a deadline that is NAN; -1 where poll fails.
 */
int hp_wait(struct pollfd *fds, nfds_t n, double deadline);

#endif
