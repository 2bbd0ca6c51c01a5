/* The operator's own deny list; see deny.h. */
#include "check/deny.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/mark.h"
#include "base/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFIX_LEAST 2 /* characters */
#define PREFIX_MOST  80

/* In the order of the look-up.  Keys of lists stand at their numbers. */
static const char kinds[] = {
#define X(name, number, letter, word) [number] = (letter),
    HP_LISTED_KINDS(X)
#undef X
    'L', 'I', 'P'
};

enum {
    LEDGER = HP_LISTED_KINDS_END, /* places in kinds */
    NUMBER,
    PREFIX,
    KINDS
};

struct hp_deny {
    hp_block *blocks; /* by kind, length, hash; of the same ones the latest end first */
    size_t n;
    size_t from[KINDS + 1]; /* where the blocks of each kind begin */
    unsigned lengths[HP_DENY_LENGTHS];
    size_t n_lengths;
};

/* The place of the letter in kinds; KINDS when it is none of them. */
static size_t
kind_of(unsigned char letter)
{
    const char *at = memchr(kinds, letter, sizeof(kinds));

    return at == NULL ? KINDS : (size_t)(at - kinds);
}

/* ---- a line -------------------------------------------------------------------------------- */

/* The line that is read. */
typedef struct {
    const char *path;
    size_t number;
    hp_deny *deny;
    hp_error *error;
} reader;

static bool
refuse(const reader *r, const char *what)
{
    hp_error_set(r->error, "%s:%zu: %s", r->path, r->number, what);
    return false;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void
skip_blanks(hp_cur *c)
{
    while (hp_cur_left(c) > 0 && is_blank(*c->p))
        (void)hp_cur_take(c, 1);
}

/* What stands before the next of the n bytes at stops, or before the end. */
static hp_str
take_until(hp_cur *c, const char *stops, size_t n)
{
    const uint8_t *from = c->p;

    while (hp_cur_left(c) > 0 && memchr(stops, *c->p, n) == NULL)
        (void)hp_cur_take(c, 1);
    return (hp_str){ from, (size_t)(c->p - from) };
}

/* With or without quotes. */
static hp_str
take_value(hp_cur *c)
{
    hp_str value;

    if (hp_cur_left(c) == 0 || *c->p != '"')
        return take_until(c, " \t", 2);
    (void)hp_cur_take(c, 1);
    value = take_until(c, "\"", 1);
    (void)hp_cur_take(c, 1);
    if (hp_cur_left(c) > 0 && !is_blank(*c->p))
        c->bad = true;
    return value;
}

/* P is followed by the characters that it is of. */
static bool
read_kind(const reader *r, hp_str word, hp_block *block)
{
    bool good = word.n > 0 && kind_of(word.p[0]) < KINDS;
    size_t i;

    block->kind = good ? (char)word.p[0] : '\0';
    for (i = 1; i < word.n && i < 4; i++) {
        good = good && word.p[i] >= (i == 1 ? '1' : '0') && word.p[i] <= '9';
        block->length = block->length * 10 + (unsigned)(word.p[i] - '0');
    }
    if (!good || (block->kind == 'P') != (word.n > 1))
        return refuse(r, "expected a kind of block in front: S, U, C, N, R, D, L, I, or P with a "
                         "number of characters, as P12");
    return block->kind != 'P' || (block->length >= PREFIX_LEAST && block->length <= PREFIX_MOST) ||
           refuse(r, "is of a prefix of so many characters, expected P2 to P80");
}

static bool
read_hash(const reader *r, hp_str word, hp_block *block)
{
    return (word.n == 2 * HP_LISTED && hp_hex_read(word, block->hash)) ||
           refuse(r, "expected 32 hexadecimal digits behind the kind");
}

static bool
read_moment(const reader *r, hp_str value, double *t)
{
    return (hp_time_read(value, false, t) && *t >= 0 && *t <= HP_TIME_LAST) ||
           refuse(r, "expected an RFC 3339 time behind added= and until=, as "
                     "2026-12-05T10:00:00Z");
}

static bool
read_added(const reader *r, hp_str value, hp_block *block)
{
    return read_moment(r, value, &block->added);
}

static bool
read_until(const reader *r, hp_str value, hp_block *block)
{
    return read_moment(r, value, &block->until);
}

static bool
read_reason(const reader *r, hp_str value, hp_block *block)
{
    if (!hp_deny_reason(value))
        return refuse(r, "has a reason that cannot be one, expected up to 95 printable "
                         "characters of ASCII without quotes, in quotes");
    if (value.n > 0)
        memcpy(block->reason, value.p, value.n);
    return true;
}

bool
hp_deny_reason(hp_str text)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~' || text.p[i] == '"')
            return false;
    }
    return text.n < HP_DENY_REASON;
}

