/* All feeds, one row each; see feed.h.  Another format is one more file, and one more row here. */
#include "feed/gdhcn.h"

/* hp_feed_of() asks in this order. */
const hp_feed *const hp_feeds[] = {
    &hp_feed_gdhcn, &hp_feed_dgcg, &hp_feed_eu, &hp_feed_de, &hp_feed_vci,
    &hp_feed_jwks, &hp_feed_2d_doc, &hp_feed_csca, &hp_feed_folder, NULL,
};

const hp_feed *
hp_feed_find(const char *name)
{
    size_t i;

    for (i = 0; hp_feeds[i] != NULL; i++) {
        if (strcmp(hp_feeds[i]->name, name) == 0)
            return hp_feeds[i];
    }
    return NULL;
}

const hp_feed *
hp_feed_of(const hp_feed_file *file)
{
    size_t i;

    for (i = 0; hp_feeds[i] != NULL; i++) {
        if (hp_feeds[i]->is(file))
            return hp_feeds[i];
    }
    return NULL;
}
