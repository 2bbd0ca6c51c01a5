/*
 * The ledger of one machine: what several processes agree on, what a kill leaves, how much it
 * holds, and that a file which is not one of ours lets nobody in and stays as it is.
 */
#include "unit.h"

#include "base/file.h"
#include "ledger/file_layout.h"
#include "maker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WINDOW 3600u

static const char *path;
static hp_error error;

static const hp_use_terms refusing = { .limit = 3, .window = WINDOW, .refuse = true };
static const hp_use_terms marking = { .limit = 3, .window = WINDOW };

/* Whoever has number by shows the pass with number pass. */
static hp_use
who(unsigned pass, unsigned by)
{
    hp_use use = { .n = 1 };
    uint64_t id = pass * 0x9e3779b97f4a7c15u;

    memcpy(use.pass[0], &id, sizeof(id));
    memcpy(&use.pass[0][8], &pass, sizeof(pass));
    memcpy(use.by[0], &by, sizeof(by));
    return use;
}

static hp_use_answer
take_as(const hp_use *use, const hp_use_terms *terms)
{
    hp_use_answer answer;
    bool good;

    error.text[0] = '\0';
    good = hp_ledger_file_take(path, use, terms, &answer, &error);
    assert_int_equal(good, answer.state == HP_USE_OK || answer.state == HP_USE_OVER);
    assert_int_equal(good, error.text[0] == '\0');
    return answer;
}

static hp_use_answer
take(unsigned pass, unsigned by)
{
    hp_use use = who(pass, by);

    return take_as(&use, &refusing);
}

/* ---- what it tells ------------------------------------------------------------------------- */

typedef struct {
    unsigned n, stop_at;
    hp_ledger_file_row last;
} listed;

static bool
note(void *context, const hp_ledger_file_row *row)
{
    listed *l = context;

    l->last = *row;
    return ++l->n != l->stop_at;
}

static unsigned
rows(void)
{
    listed l = { .n = 0 };

    if (!hp_ledger_file_each(path, note, &l, &error))
        fail_msg("%s", error.text);
    return l.n;
}

static void
a_use_is_there_for_everybody_who_looks(void **state)
{
    listed l = { .n = 0 };
    unsigned n;

    (void)state;
    assert_int_equal(rows(), 0);
    assert_int_not_equal(access(path, F_OK), 0);
    for (n = 0; n < 5; n++)
        assert_int_equal(take(7, n).state, n < 3 ? HP_USE_OK : HP_USE_OVER);
    assert_int_equal(take(7, 2).state, HP_USE_OK);
    assert_int_equal(take(7, 4).count, 5);
    assert_true(hp_ledger_file_each(path, note, &l, &error));
    assert_int_equal(l.n, 1);
    assert_memory_equal(l.last.pass, who(7, 0).pass[0], HP_ID);
    assert_int_equal(l.last.count, 5);
    assert_int_equal(l.last.placed, 3);
    assert_in_range(l.last.left, WINDOW - 2, WINDOW);
    assert_in_range(l.last.since, 0, 2);
}

static void
whoever_is_told_may_stop(void **state)
{
    listed l = { .stop_at = 2 };
    unsigned n;

    (void)state;
    for (n = 0; n < 5; n++)
        (void)take(n, 0);
    assert_true(hp_ledger_file_each(path, note, &l, &error));
    assert_int_equal(l.n, 2);
}

static void
one_warning_a_window(void **state)
{
    unsigned n, warned = 0;
    hp_use use;

    (void)state;
    for (n = 0; n < 20; n++) {
        use = who(1, n);
        warned += take_as(&use, &marking).first;
    }
    assert_int_equal(warned, 1);
}

static void
a_reservation_ends(void **state)
{
    hp_use_terms terms = { .limit = 1, .window = WINDOW, .refuse = true, .reserve = true };
    hp_use first = who(1, 1), second = who(1, 2);

    (void)state;
    assert_true(hp_ledger_file_end(path, &first, true, &error)); /* there is none */
    assert_int_equal(rows(), 0);
    assert_int_equal(take_as(&first, &terms).state, HP_USE_OK);
    assert_int_equal(take_as(&second, &terms).state, HP_USE_OVER);
    assert_true(hp_ledger_file_end(path, &first, false, &error));
    assert_int_equal(take_as(&second, &terms).state, HP_USE_OK);
    assert_true(hp_ledger_file_end(path, &second, true, &error));
    assert_int_equal(take_as(&first, &terms).state, HP_USE_OVER);
}

