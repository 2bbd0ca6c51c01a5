/*
 * The bytes of a trust store, as they are and with a digest that holds: refused, or a list of
 * which every look-up and every written copy is right.
 */
#include "fuzz.h"

#include "check/store.h"
#include "check/trust.h"

static hp_crypto *crypto;

static void
set_up(void)
{
    if (crypto == NULL)
        crypto = hp_crypto_new();
    MUST(crypto != NULL);
}

static bool
is_in(hp_str part, hp_str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.n <= whole.n &&
                           (size_t)(part.p - whole.p) <= whole.n - part.n);
}

static void
holds(const hp_records *list, hp_str s)
{
    size_t i;

    MUST(list->env <= HP_ENV_DEV && list->n <= HP_TRUST_KEYS_MAX);
    MUST(list->n_sources <= HP_SOURCES_MAX);
    for (i = 0; i < list->n_sources; i++) {
        const hp_source *source = &list->sources[i];

        MUST(source->name[HP_SOURCE_NAME - 1] == 0 && source->feed[HP_SOURCE_FEED - 1] == 0);
        (void)hp_source_stale(source, 1, MAKER_NOW);
    }
    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        MUST(r->role <= HP_ROLE_DOCUMENT && r->flaw <= HP_FLAW_REVOKED);
        MUST(r->source < list->n_sources && r->n_issuers <= HP_TRUST_ISSUERS);
        MUST(r->kid.n > 0 && r->kid.n <= HP_KID_MAX);
        MUST(r->role != HP_ROLE_SIGNER || r->spki.n > 0);
        MUST(is_in(r->kid, s) && is_in(r->issuer, s) && is_in(r->spki, s) && is_in(r->cert, s));
        MUST(strlen(r->country) < sizeof(r->country) && (r->usage & ~HP_USE_ALL) == 0);
        MUST((r->domains & ~(HP_DOMAIN_ALL | HP_DOMAIN_OTHER)) == 0 && r->domains != 0);
    }
}

/* What is written of it, read again and written again, is the same to the byte. */
static void
comes_back(const hp_records *list)
{
    hp_records again = { .env = HP_ENV_PROD };
    hp_bytes first, second;

    if (!hp_store_write(crypto, list, MAKER_NOW, &first, NULL))
        return; /* parts that overlap in a small file may be too long one after the other */
    MUST(hp_store_read(crypto, "copy", (hp_str){ first.p, first.n }, &again, NULL));
    MUST(again.n == list->n && again.n_sources == list->n_sources);
    MUST(hp_store_write(crypto, &again, MAKER_NOW, &second, NULL));
    MUST(first.n == second.n && memcmp(first.p, second.p, first.n) == 0);
    hp_bytes_free(&first);
    hp_bytes_free(&second);
    hp_records_free(&again);
}

static void
can_be_looked_up_in(hp_records *list)
{
    hp_trust *trust = hp_trust_new(crypto, NULL);
    const hp_records *all;
    hp_error error;
    size_t i, n;

    MUST(trust != NULL && hp_trust_add_records(trust, "store", list, &error));
    if (hp_trust_close(trust, &error)) {
        all = hp_trust_records(trust);
        for (i = 0; i < all->n; i++) {
            const hp_record *r = &all->all[i];
            const hp_record *found = hp_trust_find(trust, r->role, r->kid, r->issuer, &n);

            MUST(found != NULL && r >= found && r < found + n);
            MUST(hp_record_order(r, found) == 0);
            MUST(r->role != HP_ROLE_SIGNER || n <= HP_TRUST_SAME_KID);
        }
    }
    hp_trust_free(trust);
}

static bool
read_store(hp_str s)
{
    hp_records list = { .env = HP_ENV_PROD };
    hp_error error = { "" };

    if (!hp_store_read(crypto, "a.store", s, &list, &error)) {
        MUST(strncmp(error.text, "a.store: ", 9) == 0 && list.all == NULL && list.sources == NULL);
        return false;
    }
    holds(&list, s);
    comes_back(&list);
    can_be_looked_up_in(&list);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    uint8_t *sealed;
    hp_str body;

    set_up();
    (void)read_store((hp_str){ p, n });
    if (n < HP_SHA256)
        return 0;
    sealed = malloc(n);
    MUST(sealed != NULL);
    memcpy(sealed, p, n);
    body = (hp_str){ sealed, n - HP_SHA256 };
    MUST(hp_sha256(crypto, &body, 1, sealed + body.n));
    (void)read_store((hp_str){ sealed, n });
    free(sealed);
    return 0;
}

/* n signers, each fourth pair with one id, and an authority. */
static hp_str
store_of(size_t n)
{
    hp_records list = { .env = HP_ENV_DEV };
    hp_record r = { .domains = HP_DOMAIN_DCC, .usage = HP_USE_TEST, .country = "XA",
                    .valid = { MAKER_FROM, MAKER_TO } };
    hp_bytes bytes;
    hp_str s;
    size_t i;

    MUST(hp_records_source(&list, "who", "gdhcn") != NULL);
    MUST(hp_records_source(&list, "", "folder") != NULL);
    for (i = 0; i < n; i++) {
        r.kid = maker_print("kid %04zu", i / 4);
        r.issuer = i % 4 == 3 ? HP_STR("https://a.example") : HP_STR("");
        r.spki = maker_print("key %zu", i);
        r.source = i % 2;
        r.n_issuers = i % 3;
        MUST(hp_sha256(crypto, &r.spki, 1, r.digest) && hp_records_put(&list, &r));
    }
    r.role = HP_ROLE_AUTHORITY;
    r.cert = HP_STR("certificate");
    MUST(hp_records_put(&list, &r));
    MUST(hp_store_write(crypto, &list, MAKER_NOW, &bytes, NULL));
    s = maker_copy((hp_str){ bytes.p, bytes.n });
    hp_bytes_free(&bytes);
    hp_records_free(&list);
    return s;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    set_up();
    put("empty", store_of(0));
    put("one", store_of(1));
    put("some", store_of(10));
    put("many", store_of(100));
    put("alike", MAKER_JOIN(HP_STR("HPTRUST\n"), maker_fill(76, 1)));
}
