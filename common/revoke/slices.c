/*
 * What the EU distribution service offers to verifiers (revocation, 3), mirrored in a folder:
 *
 *     lists.json                      GET /lists
 *     <kid>/partitions.json           GET /lists/{kid}/partitions; kid in base64url, UNKNOWN_KID
 *     <kid>/.../<hash>                slices, called by their SHA-256 as there
 *     <kid>/.../<anything>            the same in a tar archive in gzip, as the service sends them
 *
 * Nothing in it is signed: it is as good as the connection to one's own service was.  Each slice
 * must have the hash that the partitions name, so that what was fetched while the service made
 * new ones is refused, and never a part of a list taken for all of it.
 */
#include "revoke/slice.h"

#include "base/hex.h"
#include "base/time.h"
#include "codec/base64.h"
#include "codec/zip.h"
#include "revoke/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define JSON_MAX    (64u << 20)  /* bytes of lists.json or partitions.json */
#define LISTS_MAX   20000        /* kids: as many as a trust list has keys */
#define ARCHIVE_MAX (256u << 20) /* bytes of one archive, */
#define ARCHIVE_ALL ((size_t)4 << 30) /* and of what is in it */
#define ARCHIVE_FILES 65536
#define CHUNK_MAX   8192 /* slices of one chunk: each is looked into for each pass of the kid */
#define KID_TEXT    16
#define NAME_TEXT   (2 * HP_SHA256) /* characters of a slice's name */

/* How many hex digits of its keys say where a key is: of partition and chunk. */
typedef enum { POINT = 1, VECTOR, COORDINATE } mode;

/* A list, of one kid. */
typedef struct {
    uint8_t kid[HP_KID];
    bool any_kid;
    char name[KID_TEXT]; /* its folder */
    mode mode;
    unsigned kinds, n_kinds;
    hp_listed_kind kind; /* one of them */
} list;

/* A slice that the partitions name. */
typedef struct {
    uint8_t hash[HP_SHA256];
    hp_slice_kind kind;
    unsigned prefix; /* the leading digits of its keys, as many as the mode says */
    double expires;
    bool done;
} wanted;

typedef struct {
    hp_revoke_job *job;
    list list; /* the one at hand, */
    wanted *slices; /* its slices, */
    size_t n, room;
    hp_intake_files files; /* and its files */
    size_t all; /* slices so far */
    uint8_t (*seen)[HP_KID]; /* kids so far */
    bool seen_any;
    size_t n_seen;
    hp_error *error;
} reader;

static bool
changed(const reader *r, const char *what)
{
    hp_error_set(r->error, "the list of %s: %s: the list changed while it was fetched, or was not "
                           "fetched to its end: fetch it again", r->list.name, what);
    return false;
}

static bool
refuse(const reader *r, const char *what)
{
    hp_error_set(r->error, "the list of %s: %s", r->list.name, what);
    return false;
}

/* ---- lists.json ----------------------------------------------------------------------------- */

static bool
read_kinds(const hp_json *types, list *l)
{
    hp_listed_kind kind;
    size_t i;

    if (types == NULL || hp_json_kind_of(types) != HP_JSON_ARRAY || hp_json_count(types) == 0)
        return false;
    for (i = 0; i < hp_json_count(types); i++) {
        if (!hp_intake_kind(hp_json_at(types, i), &kind))
            return false;
        l->n_kinds += (l->kinds & HP_LISTED_BIT(kind)) == 0;
        l->kinds |= HP_LISTED_BIT(kind);
        l->kind = kind;
    }
    return true;
}

static bool
read_mode(const hp_json *json, mode *m)
{
    if (hp_json_is(json, "POINT"))
        *m = POINT;
    else if (hp_json_is(json, "VECTOR"))
        *m = VECTOR;
    else if (hp_json_is(json, "COORDINATE"))
        *m = COORDINATE;
    else
        return false;
    return true;
}

static bool
is_seen(const reader *r)
{
    size_t i;

    if (r->list.any_kid)
        return r->seen_any;
    for (i = 0; i < r->n_seen; i++) {
        if (memcmp(r->seen[i], r->list.kid, HP_KID) == 0)
            return true;
    }
    return false;
}

static bool
note_seen(reader *r)
{
    if (is_seen(r))
        return refuse(r, "is there twice");
    if (r->list.any_kid)
        r->seen_any = true;
    else
        memcpy(r->seen[r->n_seen++], r->list.kid, HP_KID);
    return true;
}

