/*
 * Writes 2D-DOC seals of version 04, the reverse of twod.c.  For throw-away seals of demos and
 * tests.
 *
 * Linked into healthpassctl only.
 */
#ifndef HP_FORMAT_TWOD_WRITE_H
#define HP_FORMAT_TWOD_WRITE_H

#include "codec/json.h"
#include "crypto/sign.h"
#include "format/twod.h"

/* Is it a signer's name: eight capitals and digits? */
bool hp_twod_is_name(const char *text);

/* What is to be written. */
typedef struct {
    const hp_signer *signer; /* on P-256, P-384 or P-521 */
    const char *name;        /* its name: "FRX1HP01" */
    int64_t issued, sealed;  /* days since 1970-01-01, or HP_TWOD_UNDATED */
    bool forge;              /* a signature of the right form that does not hold */
    bool link;               /* as the link that a QR code carries */
} hp_twod_wish;

/*
 * The seal of a JSON object, {"type": "L1", "L0": "DUPUIS", ...}: all fields of its type, as texts;
 * what is longer than its field is cut.  *n characters, no closing zero.  False when a field is
 * missing or too short, the seal becomes too long, or its signature fails.
 */
bool hp_twod_write(const hp_twod_wish *wish, const hp_json *values, char text[HP_TWOD_TEXT_MAX],
                   size_t *n);

/* The same of a type and fields as they are, and of a whole message. */
bool hp_twod_write_fields(const hp_twod_wish *wish, hp_str type, hp_str fields,
                          char text[HP_TWOD_TEXT_MAX], size_t *n);
bool hp_twod_write_message(const hp_twod_wish *wish, hp_str message, char text[HP_TWOD_TEXT_MAX],
                           size_t *n);

#endif
