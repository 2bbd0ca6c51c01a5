/* The text of a file of holders: each login's lines are found, or the file is an error with a line. */
#include "fuzz.h"

#include "check/binding.h"

static void
check_found(hp_str text, const hp_bound *bound)
{
    hp_bindings bindings;
    hp_error error;
    bool found = false, good = hp_holders_find("H", text, bound->login, &bindings, &error);
    size_t i;

    for (i = 0; good && i < bindings.n; i++)
        found |= memcmp(bindings.id[i], bound->id, HP_ID) == 0;
    MUST(bindings.n <= HP_BINDINGS && (found || !good));
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str text = { p, n };
    hp_holders holders;
    hp_bound bound;
    hp_error error;
    unsigned lines = 0;

    if (!hp_holders_begin(&holders, "H", text, &error))
        return 0;
    while (hp_holders_next(&holders, &bound, &error)) {
        MUST(hp_login_is_plain(bound.login) && bound.login.p > p && bound.login.p < p + n);
        if (lines++ < 8)
            check_found(text, &bound);
    }
    MUST(error.text[0] != '\0' || holders.rest.n == 0);
    return 0;
}

#define ID "0123456789abcdef0123456789ABCDEF"

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("empty", HP_STR(HP_HOLDERS_HEAD));
    put("two", HP_STR(HP_HOLDERS_HEAD "anna:" ID "\nanna:" ID "\nb.c-d_e$:" ID "\n"));
    put("cut", HP_STR(HP_HOLDERS_HEAD "anna:" ID "\nanna:0123"));
    put("blank", HP_STR(HP_HOLDERS_HEAD "\n"));
    put("newer", HP_STR("healthpass holders 2\n"));
}
