/*
 * Withdrawn passes on the whole way: refused in every encoding of the same signed content, by
 * whichever list, once it is there; and what a gate does whose lists are missing or old.
 */
#include "unit.h"

#include "base/hex.h"
#include "check/trust.h"
#include "hp.h"
#include "index.h"
#include "maker.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define UCI "URN:UVCI:01:XA:1#2" /* of MAKER_V */

static uint8_t buffer[HP_MEMORY], zeros[HP_MEMORY];
static const maker_key *es, *ps, *stranger;
static hp_crypto *crypto;
static hp_keys *ready;

/* ---- keys of the good pass -------------------------------------------------------- */

static index_key
key_of(hp_str text, uint32_t batch)
{
    uint8_t digest[HP_SHA256];
    index_key key = { .batch = batch };

    assert_true(hp_sha256(crypto, &text, 1, digest));
    memcpy(key.key, digest, HP_LISTED);
    return key;
}

/* One message, so that its signature is known: ECDSA signs differently each time. */
typedef struct {
    hp_str header, claims, signature;
} message;

static message
message_of(const maker_key *key)
{
    message m = { .header = maker_header(key), .claims = maker_claims(maker_cbor(HP_STR(MAKER_V))) };

    m.signature = maker_sign(key, m.header, m.claims);
    return m;
}

static hp_str
cose_of(const message *m)
{
    return maker_cose(m->header, HP_STR("\xa0"), m->claims, m->signature);
}

/* ---- lists ------------------------------------------------------------------------ */

static hp_source source; /* of every index here */

/* An index of one key of that kind, in one batch; its path. */
static const char *
index_with(const char *name, hp_listed_kind kind, index_key key)
{
    hp_batch batch = { .kind = kind, .id = "batch-7", .expires = HP_TIME_LAST,
                       .before = HP_TIME_LAST };
    index_made made = { .lead = 1, .kinds = HP_LISTED_BIT(kind), .sources = &source,
                        .n_sources = 1, .batches = &batch, .n_batches = 1, .keys = &key,
                        .n_keys = 1 };
    hp_bytes bytes = index_bytes(crypto, &made);
    const char *path = maker_file(name, (hp_str){ bytes.p, bytes.n });

    hp_bytes_free(&bytes);
    return path;
}

/* An index with one filter of keys cut to four bytes; its path. */
static const char *
index_filter(const char *name, bool sure, index_key key)
{
    hp_batch batch = { .id = "slice-1", .expires = HP_TIME_LAST, .before = HP_TIME_LAST };
    hp_slice slice = { .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI),
                       .any_kid = true, .width = 4, .sure = sure, .filter = { key.key, 4 } };
    index_made made = { .lead = 1, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .sources = &source,
                        .n_sources = 1, .batches = &batch, .n_batches = 1, .slices = &slice,
                        .n_slices = 1 };
    hp_bytes bytes = index_bytes(crypto, &made);
    const char *path = maker_file(name, (hp_str){ bytes.p, bytes.n });

    hp_bytes_free(&bytes);
    return path;
}

static index_key
key_of_nobody(void)
{
    return key_of(HP_STR("nobody's"), 0);
}

/* The deny list with one block, as the line begins: "U" and the hash of the text. */
static const char *
deny_with(const char *kind, hp_str text)
{
    index_key key = key_of(text, 0);
    char hex[HP_HEX_TEXT(HP_LISTED)];

    hp_hex_write((hp_str){ key.key, HP_LISTED }, hex);
    return maker_file("deny", maker_print(HP_DENY_HEAD "%s %s added=2021-06-30T00:00:00Z\n", kind,
                                          hex));
}

/* ---- policies --------------------------------------------------------------------- */

static hp_load
try_load(const char *lines, hp_policy **p, hp_error *error)
{
    const maker_key *keys[] = { es, ps };

    return hp_policy_load(maker_policy(keys, COUNT(keys), maker_c_string(maker_print(
        "rules = \"minimal\";\n%s", lines))), HP_DOOR_NONE, p, error);
}

static hp_policy *
load(const char *lines)
{
    hp_policy *p;
    hp_error error;

    if (try_load(lines, &p, &error) != HP_LOAD_OK)
        fail_msg("%s", error.text);
    return p;
}

static hp_policy *
load_index(const char *path, const char *lines)
{
    return load(maker_c_string(maker_print("revoked = \"%s\";\n%s", path, lines)));
}

static hp_policy *
load_deny(const char *path)
{
    return load(maker_c_string(maker_print("deny_list = \"%s\";", path)));
}

/* The marks as a record of a session has them. */
static void
as_recorded(hp_marks *marks)
{
    hp_session *s = calloc(1, sizeof(*s)), *again = calloc(1, sizeof(*again));
    char written[HP_SESSION_TEXT];
    size_t n;

    assert_non_null(s);
    assert_non_null(again);
    memset(s->boot, 'b', HP_BOOT - 1);
    s->leader = (hp_process){ 9, 9 };
    s->marks = *marks;
    n = hp_session_write(s, written);
    assert_true(n > 0);
    assert_true(hp_session_read((hp_str){ (uint8_t *)written, n }, again));
    *marks = again->marks;
    free(s);
    free(again);
}

/*
 * When the pass is gone its marks say the same of it.  Only a beginning of its number does not:
 * it was blocked before, or else nobody knows.
 */
