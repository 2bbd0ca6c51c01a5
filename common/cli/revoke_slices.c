/*
 * Fetches from an EU distribution service (revocation, 3):
 *
 *     GET /lists                            ETag; [{kid, expires, ...}]
 *     GET /lists/KID/partitions             KID in base64url; If-Match: that ETag
 *     GET /lists/KID/partitions/ID/chunks/C/slices[/HASH]    a tar archive in gzip
 *
 * all with X-SLICE-FILTER-TYPE.  The stage gets lists.json, KID/partitions.json and KID/HASH.  A
 * slice that is there already, with that hash, is not fetched again.  412, a list or slice that
 * is not there, and a slice with another hash mean that the service made new ones meanwhile: then
 * all starts over, with what was fetched still at hand.
 */
#include "cli/revoke_fetch.h"

#include "base/time.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/zip.h"

#include <stdlib.h>

#define TRIES         3              /* to start over */
#define LISTS_MAX     20000          /* kids: as many as a trust list has keys */
#define ARCHIVE_ALL   (1024u << 20)  /* bytes of what is in one archive */
#define ARCHIVE_FILES 65536
#define HASH_TEXT     HP_HEX_TEXT(HP_SHA256)
#define KID_TEXT      16
#define PATH_TEXT     200

/* How a step ended. */
typedef enum {
    DONE,
    CHANGED, /* the service has other lists now */
    FAILED   /* with *error */
} outcome;

/* A slice that the partitions name, and where it is. */
typedef struct {
    char hash[HASH_TEXT];
    char partition[5], chunk[2];
    bool have;
} slice;

typedef struct {
    hp_revoke_fetch *f;
    char etag[HP_FETCH_TAG];
    char kid[KID_TEXT]; /* of the list at hand, as paths have it, */
    slice *slices;      /* its slices, */
    size_t n, room;
    size_t from, to;    /* and those of the chunk at hand */
    hp_error *error;
} service;

static outcome
refuse(const service *s, const char *what)
{
    (void)hp_revoke_blame(s->f, what, s->error);
    return FAILED;
}

static outcome
done_if(bool good)
{
    return good ? DONE : FAILED;
}

/* A list that is gone is one that changed. */
static outcome
get(service *s, const char *path, hp_fetched *got)
{
    hp_fetch_ask ask = hp_revoke_ask(s->f);

    ask.match = s->etag;
    ask.header = s->f->feed->hashes ? "X-SLICE-FILTER-TYPE: VARHASHLIST"
                                    : "X-SLICE-FILTER-TYPE: BLOOMFILTER";
    ask.answers = HP_FETCH_CHANGED | HP_FETCH_MISSING | HP_FETCH_GONE;
    if (!hp_revoke_get(s->f, &ask, path, got, s->error))
        return FAILED;
    return got->answer != 0 ? CHANGED : DONE;
}

/* ---- partitions --------------------------------------------------------------------------- */

/* Lower-case hexadecimal digits, which become a part of a path: nothing else may. */
static bool
read_digits(hp_str text, char *to, size_t min, size_t max)
{
    if (text.n < min || text.n > max)
        return false;
    memcpy(to, text.p, text.n);
    to[text.n] = '\0';
    return strspn(to, "0123456789abcdef") == text.n;
}

static bool
read_partition_id(const hp_json *id, char to[5])
{
    if (id == NULL || hp_json_kind_of(id) == HP_JSON_NULL || hp_json_is(id, "null")) {
        memcpy(to, "null", 5); /* POINT mode has one partition, which is called so */
        return true;
    }
    return read_digits(hp_json_text(id), to, 1, 2);
}

static slice *
new_slice(service *s)
{
    slice *slices;

    if (s->n == s->room) {
        slices = reallocarray(s->slices, s->room * 2 + 64, sizeof(*slices));
        if (slices == NULL)
            return NULL;
        s->slices = slices;
        s->room = s->room * 2 + 64;
    }
    return &s->slices[s->n++];
}

/* { "EXPIRY": {type, version, hash} }; what has ended is not fetched. */
static outcome
read_chunk(service *s, const char *partition, const char *chunk, const hp_json *json)
{
    const char *name;
    hp_json *value;
    void *at = NULL;
    double expires;
    slice *new;

    while (hp_json_next(json, &at, &name, &value)) {
        if (!hp_time_read(hp_str_of(name), true, &expires))
            return refuse(s, "a slice has no date-time for its name");
        if (expires <= s->f->now)
            continue;
        if (s->n == HP_INDEX_SLICES_MAX)
            return refuse(s, "a list has more slices than there can be");
        new = new_slice(s);
        if (new == NULL)
            return done_if(hp_revoke_no_room(s->f, s->error));
        *new = (slice){ .have = false };
        (void)snprintf(new->partition, sizeof(new->partition), "%s", partition);
        (void)snprintf(new->chunk, sizeof(new->chunk), "%s", chunk);
        if (!read_digits(hp_json_text(hp_json_get(value, "hash")), new->hash, HASH_TEXT - 1,
                         HASH_TEXT - 1))
            return refuse(s, "a slice has no SHA-256 in hexadecimal");
    }
    return DONE;
}

