/* The compiled trust store, written; see store.h.  For healthpassctl: no gate writes one. */
#include "check/store_layout.h"

#include <stdlib.h>

typedef struct {
    uint8_t *p;    /* where the next byte goes */
    uint32_t part; /* where the next part goes, in the blob */
} writer;

/* Parts lie in the blob in the order in which records name them. */
static void
put_part(writer *w, hp_str part)
{
    hp_row_put(&w->p, w->part, 4);
    hp_row_put(&w->p, part.n, 4);
    w->part += (uint32_t)part.n;
}

static void
put_record(writer *w, const hp_record *r)
{
    size_t i;

    hp_row_put(&w->p, r->role, 4);
    hp_row_put(&w->p, r->flaw, 4);
    hp_row_put(&w->p, r->source, 4);
    hp_row_put(&w->p, r->domains, 4);
    hp_row_put(&w->p, r->usage, 4);
    hp_row_put_bytes(&w->p, r->country, sizeof(r->country));
    put_part(w, r->kid);
    put_part(w, r->issuer);
    put_part(w, r->spki);
    put_part(w, r->cert);
    hp_row_put_bytes(&w->p, r->digest, sizeof(r->digest));
    hp_row_put_time(&w->p, r->valid.from);
    hp_row_put_time(&w->p, r->valid.until);
    hp_row_put(&w->p, r->n_issuers, 8);
    for (i = 0; i < HP_TRUST_ISSUERS; i++) {
        hp_row_put_time(&w->p, r->issuers[i].from);
        hp_row_put_time(&w->p, r->issuers[i].until);
    }
}

static void
put_header(writer *w, const hp_records *list, double made, uint64_t blob)
{
    hp_row_put_bytes(&w->p, STORE_MAGIC, sizeof(STORE_MAGIC) - 1);
    hp_row_put(&w->p, HP_STORE_FORMAT, 2);
    hp_row_put(&w->p, HP_STORE_FORMAT, 2);
    hp_row_put(&w->p, list->env, 4);
    hp_row_put_time(&w->p, made);
    hp_row_put(&w->p, STORE_HEADER, 4);
    hp_row_put(&w->p, list->n_sources, 4);
    hp_row_put(&w->p, STORE_SOURCE, 4);
    hp_row_put(&w->p, list->n, 4);
    hp_row_put(&w->p, STORE_RECORD, 4);
    hp_row_put(&w->p, blob, 8);
}

static void
put_all(writer *w, const hp_records *list, double made, uint64_t blob)
{
    size_t i;

    put_header(w, list, made, blob);
    for (i = 0; i < list->n_sources; i++)
        hp_source_row_write(&w->p, &list->sources[i]);
    for (i = 0; i < list->n; i++)
        put_record(w, &list->all[i]);
    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        hp_row_put_bytes(&w->p, r->kid.p, r->kid.n);
        hp_row_put_bytes(&w->p, r->issuer.p, r->issuer.n);
        hp_row_put_bytes(&w->p, r->spki.p, r->spki.n);
        hp_row_put_bytes(&w->p, r->cert.p, r->cert.n);
    }
}

static uint64_t
blob_size(const hp_records *list)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < list->n; i++)
        n += (uint64_t)list->all[i].kid.n + list->all[i].issuer.n + list->all[i].spki.n +
             list->all[i].cert.n;
    return n;
}

bool
hp_store_write(hp_crypto *crypto, const hp_records *list, double made, hp_bytes *out,
               hp_error *error)
{
    uint64_t blob = blob_size(list);
    uint64_t n = STORE_HEADER + (uint64_t)list->n_sources * STORE_SOURCE +
                 (uint64_t)list->n * STORE_RECORD + blob;
    writer w = { NULL, 0 };
    hp_str body;

    *out = (hp_bytes){ NULL, 0 };
    if (n + HP_SHA256 > HP_STORE_MAX) {
        hp_error_set(error, "the store would have %ju bytes, expected at most %u", (uintmax_t)n,
                     HP_STORE_MAX);
        return false;
    }
    *out = (hp_bytes){ malloc((size_t)n + HP_SHA256), (size_t)n + HP_SHA256 };
    w.p = out->p;
    if (out->p != NULL) {
        put_all(&w, list, made, blob);
        body = (hp_str){ out->p, (size_t)n };
        if (hp_sha256(crypto, &body, 1, w.p))
            return true;
    }
    hp_error_set(error, "no memory for the store");
    hp_bytes_free(out);
    return false;
}
