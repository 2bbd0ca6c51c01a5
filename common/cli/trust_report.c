/* Reports of trust lists; see trust_report.h. */
#include "cli/trust_report.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/trust.h"
#include "cli/cli.h"
#include "codec/base64.h"

#include <stdlib.h>

#define DAY         86400.0
#define KID_TEXT    HP_HEX_TEXT(HP_KID_MAX)
#define DOMAIN_TEXT 128

static const char *
state_name(hp_key_state state)
{
    static const char *const names[] = {
#define X(name, text) text,
        HP_KEY_STATES(X)
#undef X
    };

    return names[state];
}

/* ---- judging ------------------------------------------------------------------------------- */

static bool
within(const hp_span *span, double now)
{
    return now >= span->from && now <= span->until;
}

/* Shell model (trust-lists, 1.3): an authority must be valid too, where some are noted. */
static bool
has_authority(const hp_record *key, double now)
{
    size_t i;

    for (i = 0; i < key->n_issuers; i++) {
        if (within(&key->issuers[i], now))
            return true;
    }
    return key->n_issuers == 0;
}

/* What a signer of 2D-DOC sealed before it ended stays good: that day is what counts. */
static bool
outlasts(const hp_record *key, double now)
{
    return key->domains == HP_DOMAIN_2D_DOC && now >= key->valid.from;
}

hp_key_state
hp_key_state_at(const hp_record *key, double now)
{
    if (key->flaw == HP_FLAW_REVOKED)
        return HP_KEY_REVOKED;
    if (key->flaw != HP_FLAW_NONE)
        return HP_KEY_CHAIN;
    if (outlasts(key, now))
        return HP_KEY_USABLE;
    if (now > key->valid.until)
        return HP_KEY_EXPIRED;
    if (now < key->valid.from)
        return HP_KEY_NOT_YET;
    return has_authority(key, now) ? HP_KEY_USABLE : HP_KEY_AUTHORITY;
}

void
hp_count_keys(const hp_records *list, size_t source, double now, hp_key_count *count)
{
    const hp_record *r;
    size_t i;

    *count = (hp_key_count){ 0 };
    for (i = 0; i < list->n; i++) {
        r = &list->all[i];
        if (source != HP_ALL_SOURCES && r->source != source)
            continue;
        if (r->role == HP_ROLE_CRL)
            count->crls++;
        else if (r->role == HP_ROLE_AUTHORITY)
            count->authorities++;
        else if (r->role == HP_ROLE_SIGNER) {
            hp_key_state state = hp_key_state_at(r, now);

            count->keys++;
            count->states[state]++;
            count->soon += state == HP_KEY_USABLE &&
                           hp_key_state_at(r, now + HP_SOON) != HP_KEY_USABLE;
        }
    }
}

const char *
hp_source_status(const hp_source *source, const hp_report_terms *terms)
{
    if (hp_source_stale(source, terms->max_age, terms->now))
        return "stale";
    if (hp_source_old(source, terms->warn_age, terms->max_age, terms->now))
        return "old";
    return source->dated == 0 ? "ageless" : "fresh";
}

size_t
hp_source_left_out(const hp_source *source)
{
    size_t n = 0;
    hp_skip i;

    for (i = 0; i < HP_SKIP_KINDS; i++)
        n += source->skipped[i];
    return n;
}

/* ---- texts --------------------------------------------------------------------------------- */

static void
write_fingerprint(const uint8_t digest[HP_SHA256], char text[HP_HEX_TEXT(HP_SHA256)])
{
    hp_hex_write((hp_str){ digest, HP_SHA256 }, text);
}

/* As passes print it: a SMART Health Card's thumbprint, a 2D-DOC's name, else hexadecimal. */
static void
write_kid(const hp_record *key, char text[KID_TEXT])
{
    bool signs = key->role == HP_ROLE_SIGNER;

    if (signs && key->domains == HP_DOMAIN_SHC)
        hp_base64url_write(key->kid, text);
    else if (signs && key->domains == HP_DOMAIN_2D_DOC)
        (void)snprintf(text, KID_TEXT, "%.*s", (int)key->kid.n, (const char *)key->kid.p);
    else
        hp_hex_write(key->kid, text);
}

