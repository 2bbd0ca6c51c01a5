/* Tables of codes; see twod_codes.h. */
#include "format/twod_codes.h"

/*
 * Words that tell a vaccine in its name, which comes in many spellings; number and holder as
 * the EU's value sets have them (eu-dcc-valuesets, encoding instructions).
 */
static const struct {
    const char *word, *product, *maker;
} products[] = {
    { "COMIRNATY", "EU/1/20/1528", "ORG-100030215" },
    { "SPIKEVAX", "EU/1/20/1507", "ORG-100031184" },
    { "MODERNA", "EU/1/20/1507", "ORG-100031184" },
    { "VAXZEVRIA", "EU/1/21/1529", "ORG-100001699" },
    { "ASTRAZENECA", "EU/1/21/1529", "ORG-100001699" },
    { "JCOVDEN", "EU/1/20/1525", "ORG-100001417" },
    { "JANSSEN", "EU/1/20/1525", "ORG-100001417" },
    { "NUVAXOVID", "EU/1/21/1618", "ORG-100032020" },
};

static bool
is_letter(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}

/* The next run of letters in *rest, which moves on behind it; empty: there is none. */
static hp_str
next_word(hp_str *rest)
{
    hp_str word;

    while (rest->n > 0 && !is_letter(*rest->p))
        *rest = hp_str_from(*rest, 1);
    for (word = *rest; rest->n > 0 && is_letter(*rest->p);)
        *rest = hp_str_from(*rest, 1);
    word.n -= rest->n;
    return word;
}

hp_str
hp_twod_product(hp_str name, hp_str *maker)
{
    hp_str word = next_word(&name);
    size_t i;

    for (; word.n > 0; word = next_word(&name)) {
        for (i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
            if (!hp_str_eq(word, hp_str_of(products[i].word)))
                continue;
            *maker = hp_str_of(products[i].maker);
            return hp_str_of(products[i].product);
        }
    }
    *maker = (hp_str){ NULL, 0 };
    return *maker;
}

#define NAAT  "LP6464-4" /* LOINC, as in the EU's value set of test types */
#define RAPID "LP217198-3"

/* LOINC without its hyphen, and also without the digit behind that; NAAT by its own code. */
static const struct {
    const char *code, *method;
} methods[] = {
    { "943092", NAAT }, { "94309", NAAT },   { "945006", NAAT },
    { "948455", NAAT }, { "LP64644", NAAT }, { "945584", RAPID },
};

hp_str
hp_twod_method(hp_str code)
{
    size_t i;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (hp_str_eq(code, hp_str_of(methods[i].code)))
            return hp_str_of(methods[i].method);
    }
    return (hp_str){ NULL, 0 };
}

hp_str
hp_twod_result(hp_str letter)
{
    if (hp_str_eq(letter, HP_STR("P")))
        return HP_STR("260373001"); /* SNOMED CT, detected */
    if (hp_str_eq(letter, HP_STR("N")))
        return HP_STR("260415000"); /* not detected */
    return (hp_str){ NULL, 0 };
}
