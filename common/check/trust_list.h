/* What trust.c, trust_load.c and seal.c share; nobody else includes this. */
#ifndef HP_CHECK_TRUST_LIST_H
#define HP_CHECK_TRUST_LIST_H

#include "check/chain.h"
#include "check/manifest.h"
#include "check/trust.h"

struct hp_trust {
    hp_crypto *crypto;
    bool judges_env;
    hp_env env;
    hp_records list;
    size_t signers;
    bool signs[HP_SOURCES_MAX]; /* does the source hold keys of signers? */
    double dated;
    bool chains; /* there is a folder CSCA: also an empty one requires a chain */
    hp_authorities authorities; /* of the folders, until the list is closed */
    const hp_manifest_terms *manifests; /* until the list is closed; NULL: nothing is asked for */
    bool unverified; /* a MANIFEST.sig was not looked at */
    size_t unlisted; /* files that were left out, because no MANIFEST lists them */
    uint8_t mark[HP_SHA256]; /* of the authorities and lists that certificates in passes rest on */
    uint32_t *slots; /* open addressing: 0, or 1 + where in the list a run of records begins */
    size_t mask;
};

#endif
