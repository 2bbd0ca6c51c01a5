/*
 * What holds for every list, whatever its format (trust-lists, 0): how large it may be, what is
 * in it once, from when it is, and what may take whose place; see feed.h.
 */
#include "feed/feed.h"

#include "base/hex.h"
#include "base/time.h"
#include "check/twod.h"

#include <stdio.h>
#include <stdlib.h>

#define SLOTS 65536   /* a power of two, more than twice HP_TRUST_KEYS_MAX */
#define SLACK 86400.0 /* seconds that a list may be ahead of our clock */

static bool
refuse(hp_error *error, const char *what)
{
    hp_error_set(error, "%s", what);
    return false;
}

void
hp_import_skip(hp_import *import, hp_skip why, const char *which)
{
    import->source->skipped[why]++;
    if (import->told != NULL)
        import->told(import->context, why, which);
}

/* ---- records, each of them once ----------------------------------------- */

/* FNV-1a: lists are signed, so nobody chooses their ids for this. */
static uint32_t
hash(uint32_t h, hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++)
        h = (h ^ s.p[i]) * 16777619u;
    return h;
}

static bool
same_issuers(const hp_record *a, const hp_record *b)
{
    size_t i;

    for (i = 0; i < a->n_issuers && i < b->n_issuers; i++) {
        if (a->issuers[i].from != b->issuers[i].from || a->issuers[i].until != b->issuers[i].until)
            return false;
    }
    return a->n_issuers == b->n_issuers;
}

/* Do both say the same of one key, but for its domains? */
static bool
is_same(const hp_record *a, const hp_record *b)
{
    return memcmp(a->digest, b->digest, HP_SHA256) == 0 && hp_str_eq(a->cert, b->cert) &&
           strcmp(a->country, b->country) == 0 && a->usage == b->usage && a->flaw == b->flaw &&
           a->valid.from == b->valid.from && a->valid.until == b->valid.until &&
           same_issuers(a, b);
}

typedef enum { NEW, KNOWN, WIDER, CROWDED } standing;

/* Looks for the record among those that are there; *slot is where a new one belongs. */
static standing
look_up(hp_import *import, const hp_record *record, uint32_t **slot)
{
    uint32_t at = hash(hash(2166136261u, record->kid), record->issuer);
    unsigned crowd = 0;

    for (;; at++) {
        hp_record *other;

        *slot = &import->slots[at % SLOTS];
        if (**slot == 0)
            break;
        other = &import->records.all[**slot - 1];
        if (hp_record_order(other, record) != 0)
            continue;
        if (is_same(other, record)) {
            bool wider = (record->domains & ~other->domains) != 0;

            other->domains |= record->domains;
            return wider ? WIDER : KNOWN;
        }
        crowd++;
    }
    /* Of authorities with one name all are tried: their number is bounded by the list's. */
    return crowd >= HP_TRUST_SAME_KID && record->role == HP_ROLE_SIGNER ? CROWDED : NEW;
}

static bool
append(hp_import *import, hp_record *record, uint32_t *slot, hp_error *error)
{
    hp_records *list = &import->records;

    if (list->n == HP_TRUST_KEYS_MAX) {
        hp_error_set(error, "the list holds more than %d keys", HP_TRUST_KEYS_MAX);
        return false;
    }
    if (!hp_records_keep(list, &record->kid) || !hp_records_keep(list, &record->issuer) ||
        !hp_records_keep(list, &record->spki) || !hp_records_keep(list, &record->cert) ||
        !hp_records_put(list, record))
        return refuse(error, "no memory");
    *slot = (uint32_t)list->n;
    return true;
}

static void
skip_record(hp_import *import, hp_skip why, const hp_record *record)
{
    char which[HP_HEX_TEXT(HP_KID_MAX)];

    hp_hex_write((hp_str){ record->kid.p, record->kid.n < HP_KID_MAX ? record->kid.n : HP_KID_MAX },
                 which);
    hp_import_skip(import, why, which);
}

