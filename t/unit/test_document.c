/*
 * The DCC-shaped document of other formats: what rules find in it, and that what a pass does not
 * say is not there.
 */
#include "unit.h"

#include "format/document.h"

static uint8_t buffer[16 * 1024];

static const hp_node *
at(const hp_node *map, const char *key)
{
    return hp_node_member(map, hp_str_of(key));
}

static void
assert_text(const hp_node *map, const char *key, const char *want)
{
    const hp_node *n = at(map, key);

    assert_true(hp_node_is(n, HP_NODE_TEXT));
    assert_int_equal(n->str.n, strlen(want));
    assert_memory_equal(n->str.p, want, n->str.n);
}

static const hp_holder holder = {
    .family = { (const uint8_t *)"M\xC3\xBCller", 7 }, .family_mrz = { (const uint8_t *)"MUELLER", 7 },
    .birth = { 1963, 5, 0 },
};

static void
test_shape(void **state)
{
    hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
    hp_entry entries[] = {
        { .kind = 'v', .disease = HP_STR("840539006"), .product = HP_STR("EU/1/20/1528"),
          .date = HP_STR("2026-03-01"), .dose = 2, .doses = 2 },
        { .kind = 't', .date = HP_STR("2026-03-02T10:00:00Z"), .result = HP_STR("260415000") },
        { .kind = 'v', .date = hp_document_date((hp_date){ 2026, 2, 3 }, &arena), .dose = 1 },
    };
    const hp_node *doc = hp_document_make(&holder, entries, 3, &arena), *v, *t;

    (void)state;
    assert_non_null(doc);
    assert_text(doc, "ver", "1.3.0");
    assert_text(doc, "dob", "1963-05");
    assert_text(at(doc, "nam"), "fn", "M\xC3\xBCller");
    assert_text(at(doc, "nam"), "fnt", "MUELLER");
    assert_null(at(at(doc, "nam"), "gn"));
    assert_int_equal(doc->count, 5);
    assert_null(at(doc, "r"));

    v = at(doc, "v");
    assert_int_equal(v->count, 2);
    assert_text(v->child, "mp", "EU/1/20/1528");
    assert_int_equal(at(v->child, "dn")->num, 2);
    assert_text(v->child, "dt", "2026-03-01");
    assert_text(v->child->next, "dt", "2026-02-03");
    assert_null(at(v->child->next, "sd"));
    assert_null(v->child->next->next);

    t = at(doc, "t");
    assert_int_equal(t->count, 1);
    assert_text(t->child, "sc", "2026-03-02T10:00:00Z");
    assert_null(at(t->child, "dt"));
}

static void
test_birth(void **state)
{
    static const struct {
        hp_birth birth;
        const char *want;
    } rows[] = {
        { { 1963, 5, 28 }, "1963-05-28" }, { { 1963, 5, 0 }, "1963-05" }, { { 1963, 0, 0 }, "1963" },
    };
    hp_holder one = holder;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hp_arena arena = hp_arena_over(buffer, sizeof(buffer));

        one.birth = rows[i].birth;
        assert_text(hp_document_make(&one, NULL, 0, &arena), "dob", rows[i].want);
    }
}

/* A number of doses that is none is not there: a rule that asks for it cannot hold. */
static void
test_doses(void **state)
{
    static const double none[] = { 0, -1, 1.5, 1e6, 1e300 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
        hp_entry e = { .kind = 'v', .dose = none[i], .doses = 1e6 - 1 };
        const hp_node *v = at(hp_document_make(&holder, &e, 1, &arena), "v");

        assert_null(at(v->child, "dn"));
        assert_int_equal(at(v->child, "sd")->num, 999999);
    }
}

/* Of how many: the pass's own word, else the product's. */
static void
test_series(void **state)
{
    static const struct {
        const char *product;
        double said;
        unsigned want;
    } rows[] = {
        { "EU/1/20/1528", 0, 2 }, { "EU/1/20/1525", 0, 1 }, { "EU/1/20/1528", 1, 1 },
        { "CoronaVac", 0, 2 },    { "EU/1/20/15280", 0, 0 }, { "", 0, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hp_arena arena = hp_arena_over(buffer, sizeof(buffer));
        hp_entry e = { .kind = 'v', .product = hp_str_of(rows[i].product), .doses = rows[i].said };
        const hp_node *v = at(hp_document_make(&holder, &e, 1, &arena), "v");

        assert_non_null(v);
        assert_int_equal(at(v->child, "sd") == NULL ? 0 : at(v->child, "sd")->num, rows[i].want);
    }
}

/* With any room that is too small nothing is made, and the arena says why. */
static void
test_room(void **state)
{
    hp_entry e = { .kind = 'v', .date = HP_STR("2026-03-01"), .dose = 1 };
    hp_arena whole = hp_arena_over(buffer, sizeof(buffer));
    size_t n;

    (void)state;
    assert_non_null(hp_document_make(&holder, &e, 1, &whole));
    for (n = 0; n < whole.used; n++) {
        hp_arena arena = hp_arena_over(buffer, n);

        assert_null(hp_document_make(&holder, &e, 1, &arena));
        assert_true(arena.full);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_shape),
    cmocka_unit_test(test_birth),
    cmocka_unit_test(test_doses),
    cmocka_unit_test(test_series),
    cmocka_unit_test(test_room),
};

UNIT_MAIN(tests)
