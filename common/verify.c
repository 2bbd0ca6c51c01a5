/*
 * Judges one pass: the way of DESIGN, from the text to the verdict.  Reads like the list:
 * open, trust and signature, read, validity, usage, revocation, rules, holder.
 *
 * A step answers true to go on; otherwise it has said why.  HP_OK is assigned in one place, in
 * hp_settle() where a ledger is asked, and in hp_exempt() where there is no pass to judge.
 */
#include "base/country.h"
#include "base/hex.h"
#include "check/identity.h"
#include "check/rules.h"
#include "check/seal.h"
#include "check/signer.h"
#include "check/validity.h"
#include "hp.h"
#include "policy/policy.h"

#include <stdio.h>

/* What the steps know of one pass on its way. */
typedef struct {
    const hp_policy *policy;
    const hp_ask *ask;
    hp_arena arena;
    hp_str text;
    const hp_format *format;
    hp_proof proof;
    unsigned nth; /* which of several payloads is read */
    const hp_record *signer;
    hp_pass pass;
    hp_marks marks;
    bool stale_lists; /* a required list of withdrawn passes is too old, and allowed */
    hp_verdict *verdict;
    hp_reason *why;
} way;

static bool
stop(way *w, hp_reason reason)
{
    *w->why = reason;
    return false;
}

/*
 * Is the time one that can be?  A clock that went back would bring ended passes, keys and lists
 * back to life (trust-lists, 6).  An unordered now (NaN) is a wrong clock too.
 */
static bool
clock_is_right(const way *w)
{
    double now = w->ask->now, dated = hp_trust_dated(w->policy->trust);

    if (!(now >= 0 && now <= HP_TIME_LAST))
        return false;
    return w->ask->any_now || (now >= HP_RELEASED && now >= dated - HP_DATE_SLACK);
}

/* A list that is too old may lack that a key was removed: only a recorded exception helps. */
static bool
stale_is_allowed(const way *w)
{
    w->verdict->overridden = hp_override_allows(&w->policy->override, w->ask->now);
    return w->verdict->overridden;
}

/* An exception is about age: a list that is not there at all is nobody's to allow. */
static bool
lists_serve(way *w)
{
    const hp_policy *p = w->policy;
    double max_age = p->settings.revoked_max_age, now = w->ask->now;

    if (hp_lists_serve(&p->lists, max_age, now, false))
        return true;
    w->stale_lists = hp_lists_serve(&p->lists, max_age, now, true) && stale_is_allowed(w);
    return w->stale_lists;
}

/* Is any pass judged here?  Lists may well be old once nobody needs them any more. */
static bool
place_judges(way *w)
{
    const hp_policy *p = w->policy;

    if (!clock_is_right(w))
        return stop(w, HP_CLOCK);
    if (hp_policy_basis(p, w->ask->now) == HP_BASIS_ENDED)
        return stop(w, HP_ENDED);
    if (hp_trust_count(p->trust) == 0)
        return stop(w, HP_TRUST_MISSING);
    if (!p->as_given &&
        !hp_trust_any_fresh(p->trust, p->settings.trust_max_age, w->ask->now) &&
        !stale_is_allowed(w))
        return stop(w, HP_TRUST_STALE);
    return lists_serve(w) || stop(w, HP_REVOCATION_STALE);
}

bool
hp_policy_judges(const hp_policy *policy, double now, hp_reason *why)
{
    hp_ask ask = { .now = now };
    hp_verdict verdict = { .reason = HP_FAULT };
    way w = { .policy = policy, .ask = &ask, .verdict = &verdict, .why = why };

    return place_judges(&w);
}

static bool
ready(way *w)
{
    if (w->arena.size < HP_MEMORY || w->ask->keys == NULL)
        return stop(w, HP_FAULT);
    return place_judges(w);
}

static bool
recognise(way *w)
{
    w->text = hp_format_trim(w->ask->text);
    if (w->text.n == 0)
        return stop(w, HP_NO_PASS);
    if (w->text.n > HP_TEXT_MAX)
        return stop(w, HP_TOO_LONG);
    w->format = hp_format_find(w->text, w->policy->settings.formats, w->why);
    return w->format != NULL;
}

