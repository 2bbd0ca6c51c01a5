/* Where lists are gathered; see stage.h. */
#include "cli/stage.h"

#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER ".fetched"
#define NEW    ".new" /* importers pass over names that begin with a dot */
#define DEPTH  4      /* folders inside one another */

static bool
fail(const char *path, hp_error *error)
{
    hp_error_set(error, "%s: %s", path, strerror(errno));
    return false;
}

/* ---- folders ------------------------------------------------------------------------------ */

/* Is it ours, and no link to another one's? */
static bool
is_ours(const char *path, hp_error *error)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return fail(path, error);
    if (S_ISDIR(st.st_mode))
        return hp_folder_check(path, HP_FILE_OWNED, error);
    hp_error_set(error, "%s: expected a folder", path);
    return false;
}

static bool
make_folder(const char *path, hp_error *error)
{
    if (mkdir(path, 0700) == 0)
        return true;
    return errno == EEXIST ? is_ours(path, error) : fail(path, error);
}

/* Bytes of all files in it. */
static double
size_of(const char *path, unsigned depth)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char full[PATH_MAX];
    struct stat st;
    double all = 0;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        int n = snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || n < 0 ||
            n >= PATH_MAX || lstat(full, &st) != 0)
            continue;
        all += S_ISDIR(st.st_mode) && depth > 0 ? size_of(full, depth - 1) : (double)st.st_size;
    }
    if (folder != NULL)
        (void)closedir(folder);
    return all;
}

/* The folders that the name of a file has in it. */
static bool
make_parents(char *path, size_t from, hp_error *error)
{
    char *slash = path + from;
    bool good = true;

    while (good && (slash = strchr(slash + 1, '/')) != NULL) {
        *slash = '\0';
        good = make_folder(path, error);
        *slash = '/';
    }
    return good;
}

/* A name that could lead out of the stage, or is one of ours in it. */
static bool
is_hidden(const char *name)
{
    return name[0] == '.' || strchr(name, '/') != NULL;
}

bool
hp_stage_open(hp_stage *stage, const char *index, const char *list, hp_error *error)
{
    char *folder = hp_cli_path_with(index, FOLDER);
    bool good = false;

    *stage = (hp_stage){ .path = folder != NULL ? hp_cli_path(folder, list, "") : NULL };
    if (is_hidden(list))
        hp_error_set(error, "%s: cannot be the name of a folder", list);
    else if (stage->path == NULL)
        hp_error_set(error, "no memory");
    else
        good = make_folder(folder, error) && make_folder(stage->path, error);
    free(folder);
    if (!good)
        hp_stage_close(stage);
    else if (size_of(stage->path, DEPTH) > HP_STAGE_BYTES)
        hp_stage_sweep(stage);
    return good;
}

void
hp_stage_restart(hp_stage *stage)
{
    size_t i;

    for (i = 0; i < stage->n; i++)
        free(stage->used[i]);
    stage->n = 0;
}

void
hp_stage_close(hp_stage *stage)
{
    hp_stage_restart(stage);
    free(stage->used);
    free(stage->path);
    *stage = (hp_stage){ .path = NULL };
}

/* ---- files -------------------------------------------------------------------------------- */

bool
hp_stage_use(hp_stage *stage, const char *name, hp_error *error)
{
    char **used;

    if (stage->n == HP_STAGE_FILES) {
        hp_error_set(error, "the list has more than %u files", HP_STAGE_FILES);
        return false;
    }
    if (stage->n == stage->room) {
        used = reallocarray(stage->used, stage->room * 2 + 64, sizeof(*used));
        if (used == NULL) {
            hp_error_set(error, "no memory");
            return false;
        }
        stage->used = used;
        stage->room = stage->room * 2 + 64;
    }
    stage->used[stage->n] = strdup(name);
    if (stage->used[stage->n] != NULL) {
        stage->n++;
        return true;
    }
    hp_error_set(error, "no memory");
    return false;
}

