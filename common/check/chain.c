/* Two-level chains; see chain.h. */
#include "check/chain.h"

#include <stdlib.h>

bool
hp_authorities_have(const hp_authorities *set, const hp_cert *cert)
{
    size_t i;

    for (i = 0; i < set->n; i++) {
        if (hp_cert_same(set->all[i], cert))
            return true;
    }
    return false;
}

bool
hp_authorities_add(hp_authorities *set, hp_cert *cert)
{
    hp_cert **all;

    if (hp_authorities_have(set, cert)) {
        hp_cert_free(cert);
        return true;
    }
    all = reallocarray(set->all, set->n + 1, sizeof(*all));
    if (all == NULL) {
        hp_cert_free(cert);
        return false;
    }
    set->all = all;
    all[set->n++] = cert;
    return true;
}

void
hp_authorities_free(hp_authorities *set)
{
    size_t i;

    for (i = 0; i < set->n; i++)
        hp_cert_free(set->all[i]);
    free(set->all);
    *set = (hp_authorities){ NULL, 0 };
}

/* Of more issuers than there is room for, those that end last are kept. */
static void
put_issuer(hp_record *record, hp_span issuer)
{
    size_t i, first = 0;

    if (record->n_issuers < HP_TRUST_ISSUERS) {
        record->issuers[record->n_issuers++] = issuer;
        return;
    }
    for (i = 1; i < HP_TRUST_ISSUERS; i++) {
        if (record->issuers[i].until < record->issuers[first].until)
            first = i;
    }
    if (record->issuers[first].until < issuer.until)
        record->issuers[first] = issuer;
}

/*
 * Authorities are renewed under the same name and key: any that issued the certificate will
 * do.  Shell model: certificate and authority must both be valid when it matters
 * (trust-lists, 1.3), so each authority's own span is kept.
 *
 * A certificate whose notAfter lies beyond its authority's is taken all the same, although
 * 1.3 (4) forbids to issue it: with the spans kept, it ends where its authority does, which is
 * all that the rule is to bring about, and until then its passes are as good as any.
 */
void
hp_chain(const hp_authorities *set, const hp_cert *cert, hp_record *record)
{
    hp_span span;
    size_t i;

    record->n_issuers = 0;
    for (i = 0; i < set->n; i++) {
        if (hp_cert_issued_by(cert, set->all[i]) &&
            hp_cert_validity(set->all[i], &span.from, &span.until))
            put_issuer(record, span);
    }
    record->flaw = record->n_issuers > 0 ? HP_FLAW_NONE : HP_FLAW_CHAIN;
}
