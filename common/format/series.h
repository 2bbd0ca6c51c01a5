/*
 * How many doses a vaccine's first series has, for passes that say which dose it was but not of
 * how many: SMART Health Cards and VDS-NC.  Without it no rule could ask them for a complete
 * vaccination as it asks a DCC.
 *
 * Source: the posology of each product as it was first authorised, EMA's product information
 * and for the last three WHO's interim recommendations.
 */
#ifndef HP_FORMAT_SERIES_H
#define HP_FORMAT_SERIES_H

#include "base/str.h"

/* product: a code of the EU's value set of vaccine products.  0: not known. */
double hp_series_doses(hp_str product);

#endif
