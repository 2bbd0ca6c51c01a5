/*
 * Plain lists of withdrawn passes: text, one a line, # and what follows at the start of a line is
 * a comment, lines end with LF or CRLF.  Read as a stream, for a list may have any length.
 *
 *     of hashes   32 or 64 hex digits, or 24 or 44 characters of Base64: the first 16 bytes of a
 *                 SHA-256, or all of it, whose first 16 bytes count (revocation, 5.1 and 5.2)
 *     of UCIs     hashed at once, exactly as they stand; nothing of them is kept or shown, also
 *                 not in errors, and what was read is wiped (revocation, 6.5)
 *
 * A change (--delta) adds lines, and takes out those that begin with "-"; "+" may stand before
 * the others.
 */
#include "revoke/intake.h"

#include "base/hex.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/wipe.h"
#include "codec/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define LINE_MAX_BYTES 256
#define BUFFER         65536
#define MARK           "\xef\xbb\xbf" /* U+FEFF */

typedef struct {
    hp_revoke_job *job;
    const char *path;
    size_t line;     /* number of the one at hand */
    uint32_t batch;
    uint64_t lines;  /* that say something, of all files */
    hp_error *error;
} reader;

/* By its place: the line itself is nobody's business. */
static bool
refuse(const reader *r, const char *what)
{
    hp_error_set(r->error, "%s:%zu: %s", r->path, r->line, what);
    return false;
}

/* ---- one line ------------------------------------------------------------------------------- */

static bool
read_hash(hp_str text, uint8_t key[HP_LISTED])
{
    uint8_t room[HP_BASE64_BYTES(44)];
    size_t n = text.n / 2;
    bool good;

    if (text.n == 32 || text.n == 64)
        good = hp_hex_read(text, room);
    else
        good = (text.n == 24 || text.n == 44) &&
               hp_base64_read(text, HP_BASE64_STANDARD, room, &n) &&
               n == (text.n == 24 ? HP_LISTED : HP_SHA256);
    memcpy(key, room, HP_LISTED);
    return good;
}

bool
hp_revoke_is_uci(hp_str text)
{
    size_t i, points;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] < 0x20 || text.p[i] == 0x7f)
            return false;
    }
    return text.n > 0 && text.n <= HP_REVOKE_UCI_MAX && hp_str_eq(text, hp_str_trim(text)) &&
           hp_utf8_count(text, &points) && !hp_str_starts(text, HP_STR(MARK));
}

static bool
read_key(reader *r, hp_str text, uint8_t key[HP_LISTED])
{
    if (!r->job->plain)
        return read_hash(text, key) ||
               refuse(r, "expected a hash: 32 or 64 hexadecimal digits, or 24 or 44 characters of "
                         "Base64");
    if (!hp_revoke_is_uci(text))
        return refuse(r, "expected a UCI of 1 to 128 characters, without blanks around it, and no "
                         "byte order mark");
    return hp_intake_hash16(r->job, &text, 1, key, r->error);
}

/* Base64 may begin with "+" too: then the whole line has the length of a hash. */
static char
sign_of(const reader *r, hp_str text)
{
    uint8_t key[HP_LISTED];

    if (text.p[0] == '-' || (text.p[0] == '+' && (r->job->plain || !read_hash(text, key))))
        return (char)text.p[0];
    return 0;
}

static bool
take_line(reader *r, hp_str text)
{
    uint8_t key[HP_LISTED];
    char sign;

    if (text.n > 0 && text.p[text.n - 1] == '\r')
        text.n--;
    if (text.n == 0 || text.p[0] == '#')
        return true;
    sign = sign_of(r, text);
    if (sign != 0 && !r->job->delta)
        return refuse(r, "begins with a sign, as lines of a change do: expected --delta");
    if (!read_key(r, sign != 0 ? hp_str_from(text, 1) : text, key))
        return false;
    r->lines++;
    if (sign != '-')
        return hp_intake_put(r->job, r->batch, key, r->error);
    r->job->counts.removed++;
    r->job->fault = !hp_builder_drop(r->job->builder, r->batch, key, r->error);
    return !r->job->fault;
}

/* ---- one file ------------------------------------------------------------------------------- */

