/* Reads members of payloads; see member.h. */
#include "format/member.h"

#define DAY 86400.0

static bool
is_absent(const hp_node *n)
{
    return n == NULL || n->kind == HP_NODE_NULL || n->kind == HP_NODE_UNDEFINED;
}

hp_str
hp_member_optional(const hp_node *map, const char *name, bool *bad)
{
    const hp_node *n = hp_node_member(map, hp_str_of(name));

    if (is_absent(n))
        return (hp_str){ NULL, 0 };
    if (n->kind != HP_NODE_TEXT || n->str.n > HP_MEMBER_MAX) {
        *bad = true;
        return (hp_str){ NULL, 0 };
    }
    return hp_str_trim(n->str);
}

hp_str
hp_member_text(const hp_node *map, const char *name, bool *bad)
{
    hp_str s = hp_member_optional(map, name, bad);

    if (s.n == 0)
        *bad = true;
    return s;
}

/* Without the time behind it. */
static hp_str
date_text(const hp_node *map, const char *name, bool *bad)
{
    hp_str s = hp_member_optional(map, name, bad);

    if (s.n > 10 && s.p[10] == 'T')
        s.n = 10;
    return s;
}

bool
hp_member_has_date(const hp_node *map, const char *name, hp_date *date, bool *bad)
{
    hp_str s = date_text(map, name, bad);

    if (s.n == 0)
        return false;
    if (!hp_date_read(s, date))
        *bad = true;
    return !*bad;
}

hp_date
hp_member_date(const hp_node *map, const char *name, bool *bad)
{
    hp_date d = { 0, 0, 0 };

    if (!hp_member_has_date(map, name, &d, bad))
        *bad = true;
    return d;
}

bool
hp_birth_read(hp_str s, hp_birth *birth)
{
    uint8_t whole[] = "YYYY-01-01";
    hp_date d;

    *birth = (hp_birth){ 0, 0, 0 };
    if (s.n != 4 && s.n != 7 && s.n != 10)
        return false;
    memcpy(whole, s.p, s.n);
    if (!hp_date_read((hp_str){ whole, 10 }, &d))
        return false;
    birth->year = d.year;
    birth->month = s.n > 4 ? d.month : 0;
    birth->day = s.n > 7 ? d.day : 0;
    return true;
}

bool
hp_member_has_birth(const hp_node *map, const char *name, hp_birth *birth, bool *bad)
{
    hp_str s = date_text(map, name, bad);

    if (s.n == 0)
        return false;
    if (!hp_birth_read(s, birth))
        *bad = true;
    return !*bad;
}

double
hp_day_start(hp_date day)
{
    return (double)hp_date_days(day) * DAY;
}

double
hp_day_end(hp_date day)
{
    return hp_day_start(day) + DAY - 1;
}
