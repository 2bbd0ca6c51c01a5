/* Fetches lists; see fetch.h. */
#include "cli/fetch.h"

#include "cli/cli.h"
#include "hp.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define CONNECT_MAX  30          /* seconds to a connection, TLS included */
#define SPEED_MIN    64          /* bytes a second, ... */
#define SPEED_TIME   30          /* ... over that many seconds */
#define HEADERS_MAX  (64 * 1024) /* bytes of an answer's headers */
#define FIRST_ROOM   (64 * 1024)

struct hp_fetcher {
    CURL *curl;
    const char *ca, *proxy;
};

/* ---- addresses -------------------------------------------------------------------------- */

const char *
hp_fetch_path(const char *url)
{
    if (url[0] == '/')
        return url;
    if (strncmp(url, "file:///", 8) == 0 && strchr(url, '%') == NULL)
        return url + 7;
    return NULL;
}

/* One part of the parsed URL is one of these words, which NULL ends. */
static bool
part_is(CURLU *u, CURLUPart part, const char *const *words)
{
    char *text = NULL;
    bool is = false;

    if (curl_url_get(u, part, &text, 0) == CURLUE_OK) {
        for (; !is && *words != NULL; words++)
            is = strcasecmp(text, *words) == 0;
    }
    curl_free(text);
    return is;
}

/* The URL parsed, NULL unless it is clean.  No user names: the feeds file is no secret. */
static CURLU *
parse(const char *url)
{
    const char *p = url;
    CURLU *u;

    while (*p > ' ' && *p < 0x7f)
        p++;
    if (*p != 0 || strstr(url, "://") == NULL)
        return NULL;
    u = curl_url();
    if (u == NULL || curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) == CURLUE_OK)
        return u;
    curl_url_cleanup(u);
    return NULL;
}

bool
hp_fetch_can(const char *url)
{
    static const char *const https[] = { "https", NULL }, *const http[] = { "http", NULL };
    static const char *const here[] = { "localhost", "127.0.0.1", "[::1]", NULL };
    CURLU *u;
    bool can;

    if (hp_fetch_path(url) != NULL)
        return true;
    u = parse(url);
    can = u != NULL && (part_is(u, CURLUPART_SCHEME, https) ||
                        (part_is(u, CURLUPART_SCHEME, http) && part_is(u, CURLUPART_HOST, here)));
    curl_url_cleanup(u);
    return can;
}

bool
hp_fetch_can_proxy(const char *url)
{
    static const char *const schemes[] = { "http", "https", NULL }, *const root[] = { "/", NULL };
    CURLU *u = parse(url);
    char *query = NULL;
    bool can = u != NULL && part_is(u, CURLUPART_SCHEME, schemes) &&
               part_is(u, CURLUPART_PATH, root) &&
               curl_url_get(u, CURLUPART_QUERY, &query, 0) == CURLUE_NO_QUERY;

    curl_free(query);
    curl_url_cleanup(u);
    return can;
}

/* A query may hold what is nobody's business. */
static void
say(hp_error *error, const char *url, const char *what)
{
    hp_error_set(error, "%.*s: %s", (int)strcspn(url, "?#"), url, what);
}

/* ---- one transfer ----------------------------------------------------------------------- */

typedef struct {
    CURL *curl;
    const hp_fetch_ask *ask;
    hp_bytes body;
    size_t all; /* bytes so far, wherever they went */
    size_t room, headers;
    bool too_big, no_memory;
    int unwritten; /* errno of what could not be written */
} transfer;

