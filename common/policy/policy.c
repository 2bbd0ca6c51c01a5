/* Loads a policy with all that it names; see policy.h and hp.h. */
#include "policy/policy.h"

#include "base/time.h"
#include "policy/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define POLICY_MAX   (64 * 1024) /* bytes of a policy file */
#define PIN_MAX      (64 * 1024) /* of a key that signs manifests */
#define IDENTITY     32          /* bytes of one identity key */

static hp_policy *
new_policy(const hp_policy_from *from, hp_error *error)
{
    hp_policy *p = calloc(1, sizeof(*p));

    if (p != NULL) {
        p->door = from->door;
        p->without_lists = from->without_lists;
        p->path = from->path != NULL ? strdup(from->path) : NULL;
        p->rules_set = from->rules_set != NULL ? strdup(from->rules_set) : NULL;
        p->crypto = hp_crypto_new();
    }
    if (p == NULL || p->crypto == NULL || (from->path != NULL && p->path == NULL) ||
        (from->rules_set != NULL && p->rules_set == NULL)) {
        hp_error_set(error, "no memory, or OpenSSL offers no SHA-256");
        hp_policy_free(p);
        return NULL;
    }
    return p;
}

void
hp_policy_free(hp_policy *policy)
{
    size_t i;

    if (policy == NULL)
        return;
    hp_trust_free(policy->trust);
    hp_ruleset_free(policy->rules);
    hp_lists_free(&policy->lists);
    for (i = 0; i < policy->n_identities; i++)
        hp_hmac_free(policy->identities[i]);
    hp_secret_free(policy->secret);
    hp_crypto_free(policy->crypto);
    hp_settings_free(&policy->settings);
    hp_watch_free(&policy->watch);
    hp_watch_free(&policy->refused);
    free(policy->rules_set);
    free(policy->path);
    free(policy);
}

static bool
read_settings(hp_policy *p, hp_error *error)
{
    hp_stamp stamp = hp_file_stamp(p->path);
    hp_bytes text;
    bool good;

    good = hp_file_read(p->path, HP_FILE_OWNED, POLICY_MAX, &text, &stamp, error);
    hp_watch_add(&p->watch, p->path, stamp);
    if (!good)
        return false;
    p->of_root = stamp.owner == 0;
    p->text_mark = hp_mark_add(HP_MARK, text.p, text.n);
    good = hp_settings_read(p->path, (hp_str){ text.p, text.n }, p->door, &p->settings, error);
    hp_bytes_free(&text);
    return good;
}

/* What the door says counts, not what the file says; but never in silence for nothing. */
static bool
choose_set(hp_policy *p, hp_error *error)
{
    if (p->rules_set == NULL)
        return true;
    if (!hp_settings_is_set(p->rules_set))
        hp_error_set(error, "the set of rules \"%s\": expected the name of a folder in a folder of "
                            "rules", p->rules_set);
    else if (p->settings.rules != HP_RULES_DOCUMENTS)
        hp_error_set(error, "%s: rules: names no rule documents, and so there is no set %s in them",
                     p->path, p->rules_set);
    else
        p->settings.rules_set = p->rules_set;
    return p->settings.rules_set == p->rules_set;
}

static bool
is_there(hp_str keys, const uint8_t *key)
{
    const uint8_t *p;

    for (p = keys.p; p < key; p += IDENTITY) {
        if (memcmp(p, key, IDENTITY) == 0)
            return true;
    }
    return false;
}

/*
 * Of several keys the first is the newest, and the one that new ids are made with.  One that comes
 * again, as when it was put in front and not taken away behind, is one: a ledger would find the
 * same row under both, count it twice and take it away twice.
 */
static bool
add_identities(hp_policy *p, hp_str all)
{
    hp_str keys;

    for (keys = all; keys.n > 0; keys = hp_str_from(keys, IDENTITY)) {
        if (is_there(all, keys.p))
            continue;
        p->identities[p->n_identities] = hp_hmac_new(p->crypto, (hp_str){ keys.p, IDENTITY });
        if (p->identities[p->n_identities] == NULL)
            return false;
        p->n_identities++;
    }
    return true;
}