static const struct {
    hp_str name;
    bool (*read)(const reader *r, hp_str value, hp_block *block);
} attributes[] = {
    { { (const uint8_t *)"added", 5 }, read_added },
    { { (const uint8_t *)"until", 5 }, read_until },
    { { (const uint8_t *)"reason", 6 }, read_reason },
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))
#define ADDED      1u /* the bit of the first of them */

/* It is not repeated: behind a quote that was forgotten may stand what no log should have. */
static bool
refuse_name(const reader *r)
{
    return refuse(r, "has an attribute that is not known, expected added=, until= or reason=, and "
                     "quotes around a value with blanks");
}

/* What somebody else notes begins with "x-", and is nothing to us. */
static bool
read_attribute(const reader *r, hp_str name, hp_str value, hp_block *block, unsigned *seen)
{
    size_t i = 0;

    if (hp_str_starts(name, HP_STR("x-")))
        return true;
    while (i < ATTRIBUTES && !hp_str_eq(name, attributes[i].name))
        i++;
    if (i == ATTRIBUTES)
        return refuse_name(r);
    if ((*seen & 1u << i) != 0)
        return refuse(r, "says an attribute twice");
    *seen |= 1u << i;
    return attributes[i].read(r, value, block);
}

static bool
read_attributes(const reader *r, hp_cur *c, hp_block *block)
{
    unsigned seen = 0;
    hp_str name, value;

    for (skip_blanks(c); hp_cur_left(c) > 0; skip_blanks(c)) {
        name = take_until(c, "= \t", 3);
        if (hp_cur_left(c) == 0 || *c->p != '=')
            return refuse_name(r);
        (void)hp_cur_take(c, 1);
        value = take_value(c);
        if (c->bad)
            return refuse(r, "has a quote that is not closed, or something right behind it");
        if (!read_attribute(r, name, value, block, &seen))
            return false;
    }
    return (seen & ADDED) != 0 || refuse(r, "does not say when it was added, expected added=");
}

