/*
 * The ledger in Redis, on a real redis-server: the script decides as use.c does, and what is asked
 * of a Redis that is away, frozen or foreign ends in time.
 */
#include "unit.h"

#include "base/hex.h"
#include "ledger/redis.h"
#include "ledger/redis_script.h"
#include "redisd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT 5000u /* ms, of a Redis that is there on a machine that is busy */

static redisd server;

static int
set_up(void **state)
{
    (void)state;
    redisd_start(&server, NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    redisd_stop(&server);
    return 0;
}

static hp_redis *
opened(const hp_ledger_place *place, unsigned ms)
{
    hp_error error;
    hp_redis *redis = hp_redis_open(place, ms, &error);

    if (redis == NULL)
        fail_msg("%s", error.text);
    return redis;
}

static const hp_redis_value *
said(hp_redis *redis, const char *const *texts, size_t n)
{
    const hp_redis_value *value;
    hp_str words[8];
    hp_error error;
    size_t i;

    assert_true(n <= COUNT(words));
    for (i = 0; i < n; i++)
        words[i] = hp_str_of(texts[i]);
    value = hp_redis_command(redis, words, n, &error);
    if (value == NULL)
        fail_msg("%s: %s", texts[0], error.text);
    return value;
}
#define WORDS(...) ((const char *const[]){ __VA_ARGS__ })
#define command(redis, ...) said(redis, WORDS(__VA_ARGS__), COUNT(WORDS(__VA_ARGS__)))

static hp_use
who(unsigned pass, unsigned n)
{
    hp_use use = { .n = 1 };

    memset(use.pass[0], (int)pass, HP_ID);
    memcpy(use.by[0], &n, sizeof(n));
    return use;
}

static const hp_use_terms refusing = { .limit = 3, .window = 3600, .refuse = true };
static const hp_use_terms reserving = { .limit = 1, .window = 3600, .refuse = true,
                                        .reserve = true };

static void
assert_use(hp_redis *redis, const hp_use *use, const hp_use_terms *terms, hp_use_state state,
           unsigned count)
{
    hp_use_answer answer;
    hp_error error;

    if (!hp_redis_take(redis, use, terms, &answer, &error))
        fail_msg("%s", error.text);
    assert_int_equal(answer.state, state);
    assert_int_equal(answer.count, count);
}

/* ---- an event loop -------------------------------------------------------------------------- */

/* Steps until *n is as many, or ms are over; false when the connection is lost. */
static bool
drive(hp_redis *redis, const unsigned *n, unsigned want, int ms, hp_error *error)
{
    int64_t end = hp_redis_now() + ms;
    struct pollfd wait = { .fd = hp_redis_fd(redis) };

    while (*n < want && hp_redis_now() < end) {
        wait.events = (short)(POLLIN | (hp_redis_wants_write(redis) ? POLLOUT : 0));
        (void)poll(&wait, 1, 20);
        if (!hp_redis_step(redis, error))
            return false;
    }
    return true;
}

typedef struct {
    unsigned n; /* times told */
    hp_use_answer answer;
    char why[200];
} answers;

static void
answered(void *context, const hp_use_answer *answer, const char *why)
{
    answers *a = context;

    a->n++;
    a->answer = *answer;
    snprintf(a->why, sizeof(a->why), "%s", why);
}

static hp_redis *
started(const hp_ledger_place *place)
{
    hp_error error;
    hp_redis *redis = hp_redis_start(place, &error);

    if (redis == NULL)
        fail_msg("%s", error.text);
    return redis;
}

/* ---- the script is use.c -------------------------------------------------------------------- */

#define PASSES 3
#define KEYS   3
#define MANY   60

/* What use.c keeps: of each pass, under each key that there ever was. */
static hp_use_row *kept[PASSES][KEYS];

static const unsigned rings[][KEYS + 1] = { { 1, 0 }, { 1, 1 }, { 2, 0, 1 }, { 2, 1, 0 },
                                            { 3, 2, 1, 0 }, { 3, 1, 0, 2 } };

static void
start_rows(void)
{
    unsigned p, k;

    for (p = 0; p < PASSES; p++) {
        for (k = 0; k < KEYS; k++) {
            free(kept[p][k]);
            kept[p][k] = calloc(1, sizeof(hp_use_row) + HP_USE_SLOTS * sizeof(hp_use_slot));
            assert_non_null(kept[p][k]);
            kept[p][k]->room = HP_USE_SLOTS;
        }
    }
}

static hp_use
use_of(unsigned pass, const unsigned *ring, unsigned by)
{
    hp_use use = { .n = ring[0] };
    size_t i;

    for (i = 0; i < use.n; i++) {
        memset(use.pass[i], (int)(pass * KEYS + ring[1 + i]), HP_ID);
        memcpy(use.by[i], &by, sizeof(by));
        use.by[i][HP_BY - 1] = (uint8_t)ring[1 + i];
    }
    return use;
}

static void
rows_of(unsigned pass, const unsigned *ring, hp_use_row *rows[HP_IDENTITIES])
{
    size_t i;

    for (i = 0; i < ring[0]; i++)
        rows[i] = kept[pass][ring[1 + i]];
}

/* The second that both are asked in: not within 100 ms of the next one. */
static uint32_t
this_second(hp_redis *redis)
{
    const hp_redis_value *value;

    for (;;) {
        value = command(redis, "TIME");
        if (atol((const char *)value->items[1]->text.p) < 900000)
            return (uint32_t)atol((const char *)value->items[0]->text.p);
        usleep(20000);
    }
}

static unsigned
any(unsigned below)
{
    return (unsigned)random() % below;
}

/* Small limits and short windows, so that all that can be over gets over. */
static hp_use_terms
any_terms(void)
{
    return (hp_use_terms){ .limit = any(8) == 0 ? HP_USE_LIMIT_MAX : 1 + any(5),
                           .window = 1 + any(4),
                           .refuse = any(2) == 0,
                           .reserve = any(2) == 0 };
}

static void
take_both(hp_redis *redis, hp_redis *loop, unsigned pass, const unsigned *ring, unsigned by)
{
    hp_use use = use_of(pass, ring, by);
    hp_use_terms terms = any_terms();
    hp_use_row *rows[HP_IDENTITIES] = { NULL };
    hp_use_answer want;
    answers got = { .n = 0 };
    uint32_t now = this_second(redis);
    hp_error error;

    rows_of(pass, ring, rows);
    if (any(2) == 0) {
        terms.reserve = true;
        assert_non_null(hp_redis_ask_take(loop, &use, &terms, WAIT, answered, &got));
        assert_true(drive(loop, &got.n, 1, WAIT, &error));
    } else if (!hp_redis_take(redis, &use, &terms, &got.answer, &error)) {
        fail_msg("%s", error.text);
    }
    assert_true(hp_use_take(rows, &use, &terms, now, &want));
    assert_int_equal(got.answer.state, want.state);
    assert_int_equal(got.answer.count, want.count);
    assert_int_equal(got.answer.first, want.first);
}

static void
end_both(hp_redis *redis, unsigned pass, const unsigned *ring, unsigned by)
{
    hp_use use = use_of(pass, ring, by);
    hp_use_row *rows[HP_IDENTITIES] = { NULL };
    bool commit = any(2) == 0;
    uint32_t now = this_second(redis);
    hp_error error;

    rows_of(pass, ring, rows);
    if (!hp_redis_end(redis, &use, commit, &error))
        fail_msg("%s", error.text);
    hp_use_end(rows, &use, now, commit);
}

/* Each row that is there: what use.c would have kept. */
typedef struct {
    uint32_t now;
    unsigned rows;
} compared;

static bool
compare_row(void *context, const hp_redis_row *row)
{
    compared *c = context;
    const hp_use_row *want = kept[row->pass[0] / KEYS][row->pass[0] % KEYS];
    unsigned placed;

    assert_int_equal(row->count, hp_use_row_count(want, c->now, &placed));
    assert_int_equal(row->placed, placed);
    assert_int_equal(row->left, hp_use_row_end(want, c->now) - c->now);
    c->rows++;
    return true;
}

static void
compare_rows(hp_redis *redis)
{
    compared c = { .now = this_second(redis) };
    unsigned p, k, placed, want = 0;
    hp_error error;

    if (!hp_redis_each(redis, compare_row, &c, &error))
        fail_msg("%s", error.text);
    for (p = 0; p < PASSES; p++) {
        for (k = 0; k < KEYS; k++)
            want += hp_use_row_count(kept[p][k], c.now, &placed) > 0;
    }
    assert_int_equal(c.rows, want);
}

/* A minute of it with HEALTHPASS_LONG=1, else four seconds. */
static void
the_script_decides_as_use_c_does(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *loop = started(&server.place);
    int64_t end = hp_redis_now() + (getenv("HEALTHPASS_LONG") != NULL ? 60000 : 4000);
    unsigned n, pass, by;
    const unsigned *ring;

    (void)state;
    srandom(6);
    start_rows();
    for (n = 0; hp_redis_now() < end; n++) {
        pass = any(PASSES);
        ring = rings[any(COUNT(rings))];
        by = any(pass == 0 ? MANY : 6);
        if (any(4) != 0)
            take_both(redis, loop, pass, ring, by);
        else
            end_both(redis, pass, ring, by);
        if (any(100) == 0)
            (void)command(redis, "SCRIPT", "FLUSH");
        if (any(50) == 0)
            compare_rows(redis);
        if (any(2000) == 0) { /* all is over */
            (void)command(redis, "FLUSHALL");
            start_rows();
        }
    }
    assert_true(n > 100);
    hp_redis_close(redis);
    hp_redis_close(loop);
}

static void
the_script_has_its_name(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    const hp_redis_value *value = command(redis, "SCRIPT", "LOAD", hp_redis_script);

    (void)state;
    assert_str_equal(value->text, HP_STR(HP_REDIS_SCRIPT_NAME));
    hp_redis_close(redis);
}

/* ---- what is kept ----------------------------------------------------------------------------- */

static void
every_row_has_an_end_and_ids_and_times_alone(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    const hp_redis_value *value;
    hp_use use = who(0xab, 1);

    (void)state;
    (void)command(redis, "FLUSHALL");
    assert_use(redis, &use, &refusing, HP_USE_OK, 1);
    value = command(redis, "KEYS", "*");
    assert_int_equal(value->n, 1);
    assert_str_equal(value->items[0]->text, HP_STR("healthpass:use:abababababababababababababababab"));
    value = command(redis, "TTL", "healthpass:use:abababababababababababababababab");
    assert_in_range(value->number, 3590, 3600);
    value = command(redis, "GET", "healthpass:use:abababababababababababababababab");
    assert_int_equal(value->text.n, 4 + 16);
    assert_memory_equal(value->text.p + 4, use.by[0], HP_BY);
    hp_redis_close(redis);
}

static void
a_row_goes_with_its_last_slot(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    hp_use use = who(1, 1);
    hp_error error;

    (void)state;
    (void)command(redis, "FLUSHALL");
    assert_use(redis, &use, &reserving, HP_USE_OK, 1);
    assert_true(hp_redis_end(redis, &use, false, &error));
    assert_int_equal(command(redis, "DBSIZE")->number, 0);
    hp_redis_close(redis);
}

static bool
stop_at_three(void *context, const hp_redis_row *row)
{
    (void)row;
    return ++*(unsigned *)context < 3;
}

static bool
count_rows(void *context, const hp_redis_row *row)
{
    ++*(unsigned *)context;
    assert_int_equal(row->count, 1);
    assert_int_equal(row->placed, 1);
    assert_in_range(row->left, 3500, 3600);
    return true;
}

static bool
count_logins(void *context, const hp_redis_row *row)
{
    unsigned *n = context;

    *n += row->pam;
    return true;
}

/* A login's terminal takes no place of a booking's account. */
static void
doors_count_apart(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    hp_use_terms one = { .limit = 1, .window = 3600, .refuse = true };
    hp_use web = who(0xab, 1), login = who(0xab, 2);
    unsigned n = 0;
    hp_error error;

    (void)state;
    login.pam = true;
    (void)command(redis, "FLUSHALL");
    assert_use(redis, &web, &one, HP_USE_OK, 1);
    assert_use(redis, &login, &one, HP_USE_OK, 1);
    login = who(0xab, 3);
    assert_use(redis, &login, &one, HP_USE_OVER, 2);
    login.pam = true;
    assert_use(redis, &login, &one, HP_USE_OVER, 2);
    assert_true(hp_redis_each(redis, count_logins, &n, &error));
    assert_int_equal(n, 1);
    hp_redis_close(redis);
}

/* Among keys of others, and more than one page of them. */
static void
all_rows_are_told(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    unsigned i, n = 0;
    hp_use use = who(1, 1);
    hp_error error;
    char key[64];

    (void)state;
    (void)command(redis, "FLUSHALL");
    assert_true(hp_redis_each(redis, count_rows, &n, &error));
    assert_int_equal(n, 0);
    for (i = 0; i < 1500; i++) {
        memcpy(use.pass[0], &i, sizeof(i));
        assert_use(redis, &use, &refusing, HP_USE_OK, 1);
        snprintf(key, sizeof(key), "healthpass:use:%u", i);
        (void)command(redis, "SET", key, "foreign");
    }
    (void)command(redis, "SET", "healthpass:use:ffffffffffffffffffffffffffffffff", "foreign");
    (void)command(redis, "LPUSH", "healthpass:use:fffffffffffffffffffffffffffffffe", "x");
    assert_true(hp_redis_each(redis, count_rows, &n, &error));
    assert_int_equal(n, 1500);
    n = 0;
    assert_true(hp_redis_each(redis, stop_at_three, &n, &error));
    assert_int_equal(n, 3);
    (void)command(redis, "FLUSHALL");
    hp_redis_close(redis);
}

/* ---- who may ask -------------------------------------------------------------------------------- */

static void
secrets_are_said(void **state)
{
    static const char *const options[] = { "--requirepass", "open sesame", "--user", "hp", "on", ">let me in",
        "~*", "&*", "+@all", NULL };
    static const struct {
        const char *secret, *error;
    } table[] = {
        { NULL, "NOAUTH" },
        { "open sesame", NULL },
        { "hp\nlet me in", NULL },
        { "wrong", "does not take the secret of ledger_auth" },
        { "hp\nopen sesame", "does not take the secret of ledger_auth" },
    };
    redisd locked;
    hp_redis *redis;
    hp_error error;
    size_t i;

    (void)state;
    redisd_start(&locked, options);
    for (i = 0; i < COUNT(table); i++) {
        locked.place.secret = table[i].secret;
        redis = hp_redis_open(&locked.place, WAIT, &error);
        if ((redis == NULL) != (table[i].error != NULL))
            fail_msg("%zu: %s", i, error.text);
        if (redis == NULL && strstr(error.text, table[i].error) == NULL)
            fail_msg("%zu: %s", i, error.text);
        if (redis == NULL && strstr(error.text, locked.place.path) == NULL)
            fail_msg("%zu: %s", i, error.text);
        hp_redis_close(redis);
    }
    redisd_stop(&locked);
}

/* No more than healthpass-policy(5) names. */
static void
few_commands_are_enough(void **state)
{
    static const char *const options[] = { "--user", "least", "on", ">pw", "~healthpass:*", "-@all", "+eval",
        "+evalsha", "+time", "+ping", "+select", "+get", "+set", "+del", "+pexpireat", "+scan", "+mget", NULL };
    hp_use use = who(7, 1);
    answers a = { .n = 0 };
    unsigned rows = 0;
    hp_redis *redis;
    hp_error error;
    redisd strict;

    (void)state;
    redisd_start(&strict, options);
    strict.place.secret = "least\npw";
    strict.place.db = 1;
    redis = opened(&strict.place, WAIT);
    assert_non_null(hp_redis_ask_take(redis, &use, &refusing, WAIT, answered, &a));
    assert_true(drive(redis, &a.n, 1, WAIT, &error));
    assert_int_equal(a.answer.state, HP_USE_OK);
    assert_true(hp_redis_each(redis, count_rows, &rows, &error));
    assert_int_equal(rows, 1);
    if (!hp_redis_end(redis, &use, false, &error))
        fail_msg("%s", error.text);
    hp_redis_close(redis);
    redisd_stop(&strict);
}

/* A Redis that knows no AUTH repeats what it was told. */
static void
no_error_repeats_a_secret_or_an_id(void **state)
{
    static const char *const options[] = { "--rename-command", "AUTH", "", "--rename-command", "EVAL", "", NULL };
    hp_use use = who(7, 1);
    hp_use_answer answer;
    hp_error error;
    hp_redis *redis;
    redisd odd;

    (void)state;
    redisd_start(&odd, options);
    odd.place.secret = "tell-nobody";
    assert_null(hp_redis_open(&odd.place, WAIT, &error));
    assert_null(strstr(error.text, "tell-nobody"));
    odd.place.secret = NULL;
    redis = opened(&odd.place, WAIT);
    assert_false(hp_redis_take(redis, &use, &refusing, &answer, &error));
    assert_int_equal(answer.state, HP_USE_AWAY);
    assert_non_null(strstr(error.text, "unknown command"));
    assert_null(strstr(error.text, "healthpass:use"));
    assert_null(strchr(error.text, '\n'));
    hp_redis_close(redis);
    redisd_stop(&odd);
}

static void
databases_are_apart(void **state)
{
    hp_ledger_place other = server.place;
    hp_redis *redis, *second;
    hp_use use = who(9, 1);
    hp_error error;

    (void)state;
    other.db = 3;
    redis = opened(&server.place, WAIT);
    second = opened(&other, WAIT);
    (void)command(redis, "FLUSHALL");
    assert_use(second, &use, &refusing, HP_USE_OK, 1);
    assert_int_equal(command(redis, "DBSIZE")->number, 0);
    assert_int_equal(command(second, "DBSIZE")->number, 1);
    hp_redis_close(redis);
    hp_redis_close(second);
    other.db = 16; /* of 0 to 15 */
    assert_null(hp_redis_open(&other, WAIT, &error));
    assert_non_null(strstr(error.text, "DB index is out of range"));
}

static void
full_is_not_away(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    hp_use use = who(1, 1);
    hp_use_answer answer;
    hp_error error;

    (void)state;
    (void)command(redis, "CONFIG", "SET", "maxmemory", "1");
    assert_false(hp_redis_take(redis, &use, &refusing, &answer, &error));
    assert_int_equal(answer.state, HP_USE_FULL);
    assert_non_null(strstr(error.text, "OOM"));
    (void)command(redis, "CONFIG", "SET", "maxmemory", "0");
    assert_use(redis, &use, &refusing, HP_USE_OK, 1);
    hp_redis_close(redis);
}

/* ---- values ---------------------------------------------------------------------------------------- */

static void
values_of_all_kinds(void **state)
{
    static const char script[] = "return { 7, 'a\\0b', false, { 'c', {} }, redis.status_reply('OK'),"
                                 " redis.error_reply('ODD error') }";
    hp_redis *redis = opened(&server.place, WAIT);
    const hp_redis_value *v = command(redis, "EVAL", script, "0");

    (void)state;
    assert_int_equal(v->kind, HP_REDIS_LIST);
    assert_int_equal(v->n, 6);
    assert_int_equal(v->items[0]->kind, HP_REDIS_INT);
    assert_int_equal(v->items[0]->number, 7);
    assert_str_equal(v->items[1]->text, HP_STR("a\0b"));
    assert_int_equal(v->items[2]->kind, HP_REDIS_NIL);
    assert_int_equal(v->items[3]->n, 2);
    assert_str_equal(v->items[3]->items[0]->text, HP_STR("c"));
    assert_int_equal(v->items[3]->items[1]->kind, HP_REDIS_LIST);
    assert_int_equal(v->items[3]->items[1]->n, 0);
    assert_str_equal(v->items[4]->text, HP_STR("OK"));
    assert_int_equal(v->items[5]->kind, HP_REDIS_ERROR);
    hp_redis_close(redis);
}

static void
a_subscriber_is_told(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *other = opened(&server.place, WAIT);
    const hp_redis_value *v;
    int64_t before;
    hp_error error;

    (void)state;
    (void)command(redis, "SUBSCRIBE", "healthpass:test");
    before = hp_redis_now();
    assert_null(hp_redis_pushed(redis, 50, &error));
    assert_string_equal(error.text, "");
    assert_in_range(hp_redis_now() - before, 49, 2000);
    (void)command(other, "PUBLISH", "healthpass:test", "one");
    (void)command(other, "PUBLISH", "healthpass:test", "two");
    assert_non_null(v = hp_redis_pushed(redis, WAIT, &error));
    assert_str_equal(v->items[2]->text, HP_STR("one"));
    assert_non_null(v = hp_redis_pushed(redis, WAIT, &error));
    assert_str_equal(v->items[2]->text, HP_STR("two"));
    (void)command(other, "CLIENT", "KILL", "TYPE", "pubsub");
    assert_null(hp_redis_pushed(redis, WAIT, &error));
    assert_non_null(strstr(error.text, "closed"));
    assert_true(hp_redis_lost(redis));
    hp_redis_close(redis);
    hp_redis_close(other);
}

/* ---- away -------------------------------------------------------------------------------------------- */

static void
nobody_there(void **state)
{
    hp_ledger_place place;
    hp_error error;

    (void)state;
    assert_true(hp_ledger_place_read("unix:/nowhere/s", &place));
    assert_null(hp_redis_open(&place, WAIT, &error));
    assert_string_equal(error.text, "unix:/nowhere/s: No such file or directory");
    assert_true(hp_ledger_place_read("redis://127.0.0.1:1", &place));
    assert_null(hp_redis_open(&place, WAIT, &error));
    assert_string_equal(error.text, "redis://127.0.0.1:1: Connection refused");
    assert_true(hp_ledger_place_read("redis://[::1]:1", &place));
    assert_null(hp_redis_open(&place, WAIT, &error));
    assert_non_null(strstr(error.text, "redis://[::1]:1: "));
}

/* What was asked while it was frozen is not done afterwards. */
static void
a_frozen_one_is_given_up_in_time(void **state)
{
    hp_use first = who(2, 1), second = who(2, 2), third = who(2, 3);
    answers a = { .n = 0 };
    hp_redis *redis, *loop = started(&server.place), *late;
    hp_use_answer answer;
    hp_error error;
    int64_t before;

    (void)state;
    redis = opened(&server.place, WAIT);
    (void)command(redis, "FLUSHALL");
    late = opened(&server.place, 100);
    assert_use(redis, &first, &refusing, HP_USE_OK, 1);
    (void)kill(server.pid, SIGSTOP);

    before = hp_redis_now();
    assert_false(hp_redis_take(late, &second, &refusing, &answer, &error));
    assert_int_equal(answer.state, HP_USE_AWAY);
    assert_non_null(strstr(error.text, "no answer in time"));
    assert_in_range(hp_redis_now() - before, 99, 2000);
    assert_true(hp_redis_lost(late));
    assert_null(hp_redis_open(&server.place, 100, &error));
    assert_non_null(hp_redis_ask_take(loop, &third, &refusing, 100, answered, &a));
    assert_true(drive(loop, &a.n, 1, 200, &error));
    assert_int_equal(a.n, 0);

    (void)kill(server.pid, SIGCONT);
    assert_true(drive(loop, &a.n, 1, WAIT, &error));
    assert_int_equal(a.answer.state, HP_USE_AWAY);
    assert_use(redis, &first, &refusing, HP_USE_OK, 1);
    hp_redis_close(redis);
    hp_redis_close(late);
    hp_redis_close(loop);
}

/* Redis' own clock went on while ours stood: as after a step of one of them. */
static void
a_clock_that_was_set_is_believed(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *loop = started(&server.place);
    hp_use use = who(3, 1);
    answers a = { .n = 0 };
    hp_error error;

    (void)state;
    (void)command(redis, "FLUSHALL");
    hp_redis_clock_is(redis, hp_redis_clock(redis) - 3600 * 1000);
    assert_use(redis, &use, &refusing, HP_USE_OK, 1);
    assert_non_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    assert_true(drive(loop, &a.n, 1, WAIT, &error));
    hp_redis_clock_is(loop, hp_redis_clock(loop) - 3600 * 1000);
    assert_non_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    assert_true(drive(loop, &a.n, 2, WAIT, &error));
    assert_int_equal(a.answer.state, HP_USE_OK);
    hp_redis_close(redis);
    hp_redis_close(loop);
}

static void
who_is_dropped_has_used_nothing(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *loop = started(&server.place);
    hp_use first = who(4, 1), second = who(4, 2), third = who(4, 3);
    answers a = { .n = 0 };
    hp_use_terms one = { .limit = 1, .window = 3600, .refuse = true };
    hp_error error;
    unsigned round;

    (void)state;
    (void)command(redis, "FLUSHALL");
    for (round = 0; round < 2; round++) { /* before and after the first words */
        hp_redis_drop(hp_redis_ask_take(loop, &first, &one, WAIT, answered, &a));
        assert_non_null(hp_redis_ask_take(loop, &second, &one, WAIT, answered, &a));
        assert_true(drive(loop, &a.n, 1 + round, WAIT, &error));
        assert_true(hp_redis_is_ready(loop));
        if (round == 0)
            assert_int_equal(a.answer.state, HP_USE_OK);
        else
            assert_int_equal(a.answer.state, HP_USE_OVER);
        assert_true(hp_redis_ask_end(loop, &second, false));
        (void)hp_redis_step(loop, &error);
    }
    (void)drive(loop, &a.n, 3, 100, &error);
    assert_use(redis, &third, &one, HP_USE_OK, 2);
    hp_redis_close(redis);
    hp_redis_close(loop);
}

/* Dropped where he was refused anyhow: the place that he holds elsewhere stays. */
static void
who_is_dropped_keeps_what_he_holds(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *loop = started(&server.place);
    hp_use first = who(4, 1), second = who(4, 2), third = who(4, 3);
    hp_use_terms one = { .limit = 1, .window = 3600, .refuse = true };
    hp_use_terms two = { .limit = 2, .window = 3600, .refuse = true, .reserve = true };
    answers a = { .n = 0 };
    hp_error error;

    (void)state;
    (void)command(redis, "FLUSHALL");
    assert_use(redis, &first, &two, HP_USE_OK, 1);
    assert_use(redis, &second, &two, HP_USE_OK, 2);
    assert_non_null(hp_redis_ask_take(loop, &third, &two, WAIT, answered, &a));
    assert_true(drive(loop, &a.n, 1, WAIT, &error));
    hp_redis_drop(hp_redis_ask_take(loop, &second, &one, WAIT, answered, &a));
    (void)drive(loop, &a.n, 2, 100, &error);
    assert_true(hp_redis_end(redis, &second, true, &error));
    assert_use(redis, &third, &two, HP_USE_OVER, 3);
    hp_redis_close(redis);
    hp_redis_close(loop);
}

/* By its name, and whole when Redis has forgotten it. */
static void
ends_reach_a_redis_that_forgot_the_script(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT), *loop = started(&server.place);
    hp_use first = who(5, 1), second = who(5, 2);
    answers a = { .n = 0 };
    hp_error error;

    (void)state;
    (void)command(redis, "FLUSHALL");
    assert_non_null(hp_redis_ask_take(loop, &first, &reserving, WAIT, answered, &a));
    assert_true(drive(loop, &a.n, 1, WAIT, &error));
    (void)command(redis, "SCRIPT", "FLUSH");
    assert_true(hp_redis_ask_end(loop, &first, false));
    (void)drive(loop, &a.n, 2, 100, &error);
    assert_use(redis, &second, &reserving, HP_USE_OK, 1);
    hp_redis_close(redis);
    hp_redis_close(loop);
}

