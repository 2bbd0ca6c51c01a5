/*
 * guard: an input right beside an unmapped page, and read-only.
 * Reading one byte too many, or writing at all, ends the test program, with or without
 * a sanitizer.
 */
#ifndef T_GUARD_H
#define T_GUARD_H

#include "base/str.h"

/* Longest input that fits. */
#define GUARD_MAX ((size_t)1 << 20)

/* Copies s so that its last byte is the last one that can be read. */
hp_str guard_end(hp_str s);

/* Copies s so that its first byte is the first one that can be read. */
hp_str guard_start(hp_str s);

/* n writable bytes before an unmapped page, all of them 0xa5; valid until the next call. */
uint8_t *guard_room(size_t n);

#endif
