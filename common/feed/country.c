/* Whether a list and a certificate mean the same country; see feed.h. */
#include "feed/feed.h"

#include "base/country.h"

/* The two letters that stand for a code: the EU writes EL and UK where ISO has GR and GB. */
static const char *
two_letters(const char *code, char alpha2[3])
{
    if (hp_country_alpha2(hp_str_of(code), alpha2))
        return alpha2;
    return strcmp(code, "EL") == 0 ? "GR" : strcmp(code, "UK") == 0 ? "GB" : code;
}

/* Of no country: the World Health Organization, the International Organization for Migration. */
static bool
is_organisation(const char *code)
{
    return strcmp(code, "WHO") == 0 || strcmp(code, "IOM") == 0;
}

/*
 * Codes of test networks begin with an X (ISO 3166-1, 8.1.3), and their certificates have two
 * letters of the same kind.  With organisations that take part in the GDHCN there is nothing to
 * compare; any other code that is none goes with itself only.
 */
bool
hp_feed_same_country(const char *listed, const char *named)
{
    char one[3], other[3];
    const char *list = two_letters(listed, one), *certificate = two_letters(named, other);

    if (strlen(list) == 2 && strlen(certificate) == 2)
        return strcmp(list, certificate) == 0;
    if (list[0] == 'X' || certificate[0] == 'X')
        return list[0] == certificate[0];
    return strcmp(list, certificate) == 0 || is_organisation(list);
}
