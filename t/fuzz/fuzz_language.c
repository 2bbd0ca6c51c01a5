/* Accept-Language: each line of the input is a header line. */
#include "fuzz.h"

#include "../../ngx_module/hp_language.h"

static void
hold(const hp_languages *l)
{
    size_t i;

    MUST(l->n <= HP_LANGUAGES && l->read <= HP_LANGUAGE_TEXT && l->list[l->n] == NULL);
    for (i = 0; i < l->n; i++) {
        MUST(l->list[i] == l->tags[i] && l->weights[i] > 0 && l->weights[i] <= 1000);
        MUST(i == 0 || l->weights[i] <= l->weights[i - 1]);
        MUST(l->tags[i][0] != '\0' && strlen(l->tags[i]) <= HP_LANGUAGE_TAG);
        MUST(strspn(l->tags[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-") == strlen(l->tags[i]));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n, *at;
    hp_languages l;

    hp_languages_clear(&l);
    while (p < end) {
        at = memchr(p, '\n', (size_t)(end - p));
        hp_languages_add(&l, (hp_str){ p, (size_t)((at != NULL ? at : end) - p) });
        hold(&l);
        p = at != NULL ? at + 1 : end;
    }
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("plain", HP_STR("fr-CA,fr;q=0.8,en;q=0.5,*;q=0.1"));
    put("lines", HP_STR("de;q=0.333\nzh-Hant-TW, es-419;q=1.000\n"));
    put("many", HP_STR("a;q=0.1,b;q=0.2,c;q=0.3,d;q=0.4,e;q=0.5,f;q=0.6,g;q=0.7,h"));
    put("wrong", HP_STR("fr-;q=,de;q=2,-,;q=1,abcdefghi,1"));
}
