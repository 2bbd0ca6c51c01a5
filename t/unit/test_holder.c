/*
 * Names and persons: t/unit/names.tsv says who is named by which pass; every false refusal and
 * every false acceptance is counted.  Rows are told of by their number: names are not printed.
 */
#include "unit.h"

#include "check/holder.h"
#include "check/name.h"
#include "maker.h"

#include <stdlib.h>

#define ROOM ((size_t)1 << 18)

static uint8_t buffer[ROOM], zeros[ROOM];

/* Asks, and holds what must hold for every answer. */
static bool
asked(const hp_holder *holder, const hp_person *person)
{
    hp_arena arena = hp_arena_over(buffer, ROOM);
    hp_reason why = HP_FAULT;
    bool named;

    alloc_start(0);
    named = hp_holder_is(holder, person, &arena, &why);
    assert_int_equal(alloc_calls(), 0);
    assert_int_equal(why, HP_HOLDER);
    assert_int_equal(arena.used, 0);
    assert_false(arena.full);
    assert_memory_equal(buffer, zeros, ROOM);
    return named;
}

/* ---- the vectors --------------------------------------------------------------- */

typedef struct {
    hp_holder holder;
    hp_person first; /* the first one that is named, if any */
    bool has_first;
} vector;

static vector vectors[128];
static size_t n_vectors, pairs, refused, accepted;

static hp_str
field(char **line)
{
    char *text = strsep(line, "\t\n");

    if (text == NULL || strcmp(text, ".") == 0)
        return HP_STR("");
    return maker_copy(hp_str_of(text));
}

static void
read_pass(char *line, vector *v)
{
    hp_str dob;

    v->holder.family = field(&line);
    v->holder.given = field(&line);
    v->holder.family_mrz = field(&line);
    v->holder.given_mrz = field(&line);
    dob = field(&line);
    (void)sscanf(maker_c_string(dob), "%4d-%2d-%2d", &v->holder.birth.year,
                 &v->holder.birth.month, &v->holder.birth.day);
}

static hp_person
read_person(char *line)
{
    hp_person p = { .name = field(&line) };

    p.given = field(&line);
    p.birth = field(&line);
    p.apart = !hp_str_eq(p.given, HP_STR("-"));
    p.dated = p.birth.n > 0;
    return p;
}

static void
judge_row(vector *v, char *line, size_t row)
{
    static const hp_match kinds[] = { HP_MATCH_EXACT, HP_MATCH_MRZ, HP_MATCH_INITIALS };
    hp_person p = read_person(line + 4);

    for (size_t i = 0; i < COUNT(kinds); i++) {
        bool want = line[i] == '+', named;

        p.match = kinds[i];
        named = asked(&v->holder, &p);
        refused += want && !named;
        accepted += !want && named;
        if (want != named)
            print_message("# line %zu, kind %zu: %s\n", row, i, named ? "accepted" : "refused");
        pairs++;
    }
    if (line[1] == '+' && !v->has_first) {
        v->first = p;
        v->has_first = true;
    }
}

static void
persons_of_the_vectors(void **state)
{
    FILE *in = fopen("t/unit/names.tsv", "r");
    char *line = NULL;
    size_t size = 0, row = 0;

    (void)state;
    assert_non_null(in);
    while (getline(&line, &size, in) > 0) {
        row++;
        if (line[0] == 'P')
            read_pass(line + 2, &vectors[n_vectors++]);
        else if (line[0] != '#')
            judge_row(&vectors[n_vectors - 1], line, row);
    }
    free(line);
    (void)fclose(in);
    print_message("# %zu pairs, %zu false refusals, %zu false acceptances\n", pairs, refused,
                  accepted);
    assert_in_range(pairs, 600, 10000);
    assert_int_equal(refused + accepted, 0);
}

/* Everybody's pass shown by everybody else; those of the same name are left out. */
static void
nobody_is_somebody_else(void **state)
{
    size_t strangers = 0, let_in = 0;

    (void)state;
    for (size_t i = 0; i < n_vectors; i++) {
        for (size_t j = 0; j < n_vectors; j++) {
            if (!vectors[j].has_first || hp_str_eq(vectors[i].holder.family_mrz,
                                                   vectors[j].holder.family_mrz))
                continue;
            vectors[j].first.match = HP_MATCH_INITIALS;
            strangers++;
            if (asked(&vectors[i].holder, &vectors[j].first)) {
                print_message("# pass %zu lets person %zu in\n", i, j);
                let_in++;
            }
        }
    }
    print_message("# %zu strangers, %zu let in\n", strangers, let_in);
    assert_in_range(strangers, 1000, 100000);
    assert_int_equal(let_in, 0);
}

