/*
 * revoke follow: keeps this machine's copy of the deny list that a fleet has in Redis.
 *
 * Gates read the copy, and never ask Redis.  It is replaced when Redis has a newer list, and is
 * what it was whatever else happens: Redis away, frozen, emptied, restored from an old backup.
 * The time of the note beside it says when Redis last had the list that the copy is of.
 */
#include "cli/revoke.h"

#include "cli/lock.h"
#include "cli/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GROUP_DEFAULT "www-data"
#define COPY_MODE   0640
#define REDIS_MS    2000  /* for each answer */
#define LOOK_MS     2000  /* between two looks, whatever the channel says */
#define AGAIN_MS    1000  /* until the next try to connect */
#define TOUCH_EVERY 5.0   /* seconds between two notes of the time */
#define SAY_AGAIN   600.0 /* seconds between two complaints of the same */
#define LOCK_WAIT   2.0   /* seconds */

typedef struct {
    const char *policy, *group;
    bool once;
} choices;

static const hp_cli_option options[] = {
    { .name = "--policy", .value = "F", .kind = HP_CLI_TEXT, .at = offsetof(choices, policy),
      .help = "whose deny_list it is (" HP_REVOKE_POLICY ")" },
    { .name = "--group", .value = "GROUP", .kind = HP_CLI_TEXT, .at = offsetof(choices, group),
      .help = "who may read the copy besides root, when its folder is new (" GROUP_DEFAULT ")" },
    { .name = "--once", .kind = HP_CLI_FLAG, .at = offsetof(choices, once),
      .help = "take what is there, and end" },
    { .name = NULL },
};

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const hp_deny_where *where;
    hp_crypto *crypto;
    hp_redis *ask, *listen;
    hp_edition have;  /* of the copy; number 0: there is none, or nobody knows */
    hp_stamp copy;    /* the copy as this run last saw it to be right */
    double touched;   /* when the time was last noted */
    hp_error said;    /* what was complained of last; empty: all is well */
    double said_at;
} follower;

/* ---- what is said --------------------------------------------------------------------------- */

/* Once, and from time to time; it is loud, but does not fill a disk. */
static void
complain(follower *f, const hp_error *what)
{
    double now = hp_cli_now();

    if (strcmp(what->text, f->said.text) == 0 && now - f->said_at < SAY_AGAIN)
        return;
    f->said = *what;
    f->said_at = now;
    (void)hp_cli_say(f->self, 0, "%s", what->text);
}

static void
be_well(follower *f)
{
    if (f->said.text[0] != '\0')
        (void)hp_cli_say(f->self, 0, "%s: the copy is up to date again", f->where->shared);
    f->said.text[0] = '\0';
}

static const char *
state_of_copy(const follower *f)
{
    return access(f->where->path, F_OK) == 0 ? "the copy stays as it is"
                                             : "there is no copy yet, and gates cannot start";
}

/* ---- the copy ------------------------------------------------------------------------------- */

static bool
is_same(const char *path, const hp_bytes *text)
{
    hp_bytes copy;
    bool same;

    if (!hp_file_read(path, HP_FILE_OWNED, HP_DENY_MAX, &copy, NULL, NULL))
        return false;
    same = hp_str_eq((hp_str){ copy.p, copy.n }, (hp_str){ text->p, text->n });
    hp_bytes_free(&copy);
    return same;
}

static bool
write_list(const follower *f, const hp_snapshot *s, const hp_lock *lock, hp_error *error)
{
    const char *path = f->where->path;

    if (is_same(path, &s->text))
        return true;
    if (hp_cli_renew(path, COPY_MODE, s->text.p, s->text.n))
        return hp_lock_flush(lock, error);
    hp_error_set(error, "%s: cannot be replaced, and is what it was: %s", path, strerror(errno));
    return false;
}

/* Redis has what the copy is of. */
static bool
note_time(follower *f, hp_error *error)
{
    double now = hp_cli_now();

    if (now >= f->touched && now - f->touched < TOUCH_EVERY)
        return true;
    f->touched = now;
    if (utimensat(AT_FDCWD, f->where->heard, NULL, 0) == 0 ||
        hp_shared_write_note(f->where->heard, f->where->shared, &f->have))
        return true;
    hp_error_set(error, "%s: cannot be written: %s", f->where->heard, strerror(errno));
    return false;
}

/*
 * First the note, then the copy: who is killed between them finds at the next start that the copy
 * is not of that edition, and takes it again; and never a list that is older than the copy.
 * As long as the copy cannot be written the note keeps its time: gates and status go by that.
 */