bool
hp_import_put(hp_import *import, const hp_record *record, hp_error *error)
{
    hp_record copy = *record;
    uint32_t *slot = NULL;

    copy.source = 0;
    if (import->slots == NULL)
        import->slots = calloc(SLOTS, sizeof(*import->slots));
    if (import->slots == NULL || !hp_sha256(import->terms->crypto, &copy.spki, 1, copy.digest))
        return refuse(error, "no memory");
    switch (look_up(import, &copy, &slot)) {
    case NEW:
        return append(import, &copy, slot, error);
    case KNOWN:
        skip_record(import, HP_SKIP_DOUBLE, &copy);
        break;
    case CROWDED:
        skip_record(import, HP_SKIP_CROWD, &copy);
        break;
    case WIDER:
        break;
    }
    return true;
}

/* ---- the whole list ----------------------------------------------------- */

static bool
is_small_enough(const hp_feed_input *input, hp_error *error)
{
    size_t i, left = HP_FEED_MAX;

    for (i = 0; i < input->n && input->files[i].bytes.n <= left; i++)
        left -= input->files[i].bytes.n;
    if (i == input->n && input->signature.bytes.n <= left)
        return true;
    hp_error_set(error, "the list is larger than %u MiB", HP_FEED_MAX >> 20);
    return false;
}

/* Of all files, one after the other.  A folder has no bytes: its reader knows them. */
static bool
digest(const hp_feed_terms *terms, const hp_feed_input *input, hp_source *source)
{
    hp_str *parts = calloc(input->n + 1, sizeof(*parts));
    bool good = parts != NULL;
    size_t i;

    for (i = 0; good && i < input->n; i++)
        parts[i] = input->files[i].bytes;
    good = good && hp_sha256(terms->crypto, parts, input->n, source->digest);
    free(parts);
    return good;
}

/* "...: 3 key-kind, 1 double": what became of the entries. */
static bool
refuse_empty(const hp_source *source, hp_error *error)
{
    char counts[256] = "";
    size_t i, used = 0;

    for (i = 0; i < HP_SKIP_KINDS; i++) {
        if (source->skipped[i] != 0 && used < sizeof(counts))
            used += (size_t)snprintf(counts + used, sizeof(counts) - used, "%s%u %s",
                                     used == 0 ? ": left out were " : ", ", source->skipped[i],
                                     hp_skip_name((hp_skip)i));
    }
    hp_error_set(error, "the list holds no key that could be taken%s", counts);
    return false;
}

/* Judged by the key's value: a name is changed easily.  Test environments may have it. */
static bool
has_no_specimen(const hp_import *import, hp_error *error)
{
    const hp_records *list = &import->records;
    size_t i = 0;

    if (import->terms->as_given || import->terms->env != HP_ENV_PROD)
        return true;
    while (i < list->n && !hp_twod_is_specimen(list->all[i].digest))
        i++;
    if (i < list->n)
        hp_error_set(error, "the list holds " HP_TWOD_SPECIMEN);
    return i == list->n;
}

/* Keys that may be rested on: as good as none are as bad as none. */
static bool
has_keys(hp_import *import, hp_error *error)
{
    const hp_records *list = &import->records;
    size_t i, sound = 0;

    import->source->keys = 0;
    for (i = 0; i < list->n; i++) {
        if (!hp_record_is_key(&list->all[i]))
            continue;
        import->source->keys++;
        sound += list->all[i].flaw == HP_FLAW_NONE;
    }
    if (import->source->keys == 0)
        return refuse_empty(import->source, error);
    if (sound == 0 && !import->terms->as_given) {
        hp_error_set(error, "none of the %u keys in the list was issued by an authority that is "
                     "trusted", import->source->keys);
        return false;
    }
    return true;
}

