/*
 * Payloads of common people for demos and tests.  The names are made up, and the
 * dates are counted from the day of issue, so that they hold on any day.
 */
#ifndef HP_CLI_PRESET_H
#define HP_CLI_PRESET_H

#include "codec/json.h"

/* Ended by NULL; a preset's number is its place here. */
extern const char *const hp_preset_names[];

/* Its label in claim -260 of an HC1 envelope. */
int64_t hp_preset_label(int preset);

/*
 * The payload of that preset (DCC schema 1.3.0, or ICVP), issued at that time in that country,
 * with a certificate identifier of its own.  NULL when memory or chance ran out.
 */
hp_json *hp_preset_make(int preset, double issued, const char *country);

/* The same person's fields in a 2D-DOC seal; one who recovered was tested.  "empty" is NULL. */
hp_json *hp_preset_seal(int preset, double issued);

/*
 * The same person as the value of "data" in a VDS-NC pass of that state (three letters), with a
 * number of its own; one who recovered was tested.  NULL also for "empty".
 */
hp_json *hp_preset_data(int preset, double issued, const char *state);

/* The same person as a bundle of HL7 FHIR for a SMART Health Card; one who recovered was tested. */
hp_json *hp_preset_bundle(int preset, double issued);

#endif
