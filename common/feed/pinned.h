/* Pins of lists that are signed with CMS: it finds its signer by the certificate. */
#ifndef HP_FEED_PINNED_H
#define HP_FEED_PINNED_H

#include "feed/feed.h"

/*
 * The pinned certificates (DER), one for each pin; the array is the caller's to free(), and
 * there is one also when nothing is pinned.  NULL with *error when a pin is a bare key.
 */
hp_str *hp_feed_pinned_certs(const hp_feed_terms *terms, hp_error *error);

#endif
