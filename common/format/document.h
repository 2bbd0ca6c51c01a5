/*
 * The document that rules read, for passes that are no DCC: the same in the shape of the EU DCC
 * (eu-dcc-schema 1.3.0), so that one set of rules treats a person alike in all formats.
 *
 * It is made over the arena, of what the pass says; what it does not say is left out.  Codes are
 * those of the DCC's value sets where an official mapping is known.  Others stay as they are, and
 * begin with their system: "http://hl7.org/fhir/sid/cvx|300".  Of how many doses a vaccination is
 * the product says where the pass does not, see format/series.h.
 */
#ifndef HP_FORMAT_DOCUMENT_H
#define HP_FORMAT_DOCUMENT_H

#include "base/arena.h"
#include "base/node.h"
#include "format/pass.h"

/* One vaccination, test or recovery.  Empty texts and zeros are left out. */
typedef struct {
    char kind;                                   /* 'v', 't', 'r' */
    hp_str disease, country, issuer, identifier; /* tg, co, is, ci */
    hp_str date;                                 /* v: dt; t: sc; r: fr.  YYYY-MM-DD, or RFC 3339 */
    hp_str vaccine, product, maker;              /* v: vp, mp; v, t: ma */
    double dose, doses;                          /* v: dn, sd */
    hp_str method, result;                       /* t: tt, tr */
    hp_str from, until;                          /* r: df, du */
} hp_entry;

/*
 * The document of the holder and n entries, which stand in the order given: the newest goes first,
 * for rules that look at the first one.  NULL when the arena is full.
 */
const hp_node *hp_document_make(const hp_holder *holder, const hp_entry *entries, size_t n,
                                hp_arena *arena);

/*
 * Texts for entries: "2026-11-28" of a date with a year from 0 to 9999, and
 * "2026-11-28T10:00:00Z".  Empty when the arena is full.
 */
hp_str hp_document_date(hp_date date, hp_arena *arena);
hp_str hp_document_time(double seconds, hp_arena *arena);

#endif
