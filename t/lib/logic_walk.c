/* A plain evaluator; see logic_walk.h.  An instant is {"$dateTime": ms} on the way. */
#include "logic_walk.h"

#include <jansson.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <time.h>

#define TIME "$dateTime"

static size_t left;

static json_t *walk(json_t *e, json_t *data);

/* ---- kinds ------------------------------------------------------------------ */

static bool
is_whole(json_t *j)
{
    return json_is_real(j) && isfinite(json_real_value(j)) &&
        fmod(json_real_value(j), 1) == 0;
}

static bool
fits(double real)
{
    return real >= -9223372036854775808.0 && real < 9223372036854775808.0;
}

/* Is it in the language at all?  Takes j over. */
static json_t *
usable(json_t *j)
{
    json_t *whole = j;

    if (j != NULL && is_whole(j)) {
        whole = fits(json_real_value(j)) ? json_integer((json_int_t)json_real_value(j)) : NULL;
        json_decref(j);
    }
    return whole;
}

static json_int_t
whole_of(json_t *j)
{
    return json_is_real(j) ? (json_int_t)json_real_value(j) : json_integer_value(j);
}

static bool
is_time(json_t *j)
{
    return json_is_object(j) && json_object_get(j, TIME) != NULL;
}

/* 1, 0, or -1 for neither. */
static int
truth(json_t *j)
{
    if (is_time(j) || json_is_real(j))
        return -1;
    if (json_is_object(j))
        return json_object_size(j) > 0;
    if (json_is_array(j))
        return json_array_size(j) > 0;
    if (json_is_string(j))
        return json_string_length(j) > 0;
    if (json_is_integer(j))
        return json_integer_value(j) != 0;
    return json_is_true(j);
}

/* 1, 0, or -1 for what is not compared. */
static int
same(json_t *a, json_t *b)
{
    if (is_time(a) != is_time(b))
        return 0;
    if (json_typeof(a) == json_typeof(b) && (json_is_array(a) || json_is_object(a)))
        return -1;
    return json_equal(a, b);
}

/* ---- dates ------------------------------------------------------------------- */

static bool
matches(json_t *text, const char *pattern, regmatch_t *found, size_t n)
{
    regex_t regex;
    bool good;

    if (!json_is_string(text) || strlen(json_string_value(text)) != json_string_length(text))
        return false;
    if (regcomp(&regex, pattern, REG_EXTENDED) != 0)
        abort();
    good = regexec(&regex, json_string_value(text), n, found, 0) == 0;
    regfree(&regex);
    return good;
}

static int
number(const char *text, regmatch_t m)
{
    char digits[16] = "0";

    if (m.rm_so >= 0 && m.rm_eo - m.rm_so < 16)
        memcpy(digits, text + m.rm_so, (size_t)(m.rm_eo - m.rm_so));
    return atoi(digits);
}

/* Is it what the calendar made of it, too? */
static bool
exists(struct tm given, time_t *t)
{
    struct tm copy = given;

    *t = timegm(&copy);
    return copy.tm_mon == given.tm_mon && copy.tm_mday == given.tm_mday &&
        copy.tm_hour == given.tm_hour && copy.tm_min == given.tm_min && copy.tm_sec == given.tm_sec;
}

static bool
read_date(json_t *text, long long *ms)
{
    regmatch_t m[6];
    const char *s = json_string_value(text);
    struct tm tm = { .tm_mday = 31, .tm_mon = 11 };
    time_t t;

    if (!matches(text, "^([0-9]{4})(-([0-9]{2})(-([0-9]{2}))?)?$", m, 6))
        return false;
    tm.tm_year = number(s, m[1]) - 1900;
    if (m[3].rm_so >= 0)
        tm.tm_mon = number(s, m[3]) - 1;
    if (m[5].rm_so >= 0)
        tm.tm_mday = number(s, m[5]);
    else
        while (tm.tm_mday > 27 && !exists(tm, &t))
            tm.tm_mday--;
    if (!exists(tm, &t))
        return false;
    *ms = (long long)t * 1000;
    return true;
}

static bool
read_time(json_t *text, long long *ms)
{
    regmatch_t m[15];
    const char *s = json_string_value(text);
    struct tm tm = { 0 };
    int hour, minute, i;
    time_t t;

    if (read_date(text, ms))
        return true;
    if (!matches(text, "^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"
                 "(\\.([0-9]{1,3})[0-9]*)?(Z|([+-])([0-9]{1,2}):?([0-9]{2})?)?$", m, 15))
        return false;
    tm.tm_year = number(s, m[1]) - 1900;
    tm.tm_mon = number(s, m[2]) - 1;
    tm.tm_mday = number(s, m[3]);
    tm.tm_hour = number(s, m[4]);
    tm.tm_min = number(s, m[5]);
    tm.tm_sec = number(s, m[6]);
    hour = number(s, m[11]);
    minute = number(s, m[12]);
    if (!exists(tm, &t) || hour > 23 || minute > 59)
        return false;
    if (m[10].rm_so >= 0)
        t -= (hour * 3600 + minute * 60) * (s[m[10].rm_so] == '-' ? -1 : 1);
    *ms = (long long)t * 1000;
    if (m[8].rm_so >= 0) {
        i = number(s, m[8]);
        for (regoff_t n = m[8].rm_eo - m[8].rm_so; n < 3; n++)
            i *= 10;
        *ms += i;
    }
    return true;
}

