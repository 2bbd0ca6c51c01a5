/*
 * One list on its way from where it is published: all files that make it up, and its signature
 * where that stands apart.
 */
#ifndef HP_CLI_DELIVERY_H
#define HP_CLI_DELIVERY_H

#include "cli/feeds.h"
#include "cli/fetch.h"
#include "cli/state.h"

typedef struct {
    bool same; /* nothing changed since the last time, and there are no files */
    hp_fetched files[HP_FEEDS_URLS], signature;
    hp_feed_file names[HP_FEEDS_URLS], signature_name; /* as importers want them */
} hp_delivery;

/*
 * Fetches the list of the feed, unless it is the one that *known speaks of (NULL: none).  With
 * show, a line on standard error tells how far it is, and is gone in the end.  False with
 * *error.  In any case *d is to be ended with hp_delivery_free().
 */
bool hp_deliver(hp_fetcher *fetcher, const hp_feeds_entry *feed, const hp_feed_state *known,
                bool show, hp_delivery *d, hp_error *error);
void hp_delivery_free(hp_delivery *d);

#endif
