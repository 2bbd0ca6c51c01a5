/* What updates remember; see state.h. */
#include "cli/state.h"

#include "base/time.h"
#include "codec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MODE 0644
#define STATE_MAX  (256 * 1024)
#define RETRY      1800.0 /* seconds after a failure, or `every` if that is less */
#define JITTER     0.1    /* of every delay */

hp_feed_state *
hp_state_of(hp_state *state, const char *name)
{
    size_t i;

    for (i = 0; i < state->n; i++) {
        if (strcmp(state->all[i].name, name) == 0)
            return &state->all[i];
    }
    if (state->n == HP_SOURCES_MAX || strlen(name) >= HP_SOURCE_NAME)
        return NULL;
    state->all[state->n] = (hp_feed_state){ .tried = 0 };
    memcpy(state->all[state->n].name, name, strlen(name) + 1);
    return &state->all[state->n++];
}

static bool
wait_for(const hp_cli_command *self, int fd, const char *path)
{
    int rc = flock(fd, LOCK_EX | LOCK_NB);

    if (rc == 0 || errno != EWOULDBLOCK)
        return rc == 0;
    hp_cli_say(self, 0, "waits for another update of %s", path);
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

int
hp_state_lock(const hp_cli_command *self, const char *path, hp_error *error)
{
    char *lock = hp_cli_path_with(path, ".state.lock");
    int fd = lock == NULL ? -1 : open(lock, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || !wait_for(self, fd, path)) {
        hp_error_set(error, "%s: %s", lock != NULL ? lock : path, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        fd = -1;
    }
    free(lock);
    return fd;
}

/* ---- reading ---------------------------------------------------------------------------- */

/* What is missing, too long or no text is empty. */
static void
read_text(const hp_json *feed, const char *name, char *to, size_t room)
{
    hp_str text = hp_json_text(hp_json_get(feed, name));

    to[0] = 0;
    if (text.p == NULL || text.n >= room)
        return;
    memcpy(to, text.p, text.n);
    to[text.n] = 0;
}

static double
read_time(const hp_json *feed, const char *name)
{
    hp_str text = hp_json_text(hp_json_get(feed, name));
    double t;

    return text.p != NULL && hp_time_read(text, false, &t) && t > 0 ? t : 0;
}

static void
read_feed(const hp_json *feed, hp_feed_state *to)
{
    read_text(feed, "terms", to->terms, sizeof(to->terms));
    read_text(feed, "sha256", to->list, sizeof(to->list));
    read_text(feed, "etag", to->etag, sizeof(to->etag));
    read_text(feed, "last_modified", to->modified, sizeof(to->modified));
    read_text(feed, "cursor", to->cursor, sizeof(to->cursor));
    read_text(feed, "error", to->error, sizeof(to->error));
    to->tried = read_time(feed, "tried");
    to->succeeded = read_time(feed, "succeeded");
    to->due = read_time(feed, "due");
}

static void
read_feeds(const hp_json *feeds, hp_state *state)
{
    hp_feed_state *one;
    void *at = NULL;
    const char *name;
    hp_json *feed;

    while (hp_json_next(feeds, &at, &name, &feed)) {
        one = hp_state_of(state, name);
        if (one != NULL)
            read_feed(feed, one);
    }
}

bool
hp_state_read(const char *path, hp_state *state, hp_error *error)
{
    hp_error why;
    hp_bytes bytes;
    hp_json *json;
    struct stat st;

    state->n = 0;
    if (lstat(path, &st) != 0 && errno == ENOENT)
        return true;
    if (!hp_file_read(path, HP_FILE_OWNED, STATE_MAX, &bytes, NULL, error))
        return false;
    json = hp_json_load((hp_str){ bytes.p, bytes.n }, &why);
    if (json == NULL)
        hp_error_set(error, "%s: %s", path, why.text);
    else
        read_feeds(hp_json_get(json, "feeds"), state);
    hp_bytes_free(&bytes);
    hp_json_free(json);
    return json != NULL;
}

/* ---- writing ---------------------------------------------------------------------------- */

static void
set_text(hp_json *feed, const char *name, const char *text)
{
    if (text[0] != 0)
        hp_json_set_text(feed, name, hp_str_of(text));
    else
        hp_json_set_null(feed, name);
}

static void
set_time(hp_json *feed, const char *name, double t)
{
    char text[HP_TIME_TEXT] = "";

    if (t > 0)
        hp_time_write(t, text);
    set_text(feed, name, text);
}

static hp_json *
feed_json(const hp_feed_state *state)
{
    hp_json *feed = hp_json_object();

    set_time(feed, "tried", state->tried);
    set_time(feed, "succeeded", state->succeeded);
    set_time(feed, "due", state->due);
    set_text(feed, "error", state->error);
    set_text(feed, "sha256", state->list);
    set_text(feed, "etag", state->etag);
    set_text(feed, "last_modified", state->modified);
    if (state->cursor[0] != 0)
        set_text(feed, "cursor", state->cursor);
    set_text(feed, "terms", state->terms);
    return feed;
}

/* The state as JSON, NULL when memory ran out; the caller's to free. */
static char *
print(const hp_state *state, size_t *n)
{
    hp_json *feeds = hp_json_object(), *all = hp_json_object();
    char *text = NULL;
    FILE *to = open_memstream(&text, n);
    bool good = to != NULL;
    size_t i;

    for (i = 0; i < state->n; i++)
        hp_json_set(feeds, state->all[i].name, feed_json(&state->all[i]));
    hp_json_set(all, "feeds", feeds);
    good = good && hp_json_print(all, to);
    if (to != NULL && fclose(to) != 0)
        good = false;
    hp_json_free(all);
    if (good)
        return text;
    free(text);
    return NULL;
}

bool
hp_state_write(const char *path, const hp_state *state, hp_error *error)
{
    size_t n;
    char *text = print(state, &n);
    bool good = text != NULL && hp_cli_replace(path, STATE_MODE, text, n);

    if (text == NULL)
        hp_error_set(error, "%s: no memory", path);
    else if (!good)
        hp_error_set(error, "%s: %s", path, strerror(errno));
    free(text);
    return good;
}

/* ---- when ------------------------------------------------------------------------------- */

bool
hp_state_due(const hp_feed_state *feed, const char *terms, double every, double now)
{
    return feed->due <= now || feed->due > now + 2 * every || strcmp(feed->terms, terms) != 0;
}

/* The delay, up to a tenth shorter or longer. */
static double
about(hp_crypto *crypto, double delay)
{
    uint16_t random = UINT16_MAX / 2;

    (void)hp_random(crypto, (uint8_t *)&random, sizeof(random));
    return delay * (1 - JITTER + 2 * JITTER * random / UINT16_MAX);
}

/* A server's word on a list that was read by other terms is no answer any more. */
void
hp_state_note(hp_crypto *crypto, hp_feed_state *feed, const char *terms, double every,
              const char *why, double now)
{
    if (why != NULL && strcmp(feed->terms, terms) != 0)
        feed->etag[0] = feed->modified[0] = feed->cursor[0] = 0;
    (void)snprintf(feed->terms, sizeof(feed->terms), "%s", terms);
    (void)snprintf(feed->error, sizeof(feed->error), "%s", why != NULL ? why : "");
    feed->tried = now;
    if (why == NULL)
        feed->succeeded = now;
    feed->due = now + about(crypto, why == NULL || every < RETRY ? every : RETRY);
}
