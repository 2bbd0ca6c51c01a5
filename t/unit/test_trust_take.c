/*
 * Stores as `healthpassctl trust` keeps them: a list comes in whole or not at all, also when
 * memory runs out anywhere; and what is told of it, whatever its texts hold.
 */
#include "unit.h"

#include "check/store.h"
#include "cli/trust.h"
#include "cli/trust_report.h"
#include "codec/base64.h"
#include "maker.h"

#include <stdlib.h>
#include <unistd.h>

#define STORE "store"

static hp_crypto *crypto;
static char folder[] = "/tmp/hp-take-XXXXXX";

/* ---- a feed of our own --------------------------------------------------------- */

/*
 * "1x": document x as of the first hour; "1!": a CRL as of then, of the one authority that there
 * is.
 */
static bool
put_part(hp_import *import, hp_str list, size_t *at, hp_error *error)
{
    hp_str letter = { &list.p[*at + 1], 1 };
    bool is_crl = letter.p[0] == '!';
    hp_record record = { .role = is_crl ? HP_ROLE_CRL : HP_ROLE_DOCUMENT,
                         .kid = HP_STR("the name"), .issuer = letter,
                         .domains = HP_DOMAIN_OTHER, .cert = HP_STR("a CRL"),
                         .valid = { MAKER_FROM + 3600 * (list.p[*at] - '0'), MAKER_TO } };

    ++*at;
    return hp_import_put(import, &record, error);
}

/* The list is as many letters as it has keys; each key's id is its place and its letter. */
static bool
read_letters(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    hp_str list = input->files[0].bytes;
    uint8_t kid[HP_KID] = { 0 };
    size_t i;

    import->source->issued = import->source->dated = MAKER_IAT;
    import->source->is_signed = true;
    for (i = 0; i < list.n; i++) {
        hp_record record = { .role = HP_ROLE_SIGNER, .kid = { kid, sizeof(kid) },
                             .spki = HP_STR("no key at all"), .country = "XA",
                             .domains = HP_DOMAIN_DCC, .usage = HP_USE_ALL,
                             .valid = { MAKER_FROM, MAKER_TO } };

        memcpy(kid, &i, 4);
        kid[7] = list.p[i];
        if (list.p[i] >= '0' && list.p[i] <= '9') {
            if (!put_part(import, list, &i, error))
                return false;
            continue;
        }
        import->source->entries++;
        if (!hp_import_put(import, &record, error))
            return false;
    }
    return true;
}

static bool allow_older;
static const hp_feed letters = { .name = "letters", .read = read_letters };

static hp_took
take(const char *name, const char *list, hp_records *now, hp_error *error)
{
    hp_feed_file file = { .path = "list", .bytes = hp_str_of(list) };
    hp_feed_input input = { .files = &file, .n = 1 };
    hp_feed_terms terms = { .crypto = crypto, .name = name, .now = MAKER_NOW };
    hp_take wish = { .feed = &letters, .input = &input, .terms = &terms,
                     .allow_older = allow_older };
    size_t source;

    return hp_trust_take(STORE, &wish, now, &source, error);
}

static void
must_take(const char *name, const char *list)
{
    hp_records now;
    hp_error error;

    if (take(name, list, &now, &error) != HP_TOOK)
        fail_msg("%s", error.text);
    hp_records_free(&now);
}