static bool
write_copy(follower *f, const hp_snapshot *s, const hp_lock *lock, hp_error *error)
{
    hp_edition noted;

    hp_shared_note(f->where->heard, f->where->shared, &noted);
    if (!hp_edition_same(&noted, &s->version) &&
        !hp_shared_write_note(f->where->heard, f->where->shared, &s->version)) {
        hp_error_set(error, "%s: cannot be written: %s", f->where->heard, strerror(errno));
        return false;
    }
    if (!write_list(f, s, lock, error))
        return false;
    f->have = s->version;
    f->copy = hp_file_stamp(f->where->path);
    f->touched = 0;
    return note_time(f, error);
}

/* ---- one look ------------------------------------------------------------------------------- */

/* Is what Redis has to be taken?  False with *error. */
static bool
is_newer(const follower *f, const hp_snapshot *s, hp_error *error)
{
    const char *place = f->where->shared, *state = state_of_copy(f);

    if (s->state == HP_SHARED_NONE)
        hp_error_set(error, "%s: holds no deny list: %s; healthpassctl revoke share puts one there",
                     place, state);
    else if (s->state == HP_SHARED_DAMAGED)
        hp_error_set(error, "%s: %s: %s; healthpassctl revoke share puts a whole list there", place,
                     s->fault.text, state);
    else if (s->version.number > f->have.number || hp_edition_same(&s->version, &f->have))
        return true;
    else
        hp_error_set(error, "%s: holds the list number %ju, and the copy is %s %ju: %s; was Redis "
                     "restored from a backup? healthpassctl revoke share says which is right",
                     place, (uintmax_t)s->version.number,
                     s->version.number < f->have.number ? "number" : "another number",
                     (uintmax_t)f->have.number, state);
    return false;
}

static void
tell_taken(const follower *f, const hp_snapshot *s)
{
    printf("%s: took the list number %ju, %zu bytes, into %s\n", f->where->shared,
           (uintmax_t)s->version.number, s->text.n, f->where->path);
    (void)fflush(stdout);
}

static bool
take(follower *f, const hp_lock *lock, hp_error *error)
{
    bool news, good;
    hp_snapshot s;

    if (!hp_shared_read(f->ask, f->crypto, &s, error))
        return false;
    good = is_newer(f, &s, error);
    news = good && !hp_edition_same(&s.version, &f->have);
    good = good && write_copy(f, &s, lock, error);
    if (good && news)
        tell_taken(f, &s);
    hp_snapshot_free(&s);
    return good;
}

static bool
is_as_left(const follower *f)
{
    hp_stamp now = hp_file_stamp(f->where->path);

    return f->have.number > 0 && memcmp(&now, &f->copy, sizeof(now)) == 0;
}

/* The list is asked for when its edition is another one, or the copy is not as it was left. */
static bool
look(follower *f, const hp_lock *lock)
{
    bool same = false, good;
    hp_error error;

    good = !is_as_left(f) || hp_shared_is(f->ask, &f->have, &same, &error);
    if (good)
        good = same ? note_time(f, &error) : take(f, lock, &error);
    if (good)
        be_well(f);
    else
        complain(f, &error);
    return good;
}

/* ---- the connections ------------------------------------------------------------------------ */

static void
disconnect(follower *f)
{
    hp_redis_close(f->ask);
    hp_redis_close(f->listen);
    f->ask = f->listen = NULL;
}

/* One to listen, for a subscriber may ask nothing; one to ask. */
static bool
connect_both(follower *f)
{
    const hp_str words[] = { HP_STR("SUBSCRIBE"), HP_STR(HP_SHARED_KEY) };
    hp_error why, error;

    f->listen = hp_redis_open(&f->where->place, REDIS_MS, &why);
    if (f->listen != NULL && hp_redis_command(f->listen, words, 2, &why) != NULL)
        f->ask = hp_redis_open(&f->where->place, REDIS_MS, &why);
    if (f->ask != NULL)
        return true;
    disconnect(f);
    hp_error_set(&error, "%s: %s", why.text, state_of_copy(f));
    complain(f, &error);
    return false;
}

/* Waits for a message, and takes it for no more than a hint.  False: the connection is lost. */
static bool
wait_for_news(follower *f)
{
    hp_error why, error;

    if (hp_redis_pushed(f->listen, LOOK_MS, &why) != NULL || why.text[0] == '\0')
        return true;
    hp_error_set(&error, "%s: %s", why.text, state_of_copy(f));
    complain(f, &error);
    return false;
}

static void
rest(void)
{
    const struct timespec pause = { AGAIN_MS / 1000, (AGAIN_MS % 1000) * 1000000L };

    (void)nanosleep(&pause, NULL);
}

static bool
is_changed(const char *path, const hp_stamp *as)
{
    hp_stamp now = hp_file_stamp(path);

    return memcmp(as, &now, sizeof(now)) != 0;
}

