/* The deny list of a fleet in Redis; see shared.h. */
#include "cli/shared.h"

#include "base/hex.h"
#include "check/deny.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdlib.h>

#define DIGITS    15  /* of a version's number */
#define NOTE_MAX  512 /* bytes */
#define NOTE_MODE 0644

/* ---- versions -------------------------------------------------------------------------- */

static bool
read_number(hp_str text, uint64_t *number)
{
    size_t i;

    *number = 0;
    for (i = 0; i < text.n && i <= DIGITS; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text.p[i] - '0');
    }
    return text.n > 0 && text.n <= DIGITS && text.p[0] != '0';
}

bool
hp_edition_read(hp_str text, hp_edition *version)
{
    const uint8_t *dash = text.n > 0 ? memchr(text.p, '-', text.n) : NULL;
    size_t n = dash != NULL ? (size_t)(dash - text.p) : 0;

    *version = (hp_edition){ .number = 0 };
    if (dash != NULL && text.n - n - 1 == 2 * HP_EDITION_DIGEST &&
        hp_hex_read(hp_str_from(text, n + 1), version->digest) &&
        read_number((hp_str){ text.p, n }, &version->number))
        return true;
    version->number = 0;
    return false;
}

void
hp_edition_write(const hp_edition *version, char text[HP_EDITION_TEXT])
{
    char digest[HP_HEX_TEXT(HP_EDITION_DIGEST)];

    hp_hex_write((hp_str){ version->digest, HP_EDITION_DIGEST }, digest);
    (void)snprintf(text, HP_EDITION_TEXT, "%" PRIu64 "-%s", version->number, digest);
}

bool
hp_edition_of(hp_crypto *crypto, uint64_t number, hp_str text, hp_edition *version)
{
    uint8_t digest[HP_SHA256];

    if (!hp_sha256(crypto, &text, 1, digest))
        return false;
    version->number = number;
    memcpy(version->digest, digest, HP_EDITION_DIGEST);
    return true;
}

bool
hp_edition_same(const hp_edition *one, const hp_edition *other)
{
    return one->number == other->number &&
           memcmp(one->digest, other->digest, HP_EDITION_DIGEST) == 0;
}

/* ---- reading ----------------------------------------------------------------------------- */

void
hp_snapshot_free(hp_snapshot *snapshot)
{
    hp_bytes_free(&snapshot->text);
}

static bool
is_list(hp_str text, hp_error *fault)
{
    hp_deny *deny = hp_deny_read(HP_SHARED_KEY, text, fault);

    hp_deny_free(deny);
    return deny != NULL;
}

/* Of texts that are both there. */
static hp_shared_state
judge(hp_crypto *crypto, hp_str list, hp_str version, hp_snapshot *s)
{
    hp_edition found;

    if (!hp_edition_read(version, &s->version))
        hp_error_set(&s->fault, HP_SHARED_VERSION ": is no version");
    else if (!hp_edition_of(crypto, s->version.number, list, &found))
        hp_error_set(&s->fault, "no memory, or crypto failed");
    else if (!hp_edition_same(&found, &s->version))
        hp_error_set(&s->fault, HP_SHARED_KEY ": is not the list that " HP_SHARED_VERSION
                     " is of: only healthpassctl may write them");
    else if (is_list(list, &s->fault))
        return HP_SHARED_WHOLE;
    return HP_SHARED_DAMAGED;
}

/* An answer that is no list of two texts or nothings is nothing that MGET says. */
static bool
is_pair(const hp_redis_value *v)
{
    return v->kind == HP_REDIS_LIST && v->n == 2;
}

static bool
take(hp_crypto *crypto, const hp_redis_value *list, const hp_redis_value *version,
     hp_snapshot *s)
{
    if (list->kind == HP_REDIS_NIL && version->kind == HP_REDIS_NIL) {
        s->state = HP_SHARED_NONE;
        return true;
    }
    s->raw_n = version->text.n < sizeof(s->raw) ? version->text.n : sizeof(s->raw);
    if (s->raw_n > 0)
        memcpy(s->raw, version->text.p, s->raw_n);
    s->state = HP_SHARED_DAMAGED;
    if (list->kind != HP_REDIS_TEXT || version->kind != HP_REDIS_TEXT)
        hp_error_set(&s->fault, "only one of " HP_SHARED_KEY " and " HP_SHARED_VERSION
                     " is there");
    else
        s->state = judge(crypto, list->text, version->text, s);
    if (s->state != HP_SHARED_WHOLE)
        return true;
    s->text = (hp_bytes){ malloc(list->text.n), list->text.n };
    if (s->text.p != NULL)
        memcpy(s->text.p, list->text.p, list->text.n);
    return s->text.p != NULL;
}

