/*
 * Fetches a plain list, which is one file: the stage gets it as "list".  It may be larger than
 * memory, and goes to the disk as it comes; UCIs, which are personal data, only as their hashes
 * (revocation, 6.5).
 */
#include "cli/revoke_fetch.h"

#include "base/hex.h"
#include "base/wipe.h"
#include "revoke/importer.h"

#include <errno.h>

/* ---- UCIs ----------------------------------------------------------------------------------- */

typedef struct {
    hp_crypto *crypto;
    FILE *to;
    size_t line;                      /* number of the one at hand */
    char text[HP_REVOKE_UCI_MAX + 2]; /* what came of it; a carriage return may end it */
    size_t n;
    bool bad; /* it is none that could be hashed */
} hasher;

static bool
hash_text(hasher *h, hp_str text)
{
    uint8_t digest[HP_SHA256];
    char hex[HP_HEX_TEXT(HP_SHA256)];

    if (text.n == 0 || text.p[0] == '#')
        return true;
    h->bad = !hp_revoke_is_uci(text) || !hp_sha256(h->crypto, &text, 1, digest);
    if (h->bad)
        return false;
    hp_hex_write((hp_str){ digest, sizeof(digest) }, hex);
    return fprintf(h->to, "%s\n", hex) > 0;
}

static bool
end_line(hasher *h)
{
    hp_str text = { (const uint8_t *)h->text, h->n };
    bool good;

    h->line++;
    if (text.n > 0 && text.p[text.n - 1] == '\r')
        text.n--;
    good = hash_text(h, text);
    hp_wipe(h->text, sizeof(h->text));
    h->n = 0;
    return good;
}

/* A comment may be of any length. */
static bool
add_byte(hasher *h, char c)
{
    if (c == '\n')
        return end_line(h);
    if (h->n < sizeof(h->text))
        h->text[h->n++] = c;
    h->bad = h->n == sizeof(h->text) && h->text[0] != '#';
    h->line += h->bad;
    return !h->bad;
}

static ssize_t
take_bytes(void *context, const char *bytes, size_t n)
{
    hasher *h = context;
    size_t i;

    for (i = 0; i < n; i++) {
        if (!add_byte(h, bytes[i])) {
            errno = h->bad ? EILSEQ : errno;
            return 0;
        }
    }
    return (ssize_t)n;
}

/* ---- the list ------------------------------------------------------------------------------- */

static bool
get_list(hp_revoke_fetch *f, FILE *to, hp_fetched *got, hp_error *error)
{
    hp_fetch_ask ask = hp_revoke_ask(f);

    ask.to = to;
    if (f->known != NULL && !f->whole) {
        ask.etag = f->known->etag;
        ask.modified = f->known->modified;
    }
    return hp_revoke_get(f, &ask, "", got, error);
}

/* Unbuffered: no identifier stays in a buffer that nobody wipes. */
static bool
get_hashed(hp_revoke_fetch *f, FILE *to, hp_fetched *got, hp_error *error)
{
    hasher h = { .crypto = f->crypto, .to = to };
    FILE *through = fopencookie(&h, "w", (cookie_io_functions_t){ .write = take_bytes });
    bool good;

    if (through == NULL)
        return hp_revoke_no_room(f, error);
    setbuf(through, NULL);
    good = get_list(f, through, got, error);
    if (good && h.n > 0)
        good = end_line(&h) || hp_revoke_blame(f, strerror(errno), error);
    (void)fclose(through);
    hp_wipe(h.text, sizeof(h.text));
    if (h.bad)
        hp_error_set(error, "%.*s: line %zu: expected a UCI of 1 to %d characters, without blanks "
                            "around it, and no byte order mark", (int)strcspn(f->feed->url, "?#"),
                     f->feed->url, h.line, HP_REVOKE_UCI_MAX);
    return good;
}

bool
hp_revoke_fetch_plain(hp_revoke_fetch *f, hp_error *error)
{
    FILE *to = hp_stage_create(f->stage, error);
    hp_fetched got;
    bool good;

    f->fault = to == NULL;
    if (to == NULL)
        return false;
    good = f->feed->plain ? get_hashed(f, to, &got, error) : get_list(f, to, &got, error);
    if (!good) {
        f->fault = f->fault || ferror(to) != 0;
        (void)fclose(to);
        return false;
    }
    f->same = got.same;
    memcpy(f->etag, got.etag, sizeof(f->etag));
    memcpy(f->modified, got.modified, sizeof(f->modified));
    f->fault = !hp_stage_finish(f->stage, to, "list", error);
    return !f->fault;
}