/* False also for one that has ended: *ended tells. */
static bool
read_list(reader *r, const hp_json *json, size_t nth, bool *ended)
{
    list *l = &r->list;
    double expires;

    *l = (list){ .kinds = 0 };
    if (!hp_intake_kid(hp_json_get(json, "kid"), l->kid, &l->any_kid)) {
        hp_error_set(r->error, "lists.json: entry %zu: kid: expected 8 bytes in Base64, or "
                               "UNKNOWN_KID", nth + 1);
        return false;
    }
    if (l->any_kid)
        (void)snprintf(l->name, sizeof(l->name), "UNKNOWN_KID");
    else
        hp_base64url_write((hp_str){ l->kid, HP_KID }, l->name);
    if (!read_mode(hp_json_get(json, "mode"), &l->mode) ||
        !read_kinds(hp_json_get(json, "hashTypes"), l) ||
        !hp_intake_time(hp_json_get(json, "expires"), &expires))
        return refuse(r, "expected mode, hashTypes and expires, as GET /lists has them");
    *ended = expires <= r->job->now;
    return note_seen(r);
}

/* ---- partitions.json ------------------------------------------------------------------------ */

/* One hex digit, in lower case as the service writes them. */
static bool
read_digit(hp_str text, unsigned *prefix)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = text.n == 1 ? memchr(digits, text.p[0], 16) : NULL;

    *prefix = at != NULL ? *prefix << 4 | (unsigned)(at - digits) : *prefix;
    return at != NULL;
}

static bool
is_nothing(const hp_json *json)
{
    return json == NULL || hp_json_kind_of(json) == HP_JSON_NULL || hp_json_is(json, "null");
}

/* x and y are as the mode says, and id is both. */
static bool
read_place(const reader *r, const hp_json *partition, unsigned *prefix)
{
    const hp_json *x = hp_json_get(partition, "x"), *y = hp_json_get(partition, "y");
    const hp_json *id = hp_json_get(partition, "id");
    unsigned named = 0;
    hp_str name = hp_json_text(id);
    size_t i;

    *prefix = 0;
    if (r->list.mode == POINT)
        return is_nothing(x) && is_nothing(y) && is_nothing(id);
    if (!read_digit(hp_json_text(x), prefix) ||
        (r->list.mode == VECTOR ? !is_nothing(y) : !read_digit(hp_json_text(y), prefix)))
        return false;
    for (i = 0; i < name.n; i++) {
        if (!read_digit((hp_str){ name.p + i, 1 }, &named))
            return false;
    }
    return name.n == r->list.mode - 1u && named == *prefix;
}

static wanted *
new_slice(reader *r)
{
    wanted *slices;

    if (r->all == HP_INDEX_SLICES_MAX) {
        hp_error_set(r->error, "the lists have more than %u slices", HP_INDEX_SLICES_MAX);
        return NULL;
    }
    if (r->n == r->room) {
        slices = reallocarray(r->slices, r->room * 2 + 64, sizeof(*slices));
        if (slices == NULL) {
            (void)hp_intake_no_memory(r->job, r->error);
            return NULL;
        }
        r->slices = slices;
        r->room = r->room * 2 + 64;
    }
    r->all++;
    r->slices[r->n] = (wanted){ .done = false };
    return &r->slices[r->n++];
}

static bool
read_slice(reader *r, const hp_json *json, unsigned prefix, double expires)
{
    hp_str hash = hp_json_text(hp_json_get(json, "hash"));
    const hp_json *type = hp_json_get(json, "type");
    bool bloom = hp_json_is(type, "BLOOMFILTER");
    wanted *slice;

    if (expires <= r->job->now) {
        r->job->counts.ended++;
        return true;
    }
    if (!bloom && !hp_json_is(type, "VARHASHLIST"))
        return refuse(r, "a slice is neither a BLOOMFILTER nor a VARHASHLIST");
    slice = new_slice(r);
    if (slice == NULL)
        return false;
    slice->kind = bloom ? HP_SLICE_BLOOM : HP_SLICE_PREFIX;
    slice->prefix = prefix;
    slice->expires = expires;
    return (hash.n == NAME_TEXT && hp_hex_read(hash, slice->hash)) ||
           refuse(r, "hash: expected a SHA-256 in hexadecimal");
}