/* Until the policy is another one, or what Redis wants to hear is. */
static int
follow(follower *f, const hp_lock *lock, const char *policy)
{
    const char *secret = f->where->auth != NULL ? f->where->auth : policy;
    const hp_stamp policy_as = hp_file_stamp(policy), secret_as = hp_file_stamp(secret);

    while (!is_changed(policy, &policy_as) && !is_changed(secret, &secret_as)) {
        if (f->ask == NULL && !connect_both(f))
            rest();
        else if ((void)look(f, lock), hp_redis_lost(f->ask) || !wait_for_news(f))
            disconnect(f);
    }
    return hp_cli_say(f->self, HP_EXIT_OK, "%s: has changed: this run ends, to be started anew",
                      is_changed(policy, &policy_as) ? policy : secret);
}

/* ---- start ---------------------------------------------------------------------------------- */

static bool
find_group(const hp_cli_command *self, const char *name, gid_t *gid)
{
    const struct group *found = getgrnam(name != NULL ? name : GROUP_DEFAULT);

    *gid = found != NULL && geteuid() == 0 ? found->gr_gid : (gid_t)-1;
    if (found != NULL || name == NULL)
        return true;
    (void)hp_cli_say(self, 0, "--group %s: there is no such group", name);
    return false;
}

/* A new copy has the group of its folder, and so has the right one from the first byte on. */
static bool
make_folder(const hp_cli_command *self, const char *path, gid_t gid)
{
    const char *slash = strrchr(path, '/');
    char *folder = strndup(path, (size_t)(slash - path) + (slash == path));
    bool good = folder != NULL;

    if (good && mkdir(folder, 0755) == 0)
        good = chmod(folder, 0755) == 0 && (gid == (gid_t)-1 || chown(folder, (uid_t)-1, gid) == 0);
    else if (good && errno != EEXIST)
        good = false;
    if (!good)
        (void)hp_cli_say(self, 0, "the folder of %s: %s", path, strerror(errno));
    free(folder);
    return good;
}

static int
run_follower(follower *f, const hp_lock *lock, const choices *c, const char *policy)
{
    int status;

    if (access(f->where->path, F_OK) == 0)
        hp_shared_note(f->where->heard, f->where->shared, &f->have);
    f->crypto = hp_crypto_new();
    if (f->crypto == NULL)
        return hp_cli_say(f->self, HP_EXIT_FAULT, "no memory, or OpenSSL offers no SHA-256");
    if (c->once)
        status = connect_both(f) && look(f, lock) ? HP_EXIT_OK : HP_EXIT_FAULT;
    else
        status = follow(f, lock, policy);
    disconnect(f);
    hp_crypto_free(f->crypto);
    return status;
}

static int
start(const hp_cli_command *self, const choices *c, const hp_deny_where *where,
      const char *policy)
{
    follower f = { .self = self, .where = where };
    hp_error error;
    hp_lock lock;
    int status;
    gid_t gid;

    if (!find_group(self, c->group, &gid))
        return HP_EXIT_USAGE;
    if (!make_folder(self, where->path, gid))
        return HP_EXIT_FAULT;
    if (!hp_lock_take(&lock, where->path, LOCK_WAIT, &error))
        return hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    status = run_follower(&f, &lock, c, policy);
    (void)hp_cli_warn_closed(self, where->path);
    hp_lock_drop(&lock);
    return status;
}

static int
run(const hp_cli_command *self, int argc, char **argv)
{
    choices c = { .policy = HP_REVOKE_POLICY };
    hp_revoke_what what = { .list = NULL };
    hp_deny_where where;
    int status;

    if (!hp_cli_parse(self, argc, argv, &c, NULL, &status))
        return status;
    what.policy = c.policy;
    if (!hp_revoke_where(self, &what, &where))
        return HP_EXIT_FAULT;
    status = where.shared != NULL
                 ? start(self, &c, &where, c.policy)
                 : hp_cli_say(self, HP_EXIT_FAULT, "%s: deny_list names no Redis, and so there is "
                              "nothing to follow", c.policy);
    hp_deny_where_free(&where);
    return status;
}

const hp_cli_command hp_cli_revoke_follow = {
    .name = "revoke follow",
    .summary = "Keeps this machine's copy of the deny list that a fleet shares",
    .usage = "[--policy F] [--group GROUP] [--once]",
    .notes = "Runs until the policy or the file of ledger_auth changes, as\n"
             "healthpass-deny.service, which starts it anew.\n"
             "While Redis is away, or has no list, or an older one, the copy is what it was.\n"
             "\n"
             "Exit: 0 one of them changed, or (--once) the copy is up to date; 2 usage, 3 fault.\n",
    .options = options,
    .run = run,
};