/* The ring of keys is rotated: what stands under the older key is found. */
static void
a_new_key_loses_no_use(void **state)
{
    hp_use use = who(2, 100), old;
    unsigned n;

    (void)state;
    for (n = 0; n < 3; n++)
        (void)take(1, n);
    old = who(1, 9);
    use.n = 2;
    memcpy(use.pass[1], old.pass[0], HP_ID);
    memcpy(use.by[1], old.by[0], HP_BY);
    assert_int_equal(take_as(&use, &refusing).state, HP_USE_OVER);
    old = who(1, 2);
    memcpy(use.by[1], old.by[0], HP_BY);
    assert_int_equal(take_as(&use, &refusing).state, HP_USE_OK);
}

/* Two passes whose ids begin alike are two. */
static void
a_tag_is_not_a_pass(void **state)
{
    hp_use use = who(1, 0), other = who(1, 1);

    (void)state;
    other.pass[0][HP_ID - 1] ^= 1;
    assert_int_equal(take_as(&use, &refusing).count, 1);
    assert_int_equal(take_as(&other, &refusing).count, 1);
    assert_int_equal(take_as(&use, &refusing).count, 1);
    assert_int_equal(rows(), 2);
}

static void
the_wait_is_until_one_ends(void **state)
{
    hp_use_terms later = { .limit = 32, .window = 2 * WINDOW };
    hp_use use = who(1, 1);
    uint32_t seconds;

    (void)state;
    assert_true(hp_ledger_file_wait(path, use.pass[0], 1, &seconds, &error));
    assert_int_equal(seconds, 0);
    (void)take(1, 1);
    use = who(1, 2);
    (void)take_as(&use, &later);
    assert_true(hp_ledger_file_wait(path, use.pass[0], 3, &seconds, &error));
    assert_int_equal(seconds, 0);
    assert_true(hp_ledger_file_wait(path, use.pass[0], 2, &seconds, &error));
    assert_in_range(seconds, WINDOW - 2, WINDOW);
    assert_true(hp_ledger_file_wait(path, use.pass[0], 1, &seconds, &error));
    assert_in_range(seconds, 2 * WINDOW - 2, 2 * WINDOW);
}

/* ---- how much it holds ------------------------------------------------------------------------ */

static off_t
size_of_file(void)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void
pause_a_second(void)
{
    const struct timespec pause = { 1, 50000000 };

    assert_int_equal(nanosleep(&pause, NULL), 0);
}

static void
what_is_over_makes_room(void **state)
{
    hp_use_terms brief = { .limit = 3, .window = 1, .refuse = true };
    unsigned n;
    off_t size;
    hp_use use;

    (void)state;
    for (n = 0; n < 10; n++) {
        use = who(n, 0);
        assert_int_equal(take_as(&use, n < 5 ? &brief : &refusing).state, HP_USE_OK);
    }
    size = size_of_file();
    pause_a_second();
    assert_int_equal(rows(), 5);
    for (n = 20; n < 25; n++)
        assert_int_equal(take(n, 0).count, 1);
    assert_int_equal(size_of_file(), size);
    assert_int_equal(take(30, 0).count, 1);
    assert_true(size_of_file() > size);
    assert_int_equal(rows(), 11);
    assert_int_equal(take(7, 1).count, 2);
}

