/*
 * The digital International Certificate of Vaccination or Prophylaxis, the "yellow card" (WHO
 * smart-icvp), and its forerunner DVC: sub-claim -6 of an HC1 envelope (gdhcn, 2).
 *
 * Three generations of names are in use, and no version tells them apart:
 *   2026  vx: one vaccination (date dv); nt, id, dt; v: a text, the template's version
 *   2025  v: a list of vaccinations (date dt); ntl, nid, ndt
 *   2024  v: one vaccination (date dt), disease tg, product mp, maker ma
 */
#ifndef HP_FORMAT_ICVP_H
#define HP_FORMAT_ICVP_H

#include "base/arena.h"
#include "base/node.h"
#include "format/cwt.h"
#include "format/pass.h"

#define HP_ICVP_DOSES 16 /* vaccinations of one certificate, in the 2025 form */

/*
 * Reads holder, events, document and validity into pass; false when the payload is malformed.
 * Yellow fever is valid from ten days after the vaccination on, for life (IHR 2005, annex 7): only
 * such a pass may have no end.
 */
bool hp_icvp_read(const hp_node *icvp, const hp_cwt *cwt, hp_arena *arena, hp_pass *pass);

#endif
