/*
 * Fetches the lists of one issuer of SMART Health Cards (shc, 6):
 *
 *     ISS/.well-known/jwks.json       {"keys": [{"kid", "crlVersion", ...}]}: whose lists there
 *                                     are, unless the feeds file names the kids
 *     ISS/.well-known/crl/KID.json    {"kid", "method", "ctr", "rids"}
 *
 * The stage gets them as KID.json.  One that is there with the ctr that its key names is not
 * fetched again; a ctr that goes back is refused.
 */
#include "cli/revoke_fetch.h"

#include "codec/json.h"

#include <stdlib.h>

#define KEYS_MAX (1 << 20) /* bytes of a key set */
#define LISTS    256       /* of one issuer */
#define KID_MAX  64
#define FILE_NAME (KID_MAX + sizeof(".json"))

typedef struct {
    char kid[KID_MAX + 1];
    int64_t ctr; /* that its key names; 0: not known */
} crl;

typedef struct {
    hp_revoke_fetch *f;
    crl lists[LISTS];
    size_t n;
    uint8_t digest[HP_SHA256]; /* of all lists */
    hp_error *error;
} issuer;

static bool
refuse(const issuer *s, const char *kid, const char *what)
{
    hp_error_set(s->error, "%s: the list of key %s %s", s->f->feed->url, kid, what);
    return false;
}

/* A number in practice, a text in the specification (shc, 6); 0 for what is neither. */
static int64_t
read_counter(const hp_json *json)
{
    hp_str text = hp_json_text(json);
    int64_t n = 0;
    size_t i;

    if (hp_json_int(json, &n))
        return n > 0 ? n : 0;
    for (i = 0; i < text.n && text.n <= 18; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return 0;
        n = n * 10 + text.p[i] - '0';
    }
    return n;
}

/* ---- whose lists there are ---------------------------------------------------------------- */

/* A kid becomes a part of a URL and the name of a file (RFC 4648, 5: base64url). */
static bool
read_kid(hp_str text, char kid[KID_MAX + 1])
{
    if (text.n == 0 || text.n > KID_MAX)
        return false;
    memcpy(kid, text.p, text.n);
    kid[text.n] = '\0';
    return strspn(kid, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
           text.n;
}

static bool
read_key(issuer *s, const hp_json *key)
{
    crl *list = &s->lists[s->n];

    if (hp_json_get(key, "crlVersion") == NULL)
        return true;
    if (s->n == LISTS)
        return hp_revoke_blame(s->f, "has more lists than an issuer may have", s->error);
    list->ctr = read_counter(hp_json_get(key, "crlVersion"));
    if (list->ctr == 0 || !read_kid(hp_json_text(hp_json_get(key, "kid")), list->kid))
        return hp_revoke_blame(s->f, "has a key whose kid or crlVersion cannot be read", s->error);
    s->n++;
    return true;
}

/* "No list" is not "nothing withdrawn": an issuer without any is a mistake in the feeds file. */
static bool
read_keys(issuer *s, hp_str text)
{
    hp_json *json = hp_json_load_list(text, KEYS_MAX, NULL);
    const hp_json *keys = hp_json_get(json, "keys");
    size_t i, n = hp_json_count(keys);
    bool good = json != NULL || hp_revoke_blame(s->f, "its key set cannot be read", s->error);

    for (i = 0; good && i < n; i++)
        good = read_key(s, hp_json_at(keys, i));
    hp_json_free(json);
    return good && (s->n > 0 || hp_revoke_blame(s->f, "has no key with a crlVersion, so it "
                                                      "publishes no list", s->error));
}

static bool
find_lists(issuer *s)
{
    hp_fetch_ask ask = hp_revoke_ask(s->f);
    hp_fetched got;
    bool good;

    for (; s->n < s->f->feed->n_kids; s->n++)
        (void)read_kid(hp_str_of(s->f->feed->kids[s->n]), s->lists[s->n].kid);
    if (s->n > 0)
        return true;
    ask.max = KEYS_MAX;
    good = hp_revoke_get(s->f, &ask, "/.well-known/jwks.json", &got, s->error) &&
           read_keys(s, (hp_str){ got.bytes.p, got.bytes.n });
    hp_bytes_free(&got.bytes);
    return good;
}

/* ---- one list ----------------------------------------------------------------------------- */

/* The ctr of a list; 0 when it is none. */
static int64_t
counter_of(const hp_revoke_fetch *f, hp_str text)
{
    hp_json *json = hp_json_load_list(text, (size_t)f->feed->max_size, NULL);
    int64_t ctr = read_counter(hp_json_get(json, "ctr"));

    hp_json_free(json);
    return ctr;
}

static bool
mix(issuer *s, const crl *list, hp_str text)
{
    hp_str parts[] = { { s->digest, HP_SHA256 }, hp_str_of(list->kid), { (const uint8_t *)"", 1 },
                       text };

    return hp_sha256(s->f->crypto, parts, 4, s->digest) || hp_revoke_no_room(s->f, s->error);
}

static bool
get_list(issuer *s, const crl *list, const char *name, int64_t before)
{
    hp_fetch_ask ask = hp_revoke_ask(s->f);
    char path[sizeof("/.well-known/crl/") + FILE_NAME];
    hp_fetched got;
    hp_str text;
    int64_t ctr;
    bool good;

    (void)snprintf(path, sizeof(path), "/.well-known/crl/%s", name);
    if (!hp_revoke_get(s->f, &ask, path, &got, s->error))
        return false;
    text = (hp_str){ got.bytes.p, got.bytes.n };
    ctr = counter_of(s->f, text);
    if (ctr == 0)
        good = refuse(s, list->kid, "cannot be read, or has no ctr");
    else if (ctr < before || ctr < list->ctr)
        good = refuse(s, list->kid, ctr < before ? "is older than the one before it"
                                                 : "is older than its key says");
    else
        good = mix(s, list, text) && hp_revoke_stage(s->f, name, text, s->error);
    hp_bytes_free(&got.bytes);
    return good;
}

/* What is in the stage is as it was fetched, or no list: then it is fetched again. */
static bool
take_list(issuer *s, const crl *list)
{
    char name[FILE_NAME];
    hp_bytes old = { NULL, 0 };
    int64_t before = 0;
    bool good;

    (void)snprintf(name, sizeof(name), "%s.json", list->kid);
    if (hp_stage_get(s->f->stage, name, (size_t)s->f->feed->max_size, &old))
        before = counter_of(s->f, (hp_str){ old.p, old.n });
    if (before != 0 && before == list->ctr)
        good = mix(s, list, (hp_str){ old.p, old.n }) && hp_revoke_use(s->f, name, s->error);
    else
        good = get_list(s, list, name, before);
    hp_bytes_free(&old);
    return good;
}

bool
hp_revoke_fetch_shc(hp_revoke_fetch *f, hp_error *error)
{
    issuer *s = calloc(1, sizeof(*s));
    size_t i;
    bool good;

    if (s == NULL)
        return hp_revoke_no_room(f, error);
    s->f = f;
    s->error = error;
    good = find_lists(s);
    for (i = 0; good && i < s->n; i++)
        good = take_list(s, &s->lists[i]);
    hp_hex_write((hp_str){ s->digest, HP_SHA256 }, f->cursor);
    f->same = good && f->known != NULL && strcmp(f->known->cursor, f->cursor) == 0;
    free(s);
    return good;
}
