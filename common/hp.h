/*
 * hp.h: the one header that a wrapper (nginx, PAM) includes.
 *
 * Load a policy once; ask hp_verify() about each pass.  hp_verify() is pure: the
 * time comes in through the ask, it opens no file, reads no environment, writes no
 * log, keeps no state and allocates nothing of its own.  Loading may block and
 * allocate, and belongs to start-up, timers and command lines.
 *
 * Threads: a policy holds digest contexts that are used while a pass is judged, and keys are
 * made ready at their first use, so a policy and its hp_keys serve one thread at a time.
 */
#ifndef HP_H
#define HP_H

#include "base/error.h"
#include "base/str.h"
#include "base/wipe.h"
#include "check/binding.h"
#include "check/clearance.h"
#include "check/holder.h"
#include "check/revocation.h"
#include "check/session.h"
#include "check/session_file.h"
#include "check/visit.h"
#include "codec/jscan.h"
#include "crypto/keys.h"
#include "format/pass.h"
#include "format/shc.h"
#include "ledger/file.h"
#include "ledger/place.h"
#include "ledger/redis.h"
#include "ledger/use.h"
#include "policy/door.h"
#include "reason.h"
#include "rules/decide.h"
#include "text/text.h"

/* Longest text that can be a pass: a file of SMART Health Cards.  Each format has its own. */
#define HP_TEXT_MAX HP_SHC_TEXT_MAX

/*
 * What hp_verify() needs as working memory: enough for the largest pass that the caps on
 * text, inflated size and items allow.  Only what a pass needs of it is touched; 12 KB as a rule.
 */
#define HP_MEMORY (1024 * 1024)

/* Keys that a wrapper's hp_keys should have room for: the signers of a venue's day. */
#define HP_KEYS 256

/* 2026-11-01, when this version was made: a clock that shows less is wrong. */
#define HP_RELEASED 1793491200.0

#define HP_VERSION "0.1.0"

/* ---- policy --------------------------------------------------------------- */

/* What this place accepts: the policy file, the trusted keys, the identity key. */
typedef struct hp_policy hp_policy;

typedef enum {
    HP_LOAD_OK,
    HP_LOAD_CONFIG, /* the policy file, or a file that it names, is wrong */
    HP_LOAD_TRUST   /* a trust folder or file, or a list of withdrawn passes, cannot be opened */
} hp_load;

/*
 * Reads the policy file at path (absolute, or relative to the working directory)
 * and all that it names.  On HP_LOAD_OK *policy is the caller's, to be ended with
 * hp_policy_free(); otherwise it is NULL and *error says what was wrong, where, and
 * what was expected.  An empty trust folder loads: every pass is then answered with
 * HP_TRUST_MISSING.
 */
hp_load hp_policy_load(const char *path, hp_door door, hp_policy **policy,
                       hp_error *error);

/*
 * The same by the named set of rules rules_set, whatever the file's own key of that name says;
 * NULL: by what that says.  A set that is in none of the file's folders of rules, or a file whose
 * rules are no documents, is HP_LOAD_CONFIG.  hp_policy_refresh() keeps to it.
 */
hp_load hp_policy_load_set(const char *path, hp_door door, const char *rules_set,
                           hp_policy **policy, hp_error *error);

/* Ends a policy.  NULL does no harm. */
void hp_policy_free(hp_policy *policy);

typedef enum {
    HP_REFRESH_SAME, /* nothing new since the last look */
    HP_REFRESH_NEW,  /* *policy was replaced (the old one is freed) */
    HP_REFRESH_OVERRIDE, /* the same, but for its override, which was taken up */
    HP_REFRESH_KEPT  /* what is there now is wrong, the old policy stays; told once a change */
} hp_refresh;

/*
 * Looks whether a file behind *policy changed (device, inode, time, size) and loads
 * anew if so; after HP_REFRESH_KEPT it tries at every look, and tells only what is new.
 * The override is taken up in any case, also with HP_REFRESH_KEPT.
 * Not to be called while hp_verify() runs on the same policy.
 * With HP_REFRESH_KEPT, and with HP_REFRESH_NEW that left no key, *error says why; otherwise
 * error->text is empty.
 */
hp_refresh hp_policy_refresh(hp_policy **policy, hp_error *error);

/*
 * The same for the lists of withdrawn passes alone, in place: a look is one stat() a file, so it
 * can be done four times a second.  again: what could not be taken up is tried anew, even if it
 * did not change.  True when a list was taken up; *error is empty, or says which one was not and
 * why, once a change: what was read of it before stays in force.
 */
