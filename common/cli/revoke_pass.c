/*
 * The keys of a pass: all that it could be listed under, and its ledger id here.
 *
 * The pass must be genuine, though it may have ended: whoever could block by a forgery would keep
 * others out.  Lists of withdrawn passes that are gone, damaged or old are no reason not to block
 * one.  Nothing of what it says is printed.
 */
#include "cli/revoke.h"

#include "cli/input.h"
#include "cli/trusting.h"
#include "policy/policy.h"

#include <errno.h>
#include <stdlib.h>

/* One run. */
typedef struct {
    const hp_cli_command *self;
    const hp_revoke_what *what;
    hp_policy *policy;
    hp_memory memory;
    hp_keys *keys;
    uint8_t *bytes, *room; /* HP_INPUT_ROOM of them, each */
    hp_blocks *blocks;
} blocker;

/* ---- its keys ------------------------------------------------------------------------------ */

static bool
is_of_token(hp_listed_kind kind)
{
    return kind == HP_LISTED_SIGNATURE || kind == HP_LISTED_PROOF || kind == HP_LISTED_2D_DOC;
}

static bool
put_query(const blocker *b, const hp_query *query)
{
    size_t i;

    for (i = 0; i < query->n; i++) {
        if (b->what->token_only && !is_of_token(query->keys[i].kind))
            continue;
        if (!hp_revoke_put(b->blocks, hp_listed_letter(query->keys[i].kind), 0,
                           query->keys[i].hash))
            return false;
    }
    return true;
}

/*
 * The newest key writes, each of the ring may have written.  With --trust the identity key is one
 * of this run, which no gate knows.
 */
static bool
put_ledger(const blocker *b, const hp_marks *marks)
{
    size_t i, n = b->what->removing || marks->n_ledger == 0 ? marks->n_ledger : 1;

    if (b->policy->as_given || b->what->token_only)
        return true;
    for (i = 0; i < n; i++) {
        if (!hp_revoke_put(b->blocks, 'L', 0, marks->ledger[i]))
            return false;
    }
    return true;
}

/* A block by --uci, which the pass would not be free without. */
static bool
put_numbers(const blocker *b, const hp_pass *pass)
{
    hp_query_entry entries[HP_QUERY_ENTRIES];
    hp_arena arena = hp_arena_over(b->room, HP_INPUT_ROOM);
    hp_str number;
    bool good = true;
    size_t i, n;

    if (!b->what->removing || b->what->token_only)
        return true;
    if (!hp_query_entries(pass, entries, &n))
        return false;
    for (i = 0; good && i < n; i++) {
        number = hp_identity_number(entries[i].ci, &arena);
        good = number.p != NULL &&
               hp_revoke_put_text(b->policy->crypto, b->blocks, 'I', 0, &number, 1);
        hp_arena_return(&arena, 0);
    }
    return good;
}

static int
put_marks(const blocker *b, const hp_marks *marks, const hp_pass *pass)
{
    if (marks->query.n > 0 && put_query(b, &marks->query) && put_ledger(b, marks) &&
        put_numbers(b, pass))
        return HP_EXIT_OK;
    return hp_cli_say(b->self, HP_EXIT_FAULT, "%s: its keys cannot be made", b->what->pass);
}

/* ---- of what nobody has shown to be genuine ------------------------------------------------ */

/* What a pass says, outside of a verdict. */
typedef struct {
    const hp_format *format;
    hp_proof proof;
    hp_pass pass;
} content;

static bool
read_content(const blocker *b, hp_str text, hp_arena *arena, content *c, hp_reason *why)
{
    hp_reading how = { .schema = b->policy->settings.schema };

    text = hp_format_trim(text);
    if (text.n > HP_TEXT_MAX) {
        *why = HP_TOO_LONG;
        return false;
    }
    c->format = hp_format_find(text, HP_FORMATS_ALL, why);
    return c->format != NULL && c->format->open(text, arena, &c->proof, why) &&
           c->format->read(&c->proof, &how, arena, &c->pass, why);
}

static bool
make_marks(const blocker *b, const content *c, hp_arena *arena, hp_marks *marks)
{
    const hp_policy *p = b->policy;
    bool good = hp_query_make(p->crypto, &c->proof, &c->pass, HP_LISTED_ALL, arena,
                              &marks->query);

    for (marks->n_ledger = 0; good && marks->n_ledger < p->n_identities; marks->n_ledger++)
        good = hp_identity_ledger(p->crypto, p->identities[marks->n_ledger], c->format, &c->proof,
                                  &c->pass, arena, marks->ledger[marks->n_ledger]);
    return good;
}

