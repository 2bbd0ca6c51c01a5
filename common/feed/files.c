/* Lists of many files; see files.h. */
#include "feed/files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX HP_TRUST_KEYS_MAX

/* What one call gathers with. */
typedef struct {
    hp_feed_files *files;
    unsigned must;
    bool (*wanted)(const char *name);
    hp_error *error;
} gatherer;

const char *
hp_feed_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool
hp_feed_ends(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);

    return n >= m && strcasecmp(name + n - m, ending) == 0;
}

static bool
refuse(const gatherer *g, const char *path, const char *what)
{
    hp_error_set(g->error, "%s: %s", path, what);
    return false;
}

static bool
add(const gatherer *g, const char *path, hp_str bytes)
{
    hp_feed_files *files = g->files;
    hp_feed_file *all;

    if (files->n == FILES_MAX || bytes.n > HP_FEED_MAX - files->bytes)
        return refuse(g, path, "is more than one list may have (16 MiB, 20000 files)");
    if (files->n % 64 == 0) {
        all = reallocarray(files->all, files->n + 64, sizeof(*all));
        if (all == NULL)
            return refuse(g, path, "no memory");
        files->all = all;
    }
    files->all[files->n++] = (hp_feed_file){ path, bytes };
    files->bytes += bytes.n;
    return true;
}

static bool
add_entry(const gatherer *g, const char *folder, const char *name)
{
    char path[PATH_MAX];
    hp_bytes bytes;
    hp_str whole, kept;
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.' || !g->wanted(name))
        return true;
    if (n < 0 || (size_t)n >= sizeof(path))
        return refuse(g, folder, "has a name in it that makes the path too long");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    if (!hp_file_read(path, g->must, HP_FEED_MAX - g->files->bytes, &bytes, NULL, g->error))
        return false;
    whole = (hp_str){ bytes.p, bytes.n };
    kept = (hp_str){ (const uint8_t *)path, (size_t)n + 1 };
    return (hp_records_adopt(&g->files->memory, &bytes) &&
            hp_records_keep(&g->files->memory, &kept))
               ? add(g, (const char *)kept.p, whole) : refuse(g, path, "no memory");
}

static bool
add_folder(const gatherer *g, const char *path)
{
    struct dirent **names = NULL;
    bool good = true;
    int i, n;

    /* Whoever may write in the folder chooses the files, and can take a CRL away. */
    if (!hp_folder_check(path, g->must, g->error))
        return false;
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        return refuse(g, path, strerror(errno));
    for (i = 0; i < n; i++) {
        good = good && add_entry(g, path, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return good;
}

static bool
make_digest(const gatherer *g, hp_import *import)
{
    hp_str *parts = calloc(g->files->n + 1, sizeof(*parts));
    bool good = parts != NULL;
    size_t i;

    for (i = 0; good && i < g->files->n; i++)
        parts[i] = g->files->all[i].bytes;
    good = good && hp_sha256(import->terms->crypto, parts, g->files->n, import->source->digest);
    free(parts);
    return good || refuse(g, import->source->name, "no memory");
}

bool
hp_feed_files_open(hp_import *import, const hp_feed_input *input,
                   bool (*wanted)(const char *name), hp_feed_files *files, hp_error *error)
{
    gatherer g = { files, import->terms->as_given ? 0 : HP_FILE_OWNED, wanted, error };
    bool good = true;
    size_t i;

    *files = (hp_feed_files){ .n = 0 };
    for (i = 0; good && i < input->n; i++)
        good = input->files[i].bytes.p == NULL
                   ? add_folder(&g, input->files[i].path)
                   : add(&g, input->files[i].path, input->files[i].bytes);
    good = good && make_digest(&g, import);
    if (!good)
        hp_feed_files_close(files);
    return good;
}

void
hp_feed_files_close(hp_feed_files *files)
{
    hp_records_free(&files->memory);
    free(files->all);
    *files = (hp_feed_files){ .n = 0 };
}

bool
hp_feed_has(const hp_feed_file *file, bool (*called)(const char *name))
{
    struct dirent *entry;
    bool found = false;
    DIR *folder;

    if (file->bytes.p != NULL)
        return called(hp_feed_name(file->path));
    folder = opendir(file->path);
    while (folder != NULL && !found && (entry = readdir(folder)) != NULL)
        found = called(entry->d_name);
    if (folder != NULL)
        (void)closedir(folder);
    return found;
}

bool
hp_feed_certs(const hp_feed_file *file, bool (*each)(void *context, hp_str der), void *context,
              bool *readable)
{
    size_t from = 0, n = 0, found = 0;
    bool good = true;
    uint8_t *der;
    hp_pem kind;

    *readable = true;
    if (file->bytes.n > 0 && file->bytes.p[0] == 0x30)
        return each(context, file->bytes);
    while (good && *readable &&
           (kind = hp_pem_next(file->bytes, &from, &der, &n)) != HP_PEM_END) {
        found++;
        *readable = kind == HP_PEM_CERT;
        good = !*readable || each(context, (hp_str){ der, n });
        hp_pem_free(der);
    }
    *readable = *readable && found > 0;
    return good;
}
