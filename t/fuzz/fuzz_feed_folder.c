/*
 * A folder of certificates and keys, as it is imported: one file in it beside a good one.  The
 * first byte says which file the rest is.
 */
#include "fuzz.h"

#include "importer.h"
#include "maker.h"

#include <stdio.h>
#include <unistd.h>

unsigned fuzz_costs = 4;

static const char *const names[] = {
    "f/XA/x.pem", "f/XA/x.der", "f/x.crt", "f/0123456789abcdef.pub", "f/CSCA/x.pem", "f/MANIFEST",
    "f/MANIFEST.sig",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

static importer one;
static char folder[256];

static void
set_up(void)
{
    if (folder[0] != 0)
        return;
    importer_start(&one);
    (void)maker_file("f/XB/good.pem", pki_pem(pki_cert_new(&(pki_wish){ .country = "XB" })));
    (void)snprintf(folder, sizeof(folder), "%s/f", maker_folder());
}

/* What a folder made of the file can be rested on. */
static void
check(const hp_records *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        MUST(r->role == HP_ROLE_SIGNER && r->source == 0 && r->kid.n == HP_KID);
        MUST(r->spki.n > 0 && r->usage != 0 && r->domains != 0);
        MUST(strlen(r->country) < sizeof(r->country));
    }
    MUST(list->n_sources == 1 && list->sources[0].keys == list->n);
    MUST(!list->sources[0].is_signed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str none = { NULL, 0 };
    hp_feed_file file;
    const char *name;

    set_up();
    if (n == 0)
        return 0;
    name = names[p[0] % NAMES];
    (void)maker_file(name, (hp_str){ p + 1, n - 1 });
    file = (hp_feed_file){ folder, { NULL, 0 } };
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        one.terms.as_given = by_hand == 1;
        one.terms.unsigned_ok = by_hand == 0;
        if (importer_run(&one, &hp_feed_folder, &file, 1, none))
            check(&one.import.records);
        else
            MUST(one.error.text[0] != '\0');
    }
    MUST(unlink(maker_c_string(maker_print("%s/%s", maker_folder(), name))) == 0);
    return 0;
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    const pki_cert *cert = pki_cert_new(&(pki_wish){ .country = "XA" });
    const pki_cert *csca = pki_cert_new(&(pki_wish){ .country = "XB", .authority = true });

    put("pem", MAKER_JOIN(((hp_str){ (const uint8_t *)"\0", 1 }), pki_pem(cert), pki_pem(csca)));
    put("der", MAKER_JOIN(HP_STR("\1"), pki_der(cert)));
    put("flat", MAKER_JOIN(HP_STR("\2"), pki_pem(cert)));
    put("key", MAKER_JOIN(HP_STR("\3"), pki_spki(pki_cert_key(cert))));
    put("csca", MAKER_JOIN(HP_STR("\4"), pki_pem(csca)));
    put("manifest", MAKER_JOIN(HP_STR("\5# issued: 2021-06-01T10:00:00Z\n" HEX "  XB/good.pem\n")));
    put("signature", MAKER_JOIN(HP_STR("\6"), pki_cms(cert, HP_STR("x"), PKI_DETACHED)));
}
