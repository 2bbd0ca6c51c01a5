/*
 * Takes lists into a store, and out of it; see trust.h.
 *
 * The list is read first, without a lock: that takes long, and changes nothing.  Then, under
 * the lock, the old store is read, judged against and replaced by rename.
 */
#include "cli/trust.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/store.h"
#include "cli/cli.h"
#include "cli/lock.h"

#include <errno.h>
#include <sys/stat.h>

#define STORE_MODE 0644 /* gates read it as other users; it holds no secret */

/* A store that nobody else replaces meanwhile. */
typedef struct {
    hp_crypto *crypto;
    const char *path;
    hp_lock lock;
} locked;

static bool
fail(const char *path, hp_error *error)
{
    hp_error_set(error, "%s: %s", path, strerror(errno));
    return false;
}

/* Waits: another run is done in milliseconds. */
static bool
lock(locked *l, hp_crypto *crypto, const char *store, hp_error *error)
{
    *l = (locked){ .crypto = crypto, .path = store };
    return hp_lock_take(&l->lock, store, HP_LOCK_FOR_EVER, error);
}

static void
unlock(locked *l)
{
    hp_lock_drop(&l->lock);
}

/* ---- reading and writing -------------------------------------------------------------------- */

static bool
read_bytes(hp_crypto *crypto, const char *store, bool to_write, hp_str bytes, hp_records *list,
           hp_error *error)
{
    if (!hp_store_read(crypto, store, bytes, list, error))
        return false;
    if (!to_write || hp_store_format(bytes) <= HP_STORE_FORMAT)
        return true;
    hp_error_set(error, "%s: was written by a newer healthpass (format %u, this build knows %d): "
                 "change it with that one", store, hp_store_format(bytes), HP_STORE_FORMAT);
    return false;
}

bool
hp_trust_read(hp_crypto *crypto, const char *store, bool to_write, hp_records *list,
              hp_error *error)
{
    hp_bytes bytes;
    hp_str borrowed;
    bool good;

    *list = (hp_records){ .env = HP_ENV_PROD };
    if (!hp_file_read(store, to_write ? HP_FILE_OWNED : 0, HP_STORE_MAX, &bytes, NULL, error))
        return false;
    borrowed = (hp_str){ bytes.p, bytes.n };
    good = hp_records_adopt(list, &bytes);
    if (!good)
        hp_error_set(error, "%s: no memory", store);
    if (good && read_bytes(crypto, store, to_write, borrowed, list, error))
        return true;
    hp_records_free(list);
    return false;
}

/* No store yet is an empty one, of the environment that is asked for. */
static bool
read_old(const locked *l, hp_env env, hp_records *list, hp_error *error)
{
    struct stat st;

    *list = (hp_records){ .env = env };
    if (lstat(l->path, &st) == 0)
        return hp_trust_read(l->crypto, l->path, true, list, error);
    return errno == ENOENT || fail(l->path, error);
}

/* What cannot be replaced stands where the new store is made: a folder. */
static bool
fail_new(const locked *l, hp_error *error)
{
    if (errno != EEXIST)
        return fail(l->path, error);
    hp_error_set(error, "%s.new: is a folder where the new store is to be made, expected nothing: "
                 "take it away", l->path);
    return false;
}

static bool
write_new(const locked *l, const hp_records *list, hp_error *error)
{
    hp_bytes bytes;
    bool ok;

    if (!hp_store_write(l->crypto, list, hp_cli_now(), &bytes, error))
        return false;
    ok = hp_cli_replace(l->path, STORE_MODE, bytes.p, bytes.n) || fail_new(l, error);
    hp_bytes_free(&bytes);
    return ok && hp_lock_flush(&l->lock, error);
}

/* ---- sources -------------------------------------------------------------------------------- */

