/* What codes of FHIR resources are in the DCC's value sets. */
#ifndef HP_FORMAT_FHIR_CODES_H
#define HP_FORMAT_FHIR_CODES_H

#include "base/str.h"

#define HP_SYSTEM_CVX    "http://hl7.org/fhir/sid/cvx"
#define HP_SYSTEM_LOINC  "http://loinc.org"
#define HP_SYSTEM_SNOMED "http://snomed.info/sct"

#define HP_NOT_DETECTED "260415000" /* SNOMED CT, as in the EU's value set of results */

/* The disease (SNOMED CT) that a vaccine of this CVX code is against; empty: not known here. */
hp_str hp_cvx_disease(hp_str code);

/*
 * The EU's code for the one product that this CVX code stands for; empty: not known here.
 * Vaccines for variants are left out: the EU gives them the code of the first one, whose series
 * they are not.
 */
hp_str hp_cvx_product(hp_str code);

/*
 * The disease whose agent a test of this LOINC code looks for, and the DCC's code for its method
 * (tt); empty: not known here.  Tests for antibodies are none of them.
 */
hp_str hp_loinc_disease(hp_str code, hp_str *method);

/* The DCC's result for a SNOMED CT finding; empty: not known here. */
hp_str hp_snomed_result(hp_str code);

#endif
