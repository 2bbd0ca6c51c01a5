/* What trust.c and trust_load.c share; nobody else includes this. */
#ifndef HP_CHECK_TRUST_LIST_H
#define HP_CHECK_TRUST_LIST_H

#include "check/chain.h"
#include "check/trust.h"

struct hp_trust {
    hp_crypto *crypto;
    bool judges_env;
    hp_env env;
    hp_records list;
    size_t signers;
    double dated;
    bool chains; /* there is a folder CSCA: also an empty one requires a chain */
    hp_authorities authorities; /* of the folders, until the list is closed */
    uint32_t *slots; /* open addressing: 0, or 1 + where in the list a run of records begins */
    size_t mask;
};

#endif
