/* A folder that is replaced as a whole; see rules_folder.h. */
#include "cli/rules_folder.h"

#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"
#define DIGITS ((size_t)(2 * HP_SHA256))

bool
hp_rules_is_hash(hp_str text)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        if ((text.p[i] < '0' || text.p[i] > '9') && (text.p[i] < 'a' || text.p[i] > 'f'))
            return false;
    }
    return text.n == DIGITS;
}

/* Is this a name that we give? */
static bool
is_ours(const char *name)
{
    size_t n = strlen(name);

    return n == DIGITS + strlen(SUFFIX) && strcmp(name + DIGITS, SUFFIX) == 0 &&
        hp_rules_is_hash((hp_str){ (const uint8_t *)name, DIGITS });
}

static bool
is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* What is in the folder must be ours; with remove it is gone afterwards, and so is the folder. */
static bool
walk(const char *folder, bool remove, hp_error *error)
{
    DIR *dir = opendir(folder);
    const struct dirent *one;
    bool good = dir != NULL;

    if (!good)
        hp_error_set(error, "%s: %s", folder, strerror(errno));
    while (good && (one = readdir(dir)) != NULL) {
        if (is_dots(one->d_name))
            continue;
        good = is_ours(one->d_name);
        if (!good)
            hp_error_set(error, "%s/%s: was made by no import, expected a folder of its own",
                         folder, one->d_name);
        else if (remove)
            (void)unlinkat(dirfd(dir), one->d_name, 0);
    }
    if (dir != NULL)
        (void)closedir(dir);
    if (good && remove && rmdir(folder) != 0) {
        hp_error_set(error, "%s: %s", folder, strerror(errno));
        good = false;
    }
    return good;
}

static bool
fill(const char *folder, const hp_rules_document *documents, size_t n, hp_error *error)
{
    bool good = mkdir(folder, 0755) == 0 && chmod(folder, 0755) == 0;
    size_t i;

    for (i = 0; good && i < n; i++) {
        char *path = hp_cli_path(folder, documents[i].hash, SUFFIX);

        errno = ENOMEM;
        /* The same document may be listed twice. */
        good = path != NULL && (hp_cli_make(path, 0644, (gid_t)-1, documents[i].bytes.p,
                                            documents[i].bytes.n) || errno == EEXIST);
        free(path);
    }
    if (!good)
        hp_error_set(error, "%s: %s", folder, strerror(errno));
    return good;
}

/* Puts new in the folder's place; what stood there, if anything, is then called new. */
static bool
swap(const char *new, const char *folder, bool there, hp_error *error)
{
    if (renameat2(AT_FDCWD, new, AT_FDCWD, folder, there ? RENAME_EXCHANGE : RENAME_NOREPLACE) == 0)
        return true;
    hp_error_set(error, "%s: %s", folder, strerror(errno));
    return false;
}

/* Beside the folder, by a name that gates pass over. */
static char *
new_path(const char *folder)
{
    const char *slash = strrchr(folder, '/'), *name = slash == NULL ? folder : slash + 1;
    char *path;

    if (asprintf(&path, "%.*s.%s.new", (int)(name - folder), folder, name) < 0)
        return NULL;
    return path;
}

static bool
put(const char *folder, const char *new, const hp_rules_document *documents, size_t n,
    hp_error *error)
{
    struct stat st;
    bool there = lstat(folder, &st) == 0, good;

    /* A link would be swapped by itself, and the folder behind it emptied. */
    if (there && S_ISLNK(st.st_mode)) {
        hp_error_set(error, "%s: is a link, expected the folder itself", folder);
        return false;
    }
    if (there && !walk(folder, false, error))
        return false;
    if (lstat(new, &st) == 0 && !walk(new, true, error)) /* of a run that was killed */
        return false;
    good = fill(new, documents, n, error) && swap(new, folder, there, error);
    if (!good || there)
        (void)walk(new, true, NULL);
    return good;
}

bool
hp_rules_folder_put(const char *folder, const hp_rules_document *documents, size_t n,
                    hp_error *error)
{
    char *path = strdup(folder), *new;
    size_t length = strlen(folder);
    bool good = false;

    while (path != NULL && length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    new = path == NULL ? NULL : new_path(path);
    if (new == NULL)
        hp_error_set(error, "no memory");
    else
        good = put(path, new, documents, n, error);
    free(new);
    free(path);
    return good;
}