static long
status_of(CURL *curl)
{
    long status = 0;

    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* The size is what was unpacked, whatever the header said. */
static bool
may_grow(transfer *t, size_t n)
{
    t->too_big = n > t->ask->max - t->all;
    return !t->too_big;
}

/* Room for n more bytes and a zero. */
static bool
make_room(transfer *t, size_t n)
{
    size_t room = t->room;
    uint8_t *p;

    if (!may_grow(t, n))
        return false;
    if (room == 0)
        room = FIRST_ROOM;
    while (room < t->body.n + n + 1)
        room *= 2;
    if (room == t->room)
        return true;
    p = realloc(t->body.p, room);
    t->no_memory = p == NULL;
    if (p == NULL)
        return false;
    t->body.p = p;
    t->room = room;
    return true;
}

static bool
write_body(transfer *t, const char *p, size_t n)
{
    if (!may_grow(t, n))
        return false;
    if (fwrite(p, 1, n, t->ask->to) != n)
        t->unwritten = errno;
    return t->unwritten == 0;
}

static bool
keep_body(transfer *t, const char *p, size_t n)
{
    if (!make_room(t, n))
        return false;
    memcpy(t->body.p + t->body.n, p, n);
    t->body.n += n;
    return true;
}

/* The page that explains an error is not read. */
static size_t
take_body(char *p, size_t one, size_t n, void *context)
{
    transfer *t = context;

    (void)one; /* always 1 */
    if (status_of(t->curl) != 200 ||
        !(t->ask->to != NULL ? write_body(t, p, n) : keep_body(t, p, n)))
        return 0;
    t->all += n;
    return n;
}

static size_t
take_header(char *p, size_t one, size_t n, void *context)
{
    transfer *t = context;

    (void)one;
    (void)p;
    t->headers += n;
    return t->headers <= HEADERS_MAX ? n : 0;
}

static int
tell_progress(void *context, curl_off_t all, curl_off_t got, curl_off_t up, curl_off_t upped)
{
    const transfer *t = context;

    (void)up;
    (void)upped;
    t->ask->progress(t->ask->context, (double)got, (double)all);
    return 0;
}

/* ---- what is asked ---------------------------------------------------------------------- */

/* Text that may stand in a header: what a server gave us comes back to it as it was. */
static bool
is_tag(const char *text)
{
    const char *p = text;

    while (*p >= ' ' && *p < 0x7f)
        p++;
    return *p == 0 && p > text && p - text < HP_FETCH_TAG;
}

static bool
add_tag(struct curl_slist **headers, const char *name, const char *tag)
{
    char line[HP_FETCH_TAG + 32];
    struct curl_slist *more;

    if (tag == NULL || !is_tag(tag))
        return true;
    (void)snprintf(line, sizeof(line), "%s: %s", name, tag);
    more = curl_slist_append(*headers, line);
    if (more != NULL)
        *headers = more;
    return more != NULL;
}

static bool
has_tag(const hp_fetch_ask *ask)
{
    return (ask->etag != NULL && is_tag(ask->etag)) ||
           (ask->modified != NULL && is_tag(ask->modified));
}

static bool
add_headers(struct curl_slist **headers, const hp_fetch_ask *ask)
{
    struct curl_slist *more;

    if (!add_tag(headers, "If-None-Match", ask->etag) ||
        !add_tag(headers, "If-Modified-Since", ask->modified) ||
        !add_tag(headers, "If-Match", ask->match))
        return false;
    if (ask->header == NULL)
        return true;
    more = curl_slist_append(*headers, ask->header);
    if (more != NULL)
        *headers = more;
    return more != NULL;
}

/* One option; what a library without it would do is not what we want. */
#define SET(curl, option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

static bool
set_safety(const hp_fetcher *f)
{
    CURL *c = f->curl;

    return SET(c, CURLOPT_PROTOCOLS_STR, "https,http") && SET(c, CURLOPT_FOLLOWLOCATION, 0L) &&
           SET(c, CURLOPT_FORBID_REUSE, 1L) &&
           SET(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
           SET(c, CURLOPT_SSL_VERIFYPEER, 1L) && SET(c, CURLOPT_SSL_VERIFYHOST, 2L) &&
           (f->ca == NULL ||
            (SET(c, CURLOPT_CAINFO, f->ca) && SET(c, CURLOPT_CAPATH, NULL))) &&
           SET(c, CURLOPT_PROXY, f->proxy != NULL ? f->proxy : "") &&
           SET(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1") &&
           SET(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(c, CURLOPT_NOSIGNAL, 1L) &&
           SET(c, CURLOPT_USERAGENT, "healthpassctl/" HP_VERSION) &&
           SET(c, CURLOPT_ACCEPT_ENCODING, "gzip");
}

/* What was checked is what is used: libcurl opens no file of ours. */
static bool
set_client(CURL *c, const hp_fetch_client *client)
{
    struct curl_blob blob = { NULL, 0, CURL_BLOB_COPY };

    if (client == NULL)
        return true;
    blob.data = (void *)(uintptr_t)client->cert.p; /* copied */
    blob.len = client->cert.n;
    if (!SET(c, CURLOPT_SSLCERTTYPE, "PEM") || !SET(c, CURLOPT_SSLCERT_BLOB, &blob))
        return false;
    blob.data = (void *)(uintptr_t)client->key.p;
    blob.len = client->key.n;
    return SET(c, CURLOPT_SSLKEYTYPE, "PEM") && SET(c, CURLOPT_SSLKEY_BLOB, &blob);
}

static bool
set_transfer(transfer *t, struct curl_slist *headers, char *why)
{
    const hp_fetch_ask *ask = t->ask;
    long ms = (long)(ask->timeout * 1000);
    CURL *c = t->curl;

    return SET(c, CURLOPT_URL, ask->url) && SET(c, CURLOPT_ERRORBUFFER, why) &&
           SET(c, CURLOPT_HTTPHEADER, headers) && SET(c, CURLOPT_TIMEOUT_MS, ms) &&
           SET(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_MAX) &&
           SET(c, CURLOPT_LOW_SPEED_LIMIT, (long)SPEED_MIN) &&
           SET(c, CURLOPT_LOW_SPEED_TIME, (long)SPEED_TIME) &&
           SET(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)ask->max) &&
           SET(c, CURLOPT_WRITEFUNCTION, take_body) && SET(c, CURLOPT_WRITEDATA, t) &&
           SET(c, CURLOPT_HEADERFUNCTION, take_header) && SET(c, CURLOPT_HEADERDATA, t) &&
           SET(c, CURLOPT_NOPROGRESS, ask->progress == NULL ? 1L : 0L) &&
           SET(c, CURLOPT_XFERINFOFUNCTION, tell_progress) && SET(c, CURLOPT_XFERINFODATA, t);
}

/* ---- what came -------------------------------------------------------------------------- */

static void
keep_tag(CURL *curl, const char *name, char tag[HP_FETCH_TAG])
{
    struct curl_header *header;

    tag[0] = 0;
    if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
        is_tag(header->value))
        (void)snprintf(tag, HP_FETCH_TAG, "%s", header->value);
}

static bool
refuse_status(const transfer *t, long status, hp_error *error)
{
    const char *where = NULL;
    char what[512];

    (void)curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &where);
    if (status >= 300 && status < 400 && where != NULL)
        (void)snprintf(what, sizeof(what), "answers %ld and leads to %.*s: redirects are not "
                       "followed, write the address that is meant", status,
                       (int)strcspn(where, "?#"), where);
    else
        (void)snprintf(what, sizeof(what), "answers %ld, expected 200", status);
    say(error, t->ask->url, what);
    return false;
}

/* The bit of a status that the question has an answer in; 0: it is none. */
static unsigned
answer_of(const hp_fetch_ask *ask, long status)
{
    unsigned bit = status == 204   ? HP_FETCH_EMPTY
                   : status == 404 ? HP_FETCH_MISSING
                   : status == 410 ? HP_FETCH_GONE
                   : status == 412 ? HP_FETCH_CHANGED
                                   : 0;

    return bit & ask->answers;
}

static bool
judge(const transfer *t, CURLcode rc, const char *why, hp_error *error)
{
    long status = status_of(t->curl);
    char what[CURL_ERROR_SIZE + 64];

    if (t->too_big || rc == CURLE_FILESIZE_EXCEEDED)
        (void)snprintf(what, sizeof(what), "has more than %zu bytes", t->ask->max);
    else if (t->headers > HEADERS_MAX)
        (void)snprintf(what, sizeof(what), "sends more than %d bytes of headers", HEADERS_MAX);
    else if (t->no_memory || rc == CURLE_OUT_OF_MEMORY)
        (void)snprintf(what, sizeof(what), "no memory");
    else if (t->unwritten != 0)
        (void)snprintf(what, sizeof(what), "cannot be kept: %s", strerror(t->unwritten));
    else if (rc == CURLE_WRITE_ERROR && status != 200 && status != 0)
        return answer_of(t->ask, status) != 0 || refuse_status(t, status, error);
    else if (rc != CURLE_OK)
        (void)snprintf(what, sizeof(what), "%s", *why != 0 ? why : curl_easy_strerror(rc));
    else if (status == 200 || (status == 304 && has_tag(t->ask)) ||
             answer_of(t->ask, status) != 0)
        return true;
    else
        return refuse_status(t, status, error);
    say(error, t->ask->url, what);
    return false;
}

static bool
finish(transfer *t, hp_fetched *got, hp_error *error)
{
    long status = status_of(t->curl);

    got->same = status == 304;
    got->answer = answer_of(t->ask, status);
    if (status == 200 && t->ask->to == NULL) {
        if (!make_room(t, 0)) {
            say(error, t->ask->url, "no memory");
            return false;
        }
        t->body.p[t->body.n] = 0;
        got->bytes = t->body;
        t->body = (hp_bytes){ NULL, 0 };
    }
    keep_tag(t->curl, "ETag", got->etag);
    keep_tag(t->curl, "Last-Modified", got->modified);
    return true;
}

static bool
fetch_web(const hp_fetcher *f, const hp_fetch_ask *ask, hp_fetched *got, hp_error *error)
{
    transfer t = { .curl = f->curl, .ask = ask };
    struct curl_slist *headers = NULL;
    char why[CURL_ERROR_SIZE] = "";
    bool good = false;

    if (add_headers(&headers, ask) && set_safety(f) && set_client(f->curl, ask->client) &&
        set_transfer(&t, headers, why))
        good = judge(&t, curl_easy_perform(f->curl), why, error) && finish(&t, got, error);
    else
        say(error, ask->url, "libcurl cannot fetch it as it must be, or there is no memory");
    curl_easy_reset(f->curl); /* forgets what points to here */
    curl_slist_free_all(headers);
    hp_bytes_free(&t.body);
    return good;
}

/* ---- the door --------------------------------------------------------------------------- */

hp_fetcher *
hp_fetcher_new(const char *ca, const char *proxy)
{
    hp_fetcher *f = calloc(1, sizeof(*f));

    if (f == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(f);
        return NULL;
    }
    *f = (hp_fetcher){ curl_easy_init(), ca, proxy };
    if (f->curl != NULL)
        return f;
    hp_fetcher_free(f);
    return NULL;
}

void
hp_fetcher_free(hp_fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    curl_easy_cleanup(fetcher->curl);
    curl_global_cleanup();
    free(fetcher);
}

bool
hp_fetch(hp_fetcher *fetcher, const hp_fetch_ask *ask, hp_fetched *got, hp_error *error)
{
    const char *path = hp_fetch_path(ask->url);
    struct stat st;

    *got = (hp_fetched){ .same = false };
    if (path == NULL)
        return fetch_web(fetcher, ask, got, error);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        got->is_folder = true;
        return true;
    }
    return hp_file_read(path, ask->must, ask->max, &got->bytes, NULL, error);
}