static void
fate_is(const hp_policy *p, hp_str text, double now, hp_reason judged)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_marks marks = { .n_ledger = 0 };
    hp_ask ask = { .text = text, .now = now, .any_now = true, .keys = ready, .marks = &marks };
    hp_reason why = HP_PENDING;
    hp_verdict v;
    hp_fate fate;

    (void)hp_verify(p, &ask, &memory, &v);
    assert_int_equal(v.reason, judged);
    if (marks.query.n == 0 ||
        (judged != HP_OK && judged != HP_FAULT && !hp_reason_is_withdrawn(judged)))
        return;
    as_recorded(&marks);
    fate = hp_policy_fate(p, &marks, now, now, &why);
    if (judged == HP_FAULT)
        assert_int_equal(fate, HP_UNCERTAIN);
    else if (judged == HP_OK)
        assert_int_equal(fate, HP_STANDS);
    else if (fate == HP_STANDS)
        assert_int_equal(hp_policy_fate(p, &marks, 0, now, &why), HP_UNCERTAIN);
    else
        assert_int_equal(why, judged);
}

static hp_reason
judge_at(const hp_policy *p, hp_str text, double now, hp_verdict *v)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = guard_end(text), .now = now, .any_now = true, .keys = ready };

    alloc_start(0);
    (void)hp_verify(p, &ask, &memory, v);
    assert_int_equal(alloc_calls(), 0);
    assert_memory_equal(buffer, zeros, sizeof(buffer));
    fate_is(p, text, now, v->reason);
    return v->reason;
}

static hp_reason
judge(const hp_policy *p, hp_str text)
{
    hp_verdict v;

    return judge_at(p, text, MAKER_NOW, &v);
}

/* Judges by the index and ends the policy. */
static hp_reason
by_index(const char *path, const char *lines, hp_str text)
{
    hp_policy *p = load_index(path, lines);
    hp_reason reason = judge(p, text);

    hp_policy_free(p);
    return reason;
}

/* ---- listed ----------------------------------------------------------------------- */

static void
each_kind_of_key(void **state)
{
    message m = message_of(es), rsa = message_of(ps);
    const struct {
        hp_listed_kind kind;
        hp_str of;
        message *pass;
    } table[] = {
        { HP_LISTED_SIGNATURE, { m.signature.p, 32 }, &m },
        { HP_LISTED_SIGNATURE, rsa.signature, &rsa },
        { HP_LISTED_UCI, HP_STR(UCI), &m },
        { HP_LISTED_COUNTRY_UCI, HP_STR("XA" UCI), &m },
        { HP_LISTED_PROOF, rsa.signature, &rsa },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_policy *p = load_index(index_with("one", table[i].kind, key_of(table[i].of, 0)), "");
        hp_verdict v;

        assert_int_equal(judge_at(p, maker_hc1(cose_of(table[i].pass)), MAKER_NOW, &v), HP_REVOKED);
        assert_string_equal(v.list, "eu");
        assert_string_equal(v.batch, "batch-7");
        assert_string_equal(hp_reason_stage(v.reason), "revocation");
        hp_policy_free(p);
    }
    assert_int_equal(by_index(index_with("one", HP_LISTED_UCI, key_of_nobody()), "",
                              maker_hc1(cose_of(&m))), HP_OK);
    /* the right key, listed as another kind */
    assert_int_equal(by_index(index_with("one", HP_LISTED_SIGNATURE, key_of(HP_STR(UCI), 0)), "",
                              maker_hc1(cose_of(&m))), HP_OK);
}

/* n - s, byte by byte. */
static hp_str
other_signature(hp_str signature)
{
    hp_str order = maker_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    uint8_t out[64];
    int borrow = 0;

    memcpy(out, signature.p, 32);
    for (int i = 31; i >= 0; i--) {
        int digit = order.p[i] - signature.p[32 + i] - borrow;

        borrow = digit < 0;
        out[32 + i] = (uint8_t)(digit + 256 * borrow);
    }
    return maker_copy((hp_str){ out, sizeof(out) });
}

/* Whoever copies a pass can re-make all that is not signed. */
static void
every_encoding_of_one_content(void **state)
{
    message m = message_of(es);
    hp_str cose = cose_of(&m), none = HP_STR("\xa0"), more = HP_STR("\xa1\x18\x63\x01");
    hp_str other = other_signature(m.signature);
    hp_str encodings[] = {
        maker_hc1(cose),
        maker_hc1(MAKER_JOIN(HP_STR("\xd2"), cose)),
        maker_hc1(MAKER_JOIN(HP_STR("\xd8\x3d\xd2"), cose)),
        maker_hc1(MAKER_JOIN(HP_STR("\xd8\x3d"), cose)),
        maker_hc1(maker_cose(m.header, more, m.claims, m.signature)),
        maker_hc1(maker_cose(m.header, none, m.claims, other)),
        maker_hc1(MAKER_JOIN(HP_STR("\xd2"), maker_cose(m.header, more, m.claims, other))),
        MAKER_JOIN(HP_STR(" \n"), maker_hc1(cose), HP_STR("\r\n")),
    };
    index_key r = key_of((hp_str){ m.signature.p, 32 }, 0);
    hp_policy *listed = load_index(index_with("r", HP_LISTED_SIGNATURE, r), "");
    hp_policy *clear = load_index(index_with("nobody", HP_LISTED_SIGNATURE, key_of_nobody()), "");

    (void)state;
    for (size_t i = 0; i < COUNT(encodings); i++) {
        assert_int_equal(judge(clear, encodings[i]), HP_OK);
        assert_int_equal(judge(listed, encodings[i]), HP_REVOKED);
    }
    hp_policy_free(listed);
    hp_policy_free(clear);
}

