/* Reads texts by a format for tests; see reader.h. */
#include "reader.h"

#include "alloc.h"

#include <stdio.h>
#include <stdlib.h>

static void
check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "reader: %s\n", what);
    abort();
}

hp_reason
reader_read(reader *one, hp_str text)
{
    static uint8_t memory[READER_ROOM];
    static const hp_reading how = { .schema = HP_SCHEMA_TOLERANT };
    hp_arena arena = hp_arena_over(memory, one->room);
    hp_reason why = HP_FAULT;

    check(one->room <= sizeof(memory), "too much room");
    one->opened = false;
    one->pass = (hp_pass){ .issued = 0 };
    alloc_start(0);
    if (hp_format_find(text, HP_FORMATS_ALL, &why) == one->format) {
        one->opened = one->format->open(text, &arena, &one->proof, &why);
        if (one->opened && one->format->read(&one->proof, &how, &arena, &one->pass, &why))
            why = HP_OK;
    }
    check(alloc_calls() == 0, "something was allocated");
    check(!arena.full, "there is not room enough");
    return why;
}

const hp_node *
reader_entry(const reader *one, const char *group, unsigned nth)
{
    const hp_node *n = hp_node_member(one->pass.document, hp_str_of(group));

    check(hp_node_is(n, HP_NODE_ARRAY) && n->count > nth, "there is no such entry");
    for (n = n->child; nth > 0; nth--)
        n = n->next;
    return n;
}

hp_str
reader_text(const reader *one, const char *group, unsigned nth, const char *name)
{
    const hp_node *n = hp_node_member(reader_entry(one, group, nth), hp_str_of(name));

    return n != NULL && n->kind == HP_NODE_TEXT ? n->str : (hp_str){ NULL, 0 };
}
