/*
 * Revocation lists of SMART Health Cards (revocation, 5.5; shc, 6): one for each key of an issuer,
 *
 *     {"kid": "...", "method": "rid", "ctr": 7, "rids": ["<rid>", "<rid>.<seconds>", ...]}
 *
 * With the method "hash-fhir" its rids are digests of what cards hold that have none of their own.
 * A rid with a time withdraws only cards made before it.  The list is not signed, and says
 * neither whose it is nor when it was made: the operator names the issuer, and ctr must not go
 * down.  The same key serves many issuers, so a batch is named by both:
 *
 *     <first 16 characters of the kid>/<6 of the issuer's SHA-256> ctr 7
 */
#include "revoke/intake.h"

#include "base/time.h"
#include "codec/base64.h"
#include "feed/jwk.h"

#include <stdlib.h>

#define CRLS_MAX  1000        /* of one issuer: most have one key, or a few */
#define CRL_MAX   (16u << 20) /* bytes of one list */
#define RIDS_MAX  100000      /* in one list: the largest that is published has 771 */
#define RID_MAX   24          /* characters */
#define KID_TEXT  43          /* characters: a thumbprint's 32 bytes */
#define CTR_MAX   4294967295.0
#define TIME_MAX  1e11        /* later is no time in seconds (shc, 3) */
#define NAME_KID  16
#define NAME_ISS  6
#define NAME_TEXT (NAME_KID + 1 + NAME_ISS) /* of what a batch's name begins with */

/* An entry: from which card on it says nothing, HP_TIME_LAST for never. */
typedef struct {
    hp_str rid;
    double before;
} entry;

/* One list. */
typedef struct {
    const char *path;
    hp_json *json;
    hp_str kid;
    uint32_t ctr;
    char name[NAME_TEXT + 1];
    entry *entries;
    size_t n;
} crl;

typedef struct {
    hp_revoke_job *job;
    hp_intake_files files;
    crl *crls;
    size_t n;
    hp_error *error;
} reader;

static bool
refuse(const reader *r, const crl *c, const char *what)
{
    return hp_intake_refuse(r->error, c->path, what);
}

/* ---- members -------------------------------------------------------------------------------- */

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Digits only; false also for more than fit. */
static bool
read_number(hp_str text, double max, double *number)
{
    size_t i;

    *number = 0;
    for (i = 0; i < text.n && is_digit(text.p[i]) && *number <= max; i++)
        *number = *number * 10 + (text.p[i] - '0');
    return text.n > 0 && i == text.n && *number <= max;
}

/* A number, and a text in the specification's own words; real lists have both. */
static bool
read_ctr(const hp_json *json, uint32_t *ctr)
{
    double number;
    int64_t whole;

    if (hp_json_int(json, &whole))
        number = (double)whole;
    else if (!read_number(hp_json_text(json), CTR_MAX, &number))
        return false;
    if (number < 0 || number > CTR_MAX)
        return false;
    *ctr = (uint32_t)number;
    return true;
}

/* Split at the first dot. */
static bool
read_entry(hp_str text, entry *e)
{
    const uint8_t *dot = text.n > 0 ? memchr(text.p, '.', text.n) : NULL;

    e->before = HP_TIME_LAST;
    e->rid = (hp_str){ text.p, dot != NULL ? (size_t)(dot - text.p) : text.n };
    if (e->rid.n == 0 || e->rid.n > RID_MAX || !hp_base64url_is(e->rid))
        return false;
    return dot == NULL ||
           read_number(hp_str_from(text, e->rid.n + 1), TIME_MAX, &e->before);
}

static int
by_rid(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    size_t n = x->rid.n < y->rid.n ? x->rid.n : y->rid.n;
    int order = memcmp(x->rid.p, y->rid.p, n);

    return order != 0 ? order : (x->rid.n > y->rid.n) - (x->rid.n < y->rid.n);
}

static int
by_time(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    return (x->before > y->before) - (x->before < y->before);
}

/*
 * Of one that is there twice all that is said of it holds, which is the later time; a list that
 * repeats itself is no reason to let cards in (shc, 6).
 */
static void
melt(reader *r, crl *c)
{
    hp_error warning;
    size_t i, n = 0;

    qsort(c->entries, c->n, sizeof(*c->entries), by_rid);
    for (i = 0; i < c->n; i++) {
        if (n == 0 || by_rid(&c->entries[n - 1], &c->entries[i]) != 0)
            c->entries[n++] = c->entries[i];
        else if (c->entries[i].before > c->entries[n - 1].before)
            c->entries[n - 1] = c->entries[i];
    }
    if (n < c->n && r->job->told != NULL) {
        hp_error_set(&warning, "%s: has a rid more than once, of which the latest time counts",
                     c->path);
        r->job->told(r->job->context, warning.text);
    }
    c->n = n;
}

