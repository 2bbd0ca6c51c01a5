/*
 * What clearances and exemptions are worth under a policy; see hp.h.
 *
 * A clearance rests on what was judged then.  It ends with any change of the policy file, the
 * rules, the newest identity key, the indexes and the deny list, but for ledger ids: those are
 * looked up.
 * What the trust lists say is not asked again: it ends with its own time.
 */
#include "policy/policy.h"

#include <math.h>

static const hp_str policy_word = { (const uint8_t *)"policy", 7 };
static const hp_str use_word = { (const uint8_t *)"use", 4 };

/* Which policy is it?  Keyed by the newest identity key, because blocks to come are made by it. */
static bool
mark(const hp_policy *p, uint8_t id[HP_ID])
{
    uint64_t marks[] = { p->text_mark, p->rules != NULL ? hp_ruleset_mark(p->rules) : 0,
                         p->lists.mark };
    uint8_t numbers[sizeof(marks)], mac[HP_SHA256];
    hp_str parts[] = { policy_word, { numbers, sizeof(numbers) },
                       { (const uint8_t *)p->path, strlen(p->path) + 1 },
                       hp_str_of(p->rules_set != NULL ? p->rules_set : "") };
    size_t i;

    for (i = 0; i < sizeof(numbers); i++) /* whatever the machine's byte order */
        numbers[i] = (uint8_t)(marks[i / 8] >> (56 - 8 * (i % 8)));
    if (!hp_hmac_over(p->identities[0], parts, 4, mac))
        return false;
    memcpy(id, mac, HP_ID);
    return true;
}

static bool
is_blocked(const hp_policy *p, const hp_clearance *c, double now)
{
    const hp_deny *deny = p->lists.revocation.deny;

    return deny != NULL && hp_deny_has_ledger(deny, (const uint8_t(*)[HP_ID])c->ids, c->n, now);
}

/* ---- clearances ---------------------------------------------------------------------------- */

void
hp_clear_note(hp_clearance *won, const hp_marks *marks, double valid_until)
{
    uint64_t end = valid_until >= HP_TIME_LAST ? (uint64_t)HP_TIME_LAST
                   : valid_until > 0           ? (uint64_t)valid_until : 1;
    size_t i;

    if (won->until == 0 || end < won->until)
        won->until = end;
    for (i = 0; i < marks->n_ledger; i++, won->n++) {
        if (won->n < HP_CLEARANCE_IDS)
            memcpy(won->ids[won->n], marks->ledger[i], HP_ID);
    }
}

bool
hp_clear_give(const hp_policy *policy, const hp_clear_terms *terms, hp_clearance *won,
              char text[HP_CLEARANCE_TEXT])
{
    uint64_t end;

    if (policy->n_identities == 0 || !(terms->now >= 0 && terms->now <= HP_TIME_LAST))
        return false;
    won->issued = (uint64_t)terms->now;
    end = won->issued + terms->ttl;
    if (end < won->until)
        won->until = end;
    return won->until > won->issued && mark(policy, won->policy) &&
           hp_clearance_write(terms->keys, won, &terms->whom, text);
}

/* Once the policy judges nobody, neither does a clearance help. */
static void
answer(const hp_policy *p, const hp_clearance *c, double now, hp_verdict *verdict)
{
    hp_reason why;
    bool judges = hp_policy_judges(p, now, &why);

    (void)hp_verdict_set(verdict, judges ? HP_OK : why);
    if (judges)
        verdict->valid_until = (double)c->until;
}

static hp_clearance_found
holds(const hp_policy *p, const hp_clear_terms *terms, const hp_clearance *c)
{
    uint8_t now[HP_ID];

    if (terms->now >= (double)c->issued + terms->ttl)
        return HP_CLEARANCE_EXPIRED;
    if (!mark(p, now))
        return HP_CLEARANCE_FAILED;
    if (!hp_same_secret(now, c->policy, HP_ID))
        return HP_CLEARANCE_CHANGED;
    return is_blocked(p, c, terms->now) ? HP_CLEARANCE_BLOCKED : HP_CLEARANCE_GOOD;
}