void
hp_trust_keep(hp_records *list, bool (*keep)(const void *context, const hp_source *source),
              const void *context)
{
    unsigned place[HP_SOURCES_MAX] = { 0 }, sources = 0;
    bool kept[HP_SOURCES_MAX] = { false };
    size_t i, n = 0;

    for (i = 0; i < list->n_sources; i++) {
        kept[i] = keep(context, &list->sources[i]);
        place[i] = sources;
        if (kept[i])
            list->sources[sources++] = list->sources[i];
    }
    list->n_sources = sources;
    for (i = 0; i < list->n; i++) {
        unsigned from = list->all[i].source;

        if (!kept[from])
            continue;
        list->all[n] = list->all[i];
        list->all[n++].source = place[from];
    }
    list->n = n;
}

static bool
is_other(const void *name, const hp_source *source)
{
    return strcmp(name, source->name) != 0;
}

static const hp_source *
find(const hp_records *list, const char *name)
{
    size_t i;

    for (i = 0; i < list->n_sources; i++) {
        if (strcmp(list->sources[i].name, name) == 0)
            return &list->sources[i];
    }
    return NULL;
}

/* ---- the parts of a list ------------------------------------------------------------------- */

/* How many there are of what the record tells of, in that source, that are not older? */
static size_t
count_since(const hp_records *list, size_t source, const hp_record *record)
{
    size_t i, n = 0;

    for (i = 0; i < list->n; i++)
        n += list->all[i].source == source && hp_record_order(&list->all[i], record) == 0 &&
             list->all[i].valid.from >= record->valid.from;
    return n;
}

static bool
refuse_part(const locked *l, const hp_record *part, hp_error *error)
{
    char from[HP_TIME_TEXT], kid[HP_HEX_TEXT(HP_KID_MAX)];

    hp_time_write(part->valid.from, from);
    hp_hex_write(part->kid, kid);
    if (part->role == HP_ROLE_DOCUMENT)
        hp_error_set(error, "%s: the list in force has the document %.*s of %s; it must be in the "
                     "new one too, and not be older, or keys that were taken out could come back",
                     l->path, (int)part->issuer.n, (const char *)part->issuer.p, from);
    else
        hp_error_set(error, "%s: the list in force has a CRL of %s by the authority whose name has "
                     "the id %s; one must be in the new list too, and not be older, or "
                     "certificates that were taken back could be good again", l->path, from, kid);
    return false;
}

/*
 * The time of a list made of parts is that of one of them: the others must not go back behind
 * it, nor stay away.
 */
static bool
parts_follow(const locked *l, const hp_records *fresh, const hp_records *old, size_t source,
             hp_error *error)
{
    size_t i;

    for (i = 0; i < old->n; i++) {
        const hp_record *part = &old->all[i];

        if (part->source != source || hp_record_is_key(part))
            continue;
        if (count_since(fresh, 0, part) < count_since(old, source, part))
            return refuse_part(l, part, error);
    }
    return true;
}

/* ---- taking in ------------------------------------------------------------------------------ */

/* May the fresh list come into this store at all, and where its forerunner stood? */
static bool
may_follow(const locked *l, const hp_take *take, const hp_records *fresh,
           const hp_records *list, hp_error *error)
{
    const hp_source *old = find(list, take->terms->name);
    hp_standing is, was;

    if (list->env != take->terms->env) {
        hp_error_set(error, "%s: holds keys of %s, and the list is said to be of %s: they never "
                     "mix; use another store", l->path, hp_env_name(list->env),
                     hp_env_name(take->terms->env));
        return false;
    }
    if (old == NULL)
        return true;
    if (strcmp(old->feed, take->feed->name) != 0) {
        hp_error_set(error, "%s: %s is a list of %s, not of %s: give the new one another name, "
                     "or remove the old one first", l->path, old->name, old->feed,
                     take->feed->name);
        return false;
    }
    is = hp_import_standing(fresh, 0);
    was = hp_import_standing(list, (size_t)(old - list->sources));
    return hp_import_succeeds(&is, &was, take->allow_older, take->allow_fewer, error) &&
           (take->allow_older ||
            parts_follow(l, fresh, list, (size_t)(old - list->sources), error));
}

