/* What goes between gate and scan helper, to the byte; and a keyboard's layout, undone. */
#include "unit.h"

#include "../../pam_module/layout.h"
#include "../../pam_module/wire.h"

#define ID    "00112233445566778899aabbccddeeff"
#define OTHER "00112233445566778899aabbccddeefe"

static const uint8_t id[HP_SCAN_ID] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static void
a_request_is_written_and_read(void **state)
{
    static const unsigned seconds[] = { 1, 45, HP_SCAN_SECONDS_MAX };
    char message[HP_SCAN_REQUEST_MAX];
    hp_scan_request request = { .seconds = 45 }, back;

    (void)state;
    memcpy(request.id, id, sizeof(id));
    assert_int_equal(hp_scan_write_request(&request, message), 45);
    assert_string_equal(message, "HPSCAN/1 " ID " 45\n");
    for (size_t i = 0; i < COUNT(seconds); i++) {
        request.seconds = seconds[i];
        size_t n = hp_scan_write_request(&request, message);
        assert_true(hp_scan_read_request(guard_end((hp_str){ (uint8_t *)message, n }), &back));
        assert_int_equal(back.seconds, seconds[i]);
        assert_memory_equal(back.id, id, sizeof(id));
        while (n-- > 0) /* cut anywhere it is none */
            assert_false(hp_scan_read_request(guard_end((hp_str){ (uint8_t *)message, n }), &back));
    }
}

static void
nothing_else_is_a_request(void **state)
{
    static const char *const wrong[] = {
        "HPSCAN/2 " ID " 45\n", "hpscan/1 " ID " 45\n", " HPSCAN/1 " ID " 45\n",
        "HPSCAN/1  " ID " 45\n", "HPSCAN/1 " ID "45\n", "HPSCAN/1 " ID "0 45\n",
        "HPSCAN/1 g" ID " 45\n", "HPSCAN/1 " ID " \n", "HPSCAN/1 " ID " 0\n",
        "HPSCAN/1 " ID " 045\n", "HPSCAN/1 " ID " +45\n", "HPSCAN/1 " ID " 86401\n",
        "HPSCAN/1 " ID " 4294967297\n", "HPSCAN/1 " ID " 45 \n", "HPSCAN/1 " ID " 45\r\n",
        "HPSCAN/1 " ID " 45\n\n", "HPSCAN/1 " ID " 45\nHC1:",
    };
    hp_scan_request request;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(hp_scan_read_request(guard_end(hp_str_of(wrong[i])), &request));
}

static void
each_word_of_a_reply_is_read(void **state)
{
    char head[HP_SCAN_HEAD + 8];
    hp_scan_word word;
    hp_str text;

    (void)state;
    for (int i = HP_SCAN_TEXT; i <= HP_SCAN_FAULT; i++) {
        size_t n = hp_scan_write_head(id, (hp_scan_word)i, head);
        hp_str message = guard_end((hp_str){ (uint8_t *)head, n });

        assert_true(hp_scan_read_reply(message, id, &word, &text));
        assert_int_equal(word, i);
        assert_int_equal(text.n, 0);
        while (message.n-- > 0)
            assert_false(hp_scan_read_reply(message, id, &word, &text));
    }
    assert_int_equal(hp_scan_write_head(id, HP_SCAN_TEXT, head), HP_SCAN_HEAD);
    assert_string_equal(head, "HPSCAN/1 " ID " scan\n");
    assert_true(hp_scan_read_reply(guard_end(HP_STR("HPSCAN/1 " ID " scan\nHC1: \n ")), id, &word, &text));
    assert_str_equal(text, HP_STR("HC1: \n "));
}

static void
nothing_else_is_a_reply(void **state)
{
    static const char *const wrong[] = {
        "", "HC1:", "HPSCAN/1 " OTHER " scan\nHC1:", "HPSCAN/2 " ID " scan\nHC1:", "HPSCAN/1 " ID " scan",
        "HPSCAN/1 " ID " scanHC1:", "HPSCAN/1 " ID " scan HC1:", "HPSCAN/1 " ID " scans\nHC1:",
        "HPSCAN/1 " ID " SCAN\nHC1:", "HPSCAN/1 " ID "  scan\nHC1:", "HPSCAN/1 " ID "\nHC1:",
        "HPSCAN/1 " ID " none\nHC1:", "HPSCAN/1 " ID " busy\n\n", "HPSCAN/1 " ID " absent\r\n",
    };
    hp_scan_word word;
    hp_str text;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(hp_scan_read_reply(guard_end(hp_str_of(wrong[i])), id, &word, &text));
}

/* What comes out of text, or the text itself where nothing is undone. */
static const char *
undone(const char *layout, const char *text)
{
    static char out[128];
    size_t n = strlen(text);
    uint8_t *room = guard_room(n);

    memcpy(room, text, n);
    bool changed = hp_pam_layout_repair(layout, room, &n);
    assert_true(changed || n == strlen(text));
    memcpy(out, room, n);
    out[n] = '\0';
    assert_int_equal(changed, strcmp(out, text) != 0);
    return out;
}

static void
a_layout_is_undone(void **state)
{
    (void)state;
    assert_string_equal(undone("fr", "HC&M\xc3\xa0&\xc3\xa9 4Q)"), "HC1:012 $A-");
    assert_string_equal(undone("fr", "hc&m\xc3\x80&\xc3\x89 4q)"), "HC1:012 $A-");
    assert_string_equal(undone("it", "HC1\xc3\xa7 *'.-"), "HC1\xc3\xa7 *'.-"); /* no key gives '*' there */
    assert_string_equal(undone("it", "HC1\xc3\xa7 ('.-"), "HC1: *-./");
    assert_string_equal(undone("it", "hc1\xc3\x87 ('.-"), "HC1: *-./");
    assert_string_equal(undone("us", "hc1:ab c"), "HC1:AB C");
}

static void
what_is_no_such_text_stays(void **state)
{
    static const char *const kept[] = {
        "", "h", "hc1", "hc1\xc3", "HC1:AB", "HC1:ab", "hc1:Ab", "hc1:a#", "shc:/56", "correct horse",
        "hc1:\xc3", "hc1:\xff", "hc1:\xc3\x28", "hc1:a\xe2\x82\xac",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(kept); i++)
        assert_string_equal(undone("us", kept[i]), kept[i]);
    assert_string_equal(undone("fr", "HC&M\xc3\x80"), "HC&M\xc3\x80"); /* half with Caps Lock */
    assert_string_equal(undone("de", "HC1\xc3\x96"), "HC1\xc3\x96");
    assert_false(hp_pam_layout_is("de") || hp_pam_layout_is("") || hp_pam_layout_is("fr "));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_request_is_written_and_read),
    cmocka_unit_test(nothing_else_is_a_request),
    cmocka_unit_test(each_word_of_a_reply_is_read),
    cmocka_unit_test(nothing_else_is_a_reply),
    cmocka_unit_test(a_layout_is_undone),
    cmocka_unit_test(what_is_no_such_text_stays),
};

UNIT_MAIN(tests)