static bool
read_identity(hp_policy *p, hp_error *error)
{
    const char *path = p->settings.identity_key;
    hp_stamp stamp;
    hp_bytes key;
    bool good;

    if (path == NULL)
        return true;
    stamp = hp_file_stamp(path);
    good = hp_file_read(path, HP_FILE_OWNED | HP_FILE_SECRET, HP_IDENTITIES * IDENTITY, &key,
                        &stamp, error);
    hp_watch_add(&p->watch, path, stamp);
    if (!good)
        return false;
    good = key.n > 0 && key.n % IDENTITY == 0;
    if (!good)
        hp_error_set(error, "%s: has %zu bytes, expected %d for each key", path, key.n, IDENTITY);
    else if (!(good = add_identities(p, (hp_str){ key.p, key.n })))
        hp_error_set(error, "%s: no memory", path);
    hp_bytes_free(&key);
    return good;
}

static bool
read_ledger_auth(hp_policy *p, hp_error *error)
{
    const char *path = p->settings.ledger_auth;
    hp_stamp stamp;

    if (path == NULL)
        return true;
    stamp = hp_file_stamp(path);
    p->settings.ledger.secret = p->secret = hp_secret_read(path, &stamp, error);
    hp_watch_add(&p->watch, path, stamp);
    return p->secret != NULL;
}

static hp_trust_added
add_trust(hp_policy *p, const char *path, unsigned must, hp_trust_reader *reader, hp_error *error)
{
    hp_records records = { .env = HP_ENV_PROD };

    error->text[0] = 0;
    if (reader != NULL && reader(p->crypto, path, &records, error))
        return hp_trust_add_records(p->trust, path, &records, error) ? HP_TRUST_ADDED
                                                                     : HP_TRUST_BAD;
    if (error->text[0] != 0)
        return HP_TRUST_BAD;
    return hp_trust_add(p->trust, path, must, &p->watch, error);
}

/* Who must have signed the MANIFEST of trust folders; *pin stays NULL where nobody need. */
static bool
read_manifest_key(hp_policy *p, hp_pin **pin, hp_error *error)
{
    const char *path = p->settings.manifest_key;
    hp_stamp stamp;
    hp_bytes file;
    bool good;

    *pin = NULL;
    if (path == NULL)
        return true;
    stamp = hp_file_stamp(path);
    good = hp_file_read(path, HP_FILE_OWNED, PIN_MAX, &file, &stamp, error);
    hp_watch_add(&p->watch, path, stamp);
    if (!good)
        return false;
    *pin = hp_pin_read(p->crypto, (hp_str){ file.p, file.n });
    hp_bytes_free(&file);
    if (*pin == NULL)
        hp_error_set(error, "%s: expected one public key or certificate, PEM or DER", path);
    return *pin != NULL;
}

/* How many keys that passes rest on stand in the list from the given record on. */
static size_t
signers_from(const hp_records *list, size_t from)
{
    size_t n = 0;

    for (; from < list->n; from++)
        n += hp_record_serves(&list->all[from]);
    return n;
}

/* Did the old policy have keys from there? */
static bool
had_keys(const hp_policy *old, const char *path)
{
    size_t i;

    for (i = 0; old != NULL && i < old->settings.n_trust; i++) {
        if (old->signers[i] > 0 && strcmp(old->settings.trust[i], path) == 0)
            return true;
    }
    return false;
}

/* A path that is there; one of several that brings nothing is told by name. */
static hp_load
judge_path(hp_policy *p, size_t nth, const hp_policy *old, hp_error *error)
{
    const char *path = p->settings.trust[nth];

    if (p->signers[nth] > 0 || p->settings.n_trust == 1)
        return HP_LOAD_OK;
    if (had_keys(old, path)) {
        hp_error_set(error, "%s: has lost all its keys, and is not the only path in trust: "
                            "take it out of the policy, if that is meant", path);
        return HP_LOAD_TRUST;
    }
    hp_error_set(&p->notes[nth], "%s: holds no key", path);
    return HP_LOAD_OK;
}