/* A rid is personal data by what it leads to: an error tells which by its place. */
static bool
read_entries(reader *r, crl *c, const hp_json *rids)
{
    if (rids == NULL || hp_json_kind_of(rids) != HP_JSON_ARRAY ||
        hp_json_count(rids) > RIDS_MAX)
        return refuse(r, c, "rids: expected an array of at most 100000");
    c->entries = calloc(hp_json_count(rids) + 1, sizeof(*c->entries));
    if (c->entries == NULL)
        return hp_intake_no_memory(r->job, r->error);
    for (; c->n < hp_json_count(rids); c->n++) {
        if (!read_entry(hp_json_text(hp_json_at(rids, c->n)), &c->entries[c->n])) {
            hp_error_set(r->error, "%s: rid %zu: expected 1 to 24 characters of base64url, and "
                                   "perhaps a dot and a time in seconds", c->path, c->n + 1);
            return false;
        }
    }
    melt(r, c);
    return true;
}

/* ---- one list ------------------------------------------------------------------------------- */

static bool
name_batch(reader *r, crl *c)
{
    uint8_t digest[HP_LISTED];
    char text[HP_BASE64_TEXT(HP_LISTED)];
    hp_str issuer = hp_str_of(r->job->issuer);

    if (!hp_intake_hash16(r->job, &issuer, 1, digest, r->error))
        return false;
    hp_base64url_write((hp_str){ digest, sizeof(digest) }, text);
    (void)snprintf(c->name, sizeof(c->name), "%.*s/%.*s", NAME_KID, (const char *)c->kid.p,
                   NAME_ISS, text);
    return true;
}

static bool
read_members(reader *r, crl *c)
{
    uint8_t kid[HP_BASE64_BYTES(KID_TEXT)];
    size_t n;

    c->kid = hp_json_text(hp_json_get(c->json, "kid"));
    if (hp_json_kind_of(c->json) != HP_JSON_OBJECT || c->kid.n != KID_TEXT ||
        !hp_base64_read(c->kid, HP_BASE64_URL, kid, &n) || n != HP_SHA256)
        return refuse(r, c, "kid: expected the 43 characters of a key's thumbprint");
    if (!hp_json_is(hp_json_get(c->json, "method"), "rid") &&
        !hp_json_is(hp_json_get(c->json, "method"), "hash-fhir"))
        return refuse(r, c, "method: expected rid or hash-fhir, by which cards can be compared");
    if (!read_ctr(hp_json_get(c->json, "ctr"), &c->ctr))
        return refuse(r, c, "ctr: expected a whole number from 0 to 4294967295");
    return name_batch(r, c) && read_entries(r, c, hp_json_get(c->json, "rids"));
}

static bool
read_crl(reader *r, const hp_intake_file *file)
{
    crl *c = &r->crls[r->n++];
    size_t i;

    c->path = file->path;
    c->json = hp_intake_file_json(r->job, file, CRL_MAX, r->error);
    if (c->json == NULL || !read_members(r, c))
        return false;
    for (i = 0; i + 1 < r->n; i++) {
        if (hp_str_eq(r->crls[i].kid, c->kid))
            return refuse(r, c, "is a second list for one key");
    }
    return true;
}

/* ---- those that are there ------------------------------------------------------------------- */

/* The list that batch is of; NULL: none of these. */
static crl *
find(const reader *r, const hp_batch *batch)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        if (strncmp(batch->id, r->crls[i].name, NAME_TEXT) == 0)
            return &r->crls[i];
    }
    return NULL;
}

static bool
stays(void *context, const hp_batch *batch)
{
    const reader *r = context;

    return r->job->delta && find(r, batch) == NULL;
}

/* A whole list of one issuer would put those of all others in this source out of force. */
static bool
check_issuer(reader *r)
{
    const size_t at = NAME_KID + 1;
    uint32_t i, n = hp_builder_batches(r->job->builder);
    const hp_batch *batch;

    for (i = 0; i < n && !r->job->delta && !r->job->allow_fewer; i++) {
        batch = hp_builder_batch_at(r->job->builder, i);
        if (batch->source == r->job->nth &&
            strncmp(batch->id + at, r->crls[0].name + at, NAME_ISS) != 0) {
            hp_error_set(r->error, "the list of that name has cards of another issuer: give this "
                                   "one another name, or remove the old one first");
            return false;
        }
    }
    return true;
}