/* The lists are asked about genuine passes that are in time, and about no other. */
static void
only_genuine_passes_are_looked_up(void **state)
{
    message m = message_of(es), forged = m, foreign = message_of(stranger);
    hp_policy *p = load_index(index_with("one", HP_LISTED_UCI, key_of(HP_STR(UCI), 0)), "");
    hp_verdict v;

    (void)state;
    forged.signature = message_of(es).signature;
    forged.claims = maker_replace(m.claims, HP_STR("Erna"), HP_STR("Emma"));
    assert_int_equal(judge(p, maker_hc1(cose_of(&forged))), HP_SIGNATURE);
    assert_int_equal(judge(p, maker_hc1(cose_of(&foreign))), HP_SIGNER_UNKNOWN);
    assert_int_equal(judge_at(p, maker_hc1(cose_of(&m)), MAKER_EXP + 1, &v), HP_EXPIRED);
    assert_string_equal(v.list, "");
    hp_policy_free(p);
}

/* A withdrawn pass is not told that it would not have met a rule either. */
static void
before_the_rules(void **state)
{
    hp_str positive = maker_replace(maker_copy(HP_STR(MAKER_T)), HP_STR("260415000"),
                                    HP_STR("260373001"));
    hp_str text = maker_pass(es, maker_c_string(positive));

    (void)state;
    assert_int_equal(by_index(index_with("one", HP_LISTED_UCI, key_of_nobody()), "", text),
                     HP_RULE_FAILED);
    assert_int_equal(by_index(index_with("one", HP_LISTED_UCI, key_of(HP_STR(UCI), 0)), "", text),
                     HP_REVOKED);
}

static void
filters_may_be_wrong(void **state)
{
    index_key uci = key_of(HP_STR(UCI), 0);
    hp_str text = maker_pass(es, MAKER_V);

    (void)state;
    assert_int_equal(by_index(index_filter("f", true, uci), "", text), HP_REVOKED);
    assert_int_equal(by_index(index_filter("f", false, uci), "", text), HP_REVOKED_MAYBE);
    assert_int_equal(by_index(index_filter("f", false, uci), "revoked_maybe = \"deny\";", text),
                     HP_REVOKED_MAYBE);
    assert_int_equal(by_index(index_filter("f", false, uci), "revoked_maybe = \"allow\";", text),
                     HP_OK);
    assert_int_equal(by_index(index_filter("f", true, uci), "revoked_maybe = \"allow\";", text),
                     HP_REVOKED);
    assert_int_equal(by_index(index_filter("f", false, key_of_nobody()), "", text), HP_OK);
}

/* Of several indexes the surest answer counts, whichever comes first. */
static void
several_indexes(void **state)
{
    index_key uci = key_of(HP_STR(UCI), 0);
    const char *maybe = index_filter("maybe", false, uci), *none;
    const char *listed = index_with("listed", HP_LISTED_UCI, uci);
    hp_str text = maker_pass(es, MAKER_V);
    const char *pairs[][2] = { { maybe, listed }, { listed, maybe }, { NULL, listed } };
    hp_policy *p;

    (void)state;
    none = index_with("none", HP_LISTED_UCI, key_of_nobody());
    for (size_t i = 0; i < COUNT(pairs); i++) {
        p = load(maker_c_string(maker_print("revoked = [ \"%s\", \"%s\" ];",
            pairs[i][0] != NULL ? pairs[i][0] : none, pairs[i][1])));
        assert_int_equal(judge(p, text), HP_REVOKED);
        hp_policy_free(p);
    }
}

/* What was touched cannot be: nobody knows, and nobody comes in. */
static void
a_damaged_index_is_a_fault(void **state)
{
    const char *path = index_with("bad", HP_LISTED_UCI, key_of(HP_STR(UCI), 99));

    (void)state;
    assert_int_equal(by_index(path, "", maker_pass(es, MAKER_V)), HP_FAULT);
}

/* ---- the operator's own list ------------------------------------------------------ */

static void
each_kind_of_block(void **state)
{
    message m = message_of(es);
    const struct {
        const char *kind;
        hp_str of;
    } table[] = {
        { "S", { m.signature.p, 32 } }, { "U", HP_STR(UCI) }, { "C", HP_STR("XA" UCI) },
        { "I", HP_STR("01:XA:1#2") }, { "P6", HP_STR("01:XA:") },
    };
    hp_verdict v;
    hp_policy *p;

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        p = load_deny(deny_with(table[i].kind, table[i].of));
        assert_int_equal(judge_at(p, maker_hc1(cose_of(&m)), MAKER_NOW, &v), HP_DENIED_HERE);
        assert_string_equal(v.list, "deny-list");
        hp_policy_free(p);
    }
    p = load_deny(deny_with("U", HP_STR("another")));
    assert_int_equal(judge(p, maker_hc1(cose_of(&m))), HP_OK);
    hp_policy_free(p);
    p = load_deny(maker_file("deny", HP_STR(HP_DENY_HEAD)));
    assert_int_equal(judge(p, maker_hc1(cose_of(&m))), HP_OK);
    hp_policy_free(p);
}

static hp_reason
marks_of(const hp_policy *p, hp_str text, hp_marks *marks)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = text, .now = MAKER_NOW, .any_now = true, .keys = ready, .marks = marks };
    hp_verdict v;

    return hp_verify(p, &ask, &memory, &v);
}

