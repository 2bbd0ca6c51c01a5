/*
 * Trust lists of the EU gateway (trust-lists, 1): JSON arrays of entries, in one file or in one
 * for each page and type.
 *
 * The list as such is not signed, its entries are:
 *     CSCA, UPLOAD   by the gateway's trust anchor, which is what an operator pins
 *     DSC            by a listed UPLOAD certificate of the same country, and the DSC itself is
 *                    issued by a listed CSCA of the same country
 * So entries cannot be forged, but who delivers the list can withhold some: that is what the
 * rule against shrinking lists is for.  Only certificates are signed, and the time at which they
 * were: whoever delivers can write any type and country beside them.  So the certificate itself
 * must bear both out.  An UPLOAD names its country, issues nothing, and is listed as nothing
 * else; a CSCA is an authority, of its country or of none that it names.
 */
#include "feed/item.h"
#include "feed/lands.h"
#include "feed/pinned.h"

#include <stdlib.h>

/*
 * In all files together, which are held at once; an entry has eight.  Many files of values that
 * are no entries would take more memory than the machine may have.
 */
#define VALUES_MAX ((size_t)16 * HP_TRUST_KEYS_MAX)

#define SLOTS 65536 /* a power of two, more than twice HP_TRUST_KEYS_MAX */

/* Certificates that were seen, by digest and country; an empty set is all zero. */
typedef struct {
    uint8_t digest[HP_SHA256];
    char country[3];
} seen;

typedef struct {
    hp_import *import;
    hp_json **lists; /* one of each file */
    size_t n_lists, values; /* what they may still have */
    hp_str *anchors; /* the pinned certificates */
    size_t n_anchors;
    hp_lands lands;
    seen *others;    /* listed as CSCA or AUTHENTICATION, of whatever country */
    seen *signers;   /* handed in by their country */
    size_t vouchers; /* CSCA and UPLOAD entries that the anchor signed */
    bool has_uploads;
    hp_item item;    /* the one at hand */
    hp_error *error;
} reader;

static bool
is_list(const hp_feed_file *file)
{
    hp_str type = HP_STR("\"certificateType\""), raw = HP_STR("\"rawData\"");

    return file->bytes.n > 0 && file->bytes.p[0] == '[' &&
           memmem(file->bytes.p, file->bytes.n, type.p, type.n) != NULL &&
           memmem(file->bytes.p, file->bytes.n, raw.p, raw.n) != NULL;
}

/* ---- what was seen ---------------------------------------------------------------- */

/* Where it is, or belongs: there are never more than HP_TRUST_KEYS_MAX. */
static seen *
find(seen *set, const uint8_t digest[HP_SHA256], const char *country)
{
    static const uint8_t none[HP_SHA256];
    size_t at = (size_t)digest[0] << 8 | digest[1];

    while (memcmp(set[at].digest, none, HP_SHA256) != 0 &&
           (memcmp(set[at].digest, digest, HP_SHA256) != 0 ||
            strcmp(set[at].country, country) != 0))
        at = (at + 1) % SLOTS;
    return &set[at];
}

static bool
is_in(seen *set, const uint8_t digest[HP_SHA256], const char *country)
{
    return memcmp(find(set, digest, country)->digest, digest, HP_SHA256) == 0;
}

static void
note(seen *set, const uint8_t digest[HP_SHA256], const char *country)
{
    seen *at = find(set, digest, country);

    memcpy(at->digest, digest, HP_SHA256);
    memcpy(at->country, country, strlen(country) + 1);
}

/* ---- what an anchor signs -------------------------------------------------------- */

static bool
note_voucher(reader *r, hp_item_type type)
{
    hp_land *land = hp_lands_of(&r->lands, r->item.country, r->error);
    hp_skip why = HP_SKIP_OTHER_USE;
    bool good;

    if (land == NULL)
        return false;
    good = type == HP_ITEM_CSCA
               ? hp_land_authority(land, r->import->terms->crypto, r->item.cert, &why, r->error)
               : hp_land_upload(land, r->import->terms->crypto, &r->import->records, r->item.cert,
                                &why, r->error);
    r->has_uploads = r->has_uploads || type == HP_ITEM_UPLOAD;
    hp_import_skip(r->import, why, r->item.which);
    return good;
}

/* Is it signed by a pinned trust anchor? */
static bool
is_anchored(reader *r)
{
    const hp_feed_terms *terms = r->import->terms;
    size_t anchor;

    if (!hp_item_signed_by(terms->crypto, &r->item, r->anchors, r->n_anchors, &anchor))
        return false;
    r->import->source->is_signed = true;
    hp_pin_fingerprint(terms->pins[anchor], r->import->source->signer);
    return true;
}

