/*
 * The German list (trust-lists, 2.1): one line with the signature, then JSON.
 *
 *     BASE64(r||s) LF {"certificates": [entry, ...]}
 *
 * ECDSA P-256 with SHA-256 over every byte after the first line feed.  Entries are the EU
 * gateway's; their own signatures are not looked at, because the list's covers them.
 *
 * There is no time of issue in it: the latest timestamp tells which list is the newer one, and
 * its age counts from when it was fetched.
 */
#include "codec/base64.h"
#include "feed/item.h"

#include <stdlib.h>

#define SIGNATURE      64 /* bytes: r||s of P-256 */
#define SIGNATURE_TEXT 88 /* characters, padding included */

/* Cuts the list in two; false when it has not this form. */
static bool
cut(hp_str bytes, uint8_t signature[HP_BASE64_BYTES(SIGNATURE_TEXT)], hp_str *json)
{
    const uint8_t *end = bytes.n > 0 ? memchr(bytes.p, '\n', bytes.n) : NULL;
    hp_str line = { bytes.p, end != NULL ? (size_t)(end - bytes.p) : 0 };
    size_t n;

    if (line.n == 0 || line.n > SIGNATURE_TEXT ||
        !hp_base64_read(line, HP_BASE64_STANDARD, signature, &n) || n != SIGNATURE)
        return false;
    *json = hp_str_from(bytes, line.n + 1);
    return true;
}

static bool
is_list(const hp_feed_file *file)
{
    uint8_t signature[HP_BASE64_BYTES(SIGNATURE_TEXT)];
    hp_str json;

    return cut(file->bytes, signature, &json) && json.n > 0 && json.p[0] == '{';
}

/* ---- the signature ------------------------------------------------------------------ */

static bool
check_signature(hp_import *import, hp_str json, const uint8_t *signature, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;
    size_t i;

    if (terms->n_pins == 0) /* the signature does not say whose it is */
        return hp_feed_unpinned(import, &hp_feed_de, NULL, error);
    for (i = 0; i < terms->n_pins; i++) {
        if (hp_pin_verify_raw(terms->pins[i], HP_HASH_SHA256, json,
                              (hp_str){ signature, SIGNATURE })) {
            import->source->is_signed = true;
            hp_pin_fingerprint(terms->pins[i], import->source->signer);
            return true;
        }
    }
    hp_error_set(error, "the signature in its first line does not hold with any pinned key");
    return false;
}

/* ---- the list ------------------------------------------------------------------------- */

static bool
take_signer(hp_import *import, const hp_json *json, size_t nth, hp_item *item, hp_error *error)
{
    hp_entry entry;

    if (hp_item_type_of(json) != HP_ITEM_DSC) {
        hp_item_pass(import, json, nth);
        return true;
    }
    if (!hp_item_read(import, json, nth, item))
        return true;
    if (item->timestamp > import->source->issued)
        import->source->issued = item->timestamp;
    entry = (hp_entry){ .der = item->cert, .which = item->which, .kid = { item->kid, HP_KID },
                        .country = item->country, .domains = HP_DOMAIN_DCC,
                        .authorities = import->terms->authorities };
    return hp_import_cert(import, &entry, error);
}

static bool
take_list(hp_import *import, const hp_json *list, hp_error *error)
{
    const hp_json *entries = hp_json_get(list, "certificates");
    size_t i, n = hp_json_count(entries);
    hp_item *item;
    bool good = true;

    if (entries == NULL || hp_json_kind_of(entries) != HP_JSON_ARRAY || n > HP_TRUST_KEYS_MAX) {
        hp_error_set(error, "expected an object with an array certificates of at most %u entries "
                            "after the first line", HP_TRUST_KEYS_MAX);
        return false;
    }
    item = malloc(sizeof(*item));
    if (item == NULL) {
        hp_error_set(error, "no memory");
        return false;
    }
    import->source->entries = (uint32_t)n;
    import->source->dated = import->terms->now;
    for (i = 0; good && i < n; i++)
        good = take_signer(import, hp_json_at(entries, i), i, item, error);
    free(item);
    return good;
}

static bool
read_list(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    uint8_t signature[HP_BASE64_BYTES(SIGNATURE_TEXT)];
    hp_json *list;
    hp_str json;
    bool good;

    if (input->n != 1 || input->files[0].bytes.p == NULL) {
        hp_error_set(error, "expected one file, the list with its signature in the first line");
        return false;
    }
    if (!cut(input->files[0].bytes, signature, &json)) {
        hp_error_set(error, "expected a first line with the Base64 of a signature of 64 bytes");
        return false;
    }
    if (!check_signature(import, json, signature, error))
        return false;
    list = hp_json_load_list(json, HP_FEED_MAX, error);
    good = list != NULL && take_list(import, list, error);
    hp_json_free(list);
    return good;
}

const hp_feed hp_feed_de = {
    .name = "de",
    .summary = "the German list: a line with the signature, then the gateway's entries",
    .pin = "the P-256 key that signs the list; compare it with the one that is published with "
           "the service's documentation, dsc-update",
    .heeds = HP_FEED_AUTHORITIES | HP_FEED_EKU | HP_FEED_P256,
    .is = is_list,
    .read = read_list,
};
