/*
 * Fills a trust list from a folder or a file (trust-lists, 4), or a store.
 *
 *   <anything>.pem .crt .cer   certificates and public keys in PEM, one or many; or DER
 *   <anything>.der             the same
 *   <16 hex digits>.pub        a bare public key, PEM or DER, with its key id as name
 *   <CC>/...                   the same, of that country (two capital letters)
 *   CSCA/...                   authorities: then every signer must be issued by one
 *   MANIFEST, MANIFEST.sig     what the folder is meant to hold, see manifest.h
 *
 * Names that begin with a dot or end otherwise are left alone.  What is noted for the watch is
 * each path as it was given and spelled, so that a link anywhere in it may be switched.
 */
#include "check/trust.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/store.h"
#include "check/trust_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX  (16u << 20) /* bytes of one file (trust-lists, 0) */
#define DEPTH_MAX 3           /* folders inside one another */

typedef struct {
    hp_trust *trust;
    const char *top;  /* the path that was given */
    const char *root; /* resolved: links in it must not lead out of it */
    unsigned must;
    hp_watch *watch;
    hp_error *error;
    unsigned *source;       /* of what is loaded here; NO_SOURCE: not made yet */
    hp_manifest *manifest;  /* NULL: there is none */
} loader;

#define NO_SOURCE HP_SOURCES_MAX

/* Where in the tree, and so what a file there means. */
typedef struct {
    char country[4];
    bool authorities;
    bool inside; /* a folder */
    unsigned depth;
} place;

/* ---- one key -------------------------------------------------------------- */

static bool
refuse(const loader *l, const char *path, const char *what)
{
    hp_error_set(l->error, "%s: %s", path, what);
    return false;
}

/* The folder's or file's own source: made with its MANIFEST, or else with its first key. */
static hp_source *
source_of(const loader *l)
{
    hp_records *list = &l->trust->list;

    if (*l->source == NO_SOURCE) {
        if (hp_records_source(list, "", "folder") == NULL)
            return NULL;
        *l->source = (unsigned)list->n_sources - 1;
    }
    return &list->sources[*l->source];
}

static bool
put_source(const loader *l, hp_record *r)
{
    hp_source *source = source_of(l);

    if (source == NULL)
        return false;
    r->source = *l->source;
    source->entries++;
    source->keys++;
    return true;
}

/* The key's bytes are kept; whether they are a key is known before the first pass comes. */
static bool
put_key(const loader *l, const char *path, hp_record *r)
{
    hp_records *list = &l->trust->list;
    hp_key *key = hp_key_read(l->trust->crypto, r->spki);
    bool readable = key != NULL;

    hp_key_free(key);
    if (!readable)
        return refuse(l, path, "holds a public key that cannot be read");
    if (!hp_sha256(l->trust->crypto, &r->spki, 1, r->digest) || !hp_records_keep(list, &r->kid) ||
        !hp_records_keep(list, &r->spki) || !hp_records_keep(list, &r->cert) ||
        !put_source(l, r) || !hp_records_put(list, r))
        return refuse(l, path, "is one key or one list too many, or there is no memory");
    return true;
}

/* What the certificate says of its key; false when its dates or key cannot be read. */
static bool
read_cert(const hp_cert *cert, const place *at, hp_record *r)
{
    if (!hp_cert_validity(cert, &r->valid.from, &r->valid.until))
        return false;
    hp_cert_country(cert, r->country);
    if (at->country[0] != 0)
        memcpy(r->country, at->country, sizeof(r->country));
    r->usage = hp_cert_usage(cert);
    r->spki = hp_cert_spki(cert);
    return r->spki.n > 0;
}

static bool
add_cert(const loader *l, const char *path, const place *at, hp_str der)
{
    hp_cert *cert = hp_cert_read(l->trust->crypto, der);
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = HP_DOMAIN_ALL, .cert = der };
    uint8_t kid[HP_KID];
    bool good;

    if (cert == NULL)
        return refuse(l, path, "holds a certificate that cannot be read");
    if (at->authorities)
        return hp_authorities_add(&l->trust->authorities, cert) || refuse(l, path, "no memory");
    hp_cert_kid(cert, kid);
    r.kid = (hp_str){ kid, HP_KID };
    good = read_cert(cert, at, &r) ? put_key(l, path, &r)
                                   : refuse(l, path, "holds a certificate with unreadable dates "
                                                     "or key");
    hp_cert_free(cert);
    return good;
}

