/*
 * How a PAM stack decides: _pam_dispatch_aux() of Linux-PAM's pam_dispatch.c, and all the ways
 * that answers may take through it; see stack.h.
 *
 * A way is known by where it stands and what libpam has in mind there: what it thinks so far, and
 * whether our module was asked.  These are few, so all of them are walked, whatever the modules
 * answer.
 */
#include "cli/stack.h"

#include <stdlib.h>

typedef enum { NOTHING, GOOD, BAD } impression;
typedef enum { FAILURE, RENEWAL, SUCCESS } answer; /* RENEWAL: new_authtok_reqd */
typedef enum { UNASKED, ACCEPTED, REFUSED } ours;

typedef struct {
    impression mind;
    answer status;
    ours pass;
} state;

#define STATES (3 * 3 * 3)

typedef struct {
    bool at[HP_STACK_MOST + 1][STATES]; /* [n]: behind the last line */
} reached;

static size_t
number_of(state s)
{
    return ((size_t)s.mind * 3 + (size_t)s.status) * 3 + (size_t)s.pass;
}

static state
state_of(size_t number)
{
    return (state){ (impression)(number / 9), (answer)(number / 3 % 3), (ours)(number % 3) };
}

void
hp_stack_row_of(const hp_stack *stack, hp_stack_type type, hp_stack_row *row)
{
    size_t i;

    row->type = type;
    row->n = 0;
    row->cut = false;
    for (i = 0; i < stack->n; i++) {
        const hp_stack_entry *entry = stack->entries[i];

        /* Its lines stand behind it; a substack stands for itself too, where lines are counted. */
        if (entry->line.kind == HP_STACK_INCLUDE ||
            (entry->line.type != type && entry->line.type != HP_STACK_ANY))
            continue;
        if (row->n == HP_STACK_MOST)
            row->cut = true;
        else
            row->entry[row->n++] = entry;
    }
}

/* ---- one step ------------------------------------------------------------------ */

static bool
goes_on(const hp_stack_row *row, size_t i, unsigned level)
{
    return i + 1 < row->n && row->entry[i + 1]->level >= level;
}

/* Where a decision at line i leads: behind its substack, or to the end. */
static size_t
after_decision(const hp_stack_row *row, size_t i)
{
    unsigned level = row->entry[i]->level;

    while (goes_on(row, i, level))
        i++;
    return i + 1;
}

/* Where a jump leads; *bad when it is farther than there are lines.  A substack counts as one. */
static size_t
after_jump(const hp_stack_row *row, size_t i, int jump, bool *bad)
{
    unsigned level = row->entry[i]->level;

    for (; goes_on(row, i, level) && jump > 0; jump--) {
        do {
            i++;
        } while (goes_on(row, i, level + 1));
    }
    *bad = jump > 0;
    return i + 1;
}

static void
take_good(state *s, int code)
{
    if (s->mind == NOTHING || (s->mind == GOOD && s->status == SUCCESS)) {
        s->mind = GOOD;
        s->status = code == HP_STACK_SUCCESS       ? SUCCESS
                    : code == HP_STACK_NEW_AUTHTOK ? RENEWAL
                                                   : FAILURE;
    }
}

static void
take_bad(state *s)
{
    s->mind = BAD;
    s->status = FAILURE;
}

/* Line i gives an answer: the state changes, and where it goes on comes back. */
static size_t
step(const hp_stack_row *row, size_t i, int code, state *s)
{
    int action = row->entry[i]->line.actions[code];
    bool far;
    size_t to;

    switch (action) {
    case HP_STACK_RESET: /* to what was before the substack: taken for nothing */
        s->mind = NOTHING;
        s->status = FAILURE;
        return i + 1;
    case HP_STACK_OK:
    case HP_STACK_DONE:
        take_good(s, code);
        return action == HP_STACK_DONE && s->mind == GOOD ? after_decision(row, i) : i + 1;
    case HP_STACK_BAD:
    case HP_STACK_DIE:
        take_bad(s);
        return action == HP_STACK_DIE ? after_decision(row, i) : i + 1;
    case HP_STACK_PASSES_BY:
        return i + 1;
    default:
        to = after_jump(row, i, action, &far);
        if (far)
            take_bad(s);
        return to;
    }
}

static bool
is_success(state s)
{
    return s.mind == GOOD && s.status == SUCCESS;
}

bool
hp_stack_decide(const hp_stack_row *row, const int *answers)
{
    state s = { NOTHING, FAILURE, UNASKED };
    size_t i = 0;

    while (i < row->n) {
        if (row->entry[i]->line.kind == HP_STACK_SUBSTACK)
            i++;
        else if (answers[i] == HP_STACK_INCOMPLETE)
            return false;
        else
            i = step(row, i, answers[i], &s);
    }
    return is_success(s);
}

/* ---- all ways ------------------------------------------------------------------ */

/* May the line give this answer?  Of a module that is not known: any. */
static bool
may_answer(const hp_stack_entry *entry, int code)
{
    const char *module = hp_stack_module(entry);

    if (code == HP_STACK_INCOMPLETE) /* the application asks again, or gives up */
        return false;
    if (entry->line.kind == HP_STACK_BROKEN)
        return code == 6; /* perm_denied */
    if (strcmp(module, "pam_permit.so") == 0)
        return code == HP_STACK_SUCCESS;
    if (strcmp(module, "pam_deny.so") == 0)
        return code != HP_STACK_SUCCESS && code != HP_STACK_IGNORE;
    return true;
}