bool hp_policy_refresh_lists(hp_policy *policy, bool again, hp_error *error);

/*
 * Behind the first refresh of a process that did not load the policy itself, but has it from
 * another one, which may have read it months ago: a list that changed since and was not taken up
 * may lack blocks that others go by.  Until it is, every pass is HP_REVOCATION_STALE.  True when
 * there is such a list.
 */
bool hp_policy_doubt_lists(hp_policy *policy);

/*
 * Where uses of passes are kept (the keys ledger and ledger_auth), and whether they can be: without
 * an identity key they cannot.  The place lives as long as the policy.
 */
const hp_ledger_place *hp_policy_ledger(const hp_policy *policy);
bool hp_policy_can_count(const hp_policy *policy);

/*
 * What a file may know a terminal, an address or a login by: keyed with the newest identity key.
 * kind, a word of the caller's, keeps its things apart from others.  False without such a key.
 */
bool hp_policy_keyed(const hp_policy *policy, hp_str kind, hp_str thing, uint8_t id[HP_ID]);

/* Are there such lists at all? */
bool hp_policy_has_lists(const hp_policy *policy);

/* For logs and status: how many keys can verify, and where the policy came from. */
size_t hp_policy_keys(const hp_policy *policy);
const char *hp_policy_path(const hp_policy *policy);

/*
 * What the operator should hear at start, one line a call, counted from 0: settings
 * that weaken the gate, a trust folder without keys.  NULL after the last one.
 */
const char *hp_policy_warning(const hp_policy *policy, size_t nth);

/* The same of the last hp_policy_refresh(), whatever came of it: what was not warned of before. */
const char *hp_policy_news(const hp_policy *policy, size_t nth);

/*
 * How old are the lists at now?  Warned is what nears its end (trust_warn_age), and the copy of a
 * deny list in Redis that was not heard for a minute; stale, of
 * which keys no pass may rest on; allowed, what is stale and still in use by a recorded exception
 * (healthpassctl override).  The worst is answered, and unless all is fresh *text says
 * which list it is, how old, and what to do.
 */
typedef enum { HP_AGE_FRESH, HP_AGE_WARNED, HP_AGE_ALLOWED, HP_AGE_STALE } hp_age;
hp_age hp_policy_age(const hp_policy *policy, double now, hp_error *text);

/* "fresh", "warned", "allowed", "stale". */
const char *hp_age_name(hp_age age);

/*
 * One list that passes are judged by, for status pages.  What it points to lives until the next
 * refresh of the policy or of its lists.
 */
typedef struct {
    const char *what;  /* "trust", "revocation", "deny" */
    const char *name;  /* the operator's: "who"; "" a trust folder, "deny-list" the deny list */
    hp_age age;        /* as hp_policy_age(); a required list that is in no index is stale */
    bool required;     /* once it is stale no pass is judged by it */
    double dated, end; /* from when it is, and until when it serves; seconds, 0: none */
    uint64_t entries;  /* keys, hashes or blocks */
    const char *fault; /* why it, or what stands in its file now, is not in use; NULL: it is */
    const char *shared; /* where a fleet keeps it, what is read is a copy; NULL: it is no copy */
    double heard;       /* when that place was last heard; seconds, 0: never, or no copy */
} hp_list;

/* The nth of them at now, counted from 0; false behind the last one. */
bool hp_policy_list(const hp_policy *policy, double now, size_t nth, hp_list *list);

/*
 * Would any pass be judged at now?  False with *why, which is then the answer to each of them: a
 * fault, or HP_ENDED.
 */
bool hp_policy_judges(const hp_policy *policy, double now, hp_reason *why);

/* Why what stands in the policy's files now was not taken up; NULL: they are what is in force. */
const char *hp_policy_fault(const hp_policy *policy);

/*
 * A number for the files, and the versions of them, that the policy and its lists were read from:
 * the same in all processes that took up the same.
 */
uint64_t hp_policy_version(const hp_policy *policy);

/*
 * When the next of its lists ends, or the legal basis, or the override in force; seconds, 0:
 * nothing that is in force at now ever does.  And until when an override is in force; 0: none is.
 */
double hp_policy_next_end(const hp_policy *policy, double now);
double hp_policy_override(const hp_policy *policy, double now);

/*
 * For those who tell of it once: 0 while all is fresh, and another number when another list, or
 * another override, is to be told of.  A list that only grows older keeps it.
 */
uint64_t hp_policy_age_mark(const hp_policy *policy, double now);