/* None may be older than the one whose place it takes: what that withdrew could be good again. */
static bool
check_counters(reader *r)
{
    uint32_t i, n = hp_builder_batches(r->job->builder);
    const hp_batch *batch;
    unsigned long ctr;
    crl *c;

    for (i = 0; i < n; i++) {
        batch = hp_builder_batch_at(r->job->builder, i);
        c = batch->source == r->job->nth ? find(r, batch) : NULL;
        if (c == NULL || sscanf(batch->id + NAME_TEXT, " ctr %lu", &ctr) != 1)
            continue;
        if (c->ctr < ctr && !r->job->allow_older) {
            hp_error_set(r->error, "%s: is older (ctr %u) than the list in force (ctr %lu): cards "
                                   "that were withdrawn since would be good again", c->path, c->ctr,
                         ctr);
            return false;
        }
    }
    return true;
}

/* ---- entries -------------------------------------------------------------------------------- */

/* check/query.h: issuer, kid and rid, each followed by a zero byte. */
static bool
put_entry(reader *r, const crl *c, const entry *e, uint32_t batch)
{
    static const uint8_t zero[1];
    const hp_str end = { zero, 1 };
    const hp_str parts[] = { hp_str_of(r->job->issuer), end, c->kid, end, e->rid, end };
    uint8_t key[HP_LISTED];

    return hp_intake_hash16(r->job, parts, 6, key, r->error) &&
           hp_intake_put(r->job, batch, key, r->error);
}

/* A batch for each time; one that lists nothing has one too, which keeps its ctr. */
static bool
put_crl(reader *r, crl *c)
{
    hp_batch batch = hp_intake_batch(r->job, HP_LISTED_RID, "");
    uint32_t nth = 0;
    size_t i;

    (void)snprintf(batch.id, sizeof(batch.id), "%s ctr %u", c->name, c->ctr);
    qsort(c->entries, c->n, sizeof(*c->entries), by_time);
    if (c->n == 0 && !hp_intake_add(r->job, &batch, &nth, r->error))
        return false;
    for (i = 0; i < c->n; i++) {
        batch.before = c->entries[i].before;
        if ((i == 0 || c->entries[i - 1].before != batch.before) &&
            !hp_intake_add(r->job, &batch, &nth, r->error))
            return false;
        if (!put_entry(r, c, &c->entries[i], nth))
            return false;
    }
    return true;
}

/* ---- all lists ------------------------------------------------------------------------------ */

static bool
take_all(reader *r)
{
    size_t i;

    if (!check_issuer(r) || !check_counters(r) || !hp_intake_dated(r->job, 0, r->error))
        return false;
    hp_intake_keep(r->job, stays, r);
    for (i = 0; i < r->n; i++) {
        if (!put_crl(r, &r->crls[i]))
            return false;
    }
    return true;
}

static bool
read_all(reader *r)
{
    size_t i;

    for (i = 0; i < r->job->n_paths; i++) {
        if (!hp_intake_files_add(r->job, r->job->paths[i], 1, &r->files, r->error))
            return false;
    }
    if (r->files.n == 0)
        return hp_intake_refuse(r->error, r->job->paths[0], "has no list in it");
    if (r->files.n > CRLS_MAX)
        return hp_intake_refuse(r->error, r->job->paths[0], "has more than 1000 lists in it");
    hp_intake_files_sort(&r->files);
    r->crls = calloc(r->files.n, sizeof(*r->crls));
    if (r->crls == NULL)
        return hp_intake_no_memory(r->job, r->error);
    for (i = 0; i < r->files.n; i++) {
        if (!read_crl(r, &r->files.all[i]))
            return false;
    }
    return true;
}

static bool
read_shc(hp_revoke_job *job, hp_error *error)
{
    reader r = { .job = job, .error = error };
    bool good;
    size_t i;

    if (job->issuer == NULL || !hp_jwk_issuer(hp_str_of(job->issuer))) {
        hp_error_set(error, "the list does not say whose it is: expected --issuer with a URL as in "
                            "its cards: https://, no user name, no \".\" or \"..\" in its path, no "
                            "slash at its end");
        return false;
    }
    good = read_all(&r) && take_all(&r);
    for (i = 0; i < r.n; i++) {
        hp_json_free(r.crls[i].json);
        free(r.crls[i].entries);
    }
    free(r.crls);
    hp_intake_files_free(&r.files);
    return good;
}

bool
hp_revoke_shc_put(hp_revoke_job *job, hp_json *list, const char *path, hp_error *error)
{
    crl one = { .path = path, .json = list };
    reader r = { .job = job, .crls = &one, .n = 1, .error = error };
    bool good = read_members(&r, &one) && put_crl(&r, &one);

    free(one.entries);
    return good;
}

const hp_revoke_importer hp_revoke_shc = {
    .name = "shc",
    .summary = "SMART Health Cards: the lists of one issuer, ISSUER/.well-known/crl/KID.json, one "
               "file for each key.  --issuer says whose they are",
    .heeds = HP_REVOKE_DELTA | HP_REVOKE_ISSUER | HP_REVOKE_OLDER | HP_REVOKE_STAYS,
    .needs_unsigned = true,
    .read = read_shc,
};
