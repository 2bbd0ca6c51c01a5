/*
 * Uses of a pass: how many different ones are let in, who keeps his place, and what the ledger's
 * answer makes of a verdict.
 */
#include "unit.h"

#include "hp.h"
#include "maker.h"

#include <stdlib.h>

#define WINDOW 3600u
#define NOW    1000u

/* A store of rows in memory, one for each key, which grow as they ask for it. */
typedef struct {
    hp_use_row *rows[HP_IDENTITIES];
} store;

static hp_use_row *
row_of(uint16_t room, const hp_use_row *old)
{
    hp_use_row *row = calloc(1, sizeof(*row) + room * sizeof(row->slots[0]));

    assert_non_null(row);
    if (old != NULL)
        memcpy(row, old, sizeof(*old) + old->n * sizeof(old->slots[0]));
    row->room = room;
    return row;
}

static void
grow(store *s)
{
    hp_use_row *more;

    more = row_of(s->rows[0] == NULL ? HP_USE_ROOM : hp_use_more_room(s->rows[0]->room), s->rows[0]);
    free(s->rows[0]);
    s->rows[0] = more;
}

static void
end_store(store *s)
{
    size_t i;

    for (i = 0; i < HP_IDENTITIES; i++)
        free(s->rows[i]);
    memset(s, 0, sizeof(*s));
}

/* Whoever has number n, under n_keys keys, the newest first. */
static hp_use
who(unsigned n, size_t n_keys)
{
    hp_use use = { .n = n_keys };
    size_t i;

    for (i = 0; i < n_keys; i++) {
        memset(use.pass[i], (int)i + 1, HP_ID);
        memcpy(use.by[i], &n, sizeof(n));
        use.by[i][HP_BY - 1] = (uint8_t)i;
    }
    return use;
}

static hp_use_answer
take(store *s, const hp_use *use, const hp_use_terms *terms, uint32_t now)
{
    hp_use_answer answer = { HP_USE_AWAY, 0, false };

    if (s->rows[0] == NULL)
        grow(s);
    while (!hp_use_take(s->rows, use, terms, now, &answer))
        grow(s);
    return answer;
}

static void
assert_use(hp_use_answer answer, hp_use_state state, unsigned count)
{
    assert_int_equal(answer.state, state);
    assert_int_equal(answer.count, count);
}

static const hp_use_terms refusing = { .limit = 3, .window = WINDOW, .refuse = true };
static const hp_use_terms marking = { .limit = 3, .window = WINDOW };

static void
as_many_as_the_limit_and_the_same_again(void **state)
{
    store s = { { NULL } };
    hp_use use;
    unsigned n, round;

    (void)state;
    for (round = 0; round < 2; round++) {
        for (n = 0; n < 3; n++) {
            use = who(n, 1);
            assert_use(take(&s, &use, &refusing, NOW), HP_USE_OK, round == 0 ? n + 1 : 5);
        }
        for (n = 3; n < 5; n++) {
            use = who(n, 1);
            assert_use(take(&s, &use, &refusing, NOW), HP_USE_OVER, round == 0 ? n + 1 : 5);
        }
    }
    end_store(&s);
}

static void
who_is_refused_takes_no_place(void **state)
{
    store s = { { NULL } };
    hp_use use;
    unsigned n;

    (void)state;
    for (n = 0; n < 100; n++) {
        use = who(n, 1);
        (void)take(&s, &use, &refusing, NOW + n);
    }
    use = who(0, 1);
    assert_use(take(&s, &use, &refusing, NOW + WINDOW - 1), HP_USE_OK, HP_USE_SLOTS);
    /* number 1 is over, 2 is not: one place is free, and who asks first has it */
    use = who(99, 1);
    assert_int_equal(take(&s, &use, &refusing, NOW + WINDOW + 1).state, HP_USE_OK);
    use = who(98, 1);
    assert_int_equal(take(&s, &use, &refusing, NOW + WINDOW + 1).state, HP_USE_OVER);
    use = who(98, 1);
    assert_int_equal(take(&s, &use, &refusing, NOW + WINDOW + 2).state, HP_USE_OK);
    end_store(&s);
}

static void
a_mark_counts_all_and_keeps_the_first_unmarked(void **state)
{
    store s = { { NULL } };
    hp_use use;
    unsigned n;

    (void)state;
    for (n = 0; n < 60; n++) {
        use = who(n, 1);
        assert_use(take(&s, &use, &marking, NOW), n < 3 ? HP_USE_OK : HP_USE_OVER,
                   n < HP_USE_SLOTS ? n + 1 : HP_USE_SLOTS);
    }
    for (n = 0; n < 60; n++) {
        use = who(n, 1);
        assert_use(take(&s, &use, &marking, NOW + 1), n < 3 ? HP_USE_OK : HP_USE_OVER,
                   HP_USE_SLOTS);
    }
    end_store(&s);
}