/* A re-issue with the same number, in other letters: no list key is the same, the ledger id is. */
static void
blocks_by_ledger_id_hold_for_every_key_of_the_ring(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    hp_str again = maker_pass(es, maker_c_string(maker_replace(maker_copy(HP_STR(MAKER_V)),
        HP_STR(UCI), HP_STR("urn:uvci:01:xa:1#2"))));
    hp_policy *p = load("");
    char hex[HP_HEX_TEXT(HP_ID)];
    hp_marks marks = { .n_ledger = 0 };

    (void)state;
    assert_int_equal(marks_of(p, text, &marks), HP_OK);
    hp_policy_free(p);
    assert_int_equal(marks.n_ledger, 1);
    assert_null(marks.query.kid.p);
    hp_hex_write((hp_str){ marks.ledger[0], HP_ID }, hex);
    (void)maker_file("deny", maker_print(HP_DENY_HEAD "L %s added=2021-06-30T00:00:00Z\n", hex));
    p = load_deny(maker_c_string(maker_print("%s/deny", maker_folder())));
    assert_int_equal(judge(p, again), HP_DENIED_HERE);
    hp_policy_free(p);
    p = load(maker_c_string(maker_print("deny_list = \"%s/deny\";", maker_folder())));
    (void)maker_file("identity", MAKER_JOIN(maker_fill(32, 'n'), maker_fill(32, 'i')));
    {
        hp_error error;

        assert_int_equal(hp_policy_refresh(&p, &error), HP_REFRESH_NEW);
    }
    assert_int_equal(judge(p, again), HP_DENIED_HERE);
    hp_policy_free(p);
}

/* A filter of one signer's passes is asked under each id that its key has. */
static void
filters_are_kept_by_signers(void **state)
{
    index_key uci = key_of(HP_STR(UCI), 0);
    hp_batch batch = { .expires = HP_TIME_LAST, .before = HP_TIME_LAST };
    hp_slice slice = { .kind = HP_SLICE_PREFIX, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .width = 4,
                       .sure = true, .filter = { uci.key, 4 } };
    index_made made = { .lead = 1, .kinds = HP_LISTED_BIT(HP_LISTED_UCI), .sources = &source,
                        .n_sources = 1, .batches = &batch, .n_batches = 1, .slices = &slice,
                        .n_slices = 1 };
    hp_marks marks = { .n_ledger = 0 };
    hp_policy *p = load("");
    hp_bytes bytes;
    hp_reason why;

    (void)state;
    assert_int_equal(marks_of(p, maker_pass(es, MAKER_V), &marks), HP_OK);
    hp_policy_free(p);
    assert_int_equal(marks.n_kids, 1);
    memcpy(slice.kid, marks.kids[0], HP_KID);
    bytes = index_bytes(crypto, &made);
    p = load_index(maker_file("kept", (hp_str){ bytes.p, bytes.n }), "");
    hp_bytes_free(&bytes);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V)), HP_REVOKED);
    memset(marks.kids[0], 'x', HP_KID);
    memcpy(marks.kids[1], slice.kid, HP_KID);
    assert_int_equal(hp_policy_fate(p, &marks, MAKER_NOW, MAKER_NOW, &why), HP_STANDS);
    marks.n_kids = 2;
    assert_int_equal(hp_policy_fate(p, &marks, MAKER_NOW, MAKER_NOW, &why), HP_WITHDRAWN);
    assert_int_equal(why, HP_REVOKED);
    hp_policy_free(p);
}

/* Blocks of beginnings count from when a fleet's last gate may have had them, until they end. */
static void
beginnings_leave_a_pass_uncertain(void **state)
{
    const char *path = deny_with("P6", HP_STR("01:XA:"));
    double added = 1625011200, slack = HP_DENY_DELAY; /* 2021-06-30T00:00:00Z */
    hp_marks marks = { .n_ledger = 0 };
    hp_policy *p = load("");
    hp_reason why;

    (void)state;
    assert_int_equal(marks_of(p, maker_pass(es, MAKER_V), &marks), HP_OK);
    hp_policy_free(p);
    p = load_deny(path);
    assert_int_equal(hp_policy_fate(p, &marks, added + slack, MAKER_NOW, &why), HP_UNCERTAIN);
    assert_int_equal(why, HP_FAULT);
    assert_int_equal(hp_policy_fate(p, &marks, added + slack + 1, MAKER_NOW, &why), HP_STANDS);
    marks.n_numbers = 0; /* what has no number begins with none */
    assert_int_equal(hp_policy_fate(p, &marks, 0, MAKER_NOW, &why), HP_STANDS);
    hp_policy_free(p);
}

/* A pass that is refused later on has its marks all the same; one that is not genuine has none. */
static void
marks_are_of_genuine_passes(void **state)
{
    hp_marks marks = { .n_ledger = 0 };
    hp_policy *p = load_deny(deny_with("U", HP_STR(UCI)));

    (void)state;
    assert_int_equal(marks_of(p, maker_pass(stranger, MAKER_V), &marks), HP_SIGNER_UNKNOWN);
    assert_int_equal(marks.n_ledger + marks.query.n, 0);
    assert_int_equal(marks_of(p, maker_pass(es, MAKER_V), &marks), HP_DENIED_HERE);
    assert_int_equal(marks.query.n, 4); /* S, N, U and, as both countries are one, C */
    hp_policy_free(p);
}

/* ---- lists that are missing or old ------------------------------------------------ */

#define AGED "revoked_required = \"eu\"; revoked_max_age = \"2d\";"
#define TWO_DAYS 172800.0

