/*
 * WHO's own documents of the DEV network, and a list that was made with a JSON-LD library:
 * what we make of them must be what was measured on them.  They are no part of this project:
 * HEALTHPASS_TESTDATA names the folder that holds gdhcn/.
 */
#include "unit.h"

#include "feed/did_proof.h"
#include "feed/gdhcn.h"
#include "maker.h"

#include <stdlib.h>
#include <unistd.h>

#define NOW 1787486400.0 /* 2026-08-23, the day after WHO's lists were made */
#define PATH_ROOM 1024

static hp_crypto *crypto;

/* ---- reading ---------------------------------------------------------------------- */

static const char *
path_of(const char *name)
{
    static char path[PATH_ROOM];

    (void)snprintf(path, sizeof(path), "%s/gdhcn/%s", UNIT_DATA, name);
    return path;
}

/* The bytes of a file, in the ring; .gz is unpacked. */
static hp_str
file(const char *name)
{
    static uint8_t bytes[1 << 20];
    char command[PATH_ROOM + 32];
    hp_str read = { bytes, 0 };
    size_t n = strlen(name);
    FILE *from;

    (void)snprintf(command, sizeof(command), "%s '%s'", n > 3 && strcmp(name + n - 3, ".gz") == 0
                   ? "gzip -dc" : "cat", path_of(name));
    from = popen(command, "r");
    assert_non_null(from);
    read.n = fread(bytes, 1, sizeof(bytes), from);
    assert_int_equal(pclose(from), 0);
    assert_true(read.n > 0 && read.n < sizeof(bytes));
    return maker_copy(read);
}

static hp_pin *
signer(const char *name)
{
    hp_error error = { "" };
    unsigned envs;
    hp_pin *pin;

    if (!hp_gdhcn_pin(crypto, file(name), &pin, &envs, &error))
        fail_msg("%s", error.text);
    return pin;
}

/* ---- taking in -------------------------------------------------------------------- */

static bool
run(hp_str list, hp_pin *pin, hp_env env, hp_import *import, hp_error *error)
{
    static hp_feed_terms terms;
    static hp_pin *pins[1];
    hp_feed_file did = { "did.json", list };
    hp_feed_input input = { .files = &did, .n = 1 };

    pins[0] = pin;
    terms = (hp_feed_terms){ .crypto = crypto, .name = "who", .env = env, .now = NOW,
                             .pins = pins, .n_pins = 1 };
    *import = (hp_import){ .terms = &terms };
    error->text[0] = '\0';
    return hp_import_run(&hp_feed_gdhcn, &input, import, error);
}

static void
take(const char *name, hp_pin *pin, hp_import *import)
{
    hp_error error;

    if (!run(file(name), pin, HP_ENV_DEV, import, &error))
        fail_msg("%s: %s", name, error.text);
}

static void
refused(hp_str list, hp_pin *pin, const char *says)
{
    hp_import import;
    hp_error error;

    if (run(list, pin, HP_ENV_DEV, &import, &error))
        fail_msg("it was taken, but expected was: %s", says);
    if (strstr(error.text, says) == NULL)
        fail_msg("%s: is not: %s", error.text, says);
}

static size_t
of_domain(const hp_import *import, unsigned domain)
{
    size_t i, n = 0;

    for (i = 0; i < import->records.n; i++)
        n += import->records.all[i].role == HP_ROLE_SIGNER &&
             import->records.all[i].domains == domain;
    return n;
}

/* ---- WHO's documents -------------------------------------------------------------- */

/*
 * 255 entries: 109 DSCs, one of them with a key id of its own invention, one on P-384, one that
 * may not sign; the rest are SCAs and keys of data exchange.
 */
