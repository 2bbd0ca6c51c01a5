/*
 * A loaded policy, as verify.c and the command line see it.  Wrappers see hp.h.
 */
#ifndef HP_POLICY_POLICY_H
#define HP_POLICY_POLICY_H

#include "base/mark.h"
#include "check/trust.h"
#include "hp.h"
#include "policy/lists.h"
#include "policy/override.h"
#include "policy/settings.h"
#include "rules/law.h"

#define HP_DUE_AHEAD (14 * 86400.0) /* seconds before an end that it is warned of */

#define HP_MANY_FILES 500 /* in a trust folder: more of them are better kept in a store */

#define HP_WARNINGS (16 + HP_TRUST_PATHS) /* as many as a policy can give */

struct hp_policy {
    char *path; /* NULL: made by hp_policy_trusting() */
    hp_door door;
    char *rules_set; /* the door's own, in place of the file's; NULL: that one */
    bool without_lists;
    hp_settings settings;
    hp_crypto *crypto;
    hp_trust *trust;
    size_t signers[HP_TRUST_PATHS]; /* keys that each path of settings.trust brought */
    hp_error notes[HP_TRUST_PATHS]; /* what is said of them at start; empty: nothing */
    uint64_t text_mark; /* of the text of the policy file */
    bool of_root;       /* the policy file is root's: then so must an override be */
    bool as_given;      /* a check by hand: age, domain and environment are not judged */
    hp_override override; /* whether an operator allows stale lists */
    hp_error override_fault; /* what is wrong with its file; empty: nothing */
    hp_ruleset *rules;   /* NULL: the built-in rule, or none */
    hp_law law;
    hp_error open_rules; /* which rules will always be open; empty: none */
    hp_error passed_over; /* what lies beside a named set and is not read; empty: nothing */
    hp_hmac *identities[HP_IDENTITIES]; /* the ring, newest first; the first one makes pass ids */
    size_t n_identities;
    char *secret;      /* of Redis, wiped at the end; NULL: none */
    hp_lists lists;    /* of withdrawn passes */
    hp_watch watch;    /* all that was read, but for the override */
    hp_watch refused;  /* all that was read when it last turned out wrong; empty otherwise */
    hp_error fault;    /* what was wrong then */
    const char *warnings[HP_WARNINGS + 1];
    const char *news[HP_WARNINGS + 1]; /* those of them that the last look brought */
};

/*
 * Reads one file that is neither keys nor a store, where somebody knows how: true, with the
 * records; false with an empty *error when the file is nothing that it knows.
 */
typedef bool hp_trust_reader(hp_crypto *crypto, const char *path, hp_records *records,
                             hp_error *error);

/*
 * A policy without a file, for checks by hand: every format, authentic-only, the given
 * folders and files trusted as they are (whoever owns or may write them), and an identity
 * key of this run.  reader is asked first about each path; NULL: there is none.
 */
hp_load hp_policy_trusting(const char *const *paths, size_t n, hp_trust_reader *reader,
                           bool strict, hp_policy **policy, hp_error *error);

/* Holds passes to the schema of their own version, whatever the file says. */
void hp_policy_set_strict(hp_policy *policy);

/*
 * Reads the override into a policy that is in force, whatever is wrong with the rest of its files:
 * to end one must always be possible.  Is it another one, or is something else wrong with it?
 */
bool hp_policy_read_override(hp_policy *policy);

/* Which policy: path and set are borrowed while it is loaded. */
typedef struct {
    const char *path;
    hp_door door;
    const char *rules_set; /* as in hp_policy_load_set() */
    bool without_lists;    /* of withdrawn passes: enough to know whether one is genuine */
} hp_policy_from;

/*
 * As hp_policy_load_set(), for the refresh of old (NULL: there is none).  The only trust path may
 * be gone then: there is no key.  Of several, one that is gone, or has lost all keys that it
 * brought to old, is an error: what the others bring would hide it.  *watch gets what was read when
 * the load fails.
 */
hp_load hp_policy_load_watched(const hp_policy_from *from, const hp_policy *old,
                               hp_policy **policy, hp_watch *watch, hp_error *error);

#endif
