/*
 * agetty's options by which a terminal logs in by itself, in the spellings that getopt_long(3)
 * takes: -a NAME, -aNAME, -Ja NAME, --autologin NAME, --autologin=NAME, --auto NAME; and
 * --login-options with login's -f; and login(1) itself with it.  See pam_getty.h.
 */
#include "cli/pam_getty.h"

#include <string.h>

#define WORD 512           /* longer words are cut: none that counts is so long */
#define VALUED "CHIPdflrt" /* agetty's short options with a value, but -a and -o */

/* Takes the next word without its quotes, of which each kind hides the other; false: no more. */
static bool
next_word(const char **rest, char word[WORD])
{
    const char *p = *rest + strspn(*rest, " \t");
    size_t n = 0;
    char quote = '\0';

    if (*p == '\0')
        return false;
    for (; *p != '\0' && (quote != '\0' || (*p != ' ' && *p != '\t')); p++) {
        if (*p == quote)
            quote = '\0';
        else if (quote == '\0' && (*p == '"' || *p == '\''))
            quote = *p;
        else if (n < WORD - 1)
            word[n++] = *p;
    }
    word[n] = '\0';
    *rest = p;
    return true;
}

/* Has login an -f among these words? */
static bool
is_trusted(const char *words)
{
    char word[WORD];
    const char *c;

    while (next_word(&words, word) && strcmp(word, "--") != 0) {
        if (word[0] != '-')
            continue;
        for (c = word + 1; *c != '\0' && *c != 'h' && *c != 'r'; c++) { /* these have a value */
            if (*c == 'f')
                return true;
        }
    }
    return false;
}

/* The value of the option that ends here: behind it, or the next word. */
static const char *
value_at(const char *behind, const char **rest, char word[WORD])
{
    if (*behind != '\0')
        return behind;
    return next_word(rest, word) ? word : "";
}

/* Short options that stand together; the last one may have a value. */
static bool
is_short_login(const char *options, const char **rest)
{
    char word[WORD];

    for (; *options != '\0' && *options != 'a' && *options != 'L'; options++) {
        if (*options == 'o')
            return is_trusted(value_at(options + 1, rest, word));
        if (strchr(VALUED, *options) != NULL) {
            (void)value_at(options + 1, rest, word);
            return false;
        }
    }
    return *options == 'a';
}

/* An option may be cut where no other begins so. */
static bool
is_option(const char *given, size_t n, const char *name, size_t least)
{
    return n >= least && n <= strlen(name) && strncmp(given, name, n) == 0;
}

static bool
is_long_login(const char *option, const char **rest)
{
    size_t n = strcspn(option, "=");
    char word[WORD];

    if (is_option(option, n, "autologin", 1))
        return true;
    return is_option(option, n, "login-options", sizeof("login-o") - 1) &&
           is_trusted(value_at(option[n] == '=' ? option + n + 1 : "", rest, word));
}

static bool
has_login(const char *rest)
{
    char word[WORD];

    while (next_word(&rest, word) && strcmp(word, "--") != 0) {
        if (strncmp(word, "--", 2) == 0 ? is_long_login(word + 2, &rest)
                                        : word[0] == '-' && is_short_login(word + 1, &rest))
            return true;
    }
    return false;
}

/* Is it this program, whatever its folder, and what stands before the folder? */
static bool
is_program(const char *word, const char *name)
{
    size_t n = strlen(word), tail = strlen(name);

    return n >= tail && strcmp(word + n - tail, name) == 0;
}

/* Does it skip the auth phase, if it is a program that may?  Nothing behind it counts then. */
static bool
is_way_in(const char *word, const char *rest, bool *skips)
{
    if (is_program(word, "getty"))
        *skips = has_login(rest);
    else if (is_program(word, "/login") || strcmp(word, "login") == 0)
        *skips = is_trusted(rest);
    else
        return false;
    return true;
}

bool
hp_getty_skips_auth(const char *line)
{
    char word[WORD], inner[WORD];
    const char *rest = line, *words;
    bool skips = false;

    while (next_word(&rest, word)) {
        if (is_way_in(word, rest, &skips))
            return skips;
        /* As in sh -c "exec getty ...": what was quoted is a line itself. */
        for (words = word; next_word(&words, inner);) {
            if (is_way_in(inner, words, &skips))
                return skips;
        }
    }
    return false;
}
