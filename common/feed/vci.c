/*
 * The snapshot of the VCI directory: all issuers of SMART Health Cards that take part, with
 * their keys (trust-lists, 5).
 *
 *     {"directory": ..., "time": "2026-08-22T04:43:50Z",
 *      "issuerInfo": [{"issuer": {"iss": "https://...", "name": ...}, "keys": [JWK ...],
 *                      "crls": [...], "lastRetrieved": ...}, ...]}
 *
 * The signature stands in a file of its own: ECDSA P-521 with SHA-512, DER, over every byte.
 * A pin is the directory's certificate, vci_snapshot.crt, or its key.
 *
 * An issuer's keys are looked up by its own `iss`, which is what cards carry; canonical_iss
 * only tells people which of several entries is the current one, and changes no look-up.
 * `crls` are lists of withdrawn cards, not of keys: revocation reads them, trust does not.
 */
#include "base/time.h"
#include "feed/jwk.h"

#include <stdio.h>

static bool
is_snapshot(const hp_feed_file *file)
{
    hp_str member = HP_STR("\"issuerInfo\"");

    return file->bytes.n > 0 && file->bytes.p[0] == '{' &&
           memmem(file->bytes.p, file->bytes.n, member.p, member.n) != NULL;
}

/* ---- the signature ---------------------------------------------------------- */

static bool
check_signature(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    size_t i;

    if (input->signature.path == NULL) {
        hp_error_set(error, "comes without its signature, expected the file vci_snapshot.sig "
                            "beside it");
        return false;
    }
    for (i = 0; i < terms->n_pins; i++) {
        if (hp_pin_verify(terms->pins[i], HP_HASH_SHA512, input->files[0].bytes,
                          input->signature.bytes))
            break;
    }
    if (i == terms->n_pins) {
        hp_error_set(error, "the signature in %s does not hold with any pinned key",
                     input->signature.path);
        return false;
    }
    import->source->is_signed = true;
    hp_pin_fingerprint(terms->pins[i], import->source->signer);
    return true;
}

/* ---- the list --------------------------------------------------------------- */

static bool
take_issuer(hp_import *import, const hp_json *info, size_t nth, hp_error *error)
{
    hp_str iss = hp_json_text(hp_json_get(hp_json_get(info, "issuer"), "iss"));
    const hp_json *keys = hp_json_get(info, "keys");
    char which[64];

    if (iss.p != NULL && hp_jwk_issuer(iss) && keys != NULL &&
        hp_json_kind_of(keys) == HP_JSON_ARRAY)
        return hp_jwk_take(import, iss, keys, error);
    import->source->entries++;
    (void)snprintf(which, sizeof(which), "issuer %zu", nth + 1);
    hp_import_skip(import, HP_SKIP_UNREADABLE, which);
    return true;
}

/* Only a list that nobody signed may be without its time. */
static bool
take_time(hp_import *import, const hp_json *list, hp_error *error)
{
    const hp_json *member = hp_json_get(list, "time");
    hp_str text = hp_json_text(member);
    double t = 0;

    if ((text.p == NULL || !hp_time_read(text, false, &t)) &&
        (member != NULL || import->source->is_signed)) {
        hp_error_set(error, "has no readable time");
        return false;
    }
    import->source->issued = import->source->dated = t;
    return true;
}

static bool
take_list(hp_import *import, const hp_json *list, hp_error *error)
{
    const hp_json *issuers = hp_json_get(list, "issuerInfo");
    size_t i, n = hp_json_count(issuers);

    if (issuers == NULL || hp_json_kind_of(issuers) != HP_JSON_ARRAY) {
        hp_error_set(error, "is no snapshot of the VCI directory: has no array issuerInfo");
        return false;
    }
    if (!take_time(import, list, error))
        return false;
    for (i = 0; i < n; i++) {
        if (!take_issuer(import, hp_json_at(issuers, i), i, error))
            return false;
    }
    return true;
}

static bool
read_snapshot(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    const hp_feed_file *file = &input->files[0];
    hp_json *list;
    bool good;

    if (input->n != 1 || file->bytes.p == NULL) {
        hp_error_set(error, "expected one file, vci_snapshot.json");
        return false;
    }
    if (import->terms->n_pins > 0 ? !check_signature(import, input, error)
                                  : !hp_feed_unpinned(import, &hp_feed_vci, NULL, error))
        return false;
    list = hp_json_load_list(file->bytes, HP_FEED_MAX, error);
    good = list != NULL && take_list(import, list, error);
    hp_json_free(list);
    return good;
}

const hp_feed hp_feed_vci = {
    .name = "vci",
    .summary = "SMART Health Cards: the snapshot of the VCI directory, with its signature",
    .pin = "the directory's certificate vci_snapshot.crt or its key; compare it with the one in "
           "the project's repository, the-commons-project/vci-directory",
    .heeds = HP_FEED_SIGNATURE,
    .is = is_snapshot,
    .read = read_snapshot,
};