static hp_load
read_path(hp_policy *p, size_t nth, unsigned must, const hp_policy *old, hp_trust_reader *reader,
          hp_error *error)
{
    const hp_records *list = hp_trust_records(p->trust);
    size_t before = list->n, watched = p->watch.n;

    switch (add_trust(p, p->settings.trust[nth], must, reader, error)) {
    case HP_TRUST_ADDED:
        p->signers[nth] = signers_from(list, before);
        if (p->watch.n - watched > HP_MANY_FILES)
            hp_error_set(&p->notes[nth], "%s: holds more than %d files, which are all looked at at "
                         "each refresh: healthpassctl trust import --from folder makes one store "
                         "of them", p->settings.trust[nth], HP_MANY_FILES);
        return judge_path(p, nth, old, error);
    case HP_TRUST_GONE:
        return old != NULL && p->settings.n_trust == 1 ? HP_LOAD_OK : HP_LOAD_TRUST;
    case HP_TRUST_CLOSED:
        return HP_LOAD_TRUST;
    case HP_TRUST_BAD:
        break;
    }
    return HP_LOAD_CONFIG;
}

static hp_load
read_paths(hp_policy *p, unsigned must, const hp_policy *old, hp_trust_reader *reader,
           hp_error *error)
{
    hp_load rc;
    size_t i;

    for (i = 0; i < p->settings.n_trust; i++) {
        rc = read_path(p, i, must, old, reader, error);
        if (rc != HP_LOAD_OK)
            return rc;
    }
    return hp_trust_close(p->trust, error) ? HP_LOAD_OK : HP_LOAD_CONFIG;
}

static hp_load
read_trust(hp_policy *p, unsigned must, const hp_policy *old, hp_trust_reader *reader,
           hp_error *error)
{
    hp_pin *pin;
    hp_manifest_terms terms = { .required = p->settings.manifest_required, .keys = &pin };
    hp_load rc;

    if (!read_manifest_key(p, &pin, error))
        return HP_LOAD_CONFIG;
    terms.n_keys = pin != NULL ? 1 : 0;
    p->trust = hp_trust_new(p->crypto, p->as_given ? NULL : &p->settings.environment);
    if (p->trust != NULL) {
        hp_trust_manifests(p->trust, &terms);
        rc = read_paths(p, must, old, reader, error);
        hp_trust_manifests(p->trust, NULL);
    } else {
        hp_error_set(error, "no memory");
        rc = HP_LOAD_CONFIG;
    }
    hp_pin_free(pin);
    return rc;
}

/* The first of them is named. */
static void
note_open_rule(void *context, const char *what)
{
    hp_policy *p = context;

    if (p->open_rules.text[0] == 0)
        hp_error_set(&p->open_rules, "a rule can never be passed or failed (healthpassctl rules "
                                     "check tells all such): %s", what);
}

static bool
add_rules(hp_policy *p, const char *path, hp_error *error)
{
    return hp_ruleset_add(p->rules, path, HP_FILE_OWNED, &p->watch, note_open_rule, p, error);
}

/* Who put a state's rules beside the sets of the house believes that they are in force. */
static void
note_passed_over(hp_policy *p, const char *path)
{
    if (p->passed_over.text[0] == 0 && hp_ruleset_has_file(path))
        hp_error_set(&p->passed_over, "the set of rules %s: documents beside its folder, in %s "
                     "itself, do not apply: name another path for them in rules, or put them "
                     "into the set", p->settings.rules_set, path);
}

/*
 * A named set is a folder of that name in a folder of rules, and is read in its place; what has
 * none (a country's folder beside that of the house) is read whole.
 */
