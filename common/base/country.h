/* Countries: three letters, as the WHO and passports write them, and two. */
#ifndef HP_BASE_COUNTRY_H
#define HP_BASE_COUNTRY_H

#include "base/str.h"

/* FRA is FR: false for what is no three letters of ISO 3166-1 (or XKX, Kosovo). */
bool hp_country_alpha2(hp_str alpha3, char alpha2[3]);

#endif
