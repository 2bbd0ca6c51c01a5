/* What a trust folder is meant to hold; see manifest.h. */
#include "check/manifest.h"

#include "base/hex.h"
#include "base/time.h"
#include "codec/base64.h"
#include "crypto/cms.h"

#include <limits.h>
#include <stdlib.h>
#include <strings.h>

#define DIGEST_TEXT (2 * HP_SHA256) /* hexadecimal digits of a line */

/* The line that is read. */
typedef struct {
    const char *path;
    size_t number;
    hp_manifest *manifest;
    hp_error *error;
} reader;

static bool
refuse(const reader *r, const char *what)
{
    hp_error_set(r->error, "%s:%zu: %s", r->path, r->number, what);
    return false;
}

/* ---- headers ------------------------------------------------------------------------------ */

static bool
read_moment(const reader *r, hp_str value, double *to)
{
    if (*to != 0)
        return refuse(r, "says it twice");
    return (hp_time_read(value, false, to) && *to > 0) ||
           refuse(r, "expected an RFC 3339 time, as 2026-12-05T10:00:00Z");
}

static bool
read_env(const reader *r, hp_str value)
{
    char name[8] = "";

    if (r->manifest->has_env)
        return refuse(r, "says it twice");
    if (value.n < sizeof(name))
        memcpy(name, value.p, value.n);
    r->manifest->has_env = hp_env_read(name, &r->manifest->env);
    return r->manifest->has_env || refuse(r, "expected prod, uat or dev");
}

