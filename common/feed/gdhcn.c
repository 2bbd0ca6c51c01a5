/*
 * Trust lists of WHO's Global Digital Health Certification Network, version 2 (trust-lists, 3):
 * DID documents, of the whole network or of one domain, participant or usage.
 *
 * Two things can vouch for a signer, and both together is best: the proof of the list, made
 * with a pinned key; and that its certificate was issued by a pinned SCA (3.5), which holds even
 * when the list's publisher is in an attacker's hands.  Only SCAs that the operator gave count for
 * that: those in x5c, and those of the list itself, come from whoever wrote the list.
 *
 * No reference to another list is followed, to no host: the PROD reference list itself names a
 * DEV one (3.6).
 */
#include "base/country.h"
#include "feed/gdhcn.h"

#include "base/hex.h"
#include "feed/did_proof.h"

#include <stdio.h>

#define WHICH_MAX 64

static bool
is_list(const hp_feed_file *file)
{
    const hp_str member = HP_STR("\"JsonWebSignature2020\"");

    return file->bytes.n > 0 && file->bytes.p[0] == '{' &&
           memmem(file->bytes.p, file->bytes.n, member.p, member.n) != NULL;
}

/* ---- entries ---------------------------------------------------------------- */

/* Does s begin with these parts of a DID, all of them whole? */
static bool
is_within(hp_str s, hp_str parts)
{
    return hp_str_starts(s, parts) && s.n > parts.n &&
           (s.p[parts.n] == ':' || s.p[parts.n] == '#');
}

/* The last part of a DID, which is cut off. */
static hp_str
cut_last(hp_str *did)
{
    size_t n = did->n;
    hp_str last;

    while (n > 0 && did->p[n - 1] != ':')
        n--;
    last = hp_str_from(*did, n);
    did->n = n > 0 ? n - 1 : 0;
    return last;
}

/* A code begins with "#"; "-" in the path stands for any.  SCAs are CSCA in codes (3.3). */
static bool
is_code_of(hp_str code, hp_str part)
{
    code = hp_str_from(code, 1);
    return hp_str_eq(part, HP_STR("-")) || hp_str_eq(part, code) ||
           (hp_str_eq(part, HP_STR("SCA")) && hp_str_eq(code, HP_STR("CSCA")));
}

/* ...:DOMAIN:PARTICIPANT:USAGE#KID says what the codes say. */
static bool
is_of_its_path(const hp_did_method *m, hp_str *kid)
{
    const uint8_t *hash = memchr(m->id.p, '#', m->id.n);
    hp_str did = { m->id.p, (size_t)(hash - m->id.p) };

    *kid = hp_str_from(m->id, did.n + 1);
    return is_code_of(m->usage, cut_last(&did)) && is_code_of(m->participant, cut_last(&did)) &&
           is_code_of(m->domain, cut_last(&did));
}

/*
 * Alpha-2 where there is one; codes of test participants (XXA) and of WHO stay as given.  Whether
 * it is a code at all is hp_import_cert()'s to judge.
 */
static bool
read_country(hp_str code, char country[4])
{
    char given[4] = "", alpha2[3];
    size_t n = code.n - 1;

    if (n >= sizeof(given))
        return false;
    memcpy(given, code.p + 1, n);
    if (hp_country_alpha2(hp_str_of(given), alpha2))
        memcpy(given, alpha2, sizeof(alpha2));
    memcpy(country, given, sizeof(given));
    return true;
}

/* What is wrong with an entry as the list gives it; HP_SKIP_KINDS for nothing. */
static hp_skip
judge(const hp_did *did, const hp_did_method *m, uint8_t kid[HP_KID])
{
    hp_str listed = hp_json_text(hp_json_get(m->jwk, "kid")), fragment;
    uint8_t own[HP_KID];

    if (!is_within(m->id, did->id) || !is_within(m->id, m->controller))
        return HP_SKIP_FOREIGN;
    if (!is_of_its_path(m, &fragment))
        return HP_SKIP_UNREADABLE;
    if (!hp_str_eq(m->usage, HP_STR("#DSC")))
        return HP_SKIP_OTHER_USE;
    if (listed.p == NULL || !hp_feed_kid(listed, kid) || !hp_feed_kid(fragment, own) ||
        memcmp(kid, own, HP_KID) != 0)
        return HP_SKIP_KID;
    return HP_SKIP_KINDS;
}

