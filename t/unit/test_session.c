/*
 * Records of logins: what is written is read again, and nothing else is a record; and the folder
 * that they are kept in.
 */
#include "unit.h"

#include "check/session.h"
#include "check/session_file.h"
#include "maker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static hp_session full, again;
static char text[HP_SESSION_TEXT];

static void
fill(char *to, size_t n, int byte)
{
    memset(to, byte, n);
    to[n] = '\0';
}

/* All of it as long as it may be. */
static void
make_full(void)
{
    hp_marks *m = &full.marks;

    memset(&full, 0, sizeof(full));
    full = (hp_session){ .uid = 4294967295u, .judged = 253402300799u, .until = 253402300799u,
                         .made = 999999999999999999u, .leader = { INT32_MAX, 12345678901234567 },
                         .parent = { 1, 0 }, .bound = 1, .limit = 32, .window = 2592000, .by = 1,
                         .expiry = HP_EXPIRY_TERMINATE };
    fill(full.boot, HP_BOOT - 1, 'b');
    fill(full.service, HP_SESSION_WORD - 1, 's');
    fill(full.tty, HP_SESSION_WORD - 1, 't');
    fill(full.login, HP_SESSION_WORD - 1, 'l');
    fill(full.language, HP_SESSION_WORD - 1, 'f');
    fill(full.match, PATH_MAX - 1, 'm');
    fill(full.rules, PATH_MAX - 1, 'r');
    fill(full.policy, PATH_MAX - 1, 'p');
    m->query.made = 253402300799.0;
    m->query.n = HP_QUERY_KEYS;
    for (size_t i = 0; i < HP_QUERY_KEYS; i++) {
        m->query.keys[i].kind = (hp_listed_kind)(i % HP_LISTED_KINDS_END);
        memset(m->query.keys[i].hash, (int)i, HP_LISTED);
    }
    m->n_numbers = HP_QUERY_ENTRIES;
    m->n_ledger = HP_IDENTITIES;
    m->n_kids = HP_MARK_KIDS;
    memset(m->numbers, 'n', sizeof(m->numbers));
    memset(m->ledger, 'i', sizeof(m->ledger));
    memset(m->kids, 'k', sizeof(m->kids));
}

static hp_str
written(const hp_session *s)
{
    size_t n = hp_session_write(s, text);

    assert_true(n > 0);
    return maker_copy((hp_str){ (uint8_t *)text, n });
}

/* A plain one of few lines. */
static hp_str
plain(void)
{
    hp_session s = { .uid = 1000, .judged = 1795860000, .until = 1795863600, .leader = { 9, 9 } };

    fill(s.boot, HP_BOOT - 1, '0');
    strcpy(s.service, "login");
    strcpy(s.match, "none");
    strcpy(s.policy, "/etc/healthpass/policy.conf");
    s.marks.query.n = 1;
    return written(&s);
}

static bool
reads(hp_str s)
{
    return hp_session_read(guard_end(s), &again);
}

static void
what_is_written_is_read(void **state)
{
    (void)state;
    make_full();
    assert_true(reads(written(&full)));
    assert_memory_equal(&again, &full, sizeof(full));
    assert_true(reads(plain()));
    assert_int_equal(again.uid, 1000);
    assert_string_equal(again.tty, "");
    assert_int_equal(again.told, 0);
}

static void
what_cannot_stand_on_a_line_is_not_written(void **state)
{
    char word[HP_SESSION_WORD], longest[HP_SESSION_WORD + 1];

    (void)state;
    make_full();
    full.policy[3] = '\n';
    assert_int_equal(hp_session_write(&full, text), 0);
    make_full();
    full.tty[0] = 0x7f;
    assert_int_equal(hp_session_write(&full, text), 0);
    make_full();
    full.boot[HP_BOOT - 2] = '\0';
    assert_int_equal(hp_session_write(&full, text), 0);
    make_full();
    full.leader.start = 0;
    assert_int_equal(hp_session_write(&full, text), 0);
    fill(longest, HP_SESSION_WORD - 1, 'x');
    hp_session_word(word, longest);
    assert_string_equal(word, longest);
    fill(longest, HP_SESSION_WORD, 'x');
    hp_session_word(word, longest);
    assert_string_equal(word, "");
    hp_session_word(word, "tty\n1");
    assert_string_equal(word, "");
    hp_session_word(word, NULL);
    assert_string_equal(word, "");
}

