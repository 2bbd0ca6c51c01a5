/* What reader and writer of a store share; nobody else includes this.  The layout is in store.h. */
#ifndef HP_CHECK_STORE_LAYOUT_H
#define HP_CHECK_STORE_LAYOUT_H

#include "check/source_row.h"
#include "check/store.h"

#define STORE_MAGIC   "HPTRUST\n"
#define STORE_HEADER  52u   /* bytes of our header */
#define STORE_SOURCE  HP_SOURCE_ROW
#define STORE_RECORD  (5 * 4 + 4 + 4 * 8 + HP_SHA256 + 2 * 8 + 8 + HP_TRUST_ISSUERS * 16)
#define STORE_ROW_MAX 65536u /* bytes of a newer writer's source or record */

typedef struct {
    unsigned format, least;
    uint32_t env, size, sources, source_size, records, record_size;
    uint64_t blob;
    double made;
} store_header;

#endif
