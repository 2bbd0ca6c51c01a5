/*
 * Fills a trust list from a folder or a file (trust-lists, 4), or a store.
 *
 *   <anything>.pem .crt .cer   certificates and public keys in PEM, one or many; or DER
 *   <anything>.der             the same
 *   <16 hex digits>.pub        a bare public key, PEM or DER, with its key id as name
 *   <CC>/...                   the same, of that country (two capital letters)
 *   CSCA/...                   authorities: then every signer must be issued by one
 *   FR03AV01.der, FR03.ca.der  signers of 2D-DOC and their authorities, see twod.h
 *   csca*.pem, *.crl           authorities of VDS-NC, and their CRLs, see trust_csca.c
 *   MANIFEST, MANIFEST.sig     what the folder is meant to hold, see manifest.h
 *
 * Names that begin with a dot or end otherwise are left alone.  What is noted for the watch is
 * each path as it was given and spelled, so that a link anywhere in it may be switched.
 */
#include "check/trust.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/store.h"
#include "check/trust_loader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 3 /* folders inside one another */

/* Where in the tree, and so what a file there means. */
typedef struct {
    char country[4];
    bool authorities;
    bool inside; /* a folder */
    unsigned depth;
    hp_twod_file twod;  /* a file of an authority of 2D-DOC, */
    hp_loader_ac *ac;   /* which is this one; NULL: of none */
    enum { CSCA_NONE, CSCA_HERE, CSCA_FILE } csca; /* VDS-NC: in this folder; one of its files */
} place;

/* ---- one key -------------------------------------------------------------- */

hp_source *
hp_loader_source(const hp_loader *l)
{
    hp_records *list = &l->trust->list;

    if (*l->source == HP_LOADER_NO_SOURCE) {
        if (hp_records_source(list, "", "folder") == NULL)
            return NULL;
        *l->source = (unsigned)list->n_sources - 1;
    }
    return &list->sources[*l->source];
}

static bool
put_source(const hp_loader *l, hp_record *r)
{
    hp_source *source = hp_loader_source(l);

    if (source == NULL)
        return false;
    r->source = *l->source;
    source->entries++;
    source->keys++;
    return true;
}

/* The key's bytes are kept; whether they are a key is known before the first pass comes. */
bool
hp_loader_put(const hp_loader *l, const char *path, hp_record *r)
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
add_cert(const hp_loader *l, const char *path, const place *at, hp_str der)
{
    hp_cert *cert = hp_cert_read(l->trust->crypto, der);
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = HP_DOMAIN_ALL, .cert = der };
    uint8_t kid[HP_KID];
    bool good;

    if (cert == NULL)
        return refuse(l, path, "holds a certificate that cannot be read");
    if (at->csca == CSCA_FILE)
        return hp_loader_add_csca(l, path, at->ac, der, cert);
    if (at->ac != NULL)
        return hp_loader_add_twod_cert(l, path, at->twod, at->ac, cert);
    if (at->authorities)
        return hp_authorities_add(&l->trust->authorities, cert) || refuse(l, path, "no memory");
    hp_cert_kid(cert, kid);
    r.kid = (hp_str){ kid, HP_KID };
    good = read_cert(cert, at, &r) ? hp_loader_put(l, path, &r)
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
add_bare_key(const hp_loader *l, const char *path, const place *at, hp_str der)
{
    hp_record r = { .role = HP_ROLE_SIGNER, .domains = HP_DOMAIN_ALL, .usage = HP_USE_ALL,
                    .valid = { 0, HP_TIME_LAST }, .spki = der, .cert = der };
    uint8_t kid[HP_KID];

    if (at->authorities || at->ac != NULL)
        return refuse(l, path, "holds a bare public key, expected a certificate");
    if (!kid_of_name(path, kid))
        return refuse(l, path, "holds a bare public key, expected its key id as name: "
                               "16 hex digits and .pub");
    r.kid = (hp_str){ kid, HP_KID };
    memcpy(r.country, at->country, sizeof(r.country));
    return hp_loader_put(l, path, &r);
}

/* ---- one file ------------------------------------------------------------- */

