/* What a fleet tells a machine: the edition of its deny list, and the rows of nginx's ledger. */
#include "fuzz.h"

#include "cli/ledger_rows.h"
#include "cli/shared.h"

/* What is read is written as it was, but for the case of digits. */
static void
check_edition(hp_str text)
{
    char again[HP_EDITION_TEXT];
    hp_edition e;

    if (!hp_edition_read(text, &e)) {
        MUST(e.number == 0);
        return;
    }
    MUST(e.number >= 1 && e.number <= HP_SHARED_NUMBER);
    hp_edition_write(&e, again);
    MUST(strlen(again) == text.n && strncasecmp(again, (const char *)text.p, text.n) == 0);
}

static void
check_rows(hp_str text)
{
    hp_ledger_rows rows = { NULL, 0, 0 };
    hp_error error = { "" };
    size_t i;

    if (!hp_ledger_rows_json(text, 1000, &rows, &error))
        MUST(error.text[0] != '\0');
    MUST(rows.n <= rows.room);
    for (i = 0; i < rows.n; i++)
        MUST(rows.all[i].ends >= 1000 && rows.all[i].count <= INT32_MAX);
    hp_ledger_rows_free(&rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    check_edition((hp_str){ p, n });
    check_rows((hp_str){ p, n });
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("edition", HP_STR("7-1d544387ac3d459e"));
    put("last", HP_STR("999999999999999-FFeeddccbbaa9988"));
    put("rows", HP_STR("{\"ledger\":[{\"id\":\"00112233445566778899aabbccddeeff\",\"count\":7,\"places\":3,"
        "\"ends_in\":1234},{\"id\":\"ff112233445566778899aabbccddeeff\",\"count\":1,\"places\":1,\"ends_in\":0.5}]}"));
    put("empty", HP_STR("{\"ledger\":[]}"));
}
