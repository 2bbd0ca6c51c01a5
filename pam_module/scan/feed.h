/*
 * feed.h: what brings the codes: a serial scanner, standard input, or a command that is run for
 * each of them.
 */
#ifndef HP_SCAN_FEED_H
#define HP_SCAN_FEED_H

#include "../wire.h"

/* One of the three. */
typedef struct {
    const char *device;   /* absolute path */
    char *const *command; /* argv, NULL at its end */
    bool input;           /* standard input, which does not block */
} hp_feed;

/*
 * Waits for one code until the deadline, and *word is what became of it; its text has *n of fewer
 * than room bytes.  What is used, is given back before it returns.  False: who asks has hung up.
 */
bool hp_feed_scan(const hp_feed *feed, int asks, double deadline, uint8_t *text, size_t room,
                  size_t *n, hp_scan_word *word);

/* Throws away what standard input has.  False: it has ended. */
bool hp_feed_drain(void);

#endif
