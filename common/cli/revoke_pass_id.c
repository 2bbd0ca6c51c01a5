/*
 * revoke add --pass-id: blocks the pass that a log line is about, found through the ledger.
 *
 * A pass id is made of a ledger id and a day by an identity key, and tells neither: each row of the
 * ledger is tried with each key of the ring and each day.
 */
#include "cli/revoke.h"

#include "base/hex.h"
#include "base/time.h"
#include "cli/ledger_rows.h"
#include "cli/policy_file.h"

#define LEAST 8 /* digits: what the lines of PAM show */

/* One search. */
typedef struct {
    const hp_cli_command *self;
    const hp_revoke_what *what;
    hp_policy *policy;
    uint64_t today;
    const hp_ledger_row *found;
    uint64_t found_on;
    char found_id[HP_HEX_TEXT(HP_ID)];
    bool ambiguous, failed;
} search;

/* Digits of either case. */
static bool
matches(const search *s, const char *id)
{
    return strncasecmp(s->what->pass_id, id, strlen(s->what->pass_id)) == 0;
}

static void
try_row(search *s, const hp_ledger_row *row, size_t key, uint64_t day)
{
    char text[HP_HEX_TEXT(HP_ID)];
    uint8_t id[HP_ID];

    if (!hp_ledger_shown(s->policy, key, day, row, id)) {
        s->failed = true;
        return;
    }
    hp_hex_write((hp_str){ id, HP_ID }, text);
    if (!matches(s, text))
        return;
    s->ambiguous = s->ambiguous || (s->found != NULL && s->found != row);
    s->found = row;
    s->found_on = day;
    memcpy(s->found_id, text, sizeof(text));
}

/* The latest day first; a few digits may be those of two passes on one day, or on two. */
static void
try_all(search *s, const hp_ledger_rows *rows)
{
    uint64_t days = hp_ledger_by_day(s->policy) ? (uint64_t)s->what->days : 1, day;
    bool whole = strlen(s->what->pass_id) == 2 * HP_ID;
    size_t i, key;

    for (day = 0; day < days && !s->failed && !(whole && s->found != NULL); day++) {
        for (key = 0; key < s->policy->n_identities; key++) {
            for (i = 0; i < rows->n; i++)
                try_row(s, &rows->all[i], key, s->today - day);
        }
    }
}

static int
say_missing(const search *s, size_t n)
{
    char name[HP_LEDGER_NAMED], days[48] = "";

    if (hp_ledger_by_day(s->policy))
        (void)snprintf(days, sizeof(days), " in the last %ld days", s->what->days);
    return hp_cli_say(s->self, HP_EXIT_REFUSED, "--pass-id: none of the %zu passes in the ledger "
                      "%s was called so%s: nothing is blocked. Its uses may have ended (a ledger "
                      "keeps a pass for its window), or the line is of a place with another ledger "
                      "or identity key (see --policy, --door, --from, --days); the pass itself is "
                      "blocked by --pass", n,
                      hp_ledger_named(s->policy, s->what->from, name), days);
}

static int
say_ambiguous(const search *s)
{
    return hp_cli_say(s->self, HP_EXIT_REFUSED, "--pass-id: several passes in the ledger were "
                      "called so: nothing is blocked, expected more digits (or fewer --days)");
}

static void
tell_found(const search *s)
{
    char day[HP_TIME_TEXT];

    hp_time_write((double)s->found_on * 86400, day);
    day[sizeof("2026-11-28") - 1] = '\0';
    printf("found: pass=%s%s%s, shown for %u\n", s->found_id,
           hp_ledger_by_day(s->policy) ? " of " : "", hp_ledger_by_day(s->policy) ? day : "",
           s->found->count);
}

static int
find(search *s, const hp_ledger_rows *rows, hp_blocks *blocks)
{
    try_all(s, rows);
    if (s->failed)
        return hp_cli_say(s->self, HP_EXIT_FAULT, "crypto failed");
    if (s->found == NULL)
        return say_missing(s, rows->n);
    if (s->ambiguous)
        return say_ambiguous(s);
    if (!hp_revoke_put(blocks, 'L', 0, s->found->pass))
        return hp_cli_say(s->self, HP_EXIT_FAULT, "out of memory");
    tell_found(s);
    return HP_EXIT_OK;
}

static int
search_ledger(search *s, hp_blocks *blocks)
{
    double now = hp_cli_now();
    hp_ledger_rows rows;
    hp_error error;
    int status;

    if (!hp_policy_can_count(s->policy))
        return hp_cli_say(s->self, HP_EXIT_FAULT, "%s: names no identity_key, without which no "
                          "pass has an id", hp_policy_path(s->policy));
    s->today = (uint64_t)(now / 86400);
    status = hp_ledger_rows_read(s->policy, s->what->from, now, &rows, &error)
                 ? find(s, &rows, blocks) : hp_cli_say(s->self, HP_EXIT_FAULT, "%s", error.text);
    hp_ledger_rows_free(&rows);
    return status;
}

bool
hp_revoke_is_pass_id(const char *text)
{
    size_t n = strlen(text);

    return n >= LEAST && n <= 2 * HP_ID && strspn(text, "0123456789abcdefABCDEF") == n;
}

int
hp_revoke_pass_id(const hp_cli_command *self, const hp_revoke_what *what, hp_blocks *blocks)
{
    search s = { .self = self, .what = what };
    const hp_policy_from from = { .path = what->policy == NULL ? HP_REVOKE_POLICY : what->policy,
                                  .door = hp_cli_door(what->door),
                                  .without_lists = true };
    hp_error error;
    int status;

    status = hp_policy_load_watched(&from, NULL, &s.policy, NULL, &error) == HP_LOAD_OK
                 ? search_ledger(&s, blocks) : hp_cli_say(self, HP_EXIT_FAULT, "%s", error.text);
    hp_policy_free(s.policy);
    return status;
}
