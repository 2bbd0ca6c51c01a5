/*
 * A bundle of HL7 FHIR (R4, 4.0.1) as SMART Health Cards hold it: who, and what happened.
 *
 * Read are Patient, Immunization and Observation; all else, and what is not final, is passed over.
 */
#ifndef HP_FORMAT_FHIR_H
#define HP_FORMAT_FHIR_H

#include "base/arena.h"
#include "base/node.h"
#include "format/pass.h"

#define HP_FHIR_EVENTS 128 /* that count, in one bundle */

/*
 * Fills holder, event and document; false when it is no bundle, or holds more than HP_FHIR_EVENTS,
 * or the arena is full.  One with no Patient, or several, names nobody.  The event is the newest
 * one of a known disease, else the newest; without any its kind is HP_KIND_NONE.
 */
bool hp_fhir_read(const hp_node *bundle, hp_arena *arena, hp_pass *pass);

#endif