static struct tm
civil(long long ms)
{
    time_t t = (time_t)((ms - ((ms % 1000) + 1000) % 1000) / 1000);
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL)
        abort();
    return tm;
}

static bool
plus_time(long long *ms, json_int_t amount, const char *unit)
{
    long long fraction = ((*ms % 1000) + 1000) % 1000;
    struct tm tm = civil(*ms);

    if (amount > 100000000 || amount < -100000000)
        return false;
    if (strcmp(unit, "year") == 0)
        tm.tm_year += (int)amount;
    else if (strcmp(unit, "month") == 0)
        tm.tm_mon += (int)amount;
    else if (strcmp(unit, "day") == 0)
        tm.tm_mday += (int)amount;
    else
        tm.tm_hour += (int)amount;
    *ms = (long long)timegm(&tm) * 1000 + fraction;
    return tm.tm_year >= -1900 && tm.tm_year <= 8099;
}

static json_t *
walk_date(const char *name, json_t *operands, json_t *data)
{
    json_t *text = walk(json_array_get(operands, 0), data);
    long long ms = 0;
    bool good = text != NULL && json_is_string(text);

    if (good && strcmp(name, "dccDateOfBirth") == 0)
        good = read_date(text, &ms);
    else if (good)
        good = read_time(text, &ms) &&
            plus_time(&ms, whole_of(json_array_get(operands, 1)),
                      json_string_value(json_array_get(operands, 2)));
    json_decref(text);
    return good ? json_pack("{s:I}", TIME, (json_int_t)ms) : NULL;
}

/* ---- operations ---------------------------------------------------------------- */

static json_t *
walk_var(const char *path, size_t n, json_t *data)
{
    json_t *at = data, *next;
    char *copy, *fragment, *rest = NULL;

    if (n == 0)
        return usable(json_incref(data));
    if (strlen(path) != n)
        return json_null(); /* no member has such a name */
    copy = strdup(path);
    if (copy == NULL)
        abort();
    for (fragment = strtok_r(copy, ".", &rest); fragment != NULL;
         fragment = strtok_r(NULL, ".", &rest)) {
        next = NULL;
        if (json_is_object(at) && !is_time(at))
            next = json_object_get(at, fragment);
        else if (json_is_array(at) && strspn(fragment, "0123456789") == strlen(fragment) &&
                 strlen(fragment) < 10)
            next = json_array_get(at, (size_t)atol(fragment));
        at = next;
    }
    free(copy);
    return usable(at == NULL ? json_null() : json_incref(at));
}

static json_t *
walk_uvci(json_t *operands, json_t *data)
{
    json_t *text = walk(json_array_get(operands, 0), data), *found = NULL;
    json_int_t index = whole_of(json_array_get(operands, 1));
    const char *s = json_string_value(text), *end, *stop;

    if (text != NULL && json_is_null(text))
        found = json_null();
    if (json_is_string(text)) {
        end = s + json_string_length(text);
        if (strncmp(s, "URN:UVCI:", 9) == 0)
            s += 9;
        for (;; s = stop + 1) {
            for (stop = s; stop < end && *stop != '/' && *stop != '#' && *stop != ':';)
                stop++;
            if (stop == end || index <= 0)
                break;
            index--;
        }
        found = index == 0 ? json_stringn(s, (size_t)(stop - s)) : json_null();
    }
    json_decref(text);
    return found;
}

static json_t *
walk_reduce(json_t *operands, json_t *data)
{
    json_t *array = walk(json_array_get(operands, 0), data), *accumulator, *item, *inner;
    size_t i;

    if (array == NULL || (!json_is_null(array) && !json_is_array(array))) {
        json_decref(array);
        return NULL;
    }
    accumulator = walk(json_array_get(operands, 2), data);
    for (i = 0; accumulator != NULL && i < json_array_size(array); i++) {
        item = usable(json_incref(json_array_get(array, i)));
        inner = item == NULL ? NULL : json_pack("{s:o,s:o}", "accumulator", accumulator,
                                                "current", item);
        if (inner == NULL)
            json_decref(accumulator);
        accumulator = inner == NULL ? NULL : walk(json_array_get(operands, 1), inner);
        json_decref(inner);
    }
    json_decref(array);
    return accumulator;
}