/* "DCC+DDCC", "any". */
static void
write_domains(unsigned domains, char text[DOMAIN_TEXT])
{
    size_t used = 0;
    unsigned bit;

    if ((domains & HP_DOMAIN_ALL) == HP_DOMAIN_ALL) {
        (void)snprintf(text, DOMAIN_TEXT, "any");
        return;
    }
    text[0] = '\0';
    for (bit = 1; bit <= HP_DOMAIN_OTHER && used < DOMAIN_TEXT; bit <<= 1) {
        if ((domains & bit) != 0)
            used += (size_t)snprintf(text + used, DOMAIN_TEXT - used, "%s%s",
                                     used == 0 ? "" : "+", hp_domain_name(bit));
    }
}

static void
write_usage(unsigned usage, char text[4])
{
    size_t n = 0;

    if ((usage & HP_USE_VACCINATION) != 0)
        text[n++] = 'v';
    if ((usage & HP_USE_TEST) != 0)
        text[n++] = 't';
    if ((usage & HP_USE_RECOVERY) != 0)
        text[n++] = 'r';
    text[n] = '\0';
}

/* What kind of key or list it is. */
static const char *
kind_of(hp_crypto *crypto, const hp_record *record)
{
    hp_key *key;
    hp_alg alg;

    if (record->role != HP_ROLE_SIGNER)
        return record->role == HP_ROLE_CRL ? "crl" : "authority";
    key = hp_key_read(crypto, record->spki);
    alg = key == NULL ? HP_ALG_NONE : hp_key_alg(key);
    hp_key_free(key);
    return hp_alg_name(alg);
}

/* Authorities and CRLs have no state of their own but their dates. */
static hp_key_state
state_of(const hp_record *record, double now)
{
    hp_record bare = *record;

    if (record->role == HP_ROLE_SIGNER)
        return hp_key_state_at(record, now);
    bare.flaw = HP_FLAW_NONE;
    bare.n_issuers = 0;
    return hp_key_state_at(&bare, now);
}

/* ---- countries ----------------------------------------------------------------------------- */

typedef struct {
    const hp_record **keys; /* the source's signers by country */
    size_t n;
} by_country;

static int
country_order(const void *a, const void *b)
{
    const hp_record *const *x = a, *const *y = b;

    return strcmp((*x)->country, (*y)->country);
}

static bool
sort_by_country(const hp_records *list, size_t source, by_country *sorted)
{
    size_t i;

    *sorted = (by_country){ calloc(list->n + 1, sizeof(const hp_record *)), 0 };
    if (sorted->keys == NULL)
        return false;
    for (i = 0; i < list->n; i++) {
        if (list->all[i].source == source && list->all[i].role == HP_ROLE_SIGNER)
            sorted->keys[sorted->n++] = &list->all[i];
    }
    qsort(sorted->keys, sorted->n, sizeof(const hp_record *), country_order);
    return true;
}

/* Takes the next country's keys, from *at on; false after the last one. */
static bool
next_country(const by_country *sorted, double now, size_t *at, const char **name, size_t *keys,
             size_t *usable)
{
    if (*at == sorted->n)
        return false;
    *name = sorted->keys[*at]->country;
    for (*keys = *usable = 0; *at < sorted->n && strcmp(sorted->keys[*at]->country, *name) == 0;
         ++*at) {
        ++*keys;
        *usable += hp_key_state_at(sorted->keys[*at], now) == HP_KEY_USABLE;
    }
    if (**name == '\0')
        *name = "-";
    return true;
}

/* ---- one source, for people ---------------------------------------------------------------- */

#define LABEL "  %-16s"

static void
put_times(const hp_source *s, const hp_report_terms *terms, FILE *to)
{
    char text[HP_TIME_TEXT], age[HP_AGE_TEXT];

    if (s->issued != 0) {
        hp_time_write(s->issued, text);
        fprintf(to, LABEL "%s\n", "list time", text);
    } else
        fprintf(to, LABEL "not said\n", "list time");
    if (s->dated != 0) {
        hp_age_write(terms->now - s->dated, age);
        fprintf(to, LABEL "%s, %s\n", "age", age, hp_source_status(s, terms));
    } else
        fprintf(to, LABEL "has none\n", "age");
    if (s->expires != 0) {
        hp_time_write(s->expires, text);
        fprintf(to, LABEL "%s\n", "ends", text);
    }
    hp_time_write(s->fetched, text);
    fprintf(to, LABEL "%s\n", "taken in", text);
}

static void
put_signer(const hp_source *s, FILE *to)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];

    write_fingerprint(s->signer, hex);
    if (s->is_signed)
        fprintf(to, LABEL "%s (SHA-256)\n", "signed by", hex);
    else
        fprintf(to, LABEL "nobody: UNSIGNED\n", "signed by");
}