/* Takes the whole lines of what is there, and moves the beginning of the next one to the front. */
static bool
take_lines(reader *r, char *buffer, size_t *n, bool last)
{
    size_t at = 0, length;
    const char *end;

    while (at < *n) {
        end = memchr(buffer + at, '\n', *n - at);
        if (end == NULL && !last)
            break;
        length = end != NULL ? (size_t)(end - buffer) - at : *n - at;
        r->line++;
        if (length > LINE_MAX_BYTES)
            return refuse(r, "is longer than any line of such a list");
        if (!take_line(r, (hp_str){ (const uint8_t *)buffer + at, length }))
            return false;
        at += length + (end != NULL);
    }
    memmove(buffer, buffer + at, *n - at);
    *n -= at;
    if (*n <= LINE_MAX_BYTES)
        return true;
    r->line++;
    return refuse(r, "is longer than any line of such a list");
}

static bool
fault(reader *r, const char *what)
{
    r->job->fault = true;
    return hp_intake_refuse(r->error, r->path, what);
}

static bool
read_all(reader *r, int fd, char *buffer)
{
    size_t n = 0;
    ssize_t got;

    do {
        do
            got = read(fd, buffer + n, BUFFER - n);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return fault(r, strerror(errno));
        n += (size_t)got;
        if (!take_lines(r, buffer, &n, got == 0))
            return false;
    } while (got > 0);
    return true;
}

static bool
read_file(reader *r, char *buffer)
{
    hp_stamp stamp;
    int fd = hp_file_open(r->path, 0, SIZE_MAX, &stamp, r->error);
    bool good;

    if (fd < 0) {
        r->job->fault = true;
        return false;
    }
    r->line = 0;
    good = read_all(r, fd, buffer);
    (void)close(fd);
    return good;
}

/* ---- the list ------------------------------------------------------------------------------- */

static bool
read_files(reader *r)
{
    char *buffer = malloc(BUFFER);
    bool good = buffer != NULL || hp_intake_no_memory(r->job, r->error);
    size_t i;

    for (i = 0; good && i < r->job->n_paths; i++) {
        r->path = r->job->paths[i];
        good = read_file(r, buffer);
    }
    if (buffer != NULL)
        hp_wipe(buffer, BUFFER);
    free(buffer);
    return good;
}

/* Changes add to the batch that is there with the same kind and end, or they would pile up. */
static bool
find_batch(reader *r, const hp_batch *like)
{
    uint32_t i, n = hp_builder_batches(r->job->builder);
    const hp_batch *batch;

    for (i = 0; i < n; i++) {
        batch = hp_builder_batch_at(r->job->builder, i);
        if (batch->source == like->source && batch->kind == like->kind &&
            batch->expires == like->expires) {
            r->batch = i;
            return true;
        }
    }
    return hp_intake_add(r->job, like, &r->batch, r->error);
}

/* A whole list of other keys would put what is withdrawn by these out of force. */
static bool
is_same_kind(const hp_revoke_job *job, hp_listed_kind kind, hp_error *error)
{
    uint32_t i, n = job->before != NULL && !job->delta && !job->allow_fewer
                        ? hp_index_batches(job->old) : 0;
    const char *other = NULL;
    hp_batch batch;

    for (i = 0; i < n; i++) {
        if (!hp_index_batch(job->old, i, &batch) || batch.expires <= job->now ||
            hp_index_source(job->old, batch.source) != job->before)
            continue;
        if (batch.kind == kind)
            return true;
        other = hp_listed_word(batch.kind);
    }
    if (other == NULL)
        return true;
    hp_error_set(error, "the list of that name is one of %s, not of %s: give the new one another "
                        "name, or remove the old one first", other, hp_listed_word(kind));
    return false;
}

static bool
read_list(hp_revoke_job *job, hp_error *error)
{
    reader r = { .job = job, .error = error };
    hp_batch batch = hp_intake_batch(job, job->plain ? HP_LISTED_UCI : job->kind, "");

    batch.expires = job->until;
    if (job->until <= job->now) {
        hp_error_set(error, "the list ends before it begins: expected --until with a time to come");
        return false;
    }
    if (!is_same_kind(job, batch.kind, error) || !hp_intake_dated(job, 0, error) ||
        !find_batch(&r, &batch) || !read_files(&r))
        return false;
    if (r.lines > 0 || job->allow_fewer)
        return true;
    hp_error_set(error, "%s: nothing is listed: more often a mistake than meant (--allow-fewer)",
                 job->paths[0]);
    return false;
}

const hp_revoke_importer hp_revoke_list = {
    .name = "list",
    .summary = "plain text, one a line: hashes of one --kind (hexadecimal or Base64, 16 or 32 "
               "bytes), or with --plain the UCIs themselves, which are hashed at once and not kept",
    .heeds = HP_REVOKE_DELTA | HP_REVOKE_KIND,
    .needs_unsigned = true,
    .read = read_list,
};