static bool
add_set(hp_policy *p, const char *path, bool *found, hp_error *error)
{
    char *inside;
    size_t room;
    struct stat st;
    bool good;

    if (p->settings.rules_set == NULL)
        return add_rules(p, path, error);
    room = strlen(path) + strlen(p->settings.rules_set) + sizeof("/");
    inside = malloc(room);
    if (inside == NULL) {
        hp_error_set(error, "no memory");
        return false;
    }
    (void)snprintf(inside, room, "%s/%s", path, p->settings.rules_set);
    if (stat(inside, &st) == 0 && S_ISDIR(st.st_mode)) {
        *found = true;
        note_passed_over(p, path);
        good = add_rules(p, inside, error);
    } else {
        hp_watch_add(&p->watch, inside, hp_file_stamp(inside));
        good = add_rules(p, path, error);
    }
    free(inside);
    return good;
}

static bool
add_sets(hp_policy *p, hp_error *error)
{
    const hp_settings *s = &p->settings;
    bool found = s->rules_set == NULL;
    size_t i, before;

    for (i = 0; i < s->n_rule_paths; i++) {
        before = hp_ruleset_count(p->rules);
        if (!add_set(p, s->rule_paths[i], &found, error))
            return false;
        if (hp_ruleset_count(p->rules) == before) {
            hp_error_set(error, "%s: brings no rule document: rules that vanish would let in whom "
                                "they refuse; expected one at least, or the path taken out of "
                                "rules", s->rule_paths[i]);
            return false;
        }
    }
    for (i = 0; i < s->n_value_sets; i++) {
        if (!add_rules(p, s->value_sets[i], error))
            return false;
    }
    if (!found)
        hp_error_set(error, "%s: %s: none of the folders in rules holds a folder %s", p->path,
                     p->rules_set != NULL ? "rules" : "rules_set", s->rules_set);
    return found;
}

static bool
read_rules(hp_policy *p, hp_error *error)
{
    const hp_settings *s = &p->settings;

    if (s->rules != HP_RULES_DOCUMENTS)
        return true;
    p->rules = hp_ruleset_new();
    if (p->rules == NULL) {
        hp_error_set(error, "no memory");
        return false;
    }
    p->law = (hp_law){ .set = p->rules, .country = hp_str_of(s->country),
                       .region = hp_str_of(s->region != NULL ? s->region : ""),
                       .accepts_open = s->accepts_open, .accepts_none = s->accepts_none,
                       .accepts_later = s->accepts_later };
    return add_sets(p, error) && hp_ruleset_close(p->rules, error);
}

/* A region's rules are a set of their own (certlogic, 9.1), which not everybody expects. */
static bool
leaves_out_country(const hp_policy *p)
{
    const hp_rule *rule;
    size_t i, n = hp_ruleset_count(p->rules);

    for (i = 0; p->settings.region != NULL && i < n; i++) {
        rule = hp_ruleset_at(p->rules, i);
        if (rule->type == HP_ACCEPTANCE && rule->region[0] == 0 &&
            strcmp(rule->country, p->settings.country) == 0)
            return true;
    }
    return false;
}

/* What lets in without having been judged. */
static size_t
warn_of_rules(hp_policy *p, size_t n)
{
    const hp_settings *s = &p->settings;

    if (s->rules != HP_RULES_DOCUMENTS)
        return n;
    if (p->open_rules.text[0] != 0)
        p->warnings[n++] = p->open_rules.text;
    if (p->passed_over.text[0] != 0)
        p->warnings[n++] = p->passed_over.text;
    if (s->accepts_open)
        p->warnings[n++] = "rules_open = allow: a pass that cannot be judged is accepted";
    if (s->accepts_none)
        p->warnings[n++] = "rules_none = allow: a pass that no rule is about is accepted";
    if (leaves_out_country(p))
        p->warnings[n++] = "region: the rules of the whole country do not apply, only those of the "
                           "region";
    return n;
}