/* Of a time before 1970, and one that is none, the first second is kept. */
static void
times_that_are_none(void **state)
{
    (void)state;
    make_full();
    full.marks.query.made = -1;
    assert_true(reads(written(&full)));
    assert_true(again.marks.query.made == 0);
    full.marks.query.made = 1e300;
    assert_true(reads(written(&full)));
    assert_true(again.marks.query.made == HP_TIME_LAST);
}

/* Without its last lines a record would forget what the pass would be withdrawn by. */
static void
a_part_is_no_record(void **state)
{
    hp_str s = plain();
    size_t i, from, to;

    (void)state;
    for (i = 0; i < s.n; i++)
        assert_false(reads((hp_str){ s.p, i }));
    for (from = 0; from < s.n; from = to) { /* without one line, or with one twice */
        for (to = from; s.p[to++] != '\n';)
            ;
        hp_str line = { s.p + from, to - from }, head = { s.p, from }, tail = hp_str_from(s, to);

        if (hp_str_starts(line, HP_STR("key ")))
            continue;
        assert_false(reads(MAKER_JOIN(head, tail)));
        assert_false(reads(MAKER_JOIN(head, line, line, tail)));
    }
}

static hp_str
with(const char *old, const char *by)
{
    return maker_replace(plain(), hp_str_of(old), hp_str_of(by));
}