static void
who_waits_is_told_of_a_loss(void **state)
{
    hp_use use = who(6, 1);
    answers a = { .n = 0 };
    redisd other;
    hp_redis *loop;
    hp_error error;
    unsigned i;

    (void)state;
    redisd_start(&other, NULL);
    loop = started(&other.place);
    assert_non_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    assert_true(drive(loop, &a.n, 1, WAIT, &error));
    (void)kill(other.pid, SIGSTOP);
    for (i = 0; i < 5; i++)
        assert_non_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    assert_true(hp_redis_step(loop, &error));
    redisd_stop(&other);
    assert_false(drive(loop, &a.n, 100, WAIT, &error));
    assert_int_equal(a.n, 6);
    assert_int_equal(a.answer.state, HP_USE_AWAY);
    assert_non_null(strstr(error.text, other.place.path));
    assert_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    assert_false(hp_redis_ask_end(loop, &use, false));
    hp_redis_close(loop);
}

/* And of the end of the connection. */
static void
who_waits_is_told_when_it_is_closed(void **state)
{
    hp_use use = who(6, 1);
    answers a = { .n = 0 };
    hp_redis *loop = started(&server.place);

    (void)state;
    assert_non_null(hp_redis_ask_take(loop, &use, &refusing, WAIT, answered, &a));
    hp_redis_close(loop);
    assert_int_equal(a.n, 1);
    assert_int_equal(a.answer.state, HP_USE_AWAY);
    hp_redis_close(NULL);
}