static void
required_lists_have_an_age(void **state)
{
    const hp_marks none = { .n_ledger = 0 };
    hp_reason because = HP_PENDING;
    hp_str text = maker_pass(es, MAKER_V);
    hp_verdict v;
    hp_error why;
    hp_policy *p;

    (void)state;
    source.dated = MAKER_NOW;
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), AGED);
    assert_int_equal(judge_at(p, text, MAKER_NOW + TWO_DAYS, &v), HP_OK);
    assert_int_equal(hp_policy_age(p, MAKER_NOW + TWO_DAYS, &why), HP_AGE_WARNED);
    assert_int_equal(judge_at(p, text, MAKER_NOW + TWO_DAYS + 1, &v), HP_REVOCATION_STALE);
    assert_int_equal(hp_policy_fate(p, &none, 0, MAKER_NOW + TWO_DAYS + 1, &because), HP_UNCERTAIN);
    assert_int_equal(because, HP_REVOCATION_STALE);
    assert_true(hp_reason_is_fault(v.reason));
    assert_int_equal(hp_policy_age(p, MAKER_NOW + TWO_DAYS + 1, &why), HP_AGE_STALE);
    assert_non_null(strstr(why.text, "the revocation list eu is 2 days old"));
    assert_int_equal(hp_policy_age(p, MAKER_NOW + TWO_DAYS / 2, NULL), HP_AGE_FRESH);
    assert_int_equal(hp_policy_age(p, MAKER_NOW + TWO_DAYS / 2 + 1, NULL), HP_AGE_WARNED);
    /* a list of the future, or a clock of the past */
    assert_int_equal(judge_at(p, text, MAKER_NOW - HP_DATE_SLACK, &v), HP_OK);
    assert_int_equal(judge_at(p, text, MAKER_NOW - HP_DATE_SLACK - 1, &v), HP_REVOCATION_STALE);
    hp_policy_free(p);
    source.dated = 0;
}

/* What nobody requires is used as it is, and told of. */
static void
other_lists_are_used_when_old(void **state)
{
    index_key uci = key_of(HP_STR(UCI), 0);
    hp_policy *p;
    hp_verdict v;
    hp_error why;

    (void)state;
    source.dated = MAKER_NOW;
    p = load_index(index_with("aged", HP_LISTED_UCI, uci), "");
    assert_int_equal(judge_at(p, maker_pass(es, MAKER_V), MAKER_NOW + 3 * TWO_DAYS, &v), HP_REVOKED);
    assert_int_equal(hp_policy_age(p, MAKER_NOW + 3 * TWO_DAYS, &why), HP_AGE_WARNED);
    assert_non_null(strstr(why.text, "revoked_required does not name it"));
    hp_policy_free(p);
    source.dated = 0;
}

/* "No list" is never "nothing was revoked" where one is required. */
static void
a_required_list_that_is_in_no_index(void **state)
{
    hp_policy *p = load_index(index_with("one", HP_LISTED_UCI, key_of_nobody()),
                              "revoked_required = [ \"eu\", \"house\" ];");
    hp_error why;

    (void)state;
    assert_int_equal(judge(p, maker_pass(es, MAKER_V)), HP_REVOCATION_STALE);
    assert_int_equal(hp_policy_age(p, MAKER_NOW, &why), HP_AGE_STALE);
    assert_non_null(strstr(why.text, "house, which revoked_required names, is in no index"));
    hp_policy_free(p);
}

static void
an_override_allows_old_lists_and_no_missing_ones(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    const char *path = maker_file("over", HP_STR("version: 1\nallows: stale\n"
        "made: 2021-07-10T00:00:00Z\nuntil: 2021-07-11T00:00:00Z\nby: me\nreason: no network\n"));
    hp_verdict v;
    hp_policy *p;

    (void)state;
    source.dated = MAKER_NOW;
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), maker_c_string(maker_print(
        AGED " stale_override = \"%s\";", path)));
    assert_int_equal(judge_at(p, text, 1625918400, &v), HP_OK); /* 2021-07-10T12:00:00Z */
    assert_true(v.overridden);
    assert_int_equal(judge_at(p, text, 1626004801, &v), HP_REVOCATION_STALE);
    hp_policy_free(p);
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), maker_c_string(maker_print(
        "revoked_required = \"house\"; stale_override = \"%s\";", path)));
    assert_int_equal(judge_at(p, text, 1625918400, &v), HP_REVOCATION_STALE);
    hp_policy_free(p);
    source.dated = 0;
}

/* ---- files that come and go ------------------------------------------------------- */

static void
refuses_to_start_without_its_lists(void **state)
{
    static const char *const lines[] = {
        "revoked = \"%s/nowhere\";", "deny_list = \"%s/nowhere\";",
        "revoked = \"%s/policy.conf\";", "deny_list = \"%s/policy.conf\";",
    };
    hp_error error;
    hp_policy *p;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        char line[256];

        (void)snprintf(line, sizeof(line), lines[i], maker_folder());
        assert_int_equal(try_load(line, &p, &error), HP_LOAD_TRUST);
        assert_null(p);
        assert_non_null(strstr(error.text, i < 2 ? "nowhere: No such file" : "policy.conf"));
    }
}

static bool
look(hp_policy *p, bool again, const char *says)
{
    hp_error error;
    bool taken = hp_policy_refresh_lists(p, again, &error);

    if (says == NULL)
        assert_string_equal(error.text, "");
    else if (strstr(error.text, says) == NULL)
        fail_msg("says %s", error.text);
    return taken;
}

/* As the tools do it: another file takes the place of the old one. */
static void
move(const char *from, const char *to)
{
    assert_int_equal(rename(maker_c_string(maker_print("%s/%s", maker_folder(), from)),
                            maker_c_string(maker_print("%s/%s", maker_folder(), to))), 0);
}

