/* Canonical JSON is JSON, says the same, and is its own canonical form. */
#include "fuzz.h"

#include "codec/jcs.h"

/* False when there is none. */
static bool
canonical(hp_str text, hp_str *out)
{
    hp_json *json = hp_json_load_list(text, HP_JSON_MAX, NULL);
    char *p = NULL;
    size_t n = 0;
    FILE *to = json == NULL ? NULL : open_memstream(&p, &n);
    bool good = to != NULL && hp_jcs_write(json, to);

    if (to != NULL)
        (void)fclose(to);
    *out = (hp_str){ (const uint8_t *)p, n };
    hp_json_free(json);
    return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str first, again = { NULL, 0 };

    if (canonical((hp_str){ p, n }, &first)) {
        MUST(canonical(first, &again));
        MUST(hp_str_eq(first, again));
        for (size_t i = 0; i < first.n; i++)
            MUST(first.p[i] >= 0x20);
    }
    free((void *)(uintptr_t)first.p);
    free((void *)(uintptr_t)again.p);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("object", HP_STR("{\"b\":[1,-2,true,false,null,{}],\"a\":\"\\u00e9\\ud83d\\ude00\\n\"}"));
    put("names", HP_STR("{\"\\ue000\":1,\"\\ud83d\\ude00\":2,\"\\r\":3,\"\":[[]]}"));
    put("numbers", HP_STR("[9007199254740991,-9007199254740992,1.5,1e3,0]"));
}
