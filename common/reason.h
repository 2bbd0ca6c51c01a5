/*
 * reason.h: every answer there is, in one table.
 *
 * A reason says why, to the operator: its number and its name stand in logs for
 * ever, and are never given to another meaning.  A stage says how far the pass
 * came.  A group is all that the person at the door learns: so that nobody can
 * tune a forgery, everything that speaks of signer, signature or kind is one group.
 * What the person reads is English here, and translated by hp_text().
 *
 * Refused (the pass) and fault (our side cannot judge) never mix: the faults are
 * the numbers below 10 other than HP_OK, and all have the stage "fault".
 *
 * The PAM columns are bare words, so that the core needs no PAM header; see
 * pam_module/ for the one place that makes PAM codes of them.
 */
#ifndef HP_REASON_H
#define HP_REASON_H

#include "text/text.h"

#include <stdbool.h>

/* In the order in which a pass goes through them, the same for all formats. */
#define HP_STAGES(X)                 \
    X(FORMAT,      "format")         \
    X(ENCODING,    "encoding")       \
    X(COMPRESSION, "compression")    \
    X(ENVELOPE,    "envelope")       \
    X(ISSUER,      "issuer")         \
    X(SIGNATURE,   "signature")      \
    X(CLAIMS,      "claims")         \
    X(CONTENT,     "content")        \
    X(VALIDITY,    "validity")       \
    X(SIGNER,      "signer")         \
    X(REVOCATION,  "revocation")     \
    X(RULES,       "rules")          \
    X(HOLDER,      "holder")         \
    X(REUSE,       "reuse")          \
    X(FAULT,       "fault")          \
    X(NONE,        "none")

/* name, its word, what the person reads in two or three words, and what to do about it. */
#define HP_GROUPS(X)                                                                      \
    X(OK,           "ok",           HP_N_("Pass accepted"),                               \
      HP_N_("Pass accepted."))                                                            \
    X(NO_PASS,      "no-pass",      HP_N_("Health pass needed"),                          \
      HP_N_("Please show your health pass."))                                             \
    X(UNREADABLE,   "unreadable",   HP_N_("Code not readable"),                           \
      HP_N_("The code could not be read. Please scan it again, or ask for help."))        \
    X(NOT_ACCEPTED, "not-accepted", HP_N_("Pass not accepted"),                           \
      HP_N_("This pass could not be verified here. Please check the name and the code, "  \
            "show another pass, or ask for help."))                                       \
    X(RULES,        "rules",        HP_N_("Entry rules not met"),                         \
      HP_N_("This pass does not meet the entry rules. Please show one that does, "        \
            "or ask for help."))                                                          \
    X(UNAVAILABLE,  "unavailable",  HP_N_("No check possible now"),                       \
      HP_N_("Passes cannot be checked at the moment. Please try again later, "            \
            "or ask for help."))

/*
 * Reasons that have a next step of their own, which would not help a forger: none of these looks
 * at what a pass says.  The group that the public sees stays the same.
 */
#define HP_ADVICE(X)                                                                      \
    X(GIVEN_TWICE,                                                                        \
      HP_N_("The pass arrived more than once. Please send it only once."))                \
    X(TOO_LONG,                                                                           \
      HP_N_("This is too long for a health pass. Please give only the code of the pass.")) \
    X(INPUT_CUT,                                                                          \
      HP_N_("A code this long does not fit in here. Please ask for help."))               \
    X(KEYBOARD_LAYOUT,                                                                    \
      HP_N_("The code arrived garbled. Please check the keyboard's language and "         \
            "caps lock, or ask for help."))                                               \
    X(PARTY,                                                                              \
      HP_N_("Please show one pass for each person, and no pass twice."))                  \
    X(VISIT,                                                                              \
      HP_N_("The day of the visit is missing, or cannot be booked. Please check it."))    \
    X(TOO_MANY_TRIES,                                                                     \
      HP_N_("Too many attempts. Please wait a little, or ask for help."))