/* What is wrong with an override allows nothing, and is told: whoever wrote it believes in it. */
static void
collect_warnings(hp_policy *p)
{
    size_t n = 0, i;

    if (hp_trust_count(p->trust) == 0)
        p->warnings[n++] = "the trust folder holds no key: every pass is answered with "
                           "trust-missing";
    for (i = 0; i < p->settings.n_trust; i++) {
        if (p->notes[i].text[0] != 0)
            p->warnings[n++] = p->notes[i].text;
    }
    if (!p->settings.signer_validity)
        p->warnings[n++] = "signer_validity is off: certificates of signers may have ended";
    if (p->settings.rules == HP_RULES_AUTHENTIC_ONLY)
        p->warnings[n++] = "rules = authentic-only: a positive test is accepted";
    n = warn_of_rules(p, n);
    if (p->settings.accepts_later)
        p->warnings[n++] = "rules_later = accept: a pass that will have ended at the visit, or "
                           "will not meet the rules then, is accepted";
    if (p->settings.ends > 0 && p->settings.ends_off)
        p->warnings[n++] = "ends_answer = off: from the end of the legal basis on, nobody is asked "
                           "for a pass";
    if (p->settings.n_revoked > 0 && p->settings.n_required == 0)
        p->warnings[n++] = "revoked_required names no list: when a revocation list grows old, it "
                           "is used all the same";
    if (p->settings.accepts_maybe)
        p->warnings[n++] = "revoked_maybe = allow: a pass that is probably withdrawn is accepted";
    if (p->n_identities == 0)
        p->warnings[n++] = "no identity_key: log lines have no pass id";
    if (hp_trust_unverified(p->trust))
        p->warnings[n++] = "no trust_manifest_key: the MANIFEST.sig of a trust folder is not "
                           "verified";
    if (hp_trust_unlisted(p->trust) > 0)
        p->warnings[n++] = "a trust folder holds files that its MANIFEST does not list: they are "
                           "left out";
    if (hp_override_allows(&p->override, (double)time(NULL)))
        p->warnings[n++] = "an override is in force: trust lists may be stale (healthpassctl "
                           "status)";
    if (p->override_fault.text[0] != 0)
        p->warnings[n++] = p->override_fault.text;
    p->warnings[n] = NULL;
}

bool
hp_policy_read_override(hp_policy *policy)
{
    const hp_override old = policy->override;
    const hp_error fault = policy->override_fault;

    hp_override_load(policy->settings.stale_override, policy->of_root, &policy->override,
                     &policy->override_fault);
    if (hp_override_same(&policy->override, &old) &&
        strcmp(policy->override_fault.text, fault.text) == 0)
        return false;
    collect_warnings(policy);
    return true;
}

/* One list with a wrong date, which would stop them all, does not take the place of a good one. */
static bool
comes_too_early(const hp_policy *p, const hp_policy *old, hp_error *error)
{
    double now = (double)time(NULL), latest = hp_trust_dated(p->trust);
    char dated[HP_TIME_TEXT];

    if (latest <= now + HP_DATE_SLACK || hp_trust_dated(old->trust) >= latest)
        return false;
    hp_time_write(latest, dated);
    hp_error_set(error, "a trust list is dated %s, which this machine's clock has not reached",
                 dated);
    return true;
}

static hp_load
load(hp_policy *p, const hp_policy *old, hp_error *error)
{
    hp_load rc;

    if (!read_settings(p, error) || !choose_set(p, error) || !read_identity(p, error) ||
        !read_ledger_auth(p, error) || !read_rules(p, error))
        return HP_LOAD_CONFIG;
    rc = read_trust(p, HP_FILE_OWNED, old, NULL, error);
    if (rc == HP_LOAD_OK && !p->without_lists &&
        !hp_lists_open(&p->lists, p->crypto, &p->settings, error))
        return HP_LOAD_TRUST;
    if (rc == HP_LOAD_OK && old != NULL && comes_too_early(p, old, error))
        return HP_LOAD_CONFIG;
    if (rc == HP_LOAD_OK && !hp_policy_read_override(p))
        collect_warnings(p);
    return rc;
}