static void
changed_lists_are_taken_up(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    hp_policy *p = load_index(index_with("live", HP_LISTED_UCI, key_of_nobody()), "");

    (void)state;
    assert_false(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_OK);
    (void)index_with("next", HP_LISTED_UCI, key_of(HP_STR(UCI), 0));
    move("next", "live");
    assert_true(look(p, false, NULL));
    assert_false(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_REVOKED);
    hp_policy_free(p);

    p = load_deny(deny_with("U", HP_STR("another")));
    assert_int_equal(judge(p, text), HP_OK);
    (void)deny_with("U", HP_STR(UCI));
    assert_true(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_DENIED_HERE);
    hp_policy_free(p);
}

/* What is wrong, or gone, takes nothing from what was read before; it is told once. */
static void
a_bad_new_list_keeps_the_old_one(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    const char *path = index_with("kept", HP_LISTED_UCI, key_of(HP_STR(UCI), 0));
    hp_policy *p = load_index(path, "");

    (void)state;
    (void)maker_file("next", HP_STR("no index"));
    move("next", "kept");
    assert_false(look(p, false, "kept"));
    assert_false(look(p, false, NULL));
    assert_false(look(p, true, NULL));
    assert_int_equal(judge(p, text), HP_REVOKED);
    assert_int_equal(unlink(path), 0);
    assert_false(look(p, false, "No such file"));
    assert_int_equal(judge(p, text), HP_REVOKED);
    (void)index_with("next", HP_LISTED_UCI, key_of_nobody());
    move("next", "kept");
    assert_true(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_OK);
    hp_policy_free(p);

    path = deny_with("U", HP_STR(UCI));
    p = load_deny(path);
    (void)maker_file("deny", HP_STR(HP_DENY_HEAD "U 12 added=never\n"));
    assert_false(look(p, false, "deny:2"));
    assert_int_equal(judge(p, text), HP_DENIED_HERE);
    assert_int_equal(unlink(path), 0);
    assert_false(look(p, false, "No such file"));
    assert_int_equal(judge(p, text), HP_DENIED_HERE);
    hp_policy_free(p);
}

/* What is inherited is as old as whoever read it: a list that changed since must be taken up. */
static void
an_inherited_list_is_no_excuse(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    hp_policy *p = load_deny(deny_with("U", HP_STR("another")));

    (void)state;
    assert_false(look(p, true, NULL));
    assert_false(hp_policy_doubt_lists(p));
    assert_int_equal(judge(p, text), HP_OK);
    (void)maker_file("deny", HP_STR("damaged\n"));
    assert_false(look(p, true, "deny:1"));
    assert_int_equal(judge(p, text), HP_OK);
    assert_true(hp_policy_doubt_lists(p));
    assert_int_equal(judge(p, text), HP_REVOCATION_STALE);
    assert_false(look(p, true, NULL));
    assert_int_equal(judge(p, text), HP_REVOCATION_STALE);
    (void)deny_with("U", HP_STR("another"));
    assert_true(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_OK);
    hp_policy_free(p);

    p = load_index(index_with("live", HP_LISTED_UCI, key_of_nobody()), "");
    assert_int_equal(unlink(maker_c_string(maker_print("%s/live", maker_folder()))), 0);
    assert_false(look(p, true, "No such file"));
    assert_int_equal(judge(p, text), HP_OK);
    assert_true(hp_policy_doubt_lists(p));
    assert_int_equal(judge(p, text), HP_REVOCATION_STALE);
    hp_policy_free(p);
}

/* A list that is taken up may be one that is required, or no longer bring it. */
static void
required_lists_come_and_go(void **state)
{
    hp_str text = maker_pass(es, MAKER_V);
    hp_policy *p = load_index(index_with("live", HP_LISTED_UCI, key_of_nobody()),
                              "revoked_required = \"eu\";");

    (void)state;
    assert_int_equal(judge(p, text), HP_OK);
    (void)snprintf(source.name, sizeof(source.name), "other");
    (void)index_with("next", HP_LISTED_UCI, key_of_nobody());
    (void)snprintf(source.name, sizeof(source.name), "eu");
    move("next", "live");
    assert_true(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_REVOCATION_STALE);
    (void)index_with("next", HP_LISTED_UCI, key_of_nobody());
    move("next", "live");
    assert_true(look(p, false, NULL));
    assert_int_equal(judge(p, text), HP_OK);
    hp_policy_free(p);
}

/* ---- as status pages tell it ------------------------------------------------------ */

#define TODAY (HP_RELEASED + 86400)

/* The list of that name; fails when there is none. */
static hp_list
listed(const hp_policy *p, const char *name, double now)
{
    hp_list list;

    for (size_t i = 0; hp_policy_list(p, now, i, &list); i++) {
        if (strcmp(list.name, name) == 0)
            return list;
    }
    fail_msg("no list %s", name);
    return list;
}

static const char *
state_of(const hp_policy *p, const char *name, double now)
{
    return hp_age_name(listed(p, name, now).age);
}

/* Is every pass answered with that?  HP_OK: each is judged; what hp_verify() says agrees. */
static void
assert_answer(const hp_policy *p, double now, hp_reason answer)
{
    hp_memory memory = { buffer, sizeof(buffer), 0 };
    hp_ask ask = { .text = HP_STR("HC1:"), .now = now, .keys = ready };
    hp_reason why = HP_FAULT;
    hp_verdict v;

    assert_int_equal(hp_policy_judges(p, now, &why), answer == HP_OK);
    if (answer != HP_OK)
        assert_int_equal(why, answer);
    assert_int_equal(hp_verify(p, &ask, &memory, &v) == why, answer != HP_OK);
}

