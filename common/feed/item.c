/* Entries of the EU gateway's trust lists; see item.h. */
#include "feed/item.h"

#include "base/time.h"
#include "codec/base64.h"
#include "crypto/cms.h"

#include <stdio.h>

hp_item_type
hp_item_type_of(const hp_json *json)
{
    const hp_json *type = hp_json_get(json, "certificateType");

    if (hp_json_is(type, "DSC"))
        return HP_ITEM_DSC;
    if (hp_json_is(type, "CSCA"))
        return HP_ITEM_CSCA;
    if (hp_json_is(type, "UPLOAD"))
        return HP_ITEM_UPLOAD;
    return hp_json_is(type, "AUTHENTICATION") ? HP_ITEM_AUTHENTICATION : HP_ITEM_OTHER;
}

/* ---- members ------------------------------------------------------------------ */

static bool
read_base64(const hp_json *json, uint8_t *room, size_t most, hp_str *out)
{
    hp_str text = hp_json_text(json);

    *out = (hp_str){ room, 0 };
    return text.n > 0 && HP_BASE64_BYTES(text.n) <= most &&
           hp_base64_read(text, HP_BASE64_STANDARD, room, &out->n);
}

/* Two capital letters; "EU" is the gateway itself. */
static bool
read_country(const hp_json *json, char country[3])
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
read_members(const hp_json *json, hp_item *item, uint8_t thumbprint[HP_SHA256])
{
    hp_str print = hp_json_text(hp_json_get(json, "thumbprint"));
    hp_str time = hp_json_text(hp_json_get(json, "timestamp"));

    item->signature = hp_json_text(hp_json_get(json, "signature"));
    return hp_feed_kid(hp_json_text(hp_json_get(json, "kid")), item->kid) &&
           time.n > 0 && hp_time_read(time, false, &item->timestamp) &&
           print.n == (size_t)2 * HP_SHA256 && hp_hex_read(print, thumbprint) &&
           read_country(hp_json_get(json, "country"), item->country) &&
           read_base64(hp_json_get(json, "rawData"), item->room, sizeof(item->room), &item->cert);
}

/* ---- entries ------------------------------------------------------------------ */

static bool
leave_out(hp_import *import, hp_skip why, const hp_json *json, size_t nth)
{
    char which[32];
    uint8_t kid[HP_KID];

    if (hp_feed_kid(hp_json_text(hp_json_get(json, "kid")), kid))
        hp_hex_write((hp_str){ kid, HP_KID }, which);
    else
        (void)snprintf(which, sizeof(which), "entry %zu", nth + 1);
    hp_import_skip(import, why, which);
    return false;
}

bool
hp_item_read(hp_import *import, const hp_json *json, size_t nth, hp_item *item)
{
    uint8_t thumbprint[HP_SHA256];

    if (!read_members(json, item, thumbprint))
        return leave_out(import, HP_SKIP_UNREADABLE, json, nth);
    hp_hex_write((hp_str){ item->kid, HP_KID }, item->which);
    if (!hp_sha256(import->terms->crypto, &item->cert, 1, item->digest) ||
        memcmp(thumbprint, item->digest, HP_SHA256) != 0 ||
        memcmp(item->kid, item->digest, HP_KID) != 0)
        return leave_out(import, HP_SKIP_KID, json, nth);
    return true;
}

void
hp_item_pass(hp_import *import, const hp_json *json, size_t nth)
{
    bool is_entry = hp_json_text(hp_json_get(json, "certificateType")).p != NULL;

    (void)leave_out(import, is_entry ? HP_SKIP_OTHER_USE : HP_SKIP_UNREADABLE, json, nth);
}

bool
hp_item_signed_by(hp_crypto *crypto, hp_item *item, const hp_str *signers, size_t n,
                  size_t *signer)
{
    uint8_t room[HP_ITEM_SIGNATURE_MAX];
    hp_str message = { room, 0 };
    hp_cms cms;

    if (item->signature.n == 0 || HP_BASE64_BYTES(item->signature.n) > sizeof(room) ||
        !hp_base64_read(item->signature, HP_BASE64_STANDARD, room, &message.n) ||
        !hp_cms_verify(crypto, message, item->cert, signers, n, &cms, NULL))
        return false;
    *signer = cms.signer;
    if (cms.signed_at != 0)
        item->timestamp = cms.signed_at;
    hp_bytes_free(&cms.content);
    return true;
}

bool
hp_item_claimed(hp_crypto *crypto, const hp_json *json, uint8_t fingerprint[HP_SHA256])
{
    uint8_t room[HP_ITEM_SIGNATURE_MAX];
    hp_str message;

    return read_base64(hp_json_get(json, "signature"), room, sizeof(room), &message) &&
           hp_cms_claimed(crypto, message, fingerprint);
}