static void
put_skipped(const hp_source *s, FILE *to)
{
    const char *between = ": ";
    hp_skip i;

    fprintf(to, LABEL "%u, of them %u taken and %zu left out", "entries", s->entries, s->keys,
            hp_source_left_out(s));
    for (i = 0; i < HP_SKIP_KINDS; i++) {
        if (s->skipped[i] != 0) {
            fprintf(to, "%s%u %s", between, s->skipped[i], hp_skip_name(i));
            between = ", ";
        }
    }
    putc('\n', to);
}

static void
put_counts(const hp_key_count *count, FILE *to)
{
    hp_key_state i;

    fprintf(to, LABEL "%zu", "keys", count->keys);
    for (i = 0; i < HP_KEY_STATE_KINDS; i++) {
        if (i == HP_KEY_USABLE || count->states[i] != 0)
            fprintf(to, ", %zu %s", count->states[i], state_name(i));
    }
    putc('\n', to);
    if (count->soon != 0)
        fprintf(to, LABEL "%zu usable keys within %d days\n", "expiring soon", count->soon,
                (int)(HP_SOON / DAY));
    if (count->authorities + count->crls != 0)
        fprintf(to, LABEL "%zu, with %zu CRLs\n", "authorities", count->authorities, count->crls);
}

/* "AT 3/12": how many are usable, of how many. */
static void
put_countries(const by_country *sorted, double now, FILE *to)
{
    const char *name;
    size_t at = 0, keys, usable, column = 0;

    while (next_country(sorted, now, &at, &name, &keys, &usable)) {
        if (column++ % 6 == 0)
            fprintf(to, "%s" LABEL, column == 1 ? "" : "\n", column == 1 ? "by country" : "");
        hp_cli_put_safe(hp_str_of(name), to);
        fprintf(to, " %zu/%zu  ", usable, keys);
    }
    if (column != 0)
        putc('\n', to);
}

bool
hp_report_source(const hp_records *list, size_t source, const hp_report_terms *terms, FILE *to)
{
    const hp_source *s = &list->sources[source];
    hp_key_count count;
    by_country sorted;

    if (!sort_by_country(list, source, &sorted))
        return false;
    hp_count_keys(list, source, terms->now, &count);
    hp_cli_put_safe(hp_str_of(s->name), to);
    fputs(": ", to);
    hp_cli_put_safe(hp_str_of(s->feed), to);
    fprintf(to, ", environment %s\n", hp_env_name(list->env));
    put_signer(s, to);
    put_times(s, terms, to);
    put_skipped(s, to);
    put_counts(&count, to);
    put_countries(&sorted, terms->now, to);
    free(sorted.keys);
    return true;
}

/* ---- one source, for scripts --------------------------------------------------------------- */

static void
set_time(hp_json *json, const char *name, double t)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    if (t == 0)
        hp_json_set_null(json, name);
    else
        hp_json_set_text(json, name, hp_str_of(text));
}

static void
set_seconds(hp_json *json, const char *name, double seconds, bool known)
{
    if (known)
        hp_json_set_int(json, name, (long long)seconds);
    else
        hp_json_set_null(json, name);
}

static void
set_origin(hp_json *json, const hp_source *s, const hp_report_terms *terms)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];

    hp_json_set_text(json, "name", hp_str_of(s->name));
    hp_json_set_text(json, "feed", hp_str_of(s->feed));
    hp_json_set_bool(json, "signed", s->is_signed);
    write_fingerprint(s->signer, hex);
    if (s->is_signed)
        hp_json_set_text(json, "signed_by", hp_str_of(hex));
    else
        hp_json_set_null(json, "signed_by");
    write_fingerprint(s->digest, hex);
    hp_json_set_text(json, "sha256", hp_str_of(hex));
    hp_json_set_text(json, "status", hp_str_of(hp_source_status(s, terms)));
    set_time(json, "issued", s->issued);
    set_time(json, "dated", s->dated);
    set_time(json, "expires", s->expires);
    set_time(json, "fetched", s->fetched);
    set_seconds(json, "age", terms->now - s->dated, s->dated != 0);
    set_seconds(json, "max_age", s->max_age, s->max_age != 0);
}

