/* Withdrawn passes; see revocation.h. */
#include "check/revocation.h"

unsigned
hp_revocation_kinds(const hp_revocation *r)
{
    unsigned kinds = r->deny != NULL ? hp_deny_kinds(r->deny) : 0;
    size_t i;

    for (i = 0; i < r->n; i++)
        kinds |= hp_index_kinds(r->indexes[i]);
    return kinds;
}

bool
hp_revocation_filters(const hp_revocation *r)
{
    size_t i = 0;

    while (i < r->n && hp_index_slices(r->indexes[i]) == 0)
        i++;
    return i < r->n;
}

static bool
refuse(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return false;
}

/* An operator's block comes first: it is what he looks for in the log. */
static bool
is_allowed_here(hp_crypto *crypto, const hp_revocation *r, const hp_marks *marks,
                const hp_pass *pass, double now, hp_arena *arena, hp_revocation_hit *hit,
                hp_reason *why)
{
    bool denied;

    if (r->deny == NULL)
        return true;
    if (!hp_deny_find(crypto, r->deny, &marks->query, pass, marks->ledger, marks->n_ledger, now,
                      arena, &denied))
        return refuse(why, HP_FAULT);
    if (!denied)
        return true;
    hit->list = HP_DENY_NAME;
    return refuse(why, HP_DENIED_HERE);
}

/* A batch whose name is damaged stays a hit; it has none then. */
static void
note(const hp_index *index, uint32_t nth, hp_revocation_hit *hit)
{
    hp_batch batch;

    hit->list = hp_index_source_of(index, nth)->name;
    if (hp_index_batch(index, nth, &batch))
        memcpy(hit->batch, batch.id, sizeof(hit->batch));
    else
        hit->batch[0] = '\0';
}

/* Listed is certain, whatever another list is worth; damaged is worse than maybe. */
static int
weight(hp_index_answer answer)
{
    static const int weights[] = {
        [HP_INDEX_CLEAR] = 0, [HP_INDEX_MAYBE] = 1, [HP_INDEX_DAMAGED] = 2, [HP_INDEX_LISTED] = 3,
    };

    return weights[answer];
}

static hp_index_answer
ask_indexes(hp_crypto *crypto, const hp_revocation *r, const hp_query *query, double now,
            hp_revocation_hit *hit)
{
    hp_index_answer worst = HP_INDEX_CLEAR, one;
    uint32_t batch;
    size_t i;

    for (i = 0; i < r->n; i++) {
        one = hp_index_find(crypto, r->indexes[i], query, now, &batch);
        if (weight(one) <= weight(worst))
            continue;
        worst = one;
        if (one == HP_INDEX_LISTED || one == HP_INDEX_MAYBE)
            note(r->indexes[i], batch, hit);
    }
    return worst;
}

bool
hp_revocation_clear(hp_crypto *crypto, const hp_revocation *r, const hp_marks *marks,
                    const hp_pass *pass, double now, hp_arena *arena, hp_revocation_hit *hit,
                    hp_reason *why)
{
    *hit = (hp_revocation_hit){ .list = NULL };
    if (!is_allowed_here(crypto, r, marks, pass, now, arena, hit, why))
        return false;
    switch (ask_indexes(crypto, r, &marks->query, now, hit)) {
    case HP_INDEX_CLEAR:
        return true;
    case HP_INDEX_MAYBE:
        return r->accepts_maybe || refuse(why, HP_REVOKED_MAYBE);
    case HP_INDEX_LISTED:
        return refuse(why, HP_REVOKED);
    case HP_INDEX_DAMAGED:
        break;
    }
    return refuse(why, HP_FAULT);
}

static hp_fate
withdrawn(hp_reason *why, hp_reason reason)
{
    *why = reason;
    return HP_WITHDRAWN;
}

/* Under every id of its signer's key; one that lists no filter by it is asked for the rest. */
static hp_index_answer
ask_by_kids(hp_crypto *crypto, const hp_revocation *r, const hp_marks *marks, double now,
            hp_revocation_hit *hit)
{
    hp_query query = marks->query;
    hp_index_answer worst = HP_INDEX_CLEAR, one;
    hp_revocation_hit where = { .list = NULL };
    size_t i = 0;

    do {
        query.kid = (hp_str){ marks->kids[i], i < marks->n_kids ? HP_KID : 0 };
        one = ask_indexes(crypto, r, &query, now, &where);
        if (weight(one) > weight(worst)) {
            worst = one;
            *hit = where;
        }
    } while (++i < marks->n_kids);
    return worst;
}

static bool
may_begin_so(const hp_revocation *r, const hp_marks *marks, double since, double now)
{
    return r->deny != NULL && marks->n_numbers > 0 && hp_deny_prefix_since(r->deny, since, now);
}

hp_fate
hp_revocation_fate(hp_crypto *crypto, const hp_revocation *r, const hp_marks *marks,
                       double since, double now, hp_revocation_hit *hit, hp_reason *why)
{
    hp_index_answer answer;

    *hit = (hp_revocation_hit){ .list = NULL };
    if (r->deny != NULL && hp_deny_has(r->deny, marks, now)) {
        hit->list = HP_DENY_NAME;
        return withdrawn(why, HP_DENIED_HERE);
    }
    answer = ask_by_kids(crypto, r, marks, now, hit);
    if (answer == HP_INDEX_LISTED)
        return withdrawn(why, HP_REVOKED);
    if (answer == HP_INDEX_MAYBE && !r->accepts_maybe)
        return withdrawn(why, HP_REVOKED_MAYBE);
    *why = HP_FAULT;
    return answer == HP_INDEX_DAMAGED || may_begin_so(r, marks, since, now) ? HP_UNCERTAIN
                                                                            : HP_STANDS;
}