static json_t *
walk_in(json_t *a, json_t *list)
{
    size_t i;
    int is = 0;

    if (!json_is_array(list))
        return NULL;
    for (i = 0; is == 0 && i < json_array_size(list); i++) {
        json_t *item = usable(json_incref(json_array_get(list, i)));

        is = item == NULL ? -1 : same(a, item);
        json_decref(item);
    }
    return is < 0 ? NULL : json_boolean(is);
}

static json_t *
walk_plus(json_t *a, json_t *b)
{
    json_int_t sum;

    if (!json_is_integer(a) || !json_is_integer(b) ||
        __builtin_add_overflow(json_integer_value(a), json_integer_value(b), &sum))
        return NULL;
    return json_integer(sum);
}

static json_t *
walk_order(const char *name, json_t *values)
{
    static const char *const times[] = { "after", ">", "before", "<", "not-after", "<=",
                                         "not-before", ">=" };
    bool of_times = false, holds = true;
    size_t i;

    for (i = 0; i < 8; i += 2) {
        of_times = of_times || strcmp(name, times[i]) == 0;
        if (strcmp(name, times[i]) == 0)
            name = times[i + 1];
    }
    for (i = 0; i < json_array_size(values); i++) {
        if (of_times ? !is_time(json_array_get(values, i))
                     : !json_is_integer(json_array_get(values, i)))
            return NULL;
    }
    for (i = 1; i < json_array_size(values); i++) {
        json_t *x = json_array_get(values, i - 1), *y = json_array_get(values, i);
        json_int_t a = json_integer_value(of_times ? json_object_get(x, TIME) : x);
        json_int_t b = json_integer_value(of_times ? json_object_get(y, TIME) : y);

        holds = holds && (name[0] == '<' ? a < b || (name[1] == '=' && a == b)
                                         : a > b || (name[1] == '=' && a == b));
    }
    return json_boolean(holds);
}

static json_t *
walk_lazy(const char *name, json_t *operands, json_t *data)
{
    json_t *value = NULL;
    int is = 1;
    size_t i;

    if (strcmp(name, "if") == 0) {
        value = walk(json_array_get(operands, 0), data);
        is = value == NULL ? -1 : truth(value);
        json_decref(value);
        return is < 0 ? NULL : walk(json_array_get(operands, is == 1 ? 1 : 2), data);
    }
    for (i = 0; is == 1 && i < json_array_size(operands); i++) {
        json_decref(value);
        value = walk(json_array_get(operands, i), data);
        is = value == NULL ? -1 : truth(value);
    }
    if (is < 0) {
        json_decref(value);
        return NULL;
    }
    return value;
}

static json_t *
walk_list(json_t *operands, json_t *data)
{
    json_t *values = json_array(), *value;
    size_t i;

    for (i = 0; i < json_array_size(operands); i++) {
        value = walk(json_array_get(operands, i), data);
        if (value == NULL || json_array_append_new(values, value) != 0) {
            json_decref(values);
            return NULL;
        }
    }
    return values;
}

static json_t *
walk_strict(const char *name, json_t *operands, json_t *data)
{
    json_t *values = walk_list(operands, data), *result = NULL;
    json_t *a = json_array_get(values, 0), *b = json_array_get(values, 1);
    int is;

    if (values == NULL)
        return NULL;
    if (strcmp(name, "!") == 0) {
        is = truth(a);
        result = is < 0 ? NULL : json_boolean(!is);
    } else if (strcmp(name, "===") == 0) {
        is = same(a, b);
        result = is < 0 ? NULL : json_boolean(is);
    } else if (strcmp(name, "in") == 0) {
        result = walk_in(a, b);
    } else if (strcmp(name, "+") == 0) {
        result = walk_plus(a, b);
    } else {
        result = walk_order(name, values);
    }
    json_decref(values);
    return result;
}

static json_t *
walk(json_t *e, json_t *data)
{
    const char *name;
    json_t *operands;

    if (left == 0)
        return NULL;
    left--;
    if (json_is_array(e))
        return walk_list(e, data);
    if (!json_is_object(e))
        return usable(json_incref(e));
    name = json_object_iter_key(json_object_iter(e));
    operands = json_object_get(e, name);
    if (strcmp(name, "var") == 0)
        return walk_var(json_string_value(operands), json_string_length(operands), data);
    if (strcmp(name, "if") == 0 || strcmp(name, "and") == 0)
        return walk_lazy(name, operands, data);
    if (strcmp(name, "reduce") == 0)
        return walk_reduce(operands, data);
    if (strcmp(name, "extractFromUVCI") == 0)
        return walk_uvci(operands, data);
    if (strcmp(name, "plusTime") == 0 || strcmp(name, "dccDateOfBirth") == 0)
        return walk_date(name, operands, data);
    return walk_strict(name, operands, data);
}

