/* The text of a session's record; see session.h.  Strict: what is not understood is no record. */
#include "check/session.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define HEAD "healthpass session 1\n"

#define TOLD_MAX 999 /* no reason has a greater number */

static const char *const expiries[] = {
#define X(name, word) [HP_EXPIRY_##name] = (word),
    HP_EXPIRIES(X)
#undef X
};

const char *
hp_expiry_word(hp_expiry expiry)
{
    return expiries[expiry];
}

bool
hp_expiry_read(hp_str word, hp_expiry *expiry)
{
    size_t i = 0;

    while (i < HP_EXPIRIES_END && !hp_str_eq(word, hp_str_of(expiries[i])))
        i++;
    if (i < HP_EXPIRIES_END)
        *expiry = (hp_expiry)i;
    return i < HP_EXPIRIES_END;
}

/* ---- its lines ------------------------------------------------------------------------------ */

/* The lines of one word each, in their order. */
typedef enum { NUMBER, WORD, PATH, BOOT, PROCESS, EXPIRY } kind;

static const struct {
    const char *name;
    kind kind;
    size_t at;
} lines[] = {
#define AT(member) offsetof(hp_session, member)
    { "uid", NUMBER, AT(uid) },         { "judged", NUMBER, AT(judged) },
    { "until", NUMBER, AT(until) },     { "made", NUMBER, AT(made) },
    { "boot", BOOT, AT(boot) },         { "leader", PROCESS, AT(leader) },
    { "parent", PROCESS, AT(parent) },  { "bound", NUMBER, AT(bound) },
    { "limit", NUMBER, AT(limit) },     { "window", NUMBER, AT(window) },
    { "by", NUMBER, AT(by) },           { "on-expiry", EXPIRY, AT(expiry) },
    { "service", WORD, AT(service) },   { "tty", WORD, AT(tty) },
    { "login", WORD, AT(login) },       { "language", WORD, AT(language) },
    { "match", PATH, AT(match) },       { "rules", PATH, AT(rules) },
    { "policy", PATH, AT(policy) },
#undef AT
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

static bool
is_printable(const uint8_t *p, size_t n)
{
    size_t i = 0;

    while (i < n && p[i] >= ' ' && p[i] != 0x7f)
        i++;
    return i == n;
}

void
hp_session_word(char to[HP_SESSION_WORD], const char *from)
{
    size_t n = from == NULL ? 0 : strlen(from);

    if (n >= HP_SESSION_WORD || !is_printable((const uint8_t *)from, n))
        n = 0;
    if (n > 0)
        memcpy(to, from, n);
    to[n] = '\0';
}

/* ---- writing -------------------------------------------------------------------------------- */

typedef struct {
    char *text;
    size_t n;
    bool bad;
} writer;

static void put(writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
put(writer *w, const char *format, ...)
{
    size_t room = HP_SESSION_TEXT - w->n;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(w->text + w->n, room, format, args);
    va_end(args);
    w->bad = w->bad || n < 0 || (size_t)n >= room;
    w->n += w->bad ? 0 : (size_t)n;
}

static void
put_hash(writer *w, const char *name, const uint8_t *bytes, size_t n)
{
    char hex[HP_HEX_TEXT(HP_SHA256)];

    hp_hex_write((hp_str){ bytes, n }, hex);
    put(w, "%s %s\n", name, hex);
}

static void
put_text(writer *w, const char *name, const char *text)
{
    w->bad = w->bad || !is_printable((const uint8_t *)text, strlen(text));
    put(w, "%s %s\n", name, text);
}

static void
put_line(writer *w, const hp_session *s, size_t i)
{
    const void *at = (const char *)s + lines[i].at;
    const hp_process *process = at;

    switch (lines[i].kind) {
    case NUMBER:
        put(w, "%s %" PRIu64 "\n", lines[i].name, *(const uint64_t *)at);
        break;
    case BOOT:
        w->bad = w->bad || strlen(at) != HP_BOOT - 1;
        put_text(w, lines[i].name, at);
        break;
    case WORD:
    case PATH:
        put_text(w, lines[i].name, at);
        break;
    case PROCESS:
        put(w, "%s %d %" PRIu64 "\n", lines[i].name, process->pid, process->start);
        break;
    case EXPIRY:
        put(w, "%s %s\n", lines[i].name, hp_expiry_word(s->expiry));
        break;
    }
}

/* A time before 1970, or behind the last one, is one of them: what is listed is told by it. */
static void
put_marks(writer *w, const hp_marks *m)
{
    double made = m->query.made > 0 ? m->query.made : 0;
    char name[] = "key ?";
    size_t i;

    put(w, "from %" PRIu64 "\n", (uint64_t)(made < HP_TIME_LAST ? made : HP_TIME_LAST));
    for (i = 0; i < m->n_kids; i++)
        put_hash(w, "kid", m->kids[i], HP_KID);
    for (i = 0; i < m->query.n; i++) {
        name[sizeof(name) - 2] = hp_listed_letter(m->query.keys[i].kind);
        put_hash(w, name, m->query.keys[i].hash, HP_LISTED);
    }
    for (i = 0; i < m->n_numbers; i++)
        put_hash(w, "number", m->numbers[i], HP_LISTED);
    for (i = 0; i < m->n_ledger; i++)
        put_hash(w, "ledger", m->ledger[i], HP_ID);
}

size_t
hp_session_write(const hp_session *session, char text[HP_SESSION_TEXT])
{
    writer w = { .text = text, .bad = session->leader.start == 0 };
    size_t i;

    put(&w, HEAD);
    for (i = 0; i < LINES; i++)
        put_line(&w, session, i);
    put_marks(&w, &session->marks);
    put(&w, "end\n");
    return w.bad ? 0 : w.n;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The next line without its end. */
static hp_str
take_line(hp_cur *c)
{
    const uint8_t *from = c->p;
    size_t left = hp_cur_left(c), n = 0;

    while (n < left && from[n] != '\n')
        n++;
    (void)hp_cur_take(c, n + 1);
    return c->bad ? (hp_str){ NULL, 0 } : (hp_str){ from, n };
}

/* What stands behind the word on the line; marks the cursor bad when it is another word's. */
static hp_str
behind(hp_cur *c, hp_str line, const char *name)
{
    size_t n = strlen(name);

    if (!c->bad && line.n > n && memcmp(line.p, name, n) == 0 && line.p[n] == ' ')
        return hp_str_from(line, n + 1);
    c->bad = true;
    return (hp_str){ NULL, 0 };
}

/* As it is written: digits alone, without a zero in front. */
static uint64_t
number(hp_cur *c, hp_str text)
{
    uint64_t n = 0;
    size_t i;

    c->bad = c->bad || text.n == 0 || text.n > 18 || (text.p[0] == '0' && text.n > 1);
    for (i = 0; !c->bad && i < text.n; i++) {
        c->bad = text.p[i] < '0' || text.p[i] > '9';
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    return n;
}

static void
read_text(hp_cur *c, hp_str value, char *to, size_t room)
{
    c->bad = c->bad || value.n >= room || !is_printable(value.p, value.n);
    if (!c->bad && value.n > 0)
        memcpy(to, value.p, value.n);
}

static void
read_process(hp_cur *c, hp_str value, hp_process *process)
{
    const uint8_t *blank = c->bad ? NULL : memchr(value.p, ' ', value.n);
    size_t n = blank == NULL ? 0 : (size_t)(blank - value.p);
    uint64_t pid = number(c, (hp_str){ value.p, n });

    c->bad = c->bad || pid > INT_MAX;
    process->pid = c->bad ? 0 : (int)pid;
    if (!c->bad)
        process->start = number(c, hp_str_from(value, n + 1));
}

static void
read_field(hp_cur *c, hp_session *s, size_t i)
{
    hp_str value = behind(c, take_line(c), lines[i].name);
    void *at = (char *)s + lines[i].at;

    switch (lines[i].kind) {
    case NUMBER:
        *(uint64_t *)at = number(c, value);
        break;
    case WORD:
        read_text(c, value, at, HP_SESSION_WORD);
        break;
    case PATH:
        read_text(c, value, at, PATH_MAX);
        break;
    case BOOT:
        c->bad = c->bad || value.n != HP_BOOT - 1;
        read_text(c, value, at, HP_BOOT);
        break;
    case PROCESS:
        read_process(c, value, at);
        break;
    case EXPIRY:
        c->bad = c->bad || !hp_expiry_read(value, at);
        break;
    }
}

/* Takes a line "NAME HEX" that is one of at most max; false when it is another line. */
static bool
take_hash(hp_cur *c, hp_str line, const char *name, void *to, size_t size, size_t *n, size_t max)
{
    size_t length = strlen(name);

    if (line.n <= length || memcmp(line.p, name, length) != 0 || line.p[length] != ' ')
        return false;
    line = hp_str_from(line, length + 1);
    c->bad = *n == max || line.n != 2 * size || !hp_hex_read(line, (uint8_t *)to + *n * size);
    *n += c->bad ? 0 : 1;
    return true;
}

/* "key S HEX" */
static bool
take_key(hp_cur *c, hp_str line, hp_query *query)
{
    char letter[2] = { line.n > 4 ? (char)line.p[4] : '\0', '\0' }, name[] = "key ?";
    hp_query_key *key = &query->keys[query->n];
    size_t none = 0;

    if (!hp_str_starts(line, HP_STR("key ")) || query->n == HP_QUERY_KEYS ||
        !hp_listed_read(letter, &key->kind))
        return false;
    name[sizeof(name) - 2] = letter[0];
    if (!take_hash(c, line, name, key->hash, HP_LISTED, &none, 1))
        return false;
    query->n++;
    return true;
}

static void
read_marks(hp_cur *c, hp_marks *m)
{
    hp_str line;

    m->query.made = (double)number(c, behind(c, take_line(c), "from"));
    c->bad = c->bad || m->query.made > HP_TIME_LAST;
    for (line = take_line(c); !c->bad && !hp_str_eq(line, HP_STR("end")); line = take_line(c)) {
        if (!take_hash(c, line, "kid", m->kids, HP_KID, &m->n_kids, HP_MARK_KIDS) &&
            !take_key(c, line, &m->query) &&
            !take_hash(c, line, "number", m->numbers, HP_LISTED, &m->n_numbers,
                       HP_QUERY_ENTRIES) &&
            !take_hash(c, line, "ledger", m->ledger, HP_ID, &m->n_ledger, HP_IDENTITIES))
            c->bad = true;
    }
}

/* The number of a reason. */
static void
read_told(hp_cur *c, hp_session *s)
{
    uint64_t id = number(c, behind(c, take_line(c), "told"));

    c->bad = c->bad || id == 0 || id > TOLD_MAX;
    if (!c->bad)
        s->told = (hp_reason)id;
}

/* A last line that was cut off in writing, as on a full disk, says nothing. */
static hp_str
whole_lines(hp_str text)
{
    while (text.n > 0 && text.p[text.n - 1] != '\n')
        text.n--;
    return text;
}

bool
hp_session_read(hp_str text, hp_session *session)
{
    hp_cur c = hp_cur_of(whole_lines(text));
    size_t i;

    memset(session, 0, sizeof(*session));
    c.bad = text.n > HP_SESSION_TEXT || !hp_str_starts(text, HP_STR(HEAD));
    if (!c.bad)
        (void)hp_cur_take(&c, sizeof(HEAD) - 1);
    for (i = 0; i < LINES; i++)
        read_field(&c, session, i);
    c.bad = c.bad || session->leader.start == 0;
    read_marks(&c, &session->marks);
    while (hp_cur_left(&c) > 0)
        read_told(&c, session);
    return hp_cur_done(&c);
}
