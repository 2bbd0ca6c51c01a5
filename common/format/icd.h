/*
 * What codes of ICD-11 (WHO), with which VDS-NC and DDCC say what a vaccine is and is against, and
 * names of vaccines are in the DCC's value sets.  Others stay as they are, behind their system.
 */
#ifndef HP_FORMAT_ICD_H
#define HP_FORMAT_ICD_H

#include "base/arena.h"
#include "base/str.h"

#define HP_SYSTEM_ICD "http://id.who.int/icd11/mms"

/* The disease (tg); of none that is known here, the code behind its system. */
hp_str hp_icd_disease(hp_str code, hp_arena *arena);

/* The disease that vaccines of an extension code are against; empty: not known here. */
hp_str hp_icd_against(hp_str code);

/* The kind of vaccine (vp), as above. */
hp_str hp_icd_vaccine(hp_str code, hp_arena *arena);

/* The product (mp) of a name as it is in the EU's register; another name stays as it is. */
hp_str hp_icd_product(hp_str name);

#endif
