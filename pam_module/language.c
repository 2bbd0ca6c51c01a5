/*
 * The language comes out of the name of a locale alone.  No setlocale(): the module is a guest,
 * and the host's locale is the whole process's.  Under su the name is anybody's text, and chooses
 * one of our own.
 */
#include "language.h"

#include <stdlib.h>
#include <strings.h>

/* In the order of setlocale(3): the first that is set decides, whatever it says. */
static const char *const variables[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

static bool
is_set(const char *value)
{
    return value != NULL && *value != '\0';
}

/* What pam_env set counts before what the application was started with. */
static const char *
find_locale(const hp_pam_call *call)
{
    const char *value;
    size_t i;

    for (i = 0; i < VARIABLES; i++) {
        value = pam_getenv(call->pamh, variables[i]);
        if (is_set(value))
            return value;
    }
    for (i = 0; i < VARIABLES; i++) {
        value = getenv(variables[i]);
        if (is_set(value))
            return value;
    }
    return "";
}

/* Our texts are UTF-8; to a terminal that is not, English is, too. */
static bool
is_utf8(const char *codeset)
{
    size_t n = strcspn(codeset, "@");

    return (n == 5 && strncasecmp(codeset, "utf-8", n) == 0) ||
           (n == 4 && strncasecmp(codeset, "utf8", n) == 0);
}

/* "fr_CA.UTF-8@euro" is fr-CA.  C and POSIX name no codeset, or no language. */
static void
read_locale(const char *locale, char *language)
{
    size_t n = strcspn(locale, ".@"), i;

    if (n < 2 || n > HP_PAM_TAG || locale[n] != '.' || !is_utf8(locale + n + 1))
        return;
    for (i = 0; i < n; i++)
        language[i] = locale[i] == '_' ? '-' : locale[i];
    language[n] = '\0';
}

void
hp_pam_language_choose(hp_pam_call *call)
{
    const char *lang = call->options.lang;

    memset(call->language, 0, sizeof(call->language));
    if (lang != NULL) /* no longer than this: options.c saw to it */
        memcpy(call->language, lang, strnlen(lang, HP_PAM_TAG));
    else
        read_locale(find_locale(call), call->language);
}

const char *
hp_pam_text(const hp_pam_call *call, const char *text)
{
    const char *languages[] = { call->language, NULL };

    return hp_text(text, languages);
}
