/* say.h: a line for whoever looks after the helper, on standard error; never what was scanned. */
#ifndef HP_SCAN_SAY_H
#define HP_SCAN_SAY_H

void hp_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