/* { "<expiry>": {type, version, hash} } */
static bool
read_chunk(reader *r, const hp_json *chunk, unsigned prefix)
{
    const char *name;
    hp_json *value;
    void *at = NULL;
    double expires;

    if (hp_json_kind_of(chunk) != HP_JSON_OBJECT || hp_json_count(chunk) > CHUNK_MAX)
        return refuse(r, "a chunk is no object of at most 8192 slices");
    while (hp_json_next(chunk, &at, &name, &value)) {
        if (!hp_time_read(hp_str_of(name), true, &expires))
            return refuse(r, "a slice has no date-time for its name");
        if (!read_slice(r, value, prefix, expires))
            return false;
    }
    return true;
}

static bool
read_chunks(reader *r, const hp_json *chunks, unsigned place)
{
    const char *name;
    hp_json *value;
    void *at = NULL;
    unsigned prefix;

    if (chunks == NULL || hp_json_kind_of(chunks) != HP_JSON_OBJECT)
        return refuse(r, "a partition has no chunks");
    while (hp_json_next(chunks, &at, &name, &value)) {
        prefix = place;
        if (!read_digit(hp_str_of(name), &prefix))
            return refuse(r, "a chunk is not named by one hexadecimal digit");
        if (!read_chunk(r, value, prefix))
            return false;
    }
    return true;
}

#define PLACES 256 /* of partitions: two digits at most */

static bool
read_partition(reader *r, const hp_json *partition, bool taken[PLACES])
{
    uint8_t kid[HP_KID];
    unsigned place;
    double expired;
    bool any;

    if (!hp_intake_kid(hp_json_get(partition, "kid"), kid, &any) || any != r->list.any_kid ||
        memcmp(kid, r->list.kid, HP_KID) != 0)
        return refuse(r, "a partition is of another kid");
    if (!read_place(r, partition, &place))
        return changed(r, "a partition has other coordinates than the list's mode has");
    if (taken[place])
        return refuse(r, "a partition is there twice");
    taken[place] = true;
    if (!hp_intake_time(hp_json_get(partition, "expired"), &expired))
        return refuse(r, "a partition has no date-time expired");
    return read_chunks(r, hp_json_get(partition, "chunks"), place);
}

static bool
read_partitions(reader *r, const char *folder)
{
    bool taken[PLACES] = { false }, good = true;
    hp_json *json = NULL;
    hp_intake_file file = { NULL, "partitions.json", true };
    size_t i;

    if (asprintf(&file.path, "%s/partitions.json", folder) < 0)
        return hp_intake_no_memory(r->job, r->error);
    if (access(file.path, F_OK) != 0 && errno == ENOENT)
        (void)changed(r, "its partitions.json is not there");
    else
        json = hp_intake_file_json(r->job, &file, JSON_MAX, r->error);
    free(file.path);
    if (json == NULL)
        return false;
    if (hp_json_kind_of(json) != HP_JSON_ARRAY)
        good = refuse(r, "partitions.json is no array");
    for (i = 0; good && i < hp_json_count(json); i++)
        good = read_partition(r, hp_json_at(json, i), taken);
    hp_json_free(json);
    return good;
}

/* ---- slices --------------------------------------------------------------------------------- */

static int
by_hash(const void *a, const void *b)
{
    return memcmp(((const wanted *)a)->hash, ((const wanted *)b)->hash, HP_SHA256);
}

