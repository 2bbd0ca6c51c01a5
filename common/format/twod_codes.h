/* What words and codes of 2D-DOC seals are in the DCC's value sets. */
#ifndef HP_FORMAT_TWOD_CODES_H
#define HP_FORMAT_TWOD_CODES_H

#include "base/str.h"

#define HP_TWOD_COVID_19 "840539006" /* SNOMED CT, as in the EU's value set of diseases */

/* The vaccine that the name is of, with its maker; empty: of none that the EU authorised. */
hp_str hp_twod_product(hp_str name, hp_str *maker);

/* The kind of test that an analysis is, by its code as printed; empty: no test for the virus. */
hp_str hp_twod_method(hp_str code);

/* The result; empty: neither found nor not found. */
hp_str hp_twod_result(hp_str letter);

#endif