static hp_str
stored(void)
{
    hp_bytes bytes;
    hp_error error;
    hp_str s;

    if (!hp_file_read(STORE, 0, HP_STORE_MAX, &bytes, NULL, &error))
        return (hp_str){ NULL, 0 };
    s = maker_copy((hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    return s;
}

static int
no_store(void **state)
{
    (void)state;
    (void)unlink(STORE);
    return 0;
}

/* ---- taking -------------------------------------------------------------------- */

static void
test_sources_keep_their_records(void **state)
{
    const hp_record *r;
    hp_records list;
    hp_error error;
    size_t of[3] = { 0 };

    (void)state;
    must_take("one", "a");
    must_take("two", "bb");
    must_take("three", "ccc");
    must_take("one", "aa"); /* moves to the end */
    assert_int_equal(hp_trust_remove(crypto, STORE, "two", &error), HP_TOOK);
    must_take("four", "dddd");
    assert_true(hp_trust_read(crypto, STORE, true, &list, &error));
    assert_int_equal(list.n_sources, 3);
    assert_string_equal(list.sources[0].name, "three");
    assert_string_equal(list.sources[1].name, "one");
    assert_string_equal(list.sources[2].name, "four");
    for (r = list.all; r < list.all + list.n; r++) {
        assert_int_equal(r->kid.p[7], "cad"[r->source]);
        of[r->source]++;
    }
    assert_int_equal(of[0], 3);
    assert_int_equal(of[1], 2);
    assert_int_equal(of[2], 4);
    hp_records_free(&list);
}

/* Only the list that was seen is as young as its sight. */
static void
test_seen_unchanged(void **state)
{
    hp_records now;
    hp_source seen;
    hp_error error;
    hp_str before;

    (void)state;
    assert_int_equal(take("one", "aa", &now, &error), HP_TOOK);
    seen = now.sources[0];
    hp_records_free(&now);
    assert_int_equal(hp_trust_confirm(crypto, STORE, &seen, MAKER_NOW, &now, &error), HP_TOOK);
    assert_true(now.sources[0].dated == MAKER_NOW);
    hp_records_free(&now);
    must_take("one", "bb"); /* by another run, meanwhile */
    before = stored();
    assert_int_equal(hp_trust_confirm(crypto, STORE, &seen, MAKER_NOW, &now, &error),
                     HP_TOOK_REFUSED);
    assert_non_null(strstr(error.text, "another list named one"));
    (void)strcpy(seen.name, "two");
    assert_int_equal(hp_trust_confirm(crypto, STORE, &seen, MAKER_NOW, &now, &error),
                     HP_TOOK_REFUSED);
    assert_non_null(strstr(error.text, "no list named two"));
    assert_str_equal(stored(), before);
}

/* Whatever allocation fails, the store is what it was, and nothing is left beside it. */
static void
test_no_memory(void **state)
{
    hp_str before;
    hp_records now;
    hp_error error;
    hp_took took = HP_TOOK_FAULT;
    size_t n;

    (void)state;
    must_take("one", "aaaa");
    must_take("two", "bbbb");
    before = stored();
    for (n = 1; took != HP_TOOK; n++) {
        alloc_start(n);
        took = take("one", "cccc", &now, &error);
        alloc_start(0);
        if (took == HP_TOOK)
            break;
        assert_true(error.text[0] != '\0');
        assert_str_equal(stored(), before);
        assert_int_equal(access(STORE ".new", F_OK), -1);
        assert_true(n < 1000);
    }
    assert_true(n > 10);
    assert_int_equal(now.n, 8);
    hp_records_free(&now);
}

/* One document of several, or one CRL, must not go back behind the others' time (record.h). */
static void
test_parts(void **state)
{
    static const struct {
        const char *old, *fresh;
        const char *why; /* "": it is taken */
    } cases[] = {
        { "a5x3y", "a5x3y", "" },
        { "a5x3y", "a6x4y", "" },
        { "a5x", "a5x1y", "" }, /* a new one */
        { "a5x3y", "a5x2y", "document y of" },
        { "a5x3y", "a5x", "document y of" },
        { "a5x3y", "a9y", "document x of" },
        { "a5x", "a9z", "document x of" },
        { "a5!", "a5!", "" },
        { "a5!", "a6!", "" },
        { "a5!", "a4!", "CRL of" },
        { "a5!", "a", "CRL of" },
        { "a5!1!", "a5!1!", "" },
        { "a5!1!", "a9!1!", "" },
        { "a5!1!", "a9!0!", "CRL of" },
        { "a5!1!", "a9!", "CRL of" },
        { "a", "a5x5!", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        hp_records now;
        hp_error error = { "" };

        (void)unlink(STORE);
        must_take("other", "a9x9y9!");
        must_take("one", cases[i].old);
        allow_older = false;
        assert_int_equal(take("one", cases[i].fresh, &now, &error),
                         cases[i].why[0] == '\0' ? HP_TOOK : HP_TOOK_REFUSED);
        if (strstr(error.text, cases[i].why) == NULL)
            fail_msg("%s", error.text);
        hp_records_free(&now);
        allow_older = true;
        assert_int_equal(take("one", cases[i].fresh, &now, &error), HP_TOOK);
        assert_int_equal(now.sources[1].keys, 1);
        hp_records_free(&now);
        allow_older = false;
    }
}

static void
test_no_memory_to_remove(void **state)
{
    hp_str before;
    hp_error error;
    hp_took took;
    size_t n = 0;

    (void)state;
    must_take("one", "aaaa");
    must_take("two", "bbbb");
    before = stored();
    do {
        assert_str_equal(stored(), before);
        alloc_start(++n);
        took = hp_trust_remove(crypto, STORE, "one", &error);
        alloc_start(0);
    } while (took != HP_TOOK && n < 1000);
    assert_int_equal(took, HP_TOOK);
    assert_true(n > 5);
}

static void
test_too_many(void **state)
{
    char name[HP_SOURCE_NAME], *many = calloc(1, 10002);
    hp_records now;
    hp_error error;
    int i;

    (void)state;
    assert_non_null(many);
    for (i = 0; i < HP_SOURCES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "n%d", i);
        must_take(name, "a");
    }
    assert_int_equal(take("one-more", "a", &now, &error), HP_TOOK_REFUSED);
    assert_non_null(strstr(error.text, "64 lists"));
    (void)unlink(STORE);
    memset(many, 'a', 10001);
    must_take("one", many);
    assert_int_equal(take("two", many, &now, &error), HP_TOOK_REFUSED);
    assert_non_null(strstr(error.text, "20000 keys"));
    many[9999] = '\0';
    must_take("two", many);
    free(many);
}

/* ---- telling ------------------------------------------------------------------- */

#define EVIL "\033[2J\007\xc2\x9b" "31m"

/* What a store of anybody's may hold. */
static void
make_evil(hp_records *list)
{
    static const uint8_t url[] = "https://" EVIL;
    hp_source *source = hp_records_source(list, "evil" EVIL, "f" EVIL);
    hp_record record = { .role = HP_ROLE_SIGNER, .kid = HP_STR("\033[31m\007\012\015"),
                         .issuer = { url, sizeof(url) - 1 }, .spki = HP_STR("x"),
                         .domains = HP_DOMAIN_2D_DOC, .valid = { MAKER_FROM, MAKER_TO } };

    assert_non_null(source);
    memcpy(record.country, "\033[2", 4);
    assert_true(hp_records_put(list, &record));
}

static void
assert_tame(const char *text, size_t n)
{
    size_t i;

    assert_true(n > 0);
    for (i = 0; i < n; i++)
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
}

static void
test_no_terminal_obeys(void **state)
{
    hp_report_terms terms = { MAKER_NOW, HP_AGE_WARN, HP_AGE_MAX };
    hp_records list = { .env = HP_ENV_PROD };
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    hp_json *json;

    (void)state;
    assert_non_null(to);
    make_evil(&list);
    assert_true(hp_report_source(&list, 0, &terms, to));
    hp_report_key(crypto, &list, &list.all[0], MAKER_NOW, to);
    json = hp_report_source_json(&list, 0, &terms);
    assert_true(hp_json_print(json, to));
    hp_json_free(json);
    json = hp_report_key_json(crypto, &list, &list.all[0], MAKER_NOW);
    assert_true(hp_json_print(json, to));
    hp_json_free(json);
    assert_int_equal(fclose(to), 0);
    assert_tame(text, n);
    free(text);
    alloc_start(1);
    assert_false(hp_report_source(&list, 0, &terms, stderr));
    alloc_start(1);
    assert_null(hp_report_source_json(&list, 0, &terms));
    alloc_start(0);
    hp_records_free(&list);
}

static void
test_states(void **state)
{
    static const struct {
        hp_flaw flaw;
        hp_span valid, issuer; /* issuer.until 0: none */
        hp_key_state is;
    } table[] = {
        { HP_FLAW_NONE, { 10, 20 }, { 0, 0 }, HP_KEY_USABLE },
        { HP_FLAW_NONE, { 15, 15 }, { 15, 15 }, HP_KEY_USABLE },
        { HP_FLAW_NONE, { 10, 14 }, { 0, 99 }, HP_KEY_EXPIRED },
        { HP_FLAW_NONE, { 16, 20 }, { 0, 99 }, HP_KEY_NOT_YET },
        { HP_FLAW_NONE, { 10, 20 }, { 1, 14 }, HP_KEY_AUTHORITY },
        { HP_FLAW_NONE, { 10, 20 }, { 16, 99 }, HP_KEY_AUTHORITY },
        { HP_FLAW_CHAIN, { 10, 14 }, { 0, 0 }, HP_KEY_CHAIN },
        { HP_FLAW_REVOKED, { 10, 20 }, { 0, 99 }, HP_KEY_REVOKED },
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        hp_record key = { .flaw = table[i].flaw, .valid = table[i].valid,
                          .issuers = { table[i].issuer }, .n_issuers = table[i].issuer.until > 0 };

        assert_int_equal(hp_key_state_at(&key, 15), table[i].is);
    }
}

static void
test_ages(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } table[] = {
        { -5, "0 seconds" }, { 1, "1 second" }, { 119, "119 seconds" }, { 120, "2 minutes" },
        { 7199, "119 minutes" }, { 7200, "2 hours" }, { 172799, "47 hours" },
        { 172800, "2 days" }, { 86400 * 400.0, "400 days" },
    };
    char text[HP_AGE_TEXT];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        hp_age_write(table[i].seconds, text);
        assert_string_equal(text, table[i].text);
    }
}