static size_t
skip_blanks(hp_str line, size_t i)
{
    while (i < line.n && (line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\r'))
        i++;
    return i;
}

/* Is its first word, whatever stands around it, that of a header? */
static bool
has_header_word(hp_str line)
{
    static const char *const names[] = { "issued", "expires", "environment" };
    const hp_str word = hp_str_from(line, skip_blanks(line, 1));
    size_t i, n = 0;

    while (n < word.n && (word.p[n] | 0x20) >= 'a' && (word.p[n] | 0x20) <= 'z')
        n++;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (n == strlen(names[i]) && strncasecmp((const char *)word.p, names[i], n) == 0)
            return true;
    }
    return false;
}

/* "# word:", with or without blanks around the word. */
static bool
has_colon(hp_str line)
{
    size_t from = skip_blanks(line, 1), to = from;

    while (to < line.n && memchr(" \t\r:", line.p[to], 4) == NULL)
        to++;
    to = to > from ? skip_blanks(line, to) : line.n;
    return to < line.n && line.p[to] == ':';
}

/*
 * A comment is anybody's words, unless it looks like a header: "# word:", or a header's word in
 * front.  A misspelt header must not be passed over: it would be an end that never comes, or
 * another environment.
 */
static bool
read_comment(const reader *r, hp_str line)
{
    const hp_str issued = HP_STR("# issued: "), expires = HP_STR("# expires: "),
                 environment = HP_STR("# environment: ");

    if (hp_str_starts(line, issued))
        return read_moment(r, hp_str_from(line, issued.n), &r->manifest->issued);
    if (hp_str_starts(line, expires))
        return read_moment(r, hp_str_from(line, expires.n), &r->manifest->expires);
    if (hp_str_starts(line, environment))
        return read_env(r, hp_str_from(line, environment.n));
    return (!has_header_word(line) && !has_colon(line)) ||
           refuse(r, "is no header, expected \"# issued: \", \"# expires: \" or "
                     "\"# environment: \"");
}

/* ---- files -------------------------------------------------------------------------------- */

/* Is one part between slashes a name, and not "", "." or ".."? */
static bool
is_name(hp_str part)
{
    return part.n > 0 && !hp_str_eq(part, HP_STR(".")) && !hp_str_eq(part, HP_STR(".."));
}

static bool
check_path(const reader *r, hp_str path)
{
    size_t i, from = 0;

    if (path.n == 0 || path.n >= PATH_MAX)
        return refuse(r, "has no path, or one that is too long");
    if (path.p[0] == '/')
        return refuse(r, "has an absolute path, expected one that is relative to the folder");
    for (i = 0; i <= path.n; i++) {
        if (i < path.n && (path.p[i] < ' ' || path.p[i] == 0x7f || path.p[i] == '\\'))
            return refuse(r, "has a path with a backslash or a control character");
        if (i < path.n && path.p[i] != '/')
            continue;
        if (!is_name((hp_str){ path.p + from, i - from }))
            return refuse(r, "has a path with an empty part, \".\" or \"..\" in it");
        from = i + 1;
    }
    return true;
}

/* "HEX  PATH", or " *PATH" for sha256sum --binary; find(1) writes paths with "./" in front. */
static bool
read_file(const reader *r, hp_str line)
{
    hp_manifest *m = r->manifest;
    hp_manifest_file *file = &m->files[m->n];

    if (line.p[0] == '\\')
        return refuse(r, "names a file with a backslash or line break in its name, expected "
                         "another name");
    if (line.n < DIGEST_TEXT + 2 || !hp_hex_read((hp_str){ line.p, DIGEST_TEXT }, file->digest) ||
        line.p[DIGEST_TEXT] != ' ' ||
        (line.p[DIGEST_TEXT + 1] != ' ' && line.p[DIGEST_TEXT + 1] != '*'))
        return refuse(r, "expected a SHA-256 in hexadecimal, two blanks and a path, as sha256sum "
                         "writes them");
    file->path = hp_str_from(line, DIGEST_TEXT + 2);
    if (hp_str_starts(file->path, HP_STR("./")))
        file->path = hp_str_from(file->path, 2);
    file->seen = false;
    m->n++;
    return check_path(r, file->path);
}

static bool
read_line(const reader *r, hp_str line)
{
    if (line.n == 0)
        return true;
    if (line.p[0] == '#')
        return read_comment(r, line);
    if (r->manifest->n == HP_MANIFEST_FILES)
        return refuse(r, "is one file too many, expected at most 20000");
    return read_file(r, line);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static int
path_order(hp_str a, hp_str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int
by_path(const void *a, const void *b)
{
    const hp_manifest_file *one = a, *other = b;

    return path_order(one->path, other->path);
}

static size_t
lines_of(hp_str text)
{
    const uint8_t *p = text.p, *end = text.p + text.n;
    size_t n = 1;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        p++;
    }
    return n;
}

static bool
read_lines(reader *r, hp_str text)
{
    const uint8_t *end;
    hp_str line;

    while (text.n > 0) {
        r->number++;
        end = memchr(text.p, '\n', text.n);
        if (end == NULL)
            return refuse(r, "is cut: it has no line end");
        line = (hp_str){ text.p, (size_t)(end - text.p) };
        if (!read_line(r, line))
            return false;
        text = hp_str_from(text, line.n + 1);
    }
    return true;
}

static bool
check_whole(const char *path, const hp_manifest *m, hp_error *error)
{
    size_t i;

    if (m->expires > 0 && m->expires <= m->issued) {
        hp_error_set(error, "%s: expires before it is issued", path);
        return false;
    }
    for (i = 1; i < m->n; i++) {
        if (by_path(&m->files[i - 1], &m->files[i]) == 0) {
            hp_error_set(error, "%s: lists %.*s twice", path, (int)m->files[i].path.n,
                         (const char *)m->files[i].path.p);
            return false;
        }
    }
    return true;
}

bool
hp_manifest_read(const char *path, hp_str text, hp_manifest *manifest, hp_error *error)
{
    reader r = { path, 0, manifest, error };
    size_t room = lines_of(text);
    bool good;

    *manifest = (hp_manifest){ .n = 0 };
    if (room > HP_MANIFEST_FILES)
        room = HP_MANIFEST_FILES;
    manifest->files = calloc(room, sizeof(*manifest->files));
    if (manifest->files == NULL) {
        hp_error_set(error, "%s: no memory", path);
        return false;
    }
    good = read_lines(&r, text);
    if (good) {
        qsort(manifest->files, manifest->n, sizeof(*manifest->files), by_path);
        good = check_whole(path, manifest, error);
    }
    if (!good)
        hp_manifest_free(manifest);
    return good;
}

void
hp_manifest_free(hp_manifest *manifest)
{
    free(manifest->files);
    *manifest = (hp_manifest){ .n = 0 };
}

hp_manifest_says
hp_manifest_check(hp_manifest *manifest, hp_crypto *crypto, const char *path, hp_str bytes)
{
    hp_manifest_file wanted = { .path = hp_str_of(path) }, *file;
    uint8_t digest[HP_SHA256];

    file = bsearch(&wanted, manifest->files, manifest->n, sizeof(wanted), by_path);
    if (file == NULL)
        return HP_MANIFEST_UNLISTED;
    file->seen = true;
    return hp_sha256(crypto, &bytes, 1, digest) && memcmp(digest, file->digest, HP_SHA256) == 0
               ? HP_MANIFEST_AGREES : HP_MANIFEST_DIFFERS;
}

/* ---- its signature ------------------------------------------------------------------------ */

/* CMS names its signer by certificate, so that bare keys cannot have made one. */
static bool
is_cms_of(hp_crypto *crypto, const hp_pin *key, hp_str text, hp_str signature)
{
    hp_str cert = hp_pin_cert(key);
    hp_error error;
    hp_cms cms;

    if (cert.n == 0 || !hp_cms_verify(crypto, signature, text, &cert, 1, &cms, &error))
        return false;
    hp_bytes_free(&cms.content);
    return true;
}

static bool
is_by(hp_crypto *crypto, const hp_pin *key, hp_str text, hp_str signature)
{
    return hp_pin_verify(key, HP_HASH_SHA256, text, signature) ||
           hp_pin_verify(key, HP_HASH_SHA384, text, signature) ||
           hp_pin_verify(key, HP_HASH_SHA512, text, signature) ||
           is_cms_of(crypto, key, text, signature);
}

static bool
is_by_any(hp_crypto *crypto, const hp_manifest_terms *terms, hp_str text, hp_str signature,
          uint8_t signer[HP_SHA256])
{
    size_t i = 0;

    while (i < terms->n_keys && !is_by(crypto, terms->keys[i], text, signature))
        i++;
    if (i < terms->n_keys)
        hp_pin_fingerprint(terms->keys[i], signer);
    return i < terms->n_keys;
}

/* Leaves of a text what stands between lines that begin with "-----", without white space. */
static size_t
strip(hp_str text, uint8_t *to)
{
    bool skip = false, start = true;
    size_t i, n = 0;

    for (i = 0; i < text.n; i++) {
        if (start)
            skip = hp_str_starts(hp_str_from(text, i), HP_STR("-----"));
        start = text.p[i] == '\n';
        if (!skip && memchr(" \t\r\n", text.p[i], 4) == NULL)
            to[n++] = text.p[i];
    }
    return n;
}

bool
hp_manifest_signed(hp_crypto *crypto, const hp_manifest_terms *terms, hp_str text,
                   hp_str signature, uint8_t signer[HP_SHA256])
{
    uint8_t *base64, *bytes;
    size_t n;
    bool good;

    if (is_by_any(crypto, terms, text, signature, signer))
        return true;
    base64 = malloc(signature.n + 1);
    bytes = malloc(HP_BASE64_BYTES(signature.n));
    good = base64 != NULL && bytes != NULL &&
           hp_base64_read((hp_str){ base64, strip(signature, base64) }, HP_BASE64_STANDARD, bytes,
                          &n) &&
           is_by_any(crypto, terms, text, (hp_str){ bytes, n }, signer);
    free(base64);
    free(bytes);
    return good;
}
