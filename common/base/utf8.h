/* UTF-8 (RFC 3629): is it, and how many code points has it. */
#ifndef HP_BASE_UTF8_H
#define HP_BASE_UTF8_H

#include "base/str.h"

/*
 * Counts the code points; false when the bytes are no UTF-8 (overlong forms,
 * surrogates and what lies above U+10FFFF included).
 */
bool hp_utf8_count(hp_str s, size_t *points);

#endif