/* A key id in words of its own goes into logs as it is, if it has nothing but such characters. */
static bool
is_id(hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        uint8_t c = hp_upper(s.p[i]);

        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_')
            return false;
    }
    return s.n <= 2 * HP_KID_SHOWN;
}

/* The key id is shown also of a pass that is refused: the operator looks for it. */
static void
show_kid(hp_verdict *verdict, const hp_proof *proof)
{
    hp_str kid = proof->kid;

    if (proof->kid_text.n > 0) {
        kid = is_id(proof->kid_text) ? proof->kid_text : (hp_str){ proof->kid_text.p, 0 };
        memcpy(verdict->kid, kid.p, kid.n);
        verdict->kid[kid.n] = 0;
        return;
    }
    if (kid.n > HP_KID_SHOWN)
        kid.n = HP_KID_SHOWN;
    hp_hex_write(kid, verdict->kid);
}

/* Of a certificate that comes along the id is its digest, as HC1 has it of listed ones. */
static bool
name_cert(way *w)
{
    uint8_t *digest;

    if (w->proof.cert.n == 0)
        return true;
    digest = hp_arena_take(&w->arena, HP_SHA256);
    if (digest == NULL || !hp_sha256(w->policy->crypto, &w->proof.cert, 1, digest))
        return stop(w, HP_FAULT);
    w->proof.kid = (hp_str){ digest, HP_KID };
    return true;
}

static bool
open_envelope(way *w)
{
    w->verdict->format = w->format->name;
    if (!w->format->open(w->text, &w->arena, &w->proof, w->why) || !name_cert(w))
        return false;
    show_kid(w->verdict, &w->proof);
    return true;
}

static bool
signature_holds(way *w)
{
    uint8_t digest[HP_DIGEST_MAX];
    hp_signed what = { .kid = w->proof.kid, .issuer = w->proof.issuer,
                       .alg = w->proof.alg, .digest = digest,
                       .signature = w->proof.signature,
                       .cert = w->proof.cert, .cert_id = w->proof.kid.p };

    if (!hp_alg_digest(w->policy->crypto, w->proof.alg, w->proof.tbs, digest))
        return stop(w, HP_FAULT);
    if (what.cert.n > 0)
        w->signer = hp_seal_signer(w->policy->trust, w->ask->keys, &what, &w->arena, w->why);
    else
        w->signer = hp_trust_signer(w->policy->trust, w->ask->keys, &what, w->why);
    return w->signer != NULL;
}

/* The issuer is signed text, but still somebody else's: only plain characters are shown. */
static bool
is_plain(hp_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (s.p[i] < ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\')
            return false;
    }
    return s.n > 0 && s.n <= HP_ISSUER_SHOWN;
}

static void
show_issuer(hp_verdict *verdict, hp_str issuer, const char *country)
{
    hp_str shown = is_plain(issuer) ? issuer : hp_str_of(country);
    char alpha2[3];

    if (hp_country_alpha2(shown, alpha2))
        shown = hp_str_of(alpha2);

    memcpy(verdict->issuer, shown.p, shown.n);
    verdict->issuer[shown.n] = 0;
}

/* From here on the pass is genuine: what it says is known, and shown as far as is allowed. */
static bool
read_payload(way *w)
{
    hp_verdict *v = w->verdict;
    const hp_settings *s = &w->policy->settings;
    hp_reading how = { .schema = s->schema, .multi = s->multi_payload, .nth = w->nth };

    if (!w->format->read(&w->proof, &how, &w->arena, &w->pass, w->why))
        return false;
    if (s->domains[w->pass.payload] != 0)
        w->pass.domains = s->domains[w->pass.payload];
    v->kind = w->pass.event.kind;
    v->valid_until = w->pass.valid_until;
    show_issuer(v, w->pass.issuer, w->signer->country);
    return true;
}

/*
 * What an id links: with "day" those of one UTC day; "site" and "event:NAME" stand as they are.
 * The number of the day ends up in eight bytes of its own, which no name can spell.
 */
