/*
 * The core data sets of the WHO's DDCC, Digital Documentation of COVID-19 Certificates: sub-claims
 * 3 (vaccination) and 4 (test result) of an HC1 envelope (gdhcn, 3).
 */
#ifndef HP_FORMAT_DDCC_H
#define HP_FORMAT_DDCC_H

#include "base/arena.h"
#include "base/node.h"
#include "format/cwt.h"
#include "format/pass.h"

/* Reads holder, event, document and validity into pass; false when it is malformed. */
bool hp_ddcc_read_vaccination(const hp_node *ddcc, const hp_cwt *cwt, hp_arena *arena,
                              hp_pass *pass);
bool hp_ddcc_read_test(const hp_node *ddcc, const hp_cwt *cwt, hp_arena *arena, hp_pass *pass);

#endif
