/* The text of a deny list: within bounds and looked up as it is written, or an error with a line. */
#include "fuzz.h"

#include "base/time.h"
#include "check/deny.h"

#include <math.h>

static hp_crypto *crypto;

/* What was read is written, and then read as the same. */
static void
check_written(const hp_block *block)
{
    char line[HP_DENY_LINE];
    size_t n = hp_deny_write(block, line);
    hp_str parts[] = { HP_STR(HP_DENY_HEAD), { (const uint8_t *)line, n } };
    uint8_t text[sizeof(HP_DENY_HEAD) + HP_DENY_LINE];
    hp_error error;
    hp_deny *again;

    MUST(n < HP_DENY_LINE - 1 && line[n - 1] == '\n');
    memcpy(text, parts[0].p, parts[0].n);
    memcpy(text + parts[0].n, line, n);
    again = hp_deny_read("D", (hp_str){ text, parts[0].n + n }, &error);
    MUST(again != NULL && hp_deny_count(again) == 1);
    MUST(hp_deny_at(again, 0)->kind == block->kind && hp_deny_at(again, 0)->length == block->length);
    MUST(memcmp(hp_deny_at(again, 0)->hash, block->hash, HP_LISTED) == 0);
    MUST(strcmp(hp_deny_at(again, 0)->reason, block->reason) == 0);
    MUST(ceil(block->until) == hp_deny_at(again, 0)->until);
    hp_deny_free(again);
}

/* Each block is found until its end; of several that are the same the longest counts. */
static void
check_found(const hp_deny *deny, const hp_block *block)
{
    static uint8_t memory[4096];
    hp_arena arena = hp_arena_over(memory, sizeof(memory));
    hp_query query = { .n = 1 };
    hp_pass pass = { .document = NULL };
    const char letter[2] = { block->kind, 0 };
    bool denied = false;

    if (block->kind == 'L')
        query.n = 0;
    else if (!hp_listed_read(letter, &query.keys[0].kind))
        return;
    memcpy(query.keys[0].hash, block->hash, HP_LISTED);
    MUST(hp_deny_find(crypto, deny, &query, &pass, &block->hash, block->kind == 'L', 0, &arena,
                      &denied));
    MUST(denied || block->until <= 0);
    MUST(hp_deny_wants_ledger(deny) || block->kind != 'L');
}

static void
check_block(const hp_deny *deny, const hp_block *block)
{
    MUST(memchr("SUCNRDLIP", block->kind, 9) != NULL);
    MUST((block->kind == 'P') == (block->length >= 2 && block->length <= 80));
    MUST(block->added >= 0 && block->added <= HP_TIME_LAST);
    MUST(block->until >= 0 && block->until <= HP_TIME_LAST);
    MUST(strlen(block->reason) < HP_DENY_REASON && hp_deny_reason(hp_str_of(block->reason)));
    check_written(block);
    check_found(deny, block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_error error = { "" };
    hp_deny *deny = hp_deny_read("D", (hp_str){ p, n }, &error);
    size_t i;

    if (crypto == NULL)
        crypto = hp_crypto_new();
    if (deny == NULL) {
        MUST(strncmp(error.text, "D:", 2) == 0);
        for (i = 0; error.text[i] != '\0'; i++)
            MUST(error.text[i] >= ' ' && error.text[i] <= '~');
        return 0;
    }
    MUST(hp_deny_count(deny) <= n / 59);
    for (i = 0; i < hp_deny_count(deny); i++)
        check_block(deny, hp_deny_at(deny, i));
    hp_deny_free(deny);
    return 0;
}

#define HEX   "0123456789abcdef0123456789ABCDEF"
#define ADDED " added=2026-12-05T10:00:00Z"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("empty", HP_STR(HP_DENY_HEAD));
    put("all", HP_STR(HP_DENY_HEAD "S " HEX ADDED "\nU " HEX ADDED "\nC " HEX ADDED "\nN " HEX ADDED
        "\nR " HEX ADDED "\nD " HEX ADDED "\nL " HEX ADDED "\nI " HEX ADDED "\nP12 " HEX ADDED "\n"));
    put("ends", HP_STR(HP_DENY_HEAD "S " HEX ADDED " until=2027-01-01T00:00:00.5+01:00\n"
        "S " HEX ADDED " until=9999-12-31T23:59:59Z\nS " HEX ADDED "\n"));
    put("reason", HP_STR(HP_DENY_HEAD "L " HEX ADDED " reason=\"on social networks\" x-by=me x-n=\"a b\"\r\n"));
    put("blank", HP_STR(HP_DENY_HEAD "\n\t\n"));
    put("newer", HP_STR("healthpass deny list 2\n"));
    put("unknown", HP_STR(HP_DENY_HEAD "S " HEX ADDED " untl=2027-01-01T00:00:00Z\n"));
    put("cut", HP_STR(HP_DENY_HEAD "P80 " HEX ADDED " reason=\"a"));
}