/* name, number, word, HTTP status, PAM auth, PAM account, stage, group, for the operator. */
#define HP_REASONS(X)                                                                     \
    X(FAULT,         1, "fault",         503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "something on our side failed while the pass was judged")       \
    X(OK,            2, "ok",              0, SUCCESS, SUCCESS,                           \
      NONE, OK, "the pass is accepted")                                                   \
    X(TRUST_MISSING, 3, "trust-missing", 503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "no trusted key is loaded")                                     \
    X(TRUST_STALE,   4, "trust-stale",   503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "the trust list is older than this place allows")               \
    X(REVOCATION_STALE, 5, "revocation-stale", 503, AUTHINFO_UNAVAIL, PERM_DENIED,        \
      FAULT, UNAVAILABLE, "a required list of withdrawn passes is missing or too old")    \
    X(LEDGER_AWAY,   6, "ledger-away",   503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "the ledger of uses cannot be asked")                           \
    X(ZONE_FULL,     7, "zone-full",     503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "the ledger of uses has no room for another pass")              \
    X(CLOCK,         8, "clock",         503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "this machine's clock is wrong: it stands before a list was made") \
    X(PENDING,       9, "pending",       503, AUTHINFO_UNAVAIL, PERM_DENIED,              \
      FAULT, UNAVAILABLE, "the pass was judged, and the ledger of uses was not asked")    \
    X(NO_PASS,      10, "no-pass",       401, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, NO_PASS, "no pass was shown")                                               \
    X(GIVEN_TWICE,  11, "given-twice",   403, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, UNREADABLE, "one pass came twice: in its field, or for two persons")  \
    X(TOO_LONG,     12, "too-long",      403, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, UNREADABLE, "the text is longer than any code that holds a pass")           \
    X(INPUT_CUT,    13, "input-cut",     403, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, UNREADABLE, "the login program cut the scan at its own limit")              \
    X(KEYBOARD_LAYOUT, 14, "keyboard-layout", 403, AUTH_ERR, PERM_DENIED,                 \
      FORMAT, UNREADABLE, "the scanner and the keyboard layout disagree")                 \
    X(UNKNOWN_KIND, 20, "unknown-kind",  403, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, NOT_ACCEPTED, "the text is no kind of pass that is known")                  \
    X(KIND_OFF,     21, "kind-off",      403, AUTH_ERR, PERM_DENIED,                      \
      FORMAT, NOT_ACCEPTED, "this kind of pass is not accepted here")                     \
    X(ENCODING,     22, "encoding",      403, AUTH_ERR, PERM_DENIED,                      \
      ENCODING, UNREADABLE, "the text is damaged: it does not decode")                    \
    X(COMPRESSION,  23, "compression",   403, AUTH_ERR, PERM_DENIED,                      \
      COMPRESSION, UNREADABLE, "the compressed content is damaged or too large")          \
    X(ENVELOPE,     24, "envelope",      403, AUTH_ERR, PERM_DENIED,                      \
      ENVELOPE, UNREADABLE, "the content is no signed message of the known form")         \
    X(SIGNER_UNKNOWN, 30, "signer-unknown", 403, AUTH_ERR, PERM_DENIED,                   \
      ISSUER, NOT_ACCEPTED, "no trusted key has the pass's key id")                       \
    X(SIGNER_CHAIN, 31, "signer-chain",  403, AUTH_ERR, PERM_DENIED,                      \
      ISSUER, NOT_ACCEPTED, "the signer's certificate chains to no trusted authority")    \
    X(SIGNATURE,    40, "signature",     403, AUTH_ERR, PERM_DENIED,                      \
      SIGNATURE, NOT_ACCEPTED, "the signature does not hold")                             \
    X(CLAIMS,       50, "claims",        403, AUTH_ERR, PERM_DENIED,                      \
      CLAIMS, NOT_ACCEPTED, "the signed claims are malformed")                            \
    X(CONTENT,      51, "content",       403, AUTH_ERR, PERM_DENIED,                      \
      CONTENT, NOT_ACCEPTED, "the certificate in the pass does not follow its schema")    \
    X(NO_ASSERTION, 52, "no-assertion",  403, AUTH_ERR, PERM_DENIED,                      \
      CONTENT, NOT_ACCEPTED, "the pass says nothing of a person: it is a link")            \
    X(EXPIRED,      60, "expired",       403, AUTH_ERR, ACCT_EXPIRED,                     \
      VALIDITY, RULES, "the pass is past its end")                                        \
    X(NOT_YET_VALID, 61, "not-yet-valid", 403, AUTH_ERR, PERM_DENIED,                     \
      VALIDITY, RULES, "the pass is not valid yet")                                       \
    X(SIGNER_EXPIRED, 70, "signer-expired", 403, AUTH_ERR, PERM_DENIED,                   \
      SIGNER, NOT_ACCEPTED, "the signer's certificate is outside its validity")           \
    X(SIGNER_REVOKED, 71, "signer-revoked", 403, AUTH_ERR, PERM_DENIED,                   \
      SIGNER, NOT_ACCEPTED, "the signer's certificate was taken back by its authority")   \
    X(SIGNER_USAGE, 72, "signer-usage",  403, AUTH_ERR, PERM_DENIED,                      \
      SIGNER, NOT_ACCEPTED, "the signer may not sign this kind of certificate")           \
    X(SIGNER_DOMAIN, 73, "signer-domain", 403, AUTH_ERR, PERM_DENIED,                     \
      SIGNER, NOT_ACCEPTED, "the signer's list names it for other passes")                \
    X(REVOKED,      80, "revoked",       403, AUTH_ERR, PERM_DENIED,                      \
      REVOCATION, NOT_ACCEPTED, "the pass was withdrawn")                                 \
    X(REVOKED_MAYBE, 81, "revoked-maybe", 403, AUTH_ERR, PERM_DENIED,                     \
      REVOCATION, NOT_ACCEPTED, "the pass was probably withdrawn: its list is not exact") \
    X(DENIED_HERE,  82, "denied-here",   403, AUTH_ERR, PERM_DENIED,                      \
      REVOCATION, NOT_ACCEPTED, "the pass is on this place's own deny list")              \
    X(RULE_FAILED,  90, "rule-failed",   403, AUTH_ERR, PERM_DENIED,                      \
      RULES, RULES, "a rule of this place is not met")                                    \
    X(RULE_OPEN,    91, "rule-open",     403, AUTH_ERR, PERM_DENIED,                      \
      RULES, RULES, "a rule of this place cannot be judged for this pass")                \
    X(RULE_NONE,    92, "rule-none",     403, AUTH_ERR, PERM_DENIED,                      \
      RULES, RULES, "no rule of this place is about such a pass")                         \
    X(LATER,        93, "later",         403, AUTH_ERR, PERM_DENIED,                      \
      RULES, RULES, "the pass is good now, but not at the time of the visit")             \
    X(ENDED,        94, "ended",         403, AUTH_ERR, PERM_DENIED,                      \
      RULES, UNAVAILABLE, "the legal basis for asking for passes here has ended")         \
    X(HOLDER,      100, "holder",        403, AUTH_ERR, PERM_DENIED,                      \
      HOLDER, NOT_ACCEPTED, "the pass is not in the name of this person")                 \
    X(REUSED,      110, "reused",        403, AUTH_ERR, PERM_DENIED,                      \
      REUSE, NOT_ACCEPTED, "the pass was shown for more than its place allows")           \
    X(PARTY,       111, "party",         403, AUTH_ERR, PERM_DENIED,                      \
      HOLDER, NOT_ACCEPTED, "there is not exactly one pass for each person")              \
    X(VISIT,       112, "visit",         403, AUTH_ERR, PERM_DENIED,                      \
      HOLDER, NOT_ACCEPTED, "the day of the visit is missing, malformed or out of bounds") \
    X(TOO_MANY_TRIES, 120, "too-many-tries", 403, MAXTRIES, PERM_DENIED,                  \
      REUSE, NOT_ACCEPTED, "too many passes were refused here in a short time")

/* Zero is no valid reason: a forgotten assignment can never let anybody in. */
typedef enum {
#define X(name, id, word, http, auth, account, stage, group, text) HP_##name = (id),
    HP_REASONS(X)
#undef X
} hp_reason;

/* A number that is no reason is answered like HP_FAULT by all of these. */
const char *hp_reason_name(hp_reason r);   /* "signer-unknown" */
const char *hp_reason_stage(hp_reason r);  /* "issuer"; "none" for HP_OK */
const char *hp_reason_group(hp_reason r);  /* "not-accepted" */
const char *hp_reason_text(hp_reason r);   /* for the operator: why */
const char *hp_reason_title(hp_reason r);  /* for the person: what it is about, of the group */
const char *hp_reason_advice(hp_reason r); /* for the person: what to do; both for hp_text() */
int hp_reason_http(hp_reason r);           /* 401, 403, 503; 0 for HP_OK */
bool hp_reason_is_withdrawn(hp_reason r);  /* a list says that the pass was taken back */
bool hp_reason_is_fault(hp_reason r);      /* our side could not judge */

#endif