/* A script may ask for any state: those without a key are there too. */
static void
set_counts(hp_json *json, const hp_source *s, const hp_key_count *count)
{
    hp_json *states = hp_json_object(), *skipped = hp_json_object();
    hp_key_state i;
    hp_skip j;

    hp_json_set_int(json, "entries", s->entries);
    hp_json_set_int(json, "taken", s->keys);
    for (j = 0; j < HP_SKIP_KINDS; j++) {
        if (s->skipped[j] != 0)
            hp_json_set_int(skipped, hp_skip_name(j), s->skipped[j]);
    }
    hp_json_set(json, "skipped", skipped);
    hp_json_set_int(json, "keys", (long long)count->keys);
    for (i = 0; i < HP_KEY_STATE_KINDS; i++)
        hp_json_set_int(states, state_name(i), (long long)count->states[i]);
    hp_json_set(json, "states", states);
    hp_json_set_int(json, "expiring_soon", (long long)count->soon);
    hp_json_set_int(json, "authorities", (long long)count->authorities);
    hp_json_set_int(json, "crls", (long long)count->crls);
}

static void
set_countries(hp_json *json, const by_country *sorted, double now)
{
    hp_json *countries = hp_json_object(), *one;
    const char *name;
    size_t at = 0, keys, usable;

    while (next_country(sorted, now, &at, &name, &keys, &usable)) {
        one = hp_json_object();
        hp_json_set_int(one, "keys", (long long)keys);
        hp_json_set_int(one, "usable", (long long)usable);
        hp_json_set(countries, name, one);
    }
    hp_json_set(json, "countries", countries);
}

hp_json *
hp_report_source_json(const hp_records *list, size_t source, const hp_report_terms *terms)
{
    hp_json *json = hp_json_object();
    hp_key_count count;
    by_country sorted;

    if (!sort_by_country(list, source, &sorted)) {
        hp_json_free(json);
        return NULL;
    }
    hp_count_keys(list, source, terms->now, &count);
    set_origin(json, &list->sources[source], terms);
    set_counts(json, &list->sources[source], &count);
    set_countries(json, &sorted, terms->now);
    free(sorted.keys);
    return json;
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* The day is enough for a person; a key without an end says so. */
static void
put_day(double t, FILE *to)
{
    char text[HP_TIME_TEXT];

    hp_time_write(t, text);
    if (t >= HP_TIME_LAST)
        fputs(" -         ", to);
    else
        fprintf(to, " %.10s", text);
}

void
hp_report_key(hp_crypto *crypto, const hp_records *list, const hp_record *key, double now,
              FILE *to)
{
    char kid[KID_TEXT], domains[DOMAIN_TEXT], usage[4];

    write_kid(key, kid);
    write_domains(key->domains, domains);
    write_usage(key->usage, usage);
    hp_cli_put_safe(hp_str_of(kid), to);
    putc(' ', to);
    hp_cli_put_safe(hp_str_of(key->country[0] == '\0' ? "-" : key->country), to);
    fprintf(to, " %s %s %s", domains[0] == '\0' ? "-" : domains, kind_of(crypto, key),
            usage[0] == '\0' ? "-" : usage);
    put_day(key->valid.from, to);
    put_day(key->valid.until, to);
    fprintf(to, " %s ", state_name(state_of(key, now)));
    hp_cli_put_safe(hp_str_of(list->sources[key->source].name), to);
    if (key->issuer.n != 0) {
        putc(' ', to);
        hp_cli_put_safe(key->issuer, to);
    }
    putc('\n', to);
}

hp_json *
hp_report_key_json(hp_crypto *crypto, const hp_records *list, const hp_record *key, double now)
{
    hp_json *json = hp_json_object();
    char kid[KID_TEXT], domains[DOMAIN_TEXT], usage[4], hex[HP_HEX_TEXT(HP_SHA256)];

    write_kid(key, kid);
    write_domains(key->domains, domains);
    write_usage(key->usage, usage);
    write_fingerprint(key->digest, hex);
    hp_json_set_text(json, "kid", hp_str_of(kid));
    hp_json_set_text(json, "source", hp_str_of(list->sources[key->source].name));
    hp_json_set_text(json, "country", hp_str_of(key->country));
    hp_json_set_text(json, "domain", hp_str_of(domains));
    hp_json_set_text(json, "kind", hp_str_of(kind_of(crypto, key)));
    hp_json_set_text(json, "usage", hp_str_of(usage));
    set_time(json, "valid_from", key->valid.from);
    set_time(json, "valid_until", key->valid.until < HP_TIME_LAST ? key->valid.until : 0);
    hp_json_set_text(json, "state", hp_str_of(state_name(state_of(key, now))));
    if (key->issuer.n != 0)
        hp_json_set_text(json, "issuer", key->issuer);
    hp_json_set_text(json, "spki_sha256", hp_str_of(hex));
    return json;
}