static void
test_names(void **state)
{
    static const char *const good[] = { "a", "WHO_2.prod-x", "1234567890123456789012345678901" };
    static const char *const bad[] = { "", "a b", "a/b", "\033", "\xc3\xa9", "a\n",
                                       "12345678901234567890123456789012" };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++)
        assert_true(hp_source_name_ok(good[i]));
    for (i = 0; i < COUNT(bad); i++)
        assert_false(hp_source_name_ok(bad[i]));
}

static void
test_base64url(void **state)
{
    static const uint8_t bytes[] = { 0xff, 0xfe, 0x11, 0x80, 0x7f, 0x03, 0x09 };
    static const char *const texts[] = { "", "_w", "__4", "__4R", "__4RgA", "__4RgH8", "__4RgH8D" };
    char text[HP_BASE64_TEXT(sizeof(bytes))];
    size_t n;

    (void)state;
    for (n = 0; n < COUNT(texts); n++) {
        hp_base64url_write((hp_str){ bytes, n }, text);
        assert_string_equal(text, texts[n]);
        assert_int_equal(strlen(text) + 1, HP_BASE64_TEXT(n));
    }
}

/* ---- set-up -------------------------------------------------------------------- */

static int
set_up(void **state)
{
    (void)state;
    crypto = hp_crypto_new();
    return crypto != NULL && mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    (void)unlink(STORE);
    (void)unlink(STORE ".lock");
    hp_crypto_free(crypto);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup(test_sources_keep_their_records, no_store),
    cmocka_unit_test_setup(test_seen_unchanged, no_store),
    cmocka_unit_test_setup(test_no_memory, no_store),
    cmocka_unit_test(test_parts),
    cmocka_unit_test_setup(test_no_memory_to_remove, no_store),
    cmocka_unit_test_setup(test_too_many, no_store),
    cmocka_unit_test(test_no_terminal_obeys),
    cmocka_unit_test(test_states),
    cmocka_unit_test(test_ages),
    cmocka_unit_test(test_names),
    cmocka_unit_test(test_base64url),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
