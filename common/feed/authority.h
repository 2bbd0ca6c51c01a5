/*
 * Authorities and their CRLs, for the feeds that hand them on to the gate (VDS-NC, 2D-DOC).
 */
#ifndef HP_FEED_AUTHORITY_H
#define HP_FEED_AUTHORITY_H

#include "crypto/crl.h"
#include "feed/feed.h"

/*
 * Takes the certificate of an authority for passes of these domains; which names it where it is
 * left out.  False with *error when memory ran out or the list is too long.  On true *cert is the
 * caller's, or NULL: it was left out.
 */
bool hp_import_authority(hp_import *import, hp_str der, unsigned domains, const char *which,
                         hp_cert **cert, hp_error *error);

/*
 * Takes a CRL, which one of the authorities must have signed.  It is no entry, for it is no key,
 * and an old one counts too: what it lists was taken back for good.  One that does not hold
 * refuses the list, for without it that would be good again; only a check by hand leaves it
 * out.  As above, and on true *crl is the caller's or NULL.
 */
bool hp_import_crl(hp_import *import, hp_str der, const hp_authorities *by, unsigned domains,
                   const char *which, hp_crl **crl, hp_error *error);

#endif
