/* The ledger of a fleet; see redis.h. */
#include "ledger/redis.h"

#include "base/hex.h"
#include "ledger/redis_script.h"

#include <stdio.h>
#include <stdlib.h>

#define PREFIX "healthpass:use:"
#define ID     (sizeof(PREFIX) - 1 + HP_HEX_TEXT(HP_ID) - 1) /* characters to the id's end */
#define PAM    ":pam"
#define KEY    (ID + sizeof(PAM))
#define NUMBER 24 /* characters of one, with the closing zero */

/* EVALSHA, the script, a count; keys; what is to be done and six arguments; `by`s. */
#define WORDS_MAX (3 + HP_IDENTITIES + 6 + HP_IDENTITIES)

struct hp_redis_asked {
    hp_redis *redis;
    hp_use use;
    hp_use_terms terms;
    int64_t until;               /* of our own clock, hp_redis_now() */
    bool whole;                  /* the script was sent as it is */
    hp_redis_answered *answered; /* NULL: dropped */
    void *context;
};

/* ---- what is said ------------------------------------------------------------------------- */

typedef struct {
    hp_str word[WORDS_MAX];
    size_t n;
    char key[HP_IDENTITIES][KEY];
    char number[4][NUMBER];
    size_t n_numbers;
} speech;

static void
add(speech *s, hp_str word)
{
    s->word[s->n++] = word;
}

static void
add_number(speech *s, int64_t value)
{
    char *text = s->number[s->n_numbers++];

    snprintf(text, NUMBER, "%lld", (long long)value);
    add(s, hp_str_of(text));
}

static void
add_truth(speech *s, bool value)
{
    add(s, value ? HP_STR("1") : HP_STR("0"));
}

/* The script, whole or by its name, and the rows it is about. */
static void
begin(speech *s, const hp_use *use, bool whole)
{
    size_t i;

    s->n = s->n_numbers = 0;
    add(s, whole ? HP_STR("EVAL") : HP_STR("EVALSHA"));
    add(s, hp_str_of(whole ? hp_redis_script : HP_REDIS_SCRIPT_NAME));
    add_number(s, (int64_t)use->n);
    for (i = 0; i < use->n; i++) {
        memcpy(s->key[i], PREFIX, sizeof(PREFIX) - 1);
        hp_hex_write((hp_str){ use->pass[i], HP_ID }, s->key[i] + sizeof(PREFIX) - 1);
        if (use->pam)
            memcpy(s->key[i] + ID, PAM, sizeof(PAM));
        add(s, hp_str_of(s->key[i]));
    }
}

static void
finish(speech *s, const hp_use *use)
{
    size_t i;

    for (i = 0; i < use->n; i++)
        add(s, (hp_str){ use->by[i], HP_BY });
}

/* until: when nobody waits any more, by Redis' clock. */
static void
speak_take(speech *s, const hp_use *use, const hp_use_terms *terms, int64_t until, bool whole)
{
    begin(s, use, whole);
    add(s, HP_STR("take"));
    add_number(s, terms->limit);
    add_number(s, terms->window);
    add_truth(s, terms->refuse);
    add_truth(s, terms->reserve);
    add_number(s, until);
    finish(s, use);
}

static void
speak_end(speech *s, const hp_use *use, bool commit, bool whole)
{
    begin(s, use, whole);
    add(s, HP_STR("end"));
    add_truth(s, commit);
    finish(s, use);
}

/* ---- what is answered --------------------------------------------------------------------- */

/* Redis does not know the script by its name: it was restarted, or told to forget. */
static bool
is_unknown(const hp_redis_value *value)
{
    return value->kind == HP_REDIS_ERROR && hp_str_starts(value->text, HP_STR("NOSCRIPT"));
}

/* At its maxmemory Redis refuses what writes. */
static bool
is_full(const hp_redis_value *value)
{
    return value->kind == HP_REDIS_ERROR && hp_str_starts(value->text, HP_STR("OOM"));
}