static bool
show_pass_id(way *w)
{
    const hp_policy *p = w->policy;
    uint64_t day = strcmp(p->settings.pass_id_scope, "day") == 0 ? (uint64_t)(w->ask->now / 86400)
                                                                 : 0;

    if (p->n_identities == 0 || !w->ask->want_id)
        return true;
    w->verdict->has_pass_id =
        hp_identity_shown(p->identities[0], hp_str_of(p->settings.pass_id_scope), day,
                          w->marks.ledger[0], w->verdict->pass_id);
    return w->verdict->has_pass_id || stop(w, HP_FAULT);
}

/* By how many keys of the ring is the ledger id read?  Blocks may be of any of them. */
static size_t
ledger_ids_wanted(const way *w)
{
    const hp_policy *p = w->policy;
    const hp_deny *deny = p->lists.revocation.deny;

    if (w->ask->marks != NULL || w->ask->use != NULL ||
        (deny != NULL && hp_deny_wants_ledger(deny)))
        return p->n_identities;
    return w->ask->want_id && p->n_identities > 0 ? 1 : 0;
}

/* What nobody is going to read is not made. */
static bool
identify(way *w)
{
    const hp_policy *p = w->policy;
    size_t i, n = ledger_ids_wanted(w);

    for (i = 0; i < n; i++) {
        if (!hp_identity_ledger(p->crypto, p->identities[i], w->format, &w->proof, &w->pass,
                                &w->arena, w->marks.ledger[i]))
            return stop(w, HP_FAULT);
    }
    w->marks.n_ledger = n;
    return show_pass_id(w);
}

static void
mark_kid(hp_marks *marks, hp_str kid)
{
    if (kid.n == HP_KID && marks->n_kids < HP_MARK_KIDS)
        memcpy(marks->kids[marks->n_kids++], kid.p, HP_KID);
}

/* As in not_withdrawn(). */
static void
mark_kids(way *w)
{
    const hp_record *other = NULL;

    mark_kid(&w->marks, w->proof.kid);
    while (!w->proof.kid_signed &&
           (other = hp_trust_other(w->policy->trust, w->signer, other)) != NULL)
        mark_kid(&w->marks, other->kid);
}

/* For whoever asks again when the pass is gone. */
static bool
mark_for_later(way *w)
{
    if (!hp_deny_numbers(w->policy->crypto, &w->pass, &w->arena, &w->marks))
        return stop(w, HP_FAULT);
    mark_kids(w);
    *w->ask->marks = w->marks;
    w->ask->marks->query.kid = (hp_str){ NULL, 0 }; /* which ends with the memory */
    return true;
}

static bool
mark(way *w)
{
    unsigned kinds = w->ask->marks != NULL ? HP_LISTED_ALL
                                           : hp_revocation_kinds(&w->policy->lists.revocation);

    if (!identify(w))
        return false;
    if (kinds != 0 &&
        !hp_query_make(w->policy->crypto, &w->proof, &w->pass, kinds, &w->arena,
                       &w->marks.query))
        return stop(w, HP_FAULT);
    return w->ask->marks == NULL || mark_for_later(w);
}

static bool
in_time(way *w)
{
    return hp_validity_pass(&w->pass, w->ask->now, w->policy->settings.clock_skew, w->why);
}

static bool
signer_allows(way *w)
{
    const hp_policy *p = w->policy;
    hp_signer_terms terms = { .list = !p->as_given, .country = p->settings.same_country,
                              .validity = p->settings.signer_validity,
                              .max_age = p->settings.trust_max_age, .now = w->ask->now };
    bool good = hp_signer_allowed(p->trust, &w->pass, &terms, &w->signer, w->why);

    w->verdict->overridden = w->stale_lists;
    return good || (*w->why == HP_TRUST_STALE && stale_is_allowed(w));
}

