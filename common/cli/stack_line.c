/*
 * Lines of a PAM service; see stack_line.h.
 * Where libpam would take something else than was meant, the line is broken and says why.
 */
#include "cli/stack_line.h"

#include <stdlib.h>
#include <strings.h>

#define UNSET (HP_STACK_RESET - 1)
#define FAR   100000 /* a jump that no stack has room for */

static const char *const codes[HP_STACK_CODES] = {
    "success", "open_err", "symbol_err", "service_err", "system_err", "buf_err", "perm_denied",
    "auth_err", "cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
    "new_authtok_reqd", "acct_expired", "session_err", "cred_unavail", "cred_expired", "cred_err",
    "no_module_data", "conv_err", "authtok_err", "authtok_recover_err", "authtok_lock_busy",
    "authtok_disable_aging", "try_again", "ignore", "abort", "authtok_expired", "module_unknown",
    "bad_item", "conv_again", "incomplete",
};

/* In the order of their numbers, from HP_STACK_PASSES_BY down. */
static const char *const actions[] = { "ignore", "ok", "done", "bad", "die", "reset" };

static const char *const types[] = { "auth", "account", "session", "password", "@include" };

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

const char *
hp_stack_code(int code)
{
    return codes[code];
}

const char *
hp_stack_type_name(hp_stack_type type)
{
    return types[type];
}

/* ---- joining ------------------------------------------------------------------- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* The next line of the file without its end; a zero byte hides what follows, as in libpam. */
static bool
take_physical(hp_stack_reader *from, hp_str *line)
{
    const uint8_t *end;

    if (from->rest.n == 0)
        return false;
    end = memchr(from->rest.p, '\n', from->rest.n);
    *line = (hp_str){ from->rest.p, end == NULL ? from->rest.n : (size_t)(end - from->rest.p) };
    from->rest = hp_str_from(from->rest, line->n + (end != NULL));
    from->number++;
    end = memchr(line->p, '\0', line->n);
    if (end != NULL)
        line->n = (size_t)(end - line->p);
    return true;
}

/* Cuts the blanks at the ends, and a comment; *commented when there was one. */
static hp_str
strip(hp_str line, bool *commented)
{
    const uint8_t *hash = memchr(line.p, '#', line.n);

    *commented = hash != NULL;
    if (hash != NULL)
        line.n = (size_t)(hash - line.p);
    while (line.n > 0 && is_blank((char)line.p[0]))
        line = hp_str_from(line, 1);
    while (line.n > 0 && is_blank((char)line.p[line.n - 1]))
        line.n--;
    return line;
}

/* Adds to the text, up to its room. */
static void
append(hp_stack_line *line, size_t *used, hp_str part)
{
    size_t room = HP_STACK_LINE - *used;

    if (part.n >= room)
        line->wrong = "is longer than the 1,023 characters that libpam takes, which cuts it";
    if (part.n >= room)
        part.n = room - 1;
    memcpy(line->text + *used, part.p, part.n);
    *used += part.n;
    line->text[*used] = '\0';
}

/* One line with those that continue it.  Comments and empty lines between them count for none. */
static bool
join(hp_stack_reader *from, hp_stack_line *line)
{
    bool commented, more = false;
    size_t used = 0;
    hp_str part;

    while (take_physical(from, &part)) {
        part = strip(part, &commented);
        if (part.n == 0)
            continue;
        if (used == 0)
            line->number = from->number;
        more = !commented && part.p[part.n - 1] == '\\';
        part.n -= more;
        append(line, &used, part);
        append(line, &used, more ? HP_STR(" ") : HP_STR(""));
        if (!more)
            return true;
    }
    if (more)
        line->wrong = "ends in a backslash at the end of the file, and libpam takes none of it";
    return more;
}

/* ---- words --------------------------------------------------------------------- */

/*
 * The next word, ended by a zero in place; NULL after the last one.  [...] is one word, in which
 * "\]" stands for a bracket; quotes mean nothing.
 */
static char *
next_word(char **rest)
{
    char *from = *rest, *to, *end;

    while (is_blank(*from))
        from++;
    if (*from == '\0')
        return NULL;
    if (*from == '[') {
        for (to = end = ++from; *end != '\0' && *end != ']'; to++, end++) {
            if (end[0] == '\\' && end[1] == ']')
                end++;
            *to = *end;
        }
    } else {
        for (end = from; *end != '\0' && !is_blank(*end); end++)
            ;
        to = end;
    }
    *rest = end + (*end != '\0');
    *to = '\0';
    return from;
}

/* ---- controls ------------------------------------------------------------------ */

static void
set_rest(hp_stack_line *line, int action)
{
    int i;

    for (i = 0; i < HP_STACK_CODES; i++) {
        if (line->actions[i] == UNSET)
            line->actions[i] = action;
    }
}

/* What a control said before counts on: libpam applies it to the failure. */
void
hp_stack_break(hp_stack_line *line, const char *why)
{
    line->kind = HP_STACK_BROKEN;
    line->argc = 0;
    if (line->wrong == NULL)
        line->wrong = why;
    set_rest(line, HP_STACK_BAD);
}

