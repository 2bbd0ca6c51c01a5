/*
 * Holders' keyed ids: who is the same, who is not, and the file that says whose pass opens a login.
 */
#include "unit.h"

#include "base/hex.h"
#include "check/binding.h"
#include "maker.h"

#define ROOM 16384

static uint8_t buffer[ROOM], zeros[ROOM];
static hp_hmac *keys[3];

static hp_holder
holder_of(const char *family, const char *family_mrz, const char *given, const char *given_mrz,
          int year, int month, int day)
{
    return (hp_holder){ .family = hp_str_of(family), .given = hp_str_of(given),
                        .family_mrz = hp_str_of(family_mrz), .given_mrz = hp_str_of(given_mrz),
                        .birth = { year, month, day } };
}

/* The id by the first key; what must hold for every one is held. */
static bool
id_of(const hp_holder *holder, uint8_t id[HP_ID])
{
    hp_arena arena = hp_arena_over(buffer, ROOM);
    bool bindable;

    alloc_start(0);
    assert_true(hp_binding_of(keys[0], holder, &arena, id, &bindable));
    assert_int_equal(alloc_calls(), 0);
    assert_int_equal(arena.used, 0);
    assert_memory_equal(buffer, zeros, ROOM);
    return bindable;
}

static bool
is_bound(const hp_bindings *bindings, size_t n_keys, const hp_holder *holder)
{
    hp_arena arena = hp_arena_over(buffer, ROOM);
    bool bound;

    assert_true(hp_binding_holds(keys, n_keys, bindings, holder, &arena, &bound));
    assert_int_equal(arena.used, 0);
    return bound;
}

static void
the_same_person_has_the_same_id(void **state)
{
    hp_holder one = holder_of("M\xc3\xbcller", "MUELLER", "Anna", "ANNA", 1987, 6, 5);
    const hp_holder same[] = {
        holder_of("MULLER", "MUELLER", "", "ANNA", 1987, 6, 5),
        holder_of("M\xc3\xbcller", "", "anna", "", 1987, 6, 5),
        holder_of("", "MUELLER<", "", "<ANNA<<", 1987, 6, 5),
    };
    const hp_holder others[] = {
        holder_of("", "MULLER", "", "ANNA", 1987, 6, 5),
        holder_of("", "MUELLER", "", "ANN", 1987, 6, 5),
        holder_of("", "MUELLER", "", "ANNA<EVA", 1987, 6, 5),
        holder_of("", "MUELLER<ANNA", "", "", 1987, 6, 5),
        holder_of("", "", "", "MUELLER<ANNA", 1987, 6, 5),
        holder_of("", "ANNA", "", "MUELLER", 1987, 6, 5),
        holder_of("", "MUELLER", "", "", 1987, 6, 5),
        holder_of("", "MUELLER", "", "ANNA", 1987, 6, 6),
        holder_of("", "MUELLER", "", "ANNA", 1987, 5, 5),
        holder_of("", "MUELLER", "", "ANNA", 1986, 6, 5),
    };
    uint8_t id[HP_ID], other[HP_ID];
    size_t i;

    (void)state;
    assert_true(id_of(&one, id));
    for (i = 0; i < COUNT(same); i++) {
        assert_true(id_of(&same[i], other));
        assert_memory_equal(id, other, HP_ID);
    }
    for (i = 0; i < COUNT(others); i++) {
        (void)id_of(&others[i], other);
        if (memcmp(id, other, HP_ID) == 0)
            fail_msg("%zu is the same", i);
    }
}

static void
who_is_not_told_apart_is_not_bound(void **state)
{
    const hp_holder none[] = {
        holder_of("", "", "Anna", "ANNA", 1987, 6, 5), holder_of("A", "A", "B", "B", 1987, 6, 0),
        holder_of("A", "A", "B", "B", 1987, 0, 0), holder_of("A", "A", "B", "B", 0, 0, 0),
        holder_of("\xff", "", "B", "B", 1987, 6, 5), holder_of("A", "A", "\xff", "", 1987, 6, 5),
        holder_of("-", "", "B", "B", 1987, 6, 5),
    };
    hp_bindings bindings = { .n = 1 };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(none); i++) {
        assert_false(id_of(&none[i], bindings.id[0]));
        assert_false(is_bound(&bindings, 1, &none[i]));
    }
}

static void
any_key_of_the_ring_and_any_line_will_do(void **state)
{
    hp_holder one = holder_of("A", "A", "B", "B", 1987, 6, 5);
    hp_holder other = holder_of("A", "A", "C", "C", 1987, 6, 5);
    hp_arena arena = hp_arena_over(buffer, ROOM);
    hp_bindings bindings = { .n = 0 };
    bool bindable;
    size_t i;

    (void)state;
    assert_false(is_bound(&bindings, 3, &one));
    for (i = 0; i < 3; i++) {
        memset(&bindings, 0, sizeof(bindings));
        bindings.n = i + 1;
        assert_true(hp_binding_of(keys[i], &one, &arena, bindings.id[i], &bindable));
        assert_true(is_bound(&bindings, i + 1, &one));
        assert_false(is_bound(&bindings, i, &one));
        assert_false(is_bound(&bindings, 3, &other));
        bindings.n = i; /* a line behind the last one is none */
        assert_false(is_bound(&bindings, 3, &one));
    }
}

