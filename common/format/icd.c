/* Tables of codes and names; see icd.h. */
#include "format/icd.h"

#define COVID_19     "840539006" /* SNOMED CT, as in the EU's value set of diseases */
#define YELLOW_FEVER "16541001"
#define POLIO        "398102009"

typedef struct {
    const char *from, *to;
} row;

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

static const row diseases[] = {
    { "RA01", COVID_19 }, { "RA01.0", COVID_19 }, { "RA01.1", COVID_19 },
    { "1D47", YELLOW_FEVER }, { "1C81", POLIO },
};

/* All vaccines against COVID-19 that ICD-11 has, and their kinds in the EU's value set. */
static const row vaccines[] = {
    { "XM68M6", "J07BX03" },        /* of any kind */
    { "XM0GQ8", "1119349007" },     /* mRNA */
    { "XM9QW8", "29061000087103" }, /* non-replicating vector */
    { "XM1NL1", "1157024006" },     /* inactivated virus */
    { "XM5JC5", "1162643001" },     /* protein subunit */
    { "XM5DF6", "" },               /* live attenuated virus */
    { "XM0CX4", "" },               /* replicating vector */
    { "XM1J92", "" },               /* virus-like particles */
    { "XM6AT1", "" },               /* DNA */
};

/* Union Register of medicinal products for human use. */
static const row products[] = {
    { "COMIRNATY", "EU/1/20/1528" }, { "SPIKEVAX", "EU/1/20/1507" },
    { "VAXZEVRIA", "EU/1/21/1529" }, { "JCOVDEN", "EU/1/20/1525" },
    { "NUVAXOVID", "EU/1/21/1618" },
};

static bool
is_alike(hp_str s, const char *capitals)
{
    size_t i, n = strlen(capitals);

    for (i = 0; i < n && i < s.n && hp_upper(s.p[i]) == (uint8_t)capitals[i]; i++)
        ;
    return i == n && s.n == n;
}

static const row *
find(const row *table, size_t n, hp_str from)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (is_alike(from, table[i].from))
            return &table[i];
    }
    return NULL;
}

static hp_str
with_system(hp_str code, hp_arena *arena)
{
    hp_str system = HP_STR(HP_SYSTEM_ICD "|");
    uint8_t *out = hp_arena_take(arena, system.n + code.n);

    if (out == NULL || code.n == 0)
        return (hp_str){ NULL, 0 };
    memcpy(out, system.p, system.n);
    memcpy(out + system.n, code.p, code.n);
    return (hp_str){ out, system.n + code.n };
}

static hp_str
mapped(const row *found, hp_str code, hp_arena *arena)
{
    return found != NULL && found->to[0] != 0 ? hp_str_of(found->to) : with_system(code, arena);
}

hp_str
hp_icd_disease(hp_str code, hp_arena *arena)
{
    return mapped(find(ROWS(diseases), code), code, arena);
}

hp_str
hp_icd_against(hp_str code)
{
    return find(ROWS(vaccines), code) != NULL ? HP_STR(COVID_19) : (hp_str){ NULL, 0 };
}

hp_str
hp_icd_vaccine(hp_str code, hp_arena *arena)
{
    return mapped(find(ROWS(vaccines), code), code, arena);
}

/* A maker's name may stand before it: "Moderna Spikevax". */
hp_str
hp_icd_product(hp_str name)
{
    hp_str word = name;
    const row *found;
    size_t i;

    for (i = 0; i < name.n; i++) {
        if (name.p[i] == ' ')
            word = hp_str_from(name, i + 1);
    }
    found = find(ROWS(products), word);
    return found != NULL ? hp_str_of(found->to) : name;
}
