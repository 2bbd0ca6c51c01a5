/*
 * A file mapped into memory, read-only: its pages are shared by every process that maps it.
 *
 * Whoever shortens a mapped file kills its readers (SIGBUS): such files are replaced only by
 * rename.  A map holds on to the file that it was made of, whatever stands at its path now.
 */
#ifndef HP_BASE_MAP_H
#define HP_BASE_MAP_H

#include "base/file.h"

typedef struct {
    const uint8_t *p; /* NULL: not mapped */
    size_t n;
} hp_map;

/*
 * Maps the whole file, which must be as must (HP_FILE_ bits) asks and not empty.  False with
 * *error.  *stamp (may be NULL) is of what was mapped.  It keeps no descriptor.
 */
bool hp_file_map(const char *path, unsigned must, hp_map *map, hp_stamp *stamp, hp_error *error);

/* Ends a map.  One that is all zero does no harm. */
void hp_map_free(hp_map *map);

#endif
