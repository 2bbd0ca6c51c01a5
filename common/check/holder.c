/*
 * Compares a pass's holder with a person; see holder.h.
 *
 * A pass says each name twice: as printed, and in the issuer's MRZ form.  Either will do, for the
 * family and for the given names apart.  Truths are joined by | and &, so that none ends the work
 * early.
 */
#include "check/holder.h"

#include "base/cursor.h"
#include "check/name.h"

/* An MRZ of a passport has room for so many characters of both names (Doc 9303 part 4, 4.2.2). */
#define MRZ_ROOM 39

enum { PRINTED, MRZ, READINGS };

/* Neighbouring words. */
typedef struct {
    const hp_word *word;
    size_t n;
    bool cut; /* the last one may lack its end, and others may be missing behind it */
} words;

typedef struct {
    words family[READINGS], given[READINGS];
    hp_match match;
    bool dated; /* the whole birth date is asked for and equal */
} holder;

bool
hp_match_read(hp_str word, hp_match *match)
{
    static const char *const names[] = { [HP_MATCH_MRZ] = "mrz", [HP_MATCH_EXACT] = "exact",
                                         [HP_MATCH_INITIALS] = "initials" };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (hp_str_eq(word, hp_str_of(names[i]))) {
            *match = (hp_match)i;
            return true;
        }
    }
    return false;
}

/* ---- one word and another ------------------------------------------------------ */

static bool
same_bytes(hp_str a, hp_str b)
{
    unsigned other = a.n != b.n;
    size_t i, n = a.n < b.n ? a.n : b.n;

    for (i = 0; i < n; i++)
        other |= (unsigned)(a.p[i] ^ b.p[i]);
    return other == 0;
}

static bool
same_start(hp_str whole, hp_str start)
{
    if (whole.n > start.n)
        whole.n = start.n;
    return same_bytes(whole, start);
}

/* The first character. */
static hp_str
initial(hp_str s)
{
    size_t n = 1;

    while (n < s.n && (s.p[n] & 0xc0) == 0x80)
        n++;
    return (hp_str){ s.p, n };
}

typedef bool (*relation)(hp_str person, hp_str pass);

static bool
is_start_of(hp_str person, hp_str pass)
{
    return same_start(person, pass);
}

static bool
is_initial_of(hp_str person, hp_str pass)
{
    hp_str a = initial(person), b = initial(pass);

    return same_bytes(a, b) & ((a.n == person.n) | (b.n == pass.n));
}

/* In any two of their forms. */
static bool
related(const hp_word *person, const hp_word *pass, relation holds)
{
    bool found = false;
    size_t i;

    for (i = 0; i < (size_t)HP_NAME_FORMS * HP_NAME_FORMS; i++)
        found |= holds(person->form[i / HP_NAME_FORMS], pass->form[i % HP_NAME_FORMS]);
    return found;
}

/* ---- some words and others ----------------------------------------------------- */

/* One against the nth word of the pass. */
static bool
agree(const hp_word *person, words pass, size_t nth, hp_match match)
{
    bool yes = related(person, &pass.word[nth], same_bytes);

    if (pass.cut && nth + 1 == pass.n)
        yes |= related(person, &pass.word[nth], is_start_of);
    if (match == HP_MATCH_INITIALS)
        yes |= related(person, &pass.word[nth], is_initial_of);
    return yes;
}

/* How many of the person's words are in the pass? */
static size_t
count_in(words person, words pass, hp_match match)
{
    size_t i, j, n = 0;
    bool found;

    for (i = 0; i < person.n; i++) {
        found = false;
        for (j = 0; j < pass.n; j++)
            found |= agree(&person.word[i], pass, j, match);
        n += found;
    }
    return n;
}

/* How many of the pass's words does the person have? */
static size_t
count_had(words person, words pass, hp_match match)
{
    size_t i, j, n = 0;
    bool found;

    for (j = 0; j < pass.n; j++) {
        found = false;
        for (i = 0; i < person.n; i++)
            found |= agree(&person.word[i], pass, j, match);
        n += found;
    }
    return n;
}

/* The same words at the same places; behind a cut the person may have more. */
static bool
same_sequence(words person, words pass)
{
    bool same = person.n == pass.n || (pass.cut && person.n > pass.n);
    size_t i, n = person.n < pass.n ? person.n : pass.n;

    for (i = 0; i < n; i++)
        same &= agree(&person.word[i], pass, i, HP_MATCH_EXACT);
    return same & (n > 0);
}