/* ---- words --------------------------------------------------------------------- */

static void
forms_of_a_word(void **state)
{
    struct {
        const char *text, *main, *alternative, *older;
    } table[] = {
        { "Prüfling", "PRUEFLING", "PRUFLING", "PRUXXFLING" },
        { "Pru\xcc\x88" "fling", "PRUEFLING", "PRUFLING", "PRUXXFLING" },
        { "ÅÆÐÑÖØÞß", "AAAEDNOEOETHSS", "AAEDNOOTHSS", "AAEDNXXOOTHSS" },
        { "đħıłŋœŧẞ", "DHILNOETSS", NULL, NULL },
        { "Ǽǿǘŉĳǆ", "AEOEUNIJDZ", "AEOUNIJDZ", "AEOUNIJDZ" },
        { "ÀÇĎĘĞĶŐŘȘŤŰŸŽ", "ACDEGKORSTUYZ", NULL, NULL },
        { "d'Ar.tag‘nan4", "DARTAGNAN", NULL, NULL },
        { "Αθηνά", "ΑΘΗΝΑ", NULL, NULL },
        { "йод", "ИОД", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_arena arena = hp_arena_over(buffer, ROOM);
        hp_name name = { .n = 0 };

        assert_true(hp_name_add(&name, hp_str_of(table[i].text), &arena));
        assert_int_equal(name.n, 1);
        assert_str_equal(name.word[0].form[HP_FORM_MAIN], hp_str_of(table[i].main));
        if (table[i].alternative == NULL)
            table[i].older = table[i].alternative = table[i].main;
        assert_str_equal(name.word[0].form[HP_FORM_ALTERNATIVE], hp_str_of(table[i].alternative));
        assert_str_equal(name.word[0].form[HP_FORM_OLDER], hp_str_of(table[i].older));
        hp_arena_return(&arena, 0);
    }
}

static void
words_of_a_text(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } table[] = {
        { "", 0 }, { " - . 42 ' <<", 0 }, { "a", 1 }, { "a-b", 2 }, { "A<<B<", 2 },
        { "a\xc2\xa0" "b\xe2\x80\x93" "c,d/e\tf", 6 }, { "1 a 2 b", 2 }, { "a.b", 1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_arena arena = hp_arena_over(buffer, ROOM);
        hp_name name = { .n = 0 };

        assert_true(hp_name_add(&name, hp_str_of(table[i].text), &arena));
        assert_int_equal(name.n, table[i].n);
        hp_arena_return(&arena, 0);
    }
}

static bool
adds(hp_str text)
{
    hp_arena arena = hp_arena_over(buffer, ROOM);
    hp_name name = { .n = 0 };
    bool good = hp_name_add(&name, guard_end(text), &arena);

    hp_arena_return(&arena, 0);
    return good;
}

static void
limits(void **state)
{
    char words[2 * HP_NAME_WORDS + 2];

    (void)state;
    assert_true(adds(maker_fill(HP_NAME_MAX, 'a')));
    assert_false(adds(maker_fill(HP_NAME_MAX + 1, 'a')));
    for (size_t i = 0; i < sizeof(words); i++)
        words[i] = i % 2 == 0 ? 'a' : ' ';
    assert_true(adds((hp_str){ (const uint8_t *)words, 2 * HP_NAME_WORDS }));
    assert_false(adds((hp_str){ (const uint8_t *)words, 2 * HP_NAME_WORDS + 1 }));
    assert_false(adds(HP_STR("a\xff")));
    assert_false(adds(HP_STR("a\xc3")));
    assert_false(adds(HP_STR("\xed\xa0\x80")));
    assert_true(adds(HP_STR("a\0b")));
}

static const hp_holder erna = {
    .family = { (const uint8_t *)"Pr\xc3\xbc" "fling", 9 },
    .given = { (const uint8_t *)"Erna", 4 },
    .family_mrz = { (const uint8_t *)"PRUEFLING", 9 },
    .given_mrz = { (const uint8_t *)"ERNA", 4 },
    .birth = { 1971, 2, 3 },
};

/* Neither an unreadable person nor too long a one is a fault: it is he who is refused. */
static void
persons_that_cannot_be_read(void **state)
{
    hp_person good = { .name = HP_STR("Erna Pr\xc3\xbc" "fling") }, p = good;

    (void)state;
    assert_true(asked(&erna, &p));
    p.name = HP_STR("");
    assert_false(asked(&erna, &p));
    p.name = HP_STR("Erna Pr\xfc" "fling");
    assert_false(asked(&erna, &p));
    p.name = maker_fill(HP_NAME_MAX + 1, 'E');
    assert_false(asked(&erna, &p));
    p = (hp_person){ .name = HP_STR("Pruefling"), .given = HP_STR("Erna\xff"), .apart = true };
    assert_false(asked(&erna, &p));
    p = (hp_person){ .name = HP_STR(""), .given = HP_STR("Erna Pruefling"), .apart = true };
    assert_false(asked(&erna, &p));
}

static void
birth_dates_as_written(void **state)
{
    static const struct {
        const char *text;
        bool yes;
    } table[] = {
        { "1971-02-03", true }, { "1971-02", true }, { "1971", true }, { "", false },
        { "0000", false }, { "1971-", false }, { "1971-00", false }, { "1971-02-00", false },
        { "1971-2-3", false }, { "19710203", false }, { "1971-02-03 ", false },
        { "1971-02-03T00:00", false }, { " 1971", false }, { "+971", false }, { "1971/02", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_person p = { .name = HP_STR("Erna Pruefling"), .birth = hp_str_of(table[i].text),
                        .dated = true };

        assert_int_equal(asked(&erna, &p), table[i].yes);
    }
}

/* Wherever the memory ends: a fault, and nothing of the name stays. */
static void
memory_that_runs_out(void **state)
{
    hp_person p = { .name = HP_STR("Erna Pruefling"), .birth = HP_STR("1971-02-03"),
                    .dated = true };
    bool named = false;
    size_t size;

    (void)state;
    for (size = 0; !named; size += 61) {
        hp_arena arena = hp_arena_over(buffer, size);
        hp_reason why = HP_FAULT;

        assert_in_range(size, 0, ROOM);
        named = hp_holder_is(&erna, &p, &arena, &why);
        assert_int_equal(named, !arena.full);
        assert_memory_equal(buffer, zeros, ROOM);
    }
}

static void
kinds_by_name(void **state)
{
    hp_match match = HP_MATCH_EXACT;

    (void)state;
    assert_true(hp_match_read(HP_STR("mrz"), &match));
    assert_int_equal(match, HP_MATCH_MRZ);
    assert_true(hp_match_read(HP_STR("exact"), &match));
    assert_int_equal(match, HP_MATCH_EXACT);
    assert_true(hp_match_read(HP_STR("initials"), &match));
    assert_int_equal(match, HP_MATCH_INITIALS);
    assert_false(hp_match_read(HP_STR("MRZ"), &match));
    assert_false(hp_match_read(HP_STR(""), &match));
}

/* What a 2D-DOC seal had no room for may be missing; what is there has to be right. */
static void
names_that_were_cut(void **state)
{
    static const struct {
        const char *name, *given;
        bool whole, cut;
    } table[] = {
        { "Dupont Durand", "Zoe", false, true }, { "Dupont", "Zoe Marie", true, true },
        { "Dupont-Martin", "Zoe", false, true }, { "Dupontel", "Zoe", false, true },
        { "Dupon", "Zoe", false, false },        { "Martin", "Zoe", false, false },
        { "Dupont", "Marie", false, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        hp_person person = { .name = hp_str_of(table[i].name), .given = hp_str_of(table[i].given),
                             .apart = true, .match = HP_MATCH_MRZ };
        hp_holder holder = { .family = HP_STR("DUPONT"), .given = HP_STR("ZOE") };

        if (asked(&holder, &person) != table[i].whole)
            fail_msg("row %zu, whole", i);
        holder.family_cut = true;
        if (asked(&holder, &person) != table[i].cut)
            fail_msg("row %zu, cut", i);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(names_that_were_cut),
    cmocka_unit_test(persons_of_the_vectors),
    cmocka_unit_test(nobody_is_somebody_else),
    cmocka_unit_test(forms_of_a_word),
    cmocka_unit_test(words_of_a_text),
    cmocka_unit_test(limits),
    cmocka_unit_test(persons_that_cannot_be_read),
    cmocka_unit_test(birth_dates_as_written),
    cmocka_unit_test(memory_that_runs_out),
    cmocka_unit_test(kinds_by_name),
};

UNIT_MAIN(tests)
