/*
 * A pass's holder and a person, by lines: family and given name as printed and in MRZ form; then
 * name, given name and birth date of the person.
 */
#include "fuzz.h"

#include "check/holder.h"

#define ROOM ((size_t)1 << 19)

/* A name may become up to 18 letters of four bytes, in three forms: eight times as long. */
unsigned fuzz_costs = 8;

static hp_str
take_line(hp_str *rest)
{
    const uint8_t *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
    hp_str line = *rest;

    if (end != NULL)
        line.n = (size_t)(end - line.p);
    *rest = hp_str_from(*rest, line.n + (end != NULL));
    return line;
}

static bool
is_named(const hp_holder *holder, const hp_person *person)
{
    static uint8_t room[ROOM];
    hp_arena arena = hp_arena_over(room, ROOM);
    hp_reason why = HP_FAULT;
    bool named = hp_holder_is(holder, person, &arena, &why);

    MUST(arena.used == 0 && why == HP_HOLDER && !(named && arena.full));
    return named;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    hp_str rest = { p, n };
    hp_holder holder = { .birth = { 1971, 2, 3 } };
    hp_person person = { .match = HP_MATCH_EXACT };

    holder.family = take_line(&rest);
    holder.given = take_line(&rest);
    holder.family_mrz = take_line(&rest);
    holder.given_mrz = take_line(&rest);
    person.name = take_line(&rest);
    person.given = take_line(&rest);
    person.birth = take_line(&rest);
    person.apart = person.given.n > 0;
    person.dated = person.birth.n > 0;
    /* What is accepted exactly is accepted by the wider kinds too. */
    if (is_named(&holder, &person)) {
        person.match = HP_MATCH_MRZ;
        MUST(is_named(&holder, &person));
    }
    person.match = HP_MATCH_MRZ;
    if (is_named(&holder, &person)) {
        person.match = HP_MATCH_INITIALS;
        MUST(is_named(&holder, &person));
    }
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("plain", HP_STR("Pr\xc3\xbc" "fling\nErna\nPRUEFLING\nERNA\nErna Pr\xc3\xbc" "fling\n\n"));
    put("apart", HP_STR("Muster-Probe\nJan\nMUSTER<PROBE\nJAN\nMuster Probe\nJan\n1971-02-03"));
    put("initials", HP_STR("Probe\nJ.P.\nPROBE\nJP\nProbe\nJan Piet\n1971"));
    put("one-name", HP_STR("Mono\n\nMONO\n\nMono\n\n1971-02-03"));
    put("lone-given", HP_STR("\nMono\n\nMONO\nMono\n\n1971-02-03"));
    put("cut", HP_STR("\n\nWOLKENSTEINHAUSENBERGER<OBERMEIER\nANNA\n"
                      "Wolkensteinhausenberger-Obermeier\nAnnabella\n"));
    put("ligature", HP_STR("\xef\xb7\xba\n\xef\xac\x83\n\n\n\xef\xb7\xba\n\xef\xac\x83\n"));
    put("greek", HP_STR("\xce\x9c\xce\xb5\xce\xbd\xce\xad\xcf\x82\n\nMENES\nA\n\xce\x9c\nA\n"));
}
