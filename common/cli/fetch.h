/*
 * Fetches lists: over HTTPS, from this machine over HTTP, from a file.  The only door to
 * libcurl.
 *
 * What may come in is bounded: bytes (after decompression), time, speed, headers.  No
 * redirect is followed, no cookie kept, no .netrc read, and no proxy used but the one that was
 * named, whatever the environment says.
 */
#ifndef HP_CLI_FETCH_H
#define HP_CLI_FETCH_H

#include <stdio.h>

#include "base/error.h"
#include "base/file.h"

#define HP_FETCH_TAG 256 /* characters of a header that is kept, closing zero included */

/*
 * Can this be fetched: https://, an absolute path, file:///PATH (taken as it stands, without
 * %), or http:// with localhost, 127.0.0.1 or [::1]?  Not with a user name or a blank in it.
 */
bool hp_fetch_can(const char *url);

/* Is this http:// or https:// with a host, and nothing but a port after it? */
bool hp_fetch_can_proxy(const char *url);

/* No connection is used twice: what a server sends too much is nobody's next answer. */
typedef struct hp_fetcher hp_fetcher;

/*
 * ca is a file of the authorities that HTTPS trusts (NULL: the system's), proxy the proxy
 * (NULL: none).  Both are borrowed.  NULL: no memory.
 */
hp_fetcher *hp_fetcher_new(const char *ca, const char *proxy);
void hp_fetcher_free(hp_fetcher *fetcher);

/* Statuses of a server that are answers to some questions, and no failure then. */
#define HP_FETCH_EMPTY   1u /* 204 */
#define HP_FETCH_MISSING 2u /* 404 */
#define HP_FETCH_GONE    4u /* 410 */
#define HP_FETCH_CHANGED 8u /* 412: it is not what match says any more */

/* Who we are to a server that asks (TLS client authentication), as PEM.  Borrowed. */
typedef struct {
    hp_str cert, key;
} hp_fetch_client;

typedef struct {
    const char *url;
    unsigned must;  /* what a file must be like: HP_FILE_ bits */
    size_t max;     /* most bytes */
    double timeout; /* most seconds */
    const char *etag, *modified; /* those of the last answer; empty or NULL: none */
    const char *match;           /* If-Match; empty or NULL: none */
    const char *header;          /* one more, "NAME: VALUE"; NULL: none */
    const hp_fetch_client *client; /* NULL: nobody */
    unsigned answers;              /* HP_FETCH_ bits */
    FILE *to; /* where bytes from a server go, in place of memory; NULL: nowhere else */
    void (*progress)(void *context, double got, double all); /* all 0: not known.  May be NULL */
    void *context;
} hp_fetch_ask;

typedef struct {
    bool same;       /* nothing new since etag or modified; there are no bytes then */
    bool is_folder;  /* the path of a folder; no bytes either */
    unsigned answer; /* the HP_FETCH_ bit of what was answered; no bytes either.  0: 200, 304 */
    hp_bytes bytes;  /* followed by a zero; end with hp_bytes_free() */
    char etag[HP_FETCH_TAG], modified[HP_FETCH_TAG]; /* for the next time; may be empty */
} hp_fetched;

/* False with *error, which names the URL without its query; then *got is empty. */
bool hp_fetch(hp_fetcher *fetcher, const hp_fetch_ask *ask, hp_fetched *got, hp_error *error);

/* The path that a url of this machine's files means; NULL when it is of another kind. */
const char *hp_fetch_path(const char *url);

#endif
