/*
 * Files of anchors, beside a good one: certificates, PEM and CRLs.  The first byte says what
 * the rest is.
 */
#include "fuzz.h"

#include "importer.h"

static importer one;
static const pki_cert *csca;

static void
set_up(void)
{
    if (csca != NULL)
        return;
    importer_start(&one);
    one.terms.unsigned_ok = true;
    csca = pki_cert_new(&(pki_wish){ .name = "C", .country = "XA", .authority = true });
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char *const names[] = { "x.der", "x.pem", "x.crl.der", "x.crl" };
    hp_str none = { NULL, 0 };
    hp_feed_file files[2];

    set_up();
    if (n == 0)
        return 0;
    files[0] = (hp_feed_file){ "csca.der", pki_der(csca) };
    files[1] = (hp_feed_file){ names[p[0] % 4], { p + 1, n - 1 } };
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        one.terms.as_given = by_hand == 1;
        if (!importer_run(&one, &hp_feed_csca, files, 2, none)) {
            MUST(by_hand == 0);
            continue;
        }
        for (size_t i = 0; i < one.import.records.n; i++) {
            const hp_record *record = &one.import.records.all[i];

            MUST(record->role != HP_ROLE_SIGNER && record->cert.n > 0);
            MUST(record->role == HP_ROLE_CRL || record->spki.n > 0);
            MUST(record->kid.n == HP_KID);
        }
    }
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const pki_cert *other = pki_cert_new(&(pki_wish){ .country = "XB", .authority = true });

    set_up();
    put("cert", MAKER_JOIN(HP_STR("\0"), pki_der(other)));
    put("pem", MAKER_JOIN(HP_STR("\1"), pki_pem(other), pki_pem(csca)));
    put("crl", MAKER_JOIN(HP_STR("\2"), pki_crl(csca, MAKER_FROM, MAKER_EXP,
        (const pki_cert *const[]){ other, NULL })));
    put("crl-of-another", MAKER_JOIN(HP_STR("\2"), pki_crl(other, MAKER_FROM, MAKER_EXP,
        (const pki_cert *const[]){ NULL })));
}
