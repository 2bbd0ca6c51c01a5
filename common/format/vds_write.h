/*
 * Writes VDS-NC, the reverse of vds.c.  For throw-away passes of demos and tests.
 *
 * Linked into healthpassctl only.
 */
#ifndef HP_FORMAT_VDS_WRITE_H
#define HP_FORMAT_VDS_WRITE_H

#include "codec/json.h"
#include "crypto/sign.h"
#include "format/vds.h"

#define HP_VDS_TEXT_ROOM (64 * 1024) /* characters of the longest text that is written */

/* What is to be written. */
typedef struct {
    const hp_signer *signer; /* on P-256, P-384 or P-521 */
    hp_str cert;             /* its certificate, DER */
    bool forge;              /* a signature of the right form that does not hold */
} hp_vds_wish;

/*
 * The pass of the value of "data", *n characters, no closing zero.  False when it is too long, a
 * number in it is not exact, or its signature fails.
 */
bool hp_vds_write(const hp_vds_wish *wish, const hp_json *data, char text[HP_VDS_TEXT_ROOM],
                  size_t *n);

/* The same of data as it stands and of what is to be signed of it, whatever they are. */
bool hp_vds_write_as(const hp_vds_wish *wish, hp_str data, hp_str tbs, char text[HP_VDS_TEXT_ROOM],
                     size_t *n);

#endif