hp_clearance_found
hp_clear_take(const hp_policy *policy, const hp_clear_terms *terms, hp_str text,
              hp_verdict *verdict)
{
    hp_clearance_found found;
    hp_clearance c;

    if (policy->n_identities == 0)
        return HP_CLEARANCE_FAILED;
    found = hp_clearance_read(terms->keys, text, &terms->whom, terms->now, &c);
    if (found == HP_CLEARANCE_GOOD)
        found = holds(policy, terms, &c);
    if (found == HP_CLEARANCE_GOOD)
        answer(policy, &c, terms->now, verdict);
    return found;
}

/* ---- exemptions ---------------------------------------------------------------------------- */

static hp_reason
reason_of(hp_clearance_found found)
{
    switch (found) {
    case HP_CLEARANCE_GOOD:
        return HP_PENDING;
    case HP_CLEARANCE_MALFORMED:
        return HP_ENCODING;
    case HP_CLEARANCE_FOREIGN:
        return HP_SIGNATURE;
    case HP_CLEARANCE_EXPIRED:
        return HP_EXPIRED;
    case HP_CLEARANCE_OTHERS:
        return HP_HOLDER;
    case HP_CLEARANCE_BLOCKED:
        return HP_DENIED_HERE;
    case HP_CLEARANCE_CHANGED:
    case HP_CLEARANCE_FAILED:
        break;
    }
    return HP_FAULT;
}

/*
 * Each request is another one who uses it, so that the ledger lets in the first.  The id is random
 * and needs no key: a ring may be rotated meanwhile.
 */
static bool
use_once(const hp_policy *p, const hp_clear_terms *terms, const hp_clearance *c, hp_str request,
         hp_use *use, hp_use_terms *use_terms)
{
    hp_str parts[] = { use_word, { c->ids[0], HP_ID }, request };
    double left = ceil((double)c->until - terms->now);
    uint8_t by[HP_SHA256];

    if (request.n == 0 || !hp_clearance_keys_over(terms->keys, 0, parts, 3, by))
        return false;
    *use = (hp_use){ .pam = p->door == HP_DOOR_PAM, .n = 1 };
    memcpy(use->pass[0], c->ids[0], HP_ID);
    memcpy(use->by[0], by, HP_BY);
    *use_terms = (hp_use_terms){ .limit = 1, .refuse = true };
    use_terms->window = left < HP_USE_WINDOW_MAX ? (uint32_t)left : HP_USE_WINDOW_MAX;
    return true;
}

static hp_reason
judge(const hp_policy *p, const hp_clear_terms *terms, hp_str text, hp_clearance *c)
{
    hp_clearance_found found;
    hp_reason why;

    if (!hp_policy_judges(p, terms->now, &why))
        return why;
    if (p->n_identities == 0)
        return HP_FAULT;
    found = hp_exemption_read(terms->keys, hp_str_trim(text), &terms->whom, terms->now, c);
    if (found == HP_CLEARANCE_GOOD && is_blocked(p, c, terms->now))
        found = HP_CLEARANCE_BLOCKED;
    return reason_of(found);
}

hp_reason
hp_exempt_take(const hp_policy *policy, const hp_clear_terms *terms, hp_str text, hp_str request,
               hp_use *use, hp_use_terms *use_terms, hp_clearance *won, hp_verdict *verdict)
{
    hp_clearance c;
    hp_marks marks;

    if (hp_verdict_set(verdict, judge(policy, terms, text, &c)) != HP_PENDING)
        return verdict->reason;
    verdict->format = "exemption";
    verdict->valid_until = (double)c.until;
    if (!use_once(policy, terms, &c, request, use, use_terms))
        return hp_verdict_set(verdict, HP_FAULT);
    verdict->has_pass_id = hp_identity_shown(policy->identities[0], HP_STR("exemption"), 0,
                                             c.ids[0], verdict->pass_id);
    memset(&marks, 0, sizeof(marks));
    memcpy(marks.ledger[0], c.ids[0], HP_ID);
    marks.n_ledger = 1;
    if (won != NULL)
        hp_clear_note(won, &marks, verdict->valid_until);
    return verdict->reason;
}
