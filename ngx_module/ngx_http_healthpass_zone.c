
/*
 * healthpass_zone: the ledger in nginx's shared memory, one for all workers.
 *
 * What is kept of a pass is the core's (ledger/use.h); here it finds its place,
 * grows, and goes when all of it has ended.  Nothing that has not ended is ever
 * evicted: a flood of passes finds the zone full, and forgets no use.
 *
 * The clock is the monotonic one that timers go by, so that a wall clock that is
 * set changes nothing.
 */


#include "ngx_http_healthpass.h"


#define NGX_HTTP_HEALTHPASS_ZONE_VERSION  1

/* ended rows that each look takes away, until it finds one that has not ended */
#define NGX_HTTP_HEALTHPASS_ZONE_SWEEP    4


typedef struct {
    ngx_rbtree_node_t                 node;       /* by the pass's id */
    ngx_rbtree_node_t                 end;        /* by when its last use ends */
    hp_use_row                        row;        /* with its slots behind it */
} ngx_http_healthpass_zone_row_t;


struct ngx_http_healthpass_zone_shared_s {
    ngx_uint_t                        version;
    ngx_uint_t                        changing;   /* trees or pages, just now */
    ngx_rbtree_t                      rows;
    ngx_rbtree_node_t                 rows_sentinel;
    ngx_rbtree_t                      ends;
    ngx_rbtree_node_t                 ends_sentinel;
    ngx_uint_t                        count;
    ngx_atomic_t                      counters[NGX_HTTP_HEALTHPASS_COUNTERS];
};


static ngx_int_t ngx_http_healthpass_zone_init(ngx_shm_zone_t *shm_zone,
    void *data);
