/*
 * reader: reads a text by one format, up to what it says: what a gate would read if the signature
 * held.  Nobody asks here whether it does.
 */
#ifndef T_READER_H
#define T_READER_H

#include "format/format.h"

#define READER_ROOM ((size_t)1 << 20)

typedef struct {
    const hp_format *format;
    size_t room;    /* bytes of memory that must do, READER_ROOM at most */
    bool opened;    /* is there a proof? */
    hp_proof proof; /* of the last text */
    hp_pass pass;
} reader;

/*
 * HP_OK, or why the text is none of this format.  A reader that allocates, or that has not enough
 * memory, ends the program.
 */
hp_reason reader_read(reader *one, hp_str text);

/* The nth entry of a group of what was read; without one the program ends. */
const hp_node *reader_entry(const reader *one, const char *group, unsigned nth);

/* Its text of that name; empty when there is none. */
hp_str reader_text(const reader *one, const char *group, unsigned nth, const char *name);

#endif
