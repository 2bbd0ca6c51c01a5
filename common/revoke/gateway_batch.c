/* One batch of the EU gateway's revocation list; see gateway_batch.h. */
#include "revoke/gateway_batch.h"

#include "base/hex.h"
#include "base/time.h"
#include "codec/base64.h"
#include "crypto/cms.h"
#include "feed/feed.h"

#include <stdlib.h>

#define HASH_TEXT 24 /* characters of 16 bytes in Base64 */

static bool
refuse(hp_error *error, const char *what)
{
    hp_error_set(error, "%s", what);
    return false;
}

/* ---- who may sign --------------------------------------------------------------------------- */

/* What the operator pinned is no part of the list. */
static bool
open_signer(hp_revoke_job *job, hp_str der, hp_gateway_signer *signer, hp_error *error)
{
    hp_cert *cert = hp_cert_read(job->crypto, der);
    bool good = cert != NULL && hp_cert_validity(cert, &signer->from, &signer->until);

    if (good) {
        signer->der = der;
        hp_cert_country(cert, signer->country);
    }
    hp_cert_free(cert);
    if (good && signer->country[0] != '\0')
        return true;
    job->fault = true;
    return refuse(error, good ? "a pinned certificate names no country, expected the UPLOAD "
                                "certificate of a country"
                              : "a pinned certificate cannot be read");
}

bool
hp_gateway_signers_open(hp_revoke_job *job, hp_gateway_signers *signers, hp_error *error)
{
    *signers = (hp_gateway_signers){ calloc(job->n_signers + 1, sizeof(*signers->all)),
                                     calloc(job->n_signers + 1, sizeof(*signers->ders)), 0 };
    if (signers->all == NULL || signers->ders == NULL)
        return hp_intake_no_memory(job, error);
    for (; signers->n < job->n_signers; signers->n++) {
        if (!open_signer(job, job->signers[signers->n], &signers->all[signers->n], error))
            return false;
    }
    return true;
}

void
hp_gateway_signers_free(hp_gateway_signers *signers)
{
    free(signers->all);
    free(signers->ders);
    *signers = (hp_gateway_signers){ NULL, NULL, 0 };
}

/* ---- the signature -------------------------------------------------------------------------- */

/* Nobody is pinned for that country: a person may want to, once he has compared this. */
static bool
refuse_unpinned(hp_revoke_job *job, const char *country, hp_str message, hp_error *error)
{
    char text[HP_HEX_TEXT(HP_SHA256)] = "nobody who is named in it";
    uint8_t fingerprint[HP_SHA256];

    if (hp_cms_claimed(job->crypto, message, fingerprint))
        hp_hex_write((hp_str){ fingerprint, sizeof(fingerprint) }, text);
    hp_error_set(error, "nothing is pinned that could have signed it.  It claims to be signed by "
                 "SHA-256 %s, which proves nothing.  --pin takes the UPLOAD certificate of %s, as "
                 "the gateway's trust list has it", text, country);
    return false;
}

/*
 * A batch lives longer than the certificate that signed it: what counts is whether that was in
 * its time when it signed, and where the message does not say when, whether it is now.
 */
static bool
is_in_time(const hp_revoke_job *job, const hp_gateway_signer *signer, double signed_at,
           hp_error *error)
{
    double when = signed_at != 0 ? signed_at : job->now;
    char text[HP_TIME_TEXT];

    if (signer->from <= when && when <= signer->until)
        return true;
    hp_time_write(when, text);
    hp_error_set(error, "the certificate that signed it was not valid at %s", text);
    return false;
}

/* Those of the country: their number, and they are signers->ders then. */
static size_t
select_country(const hp_gateway_signers *signers, const char *country)
{
    size_t i, n = 0;

    for (i = 0; i < signers->n; i++) {
        if (hp_feed_same_country(country, signers->all[i].country))
            signers->ders[n++] = signers->all[i].der;
    }
    return n;
}

static bool
verify(hp_revoke_job *job, const hp_gateway_signers *signers, const char *country, hp_str message,
       hp_cms *cms, hp_error *error)
{
    const hp_gateway_signer *signer = signers->all;
    size_t n = select_country(signers, country);

    if (n == 0)
        return refuse_unpinned(job, country, message, error);
    if (!hp_cms_verify(job->crypto, message, (hp_str){ NULL, 0 }, signers->ders, n, cms, error))
        return false;
    while (signer->der.p != signers->ders[cms->signer].p)
        signer++;
    if (is_in_time(job, signer, cms->signed_at, error))
        return true;
    hp_bytes_free(&cms->content);
    return false;
}