static bool
read_block(const reader *r, hp_str line, hp_block *block)
{
    hp_cur c = hp_cur_of(line);
    hp_str kind, hash;

    *block = (hp_block){ .until = HP_TIME_LAST };
    kind = take_until(&c, " \t", 2);
    skip_blanks(&c);
    hash = take_until(&c, " \t", 2);
    return read_kind(r, kind, block) && read_hash(r, hash, block) &&
           read_attributes(r, &c, block);
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* Each length is one more hash for every pass. */
static bool
note_length(const reader *r, unsigned length)
{
    hp_deny *deny = r->deny;
    size_t i = 0;

    while (i < deny->n_lengths && deny->lengths[i] != length)
        i++;
    if (i == HP_DENY_LENGTHS)
        return refuse(r, "is of one more length of prefix, expected at most 16 different ones");
    deny->lengths[i] = length;
    if (i == deny->n_lengths)
        deny->n_lengths++;
    return true;
}

static bool
read_head(const reader *r, hp_str line)
{
    const hp_str head = HP_STR(HP_DENY_HEAD);

    return hp_str_eq(line, (hp_str){ head.p, head.n - 1 }) ||
           refuse(r, hp_str_starts(line, HP_STR("healthpass deny list "))
                         ? "is a deny list of another version, expected 1"
                         : "is no deny list, expected the line \"healthpass deny list 1\" first");
}

static bool
read_line(const reader *r, hp_str line)
{
    hp_deny *deny = r->deny;
    hp_block *block = &deny->blocks[deny->n];

    if (r->number == 1)
        return read_head(r, line);
    if (line.n == 0)
        return true;
    if (deny->n == HP_DENY_BLOCKS)
        return refuse(r, "is one block too many, expected at most 200000");
    if (!read_block(r, line, block) || (block->kind == 'P' && !note_length(r, block->length)))
        return false;
    deny->n++;
    return true;
}

/* The next line, without LF or CRLF. */
static bool
take_line(const reader *r, hp_cur *c, hp_str *line)
{
    *line = take_until(c, "\n", 1);
    if (hp_cur_take(c, 1) == NULL)
        return refuse(r, "is cut: it has no line end");
    if (line->n > 0 && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

static bool
read_lines(reader *r, hp_str text)
{
    hp_cur c = hp_cur_of(text);
    hp_str line;

    for (r->number = 1; hp_cur_left(&c) > 0; r->number++) {
        if (!take_line(r, &c, &line) || !read_line(r, line))
            return false;
    }
    return r->number > 1 || read_head(r, text);
}

/* Of two of one kind. */
static int
order(const hp_block *one, const hp_block *other)
{
    if (one->length != other->length)
        return one->length < other->length ? -1 : 1;
    return memcmp(one->hash, other->hash, HP_LISTED);
}

static int
by_order(const void *a, const void *b)
{
    const hp_block *one = a, *other = b;
    size_t kind = kind_of((unsigned char)one->kind), with = kind_of((unsigned char)other->kind);
    int rc = kind != with ? (kind > with) - (kind < with) : order(one, other);

    return rc != 0 ? rc : (one->until < other->until) - (one->until > other->until);
}

static void
sort(hp_deny *deny)
{
    size_t kind, i = 0;

    qsort(deny->blocks, deny->n, sizeof(*deny->blocks), by_order);
    for (kind = 0; kind <= KINDS; kind++) {
        while (i < deny->n && kind_of((unsigned char)deny->blocks[i].kind) < kind)
            i++;
        deny->from[kind] = i;
    }
}

static size_t
lines_of(hp_str text)
{
    const uint8_t *p = text.p, *end = text.p + text.n;
    size_t n = 0;

    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        p++;
    }
    return n;
}

/* Room for as many blocks as there are lines, and for one more, which is read and refused. */
static hp_deny *
new_deny(size_t room)
{
    hp_deny *deny = calloc(1, sizeof(*deny));

    if (deny == NULL)
        return NULL;
    deny->blocks = calloc((room < HP_DENY_BLOCKS ? room : HP_DENY_BLOCKS) + 1,
                          sizeof(*deny->blocks));
    if (deny->blocks != NULL)
        return deny;
    free(deny);
    return NULL;
}

hp_deny *
hp_deny_read(const char *path, hp_str text, hp_error *error)
{
    reader r = { .path = path, .error = error };

    if (text.n > HP_DENY_MAX) {
        hp_error_set(error, "%s: has %zu bytes, expected at most %u", path, text.n, HP_DENY_MAX);
        return NULL;
    }
    r.deny = new_deny(lines_of(text));
    if (r.deny == NULL) {
        hp_error_set(error, "%s: no memory", path);
        return NULL;
    }
    if (read_lines(&r, text)) {
        sort(r.deny);
        return r.deny;
    }
    hp_deny_free(r.deny);
    return NULL;
}

void
hp_deny_free(hp_deny *deny)
{
    if (deny != NULL)
        free(deny->blocks);
    free(deny);
}

size_t
hp_deny_count(const hp_deny *deny)
{
    return deny->n;
}

const hp_block *
hp_deny_at(const hp_deny *deny, size_t nth)
{
    return &deny->blocks[nth];
}

static bool
has(const hp_deny *deny, size_t kind)
{
    return deny->from[kind] < deny->from[kind + 1];
}

unsigned
hp_deny_kinds(const hp_deny *deny)
{
    unsigned kind, bits = 0;

    for (kind = 0; kind < HP_LISTED_KINDS_END; kind++)
        bits |= has(deny, kind) ? HP_LISTED_BIT(kind) : 0;
    return bits;
}

bool
hp_deny_wants_ledger(const hp_deny *deny)
{
    return has(deny, LEDGER);
}

size_t
hp_deny_write(const hp_block *block, char line[HP_DENY_LINE])
{
    char length[16] = "", hash[HP_HEX_TEXT(HP_LISTED)], added[HP_TIME_TEXT], until[HP_TIME_TEXT];
    bool ends = block->until < HP_TIME_LAST, has_reason = block->reason[0] != '\0';
    int n;

    if (block->kind == 'P')
        (void)snprintf(length, sizeof(length), "%u", block->length);
    hp_hex_write((hp_str){ block->hash, HP_LISTED }, hash);
    hp_time_write(block->added, added);
    hp_time_write(ceil(block->until), until); /* rounded, it must not end earlier */
    n = snprintf(line, HP_DENY_LINE, "%c%s %s added=%s%s%s%s%s%s\n", block->kind, length, hash,
                 added, ends ? " until=" : "", ends ? until : "", has_reason ? " reason=\"" : "",
                 block->reason, has_reason ? "\"" : "");
    return n < HP_DENY_LINE ? (size_t)n : HP_DENY_LINE - 1;
}

/* ---- the look-up --------------------------------------------------------------------------- */

typedef struct {
    hp_crypto *crypto;
    const hp_deny *deny;
    double now;
    hp_arena *arena;
} look;

/* The first block that does not come before like; the first one past its kind when all do. */
static size_t
lower_bound(const hp_deny *deny, size_t kind, const hp_block *like)
{
    size_t low = deny->from[kind], high = deny->from[kind + 1], middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (order(&deny->blocks[middle], like) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is there such a block, and does it last?  Of equal ones the first lasts longest. */
static bool
says(const look *l, size_t kind, unsigned length, const uint8_t hash[HP_LISTED])
{
    hp_block like = { .length = length };
    size_t at;

    if (!has(l->deny, kind))
        return false;
    memcpy(like.hash, hash, HP_LISTED);
    at = lower_bound(l->deny, kind, &like);
    return at < l->deny->from[kind + 1] && order(&l->deny->blocks[at], &like) == 0 &&
           !(l->now >= l->deny->blocks[at].until);
}

static bool
says_key(const look *l, const hp_query *query)
{
    size_t i = 0;

    while (i < query->n && !says(l, query->keys[i].kind, 0, query->keys[i].hash))
        i++;
    return i < query->n;
}

static bool
says_ledger(const look *l, const uint8_t (*ledger)[HP_ID], size_t n)
{
    size_t i = 0;

    while (i < n && !says(l, LEDGER, 0, ledger[i]))
        i++;
    return i < n;
}

/* The hash of the text, looked up.  False when crypto fails. */
static bool
find_text(const look *l, size_t kind, unsigned length, hp_str text, bool *denied)
{
    uint8_t digest[HP_SHA256];

    if (!has(l->deny, kind))
        return true;
    if (!hp_sha256(l->crypto, &text, 1, digest))
        return false;
    *denied = says(l, kind, length, digest);
    return true;
}

/* The number of one entry, and all of its beginnings that are blocked. */
static bool
find_number(const look *l, hp_str identifier, bool *denied)
{
    size_t mark = l->arena->used, i;
    hp_str number = hp_identity_number(identifier, l->arena);
    bool good = number.p != NULL && find_text(l, NUMBER, 0, number, denied);

    for (i = 0; good && !*denied && i < l->deny->n_lengths; i++) {
        unsigned length = l->deny->lengths[i];

        if (length <= number.n)
            good = find_text(l, PREFIX, length, (hp_str){ number.p, length }, denied);
    }
    hp_arena_return(l->arena, mark);
    return good;
}

/* Every entry counts, not only the one that the rules see (revocation, 1). */
static bool
numbers_of(const hp_pass *pass, hp_query_entry entries[HP_QUERY_ENTRIES], size_t *n)
{
    if (!hp_query_entries(pass, entries, n))
        return false;
    if (*n == 0 && pass->event.identifier.n > 0)
        entries[(*n)++].ci = pass->event.identifier;
    return true;
}

static bool
find_numbers(const look *l, const hp_pass *pass, bool *denied)
{
    hp_query_entry entries[HP_QUERY_ENTRIES];
    size_t i, n;
    bool good = numbers_of(pass, entries, &n);

    for (i = 0; good && !*denied && i < n; i++)
        good = find_number(l, entries[i].ci, denied);
    return good;
}

bool
hp_deny_find(hp_crypto *crypto, const hp_deny *deny, const hp_query *query, const hp_pass *pass,
             const uint8_t (*ledger)[HP_ID], size_t n, double now, hp_arena *arena, bool *denied)
{
    look l = { .crypto = crypto, .deny = deny, .now = now, .arena = arena };

    *denied = says_key(&l, query) || says_ledger(&l, ledger, n);
    if (*denied || (!has(deny, NUMBER) && !has(deny, PREFIX)))
        return true;
    return find_numbers(&l, pass, denied);
}

/* The hash of one number, for a block of it. */
static bool
hash_number(hp_crypto *crypto, hp_str identifier, hp_arena *arena, uint8_t hash[HP_LISTED])
{
    size_t mark = arena->used;
    hp_str number = hp_identity_number(identifier, arena);
    uint8_t digest[HP_SHA256];
    bool good = number.p != NULL && hp_sha256(crypto, &number, 1, digest);

    if (good)
        memcpy(hash, digest, HP_LISTED);
    hp_arena_return(arena, mark);
    return good;
}

bool
hp_deny_numbers(hp_crypto *crypto, const hp_pass *pass, hp_arena *arena, hp_marks *marks)
{
    hp_query_entry entries[HP_QUERY_ENTRIES];
    size_t n;

    marks->n_numbers = 0;
    if (!numbers_of(pass, entries, &n))
        return false;
    while (marks->n_numbers < n) {
        if (!hash_number(crypto, entries[marks->n_numbers].ci, arena,
                         marks->numbers[marks->n_numbers]))
            return false;
        marks->n_numbers++;
    }
    return true;
}

bool
hp_deny_has(const hp_deny *deny, const hp_marks *marks, double now)
{
    const look l = { .deny = deny, .now = now };
    size_t i = 0;

    while (i < marks->n_numbers && !says(&l, NUMBER, 0, marks->numbers[i]))
        i++;
    return i < marks->n_numbers || says_key(&l, &marks->query) ||
           says_ledger(&l, marks->ledger, marks->n_ledger);
}

bool
hp_deny_prefix_since(const hp_deny *deny, double since, double now)
{
    const hp_block *b = deny->blocks + deny->from[PREFIX];
    const hp_block *end = deny->blocks + deny->from[PREFIX + 1];

    while (b < end && (b->added + HP_DENY_DELAY < since || now >= b->until))
        b++;
    return b < end;
}

bool
hp_deny_has_ledger(const hp_deny *deny, const uint8_t (*ledger)[HP_ID], size_t n, double now)
{
    const look l = { .deny = deny, .now = now };

    return says_ledger(&l, ledger, n);
}

uint64_t
hp_deny_mark(const hp_deny *deny)
{
    uint64_t mark = HP_MARK;
    size_t i;

    for (i = 0; i < deny->n; i++) {
        const hp_block *block = &deny->blocks[i];

        if (block->kind == 'L')
            continue;
        mark = hp_mark_add(mark, &block->kind, sizeof(block->kind));
        mark = hp_mark_add(mark, &block->length, sizeof(block->length));
        mark = hp_mark_add(mark, block->hash, sizeof(block->hash));
        mark = hp_mark_add(mark, &block->until, sizeof(block->until));
    }
    return mark;
}