bool
hp_shared_read(hp_redis *redis, hp_crypto *crypto, hp_snapshot *snapshot, hp_error *error)
{
    const hp_str words[] = { HP_STR("MGET"), HP_STR(HP_SHARED_KEY), HP_STR(HP_SHARED_VERSION) };
    const hp_redis_value *v = hp_redis_command(redis, words, 3, error);

    *snapshot = (hp_snapshot){ .state = HP_SHARED_NONE };
    if (v == NULL)
        return false;
    if (is_pair(v) && take(crypto, v->items[0], v->items[1], snapshot))
        return true;
    hp_error_set(error, is_pair(v) ? "no memory" : "Redis does not answer MGET with two values");
    return false;
}

bool
hp_shared_is(hp_redis *redis, const hp_edition *version, bool *same, hp_error *error)
{
    const hp_str words[] = { HP_STR("GET"), HP_STR(HP_SHARED_VERSION) };
    const hp_redis_value *v = hp_redis_command(redis, words, 2, error);
    hp_edition there;

    *same = v != NULL && v->kind == HP_REDIS_TEXT && hp_edition_read(v->text, &there) &&
            hp_edition_same(&there, version);
    return v != NULL;
}

/* ---- writing ----------------------------------------------------------------------------- */

/*
 * Compare, set and tell are one: no writer loses what another one added.  Redis takes nothing back
 * when a script fails: PUBLISH, which a user may not be allowed to, comes before what it tells of;
 * nobody is answered before the end.  Of a version that is none only its beginning is compared.
 */
static const char script[] =
    "if (redis.call('GET', KEYS[2]) or ''):sub(1, 40) ~= ARGV[1] then return 0 end "
    "redis.call('PUBLISH', KEYS[1], ARGV[3]) "
    "redis.call('SET', KEYS[1], ARGV[2]) "
    "redis.call('SET', KEYS[2], ARGV[3]) "
    "return 1";
_Static_assert(sizeof(((hp_snapshot *)NULL)->raw) == 40, "what the script compares");

hp_put
hp_shared_put(hp_redis *redis, const hp_snapshot *before, const hp_edition *version, hp_str text,
              hp_error *error)
{
    char next[HP_EDITION_TEXT];
    hp_str words[] = { HP_STR("EVAL"), HP_STR(script), HP_STR("2"), HP_STR(HP_SHARED_KEY),
                       HP_STR(HP_SHARED_VERSION),
                       { (const uint8_t *)before->raw, before->raw_n }, text,
                       { (const uint8_t *)next, 0 } };
    const hp_redis_value *v;

    if (text.n > HP_SHARED_MAX) {
        hp_error_set(error, "the list has %zu bytes, expected at most %u of one in Redis", text.n,
                     HP_SHARED_MAX);
        return HP_PUT_FAILED;
    }
    hp_edition_write(version, next);
    words[7].n = strlen(next);
    v = hp_redis_command(redis, words, sizeof(words) / sizeof(words[0]), error);
    if (v == NULL)
        return hp_redis_lost(redis) ? HP_PUT_UNKNOWN : HP_PUT_FAILED;
    return v->number == 1 ? HP_PUT_DONE : HP_PUT_RACED;
}

/* ---- the note ---------------------------------------------------------------------------- */

/* One line: the version, a blank, the place. */
void
hp_shared_note(const char *path, const char *place, hp_edition *version)
{
    hp_bytes note;
    hp_str text;
    const uint8_t *blank;

    *version = (hp_edition){ .number = 0 };
    if (!hp_file_read(path, HP_FILE_OWNED, NOTE_MAX, &note, NULL, NULL))
        return;
    text = hp_str_trim((hp_str){ note.p, note.n });
    blank = text.n > 0 ? memchr(text.p, ' ', text.n) : NULL;
    if (blank != NULL &&
        hp_str_eq(hp_str_from(text, (size_t)(blank + 1 - text.p)), hp_str_of(place)))
        (void)hp_edition_read((hp_str){ text.p, (size_t)(blank - text.p) }, version);
    hp_bytes_free(&note);
}

bool
hp_shared_write_note(const char *path, const char *place, const hp_edition *version)
{
    char text[NOTE_MAX], of[HP_EDITION_TEXT];
    int n;

    hp_edition_write(version, of);
    n = snprintf(text, sizeof(text), "%s %s\n", of, place);
    return n > 0 && (size_t)n < sizeof(text) && hp_cli_renew(path, NOTE_MODE, text, (size_t)n);
}
