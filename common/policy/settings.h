/*
 * What a policy file says, as plain values.
 */
#ifndef HP_POLICY_SETTINGS_H
#define HP_POLICY_SETTINGS_H

#include "base/error.h"
#include "check/record.h"
#include "check/revocation.h"
#include "check/rules.h"
#include "format/format.h"
#include "ledger/place.h"
#include "policy/conf.h"
#include "policy/door.h"

#define HP_TRUST_PATHS 16 /* entries of the key trust */
#define HP_RULE_PATHS  16 /* entries of the keys rules and value_sets */
#define HP_REQUIRED    16 /* entries of the key revoked_required */
#define HP_PAYLOAD_DOMAINS 8 /* entries of one payload in the key payload_domains */

/* Where the copies of shared deny lists are, each named after its place (ledger/place.h). */
#define HP_DENY_COPIES "/var/lib/healthpass/deny"
#define HP_DENY_HEARD  ".heard" /* what stands behind the path of the copy */

typedef struct {
    const char *trust[HP_TRUST_PATHS]; /* absolute paths */
    size_t n_trust;
    const char *identity_key; /* absolute path; NULL: none */
    hp_env environment;
    double trust_max_age; /* seconds */
    double trust_warn_age;
    const hp_conf_item *warned; /* where trust_warn_age is said; NULL: nowhere */
    bool manifest_required;
    const char *manifest_key; /* absolute path; NULL: none */
    bool same_country;        /* a signer signs for the country that its list names only */
    const char *stale_override; /* absolute path */
    const char *pass_id_scope; /* "day", "site", "event:NAME" */
    hp_rules rules;
    const char *rule_paths[HP_RULE_PATHS]; /* absolute paths of documents and value sets */
    size_t n_rule_paths;
    const char *rules_set; /* a folder's name in the folders of rule_paths; NULL: none */
    const char *value_sets[HP_RULE_PATHS]; /* the same, further ones */
    size_t n_value_sets;
    const char *country; /* two capital letters; NULL: not said */
    const char *region;  /* NULL: none */
    bool accepts_open, accepts_none, accepts_later;
    const char *revoked[HP_INDEXES]; /* absolute paths of revocation indexes */
    size_t n_revoked;
    const char *required[HP_REQUIRED]; /* names of lists that must be in them */
    const hp_conf_item *required_at;   /* where that is said; NULL: nowhere */
    size_t n_required;
    double revoked_max_age; /* seconds */
    bool accepts_maybe;
    const char *deny_list; /* absolute path of what gates read; NULL: none */
    hp_ledger_place deny_place; /* HP_LEDGER_REDIS: a fleet's list, deny_list is the copy of it */
    const char *deny_shared;    /* that place as the file says it; NULL: it is a file alone */
    const char *deny_copy;      /* absolute path of the copy; NULL: below HP_DENY_COPIES */
    const hp_conf_item *deny_copy_at; /* where that is said; NULL: nowhere */
    char *deny_heard; /* the file whose time tells when the copy's follower last heard of Redis */
    char *deny_made;  /* the path that deny_list is then, if the file does not say it */
    hp_ledger_place ledger;
    const char *ledger_auth; /* absolute path of what Redis wants to hear; NULL: nothing */
    unsigned formats; /* hp_format_bit() of those that are on */
    hp_schema schema;
    hp_multi multi_payload;
    unsigned domains[HP_PAYLOADS]; /* whose keys may sign it; 0: as the specification has it */
    bool signer_validity;
    double clock_skew; /* seconds */
    double ends;       /* the legal basis is gone from then on, seconds since 1970 UTC; 0: never */
    bool ends_off;     /* nobody is asked for a pass then, rather than every pass refused */
    hp_conf *file;     /* the parsed file: the texts above are in it */
} hp_settings;

/*
 * Reads the text of the policy file at path (named in errors only).  Unknown and doubled
 * keys, keys that this build does not support, values of another kind or out of range,
 * and missing ones are errors that say the line and what was expected.  True: the
 * settings are the caller's to give to hp_settings_free().
 */
bool hp_settings_read(const char *path, hp_str text, hp_door door, hp_settings *settings,
                      hp_error *error);
void hp_settings_free(hp_settings *settings);

/* Can it be the value of rules_set: a name that only a folder inside another one has? */
bool hp_settings_is_set(const char *name);

#endif
