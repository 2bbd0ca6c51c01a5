/* A connection to Redis; see redis_link.h. */
#include "ledger/redis_link.h"

#include "base/wipe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_AT_ONCE (16 * 1024)

/* Who waits for an answer. */
typedef struct waiting {
    struct waiting *next;
    hp_redis_told *told;
    void *context;
} waiting;

struct hp_redis {
    int fd;
    bool connecting, ready, lost;
    unsigned ms;             /* for one command of those who block */
    int64_t ahead;           /* Redis' clock minus our monotonic one, at most */
    redisReader *reader;
    char *out;               /* what is to be written: from out_at to out_n */
    size_t out_at, out_n, out_room;
    waiting *first, **last;
    hp_redis_told *listen;
    void *listener;
    hp_redis_value *kept;    /* what hp_redis_command() gave away */
    char address[128];
    hp_error why;
};

int64_t
hp_redis_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- values ----------------------------------------------------------------------------- */

typedef struct {
    hp_redis_value value;
    hp_redis_value **slots; /* value.items, as long as they are filled */
} node;

static void
end_value(void *object)
{
    node *one = object;
    size_t i;

    if (one == NULL)
        return;
    for (i = 0; i < one->value.n; i++)
        end_value(one->slots[i]);
    free(one->slots);
    free(one);
}

/* Puts a new value where the reader is in a list. */
static void *
made(const redisReadTask *task, node *one, hp_redis_kind kind)
{
    if (one == NULL)
        return NULL;
    one->value.kind = kind;
    if (task->parent != NULL)
        ((node *)task->parent->obj)->slots[task->idx] = &one->value;
    return one;
}

static void *
make_text(const redisReadTask *task, char *p, size_t n)
{
    node *one = calloc(1, sizeof(*one) + n + 1);

    if (one != NULL) {
        memcpy(one + 1, p, n);
        one->value.text = (hp_str){ (const uint8_t *)(one + 1), n };
    }
    return made(task, one, task->type == REDIS_REPLY_ERROR ? HP_REDIS_ERROR : HP_REDIS_TEXT);
}

static void *
make_list(const redisReadTask *task, int n)
{
    node *one;

    if (n < 0 || (unsigned)n > HP_REDIS_ITEMS || (one = calloc(1, sizeof(*one))) == NULL)
        return NULL;
    if (n > 0 && (one->slots = calloc((size_t)n, sizeof(*one->slots))) == NULL) {
        free(one);
        return NULL;
    }
    one->value.items = one->slots;
    one->value.n = (size_t)n;
    return made(task, one, HP_REDIS_LIST);
}

static void *
make_number(const redisReadTask *task, long long value)
{
    node *one = calloc(1, sizeof(*one));

    if (one != NULL)
        one->value.number = value;
    return made(task, one, HP_REDIS_INT);
}

static void *
make_nil(const redisReadTask *task)
{
    return made(task, calloc(1, sizeof(node)), HP_REDIS_NIL);
}

/* hiredis asks for one that is writable, and writes nothing to it. */
static const redisReplyObjectFunctions makers = { make_text, make_list, make_number, make_nil,
                                            end_value };

/* ---- the end ------------------------------------------------------------------------------ */

/* The oldest ask goes; whoever made it is told. */
static void
tell(hp_redis *redis, const hp_redis_value *value)
{
    waiting *one = redis->first;

    redis->first = one->next;
    if (redis->first == NULL)
        redis->last = &redis->first;
    if (one->told != NULL)
        one->told(one->context, value);
    free(one);
}

/* The first reason stays. */
static bool
lose(hp_redis *redis, const char *why)
{
    if (redis->lost)
        return false;
    redis->lost = true;
    hp_error_set(&redis->why, "%s: %s", redis->address, why);
    while (redis->first != NULL)
        tell(redis, NULL);
    return false;
}

