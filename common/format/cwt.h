/* CWT claims (RFC 8392) as the HC1 envelope uses them. */
#ifndef HP_FORMAT_CWT_H
#define HP_FORMAT_CWT_H

#include "base/arena.h"
#include "base/node.h"

#define HP_CWT_ISS   1
#define HP_CWT_EXP   4
#define HP_CWT_NBF   5
#define HP_CWT_IAT   6
#define HP_CWT_HCERT (-260) /* hcert 1.0.8, 3.3.1 */

/* Members of the map of claim -260 (gdhcn, 1); others are unknown, or somebody's experiment. */
#define HP_HCERT_DCC              1
#define HP_HCERT_DDCC_VACCINATION 3
#define HP_HCERT_DDCC_TEST        4
#define HP_HCERT_LINK             5
#define HP_HCERT_ICVP             (-6)

typedef struct {
    hp_str iss;  /* empty when absent */
    double from; /* the later one of iat and nbf; 0 when both are absent */
    double iat;  /* 0 when absent */
    double exp;  /* 0 when absent */
    bool has_exp;
    const hp_node *hcert; /* claim -260: a map */
} hp_cwt;

/*
 * Reads the claims; false when one that is there is malformed, or -260 is absent.  Whether exp may
 * be absent is for the payload to say.
 */
bool hp_cwt_read(hp_str payload, hp_arena *arena, hp_cwt *cwt);

#endif