/* Of a form, as if nothing stood between the words. */
static size_t
joined_size(words w, size_t form)
{
    size_t i, n = 0;

    for (i = 0; i < w.n; i++)
        n += w.word[i].form[form].n;
    return n;
}

/* What follows `at` bytes into the words of a form. */
static uint8_t
joined_at(words w, size_t form, size_t at)
{
    size_t i;

    for (i = 0; at >= w.word[i].form[form].n; i++)
        at -= w.word[i].form[form].n;
    return w.word[i].form[form].p[at];
}

/* Jean-Luc and Jeanluc; D'Artagnan, whose apostrophe an issuer took for a blank. */
static bool
same_joined(words person, words pass)
{
    bool found = false, same;
    size_t f, i, n;

    for (f = 0; f < HP_NAME_FORMS; f++) {
        n = joined_size(pass, f);
        same = n > 0 && joined_size(person, f) == n;
        for (i = 0; i < n && i < joined_size(person, f); i++)
            same &= joined_at(person, f, i) == joined_at(pass, f, i);
        found |= same;
    }
    return found;
}

/* The letters of a word are the first ones of several: JR of John Ronald. */
static bool
are_initials(words one, words many)
{
    bool same = one.n == 1 && many.n > 1;
    hp_str rest = same ? one.word[0].form[HP_FORM_MAIN] : (hp_str){ NULL, 0 };
    hp_str letter;
    size_t i;

    for (i = 0; i < many.n && rest.n > 0; i++) {
        letter = initial(rest);
        same &= same_bytes(letter, initial(many.word[i].form[HP_FORM_MAIN]));
        rest = hp_str_from(rest, letter.n);
    }
    return same & (i == many.n) & (rest.n == 0);
}

static bool
same_family(words person, words pass, hp_match match)
{
    bool set;

    if (match == HP_MATCH_EXACT)
        return same_sequence(person, pass);
    set = count_had(person, pass, HP_MATCH_MRZ) == pass.n;
    set &= pass.cut | (count_in(person, pass, HP_MATCH_MRZ) == person.n);
    return (person.n > 0) & (pass.n > 0) & (set | same_joined(person, pass));
}

static bool
same_given(words person, words pass, hp_match match)
{
    bool yes;

    if (person.n == 0 || pass.n == 0)
        return false;
    if (match == HP_MATCH_EXACT)
        return same_sequence(person, pass);
    yes = count_in(person, pass, match) == person.n;
    yes |= agree(&person.word[0], pass, 0, match);
    if (match == HP_MATCH_INITIALS)
        yes |= are_initials(person, pass) || are_initials(pass, person);
    return yes | same_joined(person, pass);
}

/* ---- the pass ------------------------------------------------------------------ */

static bool
names_both(const holder *h, words family, words given)
{
    bool is_family = false, is_given = false;
    size_t i, n = 0;

    for (i = 0; i < READINGS; i++) {
        is_family |= same_family(family, h->family[i], h->match);
        is_given |= same_given(given, h->given[i], h->match);
        n += h->given[i].n;
    }
    return is_family & (is_given | ((n == 0) & h->dated));
}

static words
slice(words w, size_t from, size_t n)
{
    return (words){ w.word + from, n, false };
}

/* Both ways, with the first n words or the last n as the family name. */
static bool
names_split(const holder *h, words all, size_t n)
{
    bool front, back;

    if (n > all.n)
        n = all.n;
    front = names_both(h, slice(all, 0, n), slice(all, n, all.n - n));
    back = names_both(h, slice(all, all.n - n, n), slice(all, 0, all.n - n));
    return front | back;
}

/*
 * Which of the words are the family name, nobody said: as many as the pass has, or one more or
 * less where one side joins what the other parts.
 */
static bool
names_either_way(const holder *h, words all)
{
    bool found = false;
    size_t i, n;

    for (i = 0; i < READINGS; i++) {
        n = h->family[i].n;
        found |= names_split(h, all, n);
        found |= names_split(h, all, n + 1);
        found |= names_split(h, all, n - (n > 1));
    }
    return found;
}

static bool
has_given(const holder *h)
{
    return h->given[PRINTED].n + h->given[MRZ].n > 0;
}

static bool
read_words(hp_str text, bool cut, hp_arena *arena, words *w)
{
    hp_name *name = hp_arena_take(arena, sizeof(*name));

    if (name == NULL)
        return false;
    name->n = 0;
    if (!hp_name_add(name, text, arena))
        return false;
    *w = (words){ name->word, name->n, cut };
    return true;
}

/*
 * spec/hcert.md 9: what fills an MRZ may have been cut as in one, unless it is all that is printed.
 * A pass with one name only may have it in either field.
 */