static void
it_holds_so_many_and_no_more(void **state)
{
    hp_use_terms brief = { .limit = 3, .window = 1, .refuse = true };
    uint32_t seconds;
    hp_use use;
    unsigned n;

    (void)state;
    for (n = 0; n < HP_LEDGER_FILE_PASSES - 1; n++)
        assert_int_equal(take(n, 0).state, HP_USE_OK);
    use = who(n, 0);
    assert_int_equal(take_as(&use, &brief).state, HP_USE_OK);
    assert_int_equal(take(n + 1, 0).state, HP_USE_FULL);
    assert_non_null(strstr(error.text, "no room for another pass"));
    assert_int_equal(take(0, 1).state, HP_USE_OK); /* those who are in stay in use */
    use = who(n + 1, 0);
    assert_false(hp_ledger_file_wait(path, use.pass[0], 1, &seconds, &error));
    assert_non_null(strstr(error.text, "no room for another pass"));
    use = who(0, 0);
    assert_true(hp_ledger_file_wait(path, use.pass[0], 9, &seconds, &error));
    assert_int_equal(seconds, 0);
    assert_int_equal(rows(), HP_LEDGER_FILE_PASSES);
    pause_a_second();
    assert_int_equal(take(n + 1, 0).state, HP_USE_OK);
    assert_int_equal(take(n + 2, 0).state, HP_USE_FULL);
}

/* ---- many at once ------------------------------------------------------------------------------ */

#define PROCESSES 8
#define TAKES     10000
#define BYS       50
#define ROUNDS    200 /* passes that all start at the same time with */

typedef struct {
    uint8_t pass, by;
} let_in;

static void
take_one(int to, let_in who_is_it)
{
    switch (take(who_is_it.pass, who_is_it.by).state) {
    case HP_USE_OK:
        if (write(to, &who_is_it, sizeof(who_is_it)) != sizeof(who_is_it))
            _exit(2);
        break;
    case HP_USE_OVER:
        break;
    case HP_USE_AWAY:
    case HP_USE_FULL:
        _exit(1);
    }
}

/* Says who was let in.  All start when the other end of start is closed. */
static void
take_many(int start, int to, unsigned nth)
{
    unsigned i;
    char none;

    (void)!read(start, &none, 1);
    for (i = 1; i <= ROUNDS; i++)
        take_one(to, (let_in){ (uint8_t)i, (uint8_t)nth });
    for (i = nth; i < TAKES; i += PROCESSES)
        take_one(to, (let_in){ 0, (uint8_t)(i * 7 % BYS) });
    _exit(0);
}

static void
start_all(int to)
{
    int start[2];
    unsigned n;

    assert_int_equal(pipe(start), 0);
    for (n = 0; n < PROCESSES; n++) {
        if (fork() == 0) {
            (void)close(start[1]);
            take_many(start[0], to, n);
        }
    }
    assert_int_equal(close(start[0]), 0);
    assert_int_equal(close(start[1]), 0);
    assert_int_equal(close(to), 0);
}

static void
many_processes_never_exceed_the_limit(void **state)
{
    bool in[ROUNDS + 1][BYS] = { { false } };
    unsigned pass, by, distinct;
    int ends[2], status;
    let_in one;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    start_all(ends[1]);
    while (read(ends[0], &one, sizeof(one)) == sizeof(one))
        in[one.pass][one.by] = true;
    assert_int_equal(close(ends[0]), 0);
    while (wait(&status) > 0)
        assert_int_equal(status, 0);
    for (pass = 0; pass <= ROUNDS; pass++) {
        for (by = 0, distinct = 0; by < BYS; by++)
            distinct += in[pass][by];
        assert_int_equal(distinct, 3);
    }
}

/* ---- killed at any moment ------------------------------------------------------------------- */

#define PASSES 40

static void
take_for_ever(int to, unsigned seed)
{
    for (;;) {
        seed = seed * 1664525u + 1013904223u;
        take_one(to, (let_in){ (uint8_t)((seed >> 8) % PASSES), (uint8_t)((seed >> 16) % 10) });
    }
}

static bool
within_limit(void *context, const hp_ledger_file_row *row)
{
    (void)context;
    assert_in_range(row->placed, 1, 3);
    return true;
}