static int
put_unproven(const blocker *b, hp_str text)
{
    hp_arena arena = hp_arena_over(b->memory.p, b->memory.n);
    content c = { .pass = { .document = NULL } };
    hp_reason why = HP_FAULT;
    hp_marks marks;
    int status;

    if (!read_content(b, text, &arena, &c, &why))
        status = hp_cli_say(b->self, HP_EXIT_REFUSED, "%s: cannot be read: %s", b->what->pass,
                            hp_reason_name(why));
    else if (!make_marks(b, &c, &arena, &marks))
        status = hp_cli_say(b->self, HP_EXIT_FAULT, "%s: its keys cannot be made", b->what->pass);
    else
        status = put_marks(b, &marks, &c.pass);
    hp_wipe(b->memory.p, arena.used);
    return status;
}

/* ---- is it genuine? ------------------------------------------------------------------------ */

static int
put_text(blocker *b, hp_str text)
{
    hp_pass pass = { .document = NULL };
    hp_marks marks = { .n_ledger = 0 };
    hp_verdict verdict;
    hp_ask ask = { .text = text, .now = hp_cli_now(), .any_now = b->policy->as_given,
                   .keys = b->keys, .keep = &pass, .marks = &marks };
    hp_reason why = hp_verify(b->policy, &ask, &b->memory, &verdict);
    int status;

    /* The kind is set once the signature holds, whatever is refused then. */
    if (verdict.kind != '\0') {
        status = put_marks(b, &marks, &pass);
        hp_done(&b->memory);
        return status;
    }
    if (!b->what->any)
        return hp_cli_say(b->self, hp_reason_is_fault(why) ? HP_EXIT_FAULT : HP_EXIT_REFUSED,
                          "%s: is not shown to be genuine: %s; with --any its keys are taken all "
                          "the same", b->what->pass, hp_reason_name(why));
    (void)hp_cli_say(b->self, 0, "warning: %s: is not shown to be genuine: %s; these are the keys "
                     "of what it says", b->what->pass, hp_reason_name(why));
    return put_unproven(b, text);
}

/* ---- reading it ---------------------------------------------------------------------------- */

static int
put_file(blocker *b)
{
    const char *path = b->what->pass;
    size_t n = 0;
    hp_input input = strcmp(path, "-") == 0 ? hp_input_line(stdin, b->bytes, &n)
                                            : hp_input_file(path, b->bytes, &n);
    int status;

    if (input == HP_INPUT_FAILED)
        return hp_cli_say(b->self, HP_EXIT_FAULT, "%s: %s", path, strerror(errno));
    if (input == HP_INPUT_PASS)
        status = put_text(b, (hp_str){ b->bytes, n });
    else
        status = hp_cli_say(b->self, HP_EXIT_REFUSED, "%s: %s", path,
                            input == HP_INPUT_END ? "no pass on standard input"
                                                  : "is too long for a pass");
    hp_wipe(b->bytes, n);
    return status;
}

static int
put_pass(blocker *b)
{
    int status;

    b->memory = (hp_memory){ .p = malloc(HP_MEMORY), .n = HP_MEMORY };
    b->bytes = malloc(HP_INPUT_ROOM);
    b->room = malloc(HP_INPUT_ROOM);
    b->keys = hp_keys_new(HP_KEYS);
    status = b->memory.p != NULL && b->bytes != NULL && b->room != NULL && b->keys != NULL
                 ? put_file(b) : hp_cli_say(b->self, HP_EXIT_FAULT, "out of memory");
    free(b->memory.p);
    free(b->bytes);
    free(b->room);
    hp_keys_free(b->keys);
    return status;
}

int
hp_revoke_pass(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks)
{
    blocker b = { .self = self, .what = what, .blocks = blocks };
    const hp_policy_from from = { .path = what->policy == NULL ? HP_REVOKE_POLICY : what->policy,
                                  .door = HP_DOOR_NONE, .without_lists = true };
    hp_error error;
    hp_load loaded;
    int status;

    loaded = what->trust.n != 0
        ? hp_policy_trusting(what->trust.text, what->trust.n, hp_trusting, false, &b.policy, &error)
        : hp_policy_load_watched(&from, NULL, &b.policy, NULL, &error);
    status = loaded == HP_LOAD_OK ? put_pass(&b)
                                  : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    hp_policy_free(b.policy);
    return status;
}
