/*
 * hp_error: one message for the person who set something up wrong.
 * It names the file (and line or key), what was wrong and what was expected, and
 * never holds anything of a pass or a key.
 */
#ifndef HP_BASE_ERROR_H
#define HP_BASE_ERROR_H

#define HP_ERROR_MAX 1024

typedef struct {
    char text[HP_ERROR_MAX];
} hp_error;

/* Writes the message as printf would; a longer one is cut.  e may be NULL. */
void hp_error_set(hp_error *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
