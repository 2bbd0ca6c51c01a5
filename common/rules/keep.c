/* Memory that ends as a whole: a chain of arenas; see keep.h. */
#include "rules/keep.h"

#include "base/arena.h"

#include <stdlib.h>

#define BLOCK (16u * 1024)

struct hp_keep_block {
    hp_keep_block *before;
    hp_arena arena;
    alignas(max_align_t) uint8_t bytes[];
};

/* What is left of the last block is left alone, should the piece not fit. */
static bool
grow(hp_keep *keep, size_t n)
{
    size_t room = n > BLOCK ? n : BLOCK;
    hp_keep_block *block = n > SIZE_MAX / 2 ? NULL : malloc(sizeof(*block) + room);

    if (block == NULL)
        return false;
    block->before = keep->last;
    block->arena = hp_arena_over(block->bytes, room);
    keep->last = block;
    return true;
}

void *
hp_keep_take(hp_keep *keep, size_t n)
{
    void *p = keep->last != NULL ? hp_arena_take(&keep->last->arena, n) : NULL;

    if (p == NULL && grow(keep, n))
        p = hp_arena_take(&keep->last->arena, n);
    return p;
}

char *
hp_keep_text(hp_keep *keep, hp_str text)
{
    char *copy = hp_keep_take(keep, text.n + 1);

    if (copy == NULL)
        return NULL;
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return copy;
}

void
hp_keep_free(hp_keep *keep)
{
    hp_keep_block *block, *before;

    for (block = keep->last; block != NULL; block = before) {
        before = block->before;
        free(block);
    }
    keep->last = NULL;
}