/* ---- what is no Redis ------------------------------------------------------------------------------- */

/* A server that says the same to everybody, in another process. */
static pid_t
parrot(hp_ledger_place *place, const char *text, size_t n, unsigned times)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t size = sizeof(at);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
    pid_t pid;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    if ((pid = fork()) == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        fd = accept(listener, NULL, NULL);
        while (times-- > 0 && send(fd, text, n, 0) > 0)
            continue;
        (void)pause();
        _exit(0);
    }
    close(listener);
    memset(place, 0, sizeof(*place));
    place->kind = HP_LEDGER_REDIS;
    snprintf(place->host, sizeof(place->host), "127.0.0.1");
    place->port = ntohs(at.sin_port);
    return pid;
}

static void
foreign_servers_are_left(void **state)
{
    static char zeros[65536];
    static const struct {
        const char *text;
        size_t n;
        unsigned times;
        const char *error;
    } table[] = {
        { "HTTP/1.1 400 Bad Request\r\n\r\n", 28, 1, "Protocol error" },
        { "+OK\r\n", 5, 1, "this is no Redis" },
        { "*1\r\n:1\r\n", 8, 1, "this is no Redis" },
        { "-LOADING Redis is loading\r\n", 27, 1, "LOADING" },
        { "-BAD\x1b[31m\r\n", 11, 1, "BAD?[31m" },
        { "*1048577\r\n", 10, 1, "Out of memory" },
        { "$500000000\r\n", 12, 1, "no answer in time" },
        { zeros, sizeof(zeros), 1000, "Protocol error" },
        { "*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n*9\r\n", 40, 1, "nested" },
    };
    hp_ledger_place place;
    hp_error error;
    pid_t pid;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        pid = parrot(&place, table[i].text, table[i].n, table[i].times);
        assert_null(hp_redis_open(&place, i == 6 ? 100 : WAIT, &error));
        if (strstr(error.text, table[i].error) == NULL)
            fail_msg("%zu: %s", i, error.text);
        (void)kill(pid, SIGKILL);
    }
}