/*
 * The legal basis for asking for passes (the key ends) at now.  With HP_BASIS_ENDED hp_verify()
 * refuses every pass as HP_ENDED, and nobody need be asked for one.  With HP_BASIS_OFF the doors do
 * not ask, and stand open.  hp_verify() knows nothing of that and judges as before, so that a
 * wrapper that does not ask this function is closed, not open.
 */
typedef enum { HP_BASIS_HOLDS, HP_BASIS_ENDED, HP_BASIS_OFF } hp_basis;
hp_basis hp_policy_basis(const hp_policy *policy, double now);

/*
 * What nears its end at now, 14 days ahead, or has ended, one line a call, counted from 0: the
 * legal basis, and rules that apply here and have no version that follows (for 14 days after the
 * end as well, while others apply).  HP_AGE_WARNED: such rules, and a basis that is to end;
 * HP_AGE_ALLOWED: all is over, and opens doors; HP_AGE_STALE: it is over, and shuts them.
 * HP_AGE_FRESH after the last one.  The mark is another number when there is another line to be
 * told of; 0 while there is none.
 */
hp_age hp_policy_due(const hp_policy *policy, double now, size_t nth, hp_error *text);
uint64_t hp_policy_due_mark(const hp_policy *policy, double now);

/*
 * What the rule of a verdict says, for the person: in the first of the languages ("fr-CA" finds
 * "fr"; the list ends with NULL) that it is published in, else in English.  Empty for built-in
 * rules, and where no text is known.  It lives as long as the policy, and is one line of UTF-8.
 */
const char *hp_policy_rule_text(const hp_policy *policy, const char *rule,
                                const char *const *languages);

/* ---- verdict -------------------------------------------------------------- */

typedef struct {
    hp_str text;   /* what was shown, as received; not changed */
    double now;    /* seconds since 1970-01-01 UTC: signer, validity of the token today */
    double visit;  /* day and time of the visit, for rules; 0, or what lies before now, means now */
    bool want_id;  /* the pass id is going to be read: what nobody reads is not made */
    bool any_now;  /* now was said by a person, not read from a clock: it may be long ago */
    const hp_person *person; /* whose pass it has to be; NULL: anybody's */
    const hp_bindings *bound; /* the same by keyed ids, none of them: nobody's; NULL: anybody's */
    hp_keys *keys; /* the wrapper's, see crypto/keys.h */
    hp_marks *marks; /* NULL, or gets what a genuine pass is listed and blocked under */
    hp_str by;     /* whom it is shown for; looked at with use only */
    hp_use *use;   /* NULL, or gets what the ledger is to be asked: then nothing is better than
                      HP_PENDING until hp_settle() */
    hp_pass *keep; /* NULL, or where a genuine pass is to be shown: then hp_done() must follow */
    hp_rules_told *told; /* NULL, or told what each rule document says as of the visit */
    void *told_context;
} hp_ask;

/* Working memory, at least HP_MEMORY bytes, the caller's; empty again after hp_verify(). */
typedef struct {
    void *p;
    size_t n;
    size_t used; /* hp_verify()'s own note for hp_done(); start with 0 */
} hp_memory;

#define HP_KID_SHOWN    32 /* bytes of a key id that are shown */
#define HP_ISSUER_SHOWN 128 /* characters of an issuer that are shown */

/*
 * The answer, with nothing personal in it and nothing that points into the memory.
 * Whatever is not known (yet) is empty, 0 or NULL.
 */
typedef struct {
    hp_reason reason;
    const char *format;                /* "hc1", "shc" */
    const char *rule;                  /* identifier of the last rule that was judged */
    char kind;                         /* 'v', 't', 'r', HP_KIND_NONE, of a genuine pass */
    char issuer[HP_ISSUER_SHOWN + 1];  /* of a genuine pass: as given, else the signer's country */
    char kid[2 * HP_KID_SHOWN + 1];    /* key id, lower-case hex; SHC: as in the card */
    double valid_until;                /* seconds since 1970 UTC, of a genuine pass;
                                          HP_TIME_LAST: it has no end */
    char list[HP_SOURCE_NAME];         /* which list a withdrawn pass was found in */
    char batch[HP_BATCH_ID];           /* and in which part of it */
    bool overridden;                   /* rests on a stale list, which an operator allowed */
    bool suspect;                      /* let in although shown for more than the limit */
    unsigned uses;                     /* for how many it was shown; 0: nobody counted */
    bool has_pass_id;                  /* wanted, a genuine pass, and there is an identity key */
    uint8_t pass_id[16];               /* keyed; links nothing beyond its scope */
} hp_verdict;