void
hp_redis_close(hp_redis *redis)
{
    if (redis == NULL)
        return;
    (void)lose(redis, "closed");
    if (redis->fd >= 0)
        close(redis->fd);
    if (redis->reader != NULL)
        redisReaderFree(redis->reader);
    end_value(redis->kept);
    if (redis->out != NULL)
        hp_wipe(redis->out, redis->out_room);
    free(redis->out);
    free(redis);
}

bool
hp_redis_lost(const hp_redis *redis)
{
    return redis->lost;
}

/*
 * An error as Redis words it, as one line, and without what it repeats of a command: "ERR unknown
 * command 'AUTH', with args beginning with: ...".
 */
typedef struct {
    char text[160];
} saying;

static saying
said(const hp_redis_value *value)
{
    saying s = { "Redis says " };
    size_t at = strlen(s.text), i;
    char *args;

    for (i = 0; i < value->text.n && at < sizeof(s.text) - 1; i++, at++) {
        uint8_t c = value->text.p[i];

        s.text[at] = c < ' ' || c > '~' ? '?' : (char)c;
    }
    s.text[at] = '\0';
    if ((args = strstr(s.text, ", with args")) != NULL)
        *args = '\0';
    return s;
}

/* ---- asking ------------------------------------------------------------------------------- */

/* There is a secret in it at first: no copy is left where it was. */
static bool
room_for(hp_redis *redis, size_t n)
{
    size_t left = redis->out_n - redis->out_at, room = redis->out_room;
    char *out;

    if (n <= room - redis->out_n)
        return true;
    while (room < left + n)
        room = room == 0 ? 4096 : room * 2;
    if ((out = malloc(room)) == NULL)
        return false;
    if (redis->out != NULL) {
        memcpy(out, redis->out + redis->out_at, left);
        hp_wipe(redis->out, redis->out_room);
        free(redis->out);
    }
    redis->out = out;
    redis->out_room = room;
    redis->out_at = 0;
    redis->out_n = left;
    return true;
}

/* hiredis takes words as two arrays. */
static bool
put_words(hp_redis *redis, const hp_str *words, size_t n)
{
    const char **p = calloc(n, sizeof(*p));
    size_t *size = calloc(n, sizeof(*size)), i;
    char *command = NULL;
    int length = -1;
    bool good;

    for (i = 0; p != NULL && size != NULL && i < n; i++) {
        p[i] = (const char *)words[i].p;
        size[i] = words[i].n;
    }
    if (p != NULL && size != NULL)
        length = redisFormatCommandArgv(&command, (int)n, p, size);
    good = length > 0 && room_for(redis, (size_t)length);
    if (good) {
        memcpy(redis->out + redis->out_n, command, (size_t)length);
        redis->out_n += (size_t)length;
    }
    if (length > 0) {
        hp_wipe(command, (size_t)length);
        redisFreeCommand(command);
    }
    free(p);
    free(size);
    return good;
}

bool
hp_redis_ask(hp_redis *redis, const hp_str *words, size_t n, hp_redis_told *told, void *context)
{
    waiting *one;

    if (redis->lost || (one = calloc(1, sizeof(*one))) == NULL)
        return false;
    if (!put_words(redis, words, n)) {
        free(one);
        return false;
    }
    one->told = told;
    one->context = context;
    *redis->last = one;
    redis->last = &one->next;
    return true;
}

void
hp_redis_listen(hp_redis *redis, hp_redis_told *told, void *context)
{
    redis->listen = told;
    redis->listener = context;
}

/* ---- connecting ----------------------------------------------------------------------------- */

/* What Redis says of a wrong secret may repeat it. */
static void
authenticated(void *context, const hp_redis_value *value)
{
    if (value != NULL && value->kind == HP_REDIS_ERROR)
        (void)lose(context, "Redis does not take the secret of ledger_auth");
}

static void
selected(void *context, const hp_redis_value *value)
{
    if (value != NULL && value->kind == HP_REDIS_ERROR)
        (void)lose(context, said(value).text);
}

