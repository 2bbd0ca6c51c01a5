/* One list on its way; see delivery.h. */
#include "cli/delivery.h"

#include "cli/cli.h"

#include <stdlib.h>

#define SIGNATURE_MAX (1024 * 1024) /* bytes of a signature that stands apart */
#define DRAW_EVERY    0.1           /* seconds between two looks of the progress line */

/* ---- the progress line ------------------------------------------------------------------ */

typedef struct {
    const char *name;
    double drawn; /* when, last */
} drawing;

static void
draw(void *context, double got, double all)
{
    drawing *d = context;
    double now = hp_cli_now();

    if (now - d->drawn < DRAW_EVERY && now >= d->drawn)
        return;
    d->drawn = now;
    fprintf(stderr, "\r%s: %.1f", d->name, got / 1e6);
    if (all > 0)
        fprintf(stderr, " of %.1f", all / 1e6);
    fputs(" MB \033[K", stderr);
    (void)fflush(stderr);
}

static void
undraw(void)
{
    fputs("\r\033[K", stderr);
    (void)fflush(stderr);
}

/* ---- fetching --------------------------------------------------------------------------- */

/* Fetches one file, and calls it by its path or its URL, whose query is nobody's business. */
static bool
fetch_file(hp_fetcher *fetcher, hp_fetch_ask *ask, const char *url, hp_fetched *got,
           hp_feed_file *file, hp_error *error)
{
    const char *path = hp_fetch_path(url);

    ask->url = url;
    if (!hp_fetch(fetcher, ask, got, error))
        return false;
    *file = (hp_feed_file){ path != NULL ? strdup(path) : strndup(url, strcspn(url, "?#")),
                            { got->bytes.p, got->bytes.n } };
    if (file->path == NULL)
        hp_error_set(error, "no memory");
    return file->path != NULL;
}

/*
 * "Not modified" is asked for only where one file is the list: of several, some may have
 * changed and others not.
 */
static bool
fetch_files(hp_fetcher *fetcher, const hp_feeds_entry *feed, const hp_feed_state *known,
            hp_fetch_ask *ask, hp_delivery *d, hp_error *error)
{
    size_t i;

    if (known != NULL && feed->n_urls == 1) {
        ask->etag = known->etag;
        ask->modified = known->modified;
    }
    for (i = 0; i < feed->n_urls; i++) {
        if (!fetch_file(fetcher, ask, feed->urls[i], &d->files[i], &d->names[i], error))
            return false;
    }
    d->same = d->files[0].same;
    return true;
}

static bool
fetch_signature(hp_fetcher *fetcher, const hp_feeds_entry *feed, hp_fetch_ask *ask,
                hp_delivery *d, hp_error *error)
{
    if (feed->signature_url == NULL || d->same)
        return true;
    ask->max = SIGNATURE_MAX;
    ask->etag = ask->modified = NULL;
    return fetch_file(fetcher, ask, feed->signature_url, &d->signature, &d->signature_name, error);
}

bool
hp_deliver(hp_fetcher *fetcher, const hp_feeds_entry *feed, const hp_feed_state *known,
           bool show, hp_delivery *d, hp_error *error)
{
    drawing drawn = { feed->name, 0 };
    hp_fetch_ask ask = { .max = (size_t)feed->max_size, .timeout = feed->timeout,
                         .must = feed->allow_unsigned ? HP_FILE_OWNED : 0,
                         .progress = show ? draw : NULL, .context = &drawn };
    bool good;

    *d = (hp_delivery){ .same = false };
    good = fetch_files(fetcher, feed, known, &ask, d, error) &&
           fetch_signature(fetcher, feed, &ask, d, error);
    if (show)
        undraw();
    return good;
}

static void
file_free(hp_fetched *got, hp_feed_file *file)
{
    hp_bytes_free(&got->bytes);
    free((void *)(uintptr_t)file->path); /* ours, const for importers */
}

void
hp_delivery_free(hp_delivery *d)
{
    size_t i;

    for (i = 0; i < HP_FEEDS_URLS; i++)
        file_free(&d->files[i], &d->names[i]);
    file_free(&d->signature, &d->signature_name);
}
