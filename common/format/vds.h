/*
 * What the reader and the writer of VDS-NC share; vds.c says what they are.
 */
#ifndef HP_FORMAT_VDS_H
#define HP_FORMAT_VDS_H

#include "base/arena.h"
#include "base/node.h"
#include "format/pass.h"

#define HP_VDS_TEXT_MAX 8192 /* bytes of the longest text; real ones have 0.9 to 3.4 KB */
#define HP_VDS_CERT_MAX 4096 /* bytes of the certificate in it; real ones have 0.4 to 0.9 KB */
#define HP_VDS_DOSES    32   /* in one pass */

#define HP_VDS_VACCINATION "icao.vacc"
#define HP_VDS_TEST        "icao.test"

/* Of the value of "data": holder, events and document.  False: it is not as the format wants it. */
bool hp_vds_read_vaccination(const hp_node *data, hp_arena *arena, hp_pass *pass);
bool hp_vds_read_test(const hp_node *data, hp_arena *arena, hp_pass *pass);

#endif
