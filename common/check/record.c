/* Lists of records; see record.h. */
#include "check/record.h"

#include <stdlib.h>

/* What a list owns beside its tables. */
struct hp_chunk {
    hp_chunk *next;
    hp_bytes bytes;
};

/* ---- names ---------------------------------------------------------------- */

static const char *const envs[] = { "prod", "uat", "dev" };

const char *
hp_env_name(hp_env env)
{
    return envs[env];
}

bool
hp_env_read(const char *name, hp_env *env)
{
    hp_env i;

    for (i = HP_ENV_PROD; i <= HP_ENV_DEV; i++) {
        if (strcmp(name, envs[i]) == 0) {
            *env = i;
            return true;
        }
    }
    return false;
}

static const struct {
    unsigned domain;
    const char *name;
} domains[] = {
    { HP_DOMAIN_DCC, "DCC" },
    { HP_DOMAIN_DDCC, "DDCC" },
    { HP_DOMAIN_ICVP, "ICVP" },
    { HP_DOMAIN_PH4H, "PH4H" },
    { HP_DOMAIN_IPS_PILGRIMAGE, "IPS-PILGRIMAGE" },
    { HP_DOMAIN_SHC, "SHC" },
    { HP_DOMAIN_2D_DOC, "2D-DOC" },
    { HP_DOMAIN_VDS_NC, "VDS-NC" },
};

#define DOMAINS (sizeof(domains) / sizeof(domains[0]))

unsigned
hp_domain_of(hp_str name)
{
    size_t i;

    for (i = 0; i < DOMAINS; i++) {
        if (hp_str_eq(name, hp_str_of(domains[i].name)))
            return domains[i].domain;
    }
    return HP_DOMAIN_OTHER;
}

const char *
hp_domain_name(unsigned domain)
{
    size_t i;

    for (i = 0; i < DOMAINS; i++) {
        if (domains[i].domain == domain)
            return domains[i].name;
    }
    return "other";
}

const char *
hp_skip_name(hp_skip skip)
{
    static const char *const names[] = {
#define X(name, text) text,
        HP_SKIPS(X)
#undef X
    };

    return names[skip];
}

/* ---- memory --------------------------------------------------------------- */

void
hp_records_free(hp_records *list)
{
    hp_chunk *chunk, *next;

    for (chunk = list->chunks; chunk != NULL; chunk = next) {
        next = chunk->next;
        hp_bytes_free(&chunk->bytes);
        free(chunk);
    }
    free(list->all);
    free(list->sources);
    *list = (hp_records){ .env = list->env };
}

bool
hp_records_adopt(hp_records *list, hp_bytes *bytes)
{
    hp_chunk *chunk = calloc(1, sizeof(*chunk));

    if (chunk == NULL) {
        hp_bytes_free(bytes);
        return false;
    }
    chunk->bytes = *bytes;
    chunk->next = list->chunks;
    list->chunks = chunk;
    *bytes = (hp_bytes){ NULL, 0 };
    return true;
}

bool
hp_records_keep(hp_records *list, hp_str *s)
{
    hp_bytes copy = { malloc(s->n + 1), s->n };

    if (copy.p == NULL)
        return false;
    if (s->n > 0)
        memcpy(copy.p, s->p, s->n);
    s->p = copy.p;
    return hp_records_adopt(list, &copy);
}

/* ---- filling -------------------------------------------------------------- */

hp_source *
hp_records_source(hp_records *list, const char *name, const char *feed)
{
    hp_source *source;

    if (list->sources == NULL)
        list->sources = calloc(HP_SOURCES_MAX, sizeof(*list->sources));
    if (list->sources == NULL || list->n_sources == HP_SOURCES_MAX)
        return NULL;
    source = &list->sources[list->n_sources++];
    *source = (hp_source){ .issued = 0 };
    (void)stpncpy(source->name, name, sizeof(source->name) - 1);
    (void)stpncpy(source->feed, feed, sizeof(source->feed) - 1);
    return source;
}

/* Makes room for more records at the end. */
static bool
make_room(hp_records *list, size_t more)
{
    size_t room = list->room == 0 ? 64 : list->room;
    hp_record *all;

    if (more > HP_TRUST_KEYS_MAX - list->n)
        return false;
    while (room < list->n + more)
        room *= 2;
    if (room == list->room)
        return true;
    all = reallocarray(list->all, room, sizeof(*all));
    if (all == NULL)
        return false;
    list->all = all;
    list->room = room;
    return true;
}

bool
hp_records_put(hp_records *list, const hp_record *record)
{
    if (!make_room(list, 1))
        return false;
    list->all[list->n++] = *record;
    return true;
}

static void
join_chunks(hp_records *list, hp_records *from)
{
    hp_chunk **end = &from->chunks;

    while (*end != NULL)
        end = &(*end)->next;
    *end = list->chunks;
    list->chunks = from->chunks;
    from->chunks = NULL;
}

bool
hp_records_join(hp_records *list, hp_records *from)
{
    size_t i, first = list->n_sources;

    if (!make_room(list, from->n))
        return false;
    for (i = 0; i < from->n_sources; i++) {
        hp_source *source = hp_records_source(list, "", "");

        if (source == NULL) {
            list->n_sources = first;
            return false;
        }
        *source = from->sources[i];
    }
    for (i = 0; i < from->n; i++) {
        list->all[list->n] = from->all[i];
        list->all[list->n++].source += (unsigned)first;
    }
    join_chunks(list, from);
    hp_records_free(from);
    return true;
}

/* ---- order ---------------------------------------------------------------- */

static int
text_order(hp_str a, hp_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

int
hp_record_order(const hp_record *a, const hp_record *b)
{
    int order = (a->role > b->role) - (a->role < b->role);

    if (order == 0)
        order = text_order(a->kid, b->kid);
    return order != 0 ? order : text_order(a->issuer, b->issuer);
}
