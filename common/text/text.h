/*
 * text.h: what a person reads, in the person's own language.
 *
 * As with gettext, the English text is the message's name, and po/ has the other languages.
 * They become one table when all is built, because a server answers each visitor in another
 * language and a PAM module is a guest: neither may set a locale, or rely on what is installed.
 *
 * Nothing here is put together from a pass.  A text fits a line of a login program: at most
 * 159 bytes.
 */
#ifndef HP_TEXT_H
#define HP_TEXT_H

/* Marks a text for translation where it stands in a table; gettext's N_(). */
#define HP_N_(text) text

/*
 * The text in the first of these languages that there is ("fr-CA" finds "fr"), else as given.
 * languages are tags of RFC 5646, the best first, and end with NULL; it may be NULL itself.
 */
const char *hp_text(const char *text, const char *const *languages)
    __attribute__((format_arg(1)));

/* The language that hp_text() answers in, "en" where none of them is there. */
const char *hp_text_language(const char *const *languages);

#endif
