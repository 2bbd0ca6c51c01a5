/* Who vouches for the lists of a feed, and on which terms they are read; see feeds.h. */
#include "cli/feeds.h"

#include "base/hex.h"

#include <stdio.h>

/* True when *digest is that of all that was mixed in so far. */
static bool
mix(hp_crypto *crypto, uint8_t digest[HP_SHA256], hp_str bytes)
{
    uint64_t n = bytes.n;
    hp_str parts[] = { { digest, HP_SHA256 }, { (const uint8_t *)&n, sizeof(n) }, bytes };

    return hp_sha256(crypto, parts, 3, digest);
}

static bool
mix_text(hp_crypto *crypto, uint8_t digest[HP_SHA256], const char *text)
{
    return mix(crypto, digest, hp_str_of(text != NULL ? text : ""));
}

static bool
mix_urls(hp_crypto *crypto, uint8_t digest[HP_SHA256], const hp_feeds_entry *feed)
{
    bool good = mix_text(crypto, digest, feed->signature_url);
    size_t i;

    for (i = 0; good && i < feed->n_urls; i++)
        good = mix_text(crypto, digest, feed->urls[i]);
    return good;
}

static bool
mix_vouchers(hp_crypto *crypto, uint8_t digest[HP_SHA256], const hp_vouchers *v)
{
    uint8_t fingerprint[HP_SHA256], kid[HP_KID];
    bool good = true;
    size_t i;

    for (i = 0; good && i < v->n_pins; i++) {
        hp_pin_fingerprint(v->pins[i], fingerprint);
        good = mix(crypto, digest, (hp_str){ fingerprint, sizeof(fingerprint) });
    }
    for (i = 0; good && i < v->authorities.n; i++) {
        hp_cert_kid(v->authorities.all[i], kid);
        good = mix(crypto, digest, (hp_str){ kid, sizeof(kid) });
    }
    return good;
}

static bool
digest_terms(hp_crypto *crypto, const hp_feeds_entry *feed, hp_env env, const hp_vouchers *v,
             uint8_t digest[HP_SHA256])
{
    char words[64];

    memset(digest, 0, HP_SHA256);
    (void)snprintf(words, sizeof(words), "%s %d %d %.0f", hp_env_name(env),
                   feed->allow_unsigned, feed->allow_unreadable_eku, feed->max_age);
    return mix_text(crypto, digest, feed->from->name) && mix_urls(crypto, digest, feed) &&
           mix_text(crypto, digest, feed->issuer) && mix_text(crypto, digest, words) &&
           mix_vouchers(crypto, digest, v);
}

static bool
load(hp_crypto *crypto, const hp_feeds_entry *feed, hp_vouchers *v, hp_error *error)
{
    bool good = true;
    size_t i;

    for (i = 0; good && i < feed->n_pins; i++)
        good = hp_vouchers_pin(v, crypto, feed->from, feed->pins[i], error);
    for (i = 0; good && i < feed->n_authorities; i++)
        good = hp_vouchers_authority(v, crypto, feed->authorities[i], error);
    return good;
}

bool
hp_feeds_vouch(hp_crypto *crypto, const hp_feeds_entry *feed, hp_env env, hp_vouchers *v,
               char terms[HP_FEEDS_TERMS], hp_error *error)
{
    uint8_t digest[HP_SHA256];

    *v = (hp_vouchers){ .env = env, .must = HP_FILE_OWNED };
    terms[0] = 0;
    if (!load(crypto, feed, v, error))
        return false;
    if (!digest_terms(crypto, feed, env, v, digest)) {
        hp_error_set(error, "no memory, or OpenSSL fails");
        return false;
    }
    hp_hex_write((hp_str){ digest, sizeof(digest) }, terms);
    return true;
}
