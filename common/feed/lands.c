/* What lists say of each country; see lands.h. */
#include "feed/lands.h"

#include <stdlib.h>

static bool
no_memory(hp_error *error)
{
    hp_error_set(error, "no memory");
    return false;
}

hp_land *
hp_lands_of(hp_lands *lands, const char *country, hp_error *error)
{
    hp_land **all, *land;
    size_t i;

    for (i = 0; i < lands->n; i++) {
        if (strcmp(lands->all[i]->country, country) == 0)
            return lands->all[i];
    }
    all = reallocarray(lands->all, lands->n + 1, sizeof(*all));
    if (all != NULL)
        lands->all = all;
    land = all != NULL ? calloc(1, sizeof(*land)) : NULL;
    if (land == NULL) {
        (void)no_memory(error);
        return NULL;
    }
    (void)stpncpy(land->country, country, sizeof(land->country) - 1);
    all[lands->n++] = land;
    return land;
}

static void
land_free(hp_land *land)
{
    hp_authorities_free(&land->authorities);
    free(land);
}

void
hp_lands_free(hp_lands *lands)
{
    size_t i;

    for (i = 0; i < lands->n; i++)
        land_free(lands->all[i]);
    free(lands->all);
    *lands = (hp_lands){ NULL, 0 };
}

/* HP_SKIP_KINDS: nothing is wrong with it. */
static hp_skip
judge_authority(const hp_land *land, const hp_cert *cert)
{
    char country[4];

    if (cert == NULL)
        return HP_SKIP_UNREADABLE;
    hp_cert_country(cert, country);
    if (country[0] != '\0' && !hp_feed_same_country(land->country, country))
        return HP_SKIP_COUNTRY;
    if (hp_authorities_have(&land->authorities, cert))
        return HP_SKIP_DOUBLE;
    return land->authorities.n < HP_LAND_AUTHORITIES ? HP_SKIP_OTHER_USE : HP_SKIP_CROWD;
}

bool
hp_land_authority(hp_land *land, hp_crypto *crypto, hp_str der, hp_skip *why, hp_error *error)
{
    hp_cert *cert = hp_cert_read(crypto, der);

    *why = judge_authority(land, cert);
    if (*why == HP_SKIP_OTHER_USE)
        return hp_authorities_add(&land->authorities, cert) || no_memory(error);
    hp_cert_free(cert);
    return true;
}

static bool
has_upload(const hp_land *land, hp_str der)
{
    size_t i = 0;

    while (i < land->n_uploads && !hp_str_eq(land->uploads[i], der))
        i++;
    return i < land->n_uploads;
}

static hp_skip
judge_upload(const hp_land *land, const hp_cert *cert, hp_str der)
{
    char country[4];

    if (cert == NULL)
        return HP_SKIP_UNREADABLE;
    hp_cert_country(cert, country);
    if (country[0] == '\0' || !hp_feed_same_country(land->country, country))
        return HP_SKIP_COUNTRY;
    if (hp_cert_is_ca(cert))
        return HP_SKIP_USAGE;
    if (has_upload(land, der))
        return HP_SKIP_DOUBLE;
    return land->n_uploads < HP_LAND_UPLOADS ? HP_SKIP_OTHER_USE : HP_SKIP_CROWD;
}

bool
hp_land_upload(hp_land *land, hp_crypto *crypto, hp_records *memory, hp_str der, hp_skip *why,
               hp_error *error)
{
    hp_cert *cert = hp_cert_read(crypto, der);

    *why = judge_upload(land, cert, der);
    hp_cert_free(cert);
    if (*why != HP_SKIP_OTHER_USE)
        return true;
    if (!hp_records_keep(memory, &der))
        return no_memory(error);
    land->uploads[land->n_uploads++] = der;
    return true;
}

static bool
issued_by_listed(const hp_land *land, hp_crypto *crypto, hp_str signer)
{
    hp_cert *cert = hp_cert_read(crypto, signer);
    bool good = false;
    size_t i;

    for (i = 0; cert != NULL && !good && i < land->authorities.n; i++)
        good = hp_cert_issued_by(cert, land->authorities.all[i]);
    hp_cert_free(cert);
    return good;
}

const hp_authorities *
hp_land_issuers(const hp_land *land, const hp_feed_terms *terms, hp_str signer)
{
    if (terms->authorities != NULL && issued_by_listed(land, terms->crypto, signer))
        return terms->authorities;
    return &land->authorities;
}