/* The key id in the file's name: 16 hex digits, then .pub */
static bool
kid_of_name(const char *path, uint8_t kid[HP_KID])
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

    return strlen(name) == 2 * HP_KID + 4 && strcmp(name + 2 * HP_KID, ".pub") == 0 &&
           hp_hex_read((hp_str){ (const uint8_t *)name, 2 * HP_KID }, kid);
}

/*
 * A key without a certificate has no end, and may sign everything.  It stands where a certificate
 * does: it is none, so that where a chain is required the key has none.
 */
static bool
add_bare_key(const loader *l, const char *path, const place *at, hp_str der)
{
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = HP_DOMAIN_ALL, .usage = HP_USE_ALL,
                    .valid = { 0, HP_TIME_LAST }, .spki = der, .cert = der };
    uint8_t kid[HP_KID];

    if (at->authorities)
        return refuse(l, path, "holds a bare public key, expected a certificate");
    if (!kid_of_name(path, kid))
        return refuse(l, path, "holds a bare public key, expected its key id as name: "
                               "16 hex digits and .pub");
    r.kid = (hp_str){ kid, HP_KID };
    memcpy(r.country, at->country, sizeof(r.country));
    return put_key(l, path, &r);
}

/* ---- one file ------------------------------------------------------------- */

static bool
add_pem(const loader *l, const char *path, const place *at, hp_str text)
{
    size_t from = 0, n = 0, blocks = 0;
    uint8_t *der;
    hp_pem kind;
    bool good = true;

    while (good && (kind = hp_pem_next(text, &from, &der, &n)) != HP_PEM_END) {
        blocks++;
        if (kind == HP_PEM_CERT)
            good = add_cert(l, path, at, (hp_str){ der, n });
        else if (kind == HP_PEM_KEY)
            good = add_bare_key(l, path, at, (hp_str){ der, n });
        else
            good = refuse(l, path, "holds a PEM block that is damaged, or neither "
                                   "CERTIFICATE nor PUBLIC KEY");
        hp_pem_free(der);
    }
    if (blocks == 0)
        return refuse(l, path, "holds no certificate and no public key");
    return good;
}

/* DER begins with a SEQUENCE, PEM is text. */
static bool
add_keys(const loader *l, const char *path, const place *at, hp_str s)
{
    uint8_t kid[HP_KID];

    if (s.n == 0 || s.p[0] != 0x30)
        return add_pem(l, path, at, s);
    if (kid_of_name(path, kid))
        return add_bare_key(l, path, at, s);
    return add_cert(l, path, at, s);
}

/* The records borrow from the file, which the list takes over. */
static bool
add_store(const loader *l, const char *path, hp_bytes *bytes)
{
    hp_records read = { .env = HP_ENV_PROD };

    if (!hp_store_read(l->trust->crypto, path, (hp_str){ bytes->p, bytes->n }, &read, l->error))
        return false;
    if (!hp_records_adopt(&read, bytes)) {
        hp_records_free(&read);
        return refuse(l, path, "no memory");
    }
    return hp_trust_add_records(l->trust, path, &read, l->error);
}

/* Where it lies in the folder that was given. */
static const char *
relative(const loader *l, const char *path)
{
    return path + strlen(l->top) + 1;
}

/* Is the file what MANIFEST says?  Where one is required, what it does not list is left out. */
static bool
is_listed(const loader *l, const char *path, hp_str bytes, bool *left_out)
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
    source_of(l)->skipped[HP_SKIP_SIGNATURE]++;
    source_of(l)->entries++;
    return true;
}

/* real is where path leads to.  A store stands alone: what lies in a folder is keys. */
static bool
add_file(const loader *l, const char *path, const char *real, const place *at)
{
    hp_stamp stamp = hp_file_stamp(path);
    size_t max = at->inside ? FILE_MAX : HP_STORE_MAX;
    hp_bytes bytes;
    bool good, left_out;

    good = hp_file_read(real, l->must, max, &bytes, &stamp, l->error);
    hp_watch_add(l->watch, path, stamp);
    if (!good)
        return false;
    if (!at->inside && hp_store_is((hp_str){ bytes.p, bytes.n }))
        good = add_store(l, path, &bytes);
    else
        good = is_listed(l, path, (hp_str){ bytes.p, bytes.n }, &left_out) &&
               (left_out || add_keys(l, path, at, (hp_str){ bytes.p, bytes.n }));
    hp_bytes_free(&bytes);
    return good;
}