static void
each_list_is_told(void **state)
{
    const char *index = index_with("told", HP_LISTED_UCI, key_of_nobody());
    hp_policy *p;
    hp_list list;
    size_t n = 0;

    (void)state;
    p = load(maker_c_string(maker_print("revoked = \"%s\"; deny_list = \"%s\";", index,
                                        deny_with("U", HP_STR(UCI)))));
    while (hp_policy_list(p, TODAY, n, &list))
        n++;
    assert_int_equal(n, 3);
    assert_false(hp_policy_list(p, TODAY, 4, &list));
    list = listed(p, "", TODAY);
    assert_string_equal(list.what, "trust");
    assert_int_equal(list.entries, 2);
    assert_true(list.required && list.dated == 0 && list.end == 0 && list.fault == NULL);
    list = listed(p, "eu", TODAY);
    assert_string_equal(list.what, "revocation");
    assert_false(list.required);
    list = listed(p, "deny-list", TODAY);
    assert_string_equal(list.what, "deny");
    assert_int_equal(list.entries, 1);
    assert_true(list.required && list.dated > 0 && list.end == 0);
    hp_policy_free(p);
    p = load("");
    assert_true(hp_policy_list(p, TODAY, 0, &list));
    assert_false(hp_policy_list(p, TODAY, 1, &list));
    hp_policy_free(p);
}

/* The copy of a list in Redis: it grows old with the file beside it, and keeps nobody out. */
static void
a_copy_is_heard_of(void **state)
{
    const char *copy = deny_with("U", HP_STR("another"));
    double now = (double)time(NULL);
    uint64_t mark;
    hp_policy *p;
    hp_list list;
    hp_error text;

    (void)state;
    p = load(maker_c_string(maker_print("deny_list = \"redis://192.0.2.7\"; deny_copy = \"%s\";", copy)));
    list = listed(p, "deny-list", now);
    assert_string_equal(list.shared, "redis://192.0.2.7");
    assert_true(list.heard == 0 && list.age == HP_AGE_WARNED);
    assert_int_equal(hp_policy_age(p, now, &text), HP_AGE_WARNED);
    assert_non_null(strstr(text.text, "the deny list in redis://192.0.2.7 was never heard: passes are judged by"));
    mark = hp_policy_age_mark(p, now);
    assert_true(mark != 0);
    (void)maker_file("deny.heard", HP_STR("1-0011223344556677 redis://192.0.2.7\n"));
    assert_false(hp_policy_refresh_lists(p, false, &text));
    now = (double)hp_file_stamp(maker_c_string(maker_print("%s.heard", copy))).seconds;
    list = listed(p, "deny-list", now + 60);
    assert_true(list.heard == now && list.age == HP_AGE_FRESH);
    assert_int_equal(hp_policy_age(p, now + 60, &text), HP_AGE_FRESH);
    assert_true(hp_policy_age_mark(p, now + 60) == 0);
    assert_true(hp_policy_age_mark(p, now - 3600) == 0); /* a clock that was set back */
    assert_int_equal(listed(p, "deny-list", now + 61).age, HP_AGE_WARNED);
    assert_int_equal(hp_policy_age(p, now + 121, &text), HP_AGE_WARNED);
    assert_non_null(strstr(text.text, "was last heard 2 minutes ago"));
    assert_true(hp_policy_age_mark(p, now + 121) == mark && hp_policy_age_mark(p, now + 1e6) == mark);
    assert_int_equal(judge(p, maker_pass(es, MAKER_V)), HP_OK);
    hp_policy_free(p);
    assert_int_equal(try_load("deny_list = \"redis://192.0.2.7\"; deny_copy = \"/nowhere/copy\";", &p, &text),
                     HP_LOAD_TRUST);
    assert_non_null(strstr(text.text, "/nowhere/copy: No such file or directory (this machine's copy of the deny "
                                      "list in redis://192.0.2.7, which healthpassctl revoke follow keeps)"));
}

static void
each_state_of_a_list(void **state)
{
    double half = TODAY + TWO_DAYS / 2, end = TODAY + TWO_DAYS;
    hp_policy *p;
    hp_list list;

    (void)state;
    source.dated = TODAY;
    source.entries = 1;
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), AGED);
    list = listed(p, "eu", TODAY);
    assert_true(list.required && list.dated == TODAY && list.end == end && list.entries == 1);
    assert_string_equal(state_of(p, "eu", half), "fresh");
    assert_string_equal(state_of(p, "eu", half + 1), "warned");
    assert_string_equal(state_of(p, "eu", end), "warned");
    assert_answer(p, end, HP_OK);
    assert_string_equal(state_of(p, "eu", end + 1), "stale");
    assert_answer(p, end + 1, HP_REVOCATION_STALE);
    assert_null(listed(p, "eu", end + 1).fault);
    assert_string_equal(state_of(p, "eu", TODAY - HP_DATE_SLACK), "fresh");
    assert_null(listed(p, "eu", TODAY - HP_DATE_SLACK).fault);
    assert_string_equal(state_of(p, "eu", TODAY - HP_DATE_SLACK - 1), "stale");
    assert_non_null(strstr(listed(p, "eu", TODAY - HP_DATE_SLACK - 1).fault, "clock"));
    hp_policy_free(p);
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), "");
    assert_string_equal(state_of(p, "eu", end + 1), "warned");
    assert_answer(p, end + 1, HP_OK);
    hp_policy_free(p);
    source.dated = 0;
    source.entries = 0;
}

