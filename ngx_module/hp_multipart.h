/*
 * hp_multipart: the parts of a multipart/form-data body (RFC 7578, over RFC 2046 5.1).
 *
 * Somebody else reads the same body behind us, and must not find other fields in it.
 * So a body is taken only if it can be read in one way: what readers are known to
 * take differently makes the whole of it bad, also in parts that nobody asked for.
 * That is: a boundary that stands anywhere but in a whole delimiter line, no closing
 * one, no or two Content-Dispositions, parameters that come twice, extended ones
 * (name*=), quotes or backslashes whose escape is a matter of taste, header lines that
 * are folded, encoded contents (RFC 7578 4.7).  Text before the first delimiter and
 * behind the closing one is passed over.
 */
#ifndef HP_MULTIPART_H
#define HP_MULTIPART_H

#include "base/str.h"

#define HP_MULTIPART_BOUNDARY 70   /* characters, RFC 2046 5.1.1 */
#define HP_MULTIPART_LINES    8    /* header lines of a part */
#define HP_MULTIPART_HEAD     1024 /* bytes of them, with the empty one behind them */

typedef struct {
    hp_str left; /* behind the last delimiter */
    uint8_t dashed[2 + HP_MULTIPART_BOUNDARY];
    size_t n;    /* characters of the boundary */
    bool bad;    /* stays so */
    bool closed;
} hp_multipart;

typedef struct {
    hp_str name;  /* as it is spelled between the quotes */
    hp_str value; /* its bytes */
    bool file;    /* has a file name, even an empty one */
} hp_part;

/* Starts at the first part; the boundary is the Content-Type's parameter. */
hp_multipart hp_multipart_of(hp_str content_type, hp_str body);

/*
 * The next part, which borrows from the body.  False behind the last one, and when the
 * body is bad: then nothing of the parts before counts either.
 */
bool hp_multipart_next(hp_multipart *m, hp_part *part);

/*
 * Is that what a part is called?  Browsers write a quotation mark and line ends in a name
 * as %22, %0D and %0A (HTML, multipart/form-data encoding), others as they are.
 */
bool hp_part_is_called(const hp_part *part, hp_str name);

/* As hp_form_is_alias(). */
bool hp_part_is_alias(const hp_part *part, hp_str name);

#endif