static bool
is_timely(const hp_import *import, hp_error *error)
{
    const hp_source *source = import->source;
    double now = import->terms->now;
    double made = source->issued > source->dated ? source->issued : source->dated;
    char then[HP_TIME_TEXT];

    if (import->terms->as_given)
        return true;
    if (made > now + SLACK) {
        hp_time_write(made, then);
        hp_error_set(error, "the list is from the future (%s): it is wrong, or this machine's "
                     "clock", then);
        return false;
    }
    if (source->expires != 0 && source->expires <= now) {
        hp_time_write(source->expires, then);
        hp_error_set(error, "the list ended at %s: fetch it anew", then);
        return false;
    }
    return true;
}

static bool
heeds_all(const hp_feed *feed, const hp_feed_terms *terms, const hp_feed_input *input,
          hp_error *error)
{
    const char *vain = NULL;

    if (terms->authorities != NULL && (feed->heeds & HP_FEED_AUTHORITIES) == 0)
        vain = "authorities";
    else if (input->signature.path != NULL && (feed->heeds & HP_FEED_SIGNATURE) == 0)
        vain = "a signature in a file of its own";
    else if (terms->issuer != NULL && (feed->heeds & HP_FEED_ISSUER) == 0)
        vain = "an issuer";
    else if (terms->any_eku && (feed->heeds & HP_FEED_EKU) == 0)
        vain = "extended key usages";
    if (vain != NULL)
        hp_error_set(error, "the feed %s does not look at %s: say it without", feed->name,
                     vain);
    return vain == NULL;
}

static bool
read_list(const hp_feed *feed, const hp_feed_input *input, hp_import *import, hp_error *error)
{
    const hp_feed_terms *terms = import->terms;

    import->source = hp_records_source(&import->records, terms->name, feed->name);
    if (import->source == NULL || !digest(terms, input, import->source))
        return refuse(error, "no memory");
    import->source->fetched = terms->now;
    return feed->read(import, input, error) && has_no_specimen(import, error) &&
           has_keys(import, error) && is_timely(import, error);
}

/* ---- pins have their time ------------------------------------------------ */

/* A bare key has no end but the operator's. */
static bool
is_in_time(const hp_feed_terms *terms, const hp_pin *pin)
{
    hp_str der = hp_pin_cert(pin);
    double from, until;
    hp_cert *cert;
    bool good;

    if (der.n == 0)
        return true;
    cert = hp_cert_read(terms->crypto, der);
    good = cert != NULL && hp_cert_validity(cert, &from, &until) && from <= terms->now &&
           terms->now <= until;
    hp_cert_free(cert);
    return good;
}

static bool
read_with(const hp_feed *feed, const hp_feed_input *input, hp_import *import,
          const hp_feed_terms *terms, hp_error *error)
{
    const hp_feed_terms *given = import->terms;
    hp_error why = { "" };
    bool good;

    import->terms = terms;
    good = read_list(feed, input, import, &why);
    import->terms = given;
    if (!good && terms->n_pins < given->n_pins)
        hp_error_set(error, "%s (a pinned certificate that is not valid now was not asked)",
                     why.text);
    else if (!good)
        *error = why;
    return good;
}

/*
 * A pinned certificate vouches for nothing new before and after its own time, whatever the feed;
 * others that are pinned beside it do.
 */
static bool
read_in_time(const hp_feed *feed, const hp_feed_input *input, hp_import *import,
             hp_error *error)
{
    hp_feed_terms terms = *import->terms;
    hp_pin **pins = calloc(terms.n_pins + 1, sizeof(hp_pin *));
    size_t i, n = 0;
    bool good;

    if (pins == NULL)
        return refuse(error, "no memory");
    for (i = 0; i < terms.n_pins; i++) {
        if (terms.as_given || is_in_time(&terms, terms.pins[i]))
            pins[n++] = terms.pins[i];
    }
    if (n == 0 && terms.n_pins > 0) {
        free(pins);
        return refuse(error, "the pinned certificate is not valid now: pin the one that took its "
                             "place or, if you know that its key still signs the list, the bare "
                             "key");
    }
    terms.pins = pins;
    terms.n_pins = n;
    good = read_with(feed, input, import, &terms, error);
    free(pins);
    return good;
}

