/*
 * The German list: what is taken, and each way in which an entry or the list is wrong
 * (trust-lists, 2.1 and 6).
 */
#include "unit.h"

#include "lists.h"
#include "maker.h"

#include <stdlib.h>

static hp_crypto *crypto;
static hp_pin *pin, *other_pin, *large_pin;
static const pki_cert *publisher, *stranger, *large, *csca, *upload, *signer, *second;

static hp_feed_terms
terms(void)
{
    return (hp_feed_terms){ .crypto = crypto, .name = "germany", .env = HP_ENV_PROD,
                            .now = MAKER_NOW, .pins = &pin, .n_pins = 1 };
}

static const hp_feed *
feed(void)
{
    return hp_feed_find("de");
}

/* A first line and what it signs. */
static hp_str
signed_by(const pki_cert *by, hp_str json)
{
    return MAKER_JOIN(pki_base64(pki_sign_raw(pki_cert_key(by), HP_HASH_SHA256, json)),
                      HP_STR("\n"), json);
}

static hp_str
list_of(hp_str entries)
{
    return signed_by(publisher, MAKER_JOIN(HP_STR("{\"certificates\": ["), entries, HP_STR("]}")));
}

static hp_str
good(const pki_cert *cert)
{
    return lists_item("DSC", "XA", cert, upload);
}

static void
left_out(hp_str entry, hp_skip why)
{
    hp_feed_terms t = terms();
    const lists_result *r = lists_import_one(feed(), &t,
        list_of(MAKER_JOIN(entry, HP_STR(","), good(second))));

    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 1);
    assert_int_equal(r->source.entries, 2);
    assert_int_equal(r->source.skipped[why], 1);
    assert_non_null(lists_find(r, second));
}

static void
refused(const lists_result *r, const char *word)
{
    assert_says(r->why, word);
}

/* The file as it is, under the usual terms. */
static void
refused_file(hp_str file, const char *word)
{
    hp_feed_terms t = terms();

    refused(lists_import_one(feed(), &t, file), word);
}

/* ---- a good list -------------------------------------------------------------------------- */

static void
a_good_list(void **state)
{
    hp_feed_terms t = terms();
    hp_str later = maker_replace(good(second), HP_STR("2021-06-01T12:00:00Z"),
                                 HP_STR("2021-06-03T00:00:00.500Z"));
    hp_str list = list_of(MAKER_JOIN(later, HP_STR(",\n"), good(signer)));
    const lists_result *r = lists_import_one(feed(), &t, list);
    const hp_record *a = lists_find(r, signer);

    (void)state;
    assert_string_equal(r->why, "");
    assert_int_equal(r->source.keys, 2);
    assert_int_equal(r->source.entries, 2);
    assert_true(r->source.is_signed);
    assert_str_equal(((hp_str){ r->source.signer, HP_SHA256 }),
                     pki_sha256(pki_spki(pki_cert_key(publisher))));
    assert_true(r->source.issued == MAKER_IAT + 2 * 86400 + 0.5);
    assert_true(r->source.dated == MAKER_NOW);
    assert_non_null(a);
    assert_string_equal(a->country, "XA");
    assert_int_equal(a->domains, HP_DOMAIN_DCC);
    assert_int_equal(a->flaw, HP_FLAW_NONE);
    assert_int_equal(a->n_issuers, 0);
    assert_true(feed()->is(&(hp_feed_file){ "x", list }));
    assert_false(feed()->is(&(hp_feed_file){ "x", hp_str_from(list, 1) }));
    assert_false(feed()->is(&(hp_feed_file){ "x", hp_str_from(list, 89) }));
    assert_false(feed()->is(&(hp_feed_file){ "x", { list.p, 89 } }));
    assert_false(feed()->is(&(hp_feed_file){ "x", { NULL, 0 } }));
}

/* The list is signed, so an entry's own signature is not looked at. */
static void
entries_of_any_signature(void **state)
{
    hp_feed_terms t = terms();
    hp_str none = maker_replace(good(signer), HP_STR("\"signature\":"), HP_STR("\"was\":"));

    (void)state;
    assert_string_equal(lists_import_one(feed(), &t, list_of(none))->why, "");
    assert_string_equal(lists_import_one(feed(), &t,
        list_of(lists_item("DSC", "XA", signer, stranger)))->why, "");
}

static void
given_authorities(void **state)
{
    hp_authorities set = { NULL, 0 };
    hp_feed_terms t = terms();
    const lists_result *r;

    (void)state;
    assert_true(hp_authorities_add(&set, hp_cert_read(crypto, pki_der(csca))));
    t.authorities = &set;
    r = lists_import_one(feed(), &t, list_of(MAKER_JOIN(good(signer), HP_STR(","), good(second))));
    assert_string_equal(r->why, "");
    assert_int_equal(lists_find(r, signer)->flaw, HP_FLAW_NONE);
    assert_int_equal(lists_find(r, signer)->n_issuers, 1);
    assert_int_equal(lists_find(r, second)->flaw, HP_FLAW_CHAIN);
    hp_authorities_free(&set);
}

