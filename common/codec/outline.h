/*
 * JSON looked at without reading it: enough to tell what kind of thing a text is.  What is no JSON
 * is found out by who reads it; see jscan.h.
 */
#ifndef HP_CODEC_OUTLINE_H
#define HP_CODEC_OUTLINE_H

#include "base/str.h"

/* s without the white space of JSON in front of it. */
hp_str hp_outline_space(hp_str s);

/*
 * Does the object that the text begins with have a member of this name, which is given in its
 * quotes?  Objects within it do not count, nor does a name that is written with escapes.
 */
bool hp_outline_has(hp_str text, hp_str name);

#endif
