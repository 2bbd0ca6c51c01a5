/* What a trust folder is meant to hold: its MANIFEST against its files; see trust_loader.h. */
#include "check/trust_loader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- files ----------------------------------------------------------------- */

/* Where it lies in the folder that was given. */
static const char *
relative(const hp_loader *l, const char *path)
{
    return path + strlen(l->top) + 1;
}

bool
hp_loader_is_listed(const hp_loader *l, const char *path, hp_str bytes, bool *left_out)
{
    const hp_manifest_terms *terms = l->trust->manifests;

    *left_out = false;
    if (l->manifest == NULL)
        return true;
    switch (hp_manifest_check(l->manifest, l->trust->crypto, relative(l, path), bytes)) {
    case HP_MANIFEST_AGREES:
        return true;
    case HP_MANIFEST_DIFFERS:
        return refuse(l, path, "is not the file that MANIFEST lists: its SHA-256 differs");
    case HP_MANIFEST_UNLISTED:
        break;
    }
    if (terms == NULL || !terms->required)
        return refuse(l, path, "is not listed in MANIFEST");
    *left_out = true;
    l->trust->unlisted++;
    hp_loader_source(l)->skipped[HP_SKIP_SIGNATURE]++;
    hp_loader_source(l)->entries++;
    return true;
}

/* Files that are listed and no keys, or lie where keys are not looked for, count as well. */
static bool
check_other(const hp_loader *l, const char *name)
{
    char path[PATH_MAX], *real;
    hp_bytes bytes = { NULL, 0 };
    bool good = false, left_out;
    int n = snprintf(path, sizeof(path), "%s/%s", l->top, name);

    if (n < 0 || (size_t)n >= sizeof(path))
        return refuse(l, l->top, "has a name in its MANIFEST that makes the path too long");
    hp_watch_add(l->watch, path, hp_file_stamp(path));
    real = realpath(path, NULL);
    if (real == NULL)
        refuse(l, path, errno == ENOENT ? "is listed in MANIFEST and not there"
                                        : strerror(errno));
    else if (!hp_loader_is_inside(l, real))
        refuse(l, path, "is a link that leaves the trust folder");
    else if (hp_file_read(real, l->must, HP_LOADER_FILE_MAX, &bytes, NULL, l->error))
        good = hp_loader_is_listed(l, path, (hp_str){ bytes.p, bytes.n }, &left_out);
    hp_bytes_free(&bytes);
    free(real);
    return good;
}

bool
hp_loader_check_others(const hp_loader *l)
{
    char name[PATH_MAX];
    size_t i;

    for (i = 0; l->manifest != NULL && i < l->manifest->n; i++) {
        const hp_manifest_file *file = &l->manifest->files[i];

        if (file->seen)
            continue;
        memcpy(name, file->path.p, file->path.n); /* shorter than PATH_MAX, says manifest.c */
        name[file->path.n] = 0;
        if (!check_other(l, name))
            return false;
    }
    return true;
}

/* ---- opening --------------------------------------------------------------- */

/* Reads one of the two files of that name at the top.  False with *error. */
static bool
read_top(const hp_loader *l, const char *name, size_t max, char path[PATH_MAX], hp_bytes *bytes)
{
    hp_stamp stamp;
    int n = snprintf(path, PATH_MAX, "%s/%s", l->top, name);
    bool good;

    if (n < 0 || n >= PATH_MAX)
        return refuse(l, l->top, "is too long a path");
    stamp = hp_file_stamp(path);
    good = hp_file_read(path, l->must, max, bytes, &stamp, l->error);
    hp_watch_add(l->watch, path, stamp);
    return good;
}

static bool
asks_signature(const hp_loader *l)
{
    return l->trust->manifests != NULL && l->trust->manifests->n_keys > 0;
}

static bool
has_signature(const hp_loader *l)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", l->top, HP_MANIFEST_SIG);

    return n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) == 0;
}

/* It comes first: nothing in the text is looked at before it holds. */
static bool
check_signature(const hp_loader *l, hp_str text, hp_source *source)
{
    char path[PATH_MAX];
    hp_bytes sig;

    if (!asks_signature(l)) {
        l->trust->unverified = l->trust->unverified || has_signature(l);
        return true;
    }
    if (!read_top(l, HP_MANIFEST_SIG, HP_MANIFEST_SIG_MAX, path, &sig))
        return false;
    source->is_signed = hp_manifest_signed(l->trust->crypto, l->trust->manifests, text,
                                           (hp_str){ sig.p, sig.n }, source->signer);
    hp_bytes_free(&sig);
    return source->is_signed ||
           refuse(l, path, "is no signature over MANIFEST by the key that is trusted with it "
                           "(ECDSA or RSA; CMS, where that is a certificate)");
}

/* What its headers say of the whole folder. */
static bool
take_headers(const hp_loader *l, const char *path, hp_source *source)
{
    const hp_manifest *m = l->manifest;

    source->issued = source->dated = m->issued;
    source->expires = m->expires;
    if (!l->trust->judges_env || !m->has_env || m->env == l->trust->env)
        return true;
    hp_error_set(l->error, "%s: lists keys of the environment %s, expected %s: they never verify "
                           "here", path, hp_env_name(m->env), hp_env_name(l->trust->env));
    return false;
}

/* A key for signatures would protect nothing if MANIFEST could just be taken away. */
static bool
may_lack(const hp_loader *l)
{
    const hp_manifest_terms *terms = l->trust->manifests;
    const char *what = NULL;

    if (terms != NULL && terms->required)
        what = "has no MANIFEST, which is required";
    else if (terms != NULL && terms->n_keys > 0)
        what = "has no MANIFEST, and a key is set that must have signed it";
    else if (has_signature(l))
        what = "has no MANIFEST, and a MANIFEST.sig of one";
    if (what == NULL)
        return true;
    hp_watch_add(l->watch, l->top, hp_file_stamp(l->top));
    return refuse(l, l->top, what);
}

/* path is that of the text. */
static bool
read_text(hp_loader *l, const char *path, hp_str text, hp_manifest *manifest)
{
    hp_source *source = hp_loader_source(l);

    if (source == NULL || !hp_sha256(l->trust->crypto, &text, 1, source->digest))
        return refuse(l, path, "is one list too many, or there is no memory");
    if (!check_signature(l, text, source) || !hp_manifest_read(path, text, manifest, l->error))
        return false;
    l->manifest = manifest;
    if (take_headers(l, path, source))
        return true;
    l->manifest = NULL;
    hp_manifest_free(manifest);
    return false;
}

bool
hp_loader_open_manifest(hp_loader *l, hp_bytes *text, hp_manifest *manifest)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", l->top, HP_MANIFEST);

    *text = (hp_bytes){ NULL, 0 };
    *manifest = (hp_manifest){ .n = 0 };
    if (n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) != 0 && errno == ENOENT)
        return may_lack(l);
    if (!read_top(l, HP_MANIFEST, HP_MANIFEST_MAX, path, text))
        return false;
    if (read_text(l, path, (hp_str){ text->p, text->n }, manifest))
        return true;
    hp_bytes_free(text);
    return false;
}
