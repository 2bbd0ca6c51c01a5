/*
 * What a list says of each country beside its signers: who issues their certificates (CSCA),
 * and who may hand them in (UPLOAD).  One country's word counts for its own signers only.
 */
#ifndef HP_FEED_LANDS_H
#define HP_FEED_LANDS_H

#include "feed/feed.h"

/*
 * Of one country.  Every signer may be tried with all of them, so what a list says more of a
 * country is left out; the fullest real ones have a dozen.
 */
#define HP_LAND_AUTHORITIES 64
#define HP_LAND_UPLOADS     16

typedef struct {
    char country[3];
    hp_authorities authorities; /* CSCA */
    hp_str uploads[HP_LAND_UPLOADS]; /* DER, in the list's memory */
    size_t n_uploads;
} hp_land;

typedef struct {
    hp_land **all;
    size_t n;
} hp_lands;

/* The country's land, a new one when it is not there yet; NULL: no memory, with *error. */
hp_land *hp_lands_of(hp_lands *lands, const char *country, hp_error *error);
void hp_lands_free(hp_lands *lands);

/*
 * Takes one CSCA, which must name the country or none and is taken once; *why is what is wrong
 * with it, and HP_SKIP_OTHER_USE when nothing is.  False: no memory, with *error.
 */
bool hp_land_authority(hp_land *land, hp_crypto *crypto, hp_str der, hp_skip *why,
                       hp_error *error);

/*
 * Takes the certificate of an uploader, copied to memory: it must name the country itself, for
 * nothing else that is signed says whose it is, and issue no certificates.  As above.
 */
bool hp_land_upload(hp_land *land, hp_crypto *crypto, hp_records *memory, hp_str der,
                    hp_skip *why, hp_error *error);

/*
 * Whom a signer of that country must have been issued by: the listed authorities, and when the
 * operator has given authorities too, both, so that neither takes the other's word.
 */
const hp_authorities *hp_land_issuers(const hp_land *land, const hp_feed_terms *terms,
                                      hp_str signer);

#endif