/* The certificate is what counts; numbers beside it must not say anything else. */
static hp_skip
judge_key(hp_crypto *crypto, const hp_json *jwk, hp_str der)
{
    const hp_json *curve = hp_json_get(jwk, "crv");
    bool numbers = hp_json_get(jwk, "x") != NULL || hp_json_get(jwk, "y") != NULL ||
                   hp_json_get(jwk, "n") != NULL || hp_json_get(jwk, "e") != NULL;
    hp_cert *cert;
    bool good;

    if (curve != NULL && !hp_json_is(curve, "P-256"))
        return HP_SKIP_KEY;
    cert = hp_cert_read(crypto, der);
    good = cert != NULL && (!numbers || hp_did_jwk_is_of(crypto, jwk, cert));
    hp_cert_free(cert);
    return good ? HP_SKIP_KINDS : HP_SKIP_UNREADABLE;
}

static void
skip(hp_import *import, hp_skip why, size_t nth, const uint8_t *kid)
{
    char which[WHICH_MAX];

    if (kid != NULL)
        hp_hex_write((hp_str){ kid, HP_KID }, which);
    else
        (void)snprintf(which, sizeof(which), "entry %zu", nth + 1);
    hp_import_skip(import, why, which);
}

static bool
take_key(hp_import *import, const hp_did_method *m, size_t nth, const uint8_t kid[HP_KID],
         hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    char which[HP_HEX_TEXT(HP_KID)], country[4];
    hp_bytes der;
    hp_entry entry;
    hp_skip why;
    bool good = true;

    if (!read_country(m->participant, country)) {
        skip(import, HP_SKIP_COUNTRY, nth, kid);
        return true;
    }
    if (!hp_did_jwk_cert(m->jwk, &der)) {
        skip(import, HP_SKIP_UNREADABLE, nth, kid);
        return true;
    }
    hp_hex_write((hp_str){ kid, HP_KID }, which);
    entry = (hp_entry){
        .der = { der.p, der.n },
        .which = which,
        .kid = { kid, HP_KID },
        .country = country,
        .domains = hp_domain_of(hp_str_from(m->domain, 1)),
        .authorities = terms->authorities,
    };
    why = judge_key(terms->crypto, m->jwk, entry.der);
    if (why != HP_SKIP_KINDS)
        skip(import, why, nth, kid);
    else
        good = hp_import_cert(import, &entry, error);
    hp_bytes_free(&der);
    return good;
}

static bool
take_entries(hp_import *import, const hp_did *did, hp_error *error)
{
    uint8_t kid[HP_KID];
    hp_did_method m;
    hp_skip why;
    size_t i;

    for (i = 0; i < did->n; i++) {
        bool is_key = hp_did_method_at(did, i, &m);

        import->source->entries++;
        why = is_key ? judge(did, &m, kid) : HP_SKIP_REFERENCE;
        if (why != HP_SKIP_KINDS)
            skip(import, why, i, NULL);
        else if (!take_key(import, &m, i, kid, error))
            return false;
    }
    return true;
}

/* ---- documents -------------------------------------------------------------- */

/*
 * Without pins the proof tells nothing, and the chain alone has to vouch for every signer.  The
 * document carries no key of its own: all that can be told is whose it claims to be.
 */
static bool
is_vouched_for(const hp_import *import, const hp_did *did, hp_error *error)
{
    const hp_authorities *authorities = import->terms->authorities;
    hp_error why = { "" };

    if ((authorities != NULL && authorities->n > 0) ||
        hp_feed_unpinned(import, &hp_feed_gdhcn, NULL, &why))
        return true;
    hp_error_set(error, "its proof claims the key of %.*s, and %s", (int)did->key.n,
                 (const char *)did->key.p, why.text);
    return false;
}