static void
an_allowed_list_is_told_as_such(void **state)
{
    const char *path = maker_file("over", HP_STR("version: 1\nallows: stale\n"
        "made: 2026-11-09T00:00:00Z\nuntil: 2026-11-10T00:00:00Z\nby: me\nreason: no network\n"));
    double until = 1794268800; /* 2026-11-10T00:00:00Z */
    hp_policy *p;

    (void)state;
    source.dated = TODAY;
    p = load_index(index_with("aged", HP_LISTED_UCI, key_of_nobody()), maker_c_string(maker_print(
        AGED " stale_override = \"%s\";", path)));
    assert_string_equal(state_of(p, "eu", until - 1), "allowed");
    assert_answer(p, until - 1, HP_OK);
    assert_string_equal(state_of(p, "eu", until + 1), "stale");
    assert_answer(p, until + 1, HP_REVOCATION_STALE);
    hp_policy_free(p);
    source.dated = 0;
}

static void
required_lists_in_no_index_are_told(void **state)
{
    hp_policy *p = load_index(index_with("one", HP_LISTED_UCI, key_of_nobody()),
                              "revoked_required = [ \"house\", \"eu\", \"club\" ];");
    const char *missing[] = { "house", "club" };
    hp_list list;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(missing); i++) {
        list = listed(p, missing[i], TODAY);
        assert_string_equal(list.what, "revocation");
        assert_int_equal(list.age, HP_AGE_STALE);
        assert_true(list.required && list.entries == 0 && list.dated == 0 && list.end == 0);
        assert_non_null(strstr(list.fault, "in no index"));
    }
    assert_true(listed(p, "eu", TODAY).fault == NULL && listed(p, "eu", TODAY).required);
    while (hp_policy_list(p, TODAY, n, &list))
        n++;
    assert_int_equal(n, 4);
    assert_answer(p, TODAY, HP_REVOCATION_STALE);
    hp_policy_free(p);
}

/* What was refused is told beside what is in force; a policy without keys, and a wrong clock. */
static void
what_stands_there_and_is_not_in_force(void **state)
{
    hp_policy *p = load(maker_c_string(maker_print("revoked = \"%s\"; deny_list = \"%s\";",
        index_with("kept", HP_LISTED_UCI, key_of_nobody()), deny_with("U", HP_STR(UCI)))));
    double dated = listed(p, "deny-list", TODAY).dated;

    (void)state;
    (void)maker_file("deny", HP_STR("nonsense"));
    (void)maker_file("next", HP_STR("no index"));
    move("next", "kept");
    (void)look(p, false, "kept");
    assert_non_null(strstr(listed(p, "deny-list", TODAY).fault, "deny:1: "));
    assert_int_equal(listed(p, "deny-list", TODAY).entries, 1);
    assert_non_null(strstr(listed(p, "eu", TODAY).fault, "kept"));
    assert_int_equal(listed(p, "eu", TODAY).age, HP_AGE_FRESH);
    assert_answer(p, TODAY, HP_OK);
    assert_answer(p, HP_RELEASED - 1, HP_CLOCK);
    assert_int_equal(unlink(maker_c_string(maker_print("%s/deny", maker_folder()))), 0);
    (void)look(p, false, "deny");
    assert_non_null(strstr(listed(p, "deny-list", TODAY).fault, "No such file"));
    assert_true(listed(p, "deny-list", TODAY).dated == dated);
    (void)maker_file("deny", HP_STR(HP_DENY_HEAD));
    assert_true(look(p, false, NULL));
    assert_null(listed(p, "deny-list", TODAY).fault);
    assert_int_equal(listed(p, "deny-list", TODAY).entries, 0);
    hp_policy_free(p);
}

static int
set_up(void **state)
{
    (void)state;
    (void)snprintf(source.name, sizeof(source.name), "eu");
    (void)snprintf(source.feed, sizeof(source.feed), "list");
    crypto = hp_crypto_new();
    ready = hp_keys_new(HP_KEYS);
    es = maker_key_new(HP_ALG_ES256, "");
    ps = maker_key_new(HP_ALG_PS256, "");
    stranger = maker_key_new(HP_ALG_ES256, "");
    return crypto != NULL && ready != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    hp_keys_free(ready);
    hp_crypto_free(crypto);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_kind_of_key),
    cmocka_unit_test(every_encoding_of_one_content),
    cmocka_unit_test(only_genuine_passes_are_looked_up),
    cmocka_unit_test(before_the_rules),
    cmocka_unit_test(filters_may_be_wrong),
    cmocka_unit_test(filters_are_kept_by_signers),
    cmocka_unit_test(beginnings_leave_a_pass_uncertain),
    cmocka_unit_test(several_indexes),
    cmocka_unit_test(a_damaged_index_is_a_fault),
    cmocka_unit_test(each_kind_of_block),
    cmocka_unit_test(blocks_by_ledger_id_hold_for_every_key_of_the_ring),
    cmocka_unit_test(marks_are_of_genuine_passes),
    cmocka_unit_test(required_lists_have_an_age),
    cmocka_unit_test(other_lists_are_used_when_old),
    cmocka_unit_test(a_required_list_that_is_in_no_index),
    cmocka_unit_test(an_override_allows_old_lists_and_no_missing_ones),
    cmocka_unit_test(refuses_to_start_without_its_lists),
    cmocka_unit_test(changed_lists_are_taken_up),
    cmocka_unit_test(a_bad_new_list_keeps_the_old_one),
    cmocka_unit_test(an_inherited_list_is_no_excuse),
    cmocka_unit_test(required_lists_come_and_go),
    cmocka_unit_test(each_list_is_told),
    cmocka_unit_test(a_copy_is_heard_of),
    cmocka_unit_test(each_state_of_a_list),
    cmocka_unit_test(an_allowed_list_is_told_as_such),
    cmocka_unit_test(required_lists_in_no_index_are_told),
    cmocka_unit_test(what_stands_there_and_is_not_in_force),
};

UNIT_MAIN_WITH(tests, set_up, tear_down)