static void
the_root(void **state)
{
    hp_import import;
    hp_pin *pin;
    size_t ended = 0;

    (void)state;
    pin = signer("upstream/who-dev/signing-did.json");
    take("upstream/who-dev/trustlist-root.json.gz", pin, &import);
    assert_true(import.source->is_signed);
    assert_true(import.source->issued == 1787421602.0); /* 2026-08-22T18:00:02Z */
    assert_int_equal(import.source->entries, 255);
    assert_int_equal(import.source->skipped[HP_SKIP_OTHER_USE], 146);
    assert_int_equal(import.source->skipped[HP_SKIP_KID], 1);
    assert_int_equal(import.source->skipped[HP_SKIP_KEY], 1);
    assert_int_equal(import.source->skipped[HP_SKIP_USAGE], 1);
    assert_int_equal(import.source->keys, 106);
    for (size_t i = 0; i < import.records.n; i++)
        ended += import.records.all[i].valid.until < NOW;
    assert_int_equal(ended, 15);
    assert_int_equal(of_domain(&import, HP_DOMAIN_DCC), 36);
    assert_int_equal(of_domain(&import, HP_DOMAIN_PH4H), 67);
    assert_int_equal(of_domain(&import, HP_DOMAIN_IPS_PILGRIMAGE), 1);
    assert_int_equal(of_domain(&import, HP_DOMAIN_OTHER), 2); /* IPS, RACSEL-DDVC */
    hp_records_free(&import.records);
    hp_pin_free(pin);
}

/* One participant's signers; one participant's SCA; and references, which lead nowhere. */
static void
the_others(void **state)
{
    hp_import import;
    hp_error error = { "" };
    hp_pin *pin;
    hp_did did;

    (void)state;
    pin = signer("upstream/who-dev/signing-did.json");
    take("upstream/who-dev/trustlist-PH4H-CHL-DSC.json", pin, &import);
    assert_int_equal(import.source->entries, 5);
    assert_int_equal(import.source->keys, 5);
    assert_int_equal(of_domain(&import, HP_DOMAIN_PH4H), 5);
    assert_string_equal(import.records.all[0].country, "CL");
    hp_records_free(&import.records);
    refused(file("upstream/who-dev/trustlist-DCC-SVN-SCA.json"), pin, "no key");
    refused(file("upstream/who-dev/trustlist-ref.json"), pin, "no key");
    /* That their proofs hold too: */
    for (int i = 0; i < 2; i++) {
        uint8_t message[HP_DID_SIGNED];

        assert_true(hp_did_read(file(i == 0 ? "upstream/who-dev/trustlist-DCC-SVN-SCA.json"
                                            : "upstream/who-dev/trustlist-ref.json"),
                                HP_FEED_MAX, &did, &error));
        assert_true(hp_did_signed(crypto, &did, message, &error));
        assert_true(hp_did_verify(crypto, &did, message, pin));
        hp_did_free(&did);
    }
    hp_pin_free(pin);
}

static void
altered(void **state)
{
    static const struct {
        const char *old, *by, *says;
    } table[] = {
        { "\"kid\":\"+", "\"kid\":\"-", "no pinned key" },
        { "DSC#+", "DSC#/", "no pinned key" },
        { "\"code\":\"#DSC\"", "\"code\":\"#CSCA\"", "no pinned key" },
        { "\"code\":\"#PH4H\"", "\"code\":\"#DCC\"", "no pinned key" },
        { "\"code\":\"#CHL\"", "\"code\":\"#FRA\"", "no pinned key" },
        { "\"x5c\":[\"MII", "\"x5c\":[\"MIJ", "no pinned key" },
        { "\"x\":\"", "\"x\":\"A", "no pinned key" },
        { "\"created\":\"2026", "\"created\":\"2027", "no pinned key" },
        { "\"nonce\":\"S", "\"nonce\":\"T", "no pinned key" },
        { "\"verificationMethod\":[", "\"verificationMethod\":[\"did:web:example.com\",",
          "no pinned key" },
        { "v1-DEV.jsonld", "v1.jsonld", "mixes environments" },
        { "tng-participants-dev", "tng-participants-prod", "mixes environments" },
        { "{\"@context\"", "{\"x\":0,\"@context\"", "expected the members" },
        { "[{\"id\"", "[{\"x\":0,\"id\"", "not of the one shape" },
        { "\"publicKeyJwk\":{", "\"publicKeyJwk\":{\"x5t\":\"\",", "not of the one shape" },
        { "\"domain\":{", "\"domain\":{\"x\":0,", "not of the one shape" },
        { "\"proof\":{", "\"proof\":{\"x\":0,", "another form" },
        { "\"type\":", "\"type\":\"JsonWebKey2020\",\"type\":", "doubled" },
    };
    hp_str good;
    hp_pin *pin;

    (void)state;
    pin = signer("upstream/who-dev/signing-did.json");
    good = file("upstream/who-dev/trustlist-PH4H-CHL-DSC.json");
    for (size_t i = 0; i < COUNT(table); i++)
        refused(maker_replace(good, hp_str_of(table[i].old), hp_str_of(table[i].by)), pin,
                table[i].says);
    hp_pin_free(pin);
    pin = signer("generated/signing-did.json");
    refused(good, pin, "no pinned key");
    hp_pin_free(pin);
}

