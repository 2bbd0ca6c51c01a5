/*
 * What a scan helper and a gate read of each other, and layouts.  What is read as a request or a
 * reply is written anew as the same; an undone text has only Base45 in it, and is not undone twice.
 */
#include "fuzz.h"

#include "../../pam_module/layout.h"
#include "../../pam_module/wire.h"

#define ID "00112233445566778899aabbccddeeff"

static const uint8_t id[HP_SCAN_ID] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                        0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

/* The digits of an id may come in capitals, which are written in lower case. */
static void
must_be(hp_str message, const char *written, size_t n)
{
    MUST(n <= message.n);
    for (size_t i = 0; i < n; i++)
        MUST(message.p[i] == (uint8_t)written[i] ||
             (i >= 9 && i < 41 && message.p[i] == hp_upper((uint8_t)written[i])));
}

static void
read_messages(hp_str message)
{
    char written[HP_SCAN_REQUEST_MAX];
    hp_scan_request request;
    hp_scan_word word;
    hp_str text;
    size_t n;

    if (hp_scan_read_request(message, &request)) {
        n = hp_scan_write_request(&request, written);
        MUST(n == message.n);
        must_be(message, written, n);
    }
    if (hp_scan_read_reply(message, id, &word, &text)) {
        n = hp_scan_write_head(id, word, written);
        must_be(message, written, n);
        MUST(text.n == message.n - n && (word == HP_SCAN_TEXT || text.n == 0));
    }
}

static void
undo(const char *layout, hp_str text)
{
    uint8_t *room = malloc(text.n + 1);
    size_t n = text.n;

    MUST(room != NULL);
    if (n > 0)
        memcpy(room, text.p, n);
    if (hp_pam_layout_repair(layout, room, &n)) {
        MUST(n >= 4 && n <= text.n && memcmp(room, "HC1:", 4) == 0);
        for (size_t i = 0; i < n; i++)
            MUST(room[i] != 0 && strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", room[i]));
        MUST(!hp_pam_layout_repair(layout, room, &n));
    } else {
        MUST(n == text.n && (n == 0 || memcmp(room, text.p, n) == 0));
    }
    free(room);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char *const layouts[] = { "us", "fr", "be", "it", "es", "pt" };

    read_messages((hp_str){ p, n });
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        undo(layouts[i], (hp_str){ p, n });
    return 0;
}

void
fuzz_seeds(void (*put)(const char *name, hp_str seed))
{
    put("request", HP_STR("HPSCAN/1 " ID " 45\n"));
    put("scan", HP_STR("HPSCAN/1 " ID " scan\nHC1:NCF"));
    put("none", HP_STR("HPSCAN/1 " ID " none\n"));
    put("absent", HP_STR("HPSCAN/1 " ID " absent\n"));
    put("caps-lock", HP_STR("hc1:ncf 12+-*"));
    put("french", HP_STR("HC&M\xc3\xa0&\xc3\xa9\"'(-\xc3\xa8_\xc3\xa7 4Q)"));
    put("belgian-caps-lock", HP_STR("hc&m\xc3\x80&\xc3\x89\"'(\xc2\xa7 4q)"));
    put("italian", HP_STR("HC1\xc3\xa7NCF ('.-^"));
    put("spanish", HP_STR("HC1\xc3\x91NCF (\xc2\xbf'.-"));
}
