/* Pins of lists that are signed with CMS; see pinned.h. */
#include "feed/pinned.h"

#include <stdlib.h>

hp_str *
hp_feed_pinned_certs(const hp_feed_terms *terms, hp_error *error)
{
    hp_str *certs = calloc(terms->n_pins + 1, sizeof(*certs));
    size_t i;

    if (certs == NULL)
        hp_error_set(error, "no memory");
    for (i = 0; certs != NULL && i < terms->n_pins; i++) {
        certs[i] = hp_pin_cert(terms->pins[i]);
        if (certs[i].n == 0) {
            hp_error_set(error, "the pin is a bare key, expected the certificate that signs this "
                                "feed");
            free(certs);
            return NULL;
        }
    }
    return certs;
}