/* DEV's documents under DEV's own key, offered to PROD and UAT. */
static void
to_other_environments(void **state)
{
    static const char *const names[] = { "root.json.gz", "ref.json", "PH4H-CHL-DSC.json",
                                         "DCC-SVN-SCA.json" };
    hp_import import;
    hp_error error;
    hp_pin *pin;

    (void)state;
    pin = signer("upstream/who-dev/signing-did.json");
    for (size_t i = 0; i < COUNT(names); i++) {
        hp_str list = file(maker_c_string(maker_print("upstream/who-dev/trustlist-%s", names[i])));

        for (hp_env env = HP_ENV_PROD; env <= HP_ENV_UAT; env++) {
            assert_false(run(list, pin, env, &import, &error));
            assert_non_null(strstr(error.text, "is a list of dev"));
        }
    }
    hp_pin_free(pin);
}

/* ---- the made list ---------------------------------------------------------------- */

static void
same_text(const hp_nquads *quads, const char *name)
{
    hp_str want = file(name);
    size_t at = 0;

    for (size_t i = 0; i < quads->n; at += quads->lines[i++].n) {
        assert_true(want.n - at >= quads->lines[i].n);
        assert_str_equal(quads->lines[i], ((hp_str){ want.p + at, quads->lines[i].n }));
    }
    assert_int_equal(at, want.n);
}

static void
byte_for_byte(void **state)
{
    hp_error error = { "" };
    hp_nquads quads;
    hp_did did;

    (void)state;
    assert_true(hp_did_read(file("generated/trustlist-did.json"), HP_FEED_MAX, &did, &error));
    assert_true(hp_did_nquads(&did, &quads, &error));
    same_text(&quads, "generated/trustlist-did.nq");
    hp_nquads_free(&quads);
    assert_true(hp_did_proof_nquads(&did, &quads, &error));
    same_text(&quads, "generated/trustlist-proof.nq");
    hp_nquads_free(&quads);
    hp_did_free(&did);
}

static void
the_made_list(void **state)
{
    hp_str good;
    hp_import import;
    size_t ended = 0;
    hp_pin *pin;

    (void)state;
    pin = signer("generated/signing-did.json");
    good = file("generated/trustlist-did.json");
    take("generated/trustlist-did.json", pin, &import);
    assert_int_equal(import.source->entries, 4);
    assert_int_equal(import.source->keys, 3);
    assert_int_equal(import.source->skipped[HP_SKIP_OTHER_USE], 1);
    for (size_t i = 0; i < import.records.n; i++) {
        if (import.records.all[i].role == HP_ROLE_DOCUMENT)
            continue;
        assert_int_equal(import.records.all[i].domains, HP_DOMAIN_ICVP);
        assert_string_equal(import.records.all[i].country, "FR");
        ended += import.records.all[i].valid.until < NOW;
    }
    assert_int_equal(ended, 1);
    hp_records_free(&import.records);
    refused(maker_replace(good, HP_STR("#ICVP"), HP_STR("#DCC")), pin, "no pinned key");
    refused(maker_replace(good, HP_STR("2026-01-15T02:00:00Z"), HP_STR("2026-01-15T02:00:01Z")),
            pin, "no pinned key");
    hp_pin_free(pin);
    pin = signer("upstream/who-dev/signing-did.json");
    refused(good, pin, "no pinned key");
    hp_pin_free(pin);
}

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_root),
    cmocka_unit_test(the_others),
    cmocka_unit_test(altered),
    cmocka_unit_test(to_other_environments),
    cmocka_unit_test(byte_for_byte),
    cmocka_unit_test(the_made_list),
};

UNIT_MAIN_OF_DATA("gdhcn", tests, set_up, tear_down)
