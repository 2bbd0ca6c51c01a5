/* A source's row, written; see source_row.h. */
#include "check/source_row.h"

void
hp_source_row_write(uint8_t **to, const hp_source *s)
{
    size_t i;

    hp_row_put_bytes(to, s->name, sizeof(s->name));
    hp_row_put_bytes(to, s->feed, sizeof(s->feed));
    hp_row_put_time(to, s->issued);
    hp_row_put_time(to, s->dated);
    hp_row_put_time(to, s->expires);
    hp_row_put_time(to, s->fetched);
    hp_row_put_time(to, s->max_age);
    hp_row_put(to, s->is_signed, 4);
    hp_row_put_bytes(to, s->signer, sizeof(s->signer));
    hp_row_put_bytes(to, s->digest, sizeof(s->digest));
    hp_row_put(to, s->entries, 4);
    hp_row_put(to, s->keys, 4);
    for (i = 0; i < HP_SOURCE_SKIPS; i++)
        hp_row_put(to, i < HP_SKIP_KINDS ? s->skipped[i] : 0, 4);
}
