/*
 * Fills a rule set from text, files and folders; ruleset.h says which.  What is noted for the
 * watch is each path as it was given and spelled, so that a link anywhere in it may be switched.
 */
#include "rules/ruleset_parts.h"

#include "base/mark.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_NAME 64 /* digits of a SHA-256: names of the national backend's documents */

bool
hp_rules_printable(hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    }
    return true;
}

/* ---- documents ---------------------------------------------------------------------- */

static bool
has(const hp_json *json, const char *member)
{
    return hp_json_get(json, member) != NULL;
}

/* An entry of the lists that GET /rules and GET /valuesets give (certlogic, 11). */
static bool
is_listing(const hp_json *json)
{
    return hp_json_text(hp_json_get(json, "hash")).p != NULL &&
           (hp_json_text(hp_json_get(json, "identifier")).p != NULL ||
            hp_json_text(hp_json_get(json, "id")).p != NULL);
}

static bool
is_compressed(const hp_json *json)
{
    const char *name;
    hp_json *value;
    void *at = NULL;

    while (hp_json_next(json, &at, &name, &value)) {
        if (hp_json_kind_of(value) != HP_JSON_ARRAY)
            return false;
    }
    return hp_json_count(json) > 0;
}

static bool
add_document(const hp_loading *l, hp_json *json, const char *place)
{
    if (hp_json_kind_of(json) == HP_JSON_OBJECT) {
        if (has(json, "Identifier") || has(json, "Type") || has(json, "Logic"))
            return hp_rule_read(l, json, place);
        if (has(json, "valueSetId") || has(json, "valueSetValues"))
            return hp_value_set_read(l, json, place);
        if (is_listing(json))
            return true;
        if (is_compressed(json))
            return hp_value_sets_read(l, json, place);
    }
    hp_error_set(l->error, "%s: is neither a rule document nor a value set", place);
    return false;
}

/* Where a document is, for messages, as long as the set lives. */
static const char *
place_of(const hp_loading *l, const char *path, size_t nth)
{
    char text[PATH_MAX + 40];
    const char *place;
    int n = nth == 0 ? snprintf(text, sizeof(text), "%s", path)
                     : snprintf(text, sizeof(text), "%s, document %zu", path, nth);

    n = n < 0 ? 0 : n;
    place = hp_keep_text(&l->set->keep, hp_str_of(n > 0 ? text : ""));
    if (place == NULL)
        hp_error_set(l->error, "%s: no memory", path);
    return place;
}

static bool
add_documents(const hp_loading *l, const char *path, hp_json *json)
{
    bool many = hp_json_kind_of(json) == HP_JSON_ARRAY;
    size_t i, n = many ? hp_json_count(json) : 1;
    const char *place;

    for (i = 0; i < n; i++) {
        place = place_of(l, path, many ? i + 1 : 0);
        if (place == NULL || !add_document(l, many ? hp_json_at(json, i) : json, place))
            return false;
    }
    return true;
}

/* One more file: are they still few, and together not too long? */
static bool
count(const hp_loading *l, const char *path, size_t bytes)
{
    hp_ruleset *set = l->set;

    if (set->files == HP_RULES_FILES)
        hp_error_set(l->error, "%s: is one file too many, expected at most %d", path,
                     HP_RULES_FILES);
    else if (bytes > HP_RULES_FILE_MAX)
        hp_error_set(l->error, "%s: has %zu bytes, expected at most %u", path, bytes,
                     HP_RULES_FILE_MAX);
    else if (bytes > HP_RULES_BYTES_MAX - set->bytes)
        hp_error_set(l->error, "%s: makes the rules longer than %u bytes altogether", path,
                     HP_RULES_BYTES_MAX);
    else {
        set->files++;
        set->bytes += bytes;
        return true;
    }
    return false;
}

static bool
add_text(const hp_loading *l, const char *path, hp_str text)
{
    hp_error why = { "" };
    hp_json *json;
    bool good;

    if (!count(l, path, text.n))
        return false;
    json = hp_json_load_data(text, HP_RULES_FILE_MAX, &why);
    if (json == NULL) {
        hp_error_set(l->error, "%s: %s", path, why.text);
        return false;
    }
    good = add_documents(l, path, json);
    l->set->mark += hp_mark_add(HP_MARK, text.p, text.n);
    hp_json_free(json);
    return good;
}

