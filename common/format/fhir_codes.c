/* Tables of codes; see fhir_codes.h. */
#include "format/fhir_codes.h"

#define COVID_19 "840539006" /* SNOMED CT, as in the EU's value set of diseases */
#define NAAT     "LP6464-4"  /* LOINC, as in the EU's value set of test types */
#define RAPID    "LP217198-3"

#define DETECTED "260373001"

#define NON_US_FIRST 500 /* CVX codes of vaccines that were given outside of the USA */
#define NON_US_LAST  521

/* CDC, CVX codes of the vaccine group COVID-19. */
static const unsigned covid_cvx[] = {
    207, 208, 210, 211, 212, 213, 217, 218, 219, 221, 225, 226, 227,
    228, 229, 230, 300, 301, 302, 308, 309, 310, 311, 312, 313,
};

/* A code of three digits; 0 when it is none. */
static unsigned
number_of(hp_str code)
{
    unsigned value = 0;
    size_t i;

    for (i = 0; i < code.n; i++) {
        if (code.p[i] < '0' || code.p[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(code.p[i] - '0');
    }
    return code.n == 3 ? value : 0;
}

hp_str
hp_cvx_disease(hp_str code)
{
    unsigned cvx = code.n == 3 ? number_of(code) : 0;
    size_t i;

    if (cvx >= NON_US_FIRST && cvx <= NON_US_LAST)
        return HP_STR(COVID_19);
    for (i = 0; i < sizeof(covid_cvx) / sizeof(covid_cvx[0]); i++) {
        if (covid_cvx[i] == cvx)
            return HP_STR(COVID_19);
    }
    return (hp_str){ NULL, 0 };
}

/* CDC, product names of CVX codes; Union Register of medicinal products for human use. */
static const struct {
    unsigned cvx;
    const char *product;
} products[] = {
    { 207, "EU/1/20/1507" }, { 208, "EU/1/20/1528" }, { 210, "EU/1/21/1529" },
    { 211, "EU/1/21/1618" }, { 212, "EU/1/20/1525" }, { 217, "EU/1/20/1528" },
    { 218, "EU/1/20/1528" }, { 221, "EU/1/20/1507" }, { 227, "EU/1/20/1507" },
    { 228, "EU/1/20/1507" }, { 502, "Covaxin" },      { 510, "BBIBP-CorV" },
    { 511, "CoronaVac" },
};

hp_str
hp_cvx_product(hp_str code)
{
    unsigned cvx = number_of(code);
    size_t i;

    for (i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
        if (products[i].cvx == cvx)
            return hp_str_of(products[i].product);
    }
    return (hp_str){ NULL, 0 };
}

/* LOINC: the virus itself, present or not; the method as each term's own part has it. */
static const struct {
    const char *code, *method;
} covid_loinc[] = {
    { "94309-2", NAAT },  { "94500-6", NAAT },  { "94531-1", NAAT },  { "94759-8", NAAT },
    { "94845-5", NAAT },  { "95406-5", NAAT },  { "94565-9", "" },    { "95608-6", "" },
    { "94558-4", RAPID }, { "95209-3", RAPID }, { "97097-0", RAPID }, { "96119-3", "" },
};

hp_str
hp_loinc_disease(hp_str code, hp_str *method)
{
    size_t i;

    *method = (hp_str){ NULL, 0 };
    for (i = 0; i < sizeof(covid_loinc) / sizeof(covid_loinc[0]); i++) {
        if (!hp_str_eq(code, hp_str_of(covid_loinc[i].code)))
            continue;
        *method = hp_str_of(covid_loinc[i].method);
        return HP_STR(COVID_19);
    }
    return (hp_str){ NULL, 0 };
}

/* "Positive" and "negative" are the same findings in other words. */
static const struct {
    const char *code, *result;
} results[] = {
    { DETECTED, DETECTED },               /* detected */
    { "10828004", DETECTED },             /* positive */
    { HP_NOT_DETECTED, HP_NOT_DETECTED }, /* not detected */
    { "260385009", HP_NOT_DETECTED },     /* negative */
};

hp_str
hp_snomed_result(hp_str code)
{
    size_t i;

    for (i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        if (hp_str_eq(code, hp_str_of(results[i].code)))
            return hp_str_of(results[i].result);
    }
    return (hp_str){ NULL, 0 };
}