/* ---- its signature -------------------------------------------------------------------------- */

static void
signatures(void **state)
{
    hp_str list = list_of(good(signer)), json = hp_str_from(list, 89);
    hp_str der = pki_sign(pki_cert_key(publisher), HP_HASH_SHA256, json);
    hp_str raw = pki_sign_raw(pki_cert_key(publisher), HP_HASH_SHA256, json);
    hp_pin *pins[] = { other_pin, pin };
    hp_feed_terms t = terms();
    const char *first = "expected a first line";

    (void)state;
    assert_int_equal(list.p[88], '\n');
    refused_file(signed_by(stranger, json), "does not hold");
    refused_file(maker_replace(list, HP_STR("\"XA\""), HP_STR("\"XB\"")), "does not hold");
    refused_file(MAKER_JOIN(list, HP_STR("\n")), "does not hold"); /* nothing is trimmed */
    refused_file((hp_str){ list.p, list.n - 1 }, "does not hold");
    refused_file(MAKER_JOIN((hp_str){ list.p, 88 }, HP_STR("\n\n"), json), "does not hold");
    refused_file(MAKER_JOIN((hp_str){ list.p, 88 }, HP_STR("\r\n"), json), first);
    refused_file(MAKER_JOIN(HP_STR(" "), list), first);
    refused_file(MAKER_JOIN(pki_base64(der), HP_STR("\n"), json), first);
    refused_file(MAKER_JOIN(pki_base64((hp_str){ raw.p, 63 }), HP_STR("\n"), json), first);
    refused_file(MAKER_JOIN(pki_base64(maker_fill(64, 0)), HP_STR("\n"), json), "does not hold");
    refused_file(MAKER_JOIN(pki_base64(maker_fill(64, 255)), HP_STR("\n"), json), "does not hold");
    refused_file(json, first);
    refused_file((hp_str){ list.p, 88 }, first);
    t.pins = pins;
    t.n_pins = 2;
    assert_string_equal(lists_import_one(feed(), &t, list)->why, "");
    t.n_pins = 1;
    refused(lists_import_one(feed(), &t, list), "does not hold");
    /* a key of another curve makes longer signatures */
    t.pins = &large_pin;
    refused(lists_import_one(feed(), &t, list), "does not hold");
    refused(lists_import_one(feed(), &t, signed_by(large, json)), first);
}

static void
no_pin(void **state)
{
    hp_feed_terms t = terms();
    hp_str list = list_of(good(signer));
    const lists_result *r;

    (void)state;
    t.n_pins = 0;
    r = lists_import_one(feed(), &t, list);
    refused(r, "nothing is pinned");
    refused(r, feed()->pin);
    t.unsigned_ok = true;
    r = lists_import_one(feed(), &t, list);
    assert_string_equal(r->why, "");
    assert_false(r->source.is_signed);
}

/* ---- entries that are left out ------------------------------------------------------------------ */

static void
entries(void **state)
{
    hp_str print = pki_hex(pki_sha256(pki_der(signer)));

    (void)state;
    left_out(lists_item("CSCA", "XA", csca, publisher), HP_SKIP_OTHER_USE);
    left_out(lists_item("UPLOAD", "XA", upload, publisher), HP_SKIP_OTHER_USE);
    left_out(HP_STR("{}"), HP_SKIP_UNREADABLE);
    left_out(HP_STR("1"), HP_SKIP_UNREADABLE);
    left_out(maker_replace(good(signer), HP_STR("\"rawData\":\""), HP_STR("\"rawData\":\"?")),
             HP_SKIP_UNREADABLE);
    left_out(maker_replace(good(signer), print, pki_hex(maker_fill(HP_SHA256, 1))), HP_SKIP_KID);
    left_out(maker_replace(good(signer), HP_STR("\"XA\""), HP_STR("\"XB\"")), HP_SKIP_COUNTRY);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .key = pki_key_new("P-384") })),
             HP_SKIP_KEY);
    left_out(good(pki_cert_new(&(pki_wish){ .country = "XA", .eku = "!" })), HP_SKIP_USAGE);
    left_out(good(second), HP_SKIP_DOUBLE);
}

/* ---- lists that are refused ------------------------------------------------------------------------ */

