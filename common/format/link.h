/*
 * SMART and Verifiable Health Links: sub-claim 5 of an HC1 envelope (gdhcn, 4).
 *
 * A link says where something is, and nothing of a person: it is never fetched, and is no
 * assertion.  Its address and key are secrets of the holder.
 */
#ifndef HP_FORMAT_LINK_H
#define HP_FORMAT_LINK_H

#include "base/node.h"

/* Is it a link in one of its forms: a text, or a list of one or more maps {"u": text}? */
bool hp_link_is(const hp_node *link);

#endif
