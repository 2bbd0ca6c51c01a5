/* Writes and reads the two messages; what does not fit them to the last byte is not one. */
#include "wire.h"

#include "base/cursor.h"
#include "base/hex.h"

#include <stdio.h>

#define PROTOCOL "HPSCAN/1 "

/* As hp_scan_word has them. */
static const char *const words[] = { "scan", "none", "long", "absent", "busy", "fault" };

#define WORDS (sizeof(words) / sizeof(words[0]))

/* What both messages begin with. */
static bool
read_id(hp_cur *c, uint8_t id[HP_SCAN_ID])
{
    hp_str protocol = HP_STR(PROTOCOL);
    const uint8_t *p = hp_cur_take(c, protocol.n);
    const uint8_t *digits = hp_cur_take(c, 2 * HP_SCAN_ID), *space = hp_cur_take(c, 1);

    return !c->bad && memcmp(p, protocol.p, protocol.n) == 0 && *space == ' ' &&
           hp_hex_read((hp_str){ digits, 2 * HP_SCAN_ID }, id);
}

size_t
hp_scan_write_request(const hp_scan_request *request, char message[HP_SCAN_REQUEST_MAX])
{
    char id[HP_HEX_TEXT(HP_SCAN_ID)];

    hp_hex_write((hp_str){ request->id, HP_SCAN_ID }, id);
    return (size_t)snprintf(message, HP_SCAN_REQUEST_MAX, PROTOCOL "%s %u\n", id, request->seconds);
}

/* Without zeros in front, up to the line end. */
static bool
read_seconds(hp_cur *c, unsigned *seconds)
{
    const uint8_t *p = hp_cur_take(c, 1);

    for (*seconds = 0; p != NULL && *p >= '0' && *p <= '9'; p = hp_cur_take(c, 1)) {
        *seconds = *seconds * 10 + (unsigned)(*p - '0');
        if (*seconds == 0 || *seconds > HP_SCAN_SECONDS_MAX)
            return false;
    }
    return p != NULL && *p == '\n' && *seconds > 0;
}

bool
hp_scan_read_request(hp_str message, hp_scan_request *request)
{
    hp_cur c = hp_cur_of(message);

    return read_id(&c, request->id) && read_seconds(&c, &request->seconds) && hp_cur_done(&c);
}

size_t
hp_scan_write_head(const uint8_t id[HP_SCAN_ID], hp_scan_word word, char head[HP_SCAN_HEAD + 8])
{
    char digits[HP_HEX_TEXT(HP_SCAN_ID)];

    hp_hex_write((hp_str){ id, HP_SCAN_ID }, digits);
    return (size_t)snprintf(head, HP_SCAN_HEAD + 8, PROTOCOL "%s %s\n", digits, words[word]);
}

bool
hp_scan_read_reply(hp_str message, const uint8_t id[HP_SCAN_ID], hp_scan_word *word, hp_str *text)
{
    hp_cur c = hp_cur_of(message);
    uint8_t whose[HP_SCAN_ID];
    hp_str rest, name;
    size_t i;

    if (!read_id(&c, whose) || memcmp(whose, id, HP_SCAN_ID) != 0)
        return false;
    rest = (hp_str){ c.p, hp_cur_left(&c) };
    for (i = 0; i < WORDS; i++) {
        name = hp_str_of(words[i]);
        if (!hp_str_starts(rest, name) || rest.n == name.n || rest.p[name.n] != '\n')
            continue;
        *word = (hp_scan_word)i;
        *text = hp_str_from(rest, name.n + 1);
        return *word == HP_SCAN_TEXT || text->n == 0;
    }
    return false;
}
