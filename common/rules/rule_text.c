/* A rule's text in somebody's language, by the tags of RFC 5646; see ruleset.h. */
#include "rules/ruleset.h"

#include <strings.h>

/* The rule's text of which the first n characters are those of wanted, to its end or a hyphen. */
static const char *
find(const hp_rule *rule, const char *wanted, size_t n, bool whole)
{
    size_t i;

    for (i = 0; i < rule->n_texts; i++) {
        const char *lang = rule->texts[i].lang;

        if (strncasecmp(lang, wanted, n) == 0 && (lang[n] == '\0' || (!whole && lang[n] == '-')))
            return rule->texts[i].text;
    }
    return NULL;
}

/* Lookup (RFC 4647, 3.4): shortened at its hyphens; in the end any variety of the language. */
static const char *
look_up(const hp_rule *rule, const char *wanted)
{
    const char *text = NULL;
    size_t n = strlen(wanted);

    if (n == 0)
        return NULL;
    while (text == NULL && n > 0) {
        text = find(rule, wanted, n, true);
        do
            n--;
        while (n > 0 && wanted[n] != '-');
    }
    return text != NULL ? text : find(rule, wanted, strcspn(wanted, "-"), false);
}

const char *
hp_rule_text(const hp_rule *rule, const char *const *languages)
{
    const char *text = NULL;

    for (; text == NULL && languages != NULL && *languages != NULL; languages++)
        text = look_up(rule, *languages);
    if (text == NULL)
        text = look_up(rule, "en");
    if (text == NULL && rule->n_texts > 0)
        text = rule->texts[0].text;
    return text != NULL ? text : "";
}
