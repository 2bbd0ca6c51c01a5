/* A source's row, read; see source_row.h. */
#include "check/source_row.h"

void
hp_source_row_read(hp_cur *c, hp_source *s)
{
    size_t i;
    uint32_t count;

    hp_row_text(c, s->name, sizeof(s->name));
    hp_row_text(c, s->feed, sizeof(s->feed));
    s->issued = hp_row_date(c);
    s->dated = hp_row_date(c);
    s->expires = hp_row_date(c);
    s->fetched = hp_row_date(c);
    s->max_age = hp_row_date(c);
    s->is_signed = hp_row_number(c, 4) != 0;
    hp_row_bytes(c, s->signer, sizeof(s->signer));
    hp_row_bytes(c, s->digest, sizeof(s->digest));
    s->entries = (uint32_t)hp_row_number(c, 4);
    s->keys = (uint32_t)hp_row_number(c, 4);
    for (i = 0; i < HP_SOURCE_SKIPS; i++) {
        count = (uint32_t)hp_row_number(c, 4);
        if (i < HP_SKIP_KINDS)
            s->skipped[i] = count;
    }
}