static bool
add_pem(const hp_loader *l, const char *path, const place *at, hp_str text)
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
add_keys(const hp_loader *l, const char *path, const place *at, hp_str s)
{
    uint8_t kid[HP_KID];

    if (at->twod == HP_TWOD_FILE_CRL)
        return at->csca == CSCA_FILE ? hp_loader_add_csca_crl(l, path, at->ac, s)
                                     : hp_loader_add_crl(l, path, at->ac, s);
    if (at->twod == HP_TWOD_FILE_KEY)
        return hp_loader_add_twod_key(l, path, s);
    if (at->twod == HP_TWOD_FILE_BUNDLE)
        return refuse(l, path, "is a bundle of 2D-DOC signers: take it into a store "
                               "(healthpassctl trust import)");
    if (s.n == 0 || s.p[0] != 0x30)
        return add_pem(l, path, at, s);
    if (kid_of_name(path, kid))
        return add_bare_key(l, path, at, s);
    return add_cert(l, path, at, s);
}

/* The records borrow from the file, which the list takes over. */
static bool
add_store(const hp_loader *l, const char *path, hp_bytes *bytes)
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

/* real is where path leads to.  A store stands alone: what lies in a folder is keys. */
static bool
add_file(const hp_loader *l, const char *path, const char *real, const place *at)
{
    hp_stamp stamp = hp_file_stamp(path);
    size_t max = at->inside ? HP_LOADER_FILE_MAX : HP_STORE_MAX;
    hp_bytes bytes;
    bool good, left_out;

    good = hp_file_read(real, l->must, max, &bytes, &stamp, l->error);
    hp_watch_add(l->watch, path, stamp);
    if (!good)
        return false;
    if (!at->inside && hp_store_is((hp_str){ bytes.p, bytes.n }))
        good = add_store(l, path, &bytes);
    else
        good = hp_loader_is_listed(l, path, (hp_str){ bytes.p, bytes.n }, &left_out) &&
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

bool
hp_loader_is_inside(const hp_loader *l, const char *real)
{
    size_t n = strlen(l->root);

    return strncmp(real, l->root, n) == 0 && real[n] == '/';
}

static bool
is_country(const char *name)
{
    return strlen(name) == 2 && name[0] >= 'A' && name[0] <= 'Z' && name[1] >= 'A' &&
           name[1] <= 'Z';
}

/* Does the name of a folder mean something?  Then a link of that name must lead to one. */
static bool
is_folder_name(const char *name)
{
    return is_country(name) || strcasecmp(name, "CSCA") == 0;
}

/* What a folder's name says of the files in it. */
static place
place_below(const place *at, const char *name)
{
    place below = *at;

    below.depth++;
    if (strcmp(name, "CSCA") == 0)
        below.authorities = true;
    else if (is_country(name))
        memcpy(below.country, name, 3);
    return below;
}

static bool add_folder(const hp_loader *l, const char *path, const place *at);

/* What is meant to be MANIFEST, and is not read as such, protects nothing. */
static bool
check_manifest_name(const hp_loader *l, const char *path, const char *name, const place *at)
{
    static const char *const names[] = { HP_MANIFEST, HP_MANIFEST_SIG, HP_MANIFEST ".txt" };
    size_t i, n = sizeof(names) / sizeof(names[0]);

    for (i = 0; i < n && strcasecmp(name, names[i]) != 0; i++)
        ;
    if (i == n)
        return true;
    if (strcmp(name, HP_MANIFEST) != 0 && strcmp(name, HP_MANIFEST_SIG) != 0)
        return refuse(l, path, "expected MANIFEST or MANIFEST.sig, or another name");
    return at->depth == 0 ||
           refuse(l, path, "is in a folder of the trust folder, expected at its top only");
}

/*
 * Whether a chain is required hangs on one name.  What is meant to be that folder, and is none,
 * would be passed over, or make signers of its authorities.
 */
static bool
check_name(const hp_loader *l, const char *path, const char *name, const place *at, bool is_folder)
{
    bool is_csca = strcasecmp(name, "CSCA") == 0;

    if (is_csca && strcmp(name, "CSCA") != 0)
        return refuse(l, path, "expected CSCA in capital letters, or another name");
    if (is_csca && !is_folder)
        return refuse(l, path, "expected a folder of authorities, or another name");
    if (!is_csca && is_folder && !at->authorities && strncasecmp(name, "CSCA", 4) == 0)
        return refuse(l, path, "expected CSCA, or a name that does not begin so");
    return true;
}

static bool
add_subfolder(const hp_loader *l, const char *path, const char *name, const place *at)
{
    place below = place_below(at, name);

    l->trust->chains = l->trust->chains || below.authorities;
    return add_folder(l, path, &below);
}

/* Watched, because it may be mended where no folder of ours changes; always false. */
static bool
unreachable(const hp_loader *l, const char *path, const char *what)
{
    hp_watch_add(l->watch, path, hp_file_stamp(path));
    return refuse(l, path, what);
}

/* Resolves what lies in a folder; the caller's to free.  NULL: it leads nowhere, or out. */
static char *
resolve(const hp_loader *l, const char *path)
{
    char *real = realpath(path, NULL);

    if (real == NULL)
        unreachable(l, path, strerror(errno));
    else if (strcmp(real, l->root) == 0)
        unreachable(l, path, "is a link to the trust folder itself");
    else if (!hp_loader_is_inside(l, real))
        unreachable(l, path, "is a link that leaves the trust folder");
    else
        return real;
    free(real);
    return NULL;
}

static bool
is_csca_file(const char *name)
{
    return hp_loader_is_csca(name) || hp_loader_is_csca_crl(name);
}

static bool
add_entry(const hp_loader *l, const char *folder, const char *name, const place *at)
{
    char path[PATH_MAX], *real;
    struct stat st;
    bool is_folder, good;
    int n = snprintf(path, sizeof(path), "%s/%s", folder, name);

    if (name[0] == '.' || (at->csca == CSCA_HERE && is_csca_file(name)))
        return true;
    if (n < 0 || (size_t)n >= sizeof(path))
        return refuse(l, folder, "has a name in it that makes the path too long");
    if (!check_manifest_name(l, path, name, at))
        return false;
    if (stat(path, &st) != 0)
        return (!wanted(name) && !is_folder_name(name)) || unreachable(l, path, strerror(errno));
    is_folder = S_ISDIR(st.st_mode);
    if (!check_name(l, path, name, at, is_folder))
        return false;
    if (!is_folder && !wanted(name) && at->ac == NULL)
        return true;
    real = resolve(l, path);
    if (real == NULL)
        return false;
    good = is_folder ? add_subfolder(l, path, name, at) : add_file(l, path, real, at);
    free(real);
    return good;
}

/* Does any of the names tell that there are signers of 2D-DOC? */
static bool
are_twod(struct dirent *const *names, int n)
{
    int i = 0;

    while (i < n && !hp_twod_file_tells(names[i]->d_name))
        i++;
    return i < n;
}

static bool
is_of(const char *name, const char *ac)
{
    return hp_twod_file_of(name) != HP_TWOD_FILE_OTHER && strncmp(name, ac, HP_TWOD_AC) == 0;
}

/* The files of one authority: who vouches before who is vouched for. */
static bool
add_authority(const hp_loader *l, const char *path, const place *at, struct dirent *const *names,
              int n, const char *id)
{
    hp_loader_ac ac = { .crls = NULL };
    place file = *at;
    bool good = true;
    int i;

    file.ac = &ac;
    for (file.twod = HP_TWOD_FILE_AUTHORITY; file.twod <= HP_TWOD_FILE_KEY; file.twod++) {
        for (i = 0; good && i < n; i++) {
            if (is_of(names[i]->d_name, id) && hp_twod_file_of(names[i]->d_name) == file.twod)
                good = add_entry(l, path, names[i]->d_name, &file);
        }
    }
    hp_loader_ac_free(&ac);
    return good;
}

/* All of a folder with such signers; what is none of theirs is as elsewhere. */
static bool
add_twod(const hp_loader *l, const char *path, const place *at, struct dirent *const *names, int n)
{
    bool good = true;
    int i, first;

    for (i = 0; good && i < n; i++) {
        const char *name = names[i]->d_name;

        for (first = 0; first < i && !is_of(names[first]->d_name, name); first++)
            continue;
        if (hp_twod_file_of(name) == HP_TWOD_FILE_OTHER)
            good = add_entry(l, path, name, at);
        else if (first == i)
            good = add_authority(l, path, at, names, n, name);
    }
    return good;
}

/* Does any of the names tell that there are authorities of VDS-NC? */
static bool
are_csca(struct dirent *const *names, int n)
{
    int i = 0;

    while (i < n && !hp_loader_is_csca(names[i]->d_name))
        i++;
    return i < n;
}

/* Their files: who signed the lists before the lists. */
static bool
add_csca(const hp_loader *l, const char *path, const place *at, struct dirent *const *names, int n)
{
    hp_loader_ac all = { .crls = NULL };
    place file = *at;
    bool good = true;
    int i;

    file.csca = CSCA_FILE;
    file.ac = &all;
    file.twod = HP_TWOD_FILE_AUTHORITY;
    for (i = 0; good && i < n; i++) {
        if (hp_loader_is_csca(names[i]->d_name))
            good = add_entry(l, path, names[i]->d_name, &file);
    }
    file.twod = HP_TWOD_FILE_CRL;
    for (i = 0; good && i < n; i++) {
        if (hp_loader_is_csca_crl(names[i]->d_name))
            good = add_entry(l, path, names[i]->d_name, &file);
    }
    hp_loader_ac_free(&all);
    return good;
}

static bool
add_all(const hp_loader *l, const char *path, const place *at, struct dirent *const *names, int n)
{
    bool good = true;
    int i;

    for (i = 0; good && i < n; i++)
        good = add_entry(l, path, names[i]->d_name, at);
    return good;
}

/* In the order of names, so that the same folder always makes the same list. */
static bool
add_folder(const hp_loader *l, const char *path, const place *at)
{
    struct dirent **names = NULL;
    place here = *at;
    bool good;
    int i, n;

    hp_watch_add(l->watch, path, hp_file_stamp(path));
    if (at->depth > DEPTH_MAX)
        return refuse(l, path, "is too deep below the trust folder");
    if (!hp_folder_check(path, l->must, l->error))
        return false;
    n = scandir(path, &names, NULL, alphasort);
    if (n < 0)
        return refuse(l, path, strerror(errno));
    here.csca = !at->authorities && are_csca(names, n) ? CSCA_HERE : CSCA_NONE;
    good = here.csca == CSCA_NONE || add_csca(l, path, at, names, n);
    good = good && (are_twod(names, n) ? add_twod(l, path, &here, names, n)
                                       : add_all(l, path, &here, names, n));
    for (i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return good;
}

/* A folder, by its MANIFEST where there is one. */
static bool
add_top(hp_loader *l, const place *at)
{
    hp_manifest manifest = { .n = 0 };
    hp_bytes text;
    bool good;

    if (!hp_loader_open_manifest(l, &text, &manifest))
        return false;
    good = add_folder(l, l->top, at) && hp_loader_check_others(l);
    l->manifest = NULL;
    hp_manifest_free(&manifest);
    hp_bytes_free(&text);
    return good;
}

/* Why nothing at path can be opened, by errno. */
static hp_trust_added
closed(const hp_loader *l, const char *path, int error)
{
    hp_watch_add(l->watch, path, hp_file_stamp(path));
    refuse(l, path, strerror(error));
    return error == ENOENT || error == ENOTDIR ? HP_TRUST_GONE : HP_TRUST_CLOSED;
}

/* Asked for the effective user: in su and sudo the real one is the caller. */
static hp_trust_added
add_open(hp_loader *l, const char *path)
{
    place at = { .country = "" };
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
    unsigned source = HP_LOADER_NO_SOURCE;
    hp_loader l = { trust, path, root, must, watch, error, &source, NULL };
    hp_trust_added added = add_open(&l, path);

    free(root);
    return added;
}