static void
a_place_lasts_a_window_from_when_it_was_last_seen(void **state)
{
    store s = { { NULL } };
    hp_use_terms one = { .limit = 1, .window = WINDOW, .refuse = true };
    hp_use first = who(1, 1), second = who(2, 1);

    (void)state;
    assert_use(take(&s, &first, &one, NOW), HP_USE_OK, 1);
    assert_use(take(&s, &first, &one, NOW + 100), HP_USE_OK, 1);
    assert_use(take(&s, &second, &one, NOW + WINDOW), HP_USE_OVER, 2);
    assert_int_equal(hp_use_row_end(s.rows[0], NOW + WINDOW), NOW + 2 * WINDOW);
    assert_use(take(&s, &second, &one, NOW + WINDOW + 99), HP_USE_OVER, 2);
    assert_use(take(&s, &second, &one, NOW + WINDOW + 100), HP_USE_OK, 1);
    assert_use(take(&s, &first, &one, NOW + WINDOW + 100), HP_USE_OVER, 2);
    assert_int_equal(hp_use_row_end(s.rows[0], NOW + 2 * WINDOW + 99), NOW + 2 * WINDOW + 100);
    assert_int_equal(hp_use_row_end(s.rows[0], NOW + 2 * WINDOW + 100), 0);
    end_store(&s);
}

static void
one_warning_a_window(void **state)
{
    store s = { { NULL } };
    hp_use_terms one = { .limit = 1, .window = WINDOW };
    hp_use first = who(1, 1), second = who(2, 1);

    (void)state;
    assert_false(take(&s, &first, &one, NOW).first);
    assert_true(take(&s, &second, &one, NOW).first);
    assert_false(take(&s, &second, &one, NOW).first);
    assert_false(take(&s, &first, &one, NOW + WINDOW - 1).first);
    assert_false(take(&s, &second, &one, NOW + WINDOW - 1).first);
    assert_true(take(&s, &second, &one, NOW + WINDOW).first);
    end_store(&s);
}

static void
a_reservation_holds_a_place_until_it_ends(void **state)
{
    store s = { { NULL } };
    hp_use_terms one = { .limit = 1, .window = WINDOW, .refuse = true, .reserve = true };
    hp_use first = who(1, 1), second = who(2, 1);

    (void)state;
    assert_use(take(&s, &first, &one, NOW), HP_USE_OK, 1);
    assert_use(take(&s, &second, &one, NOW), HP_USE_OVER, 2);
    hp_use_end(s.rows, &second, NOW, false); /* it has none */
    assert_use(take(&s, &second, &one, NOW), HP_USE_OVER, 2);
    hp_use_end(s.rows, &first, NOW, false);
    assert_use(take(&s, &second, &one, NOW), HP_USE_OK, 1);
    assert_use(take(&s, &second, &one, NOW), HP_USE_OK, 1); /* a double click */
    hp_use_end(s.rows, &second, NOW, false);
    assert_use(take(&s, &first, &one, NOW), HP_USE_OVER, 2);
    hp_use_end(s.rows, &second, NOW, true);
    assert_use(take(&s, &second, &one, NOW), HP_USE_OK, 2);
    hp_use_end(s.rows, &second, NOW, false); /* it was used before, and stays so */
    assert_use(take(&s, &first, &one, NOW), HP_USE_OVER, 2);
    assert_use(take(&s, &first, &one, NOW + WINDOW), HP_USE_OK, 1);
    end_store(&s);
}

/* One of two reservations is committed: whichever ends first, it is a use. */
static void
one_commit_of_several_is_enough(void **state)
{
    hp_use_terms one = { .limit = 1, .window = WINDOW, .refuse = true, .reserve = true };
    hp_use first = who(1, 1), second = who(2, 1);
    store s = { { NULL } };
    int order;

    (void)state;
    for (order = 0; order < 2; order++) {
        (void)take(&s, &first, &one, NOW);
        (void)take(&s, &first, &one, NOW);
        hp_use_end(s.rows, &first, NOW, order == 0);
        hp_use_end(s.rows, &first, NOW, order != 0);
        assert_use(take(&s, &second, &one, NOW), HP_USE_OVER, 2);
        end_store(&s);
    }
}

/* He has a place where three are let in; where one is, he is refused, and uses nothing. */
static void
a_lower_limit_holds_nobodys_place(void **state)
{
    hp_use_terms one = { .limit = 1, .window = WINDOW, .refuse = true };
    hp_use_terms three = { .limit = 3, .window = WINDOW, .refuse = true, .reserve = true };
    hp_use first = who(1, 1), second = who(2, 1);
    store s = { { NULL } };
    unsigned placed, round;

    (void)state;
    (void)take(&s, &first, &refusing, NOW);
    for (round = 0; round < 2; round++) {
        one.reserve = round != 0;
        assert_use(take(&s, &second, &three, NOW), HP_USE_OK, 2);
        assert_use(take(&s, &second, &one, NOW), HP_USE_OVER, 2);
        hp_use_end(s.rows, &second, NOW, false);
        assert_int_equal(hp_use_row_count(s.rows[0], NOW, &placed), 1);
        assert_int_equal(placed, 1);
    }
    end_store(&s);
}