bool
hp_ruleset_add_text(hp_ruleset *set, const char *path, hp_str text, hp_ruleset_told *told,
                    void *context, hp_error *error)
{
    hp_loading l = { set, told, context, error };

    return add_text(&l, path, text);
}

/* ---- files and folders -------------------------------------------------------------- */

typedef struct {
    hp_loading loading;
    const char *root; /* resolved: links in it must not lead out of it */
    unsigned must;
    hp_watch *watch;
} walker;

static bool
refuse(const walker *w, const char *path, const char *what)
{
    hp_error_set(w->loading.error, "%s: %s", path, what);
    return false;
}

/* real is where path leads to. */
static bool
add_file(const walker *w, const char *path, const char *real)
{
    hp_stamp stamp = hp_file_stamp(path);
    hp_bytes bytes;
    bool good = hp_file_read(real, w->must, HP_RULES_FILE_MAX, &bytes, &stamp, w->loading.error);

    hp_watch_add(w->watch, path, stamp);
    good = good && add_text(&w->loading, path, (hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    return good;
}

static bool
is_wanted(const char *name)
{
    size_t n = strlen(name);

    if (n == HASH_NAME)
        return strspn(name, "0123456789abcdefABCDEF") == n;
    return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

bool
hp_ruleset_has_file(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *one;
    struct stat st;
    bool found = false;

    while (dir != NULL && !found && (one = readdir(dir)) != NULL)
        found = one->d_name[0] != '.' && is_wanted(one->d_name) &&
                fstatat(dirfd(dir), one->d_name, &st, 0) == 0 && !S_ISDIR(st.st_mode);
    if (dir != NULL)
        (void)closedir(dir);
    return found;
}

/* Is this inside the folder that was given? */
static bool
is_inside(const walker *w, const char *real)
{
    size_t n = strlen(w->root);

    return strncmp(real, w->root, n) == 0 && real[n] == '/';
}

static bool add_folder(const walker *w, const char *path, unsigned depth);

static bool
add_entry(const walker *w, const char *folder, const char *name, unsigned depth)
{
    char path[PATH_MAX], *real;
    struct stat st;
    bool is_folder, good;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.')
        return true;
    if (n < 0 || (size_t)n >= sizeof(path))
        return refuse(w, folder, "has a name in it that makes the path too long");
    if (stat(path, &st) != 0) {
        hp_watch_add(w->watch, path, hp_file_stamp(path));
        return refuse(w, path, strerror(errno));
    }
    is_folder = S_ISDIR(st.st_mode);
    if (!is_folder && !is_wanted(name))
        return true;
    real = realpath(path, NULL);
    if (real == NULL || !is_inside(w, real)) {
        refuse(w, path, real == NULL ? strerror(errno) : "is a link that leaves the folder");
        hp_watch_add(w->watch, path, hp_file_stamp(path));
        free(real);
        return false;
    }
    good = is_folder ? add_folder(w, path, depth + 1) : add_file(w, path, real);
    free(real);
    return good;
}

/* In the order of names, so that the same folder always makes the same messages. */
static bool
add_folder(const walker *w, const char *path, unsigned depth)
{
    struct dirent **names = NULL;
    bool good = true;
    int i, n;

    hp_watch_add(w->watch, path, hp_file_stamp(path));
    if (depth > HP_RULES_DEPTH)
        return refuse(w, path, "is too deep below the folder of rules");
    if (!hp_folder_check(path, w->must, w->loading.error))
        return false;
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        return refuse(w, path, strerror(errno));
    for (i = 0; i < n; i++) {
        good = good && add_entry(w, path, names[i]->d_name, depth);
        free(names[i]);
    }
    free(names);
    return good;
}

static bool
add_root(const walker *w, const char *path)
{
    struct stat st;

    if (w->root == NULL || stat(w->root, &st) != 0) {
        refuse(w, path, strerror(errno));
        hp_watch_add(w->watch, path, hp_file_stamp(path));
        return false;
    }
    return S_ISDIR(st.st_mode) ? add_folder(w, path, 0) : add_file(w, path, w->root);
}

bool
hp_ruleset_add(hp_ruleset *set, const char *path, unsigned must, hp_watch *watch,
               hp_ruleset_told *told, void *context, hp_error *error)
{
    char *root = realpath(path, NULL);
    walker w = { { set, told, context, error }, root, must, watch };
    bool good = add_root(&w, path);

    free(root);
    return good;
}