/* ---- its content ---------------------------------------------------------------------------- */

bool
hp_gateway_country(const hp_json *json, char country[3])
{
    hp_str text = hp_json_text(json);
    size_t i;

    for (i = 0; i < 2; i++) {
        if (text.n != 2 || text.p[i] < 'A' || text.p[i] > 'Z')
            return false;
        country[i] = (char)text.p[i];
    }
    country[2] = '\0';
    return true;
}

static bool
read_hash(const hp_json *entry, uint8_t key[HP_LISTED])
{
    uint8_t room[HP_BASE64_BYTES(HASH_TEXT)];
    hp_str text = hp_json_text(hp_json_get(entry, "hash"));
    size_t n;

    if (hp_json_count(entry) != 1 || text.n != HASH_TEXT || text.p[HASH_TEXT - 1] != '=' ||
        !hp_base64_read(text, HP_BASE64_STANDARD, room, &n) || n != HP_LISTED)
        return false;
    memcpy(key, room, HP_LISTED);
    return true;
}

static bool
read_entries(const hp_json *entries, hp_gateway_batch *batch, hp_error *error)
{
    size_t i, n = hp_json_count(entries);

    if (entries == NULL || hp_json_kind_of(entries) != HP_JSON_ARRAY || n < 1 ||
        n > HP_GATEWAY_ENTRIES)
        return refuse(error, "entries: expected an array of 1 to 1000 hashes");
    for (i = 0; i < n; i++) {
        if (!read_hash(hp_json_at(entries, i), batch->keys[i])) {
            hp_error_set(error, "entry %zu: expected {\"hash\": 16 bytes in Base64}", i + 1);
            return false;
        }
    }
    batch->n = n;
    return true;
}

#define MEMBERS 5

static bool
read_members(const hp_json *json, const char *country, hp_gateway_batch *batch, hp_error *error)
{
    bool any;

    if (hp_json_kind_of(json) != HP_JSON_OBJECT || hp_json_count(json) != MEMBERS)
        return refuse(error, "expected an object of country, expires, kid, hashType and entries, "
                             "and nothing else");
    if (!hp_gateway_country(hp_json_get(json, "country"), batch->country))
        return refuse(error, "country: expected two capital letters");
    if (strcmp(batch->country, country) != 0) {
        hp_error_set(error, "country: is %s, but the list has it as a batch of %s", batch->country,
                     country);
        return false;
    }
    if (!hp_intake_time(hp_json_get(json, "expires"), &batch->expires))
        return refuse(error, "expires: expected a date-time as 2030-01-01T00:00:00Z");
    if (!hp_intake_kid(hp_json_get(json, "kid"), batch->kid, &any))
        return refuse(error, "kid: expected 8 bytes in Base64, or UNKNOWN_KID");
    if (!hp_intake_kind(hp_json_get(json, "hashType"), &batch->kind))
        return refuse(error, "hashType: expected SIGNATURE, UCI or COUNTRYCODEUCI");
    return read_entries(hp_json_get(json, "entries"), batch, error);
}

static bool
read_content(hp_str content, const char *country, hp_gateway_batch *batch, hp_error *error)
{
    hp_json *json = hp_json_load_list(content, HP_GATEWAY_BATCH_MAX, error);
    bool good = json != NULL && read_members(json, country, batch, error);

    hp_json_free(json);
    return good;
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool
read_message(hp_revoke_job *job, const hp_gateway_signers *signers, const char *country,
             hp_str message, hp_gateway_batch *batch, hp_error *error)
{
    hp_cms cms;
    bool good;

    if (!verify(job, signers, country, message, &cms, error))
        return false;
    good = hp_sha256(job->crypto, &signers->ders[cms.signer], 1, batch->signer)
               ? read_content((hp_str){ cms.content.p, cms.content.n }, country, batch, error)
               : hp_intake_no_memory(job, error);
    hp_bytes_free(&cms.content);
    return good;
}

/* DER begins with a SEQUENCE, which in Base64 begins with another byte. */
bool
hp_gateway_batch_read(hp_revoke_job *job, const hp_gateway_signers *signers, const char *country,
                      hp_str file, hp_gateway_batch *batch, hp_error *error)
{
    hp_bytes der = { NULL, 0 };
    bool good;

    if (file.n > 0 && file.p[0] == 0x30)
        return read_message(job, signers, country, file, batch, error);
    if (!hp_base64_wrapped(file, &der))
        return refuse(error, "expected a CMS message, in Base64 or DER");
    good = read_message(job, signers, country, (hp_str){ der.p, der.n }, batch, error);
    hp_bytes_free(&der);
    return good;
}