/* What was written under an older key counts; what is new stands under the newest. */
static void
a_ring_is_rotated_with_no_use_lost(void **state)
{
    store s = { { NULL } }, rotated = { { NULL } };
    hp_use use = who(1, 1), ringed;
    unsigned n;

    (void)state;
    (void)take(&s, &use, &refusing, NOW);
    rotated.rows[1] = s.rows[0];
    memset(rotated.rows[1]->pass, 2, HP_ID);
    rotated.rows[1]->slots[0].by[HP_BY - 1] = 1;
    ringed = who(1, 2);
    assert_use(take(&rotated, &ringed, &refusing, NOW), HP_USE_OK, 1);
    assert_int_equal(rotated.rows[0]->n, 0);
    for (n = 2; n < 5; n++) {
        ringed = who(n, 2);
        assert_use(take(&rotated, &ringed, &refusing, NOW), n < 4 ? HP_USE_OK : HP_USE_OVER, n);
    }
    ringed = who(1, 2);
    assert_use(take(&rotated, &ringed, &refusing, NOW), HP_USE_OK, 4);
    assert_int_equal(rotated.rows[0]->n, 3);
    assert_int_equal(rotated.rows[1]->n, 1);
    end_store(&rotated);
}

/* Refused under the old key, let in under the new one, whose row is full just then. */
static void
a_place_moves_to_the_newest_key(void **state)
{
    store s = { { NULL } }, rotated = { { NULL } };
    hp_use_terms one = { .limit = 1, .window = WINDOW, .refuse = true };
    hp_use_terms many = { .limit = 4, .window = WINDOW, .refuse = true };
    hp_use use = who(1, 1);
    unsigned n;

    (void)state;
    (void)take(&s, &use, &one, NOW);
    use = who(2, 1);
    assert_use(take(&s, &use, &one, NOW), HP_USE_OVER, 2);
    rotated.rows[1] = s.rows[0];
    for (n = 0; n < 2; n++)
        rotated.rows[1]->slots[n].by[HP_BY - 1] = 1;
    for (n = 3; n < 5; n++) {
        use = who(n, 2);
        assert_use(take(&rotated, &use, &many, NOW), HP_USE_OK, n);
    }
    assert_int_equal(rotated.rows[0]->n, rotated.rows[0]->room);
    use = who(2, 2);
    assert_use(take(&rotated, &use, &many, NOW), HP_USE_OK, 4);
    assert_int_equal(rotated.rows[0]->n, 3);
    assert_int_equal(rotated.rows[1]->n, 1);
    use = who(5, 2);
    assert_use(take(&rotated, &use, &many, NOW), HP_USE_OVER, 5);
    end_store(&rotated);
}

static void
rows_grow_to_their_most(void **state)
{
    uint16_t room = 0, more;

    (void)state;
    for (more = hp_use_more_room(room); more != room; more = hp_use_more_room(room)) {
        assert_true(more > room && more <= HP_USE_SLOTS);
        room = more;
    }
    assert_int_equal(room, HP_USE_SLOTS);
}

/* ---- verdicts ---------------------------------------------------------------------------- */

static void
only_a_pending_verdict_is_settled(void **state)
{
    static const struct {
        hp_use_state state;
        bool refuse, open;
        hp_reason reason;
        bool suspect;
        unsigned uses;
    } table[] = {
        { HP_USE_OK, true, false, HP_OK, false, 7 },
        { HP_USE_OVER, true, false, HP_REUSED, false, 7 },
        { HP_USE_OVER, true, true, HP_REUSED, false, 7 },
        { HP_USE_OVER, false, false, HP_OK, true, 7 },
        { HP_USE_AWAY, false, false, HP_LEDGER_AWAY, false, 0 },
        { HP_USE_AWAY, true, true, HP_OK, false, 0 },
        { HP_USE_FULL, false, false, HP_ZONE_FULL, false, 0 },
        { HP_USE_FULL, false, true, HP_OK, false, 0 },
    };
    static const hp_reason others[] = { HP_FAULT, HP_NO_PASS, HP_REVOKED, HP_REUSED };
    hp_verdict verdict;
    size_t i, k;

    (void)state;
    for (i = 0; i < COUNT(table); i++) {
        hp_use_terms terms = { .limit = 1, .window = 1, .refuse = table[i].refuse,
                               .open = table[i].open };
        hp_use_answer answer = { table[i].state, 7, false };

        (void)hp_verdict_set(&verdict, HP_PENDING);
        assert_int_equal(hp_settle(&verdict, &terms, &answer), table[i].reason);
        assert_int_equal(verdict.reason, table[i].reason);
        assert_int_equal(verdict.suspect, table[i].suspect);
        assert_int_equal(verdict.uses, table[i].uses);
        for (k = 0; k < COUNT(others); k++) {
            (void)hp_verdict_set(&verdict, others[k]);
            assert_int_equal(hp_settle(&verdict, &terms, &answer), others[k]);
        }
    }
}

