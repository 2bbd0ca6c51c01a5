/* Lists of withdrawn passes, opened and taken up anew; see lists.h. */
#include "policy/lists.h"

#include "base/mark.h"
#include "check/trust.h"

/* ---- required sources ----------------------------------------------------- */

static const hp_source *
find_source(const hp_revocation *r, const char *name)
{
    size_t i, k, n;

    for (i = 0; i < r->n; i++) {
        n = hp_index_sources(r->indexes[i]);
        for (k = 0; k < n; k++) {
            if (strcmp(hp_index_source(r->indexes[i], k)->name, name) == 0)
                return hp_index_source(r->indexes[i], k);
        }
    }
    return NULL;
}

static void
find_required(hp_lists *lists, const hp_settings *settings)
{
    for (lists->n_required = 0; lists->n_required < settings->n_required; lists->n_required++)
        lists->required[lists->n_required] =
            find_source(&lists->revocation, settings->required[lists->n_required]);
}

static void
mark(hp_lists *lists)
{
    const hp_revocation *r = &lists->revocation;
    uint64_t one;
    size_t i;

    lists->mark = HP_MARK;
    for (i = 0; i < r->n; i++) {
        one = hp_index_mark(r->indexes[i]);
        lists->mark = hp_mark_add(lists->mark, &one, sizeof(one));
    }
    one = r->deny != NULL ? hp_deny_mark(r->deny) : 0;
    lists->mark = hp_mark_add(lists->mark, &one, sizeof(one));
}

static bool
is_doubted(const hp_lists *lists)
{
    size_t i = 0;

    while (i < lists->revocation.n && !lists->indexes[i].doubted)
        i++;
    return i < lists->revocation.n || lists->deny.doubted;
}

/* A list of the future is as good as none: either it or the clock is wrong. */
bool
hp_lists_serve(const hp_lists *lists, double max_age, double now, bool stale_ok)
{
    const hp_source *s;
    size_t i;

    if (is_doubted(lists))
        return false;
    for (i = 0; i < lists->n_required; i++) {
        s = lists->required[i];
        if (s == NULL || s->dated > now + HP_DATE_SLACK)
            return false;
        if (!stale_ok && hp_source_stale(s, max_age, now))
            return false;
    }
    return true;
}

/* ---- files ---------------------------------------------------------------- */

static void
note_taken(hp_lists_file *file)
{
    file->held = file->seen;
    file->fault.text[0] = 0;
    file->doubted = false;
}

static bool
open_index(hp_lists *lists, size_t nth, hp_crypto *crypto)
{
    hp_lists_file *file = &lists->indexes[nth];
    hp_index *fresh;

    file->seen = hp_file_stamp(file->path);
    fresh = hp_index_open(crypto, file->path, HP_FILE_OWNED, &file->seen, &file->fault);
    if (fresh == NULL)
        return false;
    note_taken(file);
    hp_index_close(lists->revocation.indexes[nth]);
    lists->revocation.indexes[nth] = fresh;
    return true;
}

static bool
open_deny(hp_lists *lists)
{
    hp_lists_file *file = &lists->deny;
    hp_deny *fresh;
    hp_bytes text;

    file->seen = hp_file_stamp(file->path);
    if (!hp_file_read(file->path, HP_FILE_OWNED, HP_DENY_MAX, &text, &file->seen, &file->fault))
        return false;
    fresh = hp_deny_read(file->path, (hp_str){ text.p, text.n }, &file->fault);
    hp_bytes_free(&text);
    if (fresh == NULL)
        return false;
    note_taken(file);
    hp_deny_free(lists->revocation.deny);
    lists->revocation.deny = fresh;
    return true;
}

/*
 * One look at the time of a file: whether the copy is followed at all.  That its follower is gone
 * is no reason to judge nobody.
 */
static void
look_heard(hp_lists *lists, const hp_settings *settings)
{
    if (settings->deny_heard != NULL)
        lists->heard = (double)hp_file_stamp(settings->deny_heard).seconds;
}

/* Whoever keeps a list in Redis may not know of the file that is missing. */
static void
tell_missing(const hp_lists *lists, const hp_settings *settings, hp_error *error)
{
    if (settings->deny_shared == NULL)
        *error = lists->deny.fault;
    else
        hp_error_set(error, "%s (this machine's copy of the deny list in %s, which healthpassctl "
                            "revoke follow keeps)", lists->deny.fault.text, settings->deny_shared);
}

bool
hp_lists_open(hp_lists *lists, hp_crypto *crypto, const hp_settings *settings, hp_error *error)
{
    hp_revocation *r = &lists->revocation;

    *lists = (hp_lists){ .revocation = { .accepts_maybe = settings->accepts_maybe },
                         .deny = { .path = settings->deny_list } };
    for (; r->n < settings->n_revoked; r->n++) {
        lists->indexes[r->n].path = settings->revoked[r->n];
        if (!open_index(lists, r->n, crypto)) {
            *error = lists->indexes[r->n].fault;
            return false;
        }
    }
    if (settings->deny_list != NULL && !open_deny(lists)) {
        tell_missing(lists, settings, error);
        return false;
    }
    look_heard(lists, settings);
    find_required(lists, settings);
    mark(lists);
    return true;
}

void
hp_lists_free(hp_lists *lists)
{
    size_t i;

    for (i = 0; i < HP_INDEXES; i++)
        hp_index_close(lists->revocation.indexes[i]);
    hp_deny_free(lists->revocation.deny);
    memset(lists, 0, sizeof(*lists));
}

/* ---- taking up ------------------------------------------------------------ */

static bool
is_due(const hp_lists_file *file, bool again)
{
    hp_stamp now;

    if (file->path == NULL)
        return false;
    if (again && file->fault.text[0] != 0)
        return true;
    now = hp_file_stamp(file->path);
    return memcmp(&now, &file->seen, sizeof(now)) != 0;
}

/* What was told before is not told again. */
static void
tell(const hp_lists_file *file, const hp_error *before, hp_error *error)
{
    if (file->fault.text[0] != 0 && error->text[0] == 0 &&
        strcmp(file->fault.text, before->text) != 0)
        *error = file->fault;
}

bool
hp_lists_refresh(hp_lists *lists, hp_crypto *crypto, const hp_settings *settings, bool again,
                 hp_error *error)
{
    bool taken = false;
    hp_error before;
    size_t i;

    error->text[0] = 0;
    look_heard(lists, settings);
    for (i = 0; i < lists->revocation.n; i++) {
        if (!is_due(&lists->indexes[i], again))
            continue;
        before = lists->indexes[i].fault;
        taken = open_index(lists, i, crypto) || taken;
        tell(&lists->indexes[i], &before, error);
    }
    if (is_due(&lists->deny, again)) {
        before = lists->deny.fault;
        taken = open_deny(lists) || taken;
        tell(&lists->deny, &before, error);
    }
    if (taken) {
        find_required(lists, settings);
        mark(lists);
    }
    return taken;
}

static void
doubt(hp_lists_file *file)
{
    file->doubted = file->fault.text[0] != 0 &&
                    memcmp(&file->held, &file->seen, sizeof(file->seen)) != 0;
}

bool
hp_lists_doubt(hp_lists *lists)
{
    size_t i;

    for (i = 0; i < lists->revocation.n; i++)
        doubt(&lists->indexes[i]);
    doubt(&lists->deny);
    return is_doubted(lists);
}
