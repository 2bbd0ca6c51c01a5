/*
 * COSE_Sign1 (RFC 9052, section 4.2), read and believed by nobody yet.
 *
 * Forms that occur: tag 18, no tag, tag 61 (CWT, RFC 8392 section 6) around either.
 * Labels read: 1 alg, 2 crit, 4 kid.  The protected header wins over the other.
 */
#ifndef HP_CODEC_COSE_H
#define HP_CODEC_COSE_H

#include "base/arena.h"

#define HP_TAG_COSE_SIGN1 18 /* RFC 9052, 2 */
#define HP_TAG_CWT        61 /* RFC 8392, 6 */

#define HP_COSE_ALG  1 /* header labels: RFC 9052, 3.1 */
#define HP_COSE_CRIT 2
#define HP_COSE_KID  4

#define HP_COSE_ES256 (-7)  /* RFC 9053, 2.1 */
#define HP_COSE_PS256 (-37) /* RFC 8230, 2 */

typedef struct {
    int64_t alg;      /* 0 when there is none that is a small number */
    hp_str kid;       /* empty when there is none */
    bool kid_signed;  /* it stands in the protected header */
    hp_str payload;
    hp_str signature;
    hp_str tbs;       /* the Sig_structure of RFC 9052, 4.4: what was signed */
} hp_cose;

/*
 * Splits one message.  False when it is not exactly one COSE_Sign1: another tag, a tag
 * twice, other members, a detached payload, a critical header, bytes after it.
 */
bool hp_cose_read(hp_str in, hp_arena *arena, hp_cose *cose);

#endif
