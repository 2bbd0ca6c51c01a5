/* What fetching lists of withdrawn passes has in common; see revoke_fetch.h. */
#include "cli/revoke_fetch.h"

#include "cli/cli.h"

#include <stdlib.h>

bool
hp_revoke_blame(const hp_revoke_fetch *f, const char *what, hp_error *error)
{
    hp_error_set(error, "%.*s: %s", (int)strcspn(f->feed->url, "?#"), f->feed->url, what);
    return false;
}

bool
hp_revoke_no_room(hp_revoke_fetch *f, hp_error *error)
{
    f->fault = true;
    hp_error_set(error, "no memory");
    return false;
}

hp_fetch_ask
hp_revoke_ask(const hp_revoke_fetch *f)
{
    return (hp_fetch_ask){ .max = (size_t)f->feed->max_size, .timeout = f->feed->timeout,
                           .client = f->client };
}

bool
hp_revoke_get(hp_revoke_fetch *f, hp_fetch_ask *ask, const char *path, hp_fetched *got,
              hp_error *error)
{
    char *url = hp_cli_path_with(f->feed->url, path);
    bool good;

    *got = (hp_fetched){ .same = false };
    if (url == NULL)
        return hp_revoke_no_room(f, error);
    ask->url = url;
    good = hp_fetch(f->fetcher, ask, got, error);
    ask->url = NULL;
    free(url);
    return good;
}

bool
hp_revoke_stage(hp_revoke_fetch *f, const char *name, hp_str bytes, hp_error *error)
{
    bool good = hp_stage_put(f->stage, name, bytes, error);

    f->fault = f->fault || !good;
    return good;
}

bool
hp_revoke_use(hp_revoke_fetch *f, const char *name, hp_error *error)
{
    bool good = hp_stage_use(f->stage, name, error);

    f->fault = f->fault || !good;
    return good;
}

const hp_source *
hp_revoke_source(const hp_index *index, const char *name, unsigned *nth)
{
    const hp_source *source;
    size_t i, n = index != NULL ? hp_index_sources(index) : 0;

    for (i = 0; i < n; i++) {
        source = hp_index_source(index, i);
        if (strcmp(source->name, name) != 0)
            continue;
        *nth = (unsigned)i;
        return source;
    }
    return NULL;
}

bool
hp_revoke_fetch_list(hp_revoke_fetch *f, hp_error *error)
{
    static bool (*const forms[])(hp_revoke_fetch *f, hp_error *error) = {
        [HP_FEEDS_GATEWAY] = hp_revoke_fetch_gateway,
        [HP_FEEDS_SLICES] = hp_revoke_fetch_slices,
        [HP_FEEDS_SHC] = hp_revoke_fetch_shc,
        [HP_FEEDS_LIST] = hp_revoke_fetch_plain,
    };

    return forms[f->feed->from](f, error);
}
