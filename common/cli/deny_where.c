/* Which deny list, and how it is changed; see deny_where.h. */
#include "cli/deny_where.h"

#include "cli/cli.h"
#include "policy/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REDIS_MS 3000  /* for each answer */
#define TRIES    500   /* against others who change the list at the same time */
#define PAUSE    5000000 /* nanoseconds between two of them, about */

/* ---- which --------------------------------------------------------------------------------- */

bool
hp_deny_where_file(hp_deny_where *where, const char *path)
{
    *where = (hp_deny_where){ .path = strdup(path) };
    return where->path != NULL;
}

static bool
read_secret(hp_deny_where *where, const char *path, hp_error *error)
{
    if (path == NULL)
        return true;
    where->auth = strdup(path);
    if (where->auth == NULL) {
        hp_error_set(error, "out of memory");
        return false;
    }
    where->place.secret = where->secret = hp_secret_read(path, NULL, error);
    return where->secret != NULL;
}

bool
hp_deny_where_of(hp_deny_where *where, const hp_settings *settings, hp_error *error)
{
    bool good = hp_deny_where_file(where, settings->deny_list);

    if (good && settings->deny_shared != NULL) {
        where->place = settings->deny_place;
        where->shared = strdup(settings->deny_shared);
        where->heard = strdup(settings->deny_heard);
        good = where->shared != NULL && where->heard != NULL;
    }
    if (!good)
        hp_error_set(error, "out of memory");
    return good && (where->shared == NULL || read_secret(where, settings->ledger_auth, error));
}

void
hp_deny_where_free(hp_deny_where *where)
{
    hp_secret_free(where->secret);
    free(where->auth);
    free(where->heard);
    free(where->shared);
    free(where->path);
    *where = (hp_deny_where){ .path = NULL };
}

const char *
hp_deny_where_name(const hp_deny_where *where)
{
    return where->shared != NULL ? where->shared : where->path;
}

/* ---- in Redis ------------------------------------------------------------------------------- */

/* One run against Redis. */
typedef struct {
    const hp_deny_where *where;
    hp_redis *redis;
    hp_crypto *crypto;
    hp_error *error;
} fleet;

hp_redis *
hp_deny_where_open(const hp_deny_where *where, hp_error *error)
{
    hp_error why;
    hp_redis *redis = hp_redis_open(&where->place, REDIS_MS, &why);

    if (redis == NULL)
        hp_error_set(error, "%s; the list there is not reached, and this machine's copy %s is what "
                            "it was", why.text, where->path);
    return redis;
}

static void
fleet_close(fleet *f)
{
    hp_redis_close(f->redis);
    hp_crypto_free(f->crypto);
}

static bool
fleet_open(fleet *f, const hp_deny_where *where, hp_error *error)
{
    *f = (fleet){ .where = where, .error = error, .crypto = hp_crypto_new() };
    if (f->crypto == NULL)
        hp_error_set(error, "no memory, or OpenSSL offers no SHA-256");
    else if ((f->redis = hp_deny_where_open(where, error)) != NULL)
        return true;
    fleet_close(f);
    return false;
}

static bool
ask_snapshot(const fleet *f, hp_snapshot *s)
{
    hp_error why;

    if (hp_shared_read(f->redis, f->crypto, s, &why))
        return true;
    hp_error_set(f->error, "%s; nothing is changed", why.text);
    return false;
}

/* What Redis has, which is not damaged; or it was said what is wrong. */
static bool
read_snapshot(const fleet *f, hp_snapshot *s)
{
    if (!ask_snapshot(f, s))
        return false;
    if (s->state != HP_SHARED_DAMAGED)
        return true;
    hp_error_set(f->error, "%s: %s; nothing is changed, and each machine keeps its copy: "
                 "healthpassctl revoke share puts a whole list there", f->where->shared,
                 s->fault.text);
    hp_snapshot_free(s);
    return false;
}

static hp_deny *
read_shared(const fleet *f)
{
    hp_deny *deny = NULL;
    hp_snapshot s;

    if (!read_snapshot(f, &s))
        return NULL;
    if (s.state == HP_SHARED_NONE)
        hp_error_set(f->error, "%s: holds no deny list; this machine's copy is shown by "
                     "--deny-list %s", f->where->shared, f->where->path);
    else
        deny = hp_deny_read(f->where->shared, (hp_str){ s.text.p, s.text.n }, f->error);
    hp_snapshot_free(&s);
    return deny;
}

