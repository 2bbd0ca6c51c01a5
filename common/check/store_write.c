/* The compiled trust store, written; see store.h.  For healthpassctl: no gate writes one. */
#include "check/store_layout.h"

#include <stdlib.h>

/* The room was reckoned before, so that nothing here can fail half-way. */
typedef struct {
    uint8_t *p;    /* where the next byte goes */
    uint32_t part; /* where the next part goes, in the blob */
} writer;

static void
put(writer *w, uint64_t value, size_t n)
{
    for (; n > 0; n--, value >>= 8)
        *w->p++ = (uint8_t)value;
}

static void
put_time(writer *w, double t)
{
    uint64_t bits;

    memcpy(&bits, &t, sizeof(bits));
    put(w, bits, 8);
}

static void
put_bytes(writer *w, const void *bytes, size_t n)
{
    if (n > 0)
        memcpy(w->p, bytes, n);
    w->p += n;
}

/* Parts lie in the blob in the order in which records name them. */
static void
put_part(writer *w, hp_str part)
{
    put(w, w->part, 4);
    put(w, part.n, 4);
    w->part += (uint32_t)part.n;
}

static void
put_source(writer *w, const hp_source *s)
{
    size_t i;

    put_bytes(w, s->name, sizeof(s->name));
    put_bytes(w, s->feed, sizeof(s->feed));
    put_time(w, s->issued);
    put_time(w, s->dated);
    put_time(w, s->expires);
    put_time(w, s->fetched);
    put_time(w, s->max_age);
    put(w, s->is_signed, 4);
    put_bytes(w, s->signer, sizeof(s->signer));
    put_bytes(w, s->digest, sizeof(s->digest));
    put(w, s->entries, 4);
    put(w, s->keys, 4);
    for (i = 0; i < STORE_SKIPS; i++)
        put(w, i < HP_SKIP_KINDS ? s->skipped[i] : 0, 4);
}

static void
put_record(writer *w, const hp_record *r)
{
    size_t i;

    put(w, r->role, 4);
    put(w, r->flaw, 4);
    put(w, r->source, 4);
    put(w, r->domains, 4);
    put(w, r->usage, 4);
    put_bytes(w, r->country, sizeof(r->country));
    put_part(w, r->kid);
    put_part(w, r->issuer);
    put_part(w, r->spki);
    put_part(w, r->cert);
    put_bytes(w, r->digest, sizeof(r->digest));
    put_time(w, r->valid.from);
    put_time(w, r->valid.until);
    put(w, r->n_issuers, 8);
    for (i = 0; i < HP_TRUST_ISSUERS; i++) {
        put_time(w, r->issuers[i].from);
        put_time(w, r->issuers[i].until);
    }
}

static void
put_header(writer *w, const hp_records *list, double made, uint64_t blob)
{
    put_bytes(w, STORE_MAGIC, sizeof(STORE_MAGIC) - 1);
    put(w, HP_STORE_FORMAT, 2);
    put(w, HP_STORE_FORMAT, 2);
    put(w, list->env, 4);
    put_time(w, made);
    put(w, STORE_HEADER, 4);
    put(w, list->n_sources, 4);
    put(w, STORE_SOURCE, 4);
    put(w, list->n, 4);
    put(w, STORE_RECORD, 4);
    put(w, blob, 8);
}

static void
put_all(writer *w, const hp_records *list, double made, uint64_t blob)
{
    size_t i;

    put_header(w, list, made, blob);
    for (i = 0; i < list->n_sources; i++)
        put_source(w, &list->sources[i]);
    for (i = 0; i < list->n; i++)
        put_record(w, &list->all[i]);
    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        put_bytes(w, r->kid.p, r->kid.n);
        put_bytes(w, r->issuer.p, r->issuer.n);
        put_bytes(w, r->spki.p, r->spki.n);
        put_bytes(w, r->cert.p, r->cert.n);
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