static bool
is_answer(const hp_redis_value *value)
{
    size_t i;

    if (value->kind != HP_REDIS_LIST || value->n != 4)
        return false;
    for (i = 0; i < 4; i++) {
        if (value->items[i]->kind != HP_REDIS_INT || value->items[i]->number < 0)
            return false;
    }
    return value->items[0]->number <= 2 && value->items[1]->number <= HP_USE_SLOTS;
}

/* True: it is *answer.  Else there was an error (*why), or, with an empty *why, it was too late. */
static bool
read_answer(hp_redis *redis, const hp_redis_value *value, hp_use_answer *answer, hp_error *why)
{
    *answer = (hp_use_answer){ is_full(value) ? HP_USE_FULL : HP_USE_AWAY, 0, false };
    if (value->kind == HP_REDIS_ERROR)
        hp_redis_refused(redis, value, why);
    else
        hp_error_set(why, "%s", is_answer(value) ? "" : "the ledger's script has no such answer");
    if (!is_answer(value))
        return false;
    hp_redis_clock_is(redis, value->items[3]->number);
    if (value->items[0]->number == 2)
        return false;
    answer->state = value->items[0]->number == 0 ? HP_USE_OK : HP_USE_OVER;
    answer->count = (unsigned)value->items[1]->number;
    answer->first = value->items[2]->number == 1;
    return true;
}

/* ---- blocking ----------------------------------------------------------------------------- */

/*
 * The script is sent whole: who blocks asks seldom.  What came too late, by a clock that was set
 * since Redis said its time, is asked once more.
 */
bool
hp_redis_take(hp_redis *redis, const hp_use *use, const hp_use_terms *terms,
              hp_use_answer *answer, hp_error *error)
{
    const hp_redis_value *value;
    speech s;
    unsigned tries;

    *answer = (hp_use_answer){ HP_USE_AWAY, 0, false };
    for (tries = 0; tries < 2; tries++) {
        speak_take(&s, use, terms, hp_redis_clock(redis) + hp_redis_patience(redis), true);
        if ((value = hp_redis_say(redis, s.word, s.n, error)) == NULL)
            return false;
        if (read_answer(redis, value, answer, error))
            return true;
        if (error->text[0] != '\0')
            return false;
    }
    hp_error_set(error, "Redis' clock runs away");
    return false;
}

bool
hp_redis_end(hp_redis *redis, const hp_use *use, bool commit, hp_error *error)
{
    speech s;

    speak_end(&s, use, commit, true);
    return hp_redis_command(redis, s.word, s.n, error) != NULL;
}

/* ---- for event loops: a use ----------------------------------------------------------------- */

static hp_redis_told heard;

static bool
send_take(hp_redis_asked *asked, bool whole)
{
    int64_t left = asked->until - hp_redis_now();
    speech s;

    asked->whole = whole;
    speak_take(&s, &asked->use, &asked->terms, hp_redis_clock(asked->redis) + left, whole);
    return hp_redis_ask(asked->redis, s.word, s.n, heard, asked);
}

/* Who is refused holds nothing that could be given back. */
static bool
has_used(const hp_redis_asked *asked, const hp_use_answer *answer)
{
    return answer->state == HP_USE_OK ||
           (answer->state == HP_USE_OVER && !asked->terms.refuse);
}

/* Who was dropped is told nothing, and has used nothing. */
static void
tell(hp_redis_asked *asked, const hp_use_answer *answer, const char *why)
{
    if (asked->answered != NULL)
        asked->answered(asked->context, answer, why);
    else if (has_used(asked, answer))
        (void)hp_redis_ask_end(asked->redis, &asked->use, false);
    free(asked);
}

static void
tell_away(hp_redis_asked *asked)
{
    hp_use_answer away = { HP_USE_AWAY, 0, false };

    tell(asked, &away, "");
}

/* Whole, when Redis does not know it; or once more, when Redis' clock was set and there is time. */
static bool
sent_again(hp_redis_asked *asked, bool unknown)
{
    if (asked->answered == NULL || hp_redis_now() >= asked->until || (unknown && asked->whole))
        return false;
    return send_take(asked, unknown || asked->whole);
}

