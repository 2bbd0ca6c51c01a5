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

/* ---- lists of withdrawn passes -------------------------------------------------------------- */

#define PEM_MAX (256 * 1024) /* bytes of a certificate or key that a person put somewhere */

static bool
load_signer(hp_crypto *crypto, const char *path, hp_revoke_vouchers *v, hp_error *error)
{
    hp_bytes bytes;
    hp_pin *pin;

    if (!hp_file_read(path, HP_FILE_OWNED, PEM_MAX, &bytes, NULL, error))
        return false;
    pin = hp_pin_read(crypto, (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    if (pin == NULL || hp_pin_cert(pin).n == 0 || !hp_pin_may_sign(pin)) {
        hp_pin_free(pin);
        hp_error_set(error, "%s: expected one certificate, PEM or DER, with a key on P-256, P-384 "
                            "or P-521, or RSA of 2048 to 4096 bits", path);
        return false;
    }
    v->pins[v->n] = pin;
    v->signers[v->n++] = hp_pin_cert(pin);
    return true;
}

static bool
load_client(const hp_feeds_revocation *feed, hp_revoke_vouchers *v, hp_error *error)
{
    if (feed->client_cert == NULL)
        return true;
    if (!hp_file_read(feed->client_cert, HP_FILE_OWNED, PEM_MAX, &v->cert, NULL, error) ||
        !hp_file_read(feed->client_key, HP_FILE_OWNED | HP_FILE_SECRET, PEM_MAX, &v->key, NULL,
                      error))
        return false;
    v->client = (hp_fetch_client){ { v->cert.p, v->cert.n }, { v->key.p, v->key.n } };
    return true;
}

/* Who we are to the server decides nothing of how its list is read. */
static bool
digest_revocation(hp_crypto *crypto, const hp_feeds_revocation *feed, const hp_revoke_vouchers *v,
                  uint8_t digest[HP_SHA256])
{
    uint8_t fingerprint[HP_SHA256];
    char words[128];
    bool good;
    size_t i;

    memset(digest, 0, HP_SHA256);
    (void)snprintf(words, sizeof(words), "%s %d %d %d %d %.0f", hp_feeds_form_name(feed->from),
                   feed->hashes, (int)feed->kind, feed->plain, feed->allow_unsigned,
                   feed->max_age);
    good = mix_text(crypto, digest, words) && mix_text(crypto, digest, feed->url) &&
           mix_text(crypto, digest, feed->issuer);
    for (i = 0; good && i < feed->n_kids; i++)
        good = mix_text(crypto, digest, feed->kids[i]);
    for (i = 0; good && i < v->n; i++) {
        hp_pin_fingerprint(v->pins[i], fingerprint);
        good = mix(crypto, digest, (hp_str){ fingerprint, sizeof(fingerprint) });
    }
    return good;
}

bool
hp_feeds_vouch_revocation(hp_crypto *crypto, const hp_feeds_revocation *feed,
                          hp_revoke_vouchers *v, char terms[HP_FEEDS_TERMS], hp_error *error)
{
    uint8_t digest[HP_SHA256];
    size_t i;

    *v = (hp_revoke_vouchers){ .n = 0 };
    terms[0] = 0;
    for (i = 0; i < feed->n_pins; i++) {
        if (!load_signer(crypto, feed->pins[i], v, error))
            return false;
    }
    if (!load_client(feed, v, error))
        return false;
    if (!digest_revocation(crypto, feed, v, digest)) {
        hp_error_set(error, "no memory, or OpenSSL fails");
        return false;
    }
    hp_hex_write((hp_str){ digest, sizeof(digest) }, terms);
    return true;
}

void
hp_revoke_vouchers_free(hp_revoke_vouchers *v)
{
    size_t i;

    for (i = 0; i < v->n; i++)
        hp_pin_free(v->pins[i]);
    hp_bytes_free(&v->cert);
    hp_bytes_free(&v->key);
    *v = (hp_revoke_vouchers){ .n = 0 };
}
