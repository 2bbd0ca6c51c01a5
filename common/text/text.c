/* Looks up a text in the table of po/; see text.h. */
#include "text/text.h"

#include "base/str.h"
#include "text/catalogue.h"

/* Is that tag's first part this language?  Not strncasecmp(), which knows Turkish. */
static bool
is_language(const char *tag, const char *language)
{
    for (; *language != '\0'; tag++, language++) {
        if (hp_upper((uint8_t)*tag) != hp_upper((uint8_t)*language))
            return false;
    }
    return *tag == '\0' || *tag == '-';
}

static const hp_catalogue *
find(const char *tag)
{
    const hp_catalogue *c = hp_catalogues;

    while (c->language != NULL && !is_language(tag, c->language))
        c++;
    return c->language != NULL ? c : NULL;
}

/* NULL is English: asked for, or what is left. */
static const hp_catalogue *
choose(const char *const *languages)
{
    const hp_catalogue *c = NULL;

    for (; c == NULL && languages != NULL && *languages != NULL; languages++) {
        if (is_language(*languages, "en"))
            return NULL;
        c = find(*languages);
    }
    return c;
}

const char *
hp_text(const char *text, const char *const *languages)
{
    const hp_catalogue *c = choose(languages);
    const hp_translation *t;

    for (t = c == NULL ? NULL : c->texts; t != NULL && t->english != NULL; t++) {
        if (strcmp(t->english, text) == 0)
            return t->text;
    }
    return text;
}

const char *
hp_text_language(const char *const *languages)
{
    const hp_catalogue *c = choose(languages);

    return c != NULL ? c->language : "en";
}
