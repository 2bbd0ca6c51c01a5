/* What the importers of revocation lists share; see intake.h. */
#include "revoke/intake.h"

#include "base/time.h"
#include "feed/feed.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SLACK 86400.0 /* seconds that a list may be ahead of our clock */

/* ---- complaints --------------------------------------------------------------------------- */

bool
hp_intake_refuse(hp_error *error, const char *path, const char *what)
{
    hp_error_set(error, "%s: %s", path, what);
    return false;
}

bool
hp_intake_no_memory(hp_revoke_job *job, hp_error *error)
{
    job->fault = true;
    hp_error_set(error, "no memory");
    return false;
}

static bool
fault(hp_revoke_job *job, hp_error *error, const char *path, const char *what)
{
    job->fault = true;
    return hp_intake_refuse(error, path, what);
}

/* ---- files -------------------------------------------------------------------------------- */

static bool
add_file(hp_revoke_job *job, const char *path, bool inside, hp_intake_files *files,
         hp_error *error)
{
    hp_intake_file *all;
    const char *slash;
    char *copy;

    if (files->n == HP_INTAKE_FILES_MAX)
        return hp_intake_refuse(error, path, "is one file more than a list may have");
    if (files->n == files->room) {
        all = reallocarray(files->all, files->room * 2 + 64, sizeof(*all));
        if (all == NULL)
            return hp_intake_no_memory(job, error);
        files->all = all;
        files->room = files->room * 2 + 64;
    }
    copy = strdup(path);
    if (copy == NULL)
        return hp_intake_no_memory(job, error);
    slash = strrchr(copy, '/');
    files->all[files->n++] = (hp_intake_file){ copy, slash != NULL ? slash + 1 : copy, inside };
    return true;
}

static bool add_folder(hp_revoke_job *job, const char *path, unsigned depth,
                       hp_intake_files *files, hp_error *error);

static bool
add_entry(hp_revoke_job *job, const char *folder, const char *name, unsigned depth,
          hp_intake_files *files, hp_error *error)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.')
        return true;
    if (n < 0 || (size_t)n >= sizeof(path))
        return fault(job, error, folder, "has a name in it that makes the path too long");
    if (lstat(path, &st) != 0)
        return fault(job, error, path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return add_file(job, path, true, files, error);
    return depth == 1 || add_folder(job, path, depth - 1, files, error);
}

/* Whoever may write in the folder chooses the files. */
static bool
add_folder(hp_revoke_job *job, const char *path, unsigned depth, hp_intake_files *files,
           hp_error *error)
{
    struct dirent **names = NULL;
    bool good = true;
    int i, n;

    if (!hp_folder_check(path, HP_FILE_OWNED, error)) {
        job->fault = true;
        return false;
    }
    n = scandir(path, &names, NULL, NULL);
    if (n < 0)
        return fault(job, error, path, strerror(errno));
    for (i = 0; i < n; i++) {
        good = good && add_entry(job, path, names[i]->d_name, depth, files, error);
        free(names[i]);
    }
    free(names);
    return good;
}

bool
hp_intake_files_add(hp_revoke_job *job, const char *path, unsigned depth, hp_intake_files *files,
                    hp_error *error)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return fault(job, error, path, strerror(errno));
    return S_ISDIR(st.st_mode) ? add_folder(job, path, depth, files, error)
                               : add_file(job, path, false, files, error);
}

static int
by_name(const void *a, const void *b)
{
    const hp_intake_file *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : strcmp(x->path, y->path);
}

void
hp_intake_files_sort(hp_intake_files *files)
{
    if (files->n > 0)
        qsort(files->all, files->n, sizeof(*files->all), by_name);
}

void
hp_intake_files_free(hp_intake_files *files)
{
    size_t i;

    for (i = 0; i < files->n; i++)
        free(files->all[i].path);
    free(files->all);
    *files = (hp_intake_files){ NULL, 0, 0 };
}

bool
hp_intake_file_read(hp_revoke_job *job, const hp_intake_file *file, size_t max, hp_bytes *bytes,
                    hp_error *error)
{
    struct stat st;

    if (hp_file_read(file->path, file->inside ? HP_FILE_OWNED : 0, max, bytes, NULL, error))
        return true;
    job->fault = job->fault || lstat(file->path, &st) != 0 || !S_ISREG(st.st_mode) ||
                 (uintmax_t)st.st_size <= max;
    return false;
}