/* Digits, as Redis writes its time; a text of anything else is 0. */
static int64_t
digits(const hp_redis_value *value)
{
    int64_t number = 0;
    size_t i;

    if (value->kind != HP_REDIS_TEXT || value->text.n > 15)
        return 0;
    for (i = 0; i < value->text.n; i++) {
        if (value->text.p[i] < '0' || value->text.p[i] > '9')
            return 0;
        number = number * 10 + (value->text.p[i] - '0');
    }
    return number;
}

/* The last of the first words: where a secret is wanted and none was said, this is refused. */
static void
timed(void *context, const hp_redis_value *value)
{
    hp_redis *redis = context;

    if (value == NULL)
        return;
    if (value->kind != HP_REDIS_LIST || value->n != 2) {
        (void)lose(redis, value->kind == HP_REDIS_ERROR ? said(value).text : "this is no Redis");
        return;
    }
    redis->ready = true;
    hp_redis_clock_is(redis, digits(value->items[0]) * 1000 + digits(value->items[1]) / 1000);
}

static bool
say_secret(hp_redis *redis, const char *secret)
{
    const char *second = strchr(secret, '\n');
    hp_str words[3] = { HP_STR("AUTH"), hp_str_of(secret) };

    if (second == NULL)
        return hp_redis_ask(redis, words, 2, authenticated, redis);
    words[1].n = (size_t)(second - secret);
    words[2] = hp_str_of(second + 1);
    return hp_redis_ask(redis, words, 3, authenticated, redis);
}

static bool
say_first_words(hp_redis *redis, const hp_ledger_place *place)
{
    char db[12];
    hp_str choose[2] = { HP_STR("SELECT") }, when = HP_STR("TIME");

    snprintf(db, sizeof(db), "%u", place->db);
    choose[1] = hp_str_of(db);
    return (place->secret == NULL || say_secret(redis, place->secret)) &&
           (place->db == 0 || hp_redis_ask(redis, choose, 2, selected, redis)) &&
           hp_redis_ask(redis, &when, 1, timed, redis);
}

typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    struct sockaddr_un path;
} endpoint;

static socklen_t
endpoint_of(const hp_ledger_place *place, endpoint *to)
{
    memset(to, 0, sizeof(*to));
    if (place->path[0] != '\0') {
        to->path.sun_family = AF_UNIX;
        memcpy(to->path.sun_path, place->path, sizeof(to->path.sun_path));
        return sizeof(to->path);
    }
    if (inet_pton(AF_INET, place->host, &to->four.sin_addr) == 1) {
        to->four.sin_family = AF_INET;
        to->four.sin_port = htons((uint16_t)place->port);
        return sizeof(to->four);
    }
    to->six.sin6_family = AF_INET6;
    to->six.sin6_port = htons((uint16_t)place->port);
    return inet_pton(AF_INET6, place->host, &to->six.sin6_addr) == 1 ? sizeof(to->six) : 0;
}