static void
heard(void *context, const hp_redis_value *value)
{
    hp_redis_asked *asked = context;
    hp_use_answer answer;
    hp_error why;

    if (value == NULL) {
        tell_away(asked);
        return;
    }
    if (!read_answer(asked->redis, value, &answer, &why) &&
        (is_unknown(value) || why.text[0] == '\0') && sent_again(asked, is_unknown(value)))
        return;
    tell(asked, &answer, why.text);
}

/* Redis' clock is not known before its first words. */
static void
ready(void *context, const hp_redis_value *value)
{
    hp_redis_asked *asked = context;

    if (value == NULL || asked->answered == NULL || !send_take(asked, false))
        tell_away(asked);
}

hp_redis_asked *
hp_redis_ask_take(hp_redis *redis, const hp_use *use, const hp_use_terms *terms, unsigned ms,
                  hp_redis_answered *answered, void *context)
{
    hp_redis_asked *asked = calloc(1, sizeof(*asked));
    hp_str word = HP_STR("PING");

    if (asked == NULL)
        return NULL;
    asked->redis = redis;
    asked->use = *use;
    asked->terms = *terms;
    asked->terms.reserve = true;
    asked->until = hp_redis_now() + ms;
    asked->answered = answered;
    asked->context = context;
    if (hp_redis_is_ready(redis) ? send_take(asked, false)
                                 : hp_redis_ask(redis, &word, 1, ready, asked))
        return asked;
    free(asked);
    return NULL;
}

void
hp_redis_drop(hp_redis_asked *asked)
{
    asked->answered = NULL;
}

/* ---- for event loops: its end --------------------------------------------------------------- */

/* All that is needed to say it again. */
typedef struct {
    hp_redis *redis;
    hp_use use;
    bool commit;
} ending;

static void
ended(void *context, const hp_redis_value *value)
{
    ending *end = context;
    speech s;

    if (value != NULL && is_unknown(value)) {
        speak_end(&s, &end->use, end->commit, true);
        (void)hp_redis_ask(end->redis, s.word, s.n, NULL, NULL);
    }
    free(end);
}

bool
hp_redis_ask_end(hp_redis *redis, const hp_use *use, bool commit)
{
    ending *end = malloc(sizeof(*end));
    speech s;

    if (end == NULL)
        return false;
    *end = (ending){ redis, *use, commit };
    speak_end(&s, use, commit, false);
    if (hp_redis_ask(redis, s.word, s.n, ended, end))
        return true;
    free(end);
    return false;
}

/* ---- all rows ------------------------------------------------------------------------------- */

#define TOLD 4  /* bytes before the slots */
#define SLOT 16 /* bytes of one */

static uint32_t
u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* What the script wrote: by, end, pending, counted, settled.  False: it did not write this. */
static bool
read_row(hp_str text, hp_use_row *row)
{
    const uint8_t *p;

    if (text.n < TOLD || (text.n - TOLD) % SLOT != 0 || (text.n - TOLD) / SLOT > HP_USE_SLOTS)
        return false;
    for (row->n = 0; row->n < (text.n - TOLD) / SLOT; row->n++) {
        p = text.p + TOLD + SLOT * (size_t)row->n;
        row->slots[row->n].end = u32(p + HP_BY);
        row->slots[row->n].counted = p[HP_BY + 6];
    }
    return true;
}

typedef struct {
    hp_redis *redis;
    hp_redis_row_told *told;
    void *context;
    bool stopped;
} walk;

static bool
is_key(hp_str key, hp_redis_row *row)
{
    hp_str id = { key.p + sizeof(PREFIX) - 1, HP_HEX_TEXT(HP_ID) - 1 };

    row->pam = key.n == KEY - 1 && memcmp(key.p + ID, PAM, sizeof(PAM) - 1) == 0;
    return hp_str_starts(key, HP_STR(PREFIX)) && (key.n == ID || row->pam) &&
           hp_hex_read(id, row->pass);
}