/* ---- a folder ------------------------------------------------------------- */

static bool
wanted(const char *name)
{
    static const char *const endings[] = { ".pem", ".crt", ".cer", ".der", ".pub" };
    size_t i, n = strlen(name);

    for (i = 0; name[0] != '.' && i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (n > 4 && strcmp(name + n - 4, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Is this inside the folder that was given? */
static bool
is_inside(const loader *l, const char *real)
{
    size_t n = strlen(l->root);

    return strncmp(real, l->root, n) == 0 && real[n] == '/';
}

/* What a folder's name says of the files in it. */
static place
place_below(const place *at, const char *name)
{
    place below = *at;

    below.depth++;
    if (strcmp(name, "CSCA") == 0)
        below.authorities = true;
    else if (strlen(name) == 2 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'A' &&
             name[1] <= 'Z')
        memcpy(below.country, name, 3);
    return below;
}

static bool add_folder(const loader *l, const char *path, const place *at);

/* Authorities in a folder of another spelling would become signers. */
static bool
add_subfolder(const loader *l, const char *path, const char *name, const place *at)
{
    place below = place_below(at, name);

    if (strcasecmp(name, "CSCA") == 0 && !below.authorities)
        return refuse(l, path, "expected CSCA in capital letters, or another name");
    l->trust->chains = l->trust->chains || below.authorities;
    return add_folder(l, path, &below);
}

static bool
add_entry(const loader *l, const char *folder, const char *name, const place *at)
{
    char path[PATH_MAX], *real;
    struct stat st;
    bool is_folder, good;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.')
        return true;
    if (n < 0 || (size_t)n >= sizeof(path))
        return refuse(l, folder, "has a name in it that makes the path too long");
    if (at->depth > 0 && strcmp(name, HP_MANIFEST) == 0)
        return refuse(l, path, "is in a folder of the trust folder, expected at its top only");
    is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (!is_folder && !wanted(name))
        return true;
    real = realpath(path, NULL);
    if (real == NULL || !is_inside(l, real)) {
        refuse(l, path, real == NULL ? strerror(errno) : "is a link that leaves the trust folder");
        hp_watch_add(l->watch, path, hp_file_stamp(path));
        free(real);
        return false;
    }
    good = is_folder ? add_subfolder(l, path, name, at) : add_file(l, path, real, at);
    free(real);
    return good;
}

static bool
check_folder(const loader *l, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return refuse(l, path, strerror(errno));
    if ((l->must & HP_FILE_OWNED) == 0)
        return true;
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return refuse(l, path, "belongs to another user, expected root or the user who runs this");
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return refuse(l, path, "lets others write, expected chmod go-w");
    return true;
}

/* In the order of names, so that the same folder always makes the same list. */
static bool
add_folder(const loader *l, const char *path, const place *at)
{
    struct dirent **names = NULL;
    bool good = true;
    int i, n;

    hp_watch_add(l->watch, path, hp_file_stamp(path));
    if (at->depth > DEPTH_MAX)
        return refuse(l, path, "is too deep below the trust folder");
    if (!check_folder(l, path))
        return false;
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        return refuse(l, path, strerror(errno));
    for (i = 0; i < n; i++) {
        good = good && add_entry(l, path, names[i]->d_name, at);
        free(names[i]);
    }
    free(names);
    return good;
}

/* ---- MANIFEST ------------------------------------------------------------- */

/* Reads one of the two files of that name at the top.  False with *error. */
static bool
read_top(const loader *l, const char *name, size_t max, char path[PATH_MAX], hp_bytes *bytes)
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
asks_signature(const loader *l)
{
    return l->trust->manifests != NULL && l->trust->manifests->n_keys > 0;
}

/* Notes a signature that nobody asks for. */
static void
pass_over_signature(const loader *l)
{
    char path[PATH_MAX];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%s/%s", l->top, HP_MANIFEST_SIG);

    if (n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) == 0)
        l->trust->unverified = true;
}

/* It comes first: nothing in the text is looked at before it holds. */
static bool
check_signature(const loader *l, hp_str text, hp_source *source)
{
    char path[PATH_MAX];
    hp_bytes sig;

    if (!asks_signature(l)) {
        pass_over_signature(l);
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
take_headers(const loader *l, const char *path, hp_source *source)
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

/* Files that are listed and no keys, or lie where keys are not looked for, count as well. */
static bool
check_other(const loader *l, const char *name)
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
    else if (!is_inside(l, real))
        refuse(l, path, "is a link that leaves the trust folder");
    else if (hp_file_read(real, l->must, FILE_MAX, &bytes, NULL, l->error))
        good = is_listed(l, path, (hp_str){ bytes.p, bytes.n }, &left_out);
    hp_bytes_free(&bytes);
    free(real);
    return good;
}

static bool
check_others(const loader *l)
{
    char name[PATH_MAX];
    size_t i;

    for (i = 0; i < l->manifest->n; i++) {
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

static bool
add_listed(loader *l, const char *path, hp_str text, const place *at)
{
    hp_source *source = source_of(l);
    hp_manifest manifest;
    bool good;

    if (source == NULL || !hp_sha256(l->trust->crypto, &text, 1, source->digest))
        return refuse(l, path, "is one list too many, or there is no memory");
    if (!check_signature(l, text, source) || !hp_manifest_read(path, text, &manifest, l->error))
        return false;
    l->manifest = &manifest;
    good = take_headers(l, path, source) && add_folder(l, l->top, at) && check_others(l);
    l->manifest = NULL;
    hp_manifest_free(&manifest);
    return good;
}

/* A key for signatures would protect nothing if MANIFEST could just be taken away. */
static bool
may_lack(const loader *l)
{
    const hp_manifest_terms *terms = l->trust->manifests;

    if (terms == NULL || (!terms->required && terms->n_keys == 0))
        return true;
    hp_watch_add(l->watch, l->top, hp_file_stamp(l->top));
    return refuse(l, l->top, terms->required
                                 ? "has no MANIFEST, which is required"
                                 : "has no MANIFEST, and a key is set that must have signed it");
}

/* A folder, by its MANIFEST where there is one. */
static bool
add_top(loader *l, const place *at)
{
    char path[PATH_MAX];
    struct stat st;
    hp_bytes text;
    bool good;
    int n = snprintf(path, sizeof(path), "%s/%s", l->top, HP_MANIFEST);

    if (n > 0 && (size_t)n < sizeof(path) && lstat(path, &st) != 0 && errno == ENOENT)
        return may_lack(l) && add_folder(l, l->top, at);
    if (!read_top(l, HP_MANIFEST, HP_MANIFEST_MAX, path, &text))
        return false;
    good = add_listed(l, path, (hp_str){ text.p, text.n }, at);
    hp_bytes_free(&text);
    return good;
}

/* Why nothing at path can be opened, by errno. */
static hp_trust_added
closed(const loader *l, const char *path, int error)
{
    hp_watch_add(l->watch, path, hp_file_stamp(path));
    refuse(l, path, strerror(error));
    return error == ENOENT || error == ENOTDIR ? HP_TRUST_GONE : HP_TRUST_CLOSED;
}

/* Asked for the effective user: in su and sudo the real one is the caller. */
static hp_trust_added
add_open(loader *l, const char *path)
{
    place at = { "", false, false, 0 };
    struct stat st;
    bool good;

    if (l->root == NULL || stat(l->root, &st) != 0)
        return closed(l, path, errno);
    if (faccessat(AT_FDCWD, l->root, S_ISDIR(st.st_mode) ? R_OK | X_OK : R_OK, AT_EACCESS) != 0)
        return closed(l, path, errno);
    at.inside = S_ISDIR(st.st_mode);
    good = at.inside ? add_top(l, &at) : add_file(l, path, l->root, &at);
    return good ? HP_TRUST_ADDED : HP_TRUST_BAD;
}

hp_trust_added
hp_trust_add(hp_trust *trust, const char *path, unsigned must, hp_watch *watch, hp_error *error)
{
    char *root = realpath(path, NULL);
    unsigned source = NO_SOURCE;
    loader l = { trust, path, root, must, watch, error, &source, NULL };
    hp_trust_added added = add_open(&l, path);

    free(root);
    return added;
}
