/*
 * The EU Digital COVID Certificate, schema 1.0.0 to 1.3.3 (eu-dcc-schema).
 *
 * Strict holds a pass to the schema of its own version.  Tolerant takes the rules of
 * 1.3.3 for every version, and the deviations that issuers are known for and that border
 * apps came to accept; each is marked T1 to T9 in dcc.c.
 *
 * In both, over vaccinations, tests and recoveries together there is exactly one entry.
 * Unknown members are ignored, and so are unknown codes: those are for the rules.
 */
#ifndef HP_FORMAT_DCC_H
#define HP_FORMAT_DCC_H

#include "base/node.h"
#include "format/format.h"

/* Reads holder and event of the DCC map into pass; false when it breaks its schema. */
bool hp_dcc_read(const hp_node *dcc, hp_schema schema, hp_arena *arena, hp_pass *pass);

#endif
