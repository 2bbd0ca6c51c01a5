/* What trust.c and trust_load.c share; nobody else includes this. */
#ifndef HP_CHECK_TRUST_LIST_H
#define HP_CHECK_TRUST_LIST_H

#include "check/trust.h"

struct hp_trust {
    hp_crypto *crypto;
    hp_signer_key *keys;
    size_t n, room;
    bool chains; /* there is a folder CSCA: also an empty one requires a chain */
    hp_cert **authorities;
    size_t n_authorities;
};

/* Both take over what they are given, also when they fail for want of memory or room. */
bool hp_trust_put(hp_trust *trust, hp_signer_key key);
bool hp_trust_put_authority(hp_trust *trust, hp_cert *authority);

#endif