/* ---- one list --------------------------------------------------------------- */

static bool
begins_with(const char *text, const char *name)
{
    size_t n = strlen(name);

    return strncmp(text, name, n) == 0 && text[n] == ':';
}

/* A list of one file is named by that, unless the reader has done so; those of more name theirs. */
static void
name_file(const hp_feed_input *input, hp_error *error)
{
    const char *path = input->files[0].path, *slash;
    hp_error why;

    if (input->n != 1 || path == NULL || error == NULL)
        return;
    slash = strrchr(path, '/');
    if (begins_with(error->text, path) ||
        (input->files[0].bytes.p != NULL && slash != NULL && begins_with(error->text, slash + 1)))
        return;
    why = *error;
    hp_error_set(error, "%s: %s", path, why.text);
}

static bool
read_or_name(const hp_feed *feed, const hp_feed_input *input, hp_import *import, hp_error *error)
{
    if (is_small_enough(input, error) && read_in_time(feed, input, import, error))
        return true;
    name_file(input, error);
    return false;
}

bool
hp_import_run(const hp_feed *feed, const hp_feed_input *input, hp_import *import,
              hp_error *error)
{
    bool good;

    import->records = (hp_records){ .env = import->terms->env };
    import->source = NULL;
    import->slots = NULL;
    good = heeds_all(feed, import->terms, input, error) &&
           read_or_name(feed, input, import, error);
    free(import->slots);
    import->slots = NULL;
    if (!good) {
        hp_records_free(&import->records);
        import->source = NULL;
    }
    return good;
}

/* ---- what takes whose place --------------------------------------------- */

hp_standing
hp_import_standing(const hp_records *list, size_t source)
{
    hp_standing is = { .issued = list->sources[source].issued };
    size_t i;

    for (i = 0; i < list->n; i++) {
        const hp_record *r = &list->all[i];

        if (r->source != source || r->flaw != HP_FLAW_NONE)
            continue;
        is.signers += r->role == HP_ROLE_SIGNER;
        is.authorities += r->role == HP_ROLE_AUTHORITY;
    }
    return is;
}

static bool
is_shrunken(const char *what, size_t fresh, size_t old, hp_error *error)
{
    if (fresh >= old - old / 2)
        return false;
    hp_error_set(error, "the list holds %zu %s, less than half of the %zu in force", fresh, what,
                 old);
    return true;
}

/* A list that does not say when it was made is older than one that does. */
bool
hp_import_succeeds(const hp_standing *fresh, const hp_standing *old, bool allow_older,
                   bool allow_fewer, hp_error *error)
{
    char then[HP_TIME_TEXT] = "unknown", now[HP_TIME_TEXT];

    if (fresh->issued < old->issued && !allow_older) {
        if (fresh->issued != 0)
            hp_time_write(fresh->issued, then);
        hp_time_write(old->issued, now);
        hp_error_set(error, "the list is older (%s) than the one in force (%s): an old list brings "
                     "back keys that were taken out", then, now);
        return false;
    }
    return allow_fewer || (!is_shrunken("sound keys", fresh->signers, old->signers, error) &&
                           !is_shrunken("authorities", fresh->authorities, old->authorities,
                                        error));
}

/* ---- pins --------------------------------------------------------------- */

bool
hp_feed_unpinned(const hp_import *import, const hp_feed *feed, const uint8_t *fingerprint,
                 hp_error *error)
{
    char text[HP_HEX_TEXT(HP_SHA256)];

    if (import->terms->as_given || import->terms->unsigned_ok)
        return true;
    if (fingerprint == NULL) {
        hp_error_set(error, "nothing is pinned that could have signed the list.  --pin takes %s",
                     feed->pin);
        return false;
    }
    hp_hex_write((hp_str){ fingerprint, HP_SHA256 }, text);
    hp_error_set(error, "nothing is pinned that could have signed the list.  It claims to be "
                 "signed by SHA-256 %s, which proves nothing.  --pin takes %s", text, feed->pin);
    return false;
}