static void
what_is_not_understood_is_no_record(void **state)
{
    static const char *const by[][2] = {
        { "session 1", "session 2" }, { "uid 1000", "uid 01000" }, { "uid 1000", "uid -1" },
        { "uid 1000", "uid +1" }, { "uid 1000", "uid 1000 " }, { "uid 1000", "uid " },
        { "uid 1000", "uid" }, { "uid 1000", "uid 1e3" }, { "uid 1000", "uid 1000000000000000000" },
        { "leader 9 9", "leader 9" }, { "leader 9 9", "leader 2147483648 9" },
        { "leader 9 9", "leader 9 9 9" }, { "leader 9 9", "leader 9  9" },
        { "leader 9 9", "leader 9 0" },
        { "on-expiry warn", "on-expiry Warn" }, { "on-expiry warn", "on-expiry none" },
        { "service login", "service log\tin" }, { "boot 0", "boot 00" }, { "end\n", "end" },
        { "key S", "key X" }, { "key S", "key I" }, { "key S 00", "key S 0" },
        { "key S 00", "key S 0g" }, { "end\n", "end\ntold 0\n" }, { "end\n", "end\ntold 1000\n" },
        { "end\n", "end\ntold ok\n" }, { "end\n", "end\nend\n" }, { "end\n", "other 1\nend\n" },
        { "end\n", "end\n\n" }, { "from 0", "from 253402300800" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(by); i++) {
        if (reads(with(by[i][0], by[i][1])))
            fail_msg("taken: %s", by[i][1]);
    }
    assert_true(reads(with("uid 1000", "uid 999999999999999999")));
    assert_true(reads(with("from 0", "from 253402300799")));
    assert_true(reads(with("leader 9 9", "leader 2147483647 9")));
    assert_true(reads(with("end\n", "end\ntold 60\ntold 999\n")));
    assert_int_equal(again.told, 999);
}

/* The session is judged all the same: only what was told last is not known. */
static void
a_note_that_was_cut_off_says_nothing(void **state)
{
    static const char *const cut[] = { "t", "told", "told ", "told 8", "told 82" };

    (void)state;
    for (size_t i = 0; i < COUNT(cut); i++) {
        assert_true(reads(with("end\n", maker_c_string(maker_print("end\ntold 60\n%s", cut[i])))));
        assert_int_equal(again.told, 60);
        assert_int_equal(again.uid, 1000);
    }
}

/* One line more of each mark than there is room for. */
static void
marks_have_limits(void **state)
{
    static const char *const line[] = {
        "kid 6b6b6b6b6b6b6b6b\n", "key S 00000000000000000000000000000000\n",
        "number 6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e\n", "ledger 69696969696969696969696969696969\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(line); i++) {
        make_full();
        strcpy(full.match, "none");
        hp_str s = written(&full);

        assert_true(reads(s));
        assert_false(reads(maker_replace(s, HP_STR("\nend\n"),
                                         maker_print("\n%send\n", line[i]))));
    }
}

static void
words_of_expiry(void **state)
{
    hp_expiry e = HP_EXPIRY_WARN;

    (void)state;
    assert_true(hp_expiry_read(HP_STR("terminate"), &e));
    assert_int_equal(e, HP_EXPIRY_TERMINATE);
    assert_string_equal(hp_expiry_word(HP_EXPIRY_LOCK), "lock");
    assert_false(hp_expiry_read(HP_STR("kill"), &e));
    assert_false(hp_expiry_read(HP_STR(""), &e));
}

/* ---- the folder ---------------------------------------------------------------------------- */

static const char *
run_folder(void)
{
    return maker_c_string(maker_print("%s/run", maker_folder()));
}

static int
open_it(hp_session_how how)
{
    hp_error error;

    return hp_session_folder(run_folder(), "sessions", how, &error);
}

/* As a full disk leaves it. */
static void
cut_last_line(int folder, const char *id)
{
    int fd = openat(folder, id, O_WRONLY | O_CLOEXEC);
    struct stat st;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(ftruncate(fd, st.st_size - 2), 0);
    (void)close(fd);
}

static void
records_are_kept(void **state)
{
    char id[HP_SESSION_ID], other[HP_SESSION_ID];
    struct stat st;
    hp_error error;
    int folder;

    (void)state;
    assert_int_equal(hp_session_folder(run_folder(), "sessions", HP_SESSION_LOOK, &error), -1);
    assert_string_equal(error.text, ""); /* it is not there */
    folder = open_it(HP_SESSION_MAKE);
    assert_true(folder >= 0);
    assert_true(fcntl(folder, F_GETFD) & FD_CLOEXEC);
    make_full();
    assert_true(hp_session_keep(folder, &full, id, &error));
    assert_true(hp_session_keep(folder, &full, other, &error));
    assert_true(hp_session_is_id(id));
    assert_string_not_equal(id, other);
    assert_int_equal(fstatat(folder, id, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(hp_session_load(folder, id, &again, &error), HP_SESSION_READ);
    assert_memory_equal(&again, &full, sizeof(full));
    assert_true(hp_session_tell(folder, id, HP_EXPIRED));
    assert_int_equal(hp_session_load(folder, id, &again, &error), HP_SESSION_READ);
    assert_int_equal(again.told, HP_EXPIRED);
    cut_last_line(folder, id);
    assert_int_equal(hp_session_load(folder, id, &again, &error), HP_SESSION_READ);
    assert_int_equal(again.told, 0);
    assert_true(hp_session_tell(folder, id, HP_REVOKED)); /* on a line of its own */
    assert_int_equal(hp_session_load(folder, id, &again, &error), HP_SESSION_READ);
    assert_int_equal(again.told, HP_REVOKED);
    assert_true(hp_session_drop(folder, id));
    assert_false(hp_session_drop(folder, id));
    assert_false(hp_session_tell(folder, id, HP_EXPIRED)); /* and it does not come back */
    assert_int_equal(hp_session_load(folder, id, &again, &error), HP_SESSION_NONE);
    full.tty[0] = '\n';
    assert_false(hp_session_keep(folder, &full, id, &error));
    assert_true(hp_session_drop(folder, other));
    (void)close(folder);
}

static bool
count(void *context, const char *id)
{
    assert_true(hp_session_is_id(id));
    ++*(size_t *)context;
    return true;
}

static void
put(int folder, const char *name, time_t age)
{
    struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };
    int fd = openat(folder, name, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, times), 0);
    (void)close(fd);
}

#define ID "0123456789abcdef0123456789abcde"

static void
old_ones_are_swept(void **state)
{
    int folder = open_it(HP_SESSION_MAKE);
    size_t n = 0;

    (void)state;
    put(folder, ID "0", 58);
    put(folder, ID "1", 62);
    put(folder, ID "2", -62);
    put(folder, ID "3.new", 58);
    put(folder, ID "4.new", 62);
    hp_session_sweep(folder, false);
    assert_int_equal(faccessat(folder, ID "4.new", F_OK, 0), -1);
    assert_true(hp_session_walk(folder, count, &n));
    assert_int_equal(n, 3);
    hp_session_sweep(folder, true);
    n = 0;
    assert_true(hp_session_walk(folder, count, &n));
    assert_int_equal(n, 1);
    assert_true(hp_session_drop(folder, ID "0") && hp_session_drop(folder, ID "3.new"));
    (void)close(folder);
}

static void
nobody_else_writes_there(void **state)
{
    const char *run = run_folder(), *path = maker_c_string(maker_print("%s/sessions", run));
    hp_error error;
    int folder = open_it(HP_SESSION_MAKE);

    (void)state;
    (void)close(folder);
    assert_int_equal(chmod(path, 0710), 0);
    assert_int_equal(hp_session_folder(run, "sessions", HP_SESSION_LOOK, &error), -1);
    assert_non_null(strstr(error.text, "expected"));
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(chmod(run, 0777), 0);
    assert_int_equal(hp_session_folder(run, "sessions", HP_SESSION_MAKE, &error), -1);
    assert_int_equal(chmod(run, 0755), 0); /* a scan helper's socket may be in it */
    folder = open_it(HP_SESSION_LOOK);
    assert_true(folder >= 0);
    assert_int_equal(symlinkat("x", folder, ID "5"), 0);
    assert_int_equal(hp_session_load(folder, ID "5", &again, &error), HP_SESSION_DAMAGED);
    assert_int_equal(mkfifoat(folder, ID "6", 0600), 0);
    assert_int_equal(hp_session_load(folder, ID "6", &again, &error), HP_SESSION_DAMAGED);
    put(folder, ID "7", 0);
    assert_int_equal(hp_session_load(folder, ID "7", &again, &error), HP_SESSION_DAMAGED);
    (void)close(folder);
    assert_int_equal(rename(path, maker_c_string(maker_print("%s/moved", run))), 0);
    assert_int_equal(symlink("moved", path), 0);
    assert_int_equal(hp_session_folder(run, "sessions", HP_SESSION_MAKE, &error), -1);
    assert_non_null(strstr(error.text, "sessions"));
}

/* ---- processes ----------------------------------------------------------------------------- */

static void
processes_are_told_apart(void **state)
{
    hp_process self = hp_process_of(getpid()), other;
    hp_process_state now;
    char boot[HP_BOOT];

    (void)state;
    assert_true(self.start > 0 && hp_process_runs(&self));
    assert_true(hp_process_look(getpid(), &now));
    assert_int_equal(now.parent, getppid());
    other = self;
    other.start++;
    assert_false(hp_process_runs(&other) || hp_process_same(&self, &other));
    other.start = 0; /* not known: nobody, and not even itself */
    assert_false(hp_process_runs(&other) || hp_process_same(&self, &other));
    assert_false(hp_process_same(&other, &self) || hp_process_same(&other, &other));
    other = (hp_process){ INT32_MAX, self.start };
    assert_false(hp_process_runs(&other) || hp_process_same(&self, &other));
    assert_true(hp_boot_read(boot));
    assert_true(hp_boot_seconds() >= 0);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(what_cannot_stand_on_a_line_is_not_written),
    cmocka_unit_test(times_that_are_none),
    cmocka_unit_test(a_part_is_no_record),
    cmocka_unit_test(what_is_not_understood_is_no_record),
    cmocka_unit_test(a_note_that_was_cut_off_says_nothing),
    cmocka_unit_test(marks_have_limits),
    cmocka_unit_test(words_of_expiry),
    cmocka_unit_test(records_are_kept),
    cmocka_unit_test(old_ones_are_swept),
    cmocka_unit_test(nobody_else_writes_there),
    cmocka_unit_test(processes_are_told_apart),
};

UNIT_MAIN(tests)
