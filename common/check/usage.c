/* What a signer may sign, by its certificate and by its list; see usage.h. */
#include "check/usage.h"

#include "base/country.h"

#include <strings.h>

bool
hp_usage(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    unsigned use = 0;

    if (pass->event.kind == 'v')
        use = HP_USE_VACCINATION;
    else if (pass->event.kind == 't')
        use = HP_USE_TEST;
    else if (pass->event.kind == 'r')
        use = HP_USE_RECOVERY;
    else if (pass->event.kind == HP_KIND_NONE)
        use = HP_USE_ALL; /* it asserts nothing that a use could be for */
    if ((signer->usage & use) != 0)
        return true;
    *why = HP_SIGNER_USAGE;
    return false;
}

bool
hp_usage_domain(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    if ((signer->domains & pass->domains) != 0)
        return true;
    *why = HP_SIGNER_DOMAIN;
    return false;
}

/*
 * As ICAO writes states in documents (Doc 9303-3, 5), where ISO 3166-1 has no such three letters,
 * and as certificates write them.
 */
static const struct {
    const char *document, *certificate;
} states[] = {
    { "D", "DE" }, { "EUE", "EU" }, { "RKS", "KS" }, { "UNO", "UN" }, { "UTO", "UT" },
};

static bool
is_state(hp_str document, const char *certificate)
{
    char alpha2[3];
    size_t i;

    if (hp_country_alpha2(document, alpha2))
        return strcmp(alpha2, certificate) == 0;
    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (hp_str_eq(document, hp_str_of(states[i].document)))
            return strcmp(states[i].certificate, certificate) == 0;
    }
    return hp_str_eq(document, hp_str_of(certificate));
}

bool
hp_usage_state(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    if (signer->role != HP_ROLE_SEALED || is_state(pass->issuer, signer->country))
        return true;
    *why = HP_SIGNER_DOMAIN;
    return false;
}

/* The issuer of other formats is no country, but what the signer was looked for by. */
bool
hp_usage_country(const hp_record *signer, const hp_pass *pass, hp_reason *why)
{
    size_t n = strlen(signer->country);
    bool by_country = (pass->domains & (HP_DOMAIN_DCC | HP_DOMAIN_DDCC | HP_DOMAIN_ICVP)) != 0;

    if (!by_country || n == 0 || pass->issuer.n == 0 ||
        (pass->issuer.n == n &&
         strncasecmp((const char *)pass->issuer.p, signer->country, n) == 0))
        return true;
    *why = HP_SIGNER_DOMAIN;
    return false;
}