/* The first of those with that hash; r->n when there is none. */
static size_t
find(const reader *r, const uint8_t hash[HP_SHA256])
{
    size_t low = 0, high = r->n, middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (memcmp(r->slices[middle].hash, hash, HP_SHA256) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->n && memcmp(r->slices[low].hash, hash, HP_SHA256) == 0 ? low : r->n;
}

static bool
put_keys(reader *r, uint32_t batch, const hp_slice *slice)
{
    size_t i;

    for (i = 0; i < slice->filter.n; i += HP_LISTED) {
        if (!hp_intake_put(r->job, batch, slice->filter.p + i, r->error))
            return false;
    }
    return true;
}

/* Whole hashes are exact, where they can only be of one kind. */
static bool
put_slice(reader *r, const wanted *w, hp_slice *slice, uint32_t n)
{
    hp_batch batch = hp_intake_batch(r->job, r->list.kind, "");

    (void)snprintf(batch.id, sizeof(batch.id), "%s %0*x", r->list.name, (int)r->list.mode,
                   w->prefix);
    memcpy(batch.kid, r->list.kid, HP_KID);
    batch.expires = w->expires;
    if (!hp_intake_add(r->job, &batch, &slice->batch, r->error))
        return false;
    if (slice->kind == HP_SLICE_PREFIX && slice->width == HP_LISTED && r->list.n_kinds == 1)
        return put_keys(r, slice->batch, slice);
    r->job->counts.filtered += n;
    r->job->fault = !hp_builder_slice(r->job->builder, slice, r->error);
    return !r->job->fault;
}

/* By what is in it: what a filter says of its own number nobody needs to look a key up. */
static bool
is_empty(const hp_slice *slice)
{
    size_t i = 0;

    while (slice->kind == HP_SLICE_BLOOM && i < slice->filter.n && slice->filter.p[i] == 0)
        i++;
    return i == slice->filter.n;
}

static bool
take_slice(reader *r, wanted *w, hp_bytes *bytes)
{
    hp_slice slice = { .kinds = r->list.kinds, .any_kid = r->list.any_kid,
                       .digits = r->list.mode, .prefix = w->prefix };
    hp_error why = { "" };
    uint32_t n;
    bool good;

    memcpy(slice.kid, r->list.kid, HP_KID);
    good = w->kind == HP_SLICE_BLOOM
               ? hp_slice_bloom((hp_str){ bytes->p, bytes->n }, &slice, &n, &why)
               : hp_slice_prefixes(bytes->p, bytes->n, &slice, &n, &why);
    if (!good) {
        hp_error_set(r->error, "the list of %s: slice %0*x %s", r->list.name, (int)r->list.mode,
                     w->prefix, why.text);
        return false;
    }
    w->done = true;
    return is_empty(&slice) || put_slice(r, w, &slice, n);
}

/* What is called by a hash and no longer wanted is of an older list. */
static bool
take_bytes(reader *r, const char *name, hp_bytes *bytes)
{
    uint8_t hash[HP_SHA256], real[HP_SHA256];
    size_t i;

    if (strlen(name) != NAME_TEXT || !hp_hex_read(hp_str_of(name), hash))
        return true;
    i = find(r, hash);
    if (i == r->n || r->slices[i].done)
        return true;
    if (!hp_sha256(r->job->crypto, &(hp_str){ bytes->p, bytes->n }, 1, real))
        return hp_intake_no_memory(r->job, r->error);
    if (memcmp(hash, real, HP_SHA256) != 0)
        return changed(r, "a slice has another content than its name says");
    for (; i < r->n && memcmp(r->slices[i].hash, hash, HP_SHA256) == 0; i++) {
        if (!take_slice(r, &r->slices[i], bytes))
            return false;
    }
    return true;
}

static bool
take_member(void *context, const char *name, hp_str content, hp_error *error)
{
    const char *slash = strrchr(name, '/');
    reader *r = context;
    hp_bytes copy = { malloc(content.n + 1), content.n };
    bool good;

    (void)error; /* is r->error */
    if (copy.p == NULL)
        return hp_intake_no_memory(r->job, r->error);
    memcpy(copy.p, content.p, content.n);
    good = take_bytes(r, slash != NULL ? slash + 1 : name, &copy);
    hp_bytes_free(&copy);
    return good;
}

static bool
take_archive(reader *r, const hp_intake_file *file, hp_str bytes)
{
    static const hp_zip_caps caps = { HP_SLICE_FILE_MAX, ARCHIVE_ALL, ARCHIVE_FILES };
    hp_error why;

    if (hp_tar_walk(bytes, &caps, take_member, r, r->error))
        return true;
    why = *r->error;
    hp_error_set(r->error, "%s: %s", file->path, why.text);
    return false;
}

static bool
take_file(reader *r, const hp_intake_file *file)
{
    bool named = strlen(file->name) == NAME_TEXT, good = true;
    hp_bytes bytes;

    if (strcmp(file->name, "partitions.json") == 0)
        return true;
    if (!hp_intake_file_read(r->job, file, named ? HP_SLICE_FILE_MAX : ARCHIVE_MAX, &bytes,
                             r->error))
        return false;
    if (named)
        good = take_bytes(r, file->name, &bytes);
    else if (hp_tar_is((hp_str){ bytes.p, bytes.n }))
        good = take_archive(r, file, (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    return good;
}

static bool
take_files(reader *r)
{
    size_t i;

    if (r->n > 0)
        qsort(r->slices, r->n, sizeof(*r->slices), by_hash);
    for (i = 0; i < r->files.n; i++) {
        if (!take_file(r, &r->files.all[i]))
            return false;
    }
    for (i = 0; i < r->n; i++) {
        if (!r->slices[i].done)
            return changed(r, "a slice that its partitions name is not there");
    }
    return true;
}

/* ---- all lists ------------------------------------------------------------------------------ */

/* With or without the padding that base64url has in a URL. */
static char *
find_folder(const reader *r)
{
    char *path = NULL;
    struct stat st;
    int padded;

    for (padded = 0; padded < 2; padded++) {
        if (asprintf(&path, "%s/%s%s", r->job->paths[0], r->list.name,
                     padded != 0 ? "=" : "") < 0)
            return NULL;
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            return path;
        free(path);
    }
    return NULL;
}

static bool
take_list(reader *r)
{
    char *folder = find_folder(r);
    bool good;

    if (folder == NULL)
        return changed(r, "its folder is not there");
    r->n = 0;
    good = read_partitions(r, folder) &&
           hp_intake_files_add(r->job, folder, HP_INTAKE_DEPTH, &r->files, r->error);
    hp_intake_files_sort(&r->files);
    good = good && take_files(r);
    hp_intake_files_free(&r->files);
    free(folder);
    return good;
}

static bool
take_lists(reader *r, const hp_json *lists)
{
    size_t i, n = hp_json_count(lists);
    bool ended;

    r->seen = calloc(n + 1, sizeof(*r->seen));
    if (r->seen == NULL)
        return hp_intake_no_memory(r->job, r->error);
    for (i = 0; i < n; i++) {
        if (!read_list(r, hp_json_at(lists, i), i, &ended) || (!ended && !take_list(r)))
            return false;
        r->job->counts.ended += ended;
    }
    return true;
}

/* The newest of them; no list of lists that has none is older than another. */
static bool
check_time(reader *r, const hp_json *lists)
{
    double newest = 0, updated;
    size_t i;

    for (i = 0; i < hp_json_count(lists); i++) {
        if (!hp_intake_time(hp_json_get(hp_json_at(lists, i), "lastUpdated"), &updated)) {
            hp_error_set(r->error, "lists.json: entry %zu: lastUpdated: expected a date-time",
                         i + 1);
            return false;
        }
        newest = updated > newest ? updated : newest;
    }
    return hp_intake_dated(r->job, newest, r->error);
}

static bool
read_lists(reader *r)
{
    hp_intake_file file = { NULL, "lists.json", true };
    hp_json *lists;
    bool good;

    if (asprintf(&file.path, "%s/lists.json", r->job->paths[0]) < 0)
        return hp_intake_no_memory(r->job, r->error);
    lists = hp_intake_file_json(r->job, &file, JSON_MAX, r->error);
    if (lists == NULL)
        good = false;
    else if (hp_json_kind_of(lists) != HP_JSON_ARRAY || hp_json_count(lists) > LISTS_MAX)
        good = hp_intake_refuse(r->error, file.path, "expected an array of at most 20000 lists");
    else
        good = check_time(r, lists) && take_lists(r, lists);
    hp_json_free(lists);
    free(file.path);
    return good;
}

static bool
read_slices(hp_revoke_job *job, hp_error *error)
{
    reader r = { .job = job, .error = error };
    struct stat st;
    bool good;

    if (job->n_paths != 1 || stat(job->paths[0], &st) != 0 || !S_ISDIR(st.st_mode)) {
        hp_error_set(error, "expected one folder, with lists.json and a folder for each kid");
        return false;
    }
    good = read_lists(&r);
    free(r.slices);
    free(r.seen);
    return good;
}

const hp_revoke_importer hp_revoke_slices = {
    .name = "slices",
    .summary = "EU distribution service, mirrored in a folder: lists.json, KID/partitions.json, "
               "and below KID/ the slices, called by their hash or in tar.gz archives",
    .heeds = HP_REVOKE_OLDER,
    .needs_unsigned = true,
    .read = read_slices,
};