FILE *
hp_stage_create(hp_stage *stage, hp_error *error)
{
    char *path = hp_cli_path(stage->path, NEW, "");
    int fd = -1;
    FILE *file = NULL;

    if (path != NULL) {
        (void)unlink(path);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        file = fd < 0 ? NULL : fdopen(fd, "wb");
    }
    if (file == NULL)
        (void)fail(path != NULL ? path : stage->path, error);
    if (file == NULL && fd >= 0)
        (void)close(fd);
    free(path);
    return file;
}

static bool
put_in_place(hp_stage *stage, const char *name, hp_error *error)
{
    char *from = hp_cli_path(stage->path, NEW, ""), *to = hp_cli_path(stage->path, name, "");
    bool good = false;

    if (from == NULL || to == NULL)
        hp_error_set(error, "no memory");
    else if (make_parents(to, strlen(stage->path), error))
        good = rename(from, to) == 0 || fail(to, error);
    free(from);
    free(to);
    return good && hp_stage_use(stage, name, error);
}

bool
hp_stage_finish(hp_stage *stage, FILE *file, const char *name, hp_error *error)
{
    bool good = fflush(file) == 0 && ferror(file) == 0;
    off_t n = good ? ftello(file) : 0;

    if (!good)
        (void)fail(stage->path, error);
    if (fclose(file) != 0 && good)
        good = fail(stage->path, error);
    stage->bytes += (double)n;
    if (good && stage->bytes > HP_STAGE_BYTES) {
        hp_error_set(error, "the list has more than %.0f bytes", HP_STAGE_BYTES);
        good = false;
    }
    return good && put_in_place(stage, name, error);
}

bool
hp_stage_put(hp_stage *stage, const char *name, hp_str bytes, hp_error *error)
{
    FILE *file = hp_stage_create(stage, error);

    if (file == NULL)
        return false;
    (void)fwrite(bytes.p, 1, bytes.n, file); /* as hp_stage_finish() will tell */
    return hp_stage_finish(stage, file, name, error);
}

bool
hp_stage_get(const hp_stage *stage, const char *name, size_t max, hp_bytes *bytes)
{
    char *path = hp_cli_path(stage->path, name, "");
    bool good = path != NULL && hp_file_read(path, HP_FILE_OWNED, max, bytes, NULL, NULL);

    free(path);
    return good;
}

/* ---- cleaning ----------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_used(const hp_stage *stage, const char *name)
{
    return stage->n > 0 &&
           bsearch(&name, stage->used, stage->n, sizeof(*stage->used), by_name) != NULL;
}

static void sweep(const hp_stage *stage, const char *path, const char *inside, unsigned depth);

/* Takes away what is neither used nor a folder with something used in it. */
static void
sweep_one(const hp_stage *stage, const char *path, const char *inside, const char *name,
          unsigned depth)
{
    char full[PATH_MAX], part[PATH_MAX];
    struct stat st;
    int n = snprintf(full, sizeof(full), "%s/%s", path, name);
    int m = snprintf(part, sizeof(part), "%s%s%s", inside, inside[0] != '\0' ? "/" : "", name);

    if (n < 0 || n >= PATH_MAX || m < 0 || m >= PATH_MAX || lstat(full, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode) && depth > 0) {
        sweep(stage, full, part, depth - 1);
        (void)rmdir(full);
    } else if (!is_used(stage, part))
        (void)unlink(full);
}

static void
sweep(const hp_stage *stage, const char *path, const char *inside, unsigned depth)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            sweep_one(stage, path, inside, entry->d_name, depth);
    }
    if (folder != NULL)
        (void)closedir(folder);
}

void
hp_stage_sweep(hp_stage *stage)
{
    if (stage->n > 0)
        qsort(stage->used, stage->n, sizeof(*stage->used), by_name);
    sweep(stage, stage->path, "", DEPTH);
}

void
hp_stage_prune(const char *index, bool (*wanted)(const void *context, const char *list),
               const void *context)
{
    char *path = hp_cli_path_with(index, FOLDER);
    DIR *folder = path != NULL && is_ours(path, NULL) ? opendir(path) : NULL;
    const struct dirent *entry;
    const hp_stage none = { .n = 0 };

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !wanted(context, entry->d_name))
            sweep_one(&none, path, "", entry->d_name, DEPTH);
    }
    if (folder != NULL)
        (void)closedir(folder);
    free(path);
}