/*
 * Judges one pass.  Returns verdict->reason; HP_OK is the only answer that lets
 * anybody in.  Every byte that was used of the memory is wiped before it returns, unless
 * ask->keep was given and the pass is genuine (verdict->kind is set): then *ask->keep
 * borrows from the memory until hp_done().
 */
hp_reason hp_verify(const hp_policy *policy, const hp_ask *ask,
                    hp_memory *memory, hp_verdict *verdict);

/*
 * What the ledger's answer makes of a verdict that is HP_PENDING; every other one stays as it is.
 * HP_OK when it is within the limit, or beyond one that only marks (verdict->suspect); HP_REUSED;
 * or, unless terms->open, a fault of the ledger.  Returns verdict->reason.
 */
hp_reason hp_settle(hp_verdict *verdict, const hp_use_terms *terms, const hp_use_answer *answer);

/* Wipes what hp_verify() kept to be shown.  Harmless when there is nothing. */
void hp_done(hp_memory *memory);

/*
 * What a refusal by a rule may tell the person: hp_policy_rule_text() of the rule.  Empty for
 * every other answer.  The policy is the one that the verdict was made with.
 */
const char *hp_verdict_rule_text(const hp_policy *policy, const hp_verdict *verdict,
                                 const char *const *languages);

/*
 * One who shows no pass: HP_OK when the birth date (YYYY-MM-DD) makes the person younger than age
 * on the day of the visit (0: now), and needs none; else HP_NO_PASS.
 */
hp_reason hp_exempt(hp_verdict *verdict, hp_str birth, double now, double visit, unsigned age);

/* ---- clearance ------------------------------------------------------------ */

/*
 * What stands for passes that were judged before (check/clearance.h).  keys are the wrapper's, who
 * refreshes them; without an identity key in the policy there is no clearance, nor an exemption.
 */
typedef struct {
    const hp_clearance_keys *keys;
    hp_clearance_for whom;
    uint32_t ttl; /* seconds: ends what was given for longer, too */
    double now;
} hp_clear_terms;

/*
 * Notes a pass that was accepted, begun from a clearance of zeros: its ids, and its end, which the
 * clearance's cannot be behind.  Passes of more ids than there is room for give none.
 */
void hp_clear_note(hp_clearance *won, const hp_marks *marks, double valid_until);

/*
 * Writes what was won with those passes.  False when nothing may stand for them: there was none, or
 * too many, they are about to end, or crypto failed.
 */
bool hp_clear_give(const hp_policy *policy, const hp_clear_terms *terms, hp_clearance *won,
                   char text[HP_CLEARANCE_TEXT]);

/*
 * Takes what a visitor gave.  HP_CLEARANCE_GOOD with *verdict: HP_OK, or why nobody is judged now.
 * With any other answer the visitor is one who gave nothing, and *verdict is not touched.
 */
hp_clearance_found hp_clear_take(const hp_policy *policy, const hp_clear_terms *terms, hp_str text,
                                 hp_verdict *verdict);

/*
 * Judges an exemption, shown where a pass is, by one who asks for the booking whom.values names.
 * request tells one use from another.  The answer is a verdict like that on a pass: HP_PENDING,
 * with *use for the ledger, which holds that it is used once, its *use_terms, and what it may win.
 */
hp_reason hp_exempt_take(const hp_policy *policy, const hp_clear_terms *terms, hp_str text,
                         hp_str request, hp_use *use, hp_use_terms *use_terms, hp_clearance *won,
                         hp_verdict *verdict);

/* ---- afterwards ------------------------------------------------------------ */

/*
 * What became of a pass that was accepted at since, and of which no more is left than the marks
 * that hp_verify() gave?  Only whether it was withdrawn is asked, by the lists in force at now.
 * Unless it stands *why says what happened to it, or why nobody knows: a required list is missing
 * or stale, or what is blocked is a beginning of numbers.  What a list says counts however old it
 * is.
 */
hp_fate hp_policy_fate(const hp_policy *policy, const hp_marks *marks, double since,
                               double now, hp_reason *why);

/* Seconds behind its end that a pass is good for (the key clock_skew). */
double hp_policy_grace(const hp_policy *policy);

/* An answer that needs no pass: HP_NO_PASS, HP_GIVEN_TWICE, HP_FAULT ... */
hp_reason hp_verdict_set(hp_verdict *verdict, hp_reason reason);

#endif