static void
a_short_arena_is_no_answer(void **state)
{
    hp_holder one = holder_of("A", "A", "B", "B", 1987, 6, 5);
    hp_bindings bindings = { .n = 1 };
    bool bound, bindable, good;
    size_t n;

    (void)state;
    (void)id_of(&one, bindings.id[0]);
    for (n = 0, good = false; !good && n < ROOM; n++) {
        hp_arena arena = hp_arena_over(buffer, n);
        uint8_t id[HP_ID];

        good = hp_binding_holds(keys, 1, &bindings, &one, &arena, &bound);
        assert_int_equal(bound, good);
        arena = hp_arena_over(buffer, n);
        assert_int_equal(hp_binding_of(keys[0], &one, &arena, id, &bindable), good);
    }
    assert_true(good);
}

/* ---- the file ----------------------------------------------------------------------------------- */

#define ID    "1d544387ac3d459ef42da021ef54966f"
#define OTHER "2D544387AC3D459EF42DA021EF54966F"

static bool
finds(const char *text, const char *login, hp_bindings *bindings, hp_error *error)
{
    return hp_holders_find("F", hp_str_of(text), hp_str_of(login), bindings, error);
}

static void
a_logins_lines_are_found(void **state)
{
    static const char text[] = HP_HOLDERS_HEAD "anna:" ID "\nann:" OTHER "\nanna:" OTHER "\n";
    hp_bindings bindings;
    hp_error error;

    (void)state;
    assert_true(finds(text, "anna", &bindings, &error));
    assert_int_equal(bindings.n, 2);
    assert_int_equal(bindings.id[0][0], 0x1d);
    assert_int_equal(bindings.id[1][0], 0x2d);
    assert_true(finds(text, "ann", &bindings, &error));
    assert_int_equal(bindings.n, 1);
    assert_true(finds(text, "an", &bindings, &error));
    assert_int_equal(bindings.n, 0);
    assert_true(finds(text, "", &bindings, &error));
    assert_int_equal(bindings.n, 0);
    assert_true(finds(HP_HOLDERS_HEAD, "anna", &bindings, &error));
    assert_int_equal(bindings.n, 0);
}

static void
each_line_is_as_it_must_be(void **state)
{
    static const struct {
        const char *text, *says;
    } table[] = {
        { "", "F:1: " }, { "healthpass holders 2\n", "F:1: " }, { "healthpass holders 1", "F:1: " },
        { HP_HOLDERS_HEAD "anna:" ID, "F:2: " }, { HP_HOLDERS_HEAD "\n", "F:2: " },
        { HP_HOLDERS_HEAD ":" ID "\n", "F:2: " }, { HP_HOLDERS_HEAD "anna:" ID " \n", "F:2: " },
        { HP_HOLDERS_HEAD "a:" ID "\nan na:" ID "\n", "F:3: " },
        { HP_HOLDERS_HEAD "#a:" ID "\n", "F:2: " },
        { HP_HOLDERS_HEAD "anna:1d\n", "F:2: " }, { HP_HOLDERS_HEAD "anna\n", "F:2: " },
        { HP_HOLDERS_HEAD "anna:" ID "0\n", "F:2: " }, { HP_HOLDERS_HEAD "a\x7f:" ID "\n", "F:2: " },
        { HP_HOLDERS_HEAD "anna:1g544387ac3d459ef42da021ef54966f\n", "F:2: " },
    };
    hp_bindings bindings;
    hp_error error;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        if (finds(table[i].text, "nobody", &bindings, &error))
            fail_msg("%zu is read", i);
        assert_true(strstr(error.text, table[i].says) == error.text);
    }
}

static void
limits_are_held(void **state)
{
    static char text[HP_HOLDERS_LINE + sizeof(HP_HOLDERS_HEAD) + (HP_BINDINGS + 1) * 40], *at;
    char login[HP_LOGIN_MAX + 2] = "";
    hp_bindings bindings;
    hp_error error;
    size_t n;

    (void)state;
    for (n = HP_BINDINGS; n <= HP_BINDINGS + 1; n++) {
        at = text + sprintf(text, HP_HOLDERS_HEAD);
        for (size_t i = 0; i < n; i++)
            at += sprintf(at, "a:" ID "\n");
        assert_int_equal(finds(text, "a", &bindings, &error), n == HP_BINDINGS);
        assert_true(finds(text, "b", &bindings, &error));
    }
    for (n = HP_LOGIN_MAX; n <= HP_LOGIN_MAX + 1; n++) {
        memset(login, 'x', n);
        (void)sprintf(text, HP_HOLDERS_HEAD "%s:" ID "\n", login);
        assert_int_equal(finds(text, login, &bindings, &error), n == HP_LOGIN_MAX);
        assert_int_equal(hp_login_is_plain(hp_str_of(login)), n == HP_LOGIN_MAX);
    }
}

static int
set_up(void **state)
{
    hp_crypto *crypto = hp_crypto_new();
    uint8_t key[32] = { 0 };
    size_t i;

    for (i = 0; i < COUNT(keys); i++) {
        key[0] = (uint8_t)i;
        keys[i] = hp_hmac_new(crypto, (hp_str){ key, sizeof(key) });
    }
    *state = crypto;
    return keys[2] == NULL;
}

static int
tear_down(void **state)
{
    size_t i;

    for (i = 0; i < COUNT(keys); i++)
        hp_hmac_free(keys[i]);
    hp_crypto_free(*state);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_person_has_the_same_id),
        cmocka_unit_test(who_is_not_told_apart_is_not_bound),
        cmocka_unit_test(any_key_of_the_ring_and_any_line_will_do),
        cmocka_unit_test(a_short_arena_is_no_answer),
        cmocka_unit_test(a_logins_lines_are_found),
        cmocka_unit_test(each_line_is_as_it_must_be),
        cmocka_unit_test(limits_are_held),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