/* A path whose queue is full says EAGAIN, and is not waited for: who listens there hangs. */
static bool
begin(hp_redis *redis, const hp_ledger_place *place)
{
    endpoint to;
    socklen_t size = endpoint_of(place, &to);
    int on = 1;

    if (size == 0)
        return lose(redis, "neither a numeric address nor a path");
    redis->fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (redis->fd < 0)
        return lose(redis, strerror(errno));
    if (to.any.sa_family != AF_UNIX) {
        (void)setsockopt(redis->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        (void)setsockopt(redis->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    if (connect(redis->fd, &to.any, size) == 0)
        return true;
    redis->connecting = errno == EINPROGRESS;
    return redis->connecting || lose(redis, strerror(errno));
}

static void
name_of(const hp_ledger_place *place, char text[128])
{
    if (place->path[0] != '\0')
        snprintf(text, 128, "unix:%s", place->path);
    else
        snprintf(text, 128, strchr(place->host, ':') ? "redis://[%s]:%u" : "redis://%s:%u",
                 place->host, place->port);
}

hp_redis *
hp_redis_start(const hp_ledger_place *place, hp_error *error)
{
    hp_redis *redis = calloc(1, sizeof(*redis));
    bool good;

    if (redis == NULL) {
        hp_error_set(error, "no memory for a connection to Redis");
        return NULL;
    }
    redis->fd = -1;
    redis->last = &redis->first;
    name_of(place, redis->address);
    redis->reader = redisReaderCreateWithFunctions(
        (redisReplyObjectFunctions *)(uintptr_t)&makers);
    good = (redis->reader != NULL && say_first_words(redis, place)) || lose(redis, "no memory");
    if (good && begin(redis, place))
        return redis;
    hp_error_set(error, "%s", redis->why.text);
    hp_redis_close(redis);
    return NULL;
}

/* ---- driving -------------------------------------------------------------------------------- */

int
hp_redis_fd(const hp_redis *redis)
{
    return redis->fd;
}

bool
hp_redis_wants_write(const hp_redis *redis)
{
    return redis->connecting || redis->out_at < redis->out_n;
}

bool
hp_redis_is_ready(const hp_redis *redis)
{
    return redis->ready;
}

int64_t
hp_redis_clock(const hp_redis *redis)
{
    return hp_redis_now() + redis->ahead;
}

void
hp_redis_clock_is(hp_redis *redis, int64_t ms)
{
    redis->ahead = ms - hp_redis_now();
}

/* A socket can be written once its connection stands or has failed. */
static bool
connected(hp_redis *redis)
{
    struct pollfd wait = { .fd = redis->fd, .events = POLLOUT };
    int why = 0;
    socklen_t size = sizeof(why);

    if (!redis->connecting)
        return true;
    if (poll(&wait, 1, 0) < 1)
        return false;
    if (getsockopt(redis->fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0 || why != 0)
        return lose(redis, strerror(why != 0 ? why : errno));
    redis->connecting = false;
    return true;
}

static bool
is_for_later(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR;
}

static void
write_out(hp_redis *redis)
{
    ssize_t n = 0;

    while (!redis->lost && redis->out_at < redis->out_n) {
        n = send(redis->fd, redis->out + redis->out_at, redis->out_n - redis->out_at, MSG_NOSIGNAL);
        if (n < 0) {
            if (!is_for_later(errno))
                (void)lose(redis, strerror(errno));
            return;
        }
        hp_wipe(redis->out + redis->out_at, (size_t)n);
        redis->out_at += (size_t)n;
    }
    redis->out_at = redis->out_n = 0;
}

/* The next answer that is complete; NULL: there is none yet. */
static hp_redis_value *
next_value(hp_redis *redis)
{
    void *value = NULL;

    if (redisReaderGetReply(redis->reader, &value) != REDIS_OK)
        (void)lose(redis, redis->reader->errstr);
    return value;
}

/* hp_redis_command() waits, and keeps the value. */
static void
keep(void *context, const hp_redis_value *value)
{
    (void)value;
    *(bool *)context = true;
}

/* What nobody waits or listens for stays where it is. */
static void
hear(hp_redis *redis)
{
    hp_redis_value *value;
    bool kept;

    while (!redis->lost && (redis->first != NULL || redis->listen != NULL)) {
        if ((value = next_value(redis)) == NULL)
            return;
        kept = redis->first != NULL && redis->first->told == keep;
        if (redis->first != NULL)
            tell(redis, value);
        else
            redis->listen(redis->listener, value);
        if (kept)
            redis->kept = value;
        else
            end_value(value);
    }
}

/* False: there is nothing to be read now. */
static bool
read_in(hp_redis *redis)
{
    char buffer[READ_AT_ONCE];
    ssize_t n = recv(redis->fd, buffer, sizeof(buffer), 0);

    if (n < 0 && is_for_later(errno))
        return false;
    if (n <= 0)
        return lose(redis, n == 0 ? "Redis closed the connection" : strerror(errno));
    if (redisReaderFeed(redis->reader, buffer, (size_t)n) != REDIS_OK)
        return lose(redis, "no memory for an answer");
    hear(redis);
    if (!redis->lost && redis->reader->len - redis->reader->pos > HP_REDIS_BYTES)
        return lose(redis, "the answer is too long");
    return !redis->lost;
}

bool
hp_redis_step(hp_redis *redis, hp_error *error)
{
    if (!redis->lost && connected(redis)) {
        write_out(redis);
        while (!redis->lost && read_in(redis))
            continue;
        write_out(redis);
    }
    hp_error_set(error, "%s", redis->lost ? redis->why.text : "");
    return !redis->lost;
}

/* ---- blocking ------------------------------------------------------------------------------- */

unsigned
hp_redis_patience(const hp_redis *redis)
{
    return redis->ms;
}

/* Waits for anything to happen, and does what follows.  False: it is over, *error says why. */
static bool
wait_for(hp_redis *redis, int64_t until, hp_error *error)
{
    struct pollfd wait = { .fd = redis->fd, .events = POLLIN };
    int64_t left = until - hp_redis_now();

    if (redis->lost)
        return hp_redis_step(redis, error);
    if (hp_redis_wants_write(redis))
        wait.events |= POLLOUT;
    if (left <= 0 || (poll(&wait, 1, left < 60000 ? (int)left : 60000) < 0 && errno != EINTR))
        return lose(redis, left <= 0 ? "no answer in time" : strerror(errno)) ||
               hp_redis_step(redis, error);
    return hp_redis_step(redis, error);
}

hp_redis *
hp_redis_open(const hp_ledger_place *place, unsigned ms, hp_error *error)
{
    hp_redis *redis = hp_redis_start(place, error);
    int64_t until = hp_redis_now() + ms;

    if (redis == NULL)
        return NULL;
    redis->ms = ms;
    while (!redis->ready) {
        if (wait_for(redis, until, error))
            continue;
        hp_redis_close(redis);
        return NULL;
    }
    return redis;
}

static void
forget(hp_redis *redis)
{
    end_value(redis->kept);
    redis->kept = NULL;
}

const hp_redis_value *
hp_redis_say(hp_redis *redis, const hp_str *words, size_t n, hp_error *error)
{
    int64_t until = hp_redis_now() + redis->ms;
    bool answered = false;
    bool asked = hp_redis_ask(redis, words, n, keep, &answered);

    forget(redis); /* not before: the words may be its own */
    hp_error_set(error, "%s", redis->lost ? redis->why.text : "no memory to ask Redis");
    while (asked && !answered)
        (void)wait_for(redis, until, error);
    return redis->kept;
}

const hp_redis_value *
hp_redis_command(hp_redis *redis, const hp_str *words, size_t n, hp_error *error)
{
    const hp_redis_value *value = hp_redis_say(redis, words, n, error);

    if (value == NULL || value->kind != HP_REDIS_ERROR)
        return value;
    hp_redis_refused(redis, value, error);
    return NULL;
}

void
hp_redis_refused(const hp_redis *redis, const hp_redis_value *value, hp_error *error)
{
    hp_error_set(error, "%s: %s", redis->address, said(value).text);
}

const hp_redis_value *
hp_redis_pushed(hp_redis *redis, unsigned ms, hp_error *error)
{
    int64_t until = hp_redis_now() + ms, left;
    struct pollfd wait = { .fd = redis->fd, .events = POLLIN };

    forget(redis);
    hp_error_set(error, "%s", "");
    while (!redis->lost && (redis->kept = next_value(redis)) == NULL) {
        if ((left = until - hp_redis_now()) <= 0)
            return NULL;
        (void)poll(&wait, 1, left < 60000 ? (int)left : 60000);
        (void)hp_redis_step(redis, error);
    }
    if (redis->lost)
        hp_error_set(error, "%s", redis->why.text);
    return redis->kept;
}
