/*
 * What became of a session's pass.  Its end is in the record; whether it was withdrawn since is
 * asked of the lists of the policy that it was judged by.  Nothing else of a policy counts: a rule
 * that changed today does not end a session that began yesterday.
 */
#include "cli/recheck.h"

#include "hp.h"

#include <stdlib.h>

/* A policy that some record names. */
typedef struct {
    const hp_session *of; /* the first one that does */
    hp_policy *policy;    /* NULL: it cannot be read */
} loaded;

typedef struct {
    const hp_cli_command *self;
    int folder;
    double now;
    char boot[HP_BOOT];
    hp_recheck_rows *rows;
    loaded *policies;
    size_t n_policies;
    bool no_memory, fault;
} look;

/* ---- policies ---------------------------------------------------------------------------- */

static hp_policy *
load(look *l, const hp_session *record)
{
    const char *rules = record->rules[0] != '\0' ? record->rules : NULL;
    hp_policy *policy;
    hp_error error;

    if (hp_policy_load_set(record->policy, HP_DOOR_PAM, rules, &policy, &error) == HP_LOAD_OK)
        return policy;
    (void)hp_cli_say(l->self, 0, "%s", error.text);
    l->fault = true;
    return NULL;
}

/* Read once for all sessions that were judged by it. */
static hp_policy *
policy_of(look *l, const hp_session *record)
{
    loaded *p = l->policies;
    size_t i;

    for (i = 0; i < l->n_policies; i++, p++) {
        if (strcmp(p->of->policy, record->policy) == 0 && strcmp(p->of->rules, record->rules) == 0)
            return p->policy;
    }
    l->n_policies++;
    *p = (loaded){ .of = record, .policy = load(l, record) };
    return p->policy;
}

/* ---- one session ------------------------------------------------------------------------- */

static hp_recheck_state
over(hp_recheck_row *row, hp_reason why)
{
    row->why = why;
    return HP_RECHECK_OVER;
}

static hp_recheck_state
state_of(look *l, hp_recheck_row *row)
{
    const hp_session *r = &row->record;
    hp_policy *policy;

    if (strcmp(r->boot, l->boot) != 0 || !hp_process_runs(&r->leader))
        return HP_RECHECK_GONE;
    policy = policy_of(l, r);
    if (policy != NULL && hp_policy_basis(policy, l->now) == HP_BASIS_OFF)
        return HP_RECHECK_HOLDS; /* nobody needs a pass here any more */
    if (l->now >= (double)r->until)
        return over(row, HP_EXPIRED);
    row->why = HP_FAULT;
    if (policy == NULL)
        return HP_RECHECK_UNCERTAIN;
    switch (hp_policy_fate(policy, &r->marks, (double)r->judged, l->now, &row->why)) {
    case HP_STANDS:
        return HP_RECHECK_HOLDS;
    case HP_WITHDRAWN:
        return HP_RECHECK_OVER;
    case HP_UNCERTAIN:
        break;
    }
    return HP_RECHECK_UNCERTAIN;
}

/* ---- all of them ------------------------------------------------------------------------- */

static bool
take(void *context, const char *id)
{
    look *l = context;
    hp_recheck_row *rows = realloc(l->rows->rows, (l->rows->n + 1) * sizeof(*rows)), *row;
    hp_error error;

    l->no_memory = rows == NULL;
    if (rows == NULL)
        return false;
    l->rows->rows = rows;
    row = &rows[l->rows->n];
    *row = (hp_recheck_row){ .state = HP_RECHECK_HOLDS };
    memcpy(row->id, id, HP_SESSION_ID);
    switch (hp_session_load(l->folder, id, &row->record, &error)) {
    case HP_SESSION_NONE: /* it has closed since */
        return true;
    case HP_SESSION_DAMAGED:
        (void)hp_cli_say(l->self, 0, "%s", error.text);
        row->state = HP_RECHECK_DAMAGED;
        l->fault = true;
        break;
    case HP_SESSION_READ:
        break;
    }
    l->rows->n++;
    return true;
}

static void
judge(look *l)
{
    size_t i;

    for (i = 0; i < l->rows->n; i++) {
        hp_recheck_row *row = &l->rows->rows[i];

        if (row->state != HP_RECHECK_DAMAGED)
            row->state = state_of(l, row);
        l->fault = l->fault || row->state == HP_RECHECK_UNCERTAIN;
    }
}

bool
hp_recheck_look(const hp_cli_command *self, int folder, double now, hp_recheck_rows *rows,
                bool *fault)
{
    look l = { .self = self, .folder = folder, .now = now, .rows = rows };
    bool good = hp_boot_read(l.boot) && hp_session_walk(folder, take, &l) && !l.no_memory;
    size_t i;

    l.policies = good ? calloc(rows->n + 1, sizeof(*l.policies)) : NULL;
    if (l.policies != NULL)
        judge(&l);
    for (i = 0; i < l.n_policies; i++)
        hp_policy_free(l.policies[i].policy);
    *fault = *fault || l.fault;
    good = l.policies != NULL;
    free(l.policies);
    return good;
}

void
hp_recheck_free(hp_recheck_rows *rows)
{
    if (rows->rows != NULL)
        hp_wipe(rows->rows, rows->n * sizeof(*rows->rows));
    free(rows->rows);
    *rows = (hp_recheck_rows){ NULL, 0 };
}