/* ---- places ------------------------------------------------------------------------------ */

static void
places_are_read(void **state)
{
    static const struct {
        const char *text;
        hp_ledger_kind kind;
        const char *path, *host;
        unsigned port, db;
    } good[] = {
        { "memory", HP_LEDGER_MEMORY, "", "", 0, 0 },
        { "file:/run/healthpass/ledger", HP_LEDGER_FILE, "/run/healthpass/ledger", "", 0, 0 },
        { "redis://127.0.0.1", HP_LEDGER_REDIS, "", "127.0.0.1", 6379, 0 },
        { "redis://127.0.0.1/", HP_LEDGER_REDIS, "", "127.0.0.1", 6379, 0 },
        { "redis://127.0.0.1:1/2", HP_LEDGER_REDIS, "", "127.0.0.1", 1, 2 },
        { "redis://127.0.0.1:65535", HP_LEDGER_REDIS, "", "127.0.0.1", 65535, 0 },
        { "redis://[::1]", HP_LEDGER_REDIS, "", "::1", 6379, 0 },
        { "redis://[fd00::7]:6380/15", HP_LEDGER_REDIS, "", "fd00::7", 6380, 15 },
        { "unix:/run/r.sock", HP_LEDGER_REDIS, "/run/r.sock", "", 0, 0 },
        { "unix:/run/r.sock?db=3", HP_LEDGER_REDIS, "/run/r.sock", "", 0, 3 },
    };
    static const char *const bad[] = { "", "Memory", "memory ", "file:", "file:x", "file:/",
        "redis:127.0.0.1", "redis://", "redis://localhost", "redis://127.0.0.1:", "redis://127.0.0.1:0",
        "redis://127.0.0.1:65536", "redis://127.0.0.1:1x", "redis://127.0.0.1/x", "redis://127.0.0.1/65536",
        "redis://[::1", "redis://::1", "redis://[127.0.0.1]", "redis://[::1]x", "redis://u:p@127.0.0.1",
        "unix:", "unix:r.sock", "unix:/r.sock?x", "unix:/r.sock?db=", "unix:?db=1",
        "redis://127.0.0.1/1/2", "rediss://127.0.0.1" };
    hp_ledger_place place;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++) {
        if (!hp_ledger_place_read(good[i].text, &place))
            fail_msg("%s is refused", good[i].text);
        assert_int_equal(place.kind, good[i].kind);
        assert_string_equal(place.path, good[i].path);
        assert_string_equal(place.host, good[i].host);
        if (*good[i].host != '\0')
            assert_int_equal(place.port, good[i].port);
        assert_int_equal(place.db, good[i].db);
        assert_null(place.secret);
    }
    for (i = 0; i < COUNT(bad); i++) {
        if (hp_ledger_place_read(bad[i], &place))
            fail_msg("%s is taken", bad[i]);
    }
}

static void
a_path_fits_a_socket(void **state)
{
    char text[128] = "unix:/";
    hp_ledger_place place;

    (void)state;
    memset(text + 6, 'x', 106);
    assert_true(hp_ledger_place_read(text, &place));
    assert_int_equal(strlen(place.path), 107);
    text[6 + 106] = 'x';
    assert_false(hp_ledger_place_read(text, &place));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_as_the_limit_and_the_same_again),
        cmocka_unit_test(who_is_refused_takes_no_place),
        cmocka_unit_test(a_mark_counts_all_and_keeps_the_first_unmarked),
        cmocka_unit_test(a_place_lasts_a_window_from_when_it_was_last_seen),
        cmocka_unit_test(one_warning_a_window),
        cmocka_unit_test(a_reservation_holds_a_place_until_it_ends),
        cmocka_unit_test(one_commit_of_several_is_enough),
        cmocka_unit_test(a_lower_limit_holds_nobodys_place),
        cmocka_unit_test(a_ring_is_rotated_with_no_use_lost),
        cmocka_unit_test(a_place_moves_to_the_newest_key),
        cmocka_unit_test(rows_grow_to_their_most),
        cmocka_unit_test(only_a_pending_verdict_is_settled),
        cmocka_unit_test(places_are_read),
        cmocka_unit_test(a_path_fits_a_socket),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