hp_deny *
hp_deny_where_read(const hp_deny_where *where, hp_error *error)
{
    hp_deny *deny = NULL;
    fleet f;

    if (where->shared == NULL)
        return hp_deny_file_read(where->path, 0, error);
    if (fleet_open(&f, where, error)) {
        deny = read_shared(&f);
        fleet_close(&f);
    }
    return deny;
}

/* Redis may have come back with a list of last week: what was blocked since would be lost. */
static bool
is_newest(const fleet *f, const hp_edition *copy, const hp_snapshot *s)
{
    if (copy->number < s->version.number || hp_edition_same(copy, &s->version))
        return true;
    hp_error_set(f->error, "%s: holds the list number %ju, and this machine's copy is %s %ju: was "
                 "Redis restored from a backup? Nothing is changed; healthpassctl revoke share "
                 "says which of the two is right", f->where->shared, (uintmax_t)s->version.number,
                 copy->number > s->version.number ? "number" : "another number",
                 (uintmax_t)copy->number);
    return false;
}

/*
 * Where there is no list in Redis, it begins with this machine's copy.  Who has none cannot begin
 * it: the copies of others are of later lists, so that a block would be in force nowhere, until
 * enough of them had made this one the latest, without what all others had blocked.
 */
static bool
take_copy(const fleet *f, hp_blocks *blocks, hp_deny_changed *changed)
{
    hp_deny *deny;
    bool good;

    if (access(f->where->path, F_OK) != 0 && errno == ENOENT) {
        hp_error_set(f->error, "%s: holds no deny list, and this machine has no copy: nothing is "
                     "changed; healthpassctl revoke share --from copy on a machine that has one "
                     "brings the list back, --from nothing begins the first", f->where->shared);
        return false;
    }
    changed->from_copy = true;
    deny = hp_deny_file_read(f->where->path, HP_FILE_OWNED, f->error);
    good = deny != NULL && hp_blocks_take(blocks, deny);
    if (deny != NULL && !good)
        hp_error_set(f->error, "out of memory");
    hp_deny_free(deny);
    return good;
}

static bool
take_snapshot(const fleet *f, const hp_snapshot *s, hp_blocks *blocks)
{
    hp_deny *deny = hp_deny_read(f->where->shared, (hp_str){ s->text.p, s->text.n }, f->error);
    bool good = deny != NULL && hp_blocks_take(blocks, deny);

    if (deny != NULL && !good)
        hp_error_set(f->error, "out of memory");
    hp_deny_free(deny);
    return good;
}

/* The number of the next list: above the one in Redis, and above the copy's. */
static bool
next_version(const fleet *f, const hp_snapshot *s, const hp_edition *copy, hp_str text,
             hp_edition *next)
{
    uint64_t last = s->version.number > copy->number ? s->version.number : copy->number;

    if (last < HP_SHARED_NUMBER && hp_edition_of(f->crypto, last + 1, text, next))
        return true;
    hp_error_set(f->error, "no memory, crypto failed, or the list was changed too often");
    return false;
}

static void
tell_put(const fleet *f, hp_put put)
{
    hp_error why = *f->error;

    if (put == HP_PUT_UNKNOWN)
        hp_error_set(f->error, "%s; whether Redis has the change is not known: try again",
                     why.text);
    else
        hp_error_set(f->error, "%s; nothing is changed", why.text);
}

static hp_put
put_blocks(const fleet *f, const hp_snapshot *s, const hp_edition *copy, const hp_blocks *blocks,
           double now, hp_edition *next)
{
    hp_put put = HP_PUT_FAILED;
    hp_bytes text;

    if (!hp_blocks_text(blocks, f->where->shared, now, &text, f->error))
        return HP_PUT_FAILED;
    if (next_version(f, s, copy, (hp_str){ text.p, text.n }, next)) {
        put = hp_shared_put(f->redis, s, next, (hp_str){ text.p, text.n }, f->error);
        if (put == HP_PUT_FAILED || put == HP_PUT_UNKNOWN)
            tell_put(f, put);
    }
    hp_bytes_free(&text);
    return put;
}

/* What a try is made with. */
typedef struct {
    hp_deny_edit *edit;
    void *context;
    double now;
    hp_deny_changed *changed;
} change;