/* All that two processes were told before both were killed. */
static void
kill_two(unsigned round, useconds_t after, bool in[PASSES][10])
{
    let_in a;
    pid_t child[2];
    int ends[2], i;

    assert_int_equal(pipe(ends), 0);
    for (i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0)
            take_for_ever(ends[1], 2 * round + (unsigned)i);
    }
    assert_int_equal(close(ends[1]), 0);
    (void)usleep(after);
    for (i = 0; i < 2; i++)
        assert_int_equal(kill(child[i], SIGKILL), 0);
    while (read(ends[0], &a, sizeof(a)) == sizeof(a))
        in[a.pass][a.by] = true;
    for (i = 0; i < 2; i++)
        assert_int_equal(waitpid(child[i], NULL, 0), child[i]);
    assert_int_equal(close(ends[0]), 0);
}

static void
killed_at_any_moment_it_is_whole(void **state)
{
    unsigned rounds = getenv("HEALTHPASS_LONG") != NULL ? 200 : 20, seed = (unsigned)time(NULL);
    bool in[PASSES][10] = { { false } };
    unsigned pass, by;

    (void)state;
    print_message("# seed %u\n", seed);
    for (; rounds-- > 0; seed = seed * 1664525u + 1013904223u) {
        if (rounds % 5 == 0) {
            (void)unlink(path); /* new rows are killed, too */
            memset(in, 0, sizeof(in));
        }
        kill_two(seed, (seed >> 8) % 20000, in);
        assert_true(hp_ledger_file_each(path, within_limit, NULL, &error));
        for (pass = 0; pass < PASSES; pass++) {
            for (by = 0; by < 10; by++)
                assert_true(!in[pass][by] || take(pass, by).state == HP_USE_OK);
        }
    }
}

/* Between a row and its key, and where only the ends of the file were reached. */
static void
what_a_kill_leaves_is_taken_up(void **state)
{
    hp_ledger_key none = { 0, 0, 0 };
    int fd;

    (void)state;
    (void)take(1, 0);
    (void)take(2, 0);
    fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, &none, sizeof(none), HP_LEDGER_KEYS + sizeof(none)), sizeof(none));
    assert_int_equal(take(3, 0).count, 1); /* in the place of 2, which nobody was told of */
    assert_int_equal(size_of_file(), HP_LEDGER_RECORDS + 2 * HP_LEDGER_RECORD);
    assert_int_equal(take(1, 1).count, 2);
    assert_int_equal(ftruncate(fd, 0), 0); /* while it began */
    assert_int_equal(take(1, 1).count, 1);
    assert_int_equal(ftruncate(fd, sizeof(hp_ledger_head)), 0); /* when it had begun */
    assert_int_equal(take(1, 2).count, 1);
    assert_int_equal(close(fd), 0);
}

/* ---- what is no ledger of ours ------------------------------------------------------------------ */

static void
assert_away(const char *why)
{
    hp_use use = who(1, 0);
    uint32_t seconds;

    assert_int_equal(take(1, 0).state, HP_USE_AWAY);
    if (strstr(error.text, why) == NULL || strstr(error.text, path) == NULL)
        fail_msg("%s, expected: %s", error.text, why);
    assert_false(hp_ledger_file_wait(path, use.pass[0], 1, &seconds, &error));
    assert_false(hp_ledger_file_end(path, &use, true, &error));
}

static hp_bytes
content(void)
{
    hp_bytes bytes;

    assert_true(hp_file_read(path, 0, 1 << 22, &bytes, NULL, &error));
    return bytes;
}

static void
put_back(hp_bytes *bytes)
{
    int fd = open(path, O_RDWR | O_TRUNC);

    assert_int_equal(write(fd, bytes->p, bytes->n), (ssize_t)bytes->n);
    assert_int_equal(close(fd), 0);
}