static outcome
read_partition(service *s, const hp_json *json)
{
    char id[5], chunk[2];
    const char *name;
    hp_json *value;
    void *at = NULL;
    outcome how = DONE;

    if (!read_partition_id(hp_json_get(json, "id"), id))
        return refuse(s, "a partition has an id that is neither null nor hexadecimal digits");
    while (how == DONE && hp_json_next(hp_json_get(json, "chunks"), &at, &name, &value)) {
        if (!read_digits(hp_str_of(name), chunk, 1, 1))
            return refuse(s, "a chunk is not named by one hexadecimal digit");
        how = read_chunk(s, id, chunk, value);
    }
    return how;
}

static outcome
read_partitions(service *s, hp_str text)
{
    hp_json *json = hp_json_load_list(text, text.n, NULL);
    size_t i, n = hp_json_count(json);
    outcome how = json != NULL && hp_json_kind_of(json) == HP_JSON_ARRAY
                      ? DONE : refuse(s, "partitions: expected an array");

    s->n = 0;
    for (i = 0; how == DONE && i < n; i++)
        how = read_partition(s, hp_json_at(json, i));
    hp_json_free(json);
    return how;
}

static outcome
get_partitions(service *s)
{
    char path[PATH_TEXT], name[PATH_TEXT];
    hp_fetched got;
    hp_str text;
    outcome how;

    (void)snprintf(path, sizeof(path), "/lists/%s/partitions", s->kid);
    (void)snprintf(name, sizeof(name), "%s/partitions.json", s->kid);
    how = get(s, path, &got);
    text = (hp_str){ got.bytes.p, got.bytes.n };
    if (how == DONE)
        how = read_partitions(s, text);
    if (how == DONE)
        how = done_if(hp_revoke_stage(s->f, name, text, s->error));
    hp_bytes_free(&got.bytes);
    return how;
}

/* ---- slices ------------------------------------------------------------------------------- */

static bool
has_hash(const service *s, hp_str bytes, const char *hash)
{
    uint8_t real[HP_SHA256];
    char text[HASH_TEXT];

    if (!hp_sha256(s->f->crypto, &bytes, 1, real))
        return false;
    hp_hex_write((hp_str){ real, sizeof(real) }, text);
    return strcmp(text, hash) == 0;
}

static void
name_slice(const service *s, const slice *one, char name[PATH_TEXT])
{
    (void)snprintf(name, PATH_TEXT, "%s/%s", s->kid, one->hash);
}

/* Is it there from another time?  What a crash left half written has another hash. */
static bool
look_for(service *s, slice *one)
{
    char name[PATH_TEXT];
    hp_bytes bytes;

    name_slice(s, one, name);
    if (!hp_stage_get(s->f->stage, name, (size_t)s->f->feed->max_size, &bytes))
        return true;
    one->have = has_hash(s, (hp_str){ bytes.p, bytes.n }, one->hash);
    hp_bytes_free(&bytes);
    return !one->have || hp_revoke_use(s->f, name, s->error);
}

/* One file of an archive; what nobody asked for is passed over. */
static bool
take_slice(void *context, const char *name, hp_str bytes, hp_error *error)
{
    service *s = context;
    const char *slash = strrchr(name, '/'), *last = slash != NULL ? slash + 1 : name;
    char path[PATH_TEXT];
    size_t i;

    (void)error; /* is s->error */
    for (i = s->from; i < s->to; i++) {
        slice *one = &s->slices[i];

        if (one->have || strcmp(one->hash, last) != 0 || !has_hash(s, bytes, one->hash))
            continue;
        name_slice(s, one, path);
        one->have = true;
        if (!hp_revoke_stage(s->f, path, bytes, s->error))
            return false;
    }
    return true;
}

static outcome
take_archive(service *s, hp_str bytes)
{
    const hp_zip_caps caps = { (size_t)s->f->feed->max_size, ARCHIVE_ALL, ARCHIVE_FILES };
    hp_error why;

    if (hp_tar_walk(bytes, &caps, take_slice, s, s->error))
        return DONE;
    if (s->f->fault)
        return FAILED;
    why = *s->error;
    return refuse(s, why.text);
}

/* One slice by its hash, or all of the chunk. */
static outcome
get_slices(service *s, const slice *only)
{
    const slice *any = &s->slices[s->from];
    char path[PATH_TEXT];
    hp_fetched got;
    outcome how;

    (void)snprintf(path, sizeof(path), "/lists/%s/partitions/%s/chunks/%s/slices%s%s", s->kid,
                   any->partition, any->chunk, only != NULL ? "/" : "",
                   only != NULL ? only->hash : "");
    how = get(s, path, &got);
    if (how == DONE)
        how = take_archive(s, (hp_str){ got.bytes.p, got.bytes.n });
    hp_bytes_free(&got.bytes);
    return how;
}

