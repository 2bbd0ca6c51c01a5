/* Loads and rotates the keys of clearances; see clearance_key.h. */
#include "check/clearance_key.h"

#include "base/file.h"

#include <stdlib.h>

struct hp_clearance_keys {
    char *path;
    hp_crypto *crypto;
    hp_hmac *all[HP_CLEARANCE_KEYS];
    size_t n;
    hp_stamp seen; /* of what was read, or could not be */
};

static void
forget(hp_hmac **all, size_t n)
{
    while (n > 0)
        hp_hmac_free(all[--n]);
}

void
hp_clearance_keys_free(hp_clearance_keys *keys)
{
    if (keys == NULL)
        return;
    forget(keys->all, keys->n);
    hp_crypto_free(keys->crypto);
    free(keys->path);
    free(keys);
}

/* What a file is full of that was made, and never filled. */
static bool
is_empty(const uint8_t key[HP_CLEARANCE_KEY])
{
    static const uint8_t zeros[HP_CLEARANCE_KEY];

    return hp_same_secret(key, zeros, sizeof(zeros));
}

static bool
refuse(const hp_clearance_keys *keys, hp_error *error, const char *what)
{
    hp_error_set(error, "%s: %s", keys->path, what);
    return false;
}

/* All of them or none. */
static bool
make_ready(hp_clearance_keys *keys, hp_str file, hp_error *error)
{
    hp_hmac *fresh[HP_CLEARANCE_KEYS] = { NULL };
    size_t n = 0;

    for (; file.n > 0; file = hp_str_from(file, HP_CLEARANCE_KEY)) {
        fresh[n] = hp_hmac_new(keys->crypto, (hp_str){ file.p, HP_CLEARANCE_KEY });
        if (fresh[n] == NULL) {
            forget(fresh, n);
            return refuse(keys, error, "no memory");
        }
        n++;
    }
    forget(keys->all, keys->n);
    memcpy(keys->all, fresh, n * sizeof(fresh[0]));
    keys->n = n;
    return true;
}

static bool
take(hp_clearance_keys *keys, hp_str file, hp_error *error)
{
    hp_str rest;

    if (file.n == 0 || file.n % HP_CLEARANCE_KEY != 0) {
        hp_error_set(error, "%s: has %zu bytes, expected %d for each key", keys->path, file.n,
                     HP_CLEARANCE_KEY);
        return false;
    }
    for (rest = file; rest.n > 0; rest = hp_str_from(rest, HP_CLEARANCE_KEY)) {
        if (is_empty(rest.p))
            return refuse(keys, error, "holds a key of zeros, expected random bytes");
    }
    return make_ready(keys, file, error);
}

static bool
read_keys(hp_clearance_keys *keys, hp_error *error)
{
    hp_bytes file;
    bool good;

    keys->seen = hp_file_stamp(keys->path);
    if (!hp_file_read(keys->path, HP_FILE_OWNED | HP_FILE_SECRET,
                      HP_CLEARANCE_KEYS * HP_CLEARANCE_KEY, &file, &keys->seen, error))
        return false;
    good = take(keys, (hp_str){ file.p, file.n }, error);
    hp_bytes_free(&file);
    return good;
}

hp_clearance_keys *
hp_clearance_keys_load(const char *path, hp_error *error)
{
    hp_clearance_keys *keys = calloc(1, sizeof(*keys));

    if (keys != NULL) {
        keys->path = strdup(path);
        keys->crypto = hp_crypto_new();
    }
    if (keys == NULL || keys->path == NULL || keys->crypto == NULL)
        hp_error_set(error, "%s: no memory, or OpenSSL offers no SHA-256", path);
    else if (read_keys(keys, error))
        return keys;
    hp_clearance_keys_free(keys);
    return NULL;
}

bool
hp_clearance_keys_refresh(hp_clearance_keys *keys, hp_error *error)
{
    hp_stamp now = hp_file_stamp(keys->path);

    error->text[0] = '\0';
    return memcmp(&now, &keys->seen, sizeof(now)) != 0 && read_keys(keys, error);
}

size_t
hp_clearance_keys_count(const hp_clearance_keys *keys)
{
    return keys->n;
}

bool
hp_clearance_keys_over(const hp_clearance_keys *keys, size_t nth, const hp_str *parts, size_t n,
                       uint8_t out[HP_SHA256])
{
    return hp_hmac_over(keys->all[nth], parts, n, out);
}

bool
hp_clearance_keys_random(const hp_clearance_keys *keys, uint8_t *out, size_t n)
{
    return hp_random(keys->crypto, out, n);
}