hp_load
hp_policy_load_watched(const hp_policy_from *from, const hp_policy *old, hp_policy **policy,
                       hp_watch *watch, hp_error *error)
{
    hp_policy *p = new_policy(from, error);
    hp_load rc = p != NULL ? load(p, old, error) : HP_LOAD_CONFIG;

    *policy = p;
    if (rc != HP_LOAD_OK) {
        *policy = NULL;
        if (p != NULL && watch != NULL) {
            *watch = p->watch;
            p->watch = (hp_watch){ NULL, 0, false };
        }
        hp_policy_free(p);
    }
    return rc;
}

hp_load
hp_policy_load_set(const char *path, hp_door door, const char *rules_set, hp_policy **policy,
                   hp_error *error)
{
    const hp_policy_from from = { .path = path, .door = door, .rules_set = rules_set };

    return hp_policy_load_watched(&from, NULL, policy, NULL, error);
}

hp_load
hp_policy_load(const char *path, hp_door door, hp_policy **policy, hp_error *error)
{
    return hp_policy_load_set(path, door, NULL, policy, error);
}

hp_load
hp_policy_trusting(const char *const *paths, size_t n, hp_trust_reader *reader, bool strict,
                   hp_policy **policy, hp_error *error)
{
    hp_policy *p = new_policy(&(hp_policy_from){ .door = HP_DOOR_NONE }, error);
    uint8_t key[IDENTITY];
    hp_load rc;

    *policy = NULL;
    if (p == NULL)
        return HP_LOAD_CONFIG;
    if (n > HP_TRUST_PATHS) {
        hp_error_set(error, "%zu trust folders, expected at most %d", n, HP_TRUST_PATHS);
        hp_policy_free(p);
        return HP_LOAD_CONFIG;
    }
    p->settings = (hp_settings){ .pass_id_scope = "day", .signer_validity = true,
                                 .formats = HP_FORMATS_ALL, .rules = HP_RULES_AUTHENTIC_ONLY,
                                 .schema = strict ? HP_SCHEMA_STRICT : HP_SCHEMA_TOLERANT };
    p->as_given = true;
    for (; p->settings.n_trust < n; p->settings.n_trust++)
        p->settings.trust[p->settings.n_trust] = paths[p->settings.n_trust];
    if (hp_random(p->crypto, key, sizeof(key)))
        (void)add_identities(p, (hp_str){ key, sizeof(key) });
    hp_wipe(key, sizeof(key));
    rc = read_trust(p, 0, NULL, reader, error);
    if (rc == HP_LOAD_OK && p->n_identities == 0) {
        hp_error_set(error, "no random bytes, or no memory");
        rc = HP_LOAD_CONFIG;
    }
    if (rc == HP_LOAD_OK)
        *policy = p;
    else
        hp_policy_free(p);
    return rc;
}

void
hp_policy_set_strict(hp_policy *policy)
{
    policy->settings.schema = HP_SCHEMA_STRICT;
}

size_t
hp_policy_keys(const hp_policy *policy)
{
    return hp_trust_count(policy->trust);
}

/* The very rule where it can be told: several versions have one identifier. */
const char *
hp_policy_rule_text(const hp_policy *policy, const char *rule, const char *const *languages)
{
    const hp_rule *found = NULL, *one;
    size_t i, n = policy->rules != NULL && rule != NULL ? hp_ruleset_count(policy->rules) : 0;

    for (i = 0; i < n; i++) {
        one = hp_ruleset_at(policy->rules, i);
        if (one->identifier == rule || (found == NULL && strcmp(one->identifier, rule) == 0))
            found = one;
    }
    return found != NULL ? hp_rule_text(found, languages) : "";
}

const char *
hp_policy_path(const hp_policy *policy)
{
    return policy->path;
}

const char *
hp_policy_warning(const hp_policy *policy, size_t nth)
{
    return nth < HP_WARNINGS ? policy->warnings[nth] : NULL;
}

const char *
hp_policy_news(const hp_policy *policy, size_t nth)
{
    return nth < HP_WARNINGS ? policy->news[nth] : NULL;
}
