/*
 * The French list of 2D-DOC authorities (2d-doc, 5): ETSI TS 119 612, signed as XAdES.
 */
#ifndef HP_FEED_TSL_H
#define HP_FEED_TSL_H

#include "feed/feed.h"

/*
 * Verifies the list's signature with the terms' pins, sets the source's times, signer and
 * is_signed, and gives each certificate of an authority in good standing to each().  feed is
 * the one that the list is part of.  False with *error, also when each() says so (and then
 * the error is each()'s).
 */
bool hp_tsl_read(hp_import *import, const hp_feed *feed, hp_str text,
                 bool (*each)(void *context, const char *ac, hp_str der), void *context,
                 hp_error *error);

#endif