/* After the signature: nobody asks the lists about a pass that he made up. */
static bool
is_clear(way *w)
{
    const hp_policy *p = w->policy;
    hp_revocation_hit hit;
    bool clear = hp_revocation_clear(p->crypto, &p->lists.revocation, &w->marks, &w->pass,
                                     w->ask->now, &w->arena, &hit, w->why);

    if (hit.list != NULL) {
        (void)snprintf(w->verdict->list, sizeof(w->verdict->list), "%s", hit.list);
        memcpy(w->verdict->batch, hit.batch, sizeof(hit.batch));
    }
    return clear;
}

/*
 * Filters are kept by the id of the signer's key.  Where that is not signed, whoever shows the
 * pass can choose another id that lists give the same key: all of them count.
 */
static bool
not_withdrawn(way *w)
{
    const hp_record *other = NULL;
    bool clear = is_clear(w);

    if (w->proof.kid_signed || !hp_revocation_filters(&w->policy->lists.revocation))
        return clear;
    while (clear && (other = hp_trust_other(w->policy->trust, w->signer, other)) != NULL) {
        w->marks.query.kid = other->kid;
        clear = is_clear(w);
    }
    return clear;
}

/* A visit before now is one now. */
static double
visit_of(const hp_ask *ask)
{
    return ask->visit > ask->now && ask->visit <= HP_TIME_LAST ? ask->visit : ask->now;
}

/*
 * Who issued the pass is what the list says of its signer: what the pass says may be a ministry's
 * name, and then no invalidation rule would be found.
 */
static bool
meets_rules(way *w)
{
    const hp_policy *p = w->policy;
    hp_law_ask ask = { .now = w->ask->now, .visit = visit_of(w->ask),
                       .issuer = hp_str_of(w->signer->country),
                       .kid = w->proof.kid, .format = w->format->name,
                       .told = w->ask->told, .context = w->ask->told_context };

    if (p->settings.rules != HP_RULES_DOCUMENTS)
        return hp_rules_met(p->settings.rules, &w->pass, &w->verdict->rule, w->why);
    if (w->pass.event.kind == HP_KIND_NONE)
        return p->law.accepts_none || stop(w, HP_RULE_NONE);
    if (ask.issuer.n == 0)
        ask.issuer = w->pass.issuer;
    return hp_law_met(&p->law, &w->pass, &ask, &w->arena, &w->verdict->rule, w->why);
}

/* A pass that is over by the time of the visit is no use then, whatever its rules say. */
static bool
lasts(way *w)
{
    const hp_settings *s = &w->policy->settings;

    if (visit_of(w->ask) <= w->pass.valid_until + s->clock_skew || s->accepts_later)
        return true;
    w->verdict->rule = NULL; /* it is none of them that says so */
    return stop(w, HP_LATER);
}

static bool
is_bound(way *w)
{
    const hp_policy *p = w->policy;
    bool bound;

    if (w->ask->bound == NULL)
        return true;
    if (p->n_identities == 0 ||
        !hp_binding_holds(p->identities, p->n_identities, w->ask->bound, &w->pass.holder,
                          &w->arena, &bound))
        return stop(w, HP_FAULT);
    return bound || stop(w, HP_HOLDER);
}

/* Behind all that costs: how long it took says nothing about whom the pass names. */
static bool
names_person(way *w)
{
    const hp_person *person = w->ask->person;

    if ((person == NULL || hp_holder_is(&w->pass.holder, person, &w->arena, w->why)) &&
        is_bound(w))
        return true;
    w->verdict->rule = NULL; /* it is none of them that says so */
    return false;
}

/*
 * What the ledger is to be asked.  Last of all: only a pass that would be let in is a use, and how
 * often another one was shown is nobody's business.
 */
static bool
reckon(way *w)
{
    const hp_policy *p = w->policy;
    hp_use *use = w->ask->use;

    if (use == NULL)
        return true;
    if (p->n_identities == 0)
        return stop(w, HP_FAULT);
    use->pam = p->door == HP_DOOR_PAM;
    for (use->n = 0; use->n < w->marks.n_ledger; use->n++) {
        memcpy(use->pass[use->n], w->marks.ledger[use->n], HP_ID);
        if (!hp_identity_by(p->identities[use->n], use->pass[use->n], w->ask->by,
                            use->by[use->n]))
            return stop(w, HP_FAULT);
    }
    return true;
}