/* ---- format ---------------------------------------------------------------------- */

static bool check(json_t *e, int depth);

static bool
check_first(json_t *operands, size_t n, int depth)
{
    size_t i;

    for (i = 0; i < n; i++) {
        if (!check(json_array_get(operands, i), depth))
            return false;
    }
    return true;
}

static bool
is_integer(json_t *j)
{
    return json_is_integer(j) || (is_whole(j) && fits(json_real_value(j)));
}

static bool
check_operation(const char *name, json_t *operands, int depth)
{
    static const struct {
        const char *names;
        size_t min, max;
    } table[] = {
        { " if reduce plusTime ", 3, 3 }, { " and ", 2, SIZE_MAX }, { " ! dccDateOfBirth ", 1, 1 },
        { " === in + extractFromUVCI ", 2, 2 },
        { " < > <= >= after before not-after not-before ", 2, 3 },
    };
    char word[64];
    size_t i, n = json_array_size(operands);

    (void)snprintf(word, sizeof(word), " %s ", name);
    for (i = 0; i < 5 && (strchr(name, ' ') != NULL || strstr(table[i].names, word) == NULL);)
        i++;
    if (i == 5 || !json_is_array(operands) || n < table[i].min || n > table[i].max)
        return false;
    if (strcmp(name, "plusTime") == 0)
        return is_integer(json_array_get(operands, 1)) &&
            matches(json_array_get(operands, 2), "^(year|month|day|hour)$", NULL, 0) &&
            check_first(operands, 1, depth + 1);
    if (strcmp(name, "extractFromUVCI") == 0)
        return is_integer(json_array_get(operands, 1)) && check_first(operands, 1, depth + 1);
    return check_first(operands, n, depth + 1);
}

static bool
check_path(json_t *path)
{
    const char *s = json_string_value(path);
    size_t i, n = json_string_length(path);

    if (s == NULL)
        return false;
    for (i = 0; i < n; i++) {
        if (s[i] == '.' && (i == 0 || i == n - 1 || s[i + 1] == '.'))
            return false;
    }
    return true;
}

static bool
check(json_t *e, int depth)
{
    const char *name;

    if (depth > 64)
        return false;
    if (json_is_array(e))
        return depth < 64 && check_first(e, json_array_size(e), depth + 1);
    if (!json_is_object(e))
        return json_is_string(e) || json_is_boolean(e) || is_integer(e);
    if (json_object_size(e) != 1)
        return false;
    name = json_object_iter_key(json_object_iter(e));
    if (strcmp(name, "var") == 0)
        return check_path(json_object_get(e, name));
    return depth < 64 && check_operation(name, json_object_get(e, name), depth);
}

/* ---- the way in and out ------------------------------------------------------------ */

static json_t *
inside(const hp_json *json)
{
    return (json_t *)(uintptr_t)json;
}

bool
logic_walk_check(const hp_json *expression)
{
    char *text = json_dumps(inside(expression), JSON_COMPACT | JSON_ENCODE_ANY);
    bool good = text != NULL && strlen(text) <= 65536 && check(inside(expression), 0);

    free(text);
    return good;
}

static json_t *
shown_time(json_t *ms)
{
    struct tm tm = civil(json_integer_value(ms));
    char text[64];

    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                   (int)(((json_integer_value(ms) % 1000) + 1000) % 1000));
    return json_pack("{s:s}", TIME, text);
}

/* As hp_value_json() has it; takes j over. */
static json_t *
shown(json_t *j)
{
    json_t *copy = NULL, *part;
    const char *name;
    size_t i;

    if (is_time(j)) {
        copy = shown_time(json_object_get(j, TIME));
    } else if (json_is_object(j)) {
        copy = json_object();
        json_object_foreach(j, name, part) {
            part = shown(json_incref(part));
            if (part == NULL) {
                json_decref(copy);
                copy = NULL;
                break;
            }
            (void)json_object_set_new(copy, name, part);
        }
    } else if (json_is_array(j)) {
        copy = json_array();
        for (i = 0; copy != NULL && i < json_array_size(j); i++) {
            part = shown(json_incref(json_array_get(j, i)));
            if (part == NULL || json_array_append_new(copy, part) != 0) {
                json_decref(copy);
                copy = NULL;
            }
        }
    } else {
        return usable(j);
    }
    json_decref(j);
    return copy;
}

hp_json *
logic_walk(const hp_json *expression, const hp_json *data, size_t *steps)
{
    json_t *value;

    left = *steps;
    value = walk(inside(expression), data == NULL ? json_null() : inside(data));
    *steps = left;
    return (hp_json *)(void *)shown(value);
}
