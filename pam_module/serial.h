/*
 * serial.h: a scanner that is a serial line (USB-COM, /dev/ttyACM0), and the text of one code from
 * it, or from any other descriptor that brings one.
 */
#ifndef HP_PAM_SERIAL_H
#define HP_PAM_SERIAL_H

#include "base/error.h"
#include "base/str.h"

#include <termios.h>

typedef struct {
    int fd;
    struct termios before; /* what is put back */
} hp_serial;

typedef enum {
    HP_SERIAL_OPEN,
    HP_SERIAL_ABSENT, /* there is none now */
    HP_SERIAL_BUSY,   /* another program has it */
    HP_SERIAL_WRONG,  /* it is not root's, or everybody's, or no terminal */
    HP_SERIAL_FAILED
} hp_serial_state;

/*
 * Opens the line for us alone, as raw as it can be, and throws away what came before: the visitor
 * before leaves his scan there.  Other than HP_SERIAL_OPEN: *error says why, with the path.
 */
hp_serial_state hp_serial_open(const char *path, hp_serial *serial, hp_error *error);

/* Puts everything back and closes.  Harmless without an open line. */
void hp_serial_close(hp_serial *serial);

typedef enum {
    HP_TAKE_TEXT,
    HP_TAKE_NONE, /* nothing came until the deadline */
    HP_TAKE_LONG, /* it does not fit */
    HP_TAKE_LEFT, /* who asked has hung up */
    HP_TAKE_GONE  /* what should bring it has */
} hp_take;

/*
 * Reads one text of less than room bytes: up to the first line end behind something, or what came
 * when nothing follows for half a second, or up to the end of a pipe.  fd does not block; of one
 * that is longer the rest is read, too, and lost.  asks: a
 * descriptor that hangs up when nobody waits any more, or -1.  What was read stays in to, in any
 * case, to be wiped.
 */
hp_take hp_take_text(int fd, int asks, double deadline, uint8_t *to, size_t room, size_t *n);

#endif
