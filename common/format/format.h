/*
 * A format is a row: how to recognise a text, how to open it into a proof and a payload,
 * how to read the payload.
 *
 * open() believes nothing of what it finds; read() is called only once the proof holds.
 * Both answer true to go on, or false with *why.
 */
#ifndef HP_FORMAT_FORMAT_H
#define HP_FORMAT_FORMAT_H

#include "base/arena.h"
#include "base/node.h"
#include "crypto/key.h"
#include "format/pass.h"
#include "reason.h"

/* What a signature has to prove, with the hint where its key is to be found. */
typedef struct {
    hp_alg alg;
    hp_str kid;
    hp_str issuer;   /* where keys are looked for by issuer and id, else empty */
    hp_str kid_text; /* the id as people know it; empty: its hex */
    const hp_node *claims; /* what open() has read of the payload already; may be NULL */
    hp_str tbs; /* exactly the bytes that were signed */
    hp_str signature;
    hp_str payload;
    hp_str cert; /* of the signer, DER, where the pass brings it: its id is the kid; else empty */
    bool kid_signed; /* else whoever shows the pass chooses among the ids of its key */
} hp_proof;

/* How strictly a payload is held to its schema. */
typedef enum { HP_SCHEMA_TOLERANT, HP_SCHEMA_STRICT } hp_schema;

/* What becomes of an envelope that holds several payloads of kinds that are known. */
typedef enum {
    HP_MULTI_DENY,
    HP_MULTI_FIRST, /* the first one is judged, in the format's order */
    HP_MULTI_ANY    /* one after the other, until one is accepted */
} hp_multi;

/* How a payload is to be read. */
typedef struct {
    hp_schema schema;
    hp_multi multi;
    unsigned nth; /* with HP_MULTI_ANY: which of them, from 0 */
} hp_reading;

typedef struct {
    const char *name; /* "hc1" */
    size_t longest;   /* bytes of a text that can be one */
    bool (*recognise)(hp_str text);
    bool (*open)(hp_str text, hp_arena *arena, hp_proof *proof, hp_reason *why);
    bool (*read)(const hp_proof *proof, const hp_reading *how, hp_arena *arena, hp_pass *pass,
                 hp_reason *why);
} hp_format;

/* Formats are switched on by bits, one a row. */
#define HP_FORMATS_ALL (~0u)
#define HP_FORMATS_HC1 1u /* the first row */

/* The bit of the row of that name; 0 when there is none. */
unsigned hp_format_bit(const char *name);

/*
 * Finds the row for what was shown, without the white space around it, among those that are on.
 * NULL when there is none; then *why says whether it is a kind of pass that is known but not
 * accepted, too long for its kind, or changed by a keyboard on its way.
 */
const hp_format *hp_format_find(hp_str text, unsigned on, hp_reason *why);

/* Is it one of the kinds that are known by how they begin, and in no row?  kinds.c */
bool hp_format_is_other(hp_str text);

/*
 * What was shown without space, TAB, CR, LF and U+FEFF at both ends.  Safe for HC1: a
 * Base45 text never ends in a space, and none follows the context identifier of a zlib stream.
 */
hp_str hp_format_trim(hp_str text);

/* Longest text of one QR code: alphanumeric, version 40-L (ISO/IEC 18004). */
#define HP_QR_MAX 4296

/* HC1 (EU DCC, hcert 1.0.8): hc1.c. */
extern const hp_format hp_format_hc1;

/* SMART Health Cards (1.4.0): shc.c. */
extern const hp_format hp_format_shc;

/* French 2D-DOC seals (ANTS): twod.c. */
extern const hp_format hp_format_2d_doc;

/* Visible digital seals of ICAO, non-constrained: vds.c. */
extern const hp_format hp_format_vds;

#endif