static void
no_list(void **state)
{
    hp_feed_file two[] = { { "a", HP_STR("") }, { "b", HP_STR("") } };
    hp_feed_input input = { .files = two, .n = 2 };
    hp_feed_terms t = terms();

    (void)state;
    refused_file(HP_STR(""), "expected a first line");
    refused_file(HP_STR("\n"), "expected a first line");
    refused_file(signed_by(publisher, HP_STR("")), "line 1");
    refused_file(signed_by(publisher, HP_STR("[]")), "array certificates");
    refused_file(signed_by(publisher, HP_STR("{}")), "array certificates");
    refused_file(signed_by(publisher, HP_STR("{\"certificates\":{}}")), "array certificates");
    refused_file(signed_by(publisher, HP_STR("{\"certificates\":[],\"certificates\":[]}")),
                 "doubled member");
    refused_file(list_of(HP_STR("")), "no key that could be taken");
    refused_file(list_of(maker_replace(good(signer), HP_STR("2021-06"), HP_STR("2031-06"))),
                 "from the future");
    refused(lists_import(feed(), &t, &input), "expected one file");
    input.n = 1;
    two[0].bytes = (hp_str){ NULL, 0 };
    refused(lists_import(feed(), &t, &input), "expected one file");
}

static void
cut_anywhere(void **state)
{
    hp_str list = list_of(good(signer));
    hp_feed_terms t = terms();

    (void)state;
    for (size_t n = 0; n < list.n; n++)
        assert_string_not_equal(lists_import_one(feed(), &t, guard_end((hp_str){ list.p, n }))->why,
                                "");
    for (size_t n = 0; n < list.n - 89; n += 31)
        assert_string_not_equal(lists_import_one(feed(), &t,
            signed_by(publisher, (hp_str){ list.p + 89, n }))->why, "");
}

/* Signed, so that they are read at all. */
static void
too_much(void **state)
{
    static const struct {
        const char *start, *text, *end;
        size_t n;
        const char *word;
    } lists[] = {
        { "", "[", "", 10000, "line 1" },
        { "{\"certificates\":[", "{},", "{}]}", 1000000, "at most 20000" },
        { "{\"certificates\":[", "1,", "1]}", 20000, "at most 20000" },
        { "{\"certificates\":[", "1,", "1]}", 19999, "no key" },
    };
    size_t i, k;

    (void)state;
    for (i = 0; i < COUNT(lists); i++) {
        size_t each = strlen(lists[i].text), n = strlen(lists[i].start);
        size_t size = n + each * lists[i].n + strlen(lists[i].end);
        uint8_t *p = malloc(size + 1);

        assert_non_null(p);
        memcpy(p, lists[i].start, n);
        for (k = 0; k < lists[i].n; k++, n += each)
            memcpy(p + n, lists[i].text, each);
        memcpy(p + n, lists[i].end, strlen(lists[i].end));
        refused_file(signed_by(publisher, (hp_str){ p, size }), lists[i].word);
        free(p);
    }
}

static void
too_long(void **state)
{
    size_t n = (size_t)20 << 20;
    uint8_t *p = malloc(n);

    (void)state;
    assert_non_null(p);
    memset(p, ' ', n);
    refused_file((hp_str){ p, n }, "16 MiB");
    refused_file((hp_str){ p, n / 2 }, "expected a first line");
    memset(p, 'A', n);
    refused_file((hp_str){ p, n / 2 }, "expected a first line");
    free(p);
}

static void
no_memory(void **state)
{
    hp_str list = list_of(MAKER_JOIN(good(signer), HP_STR(","), good(second)));
    hp_feed_terms t = terms();
    size_t n;

    (void)state;
    for (n = 1;; n++) {
        const lists_result *r;

        alloc_start(n);
        r = lists_import_one(feed(), &t, list);
        if (alloc_calls() < n)
            break;
        if (*r->why == '\0')
            assert_true(r->source.is_signed);
    }
    alloc_start(0);
    assert_in_range(n, 5, 1000);
}

/* ---- the world --------------------------------------------------------------------------------------- */

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    publisher = pki_cert_new(&(pki_wish){ .name = "Publisher" });
    stranger = pki_cert_new(&(pki_wish){ .name = "Stranger" });
    large = pki_cert_new(&(pki_wish){ .key = pki_key_new("P-384") });
    csca = pki_cert_new(&(pki_wish){ .country = "XA", .name = "CSCA", .authority = true });
    upload = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Upload" });
    signer = pki_cert_new(&(pki_wish){ .country = "XA", .name = "One", .issuer = csca });
    second = pki_cert_new(&(pki_wish){ .country = "XA", .name = "Two" });
    pin = hp_pin_read(crypto, pki_spki(pki_cert_key(publisher)));
    other_pin = hp_pin_read(crypto, pki_pem(stranger));
    large_pin = hp_pin_read(crypto, pki_pem(large));
    return crypto == NULL || pin == NULL || other_pin == NULL || large_pin == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    lists_end();
    hp_pin_free(pin);
    hp_pin_free(other_pin);
    hp_pin_free(large_pin);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_list),
    cmocka_unit_test(entries_of_any_signature),
    cmocka_unit_test(given_authorities),
    cmocka_unit_test(signatures),
    cmocka_unit_test(no_pin),
    cmocka_unit_test(entries),
    cmocka_unit_test(no_list),
    cmocka_unit_test(cut_anywhere),
    cmocka_unit_test(too_much),
    cmocka_unit_test(too_long),
    cmocka_unit_test(no_memory),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