static hp_put
edit_snapshot(const fleet *f, const hp_snapshot *s, const hp_edition *copy, const change *c)
{
    hp_blocks blocks = { NULL, 0, 0 };
    hp_put put = HP_PUT_FAILED;
    hp_edition next;

    if (s->state == HP_SHARED_NONE ? take_copy(f, &blocks, c->changed)
                                   : is_newest(f, copy, s) && take_snapshot(f, s, &blocks)) {
        c->changed->edit = c->edit(c->context, &blocks);
        if (c->changed->edit == HP_EDIT_WRITE)
            put = put_blocks(f, s, copy, &blocks, c->now, &next);
        else if (c->changed->edit == HP_EDIT_LEAVE)
            put = HP_PUT_DONE;
        else
            hp_error_set(f->error, "out of memory");
    }
    hp_blocks_free(&blocks);
    return put;
}

/* Those who collide must not do so in step. */
static void
pause_a_while(void)
{
    struct timespec t = { 0, 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    t = (struct timespec){ 0, PAUSE / 2 + (t.tv_nsec ^ (long)getpid() * 7919) % PAUSE };
    (void)nanosleep(&t, NULL);
}

/* The note is read before Redis is asked: the copy may be renewed at any time. */
static bool
change_shared(const fleet *f, const change *c)
{
    hp_put put = HP_PUT_RACED;
    hp_edition copy;
    hp_snapshot s;
    int i;

    for (i = 0; i < TRIES && put == HP_PUT_RACED; i++) {
        if (i > 0)
            pause_a_while();
        *c->changed = (hp_deny_changed){ .edit = HP_EDIT_FAILED };
        hp_shared_note(f->where->heard, f->where->shared, &copy);
        if (!read_snapshot(f, &s))
            return false;
        put = edit_snapshot(f, &s, &copy, c);
        hp_snapshot_free(&s);
    }
    if (put == HP_PUT_RACED)
        hp_error_set(f->error, "%s: others change the list without a pause; nothing is changed",
                     f->where->shared);
    return put == HP_PUT_DONE;
}

static bool
replace_shared(const fleet *f, const hp_blocks *blocks, double now, uint64_t *number)
{
    hp_edition copy, next;
    hp_snapshot s;
    hp_put put;

    hp_shared_note(f->where->heard, f->where->shared, &copy);
    if (!ask_snapshot(f, &s))
        return false;
    put = put_blocks(f, &s, &copy, blocks, now, &next);
    hp_snapshot_free(&s);
    if (put == HP_PUT_RACED)
        hp_error_set(f->error, "%s: somebody else changed the list at this moment; nothing is "
                     "changed: look at it, and try again", f->where->shared);
    *number = next.number;
    return put == HP_PUT_DONE;
}

bool
hp_deny_where_replace(const hp_deny_where *where, const hp_blocks *blocks, double now,
                      uint64_t *number, hp_error *error)
{
    bool good;
    fleet f;

    if (!fleet_open(&f, where, error))
        return false;
    good = replace_shared(&f, blocks, now, number);
    fleet_close(&f);
    return good;
}

/* ---- in a file ------------------------------------------------------------------------------ */

static bool
change_file(const hp_deny_where *where, const change *c, hp_error *error)
{
    hp_deny_file file;
    bool good = true;

    if (!hp_deny_file_open(&file, where->path, error))
        return false;
    *c->changed = (hp_deny_changed){ .is_new = file.is_new };
    c->changed->edit = c->edit(c->context, &file.blocks);
    if (c->changed->edit == HP_EDIT_FAILED) {
        hp_error_set(error, "out of memory");
        good = false;
    } else if (c->changed->edit == HP_EDIT_WRITE) {
        good = hp_deny_file_write(&file, c->now, error);
    }
    hp_deny_file_close(&file);
    return good;
}

bool
hp_deny_where_change(const hp_deny_where *where, hp_deny_edit *edit, void *context, double now,
                     hp_deny_changed *changed, hp_error *error)
{
    const change c = { edit, context, now, changed };
    bool good;
    fleet f;

    if (where->shared == NULL)
        return change_file(where, &c, error);
    if (!fleet_open(&f, where, error))
        return false;
    good = change_shared(&f, &c);
    fleet_close(&f);
    return good;
}