static hp_took
replace(const locked *l, const hp_take *take, hp_records *fresh, hp_records *now,
        hp_error *error)
{
    if (!read_old(l, take->terms->env, now, error))
        return HP_TOOK_FAULT;
    if (!may_follow(l, take, fresh, now, error))
        return HP_TOOK_REFUSED;
    hp_trust_keep(now, is_other, take->terms->name);
    if (!hp_records_join(now, fresh)) {
        hp_error_set(error, "%s: would hold more than %d keys or %d lists, or there is no memory",
                     l->path, HP_TRUST_KEYS_MAX, HP_SOURCES_MAX);
        return HP_TOOK_REFUSED;
    }
    return write_new(l, now, error) ? HP_TOOK : HP_TOOK_FAULT;
}

hp_took
hp_trust_take(const char *store, const hp_take *take, hp_records *now, size_t *source,
              hp_error *error)
{
    hp_import import = { .terms = take->terms, .told = take->told, .context = take->context };
    hp_took took = HP_TOOK_FAULT;
    locked l;

    *now = (hp_records){ .env = take->terms->env };
    if (!hp_import_run(take->feed, take->input, &import, error))
        return HP_TOOK_REFUSED;
    import.records.sources[0].max_age = take->max_age;
    if (lock(&l, take->terms->crypto, store, error)) {
        took = replace(&l, take, &import.records, now, error);
        unlock(&l);
    }
    hp_records_free(&import.records);
    if (took != HP_TOOK) {
        hp_records_free(now);
        return took;
    }
    *source = now->n_sources - 1;
    return took;
}

/* ---- seen unchanged ------------------------------------------------------------------------- */

static hp_took
date_anew(const locked *l, const hp_source *seen, double when, hp_records *now, hp_error *error)
{
    size_t i = 0;

    if (!hp_trust_read(l->crypto, l->path, true, now, error))
        return HP_TOOK_FAULT;
    while (i < now->n_sources && strcmp(now->sources[i].name, seen->name) != 0)
        i++;
    if (i == now->n_sources) {
        hp_error_set(error, "%s: holds no list named %s", l->path, seen->name);
        return HP_TOOK_REFUSED;
    }
    /* Another run may have taken in another list while the publisher was asked. */
    if (memcmp(now->sources[i].digest, seen->digest, HP_SHA256) != 0) {
        hp_error_set(error, "%s: holds another list named %s than the one that was seen", l->path,
                     seen->name);
        return HP_TOOK_REFUSED;
    }
    now->sources[i].dated = when;
    return write_new(l, now, error) ? HP_TOOK : HP_TOOK_FAULT;
}

hp_took
hp_trust_confirm(hp_crypto *crypto, const char *store, const hp_source *seen, double when,
                 hp_records *now, hp_error *error)
{
    hp_took took = HP_TOOK_FAULT;
    locked l;

    *now = (hp_records){ .env = HP_ENV_PROD };
    if (lock(&l, crypto, store, error)) {
        took = date_anew(&l, seen, when, now, error);
        unlock(&l);
    }
    if (took != HP_TOOK)
        hp_records_free(now);
    return took;
}

/* ---- taking out ----------------------------------------------------------------------------- */

static hp_took
take_out(const locked *l, const char *name, hp_error *error)
{
    hp_took took = HP_TOOK_FAULT;
    hp_records list;

    if (!hp_trust_read(l->crypto, l->path, true, &list, error))
        return took;
    if (find(&list, name) == NULL) {
        hp_error_set(error, "%s: holds no list named %s", l->path, name);
        took = HP_TOOK_REFUSED;
    } else {
        hp_trust_keep(&list, is_other, name);
        if (write_new(l, &list, error))
            took = HP_TOOK;
    }
    hp_records_free(&list);
    return took;
}

hp_took
hp_trust_remove(hp_crypto *crypto, const char *store, const char *name, hp_error *error)
{
    hp_took took;
    locked l;

    if (!lock(&l, crypto, store, error))
        return HP_TOOK_FAULT;
    took = take_out(&l, name, error);
    unlock(&l);
    return took;
}