hp_json *
hp_intake_file_json(hp_revoke_job *job, const hp_intake_file *file, size_t max, hp_error *error)
{
    hp_error why = { "" };
    hp_json *json;
    hp_bytes bytes;

    if (!hp_intake_file_read(job, file, max, &bytes, error))
        return NULL;
    json = hp_json_load_list((hp_str){ bytes.p, bytes.n }, max, &why);
    hp_bytes_free(&bytes);
    if (json == NULL)
        hp_intake_refuse(error, file->path, why.text);
    return json;
}

/* ---- members of JSON ---------------------------------------------------------------------- */

bool
hp_intake_time(const hp_json *json, double *t)
{
    hp_str text = hp_json_text(json);

    return text.n > 0 && hp_time_read(text, true, t);
}

bool
hp_intake_kid(const hp_json *json, uint8_t kid[HP_KID], bool *any)
{
    hp_str text = hp_json_text(json);

    memset(kid, 0, HP_KID);
    *any = hp_str_eq(text, HP_STR("UNKNOWN_KID"));
    return *any || (text.n >= 11 && text.n <= 12 && hp_feed_kid(text, kid));
}

bool
hp_intake_kind(const hp_json *json, hp_listed_kind *kind)
{
    if (hp_json_is(json, "SIGNATURE"))
        *kind = HP_LISTED_SIGNATURE;
    else if (hp_json_is(json, "UCI"))
        *kind = HP_LISTED_UCI;
    else if (hp_json_is(json, "COUNTRYCODEUCI"))
        *kind = HP_LISTED_COUNTRY_UCI;
    else
        return false;
    return true;
}

bool
hp_intake_hash16(hp_revoke_job *job, const hp_str *parts, size_t n, uint8_t key[HP_LISTED],
                 hp_error *error)
{
    uint8_t digest[HP_SHA256];

    if (!hp_sha256(job->crypto, parts, n, digest))
        return hp_intake_no_memory(job, error);
    memcpy(key, digest, HP_LISTED);
    return true;
}

/* ---- what goes into the builder ----------------------------------------------------------- */

hp_batch
hp_intake_batch(const hp_revoke_job *job, hp_listed_kind kind, const char *id)
{
    hp_batch batch = { .kind = kind, .source = job->nth, .expires = HP_TIME_LAST,
                       .before = HP_TIME_LAST };

    (void)snprintf(batch.id, sizeof(batch.id), "%s", id);
    return batch;
}

bool
hp_intake_add(hp_revoke_job *job, const hp_batch *batch, uint32_t *nth, hp_error *error)
{
    job->fault = job->fault || !hp_builder_batch(job->builder, batch, nth, error);
    job->counts.batches += !job->fault;
    return !job->fault;
}

bool
hp_intake_put(hp_revoke_job *job, uint32_t batch, const uint8_t key[HP_LISTED], hp_error *error)
{
    job->fault = job->fault || !hp_builder_put(job->builder, batch, key, error);
    job->counts.entries += !job->fault;
    return !job->fault;
}

void
hp_intake_keep(hp_revoke_job *job, bool (*stays)(void *context, const hp_batch *batch),
               void *context)
{
    uint32_t i, n = hp_builder_batches(job->builder);
    const hp_batch *batch;

    for (i = 0; i < n; i++) {
        batch = hp_builder_batch_at(job->builder, i);
        if (batch->source != job->nth)
            continue;
        if (stays(context, batch)) {
            job->counts.kept++;
            continue;
        }
        hp_builder_batch_drop(job->builder, i);
        job->counts.gone++;
    }
}

bool
hp_intake_dated(hp_revoke_job *job, double issued, hp_error *error)
{
    char then[HP_TIME_TEXT], now[HP_TIME_TEXT];

    hp_time_write(issued, then);
    if (issued > job->now + SLACK) {
        hp_error_set(error, "the list is from the future (%s): it is wrong, or this machine's "
                            "clock", then);
        return false;
    }
    if (job->before != NULL && issued < job->before->issued && !job->allow_older) {
        hp_time_write(job->before->issued, now);
        hp_error_set(error, "the list is older (%s) than the one in force (%s): passes that were "
                            "withdrawn since would be good again",
                     issued != 0 ? then : "unknown", now);
        return false;
    }
    job->source->issued = issued;
    job->source->dated = job->source->fetched = job->now;
    return true;
}