static bool
read_holder(const hp_holder *from, hp_arena *arena, holder *h)
{
    size_t family = from->family_mrz.n, given = from->given_mrz.n;
    bool whole = given > 0 && family + given + sizeof("<<") - 1 == MRZ_ROOM;
    bool lone;
    size_t i;

    if (!read_words(from->family, from->family_cut, arena, &h->family[PRINTED]) ||
        !read_words(from->family_mrz, family == MRZ_ROOM, arena, &h->family[MRZ]) ||
        !read_words(from->given, from->given_cut, arena, &h->given[PRINTED]) ||
        !read_words(from->given_mrz, whole || given == MRZ_ROOM, arena, &h->given[MRZ]))
        return false;
    h->family[MRZ].cut &= !same_joined(h->family[PRINTED], h->family[MRZ]);
    h->given[MRZ].cut &= !same_joined(h->given[PRINTED], h->given[MRZ]);
    lone = h->family[PRINTED].n + h->family[MRZ].n == 0;
    for (i = 0; lone && i < READINGS; i++) {
        h->family[i] = h->given[i];
        h->given[i].n = 0;
    }
    return true;
}

/* ---- the person ---------------------------------------------------------------- */

/* So many digits, and what stands before them; -1 when there are none. */
static int
take_number(hp_cur *c, bool hyphen, size_t digits)
{
    const uint8_t *p = hp_cur_take(c, digits + hyphen);
    int n = 0;
    size_t i;

    if (p == NULL || (hyphen && p[0] != '-'))
        return -1;
    for (i = hyphen; i < digits + hyphen; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        n = n * 10 + (p[i] - '0');
    }
    return n;
}

/* 1963, 1963-05 or 1963-05-17. */
static bool
read_birth(hp_str text, hp_birth *birth)
{
    hp_cur c = hp_cur_of(text);

    *birth = (hp_birth){ .year = take_number(&c, false, 4) };
    if (hp_cur_left(&c) > 0)
        birth->month = take_number(&c, true, 2);
    if (hp_cur_left(&c) > 0)
        birth->day = take_number(&c, true, 2);
    return hp_cur_done(&c) && birth->year > 0 && (text.n < 7 || birth->month > 0) &&
           (text.n < 10 || birth->day > 0);
}

/* What is open on one side does not differ; in a pass without a year everything does. */
static bool
born_then(hp_birth pass, hp_birth person)
{
    bool month = pass.month == person.month || pass.month == 0 || person.month == 0;
    bool day = pass.day == person.day || pass.day == 0 || person.day == 0;

    return (pass.year == person.year) & month & day;
}

/* Compares the birth dates, and notes whether they are whole. */
static bool
birth_agrees(const hp_holder *from, const hp_person *person, holder *h)
{
    hp_birth birth;
    bool agrees;

    if (!person->dated)
        return true;
    if (!read_birth(person->birth, &birth))
        return false;
    agrees = born_then(from->birth, birth);
    h->dated = agrees & (birth.day > 0) & (from->birth.day > 0) & (from->birth.month > 0);
    return agrees & (h->dated | (h->match != HP_MATCH_EXACT));
}

/* All the words of the person's name; those of the family name come first. */
static bool
read_person(const hp_person *person, hp_arena *arena, words *all, size_t *family)
{
    hp_name *name = hp_arena_take(arena, sizeof(*name));

    if (name == NULL)
        return false;
    name->n = 0;
    if (!hp_name_add(name, person->name, arena))
        return false;
    *family = name->n;
    if (person->apart && !hp_name_add(name, person->given, arena))
        return false;
    *all = (words){ name->word, name->n, false };
    return all->n > 0;
}

static bool
is_named(const hp_holder *from, const hp_person *person, hp_arena *arena)
{
    holder h = { .match = person->match };
    bool born = birth_agrees(from, person, &h);
    size_t family;
    words all;
    bool named;

    if (!read_person(person, arena, &all, &family) || !read_holder(from, arena, &h))
        return false;
    if (!person->apart)
        return names_either_way(&h, all) & born;
    named = names_both(&h, slice(all, 0, family), slice(all, family, all.n - family));
    /* Where the pass has one name for both, so has the person. */
    if (!has_given(&h))
        named |= names_both(&h, all, slice(all, all.n, 0));
    return named & born;
}

bool
hp_holder_is(const hp_holder *from, const hp_person *person, hp_arena *arena, hp_reason *why)
{
    size_t mark = arena->used;
    bool named = is_named(from, person, arena);

    hp_arena_return(arena, mark);
    *why = HP_HOLDER;
    return named;
}
