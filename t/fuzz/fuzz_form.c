/* Form fields and percent-decoding.  Up to the first zero byte: the name; behind it: the form. */
#include "fuzz.h"

#include "../../ngx_module/hp_form.h"

static void
decode(hp_str text, hp_plus plus)
{
    uint8_t *apart = malloc(text.n + 1), *place = malloc(text.n + 1);
    size_t n = 0, m = 0;
    bool good;

    MUST(apart != NULL && place != NULL);
    if (text.n > 0)
        memcpy(place, text.p, text.n);
    good = hp_form_decode(text, plus, apart, &n);
    MUST(good == hp_form_decode((hp_str){ place, text.n }, plus, place, &m));
    if (good)
        MUST(n == m && n <= text.n && (n == 0 || memcmp(apart, place, n) == 0));
    free(apart);
    free(place);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const uint8_t *zero = n > 0 ? memchr(p, 0, n) : NULL;
    hp_str name = HP_STR("pass"), form = { p, n }, left, called, value;

    if (zero != NULL) {
        name = (hp_str){ p, (size_t)(zero - p) };
        form = hp_str_from(form, name.n + 1);
    }
    for (left = form; hp_form_next(&left, &called, &value);) {
        MUST(called.p >= form.p && called.p + called.n <= value.p && value.p <= left.p
             && value.p + value.n <= left.p && left.p + left.n == form.p + form.n);
        if (hp_form_is_called(called, name))
            decode(value, HP_PLUS_IS_SPACE);
    }
    decode(form, HP_PLUS_IS_PLUS);
    decode(form, HP_PLUS_IS_SPACE);
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("plain", HP_STR("a=1&pass=HC1%3ANCF%2B%20X&b=2"));
    put("twice", HP_STR("pass=a&pass=b"));
    put("encoded-name", HP_STR("%70ass=a&p%61ss=b"));
    put("plus", HP_STR("pass=a+b%2Bc"));
    put("cut", HP_STR("pass=%4"));
    put("empty", HP_STR("&&=&pass&pass=&"));
    put("other-name", HP_STR("field\0field=x&y"));
}