static bool
take_voucher(reader *r, hp_item_type type)
{
    if (r->n_anchors > 0 && !is_anchored(r)) {
        hp_import_skip(r->import, HP_SKIP_SIGNATURE, r->item.which);
        return true;
    }
    r->vouchers++;
    return note_voucher(r, type);
}

/* What must not be an UPLOAD too, whoever signed it. */
static bool
take_other(reader *r, const hp_json *json, size_t nth)
{
    hp_item_type type = hp_item_type_of(json);

    if ((type != HP_ITEM_CSCA && type != HP_ITEM_AUTHENTICATION) ||
        !hp_item_read(r->import, json, nth, &r->item))
        return true;
    note(r->others, r->item.digest, "");
    if (type == HP_ITEM_CSCA)
        return take_voucher(r, type);
    hp_import_skip(r->import, HP_SKIP_OTHER_USE, r->item.which);
    return true;
}

static bool
take_upload(reader *r, const hp_json *json, size_t nth)
{
    if (hp_item_type_of(json) != HP_ITEM_UPLOAD || !hp_item_read(r->import, json, nth, &r->item))
        return true;
    if (!is_in(r->others, r->item.digest, ""))
        return take_voucher(r, HP_ITEM_UPLOAD);
    hp_import_skip(r->import, HP_SKIP_USAGE, r->item.which);
    return true;
}

/* ---- signers ----------------------------------------------------------------------- */

/*
 * Without an anchor a list without any UPLOAD is taken as it is: nothing in it is signed by
 * anybody known.
 */
static bool
is_handed_in(reader *r, const hp_land *land)
{
    size_t upload;

    if (r->n_anchors == 0 && !r->has_uploads)
        return true;
    return hp_item_signed_by(r->import->terms->crypto, &r->item, land->uploads, land->n_uploads,
                             &upload);
}

static const hp_authorities *
issuers(const reader *r, const hp_land *land)
{
    if (r->n_anchors == 0 && r->vouchers == 0)
        return r->import->terms->authorities;
    return hp_land_issuers(land, r->import->terms, r->item.cert);
}

static bool
take_signer(reader *r, const hp_json *json, size_t nth)
{
    hp_item_type type = hp_item_type_of(json);
    hp_item *item = &r->item;
    const hp_land *land;
    hp_entry entry;

    if (type == HP_ITEM_OTHER)
        hp_item_pass(r->import, json, nth);
    if (type != HP_ITEM_DSC || !hp_item_read(r->import, json, nth, item))
        return true;
    if (is_in(r->signers, item->digest, item->country)) {
        hp_import_skip(r->import, HP_SKIP_DOUBLE, item->which);
        return true;
    }
    land = hp_lands_of(&r->lands, item->country, r->error);
    if (land == NULL)
        return false;
    if (!is_handed_in(r, land)) {
        hp_import_skip(r->import, HP_SKIP_SIGNATURE, item->which);
        return true;
    }
    note(r->signers, item->digest, item->country);
    if (item->timestamp > r->import->source->issued)
        r->import->source->issued = item->timestamp;
    entry = (hp_entry){ .der = item->cert, .which = item->which, .kid = { item->kid, HP_KID },
                        .country = item->country, .domains = HP_DOMAIN_DCC,
                        .authorities = issuers(r, land) };
    return hp_import_cert(r->import, &entry, r->error);
}

/* ---- the list ------------------------------------------------------------------------ */

static bool
each(reader *r, bool (*take)(reader *r, const hp_json *json, size_t nth))
{
    size_t i, k, nth = 0;

    for (i = 0; i < r->n_lists; i++) {
        for (k = 0; k < hp_json_count(r->lists[i]); k++) {
            if (!take(r, hp_json_at(r->lists[i], k), nth++))
                return false;
        }
    }
    return true;
}

/* What claims to have signed the first entry that an anchor signs. */
static bool
claimed(const reader *r, uint8_t fingerprint[HP_SHA256])
{
    hp_item_type type;
    const hp_json *json;
    size_t i, k;

    for (i = 0; i < r->n_lists; i++) {
        for (k = 0; k < hp_json_count(r->lists[i]); k++) {
            json = hp_json_at(r->lists[i], k);
            type = hp_item_type_of(json);
            if (type == HP_ITEM_CSCA || type == HP_ITEM_UPLOAD)
                return hp_item_claimed(r->import->terms->crypto, json, fingerprint);
        }
    }
    return false;
}

