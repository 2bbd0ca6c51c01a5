/*
 * The compiled trust store, read; see store.h for its layout.
 *
 * The digest at the end tells a damaged file; the bounds are checked all the same, because a
 * store may have been made by anybody who may write it.
 */
#include "check/store.h"

#include "check/store_layout.h"

/* A part of the blob. */
static hp_str
get_part(hp_cur *c, hp_str blob)
{
    uint64_t at = hp_row_number(c, 4), n = hp_row_number(c, 4);

    if (at > blob.n || n > blob.n - at) {
        c->bad = true;
        return (hp_str){ blob.p, 0 };
    }
    return (hp_str){ blob.p + at, (size_t)n };
}

/* ---- sources -------------------------------------------------------------- */

static bool
read_sources(hp_cur c, const store_header *h, hp_records *list)
{
    hp_source *source;
    hp_cur one;
    uint32_t i;

    for (i = 0; i < h->sources; i++) {
        one = hp_cur_of((hp_str){ hp_cur_take(&c, h->source_size), h->source_size });
        source = hp_records_source(list, "", "");
        if (source == NULL)
            return false;
        hp_source_row_read(&one, source);
        if (one.bad)
            return false;
    }
    return true;
}

/* ---- records -------------------------------------------------------------- */

static bool
get_issuers(hp_cur *c, hp_record *r)
{
    size_t i;

    r->n_issuers = (size_t)hp_row_number(c, 8);
    for (i = 0; i < HP_TRUST_ISSUERS; i++) {
        r->issuers[i].from = hp_row_time(c);
        r->issuers[i].until = hp_row_time(c);
    }
    return r->n_issuers <= HP_TRUST_ISSUERS;
}

/* What a newer writer says of domains is of no use to us, but no reason to allow more. */
static unsigned
known_domains(uint64_t bits)
{
    unsigned known = (unsigned)(bits & (HP_DOMAIN_ALL | HP_DOMAIN_OTHER));

    return known != 0 ? known : HP_DOMAIN_OTHER;
}

static bool
get_record(hp_cur *c, hp_str blob, hp_record *r)
{
    uint64_t role = hp_row_number(c, 4), flaw = hp_row_number(c, 4);

    r->role = (hp_role)role;
    r->flaw = (hp_flaw)flaw;
    r->source = (unsigned)hp_row_number(c, 4);
    r->domains = known_domains(hp_row_number(c, 4));
    r->usage = (unsigned)hp_row_number(c, 4) & HP_USE_ALL;
    hp_row_text(c, r->country, sizeof(r->country));
    r->kid = get_part(c, blob);
    r->issuer = get_part(c, blob);
    r->spki = get_part(c, blob);
    r->cert = get_part(c, blob);
    hp_row_bytes(c, r->digest, sizeof(r->digest));
    r->valid.from = hp_row_time(c);
    r->valid.until = hp_row_time(c);
    return get_issuers(c, r) && !c->bad && flaw <= HP_FLAW_REVOKED && r->kid.n >= HP_KID &&
           r->kid.n <= HP_KID_MAX && (role != HP_ROLE_SIGNER || r->spki.n > 0);
}

/* Records in a role that only a newer reader knows are passed over. */
static bool
read_records(hp_cur c, const store_header *h, hp_str blob, hp_records *list)
{
    hp_record record;
    hp_cur one;
    uint32_t i;

    for (i = 0; i < h->records; i++) {
        one = hp_cur_of((hp_str){ hp_cur_take(&c, h->record_size), h->record_size });
        memset(&record, 0, sizeof(record));
        if (!get_record(&one, blob, &record) || record.source >= list->n_sources)
            return false;
        if (record.role <= HP_ROLE_DOCUMENT && !hp_records_put(list, &record))
            return false;
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------ */

bool
hp_store_is(hp_str bytes)
{
    return hp_str_starts(bytes, HP_STR(STORE_MAGIC));
}

static bool
refuse(hp_error *error, const char *path, const char *what)
{
    hp_error_set(error, "%s: %s", path, what);
    return false;
}

static bool
digest_holds(hp_crypto *crypto, hp_str bytes)
{
    uint8_t digest[HP_SHA256];
    hp_str body = { bytes.p, bytes.n - HP_SHA256 };

    return hp_sha256(crypto, &body, 1, digest) &&
           memcmp(digest, bytes.p + body.n, HP_SHA256) == 0;
}

static void
get_header(hp_cur *c, store_header *h)
{
    (void)hp_cur_take(c, sizeof(STORE_MAGIC) - 1);
    h->format = (unsigned)hp_row_number(c, 2);
    h->least = (unsigned)hp_row_number(c, 2);
    h->env = (uint32_t)hp_row_number(c, 4);
    h->made = hp_row_time(c);
    h->size = (uint32_t)hp_row_number(c, 4);
    h->sources = (uint32_t)hp_row_number(c, 4);
    h->source_size = (uint32_t)hp_row_number(c, 4);
    h->records = (uint32_t)hp_row_number(c, 4);
    h->record_size = (uint32_t)hp_row_number(c, 4);
    h->blob = hp_row_number(c, 8);
}

unsigned
hp_store_format(hp_str bytes)
{
    store_header h;
    hp_cur c = hp_cur_of(bytes);

    get_header(&c, &h);
    return h.format;
}

/* Each number is small enough that their sum cannot run over. */
static bool
header_holds(const store_header *h, size_t n)
{
    return h->env <= HP_ENV_DEV && h->size >= STORE_HEADER && h->size <= n &&
           h->sources <= HP_SOURCES_MAX && h->records <= HP_TRUST_KEYS_MAX &&
           h->source_size >= STORE_SOURCE && h->source_size <= STORE_ROW_MAX &&
           h->record_size >= STORE_RECORD && h->record_size <= STORE_ROW_MAX && h->blob <= n &&
           h->size + (uint64_t)h->sources * h->source_size +
                   (uint64_t)h->records * h->record_size + h->blob == n;
}

static bool
read_body(const store_header *h, hp_str bytes, hp_records *list)
{
    hp_str sources = hp_str_from(bytes, h->size);
    hp_str records = hp_str_from(sources, (size_t)h->sources * h->source_size);
    hp_str blob = hp_str_from(records, (size_t)h->records * h->record_size);

    blob.n = (size_t)h->blob;
    return read_sources(hp_cur_of(sources), h, list) &&
           read_records(hp_cur_of(records), h, blob, list);
}

bool
hp_store_read(hp_crypto *crypto, const char *path, hp_str bytes, hp_records *list,
              hp_error *error)
{
    store_header h;
    hp_cur c;

    if (!hp_store_is(bytes))
        return refuse(error, path, "is no trust store");
    if (bytes.n < STORE_HEADER + HP_SHA256 || !digest_holds(crypto, bytes))
        return refuse(error, path, "is damaged or not whole, expected it as healthpassctl trust "
                                   "wrote it");
    c = hp_cur_of(bytes);
    get_header(&c, &h);
    if (h.least > HP_STORE_FORMAT) {
        hp_error_set(error, "%s: needs a newer healthpass: it can be read from format %u on, this "
                            "build knows %d", path, h.least, HP_STORE_FORMAT);
        return false;
    }
    bytes.n -= HP_SHA256;
    if (c.bad || !header_holds(&h, bytes.n))
        return refuse(error, path, "has a header that does not fit its contents");
    list->env = (hp_env)h.env;
    if (read_body(&h, bytes, list))
        return true;
    hp_records_free(list);
    return refuse(error, path, "holds a record that cannot be, or there is no memory");
}