static bool
check_proof(hp_import *import, const hp_did *did, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    uint8_t message[HP_DID_SIGNED];
    size_t i;

    if (!hp_did_signed(terms->crypto, did, message, error))
        return false;
    if (terms->n_pins == 0)
        return is_vouched_for(import, did, error);
    for (i = 0; i < terms->n_pins; i++) {
        if (hp_did_verify(terms->crypto, did, message, terms->pins[i])) {
            hp_pin_fingerprint(terms->pins[i], import->source->signer);
            import->source->is_signed = true;
            return true;
        }
    }
    hp_error_set(error, "its proof holds with no pinned key; it claims to be that of %.*s",
                 (int)did->key.n, (const char *)did->key.p);
    return false;
}

/*
 * The list's age is that of its oldest document.  A time that no proof vouches for is its
 * publisher's word: a false one must not make the genuine list that comes next an older one.
 */
static void
date(hp_source *source, double created, double now)
{
    if (!source->is_signed && created > now)
        created = now;
    if (source->dated != 0 && source->dated <= created)
        return;
    source->dated = created;
    source->issued = source->is_signed ? created : 0;
}

/*
 * Kept, so that one document of several cannot go back in time, or be left out, behind the
 * others.  A time that no proof vouches for is none.  One that is given twice is as old as its
 * oldest.
 */
static bool
note_document(hp_import *import, const hp_did *did, hp_error *error)
{
    uint8_t digest[HP_SHA256];
    double from = import->source->is_signed ? did->issued : 0;
    hp_record record = { .role = HP_ROLE_DOCUMENT, .kid = { digest, HP_KID }, .issuer = did->id,
                         .domains = HP_DOMAIN_OTHER, .valid = { from, HP_TIME_LAST } };
    size_t i;

    if (!hp_sha256(import->terms->crypto, &did->id, 1, digest)) {
        hp_error_set(error, "could not be hashed");
        return false;
    }
    for (i = 0; i < import->records.n; i++) {
        hp_record *other = &import->records.all[i];

        if (hp_record_order(other, &record) != 0)
            continue;
        other->valid.from = from < other->valid.from ? from : other->valid.from;
        return true;
    }
    return hp_import_put(import, &record, error);
}

static bool
take_document(hp_import *import, const hp_did *did, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    hp_source *source = import->source;

    if (did->env != terms->env && !terms->as_given) {
        hp_error_set(error, "is a list of %s, and %s is what is trusted here",
                     hp_env_name(did->env), hp_env_name(terms->env));
        return false;
    }
    if (!check_proof(import, did, error))
        return false;
    date(source, did->issued, terms->now);
    return take_entries(import, did, error) && note_document(import, did, error);
}

static bool
take_file(hp_import *import, const hp_feed_file *file, hp_env *env, bool first, hp_error *error)
{
    hp_did did;
    bool good;

    if (file->bytes.p == NULL) {
        hp_error_set(error, "is a folder, expected a did.json");
        return false;
    }
    if (!hp_did_read(file->bytes, HP_FEED_MAX, &did, error))
        return false;
    good = first || did.env == *env;
    if (!good)
        hp_error_set(error, "is a list of another environment than those before it");
    *env = did.env;
    good = good && take_document(import, &did, error);
    hp_did_free(&did);
    return good;
}

/* ---- the feed --------------------------------------------------------------- */

static bool
read_lists(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    hp_env env = HP_ENV_PROD;
    size_t i;

    for (i = 0; i < input->n; i++) {
        hp_error why = { "" };

        if (take_file(import, &input->files[i], &env, i == 0, &why))
            continue;
        hp_error_set(error, "%s: %s", input->files[i].path, why.text);
        return false;
    }
    return true;
}

const hp_feed hp_feed_gdhcn = {
    .name = "gdhcn",
    .summary = "trust lists of WHO's GDHCN: DID documents (did.json) of version 2",
    .pin = "the key that signs the lists: PEM, certificate, or the did.json of the DID that the "
           "proof names; compare it with what WHO's secretariat for the network tells you",
    .heeds = HP_FEED_AUTHORITIES | HP_FEED_EKU | HP_FEED_P256,
    .is = is_list,
    .read = read_lists,
};
