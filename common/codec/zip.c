/* ZIP and tar archives over libarchive; see zip.h. */
#include "codec/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <stdlib.h>

typedef struct {
    struct archive *archive;
    bool tar; /* else ZIP */
    const hp_zip_caps *caps;
    hp_zip_file *take;
    void *context;
    uint8_t *room; /* one byte more than a file may have */
    char **names;
    size_t n, all;
    hp_error *error;
} walk;

bool
hp_zip_is(hp_str bytes)
{
    return hp_str_starts(bytes, HP_STR("PK\003\004"));
}

bool
hp_tar_is(hp_str bytes)
{
    return hp_str_starts(bytes, HP_STR("\037\213")); /* RFC 1952, 2.3.1 */
}

/* name is shown only once it was found to be printable. */
static bool
refuse(walk *w, const char *name, const char *what)
{
    hp_error_set(w->error, "%s%s%s", name != NULL ? name : "the archive",
                 name != NULL ? " in the archive " : " ", what);
    return false;
}

static bool
refuse_form(walk *w)
{
    return refuse(w, NULL, w->tar ? "is damaged, or is no tar archive in gzip"
                                  : "is damaged, or is no ZIP");
}

/* ---- names -------------------------------------------------------------------- */

static bool
is_printable(const char *name)
{
    const char *c;

    for (c = name; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~')
            return false;
    }
    return c != name && c - name <= HP_ZIP_NAME;
}

/* Neither absolute nor with a part that is empty, "." or ".."; a folder's ends with a slash. */
static bool
stays_inside(const char *name)
{
    size_t n;

    if (strchr(name, '\\') != NULL || strchr(name, ':') != NULL)
        return false;
    while (*name != '\0') {
        n = strcspn(name, "/");
        if (n == 0 || (n == 1 && name[0] == '.') || (n == 2 && strncmp(name, "..", 2) == 0))
            return false;
        name += n;
        if (*name == '/')
            name++;
    }
    return true;
}

static bool
note_name(walk *w, const char *name)
{
    char **names = reallocarray(w->names, w->n + 1, sizeof(*names));

    if (names == NULL)
        return refuse(w, NULL, "could not be read: no memory");
    w->names = names;
    names[w->n] = strdup(name);
    if (names[w->n] == NULL)
        return refuse(w, NULL, "could not be read: no memory");
    w->n++;
    return true;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two files of one name: which one counts would depend on who reads. */
static bool
names_differ(walk *w)
{
    size_t i;

    if (w->n > 0)
        qsort(w->names, w->n, sizeof(*w->names), by_name);
    for (i = 1; i < w->n; i++) {
        if (strcmp(w->names[i - 1], w->names[i]) == 0)
            return refuse(w, w->names[i], "is there twice");
    }
    return true;
}

/* ---- one entry ------------------------------------------------------------------ */

/*
 * Known to libarchive by its name only.  Other methods (LZMA, PPMd) may take gigabytes of
 * memory for one byte of content.
 */
static bool
is_usual_method(struct archive *archive)
{
    const char *method = strchr(archive_format_name(archive), '(');

    return method != NULL &&
           (strcmp(method, "(deflation)") == 0 || strcmp(method, "(uncompressed)") == 0);
}

static bool
check_entry(walk *w, struct archive_entry *entry, const char *name)
{
    if (name == NULL || !is_printable(name))
        return refuse(w, NULL, "has a file whose name is not printable ASCII, or too long");
    if (!stays_inside(name))
        return refuse(w, name, "has a name that leads elsewhere");
    if (archive_entry_hardlink(entry) != NULL || archive_entry_symlink(entry) != NULL)
        return refuse(w, name, "is a link, expected files only");
    if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
        return refuse(w, name, "is no regular file");
    if (archive_entry_is_encrypted(entry))
        return refuse(w, name, "is encrypted");
    return note_name(w, name);
}

/* The size that the archive claims is not asked: what comes out is counted. */
static bool
take_file(walk *w, const char *name)
{
    size_t n = 0, most = w->caps->file + 1;
    la_ssize_t got;

    if (!w->tar && !is_usual_method(w->archive))
        return refuse(w, name, "is compressed in an unusual way, expected stored or deflated");
    do {
        got = archive_read_data(w->archive, w->room + n, most - n);
        if (got < 0)
            return refuse(w, name, "is damaged");
        n += (size_t)got;
    } while (got > 0 && n < most);
    if (n > w->caps->file)
        return refuse(w, name, "is larger than any file of such a list");
    if (n > w->caps->all - w->all)
        return refuse(w, NULL, "holds more than any such list");
    w->all += n;
    return w->take(w->context, name, (hp_str){ w->room, n }, w->error);
}

/* Its name; "./x" of a tar archive that was made of a folder is x. */
static const char *
name_of(const walk *w, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);

    if (w->tar && name != NULL && strncmp(name, "./", 2) == 0 && name[2] != '\0')
        name += 2;
    return name;
}

/* The folder that a tar archive was made of: no name, and nothing in it. */
static bool
is_root(const walk *w, const char *name)
{
    return w->tar && name != NULL && strcmp(name, "./") == 0;
}

static bool
take_entry(walk *w, struct archive_entry *entry)
{
    const char *name = name_of(w, entry);

    if (w->n == w->caps->entries)
        return refuse(w, NULL, "holds more files than any such list");
    if (is_root(w, name) && archive_entry_filetype(entry) == AE_IFDIR)
        return true;
    if (!check_entry(w, entry, name))
        return false;
    return archive_entry_filetype(entry) == AE_IFDIR || take_file(w, name);
}

/* ---- all of them ------------------------------------------------------------------ */

static bool
take_all(walk *w)
{
    struct archive_entry *entry;
    int rc;

    while ((rc = archive_read_next_header(w->archive, &entry)) == ARCHIVE_OK) {
        if (!take_entry(w, entry))
            return false;
    }
    return rc == ARCHIVE_EOF ? names_differ(w) : refuse_form(w);
}

/* A ZIP by its directory at the end alone: what stands between the files it lists is not read. */
static bool
choose_format(walk *w)
{
    if (!w->tar)
        return archive_read_support_format_zip_seekable(w->archive) == ARCHIVE_OK;
    return archive_read_support_filter_gzip(w->archive) == ARCHIVE_OK &&
           archive_read_support_format_tar(w->archive) == ARCHIVE_OK;
}

static bool
walk_open(walk *w, hp_str bytes)
{
    w->archive = archive_read_new();
    w->room = malloc(w->caps->file + 1);
    if (w->archive == NULL || w->room == NULL)
        return refuse(w, NULL, "could not be read: no memory");
    if (!choose_format(w) || archive_read_open_memory(w->archive, bytes.p, bytes.n) != ARCHIVE_OK)
        return refuse_form(w);
    return take_all(w);
}

static bool
walk_all(walk *w, hp_str bytes)
{
    bool good = walk_open(w, bytes);
    size_t i;

    (void)archive_read_free(w->archive);
    free(w->room);
    for (i = 0; i < w->n; i++)
        free(w->names[i]);
    free(w->names);
    return good;
}

bool
hp_zip_walk(hp_str bytes, const hp_zip_caps *caps, hp_zip_file *take, void *context,
            hp_error *error)
{
    walk w = { .caps = caps, .take = take, .context = context, .error = error };

    return walk_all(&w, bytes);
}

bool
hp_tar_walk(hp_str bytes, const hp_zip_caps *caps, hp_zip_file *take, void *context,
            hp_error *error)
{
    walk w = { .tar = true, .caps = caps, .take = take, .context = context, .error = error };

    return walk_all(&w, bytes);
}