static size_t
count_missing(const service *s)
{
    size_t i, n = 0;

    for (i = s->from; i < s->to; i++)
        n += !s->slices[i].have;
    return n;
}

/* Most of a chunk's slices never change: what is new is asked for one by one, all new at once. */
static outcome
get_chunk(service *s)
{
    outcome how = DONE;
    size_t i, missing;

    for (i = s->from; i < s->to; i++) {
        if (!look_for(s, &s->slices[i]))
            return FAILED;
    }
    missing = count_missing(s);
    if (missing > 1 && missing == s->to - s->from)
        how = get_slices(s, NULL);
    else
        for (i = s->from; how == DONE && i < s->to; i++) {
            if (!s->slices[i].have)
                how = get_slices(s, &s->slices[i]);
        }
    return how == DONE && count_missing(s) > 0 ? CHANGED : how;
}

static bool
is_same_chunk(const slice *a, const slice *b)
{
    return strcmp(a->partition, b->partition) == 0 && strcmp(a->chunk, b->chunk) == 0;
}

static outcome
get_chunks(service *s)
{
    outcome how = DONE;

    for (s->from = 0; how == DONE && s->from < s->n; s->from = s->to) {
        s->to = s->from + 1;
        while (s->to < s->n && is_same_chunk(&s->slices[s->from], &s->slices[s->to]))
            s->to++;
        how = get_chunk(s);
    }
    return how;
}

/* ---- lists -------------------------------------------------------------------------------- */

static bool
read_kid(hp_str text, char kid[KID_TEXT])
{
    uint8_t bytes[HP_BASE64_BYTES(KID_TEXT)];
    size_t n;

    if (hp_str_eq(text, HP_STR("UNKNOWN_KID"))) {
        memcpy(kid, "UNKNOWN_KID", sizeof("UNKNOWN_KID"));
        return true;
    }
    if (text.n == 0 || text.n > 12 || !hp_base64_read(text, HP_BASE64_EITHER, bytes, &n) ||
        n != HP_KID)
        return false;
    hp_base64url_write((hp_str){ bytes, n }, kid);
    return true;
}

static outcome
get_list(service *s, const hp_json *json)
{
    double expires;
    outcome how;

    if (!read_kid(hp_json_text(hp_json_get(json, "kid")), s->kid) ||
        !hp_time_read(hp_json_text(hp_json_get(json, "expires")), true, &expires))
        return refuse(s, "has a list whose kid or expires cannot be read");
    if (expires <= s->f->now)
        return DONE;
    how = get_partitions(s);
    return how == DONE ? get_chunks(s) : how;
}

static outcome
get_each(service *s, hp_str text)
{
    hp_json *json = hp_json_load_list(text, text.n, NULL);
    size_t i, n = hp_json_count(json);
    outcome how = DONE;

    if (json == NULL || hp_json_kind_of(json) != HP_JSON_ARRAY || n > LISTS_MAX)
        how = refuse(s, "lists: expected an array of at most 20000");
    for (i = 0; how == DONE && i < n; i++)
        how = get_list(s, hp_json_at(json, i));
    hp_json_free(json);
    return how;
}

static bool
is_known(const hp_revoke_fetch *f, const hp_fetched *got)
{
    return !f->whole && f->known != NULL &&
           (got->same || (got->etag[0] != '\0' && strcmp(got->etag, f->known->etag) == 0));
}

static outcome
get_lists(service *s)
{
    hp_fetch_ask ask = hp_revoke_ask(s->f);
    hp_fetched got;
    hp_str text;
    outcome how = DONE;

    if (s->f->known != NULL && !s->f->whole)
        ask.etag = s->f->known->etag;
    if (!hp_revoke_get(s->f, &ask, "/lists", &got, s->error))
        return FAILED;
    text = (hp_str){ got.bytes.p, got.bytes.n };
    s->f->same = is_known(s->f, &got);
    memcpy(s->etag, got.etag, sizeof(s->etag));
    if (!s->f->same && s->etag[0] == '\0')
        how = refuse(s, "lists: sends no ETag, by which all that belongs together is known");
    else if (!s->f->same && !hp_revoke_stage(s->f, "lists.json", text, s->error))
        how = FAILED;
    else if (!s->f->same)
        how = get_each(s, text);
    hp_bytes_free(&got.bytes);
    return how;
}

bool
hp_revoke_fetch_slices(hp_revoke_fetch *f, hp_error *error)
{
    service s = { .f = f, .error = error };
    outcome how = CHANGED;
    unsigned tries;

    for (tries = 0; how == CHANGED && tries <= TRIES; tries++) {
        hp_stage_restart(f->stage);
        how = get_lists(&s);
    }
    if (how == CHANGED)
        how = refuse(&s, "its lists changed each time that they were fetched");
    memcpy(f->etag, s.etag, sizeof(f->etag));
    free(s.slices);
    return how == DONE;
}