/* A row that ended meanwhile is nil. */
static void
tell_row(walk *w, hp_str key, const hp_redis_value *value)
{
    union {
        hp_use_row row;
        uint8_t room[sizeof(hp_use_row) + HP_USE_SLOTS * sizeof(hp_use_slot)];
    } u;
    uint32_t now = (uint32_t)(hp_redis_clock(w->redis) / 1000), end;
    hp_redis_row one;

    memset(&u, 0, sizeof(u));
    if (value->kind != HP_REDIS_TEXT || !is_key(key, &one) || !read_row(value->text, &u.row))
        return;
    one.count = hp_use_row_count(&u.row, now, &one.placed);
    end = hp_use_row_end(&u.row, now);
    one.left = end > now ? end - now : 0;
    if (one.count > 0)
        w->stopped = !w->told(w->context, &one);
}

/* What one SCAN found: its answer is gone when the rows are asked for. */
typedef struct {
    size_t n;
    hp_str *words; /* "MGET", and the n keys */
    char (*keys)[KEY];
    char cursor[NUMBER];
} page;

static void
end_page(page *found)
{
    free(found->words);
    free(found->keys);
    found->words = NULL;
    found->keys = NULL;
}

/* Keys that are none of ours, whatever they are called, are left out. */
static void
take_key(page *found, const hp_redis_value *key)
{
    hp_redis_row row;

    if (key->kind != HP_REDIS_TEXT || !is_key(key->text, &row))
        return;
    memcpy(found->keys[found->n], key->text.p, key->text.n);
    found->keys[found->n][key->text.n] = '\0';
    found->words[1 + found->n] = hp_str_of(found->keys[found->n]);
    found->n++;
}

static bool
copy_page(const hp_redis_value *list, const hp_redis_value *cursor, page *found)
{
    size_t i;

    if (cursor->kind != HP_REDIS_TEXT || cursor->text.n >= NUMBER || list->kind != HP_REDIS_LIST)
        return false;
    memcpy(found->cursor, cursor->text.p, cursor->text.n);
    found->cursor[cursor->text.n] = '\0';
    found->words = calloc(list->n + 1, sizeof(*found->words));
    found->keys = calloc(list->n + 1, sizeof(*found->keys));
    if (found->words == NULL || found->keys == NULL)
        return false;
    found->words[0] = HP_STR("MGET");
    for (found->n = i = 0; i < list->n; i++)
        take_key(found, list->items[i]);
    return true;
}

static bool
scan(hp_redis *redis, page *found, hp_error *error)
{
    hp_str words[6] = { HP_STR("SCAN"), hp_str_of(found->cursor), HP_STR("MATCH"),
                        HP_STR(PREFIX "*"), HP_STR("COUNT"), HP_STR("500") };
    const hp_redis_value *value = hp_redis_command(redis, words, 6, error);

    if (value == NULL)
        return false;
    if (value->kind == HP_REDIS_LIST && value->n == 2 &&
        copy_page(value->items[1], value->items[0], found))
        return true;
    hp_error_set(error, "no memory for the ledger's rows, or this is no Redis");
    return false;
}

static bool
tell_page(walk *w, const page *found, hp_error *error)
{
    const hp_redis_value *rows;
    size_t i;

    if (found->n == 0)
        return true;
    if ((rows = hp_redis_command(w->redis, found->words, found->n + 1, error)) == NULL)
        return false;
    for (i = 0; rows->kind == HP_REDIS_LIST && i < rows->n && i < found->n && !w->stopped; i++)
        tell_row(w, found->words[1 + i], rows->items[i]);
    return true;
}

bool
hp_redis_each(hp_redis *redis, hp_redis_row_told *told, void *context, hp_error *error)
{
    walk w = { redis, told, context, false };
    page found = { .cursor = "0" };
    bool good;

    do {
        good = scan(redis, &found, error) && tell_page(&w, &found, error);
        end_page(&found);
    } while (good && !w.stopped && strcmp(found.cursor, "0") != 0);
    return good;
}
