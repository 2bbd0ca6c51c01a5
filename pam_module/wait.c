/* A guest has neither alarm nor thread: poll(2), again and again until the deadline. */
#include "wait.h"

#include <errno.h>
#include <math.h>
#include <time.h>

/* The longest that one poll() waits; its argument is an int of milliseconds. */
#define ROUND 60.0

double
hp_clock(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return NAN;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
hp_wait(struct pollfd *fds, nfds_t n, double deadline)
{
    double left;
    int ready;

    for (;;) {
        left = deadline - hp_clock();
        if (!(left > 0))
            return 0;
        ready = poll(fds, n, (int)(fmin(left, ROUND) * 1e3) + 1);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return ready;
    }
}