static bool
refuse_vouchers(const reader *r)
{
    uint8_t fingerprint[HP_SHA256];
    char text[HP_HEX_TEXT(HP_SHA256)] = "nobody who is named in it";

    if (claimed(r, fingerprint))
        hp_hex_write((hp_str){ fingerprint, sizeof(fingerprint) }, text);
    hp_error_set(r->error, "has no CSCA or UPLOAD entry that a pinned trust anchor signed, without "
                           "which no DSC can be believed; they claim to be signed by %s", text);
    return false;
}

static bool
take_list(reader *r)
{
    uint8_t fingerprint[HP_SHA256];
    bool known;

    if (r->n_anchors == 0) {
        known = claimed(r, fingerprint);
        if (!hp_feed_unpinned(r->import, &hp_feed_dgcg, known ? fingerprint : NULL, r->error))
            return false;
    }
    if (!each(r, take_other) || !each(r, take_upload))
        return false;
    if (r->n_anchors > 0 && r->vouchers == 0)
        return refuse_vouchers(r);
    r->import->source->dated = r->import->terms->now;
    return each(r, take_signer);
}

/* ---- reading ------------------------------------------------------------------------- */

static bool
refuse_file(reader *r, const hp_feed_input *input, size_t i, const char *what)
{
    hp_error_set(r->error, "%s%s%s", input->n > 1 ? input->files[i].path : "",
                 input->n > 1 ? ": " : "", what);
    return false;
}

static bool
load_file(reader *r, const hp_feed_input *input, size_t i)
{
    hp_source *source = r->import->source;
    hp_error why;
    hp_json *list;

    if (input->files[i].bytes.p == NULL)
        return refuse_file(r, input, i, "is a folder, expected files of the gateway's lists");
    list = hp_json_load_part(input->files[i].bytes, HP_FEED_MAX, &r->values, &why);
    if (list == NULL)
        return refuse_file(r, input, i, why.text);
    r->lists[r->n_lists++] = list;
    if (hp_json_kind_of(list) != HP_JSON_ARRAY)
        return refuse_file(r, input, i, "is no list of the gateway, expected a JSON array");
    if (hp_json_count(list) > HP_TRUST_KEYS_MAX - source->entries)
        return refuse_file(r, input, i, "makes more than 20000 entries, expected fewer");
    source->entries += (uint32_t)hp_json_count(list);
    return true;
}

static bool
load_files(reader *r, const hp_feed_input *input)
{
    size_t i;

    r->values = VALUES_MAX;
    r->lists = calloc(input->n + 1, sizeof(*r->lists));
    if (r->lists == NULL) {
        hp_error_set(r->error, "no memory");
        return false;
    }
    for (i = 0; i < input->n; i++) {
        if (!load_file(r, input, i))
            return false;
    }
    return true;
}

static bool
read_pins(reader *r)
{
    const hp_feed_terms *terms = r->import->terms;

    r->anchors = hp_feed_pinned_certs(terms, r->error);
    r->n_anchors = terms->n_pins;
    return r->anchors != NULL;
}

static bool
read_list(hp_import *import, const hp_feed_input *input, hp_error *error)
{
    reader *r = calloc(1, sizeof(*r));
    bool good;
    size_t i;

    if (r == NULL) {
        hp_error_set(error, "no memory");
        return false;
    }
    r->import = import;
    r->error = error;
    r->others = calloc(SLOTS, sizeof(*r->others));
    r->signers = calloc(SLOTS, sizeof(*r->signers));
    good = r->others != NULL && r->signers != NULL;
    if (!good)
        hp_error_set(error, "no memory");
    good = good && read_pins(r) && load_files(r, input) && take_list(r);
    for (i = 0; i < r->n_lists; i++)
        hp_json_free(r->lists[i]);
    free(r->lists);
    free(r->anchors);
    hp_lands_free(&r->lands);
    free(r->others);
    free(r->signers);
    free(r);
    return good;
}

const hp_feed hp_feed_dgcg = {
    .name = "dgcg",
    .summary = "the EU gateway's trust lists of the types CSCA, UPLOAD and DSC, one file or more",
    .pin = "the gateway's trust anchor certificate; the national backend that is connected to the "
           "gateway has its fingerprint from the onboarding",
    .heeds = HP_FEED_AUTHORITIES | HP_FEED_EKU,
    .is = is_list,
    .read = read_list,
};
