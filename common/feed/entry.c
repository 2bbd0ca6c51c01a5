/* One certificate of a list: may it sign passes (trust-lists, 1.3 and 1.4)?  See feed.h. */
#include "feed/feed.h"

#include "base/hex.h"
#include "codec/base64.h"

#define RSA_BITS_MAX 3072 /* trust-lists, 1.3 (5); a folder may hold larger keys */

bool
hp_feed_kid(hp_str text, uint8_t kid[HP_KID])
{
    uint8_t bytes[HP_BASE64_BYTES(12)];
    size_t n;

    if (text.n > 12 || !hp_base64_read(text, HP_BASE64_EITHER, bytes, &n) || n != HP_KID)
        return false;
    memcpy(kid, bytes, HP_KID);
    return true;
}

/* ---- the steps; each false with why the entry is left out --------------- */

static bool
has_listed_kid(const hp_entry *entry, hp_str kid, hp_skip *why)
{
    *why = HP_SKIP_KID;
    return entry->kid.n == 0 || hp_str_eq(entry->kid, kid);
}

/* A key that no pass may use is no key here, whatever a folder would make of it. */
static bool
has_fit_key(hp_crypto *crypto, hp_str spki, hp_skip *why)
{
    hp_key *key = hp_key_read(crypto, spki);
    bool fit;

    *why = key == NULL ? HP_SKIP_UNREADABLE : HP_SKIP_KEY;
    fit = key != NULL && (hp_key_alg(key) == HP_ALG_ES256 ||
                          (hp_key_alg(key) == HP_ALG_PS256 && hp_key_bits(key) <= RSA_BITS_MAX));
    hp_key_free(key);
    return fit;
}

/* Nothing left to sign, although keyUsage allows it: the EKU cannot be read (1.4). */
static bool
may_sign(const hp_cert *cert, bool any_eku, hp_record *record, hp_skip *why)
{
    *why = HP_SKIP_USAGE;
    record->usage = hp_cert_usage(cert);
    if (record->usage == 0 && any_eku && hp_cert_may_sign(cert))
        record->usage = HP_USE_ALL;
    return record->usage != 0;
}

/*
 * Where a chain is demanded, an authority in a signer's place would be a chain of its own making.
 * Where the list's word is enough it stands: states have put CA:TRUE into certificates of signers.
 */
static bool
is_signer(const hp_cert *cert, const hp_entry *entry, hp_skip *why)
{
    *why = HP_SKIP_OTHER_USE;
    return entry->authorities == NULL || !hp_cert_is_ca(cert);
}

static bool
is_code(const char *country)
{
    size_t n = strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    return country[n] == '\0' && (n == 2 || n == 3);
}

/* The list's word is signed and says for whom a key stands; the certificate must not deny it. */
static bool
has_country(const hp_cert *cert, const char *listed, hp_record *record, hp_skip *why)
{
    char named[4];

    *why = HP_SKIP_COUNTRY;
    hp_cert_country(cert, named);
    if (listed == NULL) {
        memcpy(record->country, named, sizeof(named));
        return true;
    }
    if (!is_code(listed) || (named[0] != '\0' && !hp_feed_same_country(listed, named)))
        return false;
    memcpy(record->country, listed, strlen(listed) + 1);
    return true;
}

static bool
has_dates(const hp_cert *cert, hp_record *record, hp_skip *why)
{
    *why = HP_SKIP_UNREADABLE;
    return hp_cert_validity(cert, &record->valid.from, &record->valid.until);
}

/* ---- all of them -------------------------------------------------------- */

static bool
judge(const hp_feed_terms *terms, const hp_entry *entry, const hp_cert *cert, hp_record *record,
      hp_skip *why)
{
    return has_listed_kid(entry, record->kid, why) &&
           has_fit_key(terms->crypto, record->spki, why) && has_dates(cert, record, why) &&
           may_sign(cert, terms->any_eku, record, why) && is_signer(cert, entry, why) &&
           has_country(cert, entry->country, record, why);
}

/* A key without a chain is kept, marked: a pass of it is answered by that, not by "unknown". */
static bool
take(hp_import *import, const hp_entry *entry, const hp_cert *cert, hp_error *error)
{
    hp_record record = { .role = HP_ROLE_SIGNER, .domains = entry->domains };
    uint8_t kid[HP_KID];
    hp_skip why;

    hp_cert_kid(cert, kid);
    record.kid = (hp_str){ kid, HP_KID };
    record.spki = hp_cert_spki(cert);
    if (!judge(import->terms, entry, cert, &record, &why)) {
        hp_import_skip(import, why, entry->which);
        return true;
    }
    if (entry->authorities != NULL)
        hp_chain(entry->authorities, cert, &record);
    return hp_import_put(import, &record, error);
}

bool
hp_import_cert(hp_import *import, const hp_entry *entry, hp_error *error)
{
    hp_cert *cert = hp_cert_read(import->terms->crypto, entry->der);
    bool good;

    if (cert == NULL) {
        hp_import_skip(import, HP_SKIP_UNREADABLE, entry->which);
        return true;
    }
    good = take(import, entry, cert, error);
    hp_cert_free(cert);
    return good;
}
