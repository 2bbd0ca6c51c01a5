/* The recorded exception for stale lists; see override.h. */
#include "policy/override.h"

#include "base/file.h"
#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <sys/stat.h>

/*
 * At a byte of good UTF-8: does a character begin here that controls a terminal, ends a line, or
 * turns the order of the letters about, so that a log shows other words than were written?
 */
static bool
is_control(const uint8_t *p)
{
    if (p[0] == 0xc2)
        return p[1] < 0xa0; /* U+0080 to U+009F: C1 */
    if (p[0] == 0xe2 && p[1] == 0x80)
        return p[2] >= 0xa8 && p[2] <= 0xae; /* U+2028, U+2029, U+202A to U+202E */
    if (p[0] == 0xe2 && p[1] == 0x81)
        return p[2] >= 0xa6 && p[2] <= 0xa9; /* U+2066 to U+2069 */
    return p[0] < ' ' || p[0] == 0x7f;
}

bool
hp_override_text(hp_str text, size_t room)
{
    size_t points, i;

    if (text.n == 0 || text.n >= room || text.p[0] == ' ' || text.p[text.n - 1] == ' ' ||
        !hp_utf8_count(text, &points))
        return false;
    for (i = 0; i < text.n; i++) {
        if (is_control(text.p + i))
            return false;
    }
    return true;
}

bool
hp_override_allows(const hp_override *override, double now)
{
    return now >= override->made - HP_OVERRIDE_AHEAD && now < override->until;
}

bool
hp_override_same(const hp_override *one, const hp_override *other)
{
    return one->made == other->made && one->until == other->until &&
           strcmp(one->by, other->by) == 0 && strcmp(one->reason, other->reason) == 0;
}

/* ---- the file ----------------------------------------------------------------------------- */

static bool
read_text(hp_str value, char *to, size_t room)
{
    if (!hp_override_text(value, room))
        return false;
    memcpy(to, value.p, value.n);
    to[value.n] = 0;
    return true;
}

/* Each line's key, in the order in which they stand. */
static bool
read_value(size_t line, hp_str value, hp_override *to)
{
    switch (line) {
    case 0:
        return hp_str_eq(value, HP_STR("1"));
    case 1:
        return hp_str_eq(value, HP_STR("stale"));
    case 2:
        return hp_time_read(value, false, &to->made) && to->made > 0;
    case 3:
        return hp_time_read(value, false, &to->until) && to->until > to->made;
    case 4:
        return read_text(value, to->by, sizeof(to->by));
    default:
        return read_text(value, to->reason, sizeof(to->reason));
    }
}

static const struct {
    hp_str key;
    const char *expected;
} lines[] = {
    { { (const uint8_t *)"version: ", 9 }, "version: 1" },
    { { (const uint8_t *)"allows: ", 8 }, "allows: stale" },
    { { (const uint8_t *)"made: ", 6 }, "made: and an RFC 3339 time" },
    { { (const uint8_t *)"until: ", 7 }, "until: and an RFC 3339 time after made" },
    { { (const uint8_t *)"by: ", 4 }, "by: and a name of up to 63 bytes" },
    { { (const uint8_t *)"reason: ", 8 }, "reason: and a text of up to 255 bytes" },
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

/* Takes the next line, without its end, which must be there. */
static bool
next_line(hp_str *rest, hp_str *line)
{
    const uint8_t *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;

    if (end == NULL)
        return false;
    *line = (hp_str){ rest->p, (size_t)(end - rest->p) };
    *rest = hp_str_from(*rest, line->n + 1);
    return true;
}

bool
hp_override_read(const char *path, hp_str text, hp_override *override, hp_error *error)
{
    hp_override read = { .made = 0 };
    hp_str line;
    size_t i;

    *override = read;
    for (i = 0; i < LINES; i++) {
        if (!next_line(&text, &line) || !hp_str_starts(line, lines[i].key) ||
            !read_value(i, hp_str_from(line, lines[i].key.n), &read)) {
            hp_error_set(error, "%s:%zu: expected %s", path, i + 1, lines[i].expected);
            return false;
        }
    }
    if (text.n > 0) {
        hp_error_set(error, "%s:%zu: expected nothing more", path, i + 1);
        return false;
    }
    if (read.until > read.made + HP_OVERRIDE_MOST)
        read.until = read.made + HP_OVERRIDE_MOST;
    *override = read;
    return true;
}

void
hp_override_load(const char *path, bool of_root, hp_override *override, hp_error *fault)
{
    struct stat st;
    hp_stamp stamp;
    hp_bytes text;

    *override = (hp_override){ .made = 0 };
    fault->text[0] = 0;
    if ((lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR)) ||
        !hp_file_read(path, HP_FILE_OWNED, HP_OVERRIDE_MAX, &text, &stamp, fault))
        return;
    if (of_root && stamp.owner != 0)
        hp_error_set(fault, "%s: belongs to user %u, expected root, as whose the policy file is",
                     path, (unsigned)stamp.owner);
    else
        (void)hp_override_read(path, (hp_str){ text.p, text.n }, override, fault);
    hp_bytes_free(&text);
}
