/*
 * Kinds of passes that are known by how they begin, and in no row of format.c: who shows one is
 * told that this kind is not accepted, rather than that the code is damaged.  Nothing is searched
 * for inside a text.
 */
#include "format/format.h"

static const char *const begins[] = {
    /* what stands in the place of "HC1:" (hcert, 1; trust-lists, 3) */
    "AT1:",   /* Austria: exemptions */
    "DK3:",   /* Denmark: domestic passes */
    "EX1:",   /* United Kingdom: exemptions */
    "HCFR1:", /* France: light passes */
    "LT1:",   /* Switzerland: light passes */
    "NL1:", "NL2:", /* Netherlands: domestic passes, zero knowledge */
    "NO1:",   /* Norway: domestic passes */
    /* links to a pass, which are never followed (gdhcn, 5) */
    "shlink:/", "vhlink:/",
    /* a wallet that is asked for a pass over the network (OpenID for Verifiable Presentations) */
    "openid4vp://", "mdoc-openid4vp://", "eudi-openid4vp://", "haip://", "mdoc:",
    "openid-credential-offer://",
    /* 2D-DOC in its binary form (2d-doc, 2), version 1 to 4 */
    "\xDC\x01", "\xDC\x02", "\xDC\x03", "\xDC\x04",
};

/* As hp_str_starts(); the schemes of links are of any case (RFC 3986, 3.1). */
static bool
starts_alike(hp_str s, hp_str with)
{
    size_t i;

    for (i = 0; i < with.n; i++) {
        if (i == s.n || hp_upper(s.p[i]) != hp_upper(with.p[i]))
            return false;
    }
    return true;
}

/* A viewer's address with a link behind its '#' (SMART Health Links 1.0.0). */
static bool
is_viewer_link(hp_str text)
{
    const uint8_t *hash = text.n > 0 ? memchr(text.p, '#', text.n) : NULL;

    return hash != NULL && starts_alike(text, HP_STR("https://")) &&
           starts_alike(hp_str_from(text, (size_t)(hash - text.p) + 1), HP_STR("shlink:/"));
}

/* DIVOC of India and others: a ZIP of one file, in whose first header its name stands. */
static bool
is_divoc(hp_str text)
{
    hp_str name = HP_STR("certificate.json");

    return hp_str_starts(text, HP_STR("PK\x03\x04")) && text.n > 30 &&
           hp_str_starts(hp_str_from(text, 30), name);
}

bool
hp_format_is_other(hp_str text)
{
    size_t i;

    for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (starts_alike(text, hp_str_of(begins[i])))
            return true;
    }
    return is_viewer_link(text) || is_divoc(text);
}
