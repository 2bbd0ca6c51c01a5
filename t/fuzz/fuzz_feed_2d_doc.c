/*
 * Files of 2D-DOC authorities and signers, beside a good authority.  The first byte says what
 * the rest is.
 */
#include "fuzz.h"

#include "importer.h"
#include "tsl.h"

static importer one;
static const pki_cert *ca;

static void
set_up(void)
{
    if (ca != NULL)
        return;
    importer_start(&one);
    one.terms.unsigned_ok = true;
    ca = pki_cert_new(&(pki_wish){ .name = "FR99", .country = "FR", .authority = true });
}

static void
check(const hp_record *record)
{
    switch (record->role) {
    case HP_ROLE_SIGNER:
        MUST(record->kid.n == 8 && record->spki.n > 0 && record->domains == HP_DOMAIN_2D_DOC);
        break;
    case HP_ROLE_AUTHORITY:
        MUST(record->kid.n == HP_KID && record->spki.n > 0 && record->cert.n > 0);
        break;
    case HP_ROLE_CRL:
        MUST(record->kid.n == HP_KID && record->cert.n > 0);
        break;
    case HP_ROLE_DOCUMENT:
    case HP_ROLE_SEALED:
        MUST(false);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char *const names[] = { "x.xml", "FR99TE01.der", "FR99TE01.pem",
        "FR99TE01.pub.der", "FR99.crl.der", "FR99.p7b", "FR99.pem", "FR98.ca.der" };
    hp_str none = { NULL, 0 };
    hp_feed_file files[2];

    set_up();
    if (n == 0)
        return 0;
    files[0] = (hp_feed_file){ "FR99.ca.der", pki_der(ca) };
    files[1] = (hp_feed_file){ names[p[0] % 8], { p + 1, n - 1 } };
    if (!importer_run(&one, &hp_feed_2d_doc, files, 2, none))
        return 0;
    for (size_t i = 0; i < one.import.records.n; i++)
        check(&one.import.records.all[i]);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const pki_cert *signer;

    set_up();
    signer = pki_cert_new(&(pki_wish){ .name = "TE01", .country = "FR", .issuer = ca });
    put("tsl", MAKER_JOIN(HP_STR("\0"), tsl_list(tsl_provider("FR98", TSL_GOOD, pki_der(ca)))));
    put("cert", MAKER_JOIN(HP_STR("\1"), pki_der(signer)));
    put("pem", MAKER_JOIN(HP_STR("\2"), pki_pem(signer)));
    put("key", MAKER_JOIN(HP_STR("\3"), pki_spki(pki_cert_key(signer))));
    put("crl", MAKER_JOIN(HP_STR("\4"), pki_crl(ca, MAKER_FROM, MAKER_EXP,
        (const pki_cert *const[]){ signer, NULL })));
    put("bundle", MAKER_JOIN(HP_STR("\5"), pki_cms(signer, HP_STR("x"), PKI_DETACHED)));
    put("bundle-pem", MAKER_JOIN(HP_STR("\6"), pki_pem(signer), pki_pem(ca)));
    put("ca", MAKER_JOIN(HP_STR("\7"), pki_der(ca)));
}