/* Any byte of what is in use: it is never emptied. */
static void
damage_is_noticed_and_left(void **state)
{
    static const size_t at[] = {
        0, 8, 12, 20, 60, HP_LEDGER_KEYS, HP_LEDGER_KEYS + 9, HP_LEDGER_KEYS + 31,
        HP_LEDGER_RECORDS, HP_LEDGER_RECORDS + 17, HP_LEDGER_RECORDS + 40,
        HP_LEDGER_RECORDS + HP_LEDGER_RECORD - 1,
    };
    hp_bytes before, after;
    size_t i;

    (void)state;
    (void)take(1, 0);
    (void)take(2, 0);
    before = content();
    for (i = 0; i < COUNT(at); i++) {
        before.p[at[i]] ^= 0x40;
        put_back(&before);
        assert_away(at[i] < 16 ? "no ledger that this version knows" : "is damaged");
        after = content();
        assert_int_equal(after.n, before.n);
        assert_memory_equal(after.p, before.p, before.n);
        hp_bytes_free(&after);
        before.p[at[i]] ^= 0x40;
    }
    put_back(&before);
    assert_int_equal(take(1, 0).count, 1);
    hp_bytes_free(&before);
}

static void
a_cut_file_is_noticed(void **state)
{
    static const off_t sizes[] = {
        1, 63, 65, HP_LEDGER_KEYS + 16, HP_LEDGER_RECORDS - 1, HP_LEDGER_RECORDS + 1,
        HP_LEDGER_RECORDS + HP_LEDGER_RECORD - 1, HP_LEDGER_RECORDS + HP_LEDGER_RECORD + 1,
    };
    hp_bytes before;
    size_t i;

    (void)state;
    (void)take(1, 0);
    (void)take(2, 0);
    before = content();
    for (i = 0; i < COUNT(sizes); i++) {
        put_back(&before);
        assert_int_equal(truncate(path, sizes[i]), 0);
        assert_away("is damaged");
    }
    hp_bytes_free(&before);
    assert_int_equal(truncate(path, HP_LEDGER_RECORDS +
                     (off_t)(HP_LEDGER_FILE_PASSES + 1) * HP_LEDGER_RECORD), 0);
    assert_away("expected at most");
}

static void
another_file_is_left_alone(void **state)
{
    hp_bytes after;

    (void)state;
    path = maker_c_string(hp_str_of(maker_file("ledger/text", HP_STR("root:x:0:0:root:/root:/bin/sh\n"
        "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"))));
    assert_away("expected one, or no file");
    after = content();
    assert_int_equal(after.n, 78);
    hp_bytes_free(&after);
}

static void
another_boot_begins_anew(void **state)
{
    hp_ledger_head head;
    listed l = { .n = 0 };
    int fd;

    (void)state;
    (void)take(1, 0);
    (void)take(1, 1);
    fd = open(path, O_RDWR);
    assert_int_equal(pread(fd, &head, sizeof(head), 0), sizeof(head));
    head.boot[0] = head.boot[0] == 'a' ? 'b' : 'a';
    head.check = hp_ledger_check(&head, offsetof(hp_ledger_head, check), 0);
    assert_int_equal(pwrite(fd, &head, sizeof(head), 0), sizeof(head));
    assert_true(hp_ledger_file_each(path, note, &l, &error));
    assert_int_equal(l.n, 0);
    assert_true(size_of_file() > HP_LEDGER_KEYS); /* looking changes nothing */
    assert_int_equal(take(1, 2).count, 1);
    assert_int_equal(take(1, 3).count, 2);
    assert_int_equal(close(fd), 0);
}

static void
who_may_write_it(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(take(1, 0).state, HP_USE_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(chmod(path, 0620), 0);
    assert_away("lets others write");
    assert_int_equal(chmod(path, 0602), 0);
    assert_away("lets others write");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(take(1, 0).state, HP_USE_OK);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_away("belongs to user 65534");
    }
}

static void
the_folder_is_made_and_must_be_ours(void **state)
{
    const char *folder = maker_c_string(maker_print("%s/run", maker_folder()));
    struct stat st;

    (void)state;
    path = maker_c_string(maker_print("%s/ledger", folder));
    assert_int_equal(rows(), 0);
    assert_int_not_equal(access(folder, F_OK), 0); /* looking makes nothing */
    assert_true(hp_ledger_file_ready(path, &error));
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(take(1, 0).state, HP_USE_AWAY);
    assert_non_null(strstr(error.text, "lets others write"));
    assert_int_equal(chmod(folder, 0700), 0);
    path = maker_c_string(maker_print("%s/deep/er/ledger", folder));
    assert_int_equal(take(1, 0).state, HP_USE_AWAY);
}