static ngx_int_t ngx_http_healthpass_zone_create(
    ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_zone_tell_anew(ngx_shm_zone_t *shm_zone);
static void ngx_http_healthpass_zone_lock(ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_zone_unlock(ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_zone_restart(ngx_http_healthpass_zone_t *zone);
static void ngx_http_healthpass_zone_change(ngx_http_healthpass_zone_t *zone,
    ngx_uint_t changing);
static hp_use_state ngx_http_healthpass_zone_take_locked(
    ngx_http_healthpass_zone_t *zone, const hp_use *use,
    const hp_use_terms *terms, uint32_t now, hp_use_answer *answer);
static void ngx_http_healthpass_zone_look(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, hp_use_row **rows);
static hp_use_state ngx_http_healthpass_zone_take_rows(
    ngx_http_healthpass_zone_t *zone, hp_use_row **rows, const hp_use *use,
    const hp_use_terms *terms, uint32_t now, hp_use_answer *answer);
static void ngx_http_healthpass_zone_settle(ngx_http_healthpass_zone_t *zone,
    hp_use_row **rows, size_t n, uint32_t now);
static hp_use_row *ngx_http_healthpass_zone_add(
    ngx_http_healthpass_zone_t *zone, const uint8_t *pass, hp_use_row *old,
    uint32_t now);
static void ngx_http_healthpass_zone_remove(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_zone_row_t *zr);
static void ngx_http_healthpass_zone_sweep(ngx_http_healthpass_zone_t *zone,
    uint32_t now, ngx_uint_t n);
static ngx_http_healthpass_zone_row_t *ngx_http_healthpass_zone_find(
    ngx_http_healthpass_zone_t *zone, const uint8_t *pass);
static ngx_rbtree_key_t ngx_http_healthpass_zone_key(const uint8_t *pass);
static void ngx_http_healthpass_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_http_healthpass_zone_row_t *ngx_http_healthpass_zone_row(
    hp_use_row *row);
static uint32_t ngx_http_healthpass_zone_now(void);


/* ---- the directive ---- */


char *
ngx_http_healthpass_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_healthpass_main_conf_t *hmcf = conf;

    ssize_t                      size;
    ngx_str_t                   *value;
    ngx_http_healthpass_zone_t  *zone;

    if (hmcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    size = ngx_parse_size(&value[2]);

    if (size == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid size \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small, it needs %uz bytes",
                           &value[1], (size_t) (8 * ngx_pagesize));
        return NGX_CONF_ERROR;
    }

    zone = ngx_pcalloc(cf->pool, sizeof(ngx_http_healthpass_zone_t));
    if (zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->shm_zone = ngx_shared_memory_add(cf, &value[1], size,
                                           &ngx_http_healthpass_module);
    if (zone->shm_zone == NULL) {
        return NGX_CONF_ERROR;
    }

    zone->shm_zone->init = ngx_http_healthpass_zone_init;
    zone->shm_zone->data = zone;

    hmcf->zone = zone;

    return NGX_CONF_OK;
}


/*
 * A reload goes on with the memory of before, unless its name or size changed.
 * A new binary begins with an empty one: nginx gives no memory on to it.
 */

static ngx_int_t
ngx_http_healthpass_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_http_healthpass_zone_t  *zone;

    zone = shm_zone->data;
    zone->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;

    /* what is there may be a module's that was loaded before this one */

    if (data || shm_zone->shm.exists) {
        zone->sh = zone->shpool->data;

        if (zone->sh->version == NGX_HTTP_HEALTHPASS_ZONE_VERSION) {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "healthpass_zone \"%V\" was made by another version of "
                      "this module: give it another name, or restart nginx",
                      &shm_zone->shm.name);
        return NGX_ERROR;
    }

    ngx_http_healthpass_zone_tell_anew(shm_zone);

    return ngx_http_healthpass_zone_create(zone);
}


static ngx_int_t
ngx_http_healthpass_zone_create(ngx_http_healthpass_zone_t *zone)
{
    size_t                              len;
    ngx_str_t                          *name;
    ngx_http_healthpass_zone_shared_t  *sh;

    name = &zone->shm_zone->shm.name;

    sh = ngx_slab_calloc_locked(zone->shpool,
                                sizeof(ngx_http_healthpass_zone_shared_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    sh->version = NGX_HTTP_HEALTHPASS_ZONE_VERSION;

    ngx_rbtree_init(&sh->rows, &sh->rows_sentinel,
                    ngx_http_healthpass_zone_insert);
    ngx_rbtree_init(&sh->ends, &sh->ends_sentinel, ngx_rbtree_insert_value);

    zone->sh = sh;
    zone->shpool->data = sh;

    len = sizeof(" in healthpass_zone \"\"") + name->len;

    zone->shpool->log_ctx = ngx_slab_alloc_locked(zone->shpool, len);
    if (zone->shpool->log_ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(zone->shpool->log_ctx, " in healthpass_zone \"%V\"%Z", name);

    /* a full zone is the ledger's answer, and told as such */
    zone->shpool->log_nomem = 0;

    return NGX_OK;
}


/* At a reload: a zone of another size or name is another zone. */

static void
ngx_http_healthpass_zone_tell_anew(ngx_shm_zone_t *shm_zone)
{
    ngx_uint_t        i;
    ngx_shm_zone_t   *before;
    ngx_list_part_t  *part;

    for (part = (ngx_list_part_t *) &ngx_cycle->shared_memory.part;
         part;
         part = part->next)
    {
        before = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (before[i].tag != shm_zone->tag) {
                continue;
            }

            ngx_log_error(NGX_LOG_WARN, shm_zone->shm.log, 0,
                          "healthpass_zone \"%V\" begins anew: the uses in "
                          "\"%V\" are forgotten, its name or size changed",
                          &shm_zone->shm.name, &before[i].shm.name);
        }
    }
}


/* ---- the lock ---- */


/*
 * A worker that is killed in here leaves rows that can be read, but maybe half a
 * tree, or half a list of free pages: then all is begun anew.
 */

static void
ngx_http_healthpass_zone_lock(ngx_http_healthpass_zone_t *zone)
{
    ngx_shmtx_lock(&zone->shpool->mutex);

    if (zone->sh->changing) {
        ngx_http_healthpass_zone_restart(zone);
    }
}


static void
ngx_http_healthpass_zone_unlock(ngx_http_healthpass_zone_t *zone)
{
    ngx_uint_t  restarted;

    restarted = zone->restarted;
    zone->restarted = 0;

    ngx_shmtx_unlock(&zone->shpool->mutex);

    if (restarted) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "healthpass_zone \"%V\" begins anew: a worker died while "
                      "it changed the zone, the uses in it are forgotten",
                      &zone->shm_zone->shm.name);
    }
}


/* The first piece of an empty pool is where it was: workers know its address. */

static void
ngx_http_healthpass_zone_restart(ngx_http_healthpass_zone_t *zone)
{
    ngx_uint_t    i;
    ngx_atomic_t  counters[NGX_HTTP_HEALTHPASS_COUNTERS];

    for (i = 0; i < NGX_HTTP_HEALTHPASS_COUNTERS; i++) {
        counters[i] = zone->sh->counters[i];
    }

    ngx_slab_init(zone->shpool);
    (void) ngx_http_healthpass_zone_create(zone);

    for (i = 0; i < NGX_HTTP_HEALTHPASS_COUNTERS; i++) {
        zone->sh->counters[i] = counters[i];
    }

    zone->restarted = 1;
}


static void
ngx_http_healthpass_zone_change(ngx_http_healthpass_zone_t *zone,
    ngx_uint_t changing)
{
    ngx_memory_barrier();
    zone->sh->changing = changing;
    ngx_memory_barrier();
}


/* ---- uses ---- */


void
ngx_http_healthpass_zone_take(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, const hp_use_terms *terms, hp_use_answer *answer)
{
    uint32_t  now;

    now = ngx_http_healthpass_zone_now();

    ngx_http_healthpass_zone_lock(zone);

    ngx_http_healthpass_zone_sweep(zone, now, NGX_HTTP_HEALTHPASS_ZONE_SWEEP);

    answer->state = ngx_http_healthpass_zone_take_locked(zone, use, terms, now,
                                                         answer);

    if (answer->state == HP_USE_FULL) {

        /* all that has ended makes room */

        ngx_http_healthpass_zone_sweep(zone, now, (ngx_uint_t) -1);

        answer->state = ngx_http_healthpass_zone_take_locked(zone, use, terms,
                                                             now, answer);
    }

    ngx_http_healthpass_zone_unlock(zone);
}


void
ngx_http_healthpass_zone_end(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, ngx_uint_t commit)
{
    uint32_t     now;
    hp_use_row  *rows[HP_IDENTITIES];

    now = ngx_http_healthpass_zone_now();

    ngx_http_healthpass_zone_lock(zone);

    ngx_http_healthpass_zone_look(zone, use, rows);
    hp_use_end(rows, use, now, commit);
    ngx_http_healthpass_zone_settle(zone, rows, use->n, now);

    ngx_http_healthpass_zone_unlock(zone);
}


/* The newest row is made when there is none. */

static hp_use_state
ngx_http_healthpass_zone_take_locked(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, const hp_use_terms *terms, uint32_t now,
    hp_use_answer *answer)
{
    hp_use_row    *rows[HP_IDENTITIES];
    hp_use_state   state;

    ngx_http_healthpass_zone_look(zone, use, rows);

    if (rows[0] == NULL) {
        rows[0] = ngx_http_healthpass_zone_add(zone, use->pass[0], NULL, now);
    }

    if (rows[0] == NULL) {
        return HP_USE_FULL;
    }

    state = ngx_http_healthpass_zone_take_rows(zone, rows, use, terms, now,
                                               answer);

    ngx_http_healthpass_zone_settle(zone, rows, use->n, now);

    return state;
}


static void
ngx_http_healthpass_zone_look(ngx_http_healthpass_zone_t *zone,
    const hp_use *use, hp_use_row **rows)
{
    size_t                           i;
    ngx_http_healthpass_zone_row_t  *zr;

    for (i = 0; i < use->n; i++) {
        zr = ngx_http_healthpass_zone_find(zone, use->pass[i]);
        rows[i] = zr ? &zr->row : NULL;
    }
}


/* A row that needs more room is moved to where there is. */

static hp_use_state
ngx_http_healthpass_zone_take_rows(ngx_http_healthpass_zone_t *zone,
    hp_use_row **rows, const hp_use *use, const hp_use_terms *terms,
    uint32_t now, hp_use_answer *answer)
{
    hp_use_row  *more;

    while (!hp_use_take(rows, use, terms, now, answer)) {

        more = ngx_http_healthpass_zone_add(zone, use->pass[0], rows[0], now);
        if (more == NULL) {
            return HP_USE_FULL;
        }

        rows[0] = more;
    }

    return answer->state;
}


/* Each row ends with the last of its uses, and an empty one now. */

static void
ngx_http_healthpass_zone_settle(ngx_http_healthpass_zone_t *zone,
    hp_use_row **rows, size_t n, uint32_t now)
{
    size_t                           i;
    uint32_t                         end;
    ngx_http_healthpass_zone_row_t  *zr;

    for (i = 0; i < n; i++) {

        if (rows[i] == NULL) {
            continue;
        }

        zr = ngx_http_healthpass_zone_row(rows[i]);
        end = hp_use_row_end(rows[i], now);

        if (end == 0) {
            ngx_http_healthpass_zone_remove(zone, zr);
            rows[i] = NULL;

        } else if (end != zr->end.key) {
            ngx_http_healthpass_zone_change(zone, 1);
            ngx_rbtree_delete(&zone->sh->ends, &zr->end);
            zr->end.key = end;
            ngx_rbtree_insert(&zone->sh->ends, &zr->end);
            ngx_http_healthpass_zone_change(zone, 0);
        }
    }
}


/* ---- rows ---- */


/* A new row, or the old one with more room.  NULL: the zone is full. */

static hp_use_row *
ngx_http_healthpass_zone_add(ngx_http_healthpass_zone_t *zone,
    const uint8_t *pass, hp_use_row *old, uint32_t now)
{
    size_t                           size;
    uint16_t                         room;
    ngx_http_healthpass_zone_row_t  *zr;

    room = old ? hp_use_more_room(old->room) : HP_USE_ROOM;
    size = sizeof(ngx_http_healthpass_zone_row_t)
           + room * sizeof(hp_use_slot);

    ngx_http_healthpass_zone_change(zone, 1);

    zr = ngx_slab_calloc_locked(zone->shpool, size);
    if (zr == NULL) {
        ngx_http_healthpass_zone_change(zone, 0);
        return NULL;
    }

    if (old) {
        ngx_memcpy(&zr->row, old,
                   sizeof(hp_use_row) + old->n * sizeof(hp_use_slot));
        ngx_http_healthpass_zone_remove(zone,
                                        ngx_http_healthpass_zone_row(old));
        ngx_http_healthpass_zone_change(zone, 1);

    } else {
        ngx_memcpy(zr->row.pass, pass, HP_ID);
    }

    zr->row.room = room;
    zr->node.key = ngx_http_healthpass_zone_key(pass);
    zr->end.key = now;

    ngx_rbtree_insert(&zone->sh->rows, &zr->node);
    ngx_rbtree_insert(&zone->sh->ends, &zr->end);
    zone->sh->count++;

    ngx_http_healthpass_zone_change(zone, 0);

    return &zr->row;
}


static void
ngx_http_healthpass_zone_remove(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_zone_row_t *zr)
{
    ngx_http_healthpass_zone_change(zone, 1);

    ngx_rbtree_delete(&zone->sh->rows, &zr->node);
    ngx_rbtree_delete(&zone->sh->ends, &zr->end);
    zone->sh->count--;

    ngx_slab_free_locked(zone->shpool, zr);

    ngx_http_healthpass_zone_change(zone, 0);
}


/* Takes away up to n rows that have ended: those that end first stand first. */

static void
ngx_http_healthpass_zone_sweep(ngx_http_healthpass_zone_t *zone, uint32_t now,
    ngx_uint_t n)
{
    ngx_rbtree_t       *ends;
    ngx_rbtree_node_t  *node;

    ends = &zone->sh->ends;

    while (n-- > 0 && ends->root != ends->sentinel) {
        node = ngx_rbtree_min(ends->root, ends->sentinel);

        if (node->key > now) {
            return;
        }

        ngx_http_healthpass_zone_remove(zone,
            ngx_rbtree_data(node, ngx_http_healthpass_zone_row_t, end));
    }
}


static ngx_http_healthpass_zone_row_t *
ngx_http_healthpass_zone_find(ngx_http_healthpass_zone_t *zone,
    const uint8_t *pass)
{
    ngx_int_t                        rc;
    ngx_rbtree_key_t                 key;
    ngx_rbtree_node_t               *node, *sentinel;
    ngx_http_healthpass_zone_row_t  *zr;

    key = ngx_http_healthpass_zone_key(pass);
    node = zone->sh->rows.root;
    sentinel = zone->sh->rows.sentinel;

    while (node != sentinel) {

        if (key != node->key) {
            node = (key < node->key) ? node->left : node->right;
            continue;
        }

        zr = ngx_rbtree_data(node, ngx_http_healthpass_zone_row_t, node);
        rc = ngx_memcmp(pass, zr->row.pass, HP_ID);

        if (rc == 0) {
            return zr;
        }

        node = (rc < 0) ? node->left : node->right;
    }

    return NULL;
}


/* Ids are keyed hashes: any part of one is as good as another. */

static ngx_rbtree_key_t
ngx_http_healthpass_zone_key(const uint8_t *pass)
{
    ngx_rbtree_key_t  key;

    ngx_memcpy(&key, pass, sizeof(ngx_rbtree_key_t));

    return key;
}


static void
ngx_http_healthpass_zone_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t               **p;
    ngx_http_healthpass_zone_row_t   *zr, *other;

    zr = ngx_rbtree_data(node, ngx_http_healthpass_zone_row_t, node);

    for ( ;; ) {

        if (node->key != temp->key) {
            p = (node->key < temp->key) ? &temp->left : &temp->right;

        } else {
            other = ngx_rbtree_data(temp, ngx_http_healthpass_zone_row_t,
                                    node);
            p = (ngx_memcmp(zr->row.pass, other->row.pass, HP_ID) < 0)
                ? &temp->left : &temp->right;
        }

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


static ngx_http_healthpass_zone_row_t *
ngx_http_healthpass_zone_row(hp_use_row *row)
{
    return (ngx_http_healthpass_zone_row_t *)
           ((u_char *) row - offsetof(ngx_http_healthpass_zone_row_t, row));
}


static uint32_t
ngx_http_healthpass_zone_now(void)
{
    return (uint32_t) (ngx_current_msec / 1000);
}


/* ---- what operators see ---- */


void
ngx_http_healthpass_zone_count(ngx_http_healthpass_zone_t *zone,
    ngx_uint_t counter)
{
    if (zone) {
        (void) ngx_atomic_fetch_add(&zone->sh->counters[counter], 1);
    }
}


void
ngx_http_healthpass_zone_fill(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_fill_t *fill)
{
    ngx_uint_t        i;
    ngx_slab_pool_t  *shpool;

    shpool = zone->shpool;

    ngx_http_healthpass_zone_lock(zone);

    fill->rows = zone->sh->count;
    fill->pages = (shpool->end - shpool->start) / ngx_pagesize;
    fill->free = shpool->pfree;

    ngx_http_healthpass_zone_unlock(zone);

    for (i = 0; i < NGX_HTTP_HEALTHPASS_COUNTERS; i++) {
        fill->counters[i] = zone->sh->counters[i];
    }
}


/*
 * At most max passes, in no order: a zone of ten megabytes has some forty thousand,
 * which are copied under the lock and sorted by whoever asked.
 */

ngx_uint_t
ngx_http_healthpass_zone_top(ngx_http_healthpass_zone_t *zone,
    ngx_http_healthpass_top_t *top, ngx_uint_t max)
{
    unsigned                         places;
    uint32_t                         now;
    ngx_uint_t                       n;
    ngx_rbtree_node_t               *node;
    ngx_http_healthpass_zone_row_t  *zr;

    n = 0;
    now = ngx_http_healthpass_zone_now();

    ngx_http_healthpass_zone_lock(zone);

    node = zone->sh->ends.root == zone->sh->ends.sentinel
           ? NULL : ngx_rbtree_min(zone->sh->ends.root,
                                   zone->sh->ends.sentinel);

    for ( /* void */ ;
         node && n < max;
         node = ngx_rbtree_next(&zone->sh->ends, node))
    {
        zr = ngx_rbtree_data(node, ngx_http_healthpass_zone_row_t, end);

        top[n].count = hp_use_row_count(&zr->row, now, &places);
        top[n].places = places;
        top[n].left = node->key > now ? node->key - now : 0;
        ngx_memcpy(top[n].pass, zr->row.pass, HP_ID);

        n += (top[n].count != 0);
    }

    ngx_http_healthpass_zone_unlock(zone);

    return n;
}