static bool
broken(hp_stack_line *line, const char *why)
{
    hp_stack_break(line, why);
    return false;
}

/* The word at the front of the text that is in the table; COUNT when none is. */
static int
front_word(const char *const *table, int n, const char **text)
{
    int i;

    for (i = 0; i < n && strncmp(*text, table[i], strlen(table[i])) != 0; i++)
        ;
    if (i < n)
        *text += strlen(table[i]);
    return i;
}

static const char *
skip_blanks(const char *text)
{
    while (is_blank(*text) || (*text >= '\v' && *text <= '\r'))
        text++;
    return text;
}

static bool
read_action(const char **text, int *action)
{
    int i = front_word(actions, COUNT(actions), text);

    *action = -i;
    if (i < COUNT(actions))
        return true;
    for (*action = 0; **text >= '0' && **text <= '9'; (*text)++) {
        if (*action < FAR)
            *action = *action * 10 + (**text - '0');
    }
    return *action > 0;
}

/* What is between the brackets: pairs of a name, or default, and an action. */
static bool
read_pairs(hp_stack_line *line, const char *text)
{
    static const char *const rest[] = { "default" };
    int code, action;

    for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(text)) {
        code = front_word(codes, HP_STACK_CODES, &text);
        if (code == HP_STACK_CODES && front_word(rest, 1, &text) != 0)
            return false;
        text = skip_blanks(text);
        if (*text++ != '=')
            return false;
        text = skip_blanks(text);
        if (!read_action(&text, &action))
            return false;
        if (code < HP_STACK_CODES)
            line->actions[code] = action;
        else
            set_rest(line, action);
    }
    return true;
}

/* One of the four words that are short for brackets. */
static bool
read_short(hp_stack_line *line, const char *word)
{
    static const struct {
        const char *word;
        int good, ignore, rest;
    } shorts[] = {
        { "required", HP_STACK_OK, HP_STACK_PASSES_BY, HP_STACK_BAD },
        { "requisite", HP_STACK_OK, HP_STACK_PASSES_BY, HP_STACK_DIE },
        { "optional", HP_STACK_OK, HP_STACK_PASSES_BY, HP_STACK_PASSES_BY },
        { "sufficient", HP_STACK_DONE, HP_STACK_PASSES_BY, HP_STACK_PASSES_BY },
    };
    int i;

    for (i = 0; i < COUNT(shorts) && strcasecmp(word, shorts[i].word) != 0; i++)
        ;
    if (i == COUNT(shorts))
        return false;
    line->actions[HP_STACK_SUCCESS] = line->actions[HP_STACK_NEW_AUTHTOK] = shorts[i].good;
    line->actions[HP_STACK_IGNORE] = shorts[i].ignore;
    set_rest(line, shorts[i].rest);
    return true;
}

static bool
read_control(hp_stack_line *line, const char *word)
{
    int i;

    line->control = word;
    if (strcasecmp(word, "include") == 0 || strcasecmp(word, "substack") == 0) {
        line->kind = strcasecmp(word, "include") == 0 ? HP_STACK_INCLUDE : HP_STACK_SUBSTACK;
        return true;
    }
    if (read_short(line, word))
        return true;
    if (read_pairs(line, word)) {
        set_rest(line, HP_STACK_BAD);
        return true;
    }
    for (i = 0; i < HP_STACK_CODES; i++)
        line->actions[i] = HP_STACK_BAD;
    line->wrong = "has a control that libpam cannot read: it takes every answer for bad";
    return true;
}

/* ---- a line -------------------------------------------------------------------- */

static bool
read_type(hp_stack_line *line, const char *word)
{
    int i;

    for (i = 0; word != NULL && i < COUNT(types); i++) {
        if (strcasecmp(word + (word[0] == '-'), types[i]) == 0) {
            line->type = (hp_stack_type)i;
            return true;
        }
    }
    line->type = HP_STACK_AUTH;
    return broken(line, "begins with none of auth, account, session, password and @include");
}

static bool
cut(hp_stack_line *line)
{
    char *rest = line->text, *word = next_word(&rest);

    if (!read_type(line, word))
        return false;
    if (line->type == HP_STACK_ANY) {
        line->kind = HP_STACK_INCLUDE;
    } else {
        word = next_word(&rest);
        if (word == NULL || !read_control(line, word))
            return broken(line, "says nothing behind its type");
    }
    line->module = next_word(&rest);
    if (line->module == NULL)
        return broken(line, "names no module and no file");
    while ((word = next_word(&rest)) != NULL)
        line->argv[line->argc++] = word;
    return line->wrong == NULL || broken(line, line->wrong);
}

bool
hp_stack_read(hp_stack_reader *from, hp_stack_line *line)
{
    int i;

    for (i = 0; i < HP_STACK_CODES; i++)
        line->actions[i] = UNSET;
    line->wrong = line->control = line->module = NULL;
    line->kind = HP_STACK_MODULE;
    line->type = HP_STACK_AUTH;
    line->argc = 0;
    if (!join(from, line))
        return false;
    (void)cut(line);
    return true;
}