static void
what_is_no_file(void **state)
{
    const char *file = path;

    (void)state;
    (void)take(1, 0);
    path = maker_c_string(maker_print("%s-link", file));
    assert_int_equal(symlink(file, path), 0);
    assert_away("symbolic link");
    path = maker_c_string(maker_print("%s-fifo", file));
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5); /* a reader that waits for a writer ends here */
    assert_away("not a regular file");
    alarm(0);
    path = maker_c_string(maker_print("%s-folder", file));
    assert_int_equal(mkdir(path, 0700), 0);
    assert_away("directory");
}

/* A process that was stopped while it had the lock holds nobody up for long. */
static void
a_lock_that_stays_is_away(void **state)
{
    time_t began;
    int fd;

    (void)state;
    (void)take(1, 0);
    fd = open(path, O_RDONLY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    began = time(NULL);
    assert_int_equal(take(1, 0).state, HP_USE_AWAY);
    assert_in_range(time(NULL) - began, 0, 4);
    assert_non_null(strstr(error.text, "another process"));
    assert_int_equal(close(fd), 0);
    assert_int_equal(take(1, 0).state, HP_USE_OK);
}

/* su(1) has the limits of whoever calls it. */
static void
a_limit_of_sizes_writes_no_half_row(void **state)
{
    static const size_t ends[] = { 30, HP_LEDGER_KEYS + 16 + 5, HP_LEDGER_RECORDS + 500,
                                   HP_LEDGER_RECORDS + HP_LEDGER_RECORD + 500 };
    struct rlimit none, some;
    size_t i;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(take(1, 0).state, HP_USE_OK);
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        some = (struct rlimit){ ends[i], none.rlim_max };
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &some), 0);
        assert_int_equal(take(1, 1).state, HP_USE_AWAY);
        assert_non_null(strstr(error.text, "ulimit -f"));
        assert_int_equal(take(2, 0).state, HP_USE_AWAY);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
        assert_int_equal(rows(), 1);
    }
    assert_int_equal(take(1, 1).state, HP_USE_OK);
    assert_int_equal(take(2, 0).state, HP_USE_OK);
}

static void
a_look_without_memory_is_no_look(void **state)
{
    listed l = { .n = 0 };
    bool good;

    (void)state;
    (void)take(1, 0);
    alloc_start(1);
    good = hp_ledger_file_each(path, note, &l, &error);
    alloc_start(0);
    assert_false(good);
    assert_non_null(strstr(error.text, "no memory"));
    assert_int_equal(l.n, 0);
}

/* Each test has a file of its own. */
static int
begin(void **state)
{
    static unsigned nth;

    (void)state;
    path = maker_c_string(hp_str_of(maker_file("ledger/any", HP_STR(""))));
    path = maker_c_string(maker_print("%s/ledger/%u", maker_folder(), nth++));
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

static const struct CMUnitTest tests[] = {
    TEST(a_use_is_there_for_everybody_who_looks),
    TEST(whoever_is_told_may_stop),
    TEST(one_warning_a_window),
    TEST(a_reservation_ends),
    TEST(a_new_key_loses_no_use),
    TEST(a_tag_is_not_a_pass),
    TEST(the_wait_is_until_one_ends),
    TEST(what_is_over_makes_room),
    TEST(it_holds_so_many_and_no_more),
    TEST(many_processes_never_exceed_the_limit),
    TEST(killed_at_any_moment_it_is_whole),
    TEST(what_a_kill_leaves_is_taken_up),
    TEST(damage_is_noticed_and_left),
    TEST(a_cut_file_is_noticed),
    TEST(another_file_is_left_alone),
    TEST(another_boot_begins_anew),
    TEST(who_may_write_it),
    TEST(the_folder_is_made_and_must_be_ours),
    TEST(what_is_no_file),
    TEST(a_lock_that_stays_is_away),
    TEST(a_limit_of_sizes_writes_no_half_row),
    TEST(a_look_without_memory_is_no_look),
};

UNIT_MAIN(tests)