hp_reason
hp_settle(hp_verdict *verdict, const hp_use_terms *terms, const hp_use_answer *answer)
{
    bool over = answer->state == HP_USE_OVER;

    if (verdict->reason != HP_PENDING)
        return verdict->reason;
    if (answer->state == HP_USE_OK || over) {
        verdict->uses = answer->count;
        verdict->suspect = over && !terms->refuse;
        verdict->reason = over && terms->refuse ? HP_REUSED : HP_OK;
    } else if (terms->open)
        verdict->reason = HP_OK;
    else
        verdict->reason = answer->state == HP_USE_FULL ? HP_ZONE_FULL : HP_LEDGER_AWAY;
    return verdict->reason;
}

hp_reason
hp_verdict_set(hp_verdict *verdict, hp_reason reason)
{
    memset(verdict, 0, sizeof(*verdict));
    verdict->reason = reason;
    return reason;
}

const char *
hp_verdict_rule_text(const hp_policy *policy, const hp_verdict *verdict,
                     const char *const *languages)
{
    hp_reason r = verdict->reason;

    if (r != HP_RULE_FAILED && r != HP_RULE_OPEN && r != HP_LATER)
        return "";
    return hp_policy_rule_text(policy, verdict->rule, languages);
}

hp_reason
hp_exempt(hp_verdict *verdict, hp_str birth, double now, double visit, unsigned age)
{
    bool exempt = hp_visit_is_below(birth, now, visit_of(&(hp_ask){ .now = now, .visit = visit }),
                                    age);

    return hp_verdict_set(verdict, exempt ? HP_OK : HP_NO_PASS);
}

static bool
payload_serves(way *w)
{
    return read_payload(w) && mark(w) && in_time(w) && signer_allows(w) && not_withdrawn(w) &&
           meets_rules(w) && lasts(w) && names_person(w) && reckon(w);
}

/* What was withdrawn is so as a whole, and a fault is no answer. */
static bool
may_try_next(const way *w)
{
    return w->pass.more && !w->arena.full && !hp_reason_is_withdrawn(*w->why) &&
           !hp_reason_is_fault(*w->why);
}

/* The key multi_payload: as a rule there is one, and one try. */
static bool
any_payload_serves(way *w)
{
    bool good = payload_serves(w);

    while (!good && may_try_next(w)) {
        w->nth++;
        memset(&w->pass, 0, sizeof(w->pass));
        memset(&w->marks, 0, sizeof(w->marks));
        w->verdict->kind = 0;
        w->verdict->rule = NULL;
        good = payload_serves(w);
    }
    return good;
}

/*
 * Running out of memory is our fault, whatever a step made of it; the rule that took it stays
 * named.
 */
static hp_reason
judge(way *w)
{
    bool good = ready(w) && recognise(w) && open_envelope(w) && signature_holds(w) &&
                any_payload_serves(w);

    if (w->arena.full)
        *w->why = HP_FAULT;
    else if (good)
        *w->why = w->ask->use != NULL ? HP_PENDING : HP_OK;
    return *w->why;
}

hp_reason
hp_verify(const hp_policy *policy, const hp_ask *ask, hp_memory *memory, hp_verdict *verdict)
{
    way w = { .policy = policy, .ask = ask, .verdict = verdict, .why = &verdict->reason };

    (void)hp_verdict_set(verdict, HP_FAULT);
    w.arena = hp_arena_over(memory->p, memory->n);
    (void)judge(&w);
    memory->used = w.arena.used;
    if (ask->keep != NULL && verdict->kind != 0)
        *ask->keep = w.pass;
    else
        hp_done(memory);
    hp_wipe(&w.pass, sizeof(w.pass));
    hp_wipe(&w.marks, sizeof(w.marks));
    return verdict->reason;
}

void
hp_done(hp_memory *memory)
{
    hp_wipe(memory->p, memory->used);
    memory->used = 0;
}