/* A line of ours notes what it said; a substack only stands there. */
static size_t
walk_step(const hp_stack_row *row, size_t i, int code, state *s)
{
    if (row->entry[i]->line.kind == HP_STACK_SUBSTACK)
        return i + 1;
    if (hp_stack_is_ours(row->entry[i]))
        s->pass = code == HP_STACK_SUCCESS ? ACCEPTED : REFUSED;
    return step(row, i, code, s);
}

/* Marks what is reached from the front.  Every step leads onwards: one round does. */
static void
spread(const hp_stack_row *row, reached *r)
{
    size_t i, n;
    int code;

    memset(r, 0, sizeof(*r));
    r->at[0][number_of((state){ NOTHING, FAILURE, UNASKED })] = true;
    for (i = 0; i < row->n; i++) {
        for (n = 0; n < STATES; n++) {
            for (code = 0; r->at[i][n] && code < HP_STACK_CODES; code++) {
                state s = state_of(n);
                size_t to = may_answer(row->entry[i], code) ? walk_step(row, i, code, &s) : i;

                r->at[to][number_of(s)] = true;
            }
        }
    }
}

/* Marks from where one gets in, with this said by ours: one round from the end. */
static void
trace(const hp_stack_row *row, ours pass, reached *r)
{
    size_t i, n;
    int code;

    memset(r, 0, sizeof(*r));
    r->at[row->n][number_of((state){ GOOD, SUCCESS, pass })] = true;
    r->at[row->n][number_of((state){ GOOD, RENEWAL, pass })] = row->type == HP_STACK_ACCOUNT;
    for (i = row->n; i-- > 0;) {
        for (n = 0; n < STATES; n++) {
            for (code = 0; code < HP_STACK_CODES; code++) {
                state s = state_of(n);
                size_t to = may_answer(row->entry[i], code) ? walk_step(row, i, code, &s) : i;

                if (to > i && r->at[to][number_of(s)])
                    r->at[i][n] = true;
            }
        }
    }
}

bool
hp_stack_lets_in(const hp_stack_row *row)
{
    reached in;

    trace(row, ACCEPTED, &in);
    return in.at[0][number_of((state){ NOTHING, FAILURE, UNASKED })];
}

/* The first line of ours between two lines; n when there is none. */
static size_t
ours_between(const hp_stack_row *row, size_t from, size_t to)
{
    for (; from < to && from < row->n; from++) {
        if (hp_stack_is_ours(row->entry[from]))
            return from;
    }
    return row->n;
}

/* The module only looks at who it is, and where. */
static bool
is_condition(const hp_stack_entry *entry)
{
    static const char *const modules[] = { "pam_succeed_if.so", "pam_listfile.so", "pam_access.so",
                                           "pam_localuser.so", "pam_time.so" };
    size_t i;

    for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        if (strcmp(hp_stack_module(entry), modules[i]) == 0)
            return true;
    }
    return false;
}

/* Does a condition jump over line i, which is then for those only who meet it? */
static bool
is_guarded(const hp_stack_row *row, size_t i)
{
    size_t from;
    int code;
    bool far;

    for (from = 0; from < i; from++) {
        if (!is_condition(row->entry[from]))
            continue;
        for (code = 0; code < HP_STACK_CODES; code++) {
            int jump = row->entry[from]->line.actions[code];

            if (jump > 0 && after_jump(row, from, jump, &far) > i && !far)
                return true;
        }
    }
    return false;
}

static bool
is_meant(const hp_stack_row *row, size_t i, int code)
{
    const hp_stack_entry *entry = row->entry[i];

    return strcmp(hp_stack_module(entry), "pam_rootok.so") == 0 ||
        (is_condition(entry) && entry->line.actions[code] > 0) || is_guarded(row, i);
}

/* Does some answer of line i, where this is reached, lead past a line of ours and in? */
static bool
find_way(const hp_stack_row *row, const reached *from, const reached *in, size_t i,
         hp_stack_way *way)
{
    size_t n, past, to;
    int code;

    for (n = 0; n < STATES; n++) {
        for (code = 0; from->at[i][n] && code < HP_STACK_CODES; code++) {
            state s = state_of(n);

            if (s.pass != UNASKED || !may_answer(row->entry[i], code))
                continue;
            to = walk_step(row, i, code, &s);
            past = ours_between(row, i + 1, to);
            if (past == row->n || !in->at[to][number_of(s)])
                continue;
            *way = (hp_stack_way){ i, past, code, is_meant(row, i, code) };
            return true;
        }
    }
    return false;
}

size_t
hp_stack_ways(const hp_stack_row *row, hp_stack_way *ways, size_t max)
{
    reached from, in;
    size_t i, n = 0;

    spread(row, &from);
    trace(row, UNASKED, &in);
    for (i = 0; i < row->n && n < max; i++)
        n += find_way(row, &from, &in, i, &ways[n]);
    return n;
}

/* Does some answer of line i make nothing of a refusal, and lead in? */
static bool
resets(const hp_stack_row *row, const reached *from, const reached *in, size_t i)
{
    int code;

    for (code = 0; code < HP_STACK_CODES; code++) {
        if (row->entry[i]->line.actions[code] == HP_STACK_RESET &&
            may_answer(row->entry[i], code) &&
            from->at[i][number_of((state){ BAD, FAILURE, REFUSED })] &&
            in->at[i + 1][number_of((state){ NOTHING, FAILURE, REFUSED })])
            return true;
    }
    return false;
}

size_t
hp_stack_forgets(const hp_stack_row *row)
{
    reached from, in;
    size_t i;

    spread(row, &from);
    trace(row, REFUSED, &in);
    for (i = 0; i < row->n && !resets(row, &from, &in, i); i++)
        ;
    return i;
}