/* Sixteen megabytes and no more. */
static void
long_answers_are_left(void **state)
{
    hp_redis *redis = opened(&server.place, WAIT);
    hp_str words[4] = { HP_STR("EVAL"), HP_STR("return string.rep('x', tonumber(ARGV[1]))"), HP_STR("0"),
                        HP_STR("16777000") };
    const hp_redis_value *value;
    hp_error error;

    (void)state;
    assert_non_null(value = hp_redis_command(redis, words, 4, &error));
    assert_int_equal(value->text.n, 16777000);
    words[3] = HP_STR("17000000");
    assert_null(hp_redis_command(redis, words, 4, &error));
    assert_non_null(strstr(error.text, "too long"));
    hp_redis_close(redis);
}

static void
nothing_breaks_without_memory(void **state)
{
    hp_use use = who(8, 1);
    hp_use_answer answer;
    hp_redis *redis;
    hp_error error;
    answers a;
    size_t n;
    bool good = false;
    unsigned rows = 0;

    (void)state;
    for (n = 1; !good && n < 500; n++) {
        memset(&a, 0, sizeof(a));
        alloc_start(n);
        redis = hp_redis_open(&server.place, WAIT, &error);
        good = redis != NULL && hp_redis_take(redis, &use, &refusing, &answer, &error) &&
               hp_redis_each(redis, count_rows, &rows, &error) &&
               hp_redis_ask_take(redis, &use, &refusing, WAIT, answered, &a) != NULL &&
               drive(redis, &a.n, 1, WAIT, &error) && a.answer.state == HP_USE_OK &&
               hp_redis_ask_end(redis, &use, false);
        if (redis == NULL)
            assert_string_not_equal(error.text, "");
        hp_redis_close(redis);
        good = good && alloc_calls() < n;
    }
    alloc_start(0);
    assert_true(good);
    assert_true(n > 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_has_its_name),
        cmocka_unit_test(the_script_decides_as_use_c_does),
        cmocka_unit_test(every_row_has_an_end_and_ids_and_times_alone),
        cmocka_unit_test(a_row_goes_with_its_last_slot),
        cmocka_unit_test(doors_count_apart),
        cmocka_unit_test(all_rows_are_told),
        cmocka_unit_test(secrets_are_said),
        cmocka_unit_test(few_commands_are_enough),
        cmocka_unit_test(no_error_repeats_a_secret_or_an_id),
        cmocka_unit_test(databases_are_apart),
        cmocka_unit_test(full_is_not_away),
        cmocka_unit_test(values_of_all_kinds),
        cmocka_unit_test(a_subscriber_is_told),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(a_frozen_one_is_given_up_in_time),
        cmocka_unit_test(a_clock_that_was_set_is_believed),
        cmocka_unit_test(who_is_dropped_has_used_nothing),
        cmocka_unit_test(who_is_dropped_keeps_what_he_holds),
        cmocka_unit_test(ends_reach_a_redis_that_forgot_the_script),
        cmocka_unit_test(who_waits_is_told_of_a_loss),
        cmocka_unit_test(who_waits_is_told_when_it_is_closed),
        cmocka_unit_test(foreign_servers_are_left),
        cmocka_unit_test(long_answers_are_left),
        cmocka_unit_test(nothing_breaks_without_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
